//! Reads what `kiosk.toml` says about HTTPS: `tls = "auto"`, or a table with the owner's own files.

use std::fmt;
use std::path::PathBuf;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Whether the page is served over HTTPS, and with which certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Plain HTTP alone.
    #[default]
    Off,
    /// With a certificate that the kiosk makes and renews itself.
    Auto,
    /// With the owner's own certificate.
    Files(TlsFiles),
}

/// The files of the owner's own certificate, in PEM format. They are relative to the folder of
/// `kiosk.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate, with the intermediate ones after it.
    pub certificate: PathBuf,
    /// Its private key, without a passphrase.
    pub key: PathBuf,
}

impl<'de> Deserialize<'de> for Tls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOrTable)
    }
}

struct WordOrTable;

impl<'de> Visitor<'de> for WordOrTable {
    type Value = Tls;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"auto\", \"off\", or a table with certificate and key")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Tls, E> {
        match word {
            "auto" => Ok(Tls::Auto),
            "off" => Ok(Tls::Off),
            other => Err(E::custom(format!(
                "tls is \"{other}\"; choose \"auto\" or \"off\", or name certificate and key \
                 under [tls]"
            ))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Tls, A::Error> {
        TlsFiles::deserialize(MapAccessDeserializer::new(table)).map(Tls::Files)
    }
}
