//! Folders for files in transfer. They lie in the data folder, which has the room, unless that can only
//! be read.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::TempDir;

/// The folder of them all, in the data folder.
const FOLDER: &str = "transfer";

/// Removes what a kiosk that was switched off left behind.
pub(crate) fn clear(data: &Path) {
    let folder = data.join(FOLDER);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(folder = %folder.display(), %error, "old transfers cannot be removed");
        }
        _ => {}
    }
}

/// A folder for one transfer. It is removed when it is dropped.
pub(crate) fn folder(data: &Path) -> io::Result<TempDir> {
    let all = data.join(FOLDER);
    match fs::create_dir_all(&all).and_then(|()| TempDir::new_in(all)) {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied
            ) =>
        {
            TempDir::with_prefix(".breed-kiosk-")
        }
        made => made,
    }
}
