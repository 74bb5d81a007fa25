//! The certificate of the page.

use desk::tls::{self, View};
use jiff::Timestamp;

use super::Finding;
use crate::config::{Config, Tls, TlsFiles};

/// Examines the certificate, and says by which fingerprint devices recognise the kiosk's authority.
pub(super) fn examine(config: &Config) -> Finding {
    match &config.tls {
        Tls::Off if config.listen.ip().is_loopback() => {
            Finding::right("https", "not needed: only this machine may open the page")
        }
        Tls::Off => Finding::unknown("https", "the page is not encrypted in the network").advise(
            "whoever can read the network's traffic can read it; set tls = \"auto\" in kiosk.toml",
        ),
        Tls::Auto => match tls::stored(&config.data) {
            Some(view) => made(&view, Timestamp::now()),
            None => Finding::unknown("https", "there is no certificate that can be read")
                .advise("the kiosk makes one at its start; run this as its user"),
        },
        Tls::Files(TlsFiles { certificate, key }) => {
            match tls::check(certificate, key, Timestamp::now()) {
                Ok(view) => Finding::right("https", valid(&view)),
                Err(error) => Finding::wrong(
                    "https",
                    error,
                    "name a certificate and its key under [tls] in kiosk.toml, both as PEM",
                ),
            }
        }
    }
}

/// How the page's addresses begin.
pub(super) fn scheme(config: &Config) -> &'static str {
    match config.tls {
        Tls::Off => "http",
        Tls::Auto | Tls::Files(_) => "https",
    }
}

fn made(view: &View, now: Timestamp) -> Finding {
    let authority = view.authority.as_ref().map(|authority| {
        let (name, fingerprint) = (&authority.name, &authority.fingerprint);
        format!("; authority {name}, SHA-256 {fingerprint}")
    });
    let found = format!("{}{}", valid(view), authority.unwrap_or_default());
    if view.until > now {
        return Finding::right("https", found);
    }
    Finding::wrong(
        "https",
        found,
        "the kiosk renews it while it runs; is the clock right?",
    )
}

fn valid(view: &View) -> String {
    format!("for {}, until {}", view.names.join(" "), view.until)
}
