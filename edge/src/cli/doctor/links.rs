//! The hub of the chain and the MQTT broker: whether they can be reached, and their files be read.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use super::Finding;
use crate::config::Config;
use crate::kiosk::links::host;

/// How long a host may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Examines the links that are configured. Whether they let this kiosk in is on the page, under Status.
pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let hub = config.hub.as_ref().map(|hub| {
        let files = [&hub.ca, &hub.certificate, &hub.key];
        link("hub", &hub.url, 5432, files.into_iter().flatten())
    });
    let mqtt = config.mqtt.as_ref().map(|mqtt| {
        let port = if mqtt.url.starts_with("mqtts:") {
            8883
        } else {
            1883
        };
        let files = [&mqtt.ca, &mqtt.certificate, &mqtt.key, &mqtt.password_file];
        link("mqtt", &mqtt.url, port, files.into_iter().flatten())
    });
    hub.into_iter().chain(mqtt).collect()
}

fn link<'a>(
    about: &'static str,
    url: &str,
    port: u16,
    files: impl Iterator<Item = &'a PathBuf>,
) -> Finding {
    for file in files {
        if let Err(error) = File::open(file) {
            let found = format!("{}: {error}", file.display());
            return Finding::wrong(
                about,
                found,
                "name another file, or let the kiosk's user read it",
            );
        }
    }
    let hosts = host(url);
    let mut failed = None;
    for host in hosts.split(',') {
        // A folder with a socket of this machine.
        if host.is_empty() || host.contains('%') {
            return Finding::unknown(about, "a socket of this machine");
        }
        match connect(host, port) {
            Ok(()) => return Finding::right(about, format!("{host} accepts connections")),
            Err(error) => failed = Some(format!("{host}: {error}")),
        }
    }
    Finding::wrong(
        about,
        failed.unwrap_or_default(),
        "check the address, the network and the firewalls; the service itself may reach only private \
         addresses until IPAddressAllow says otherwise (systemctl edit breed-kiosk)",
    )
}

/// Connects to a host, at the port in its name or else at this one.
fn connect(host: &str, port: u16) -> io::Result<()> {
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    let addresses = if has_port {
        host.to_socket_addrs()?
    } else {
        format!("{host}:{port}").to_socket_addrs()?
    };
    let mut failed = io::Error::new(ErrorKind::NotFound, "it has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}
