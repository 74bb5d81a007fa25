//! Makes files and folders that only the kiosk's user may read.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use tempfile::NamedTempFile;

/// The names of files that are still being written begin with this. The process that writes one holds a
/// lock on it.
const UNFINISHED: &str = ".private-";

/// Writes a new file and renames it over the former one: whatever happens, one of them is there,
/// whole. When this returns it is on disk. A temporary file has mode 600 from its first byte.
///
/// # Errors
/// If the file cannot be written. Then the former one is still there.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create_folder(folder)?;
    let mut file = NamedTempFile::with_prefix_in(UNFINISHED, folder)?;
    // On a disk that has no locks, one that is being written as a kiosk starts has to be written again.
    let _ = file.as_file().try_lock();
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

/// Removes the files in a folder that were not written to the end: the program was killed, or the power
/// failed.
pub(crate) fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_unfinished = entry
            .file_name()
            .as_bytes()
            .starts_with(UNFINISHED.as_bytes());
        let path = entry.path();
        // The process that writes it has locked it.
        if !is_unfinished || !File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            continue;
        }
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "what was not written to the end stays");
        }
    }
}

/// Makes a folder, and those above it where they are missing. One that exists stays as it is.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_power_cut_left_is_removed_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("access.json");
        replace(&file, "kept").unwrap();
        let left = folder.path().join(".private-left");
        fs::write(&left, "half").unwrap();
        let written = NamedTempFile::with_prefix_in(UNFINISHED, folder.path()).unwrap();
        written.as_file().try_lock().unwrap();
        clear(folder.path());
        assert!(!left.exists());
        assert!(written.path().exists());
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    }
}
