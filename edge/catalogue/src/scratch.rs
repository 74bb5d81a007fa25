//! Temporary folders, such as for the parts of a backup, or a copy of a catalogue on a disk that can only be
//! read. The process that uses one holds a lock on it; one without a lock was left by a program that was cut
//! off.

use std::env;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::photographs::with_prefix;

/// What the names of those among temporary files begin with.
const TEMPORARY: &str = ".breed-kiosk-scratch-";

/// A folder that only this user can read. It is removed with this.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes one among temporary files, after [`Scratch::clear`].
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn temporary() -> io::Result<Self> {
        Self::clear();
        Self::new_in(&env::temp_dir(), TEMPORARY)
    }

    /// Makes one in `place`. Its name begins with `prefix`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new_in(place: &Path, prefix: &str) -> io::Result<Self> {
        loop {
            let folder = TempDir::with_prefix_in(prefix, place)?;
            let lock = File::open(folder.path())?;
            if lock_new(&lock, folder.path()) {
                return Ok(Self {
                    folder,
                    _lock: lock,
                });
            }
        }
    }

    /// Removes those among temporary files that programs left when they were cut off.
    pub fn clear() {
        clear(&env::temp_dir());
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Locks a file or a folder that this process has just made where others remove what nobody has locked.
/// `false` if one of them was faster. A disk that has no locks is no obstacle: there, they remove nothing.
pub(crate) fn lock_new(made: &File, path: &Path) -> bool {
    match made.try_lock() {
        Ok(()) => path.exists(),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => true,
    }
}

fn clear(place: &Path) {
    let left = match with_prefix(TEMPORARY, place) {
        Ok(left) => left,
        Err(error) => return tracing::debug!(%error, "temporary files cannot be listed"),
    };
    for folder in left {
        if let Err(error) = remove_if_left(&folder) {
            // Those of other users are theirs.
            tracing::debug!(folder = %folder.display(), %error, "a scratch folder cannot be removed");
        }
    }
}

/// Removes the folder of a program that was cut off.
fn remove_if_left(folder: &Path) -> io::Result<()> {
    // Others may give anything this name.
    if fs::symlink_metadata(folder)?.is_dir() && File::open(folder)?.try_lock().is_ok() {
        fs::remove_dir_all(folder)?;
        tracing::info!(folder = %folder.display(), "what was left of work that was cut off was removed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_left_is_removed_and_what_is_in_use_or_of_others_stays() {
        let place = TempDir::new().unwrap();
        let used = Scratch::new_in(place.path(), TEMPORARY).unwrap();
        let left = Scratch::new_in(place.path(), TEMPORARY).unwrap();
        fs::write(left.path().join("names"), "Ana").unwrap();
        // As after a kill: the lock goes, and the folder stays.
        let cut_off = |scratch: Scratch| scratch.folder.keep();
        let left = cut_off(left);
        let others = ["letters", "breed-kiosk-rescue", ".breed-kiosk-scratch-file"];
        let others = others.map(|name| place.path().join(name));
        fs::create_dir(&others[0]).unwrap();
        fs::create_dir(&others[1]).unwrap();
        fs::write(&others[2], "somebody's").unwrap();

        clear(place.path());
        assert!(!left.exists());
        assert!(used.path().is_dir());
        assert!(others.iter().all(|other| other.exists()));
        let path = used.path().to_owned();
        drop(used);
        assert!(!path.exists());
    }
}
