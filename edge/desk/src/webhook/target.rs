//! Keeps where the events of the webhook go to, in `webhook.toml`.

use std::net::IpAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use ureq::http::Uri;

use crate::access::{Kind, SecretFile};

/// The file, in the data folder.
const FILE: &str = "webhook.toml";

/// The longest address, in bytes.
const LONGEST: usize = 1000;

/// How many characters the secret has.
const SECRET: std::ops::RangeInclusive<usize> = 16..=200;

/// Why a webhook cannot be set like this.
#[derive(Debug, Error)]
pub(crate) enum WebhookError {
    /// This is no address.
    #[error("the webhook needs an address such as https://example.org/kiosk, without a user name")]
    Address,
    /// The address is on the internet, and everybody on the way could read what is sent.
    #[error("http is for addresses of the local network alone; use https")]
    Open,
    /// The secret is missing, too short or too long.
    #[error(
        "the webhook needs a secret of {least} to {most} characters without spaces",
        least = SECRET.start(),
        most = SECRET.end()
    )]
    Secret,
}

/// The content of the file.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Target>,
}

/// Where the events go to.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// The address, http or https.
    pub(crate) url: String,
    /// What the events are signed with.
    pub(super) secret: String,
    /// Whether they name animals and who decided.
    #[serde(default)]
    pub(crate) names: bool,
}

impl Target {
    pub(super) fn new(url: &str, secret: String, names: bool) -> Result<Self, WebhookError> {
        let url = url.trim();
        check(url)?;
        let is_plain = secret.chars().all(|c| c.is_ascii_graphic());
        if !is_plain || !SECRET.contains(&secret.len()) {
            return Err(WebhookError::Secret);
        }
        Ok(Self {
            url: url.to_owned(),
            secret,
            names,
        })
    }

    /// The host of the address: the rest may be a secret of the receiver's.
    pub(crate) fn host(&self) -> String {
        let uri: Result<Uri, _> = self.url.parse();
        let host = uri.ok().and_then(|uri| uri.host().map(str::to_owned));
        host.unwrap_or_default()
    }
}

/// The file in `folder`.
pub(super) fn file(folder: &Path) -> SecretFile<Stored> {
    let kind = Kind {
        what: "webhook",
        remedy: "remove it and set it again on the page of the settings",
        check: |stored: &Stored| match &stored.target {
            Some(target) => check(&target.url).map_err(|error| error.to_string()),
            None => Ok(()),
        },
    };
    SecretFile::new(folder.join(FILE), kind)
}

/// Whether an address belongs to this machine or the local network.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

/// Checks an address as far as that is possible without looking its name up.
fn check(url: &str) -> Result<(), WebhookError> {
    let uri: Uri = url.parse().map_err(|_| WebhookError::Address)?;
    let authority = uri.authority().ok_or(WebhookError::Address)?;
    if url.len() > LONGEST || authority.host().is_empty() || authority.as_str().contains('@') {
        return Err(WebhookError::Address);
    }
    let host = authority.host().trim_matches(['[', ']']);
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") => match host.parse() {
            Ok(address) if !is_private(address) => Err(WebhookError::Open),
            _ => Ok(()),
        },
        _ => Err(WebhookError::Address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str, secret: &str) -> String {
        match Target::new(url, secret.to_owned(), false) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn https_goes_anywhere_and_http_to_the_local_network_alone() {
        let secret = "sixteen-letters-";
        for url in [
            "https://example.org/kiosk?key=1",
            "https://203.0.113.7:8443",
            "HTTPS://Example.org",
            "http://127.0.0.1:1880/visits",
            "http://192.168.1.7",
            "http://[fd00::7]:8080/",
            "http://homeassistant.local:8123/api/webhook/abc",
        ] {
            assert_eq!(refused(url, secret), "", "{url}");
        }
        for url in [
            "http://203.0.113.7/",
            "http://[2001:db8::1]/",
            "http://169.254.169.254/",
        ] {
            assert!(refused(url, secret).contains("use https"), "{url}");
        }
        let long = format!("https://example.org/{}", "x".repeat(LONGEST));
        for url in [
            "",
            "example.org",
            "/kiosk",
            "ftp://example.org/",
            "file:///etc/passwd",
            "https://user:word@example.org/",
            "https://example.org/a b",
            "https://",
            &long,
        ] {
            assert!(refused(url, secret).contains("needs an address"), "{url}");
        }
    }

    #[test]
    fn a_secret_is_long_and_plain() {
        for secret in [
            "",
            "short",
            "with a space in it",
            "unprintable\u{7}bell",
            "accentué-accentué",
        ] {
            assert!(
                refused("https://example.org/", secret).contains("16 to 200"),
                "{secret}"
            );
        }
    }
}
