//! Removes what is left of writing that was cut off: the program was killed, or the power failed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::photographs::{entries, is_name, remove, with_prefix};
use crate::{Catalogue, CatalogueError, kiosk_id, passphrase};

impl Catalogue {
    /// Removes the photographs, passphrases and UUIDs that were not written to the end, the folders of
    /// restores that were cut off, and the photographs that those put in their place for records that never came.
    /// Other processes may record and restore meanwhile.
    pub(crate) fn remove_leftovers(&self) {
        if let Err(error) = self.try_to_remove_leftovers() {
            tracing::warn!(%error, "what is left of writing that was cut off could not be removed");
        }
    }

    fn try_to_remove_leftovers(&self) -> Result<(), CatalogueError> {
        let mut unfinished = self.photographs.unfinished()?;
        for prefix in [passphrase::UNFINISHED, kiosk_id::UNFINISHED] {
            unfinished.extend(with_prefix(prefix, &self.folder)?);
        }
        for path in unfinished {
            let lock = match File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened.map_err(CatalogueError::io(&path))?,
            };
            // The process that writes it has locked it.
            if lock.try_lock().is_err() {
                continue;
            }
            if path.is_dir() {
                self.remove_added(&path)?;
            }
            remove(&path)?;
            tracing::info!(path = %path.display(), "what was left of writing that was cut off was removed");
        }
        Ok(())
    }

    /// Removes the photographs of a restore that was cut off, by its folder, that belong to no record.
    fn remove_added(&self, folder: &Path) -> Result<(), CatalogueError> {
        let recorded = self.recorded_photographs()?;
        for (name, staged) in entries(folder)? {
            let path = self.photographs.path(&name);
            if is_name(&name) && !recorded.contains(&name) && is_same_file(&staged, &path) {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

/// Whether both are links to one file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}
