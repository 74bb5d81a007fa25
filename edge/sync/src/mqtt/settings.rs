//! Reads and checks `[mqtt]` of kiosk.toml.

use std::path::PathBuf;
use std::time::Duration;
use std::{fmt, fs, io};

use screens::locale::Message;
use serde::Deserialize;

use crate::tls::TlsFiles;

/// The broker, and what this kiosk tells it.
///
/// ```
/// use sync::mqtt::Settings;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let settings: Settings = serde_json::from_value(serde_json::json!({
///     "url": "mqtts://broker.example",
///     "user": "kiosk",
///     "password_file": "/etc/breed-kiosk/mqtt-password",
/// }))?;
/// settings.check()?;
/// assert_eq!(settings.discovery, "homeassistant");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The broker: `mqtt://host[:1883]`, or `mqtts://host[:8883]` for TLS.
    pub url: String,
    /// The user at the broker.
    #[serde(default)]
    pub user: Option<String>,
    /// Its password.
    #[serde(default)]
    pub password: Option<String>,
    /// The file whose first line is the password, in place of `password`.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// The certificates of the authorities that the broker's certificate may be of, in place of the
    /// system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// The certificate that the kiosk shows to the broker.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// The private key of that certificate.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// The name of this daycare in the events; that of its settings where it is left out.
    #[serde(default)]
    pub site: Option<String>,
    /// The topic below which the kiosk publishes.
    #[serde(default = "topic")]
    pub topic: String,
    /// The name of the device in Home Assistant.
    #[serde(default = "name")]
    pub name: String,
    /// The topic below which Home Assistant looks for devices. Empty: nothing is published there.
    #[serde(default = "discovery")]
    pub discovery: String,
    /// Whether the picture of the last arrival is published.
    #[serde(default)]
    pub pictures: bool,
    /// Whether commands are obeyed.
    #[serde(default)]
    pub commands: bool,
    /// For how many days events are kept for a broker that cannot be reached.
    #[serde(default = "month")]
    pub keep_days: u32,
    /// After how many seconds without an answer the broker is given up, and connected to again,
    /// 5 to 600.
    #[serde(default = "half_a_minute")]
    pub keep_alive_seconds: u16,
}

fn topic() -> String {
    "breed-kiosk".to_owned()
}

fn name() -> String {
    "Breed Kiosk".to_owned()
}

fn discovery() -> String {
    "homeassistant".to_owned()
}

fn month() -> u32 {
    30
}

fn half_a_minute() -> u16 {
    30
}

/// Why the settings of the broker cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The URL has another form. It is not repeated, since there may be a password in it.
    #[error(
        "url: use mqtt://host or mqtts://host, with :port where it is another one; user and password \
         are settings of their own"
    )]
    Url,
    /// A topic cannot be published to.
    #[error("{field}: {value}: use a topic without +, #, $ or / at its ends")]
    Topic {
        /// The setting.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// There are two passwords, or one without a user.
    #[error("password: name a user, and either password or password_file")]
    Login,
    /// The file with the password cannot be read.
    #[error("{}: cannot be read ({source}); let the kiosk's user read it", .file.display())]
    PasswordFile {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Only one of certificate and key is named.
    #[error("certificate and key belong together: name both of them, or none")]
    Half,
    /// Files for TLS are named, and the URL does not ask for TLS.
    #[error("url: certificates are used with mqtts:// only")]
    NoTls,
    /// Events would not be kept at all.
    #[error("keep_days: use 1 or more")]
    Days,
    /// The time that the broker is given is out of range.
    #[error("keep_alive_seconds: use 5 to 600")]
    KeepAlive,
}

impl SettingsError {
    /// The same for people, in their language.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Url => Message::new("link-mqtt-url"),
            Self::Topic { field, value } => Message::new("link-mqtt-topic")
                .with("field", field)
                .with("value", value),
            Self::Login => Message::new("link-mqtt-password"),
            Self::PasswordFile { file, source } => Message::new("link-mqtt-password-file")
                .with("file", file.display())
                .with("reason", source),
            Self::Half => Message::new("link-tls-half"),
            Self::NoTls => Message::new("link-mqtt-no-tls"),
            Self::Days => Message::new("link-mqtt-days"),
            Self::KeepAlive => Message::new("link-mqtt-keep-alive"),
        }
    }
}

/// Where the broker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
}

impl Settings {
    /// Whether they can be used, as far as can be said without the broker and without reading files.
    ///
    /// # Errors
    /// What is wrong with them, and what to do.
    pub fn check(&self) -> Result<(), SettingsError> {
        let address = self.address()?;
        if !is_topic(&self.topic) {
            return Err(not_a_topic("topic", &self.topic));
        }
        if !self.discovery.is_empty() && !is_topic(&self.discovery) {
            return Err(not_a_topic("discovery", &self.discovery));
        }
        let has_password = self.password.is_some() || self.password_file.is_some();
        let two = self.password.is_some() && self.password_file.is_some();
        if two || (has_password && self.user.is_none()) {
            return Err(SettingsError::Login);
        }
        if self.certificate.is_some() != self.key.is_some() {
            return Err(SettingsError::Half);
        }
        if !address.tls && (self.ca.is_some() || self.certificate.is_some()) {
            return Err(SettingsError::NoTls);
        }
        if self.keep_days == 0 {
            return Err(SettingsError::Days);
        }
        if !(5..=600).contains(&self.keep_alive_seconds) {
            return Err(SettingsError::KeepAlive);
        }
        Ok(())
    }

    /// Where the broker is.
    pub(super) fn address(&self) -> Result<Address, SettingsError> {
        address(&self.url).ok_or(SettingsError::Url)
    }

