//! Folders for files in transfer. They lie in the data folder, which has the room, unless that can only
//! be read, or a file is in their way.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use catalogue::Scratch;

/// The folder of them all, in the data folder.
const FOLDER: &str = "transfer";

/// Removes what a kiosk that was switched off left behind.
pub(crate) fn clear(data: &Path) {
    Scratch::clear();
    let folder = data.join(FOLDER);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(folder = %folder.display(), %error, "old transfers cannot be removed");
        }
        _ => {}
    }
}

/// A folder for one transfer. It is removed when it is dropped.
pub(crate) fn folder(data: &Path) -> io::Result<Scratch> {
    let all = data.join(FOLDER);
    match fs::create_dir_all(&all).and_then(|()| Scratch::new_in(&all, "")) {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::ReadOnlyFilesystem
                    | ErrorKind::PermissionDenied
                    // A file has the folder's name.
                    | ErrorKind::AlreadyExists
                    | ErrorKind::NotADirectory
            ) =>
        {
            Scratch::temporary()
        }
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_the_way_stays_and_transfers_go_elsewhere() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join(FOLDER);
        fs::write(&file, "somebody's").unwrap();
        clear(data.path());
        let elsewhere = folder(data.path()).unwrap();
        fs::write(elsewhere.path().join("backup.tar"), "in transfer").unwrap();
        assert!(!elsewhere.path().starts_with(data.path()));
        assert_eq!(fs::read_to_string(&file).unwrap(), "somebody's");
    }
}
