//! Keeps the files of a data folder from the other users of the machine.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::CatalogueError;

/// What users other than the owner of a file may do with it.
const OTHERS: u32 = 0o077;

/// The folders in a data folder that a kiosk makes.
const FOLDERS: [&str; 7] = [
    "models",
    "orphans",
    "photographs",
    "rescue",
    "tls",
    "training",
    "transfer",
];

/// The names of folders with what was left of a damaged catalogue begin with this.
pub(crate) const DAMAGED: &str = "damaged-";

/// The names of folders with a write-ahead log that was damaged, and the database of that time, begin
/// with this.
pub(crate) const DAMAGED_LOG: &str = "damaged-log-";

/// The names of folders with the catalogue of a newer kiosk begin with this.
pub(crate) const NEWER: &str = "newer-";

/// Takes the rights of other users away from a data folder, the files in it and the folders that a
/// kiosk makes there, and logs that it did. Folders of somebody else stay as they are: in a folder
/// that nobody else may open, nobody else reaches them.
pub fn keep_private(folder: &Path) {
    let mut mended = Mended::default();
    let is_aside = |name: &str| {
        [DAMAGED, NEWER]
            .iter()
            .any(|begins| name.starts_with(begins))
    };
    let is_ours = |name: &str| FOLDERS.contains(&name) || is_aside(name);
    mended.folder(folder, &is_ours);
    if mended.count > 0 {
        tracing::warn!(
            folder = %folder.display(),
            entries = mended.count,
            "other users of this machine had rights to files and folders of the data folder; now only \
             the kiosk's user has"
        );
    }
    if let Some((path, error)) = mended.failed {
        tracing::warn!(
            path = %path.display(),
            %error,
            "other users of this machine may have rights to this; let it belong to the kiosk's user"
        );
    }
}

/// Makes a folder that only this user may open, and those above it where they are missing. One that
/// exists stays as it is.
pub(crate) fn create_folder(path: &Path) -> Result<(), CatalogueError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(path).map_err(CatalogueError::io(path))
}

/// Makes a folder that only this user may open, in a folder where others may make some too, such as
/// that of temporary files. One that is there will do if it is this user's alone.
///
/// # Errors
/// [`CatalogueError::Io`] where it is somebody else's, or others may open or replace it; or where it
/// cannot be made.
pub fn claim_folder(path: &Path) -> Result<(), CatalogueError> {
    let claimed = match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ if is_own(path) && is_alone(path) => Ok(()),
        _ => Err(io::Error::other(
            "other users may have made this folder, or may replace it",
        )),
    };
    claimed.map_err(CatalogueError::io(path))
}

/// Whether a folder, and no link to one, belongs to this process's user.
pub(crate) fn is_own(folder: &Path) -> bool {
    let user = fs::metadata("/proc/self").map(|about| about.uid());
    let owner = fs::symlink_metadata(folder).map(|about| about.uid());
    matches!((user, owner), (Ok(user), Ok(owner)) if user == owner)
}

/// Whether no other user may open a folder, or put another one in its place.
fn is_alone(folder: &Path) -> bool {
    const STICKY: u32 = 0o1000;
    const WRITABLE: u32 = 0o022;
    let mode = |path: &Path| fs::symlink_metadata(path).map(|about| (about.is_dir(), about.mode()));
    let around = folder.parent().map(fs::metadata);
    let is_safe = |mode: u32| mode & WRITABLE == 0 || mode & STICKY != 0;
    matches!(mode(folder), Ok((true, mode)) if mode & OTHERS == 0)
        && matches!(around, Some(Ok(around)) if is_safe(around.mode()))
}

/// Makes an empty file that only this user may open. One that exists stays as it is.
pub(crate) fn create_file(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[derive(Default)]
struct Mended {
    /// How many files and folders others had rights to.
    count: u64,
    /// The first one whose rights could not be changed.
    failed: Option<(PathBuf, io::Error)>,
}

impl Mended {
    /// A folder with the files in it, and all that is in those of its folders that `is_ours` names.
    /// Links are not followed.
    fn folder(&mut self, folder: &Path, is_ours: &dyn Fn(&str) -> bool) {
        self.entry(folder);
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.fail(folder, error),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.fail(folder, error);
                    continue;
                }
            };
            let (path, name) = (entry.path(), entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_file() => self.entry(&path),
                Ok(kind) if kind.is_dir() && is_ours(&name.to_string_lossy()) => {
                    self.folder(&path, &|_| true);
                }
                _ => {}
            }
        }
    }

    fn entry(&mut self, path: &Path) {
        match close(path) {
            Ok(was_open) => self.count += u64::from(was_open),
            Err(error) => self.fail(path, error),
        }
    }

    fn fail(&mut self, path: &Path, error: io::Error) {
        // It was removed meanwhile.
        if error.kind() != io::ErrorKind::NotFound {
            self.failed.get_or_insert_with(|| (path.to_owned(), error));
        }
    }
}

/// Takes the rights of others away. Returns whether they had any.
fn close(path: &Path) -> io::Result<bool> {
    let mode = fs::metadata(path)?.permissions().mode();
    let was_open = mode & OTHERS != 0;
    if was_open {
        fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS))?;
    }
    Ok(was_open)
}
