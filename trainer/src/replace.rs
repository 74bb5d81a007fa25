//! Replaces files as a whole: a write that fails leaves the former file as it was.

use std::fs::File;
use std::path::Path;

/// Why a file could not be written.
pub(crate) type WriteError = Box<dyn std::error::Error + Send + Sync>;

/// Lets `write` fill a file beside `path`, flushes it to the disk and renames it to `path`.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&Path) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let part = path.with_extension("part");
    let replaced = write(&part).and_then(|()| {
        File::open(&part)?.sync_all()?;
        Ok(std::fs::rename(&part, path)?)
    });
    if replaced.is_err() {
        // A failed attempt takes up room that the next one needs. The error that made it fail is the one to report.
        let _ = std::fs::remove_file(&part);
    }
    replaced
}
