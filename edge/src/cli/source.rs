//! Reads a bundle or a package and its signature from a file or an https address.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use recognise::printable;
use ureq::Agent;
use ureq::http::StatusCode;

/// How long a download may take: 20 MB over a slow line.
const TIME: Duration = Duration::from_mins(5);

/// The most bytes of a signature.
pub(super) const MAX_SIGNATURE: u64 = 4 << 10;

/// Where something is read from.
pub(super) enum Source {
    File(PathBuf),
    Address(String),
}

impl Source {
    /// What somebody typed.
    pub(super) fn of(typed: &Path) -> anyhow::Result<Self> {
        match typed.to_str() {
            Some(address) if address.starts_with("https://") => {
                Ok(Self::Address(address.to_owned()))
            }
            Some(address) if address.contains("://") => {
                bail!("{}: only https addresses are read", printable(typed))
            }
            _ => Ok(Self::File(typed.to_owned())),
        }
    }

    /// Where its signature is.
    pub(super) fn signature(&self) -> Self {
        match self {
            Self::File(path) => {
                let mut name = OsString::from(path);
                name.push(".minisig");
                Self::File(name.into())
            }
            Self::Address(address) => Self::Address(format!("{address}.minisig")),
        }
    }

    /// What messages call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => printable(path),
            Self::Address(address) => printable(Path::new(address)),
        }
    }

    /// At most `most` bytes of it; `None` if it does not exist.
    pub(super) fn read(&self, most: u64) -> anyhow::Result<Option<Vec<u8>>> {
        let bytes = match self {
            Self::File(path) => read(path, most).with_context(|| self.name())?,
            Self::Address(address) => fetch(address, most).with_context(|| self.name())?,
        };
        let is_whole = (bytes.as_ref()).is_none_or(|bytes| bytes.len() as u64 <= most);
        ensure!(is_whole, "{}: more than {most} bytes", self.name());
        Ok(bytes)
    }
}

/// A file's bytes, one more than `most` if there are more.
fn read(path: &Path, most: u64) -> anyhow::Result<Option<Vec<u8>>> {
    let about = match path.metadata() {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // A pipe might never end.
    ensure!(about.is_file(), "not a file");
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// The same of an address. Whom it redirects to must use https too.
fn fetch(address: &str, most: u64) -> anyhow::Result<Option<Vec<u8>>> {
    let config = Agent::config_builder()
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(5)
        .timeout_global(Some(TIME))
        .user_agent(concat!("breed-kiosk/", env!("CARGO_PKG_VERSION")))
        .build();
    let mut answer = config.new_agent().get(address).call()?;
    match answer.status() {
        StatusCode::NOT_FOUND => return Ok(None),
        status => ensure!(status.is_success(), "the server answers {status}"),
    }
    let mut bytes = Vec::new();
    let body = answer.body_mut().as_reader();
    body.take(most + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
