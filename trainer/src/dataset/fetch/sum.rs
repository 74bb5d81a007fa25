//! Checksums of files.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::{Digest, Md5};
use sha2::Sha256;

use super::{FetchError, cannot_read};
use crate::dataset::digest::hex;

/// The checksum of a file, as hexadecimal digits in lower case. It detects damage in transfer and other files in its
/// place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sum {
    /// 32 digits.
    Md5(String),
    /// 64 digits.
    Sha256(String),
}

impl Sum {
    /// The digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        match self {
            Self::Md5(digits) | Self::Sha256(digits) => digits,
        }
    }

    /// The checksum of a file by the same function.
    pub(super) fn of(&self, path: &Path) -> Result<Self, FetchError> {
        let sum = match self {
            Self::Md5(_) => sum::<Md5>(path).map(Self::Md5),
            Self::Sha256(_) => sum::<Sha256>(path).map(Self::Sha256),
        };
        sum.map_err(|source| cannot_read(path, source))
    }

    /// The name of a hidden file with the digits.
    pub(super) fn marker(&self) -> &'static str {
        match self {
            Self::Md5(_) => ".md5",
            Self::Sha256(_) => ".sha256",
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Md5(digits) => write!(f, "MD5 {digits}"),
            Self::Sha256(digits) => write!(f, "SHA-256 {digits}"),
        }
    }
}

fn sum<D: Digest>(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = D::new();
    let mut buffer = vec![0; 128 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(hasher.finalize().as_slice())),
            read => hasher.update(&buffer[..read]),
        }
    }
}
