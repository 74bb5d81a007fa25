//! Backs up the catalogue to one tar archive: `catalogue.sqlite`, then `photographs/`, then
//! `manifest.json`. An archive without the manifest was cut short.
//!
//! `training/` is not in the archive, since it follows from the other two.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempDir};

use crate::retention::recorded_photographs;
use crate::{Catalogue, CatalogueError, FILE, schema};

/// The archive's last entry.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The names of the scratch folders beside backups that are being written begin with this.
const UNFINISHED: &str = ".backup-";

/// The folder of the photographs in the archive.
pub(crate) const PHOTOGRAPHS: &str = "photographs/";

/// What the archive says about itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The version of the kiosk that wrote it.
    pub(crate) kiosk: String,
    /// When it was written.
    pub(crate) made: Timestamp,
    /// The number of photographs in it.
    pub(crate) photographs: u64,
}

/// What a backup may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// An earlier backup, or an empty file.
    Backup,
    /// Any file.
    Anything,
}

impl Catalogue {
    /// Writes the catalogue and its photographs to `file`, a tar archive, as of this moment. Others
    /// may go on reading and writing. An existing file is replaced once the new one is complete.
    ///
    /// # Errors
    /// [`CatalogueError::InOwnFolder`], [`CatalogueError::Occupied`], [`CatalogueError::Corrupt`] for
    /// a damaged catalogue, or when the catalogue cannot be read, or the file cannot be written. An
    /// existing file stays.
    pub fn backup(&self, file: &Path, replace: Replace) -> Result<(), CatalogueError> {
        let target = self.target(file, replace)?;
        self.archive(&target, UNFINISHED, |archive, _| {
            let placed = archive.persist(&target);
            placed.map_err(|error| CatalogueError::io(&target)(error.error))?;
            Ok(())
        })
    }

    /// Writes a backup to `file`, which must not exist. Unlike [`Catalogue::backup`] it may lie in
    /// the catalogue's folder, for a moment.
    ///
    /// # Errors
    /// When the catalogue is damaged or cannot be read, or the file exists or cannot be written.
    pub fn backup_to_new(&self, file: &Path) -> Result<(), CatalogueError> {
        self.archive(file, UNFINISHED, |archive, _| {
            let placed = archive.persist_noclobber(file);
            placed.map_err(|error| CatalogueError::io(file)(error.error))?;
            Ok(())
        })
    }

    /// Where a backup for `file` is to be put, with all links resolved: outside of the catalogue's
    /// folder, and in place of nothing that `replace` forbids.
    pub(crate) fn target(&self, file: &Path, replace: Replace) -> Result<PathBuf, CatalogueError> {
        let target = resolved(file).map_err(CatalogueError::io(file))?;
        let own = fs::canonicalize(&self.folder).map_err(CatalogueError::io(&self.folder))?;
        let about = fs::metadata(&target).ok();
        if about.as_ref().is_some_and(|about| !about.is_file()) {
            return Err(CatalogueError::io(file)(not_a_file()));
        }
        if target.starts_with(own) {
            return Err(CatalogueError::InOwnFolder {
                file: file.to_owned(),
            });
        }
        let is_free = match about {
            Some(about) if replace == Replace::Backup && about.len() > 0 => {
                is_backup(&target).map_err(CatalogueError::io(file))?
            }
            _ => true,
        };
        if !is_free {
            return Err(CatalogueError::Occupied {
                file: file.to_owned(),
            });
        }
        Ok(target)
    }

    /// Writes an archive in a scratch folder beside `file`, whose name begins with `unfinished`, and has
    /// `place` put the archive there. `place` gets the archive and the scratch folder.
    pub(crate) fn archive(
        &self,
        file: &Path,
        unfinished: &str,
        place: impl FnOnce(NamedTempFile, &Path) -> Result<(), CatalogueError>,
    ) -> Result<(), CatalogueError> {
        let folder = folder(file);
        let staging =
            TempDir::with_prefix_in(unfinished, folder).map_err(CatalogueError::io(file))?;
        let copy = staging.path().join(FILE);
        let photographs = self.copy(&copy, file)?;
        let archive = self
            .pack(&copy, &photographs, staging.path())
            .map_err(CatalogueError::io(file))?;
        place(archive, staging.path())?;
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(CatalogueError::io(file))
    }

    /// Copies the database for the backup `file` in one transaction, checks the copy, and returns the
    /// photographs that belong to it.
    fn copy(&self, to: &Path, file: &Path) -> Result<BTreeSet<String>, CatalogueError> {
        let mut copy = Connection::open(to).map_err(CatalogueError::database(file))?;
        self.connections.read(|connection| {
            copy_all(connection, &mut copy).map_err(CatalogueError::database(file))?;
            Ok(())
        })?;
        let own = self.connections.file();
        let faults = schema::faults(&copy).map_err(CatalogueError::database(own))?;
        if let Some(fault) = faults.into_iter().next() {
            return Err(CatalogueError::Corrupt {
                file: own.to_owned(),
                reason: fault,
            });
        }
        let is_ours =
            schema::is_ours(&copy, schema::VERSION).map_err(CatalogueError::database(file))?;
        if !is_ours {
            tracing::warn!(
                file = %file.display(),
                "the catalogue has tables or triggers of another program: this backup will be \
                 refused when it is restored"
            );
        }
        // One file, without a write-ahead log beside it.
        copy.pragma_update(None, "journal_mode", "DELETE")
            .and_then(|()| recorded_photographs(&copy))
            .map_err(CatalogueError::database(file))
    }

    fn pack(
        &self,
        copy: &Path,
        names: &BTreeSet<String>,
        staging: &Path,
    ) -> io::Result<NamedTempFile> {
        let mut archive = tar::Builder::new(BufWriter::new(NamedTempFile::new_in(staging)?));
        archive.append_path_with_name(copy, FILE)?;
        let mut photographs = 0;
        for name in names {
            match File::open(self.photographs.path(name)) {
                Ok(mut photograph) => {
                    archive.append_file(format!("{PHOTOGRAPHS}{name}"), &mut photograph)?;
                    photographs += 1;
                }
                // Its retention time was up in the meantime.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let manifest = Manifest {
            kiosk: env!("CARGO_PKG_VERSION").to_owned(),
            made: Timestamp::now(),
            photographs,
        };
        let manifest = serde_json::to_vec_pretty(&manifest)?;
        let mut header = tar::Header::new_gnu();
        header.set_size(manifest.len() as u64);
        header.set_mode(0o600);
        archive.append_data(&mut header, MANIFEST, manifest.as_slice())?;

        let mut file = archive.into_inner()?;
        file.flush()?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

/// Whether a file begins as a backup does.
pub(crate) fn is_backup(file: &Path) -> io::Result<bool> {
    if !fs::metadata(file)?.is_file() {
        return Ok(false);
    }
    let mut archive = tar::Archive::new(File::open(file)?);
    let first = archive.entries()?.raw(true).next();
    Ok(matches!(first, Some(Ok(entry)) if *entry.path_bytes() == *FILE.as_bytes()))
}

/// The path of a file, or of one that does not exist yet, without links in it.
fn resolved(file: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = file.file_name().ok_or_else(not_a_file)?;
            Ok(fs::canonicalize(folder(file))?.join(name))
        }
        resolved => resolved,
    }
}

/// The folder that a file is in.
pub(crate) fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn not_a_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a file")
}

/// Replaces a database by a copy of another in one transaction (<https://sqlite.org/backup.html>).
/// With the write-ahead log, readers go on beside it.
pub(crate) fn copy_all(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    match Backup::new(from, to)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            None,
        )),
    }
}
