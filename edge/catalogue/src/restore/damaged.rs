//! Keeps what is left of a catalogue's database that is damaged.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;

use crate::backup::copy_all;
use crate::photographs::remove;
use crate::private::DAMAGED;
use crate::remains::side_files;
use crate::verify::faults_in_use;
use crate::{Catalogue, CatalogueError, FILE, schema};

impl Catalogue {
    /// Copies the database to a folder of its own if it [is damaged](Self::is_damaged). Returns the
    /// folder; `None` where it is whole.
    pub(super) fn keep_if_damaged(&self) -> Result<Option<PathBuf>, CatalogueError> {
        if !self.is_damaged()? {
            return Ok(None);
        }
        let kept = make_folder(&self.folder, DAMAGED)?;
        match self.copy_to(&kept.join(FILE)) {
            Ok(()) => Ok(Some(kept)),
            Err(error) => {
                discard(&kept);
                Err(error)
            }
        }
    }

    /// Whether pages or values of the database are damaged, indices included, or its tables and triggers are
    /// not those of a catalogue. It reads all of it, and writes nothing.
    ///
    /// # Errors
    /// When the database cannot be read for another reason.
    pub fn is_damaged(&self) -> Result<bool, CatalogueError> {
        let all = |connection: &Connection| faults_in_use(connection, schema::faults);
        match self.connections.examine(all) {
            Ok(faults) => Ok(!faults.is_empty()),
            Err(CatalogueError::Corrupt { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Copies what is left of the database in `folder` to a folder beside it, as it is: it may be too damaged
    /// for anything else. Returns that folder. Others may have the database open, but this process must not.
    ///
    /// # Errors
    /// When a file cannot be read or written. Then no copy is left.
    pub fn copy_remains(folder: &Path) -> Result<PathBuf, CatalogueError> {
        let file = folder.join(FILE);
        let kept = make_folder(folder, DAMAGED)?;
        let beside = side_files(&file);
        let names = beside.iter().map(String::as_str).chain([FILE]);
        for name in names.filter(|name| folder.join(name).exists()) {
            if let Err(error) = fs::copy(folder.join(name), kept.join(name)) {
                discard(&kept);
                return Err(CatalogueError::io(&folder.join(name))(error));
            }
        }
        Ok(kept)
    }

    /// Copies the database, damaged as it is. By way of SQLite, since a file that is opened beside it
    /// loses its locks when it is closed (<https://sqlite.org/howtocorrupt.html>, 2.2).
    fn copy_to(&self, file: &Path) -> Result<(), CatalogueError> {
        let mut copy = Connection::open(file).map_err(CatalogueError::database(file))?;
        self.connections.read(|connection| {
            let copied = copy_all(connection, &mut copy).map_err(CatalogueError::database(file));
            copied.map_err(|error| error.of_copy(self.connections.file()))?;
            Ok(())
        })
    }
}

/// Removes a copy that nobody needs.
pub(crate) fn discard(path: &Path) {
    if let Err(error) = remove(path) {
        tracing::warn!(%error, "what is left of work that failed could not be removed");
    }
}

/// Moves what is left of the database in `folder` to a folder of its own, whose name begins with `aside`,
/// has `complete` put there what belongs to it, puts the file `restored` in its place and opens that. If
/// this fails, all is as it was. Returns the folder for what was left, too; `None` where nothing was.
///
/// The file takes its name last: should the program end before, the catalogue is missing rather than
/// empty, and [`Catalogue::open`] says so.
pub(super) fn replace(
    folder: &Path,
    restored: &Path,
    aside: &str,
    complete: impl FnOnce(&Path) -> Result<(), CatalogueError>,
) -> Result<(Catalogue, Option<PathBuf>), CatalogueError> {
    let file = folder.join(FILE);
    File::open(restored)
        .and_then(|restored| restored.sync_all())
        .map_err(CatalogueError::io(restored))?;
    let aside = set_aside(folder, aside)?;
    let completed = match &aside {
        Some(aside) => complete(&aside.folder),
        None => Ok(()),
    };
    let placed = completed.and_then(|()| {
        fs::rename(restored, &file)
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(CatalogueError::io(&file))
    });
    let opened = placed.and_then(|()| Catalogue::open(folder));
    match opened {
        Ok(catalogue) => Ok((catalogue, aside.map(|aside| aside.folder))),
        Err(error) => {
            for name in side_files(&file).iter().map(String::as_str).chain([FILE]) {
                discard(&folder.join(name));
            }
            if let Some(aside) = aside {
                aside.put_back(folder);
            }
            Err(error)
        }
    }
}

/// Files that were moved to a folder of their own.
struct Aside {
    folder: PathBuf,
    names: Vec<String>,
}

impl Aside {
    fn put_back(self, to: &Path) {
        for name in &self.names {
            if let Err(error) = fs::rename(self.folder.join(name), to.join(name)) {
                let folder = self.folder.display();
                tracing::error!(%folder, %name, %error, "what was moved aside cannot be moved back");
                return;
            }
        }
        discard(&self.folder);
    }
}

/// Moves what is left of a catalogue's database to a folder of its own. Returns `None` where nothing was
/// left.
fn set_aside(folder: &Path, begins: &str) -> Result<Option<Aside>, CatalogueError> {
    let file = folder.join(FILE);
    let mut names = side_files(&file);
    if file.exists() {
        names.push(FILE.to_owned());
    }
    if names.is_empty() {
        return Ok(None);
    }
    let mut aside = Aside {
        folder: make_folder(folder, begins)?,
        names: Vec::new(),
    };
    for name in names {
        let from = folder.join(&name);
        if let Err(error) = fs::rename(&from, aside.folder.join(&name)) {
            aside.put_back(folder);
            return Err(CatalogueError::io(&from)(error));
        }
        aside.names.push(name);
    }
    Ok(Some(aside))
}

/// Makes a folder for the files of a catalogue that cannot be used. Its name begins with `begins`.
pub(crate) fn make_folder(folder: &Path, begins: &str) -> Result<PathBuf, CatalogueError> {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let kept = folder.join(format!("{begins}{now}"));
    let made = DirBuilder::new().mode(0o700).create(&kept);
    made.map_err(CatalogueError::io(&kept))?;
    Ok(kept)
}
