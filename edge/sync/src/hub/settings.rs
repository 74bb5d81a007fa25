//! Reads and checks `[hub]` of kiosk.toml.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::tls::TlsFiles;

/// The port of PostgreSQL where the URL names none.
const PORT: u16 = 5432;

/// How long a host may take to accept a connection, where the URL does not say.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection that is cut is noticed after some ten seconds, whether something waits to be sent or
/// not.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(5);
const PROBE: Duration = Duration::from_secs(2);
const PROBES: u32 = 3;

/// The most characters of a site's name.
const SITE_CHARACTERS: usize = 100;

/// The hub of the chain, and what this kiosk tells it.
///
/// ```
/// use sync::hub::Settings;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let settings: Settings = serde_json::from_value(serde_json::json!({
///     "url": "postgresql://kiosk_desk:secret@one.example,two.example/daycare",
///     "site": "North",
/// }))?;
/// settings.check()?;
/// assert_eq!(settings.keep_days, 30);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The database: `postgresql://user:password@host[:port][,host…]/database`. Of several hosts,
    /// the one that takes writes is used.
    pub url: String,
    /// The name of this daycare in the chain.
    pub site: String,
    /// The certificates of the authorities that the hub's certificate may be of, in place of the
    /// system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// The certificate that the kiosk shows to the hub.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// The private key of that certificate.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// Whether a small photograph of each guest goes to the hub.
    #[serde(default)]
    pub photographs: bool,
    /// For how many days events are kept for a hub that cannot be reached.
    #[serde(default = "month")]
    pub keep_days: u32,
    /// The channel from which model bundles are installed.
    #[serde(default)]
    pub models: Option<String>,
}

fn month() -> u32 {
    30
}

/// Why the settings of the hub cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The URL has another form.
    #[error("url: {0}; use postgresql://user:password@host/database")]
    Url(String),
    /// TLS is switched off for a host that may be anywhere.
    #[error(
        "url: sslmode=disable would send the password and the guests in the clear to {0}; leave \
         sslmode out, or name the host by a private address"
    )]
    Clear(String),
    /// The site has no name, or too long a one.
    #[error("site: use a name of 1 to {SITE_CHARACTERS} characters, on one line")]
    Site,
    /// Only one of certificate and key is named.
    #[error("certificate and key belong together: name both of them, or none")]
    Half,
    /// Events would not be kept at all.
    #[error("keep_days: use 1 or more")]
    Days,
}

impl Settings {
    /// Whether they can be used, as far as can be said without the hub.
    ///
    /// # Errors
    /// What is wrong with them, and what to do.
    pub fn check(&self) -> Result<(), SettingsError> {
        check_site(&self.site)?;
        if self.certificate.is_some() != self.key.is_some() {
            return Err(SettingsError::Half);
        }
        if self.keep_days == 0 {
            return Err(SettingsError::Days);
        }
        targets(&self.url).map(drop)
    }

    /// The names of its hosts, as people are told them: with a port where it is not PostgreSQL's own,
    /// and never with anything of the password. Empty for a URL that cannot be used.
    #[must_use]
    pub fn host_names(&self) -> String {
        let targets = targets(&self.url).unwrap_or_default();
        let names: Vec<String> = targets.iter().map(Target::for_people).collect();
        names.join(",")
    }

    /// The files for TLS.
    pub(crate) fn tls(&self) -> TlsFiles<'_> {
        TlsFiles {
            ca: self.ca.as_deref(),
            certificate: self.certificate.as_deref(),
            key: self.key.as_deref(),
        }
    }
}

/// Whether a site can have this name.
pub(crate) fn check_site(site: &str) -> Result<(), SettingsError> {
    let is_line = !site.trim().is_empty() && !site.contains(char::is_control);
    if !is_line || site.chars().count() > SITE_CHARACTERS {
        return Err(SettingsError::Site);
    }
    Ok(())
}

impl fmt::Debug for Settings {
    /// Without the URL, which has the password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("site", &self.site)
            .field("ca", &self.ca)
            .field("certificate", &self.certificate)
            .field("photographs", &self.photographs)
            .field("keep_days", &self.keep_days)
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}

/// One host of the URL.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Its name, for people.
    pub(crate) name: String,
    /// How to connect to it, and to no other.
    pub(crate) config: Config,
}

impl Target {
    /// Its name, with its port where that is another than PostgreSQL's own.
    fn for_people(&self) -> String {
        let is_ipv6 = self.name.parse::<Ipv6Addr>().is_ok();
        let name = if is_ipv6 {
            format!("[{}]", self.name)
        } else {
            self.name.clone()
        };
        match self.config.get_ports() {
            [port] if *port != PORT => format!("{name}:{port}"),
            _ => name,
        }
    }
}

