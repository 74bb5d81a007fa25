//! A backup that was unpacked to a folder of its own and checked, before anything of the catalogue
//! changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode};

use super::BackupFile;
use super::archive::{Pictures, Unpacked, unpack};
use super::database::{self, DAMAGED, Refused};
use super::stop::Stop;
use crate::ids::VisitId;
use crate::photographs::Photographs;
use crate::private;
use crate::retention::recorded_photographs;
use crate::scratch::Scratch;
use crate::{CatalogueError, FILE};

/// The name of the fresh database.
const RESTORED: &str = "restored.sqlite";

/// Why the database of a backup is refused that keeps SQLite busy.
const TOO_SLOW: &str = "reading its database takes too long";

/// What is put in the catalogue's place: a fresh database and photographs. All of it is removed with
/// this.
pub(super) struct Staged {
    /// When the backup was written, as it says.
    pub(super) made: Timestamp,
    /// The photographs that belong to its records. All of them are there.
    pub(super) photographs: BTreeSet<String>,
    folder: Scratch,
}

impl Staged {
    /// Unpacks and checks a backup. Returns a connection to the fresh database, too.
    pub(super) fn read(
        backup: BackupFile<'_>,
        photographs: &Photographs,
        stop: &Stop,
    ) -> Result<(Self, Connection), CatalogueError> {
        Self::unpacked(backup, Pictures::Kept, photographs, stop)
    }

    /// Does the same only to see whether a backup could be restored. It writes no photographs.
    pub(super) fn check(
        backup: BackupFile<'_>,
        photographs: &Photographs,
        stop: &Stop,
    ) -> Result<(), CatalogueError> {
        Self::unpacked(backup, Pictures::Read, photographs, stop).map(drop)
    }

    fn unpacked(
        backup: BackupFile<'_>,
        pictures: Pictures,
        photographs: &Photographs,
        stop: &Stop,
    ) -> Result<(Self, Connection), CatalogueError> {
        let folder = photographs.staging()?;
        let unpacked = unpack(backup, folder.path(), pictures, stop);
        let read = unpacked.and_then(|unpacked| {
            let (database, photographs) =
                take_records(backup.file, folder.path(), &unpacked, stop)?;
            Ok((database, photographs, unpacked.made))
        });
        // Whatever went wrong first: it was asked to stop.
        if read.is_err() {
            stop.check()?;
        }
        let (database, photographs, made) = read?;
        let staged = Self {
            made,
            photographs,
            folder,
        };
        Ok((staged, database))
    }

    /// The file of the fresh database.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.path().join(RESTORED)
    }

    /// The file of a photograph.
    pub(super) fn photograph(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Copies the records of the backup `file` that was unpacked to `folder` to a fresh database. Returns
/// that, and the photographs that belong to its records.
fn take_records(
    file: &Path,
    folder: &Path,
    unpacked: &Unpacked,
    stop: &Stop,
) -> Result<(Connection, BTreeSet<String>), CatalogueError> {
    let restored = folder.join(RESTORED);
    private::create_file(&restored).map_err(CatalogueError::io(&restored))?;
    let copied = database::copy(&folder.join(FILE), &restored, stop).and_then(|mut database| {
        drop_missing(&mut database, &unpacked.photographs)?;
        let photographs = recorded_photographs(&database)?;
        Ok((database, photographs))
    });
    copied.map_err(|refused| match refused {
        Refused::Because(reason) => CatalogueError::not_a_backup(file, reason),
        Refused::Newer(version) => CatalogueError::newer(file, version),
        Refused::Sql(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                CatalogueError::database(&restored)(error)
            }
            Some(ErrorCode::OperationInterrupted) => CatalogueError::not_a_backup(file, TOO_SLOW),
            _ => CatalogueError::not_a_backup(file, DAMAGED),
        },
    })
}

/// Removes the names of photographs that are not in the archive, since their retention time was up
/// while it was written, or since they were forgotten.
fn drop_missing(database: &mut Connection, photographs: &BTreeSet<String>) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    let kept: Vec<(VisitId, String)> = transaction
        .prepare("SELECT id, photograph FROM visit WHERE photograph IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut drop_it = transaction
        .prepare("UPDATE visit SET photograph = NULL, photograph_bytes = 0 WHERE id = ?1")?;
    for (visit, _) in kept.iter().filter(|(_, name)| !photographs.contains(name)) {
        drop_it.execute([visit])?;
    }
    drop(drop_it);
    let negatives: Vec<String> = transaction
        .prepare("SELECT photograph FROM negative")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for name in (negatives.iter()).filter(|name| !photographs.contains(*name)) {
        transaction.execute("DELETE FROM negative WHERE photograph = ?1", [name])?;
    }
    // A file from outside has no say in which photographs of this catalogue are removed.
    transaction.execute("UPDATE forgotten SET photograph = NULL", [])?;
    transaction.commit()
}
