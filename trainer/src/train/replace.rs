//! Files that are replaced as a whole or stay as they were.

use std::fs::File;
use std::path::Path;

/// What can go wrong while a file is written.
pub(crate) type WriteError = Box<dyn std::error::Error + Send + Sync>;

/// Has `write` write a file beside `path`, and puts it in the place of `path` once it is on the
/// disk.
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
        // What is left of the attempt takes room that the next one needs.
        let _ = std::fs::remove_file(&part);
    }
    replaced
}
