//! Opens a catalogue that cannot be written, to read, export and back it up.
//!
//! SQLite reads a database with a write-ahead log only if the log's index (`-shm`) is beside it or can
//! be made there. Its option `immutable=1` does without, but leaves out what is in the log, and trusts
//! that nobody writes. So the database is copied to a scratch folder, together with what is in the log,
//! and read there. A catalogue of an older version is migrated there, too. The photographs are read
//! where they are.

use std::env;
use std::fs::{self, File};
use std::io;
use std::iter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};

use crate::backup::copy_all;
use crate::connections::{Connections, examine};
use crate::photographs::Photographs;
use crate::remains::{INDEX, side_files};
use crate::scratch::Scratch;
use crate::training::TrainingFolder;
use crate::{Catalogue, CatalogueError, FILE};

/// How often the files are copied if somebody writes to them meanwhile.
const TRIES: usize = 3;

impl Catalogue {
    /// Opens the catalogue in `folder` as [`Catalogue::open`], or as [`Catalogue::open_read_only`] if it
    /// cannot be written.
    ///
    /// # Errors
    /// As those two.
    pub fn open_to_read(folder: &Path) -> Result<Self, CatalogueError> {
        match Self::open(folder) {
            Err(CatalogueError::ReadOnly { .. }) => Self::open_read_only(folder),
            opened => opened,
        }
    }

    /// Opens the catalogue in `folder` as it is at this moment, without writing anything there: the
    /// disk may be read-only, or another user's. The newest records in the write-ahead log are in it.
    /// The database is copied to the folder of temporary files, and the copy removed when the catalogue
    /// is dropped. Whatever would change a record fails with [`CatalogueError::ReadOnly`].
    ///
    /// # Errors
    /// As for [`Catalogue::open`], if the folder cannot be read, or if the folder of temporary files has
    /// no room for the copy. [`CatalogueError::Locked`] if others write to it all the time and this user
    /// may not share their locks.
    pub fn open_read_only(folder: &Path) -> Result<Self, CatalogueError> {
        let file = folder.join(FILE);
        let connections = Connections::of_copy(copy(&file)?, &file)?;
        let (photographs, training) = (Photographs::at(folder), TrainingFolder::at(folder));
        Ok(Self::of(folder, connections, photographs, training))
    }
}

/// Copies a database, with what is in its write-ahead log, to a scratch folder: under its name, and with
/// a log of its own if it has one.
pub(crate) fn copy(file: &Path) -> Result<Scratch, CatalogueError> {
    let scratch = scratch()?;
    match copy_by_sqlite(file, &scratch.path().join(FILE)) {
        Err(CatalogueError::ReadOnly { .. }) => copy_files(file, scratch.path())?,
        copied => copied?,
    }
    Ok(scratch)
}

/// Copies the same files as they are. Nobody may have the database open.
pub(crate) fn copy_as_it_is(file: &Path) -> Result<Scratch, CatalogueError> {
    let scratch = scratch()?;
    copy_files(file, scratch.path())?;
    Ok(scratch)
}

/// A folder for a copy.
pub(crate) fn scratch() -> Result<Scratch, CatalogueError> {
    Scratch::temporary().map_err(CatalogueError::io(&env::temp_dir()))
}

/// The way that is right while others write: SQLite shares its locks with them.
fn copy_by_sqlite(file: &Path, to: &Path) -> Result<(), CatalogueError> {
    let (from, _) = examine(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut copy = Connection::open(to).map_err(CatalogueError::database(to))?;
    copy_all(&from, &mut copy).map_err(CatalogueError::database(to))
}

/// The way where SQLite cannot make the log's index, so that nobody has the database open. Should
/// somebody begin to write, the files are copied again.
fn copy_files(file: &Path, scratch: &Path) -> Result<(), CatalogueError> {
    for _ in 0..TRIES {
        let before = stamps(file)?;
        for (name, ..) in &before {
            copy_file(&file.with_file_name(name), &scratch.join(name))?;
        }
        if stamps(file)? == before {
            return Ok(());
        }
        for (name, ..) in &before {
            let path = scratch.join(name);
            fs::remove_file(&path).map_err(CatalogueError::io(&path))?;
        }
    }
    Err(CatalogueError::Locked {
        file: file.to_owned(),
    })
}

/// The names of the files that make up a database, with length and time of the last change. The log's
/// index is none of them: SQLite rebuilds it.
fn stamps(file: &Path) -> Result<Vec<(String, u64, SystemTime)>, CatalogueError> {
    let beside = side_files(file).into_iter();
    let beside = beside.filter(|name| !name.ends_with(INDEX));
    let mut stamps = Vec::new();
    for name in iter::once(FILE.to_owned()).chain(beside) {
        let path = file.with_file_name(&name);
        let stamp = fs::metadata(&path).and_then(|about| Ok((about.len(), about.modified()?)));
        let (length, changed) = stamp.map_err(unreadable(&path))?;
        stamps.push((name, length, changed));
    }
    Ok(stamps)
}

/// Copies the content of a file, but not its rights: the copy is written by this user alone.
pub(crate) fn copy_file(from: &Path, to: &Path) -> Result<(), CatalogueError> {
    let mut content = File::open(from).map_err(unreadable(from))?;
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut out = options.open(to).map_err(CatalogueError::io(to))?;
    match io::copy(&mut content, &mut out) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::StorageFull => {
            Err(CatalogueError::io(to)(error))
        }
        Err(error) => Err(unreadable(from)(error)),
    }
}

/// The error for a file that cannot even be read.
fn unreadable(file: &Path) -> impl FnOnce(io::Error) -> CatalogueError {
    let file = file.to_owned();
    move |reason| CatalogueError::Io { file, reason }
}
