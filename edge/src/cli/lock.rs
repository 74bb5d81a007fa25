//! Locks the data folder, so that only one kiosk at a time works on it.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::bail;

/// Locks a data folder, and makes it where there is none. The lock is held for as long as the file
/// that is returned, and never longer than the process lives. It leaves nothing behind, and other
/// commands work on the folder all the same. `None` where the file system knows no locks, or the folder
/// cannot be made or opened: the kiosk goes on without its catalogue then.
///
/// # Errors
/// When another kiosk has the lock.
pub(super) fn data_folder(folder: &Path) -> anyhow::Result<Option<File>> {
    let place = folder.display();
    let opened = fs::create_dir_all(folder).and_then(|()| File::open(folder));
    let opened = opened.map_err(TryLockError::Error);
    match opened.and_then(|opened| opened.try_lock().map(|()| opened)) {
        Ok(locked) => Ok(Some(locked)),
        Err(TryLockError::WouldBlock) => bail!(
            "{place}: another kiosk is at work on this folder; stop that one, or choose another \
             folder with --data"
        ),
        Err(TryLockError::Error(error)) => {
            tracing::warn!(folder = %place, %error, "the data folder cannot be locked");
            Ok(None)
        }
    }
}
