//! The certificate of the page, as the settings want it.

use std::fs;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use desk::tls::{self, FindHosts, Hosts, TlsError};
use jiff::Timestamp;

use super::address::{self, HOST_NAME};
use crate::config::{Config, Tls, TlsFiles};

/// TLS of the page; `None` if the settings want none.
///
/// # Errors
/// If no certificate can be made. What is wrong with a file is no error: a notice says so.
pub(super) fn open(config: &Config) -> Result<Option<tls::Tls>, TlsError> {
    let now = Timestamp::now();
    match &config.tls {
        Tls::Off => Ok(None),
        Tls::Auto => tls::Tls::made(&config.data, find_hosts(config), now).map(Some),
        Tls::Files(TlsFiles { certificate, key }) => {
            tls::Tls::files(certificate, key, find_hosts(config), now).map(Some)
        }
    }
}

/// Checks the owner's own files.
///
/// # Errors
/// What is wrong with them.
pub(super) fn check(config: &Config) -> Result<(), TlsError> {
    match &config.tls {
        Tls::Off | Tls::Auto => Ok(()),
        Tls::Files(TlsFiles { certificate, key }) => {
            tls::check(certificate, key, Timestamp::now()).map(drop)
        }
    }
}

fn find_hosts(config: &Config) -> FindHosts {
    let (names, listen) = (config.names.clone(), config.listen);
    let is_start = AtomicBool::new(true);
    Box::new(move || {
        let mut hosts = hosts(&names);
        // Avahi may take seconds, for which the start does not wait: the first renewal asks.
        if !is_start.swap(false, Ordering::Relaxed) {
            let announced = address::name(listen).map(|(_, name)| name);
            hosts.names.extend(announced);
        }
        hosts
    })
}

/// What the machine calls itself now, beside the names of the settings, and its addresses. Those that
/// count on one link alone (`fe80::`) cannot be in an address that a browser opens.
fn hosts(names: &[String]) -> Hosts {
    let mut names = names.to_vec();
    match fs::read_to_string(HOST_NAME) {
        Ok(name) => names.extend(own_names(name.trim())),
        Err(error) => tracing::warn!(%error, "the machine's name cannot be read"),
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the network interfaces cannot be listed");
        Vec::new()
    });
    let addresses = interfaces.iter().map(if_addrs::Interface::ip);
    let addresses = addresses.filter(|address| match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => !address.is_unicast_link_local(),
    });
    Hosts {
        names,
        addresses: addresses.collect(),
    }
}

/// The names of a machine in its network: its own one, and the one that mDNS knows it by.
fn own_names(name: &str) -> Vec<String> {
    let (first, _) = name.split_once('.').unwrap_or((name, ""));
    let mut names = vec![name.to_owned(), first.to_owned(), format!("{first}.local")];
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_known_by_its_name_and_by_that_of_mdns() {
        for (name, expected) in [
            ("kiosk", &["kiosk", "kiosk.local"][..]),
            (
                "desk.example.org",
                &["desk.example.org", "desk", "desk.local"],
            ),
        ] {
            assert_eq!(own_names(name), expected);
        }
    }
}