/// The hosts of a URL, in its order. Each gets its own time to answer: one that accepts connections
/// and then says nothing does not hide the others.
pub(crate) fn targets(url: &str) -> Result<Vec<Target>, SettingsError> {
    let config = parse(url)?;
    let hosts = config.get_hosts();
    let addresses = config.get_hostaddrs();
    let count = hosts.len().max(addresses.len());
    if count == 0 {
        return Err(SettingsError::Url("it names no host".to_owned()));
    }
    if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
        let reason = "it has not as many addresses (hostaddr) as hosts";
        return Err(SettingsError::Url(reason.to_owned()));
    }
    let ports = config.get_ports();
    if ports.len() > 1 && ports.len() != count {
        let reason = "it has not as many ports as hosts";
        return Err(SettingsError::Url(reason.to_owned()));
    }
    (0..count)
        .map(|index| {
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(PORT);
            target(
                &config,
                hosts.get(index),
                addresses.get(index).copied(),
                port,
            )
        })
        .collect()
}

/// The URL as tokio-postgres has it. `sslmode=verify-full`, which libpq knows and it does not, is
/// what this program always does.
fn parse(url: &str) -> Result<Config, SettingsError> {
    if !url.starts_with("postgresql://") && !url.starts_with("postgres://") {
        return Err(SettingsError::Url("it has another form".to_owned()));
    }
    // User and password end at the first @. What follows is shown as the hosts, and must not be the rest
    // of the password.
    let rest = url.split_once('@').map_or("", |(_, rest)| rest);
    let place = rest.split_once('?').map_or(rest, |(place, _)| place);
    if place.contains('@') {
        let reason = "write each @ in user, password and database as %40";
        return Err(SettingsError::Url(reason.to_owned()));
    }
    url.replace("sslmode=verify-full", "sslmode=require")
        .parse::<Config>()
        .map_err(|error| {
            let cause = std::error::Error::source(&error);
            let reason = cause.map_or_else(|| error.to_string(), ToString::to_string);
            SettingsError::Url(reason.trim().to_owned())
        })
}

fn target(
    all: &Config,
    host: Option<&Host>,
    address: Option<IpAddr>,
    port: u16,
) -> Result<Target, SettingsError> {
    let mut config = Config::new();
    if let Some(user) = all.get_user() {
        config.user(user);
    }
    if let Some(password) = all.get_password() {
        config.password(password);
    }
    if let Some(database) = all.get_dbname() {
        config.dbname(database);
    }
    if let Some(options) = all.get_options() {
        config.options(options);
    }
    let name = match (host, address) {
        (Some(Host::Tcp(name)), _) => {
            config.host(name);
            name.clone()
        }
        (Some(Host::Unix(folder)), _) => {
            config.host_path(folder);
            folder.display().to_string()
        }
        (None, Some(address)) => {
            config.host(address.to_string());
            address.to_string()
        }
        (None, None) => return Err(SettingsError::Url("it names no host".to_owned())),
    };
    if let Some(address) = address {
        config.hostaddr(address);
    }
    config
        .ssl_mode(ssl_mode(all, host, address, &name)?)
        .ssl_negotiation(all.get_ssl_negotiation())
        .channel_binding(all.get_channel_binding())
        .application_name(all.get_application_name().unwrap_or("breed-kiosk"))
        .port(port)
        .connect_timeout(all.get_connect_timeout().copied().unwrap_or(CONNECT))
        .tcp_user_timeout(UNACKNOWLEDGED)
        .keepalives_idle(SILENCE)
        .keepalives_interval(PROBE)
        .keepalives_retries(PROBES)
        .target_session_attrs(TargetSessionAttrs::ReadWrite);
    Ok(Target { name, config })
}

/// TLS always, but for a socket of this machine, and where the URL switches it off for an address
/// that is not on the internet.
fn ssl_mode(
    all: &Config,
    host: Option<&Host>,
    address: Option<IpAddr>,
    name: &str,
) -> Result<SslMode, SettingsError> {
    if let Some(Host::Unix(_)) = host {
        return Ok(SslMode::Disable);
    }
    if all.get_ssl_mode() != SslMode::Disable {
        return Ok(SslMode::Require);
    }
    let address = address.or_else(|| name.parse().ok());
    if name == "localhost" || address.is_some_and(is_private) {
        Ok(SslMode::Disable)
    } else {
        Err(SettingsError::Clear(name.to_owned()))
    }
}

