//! Tells a catalogue from all others, where it keeps files beside those of other kiosks.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::CatalogueError;
use crate::photographs::remove;

/// The file in the catalogue's folder.
pub(crate) const IDENTITY: &str = "identity";

/// The identity of the catalogue in `folder`, 16 hexadecimal digits. It is made up when it is first
/// asked for. It belongs to the folder, so a backup that is restored to another one does not bring
/// it along.
pub(crate) fn of(folder: &Path) -> Result<String, CatalogueError> {
    let file = folder.join(IDENTITY);
    if let Some(identity) = known(folder)? {
        return Ok(identity);
    }
    if file.exists() {
        tracing::warn!(file = %file.display(), "the catalogue's identity is damaged; a new one is made");
    }
    make(folder, &file).map_err(CatalogueError::io(&file))
}

/// The same; `None` where it was not made up yet, or is damaged.
pub(crate) fn known(folder: &Path) -> Result<Option<String>, CatalogueError> {
    let file = folder.join(IDENTITY);
    match fs::read(&file) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let identity = text.trim();
            Ok(is_identity(identity).then(|| identity.to_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CatalogueError::io(&file)(error)),
    }
}

/// Forgets the identity of a catalogue that was in `folder` before. Its backups, and what was taken
/// over from it, are not a new one's.
pub(crate) fn forget(folder: &Path) -> Result<(), CatalogueError> {
    remove(&folder.join(IDENTITY))
}

fn is_identity(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn make(folder: &Path, file: &Path) -> io::Result<String> {
    let number = getrandom::u64().map_err(io::Error::other)?;
    let identity = format!("{number:016x}");
    // One that is cut short does not count, and is replaced.
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut out = options.open(file)?;
    writeln!(out, "{identity}")?;
    out.sync_all()?;
    File::open(folder)?.sync_all()?;
    Ok(identity)
}
