//! The file in which sessions outlive a restart of the kiosk.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::private_file;
use super::secret::{Fingerprint, as_text};

/// The most bytes that are read: several times those of the most sessions.
const LARGEST: u64 = 512 << 10;

/// What the file says. The tokens themselves are not in it: nobody who reads it can take a
/// session over.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    /// The system's time when the file was written, in seconds since 1970.
    pub(super) written: i64,
    #[serde(default, rename = "session")]
    pub(super) sessions: Vec<StoredSession>,
}

/// A session.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredSession {
    /// The digest of its token.
    #[serde(with = "as_text")]
    pub(super) id: Fingerprint,
    /// The name of its account. A former version wrote the role, which is the name of the account
    /// that all of the role had.
    #[serde(alias = "role")]
    pub(super) account: String,
    /// What it rests on (see `Access::basis`).
    #[serde(with = "as_text")]
    pub(super) basis: Fingerprint,
    /// For how many seconds nobody had used it when the file was written.
    pub(super) unused_s: u64,
    /// How many seconds old it was when the file was written.
    #[serde(default)]
    pub(super) age_s: u64,
    /// The address that it was used from last.
    #[serde(default)]
    pub(super) address: String,
    /// What its browser calls itself.
    #[serde(default)]
    pub(super) agent: String,
}

/// Reads the file.
///
/// # Errors
/// If it cannot be read, or holds something other than sessions.
pub(super) fn read(path: &Path) -> io::Result<Stored> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    toml::from_str(&text).map_err(|error| io::Error::other(error.message()))
}

/// Writes the file, which only the kiosk's user may read.
///
/// # Errors
/// If it cannot be written. Then the former one is still there.
pub(super) fn write(path: &Path, stored: &Stored) -> io::Result<()> {
    let text = toml::to_string(stored).map_err(io::Error::other)?;
    private_file::replace(path, &text)
}