    /// User and password, where there is a user. The file is read again at each call.
    pub(super) fn login(&self) -> Result<Option<(String, String)>, SettingsError> {
        let Some(user) = self.user.clone() else {
            return Ok(None);
        };
        let password = match &self.password_file {
            None => self.password.clone().unwrap_or_default(),
            Some(file) => {
                let text =
                    fs::read_to_string(file).map_err(|source| SettingsError::PasswordFile {
                        file: file.clone(),
                        source,
                    })?;
                text.lines().next().unwrap_or_default().to_owned()
            }
        };
        Ok(Some((user, password)))
    }

    /// How long the broker may take to answer.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds.into())
    }

    /// The files for TLS.
    pub(super) fn tls(&self) -> TlsFiles<'_> {
        TlsFiles {
            ca: self.ca.as_deref(),
            certificate: self.certificate.as_deref(),
            key: self.key.as_deref(),
        }
    }
}

impl fmt::Debug for Settings {
    /// Without the password, and the URL, which may have one in it by mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("user", &self.user)
            .field("password_file", &self.password_file)
            .field("ca", &self.ca)
            .field("certificate", &self.certificate)
            .field("topic", &self.topic)
            .field("discovery", &self.discovery)
            .field("pictures", &self.pictures)
            .field("commands", &self.commands)
            .finish_non_exhaustive()
    }
}

fn is_topic(topic: &str) -> bool {
    let is_inner = |level: &str| !level.is_empty() && !level.contains(['+', '#']);
    let is_long = topic.len() > 200;
    !is_long
        && !topic.contains(char::is_control)
        && !topic.starts_with('$')
        && topic.split('/').all(is_inner)
}

fn not_a_topic(field: &'static str, value: &str) -> SettingsError {
    SettingsError::Topic {
        field,
        value: value.to_owned(),
    }
}

/// The broker that a URL names. `None` if it has another form, or wants TLS with an IPv6 address,
/// which the client cannot check a certificate for.
fn address(url: &str) -> Option<Address> {
    let (scheme, rest) = url.split_once("://")?;
    let (tls, default_port) = match scheme {
        "mqtt" => (false, 1883),
        "mqtts" => (true, 8883),
        _ => return None,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().ok()?),
        _ => (rest, default_port),
    };
    let is_ipv6 = host.starts_with('[') && host.ends_with(']');
    let is_name = |name: &str| {
        let is_allowed =
            |character: char| character.is_ascii_alphanumeric() || "-._".contains(character);
        !name.is_empty() && name.chars().all(is_allowed)
    };
    if !is_name(host) && (tls || !is_ipv6) {
        return None;
    }
    Some(Address {
        host: host.to_owned(),
        port,
        tls,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(more: Value) -> Settings {
        let mut all = json!({"url": "mqtt://broker.example"});
        let fields = all.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn a_url_names_a_broker() {
        let cases = [
            ("mqtt://broker", Some(("broker", 1883, false))),
            ("mqtt://broker:2883/", Some(("broker", 2883, false))),
            ("mqtts://b.example", Some(("b.example", 8883, true))),
            ("mqtts://10.0.0.7:8884", Some(("10.0.0.7", 8884, true))),
            ("mqtt://[::1]", Some(("[::1]", 1883, false))),
            ("mqtt://[::1]:2883", Some(("[::1]", 2883, false))),
            ("mqtts://[::1]", None),
            ("mqtt://::1", None),
            ("mqtt://user:password@broker", None),
            ("mqtt://broker:port", None),
            ("mqtt://broker/topic", None),
            ("mqtt://", None),
            ("http://broker", None),
            ("broker", None),
        ];
        for (url, expected) in cases {
            let expected = expected.map(|(host, port, tls)| Address {
                host: host.to_owned(),
                port,
                tls,
            });
            assert_eq!(address(url), expected, "{url}");
        }
    }

    #[test]
    fn settings_that_cannot_be_used_say_what_to_change() {
        let cases = [
            (json!({"url": "broker"}), "url: use mqtt://"),
            (json!({"topic": "a/+/b"}), "topic: a/+/b: use"),
            (json!({"topic": ""}), "topic: "),
            (json!({"discovery": "/homeassistant"}), "discovery: /home"),
            (json!({"password": "p"}), "name a user"),
            (
                json!({"user": "u", "password": "p", "password_file": "f"}),
                "either password or",
            ),
            (json!({"certificate": "c.pem"}), "belong together"),
            (json!({"ca": "ca.pem"}), "with mqtts:// only"),
            (json!({"keep_days": 0}), "keep_days: use 1"),
            (json!({"keep_alive_seconds": 4}), "use 5 to 600"),
        ];
        for (more, expected) in cases {
            let error = settings(more).check().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        settings(json!({"discovery": "", "user": "u", "password": "p"}))
            .check()
            .unwrap();
    }

    #[test]
    fn the_password_is_the_first_line_of_its_file_and_stays_out_of_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        fs::write(&file, "sesame\n").unwrap();
        let login = |more| settings(more).login();

        let from_file = login(json!({"user": "u", "password_file": file})).unwrap();
        assert_eq!(from_file, Some(("u".to_owned(), "sesame".to_owned())));
        let given = json!({"user": "u", "password": "sesame"});
        let written = format!("{:?}", settings(given.clone()));
        assert!(!written.contains("sesame"), "{written}");
        assert_eq!(login(given).unwrap(), from_file);

        let missing = folder.path().join("missing");
        let error = login(json!({"user": "u", "password_file": missing}))
            .unwrap_err()
            .to_string();
        assert!(error.contains("missing: cannot be read"), "{error}");
    }
}