/// Whether an address is of this machine or of a network that is not the internet.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> Settings {
        let settings = serde_json::json!({"url": url, "site": "North"});
        serde_json::from_value(settings).unwrap()
    }

    #[test]
    fn urls_say_which_hosts_are_called_and_how() {
        use SslMode::{Disable, Require};

        type Called<'a> = &'a [(&'a str, u16, SslMode)];
        let cases: &[(&str, Called<'_>)] = &[
            (
                "postgresql://u:p@hub.example/d",
                &[("hub.example", 5432, Require)],
            ),
            (
                "postgres://u@hub.example:6000/d?sslmode=prefer",
                &[("hub.example", 6000, Require)],
            ),
            (
                "postgresql://u@a,b:7000/d?sslmode=verify-full",
                &[("a", 5432, Require), ("b", 7000, Require)],
            ),
            (
                "postgresql://u@127.0.0.1/d?sslmode=disable",
                &[("127.0.0.1", 5432, Disable)],
            ),
            (
                "postgresql://u@192.168.1.9/d?sslmode=disable",
                &[("192.168.1.9", 5432, Disable)],
            ),
            (
                "postgresql://u@localhost/d?sslmode=disable",
                &[("localhost", 5432, Disable)],
            ),
            (
                "postgresql://u@%2Frun%2Fpostgresql/d",
                &[("/run/postgresql", 5432, Disable)],
            ),
            (
                "postgresql://u@hub.example/d?hostaddr=10.0.0.7&sslmode=disable",
                &[("hub.example", 5432, Disable)],
            ),
        ];
        for (url, expected) in cases {
            let targets = targets(url).unwrap();
            let found: Vec<_> = (targets.iter())
                .map(|target| {
                    let port = target.config.get_ports()[0];
                    (target.name.as_str(), port, target.config.get_ssl_mode())
                })
                .collect();
            assert_eq!(found, *expected, "{url}");
            for target in &targets {
                let attributes = target.config.get_target_session_attrs();
                assert_eq!(attributes, TargetSessionAttrs::ReadWrite, "{url}");
                assert_eq!(target.config.get_hosts().len(), 1, "{url}");
            }
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_the_reason() {
        let cases = [
            ("hub.example", "postgresql://user"),
            ("host=hub.example user=u", "postgresql://user"),
            ("postgresql://u@/d", "names no host"),
            ("postgresql://u:p@w@hub.example/d", "%40"),
            ("postgresql://u@hub.example/d?sslmode=sometimes", "sslmode"),
            (
                "postgresql://u@hub.example/d?sslrootcert=ca.pem",
                "sslrootcert",
            ),
            (
                "postgresql://u@hub.example/d?sslmode=disable",
                "in the clear to hub.example",
            ),
            (
                "postgresql://u@8.8.8.8/d?sslmode=disable",
                "in the clear to 8.8.8.8",
            ),
            (
                "postgresql://u@127.0.0.1,hub.example/d?sslmode=disable",
                "in the clear to hub.example",
            ),
        ];
        for (url, expected) in cases {
            let error = settings(url).check().unwrap_err().to_string();
            assert!(error.contains(expected), "{url}: {error}");
        }

        let good = settings("postgresql://u:p@hub.example/d");
        let bad = [
            (
                Settings {
                    site: " ".to_owned(),
                    ..good.clone()
                },
                SettingsError::Site,
            ),
            (
                Settings {
                    site: "a\nb".to_owned(),
                    ..good.clone()
                },
                SettingsError::Site,
            ),
            (
                Settings {
                    site: "n".repeat(101),
                    ..good.clone()
                },
                SettingsError::Site,
            ),
            (
                Settings {
                    key: Some("k.pem".into()),
                    ..good.clone()
                },
                SettingsError::Half,
            ),
            (
                Settings {
                    keep_days: 0,
                    ..good.clone()
                },
                SettingsError::Days,
            ),
        ];
        for (settings, expected) in bad {
            assert_eq!(settings.check(), Err(expected), "{settings:?}");
        }
        assert_eq!(good.check(), Ok(()));
    }

    #[test]
    fn hosts_are_named_without_the_password() {
        let cases = [
            ("postgresql://u:secret@hub.example:6000/d?a=b", ""),
            (
                "postgresql://u:secret@hub.example:6000/d",
                "hub.example:6000",
            ),
            ("postgresql://u@one,two:6000/d", "one,two:6000"),
            ("postgresql://u:secret%40@[::1]/d", "[::1]"),
            ("postgresql://u:sec/ret@hub.example/d", "hub.example"),
            ("postgresql://u:sec@ret@hub.example/d", ""),
            ("postgresql://u:se@cr/et@hub.example/d", ""),
            (
                "postgresql:///d?host=/run/postgresql&password=secret",
                "/run/postgresql",
            ),
        ];
        for (url, expected) in cases {
            assert_eq!(settings(url).host_names(), expected, "{url}");
        }
    }

    #[test]
    fn the_password_is_not_in_what_is_logged() {
        let logged = format!("{:?}", settings("postgresql://u:secret@hub.example/d"));
        assert!(!logged.contains("secret"), "{logged}");
    }
}
