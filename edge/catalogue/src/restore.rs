//! Restores a backup, all or nothing.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde::Serialize;

use crate::backup::{MANIFEST, Manifest, PHOTOGRAPHS, copy_all};
use crate::ids::VisitId;
use crate::photographs::{Photographs, is_jpeg, is_name};
use crate::remains::side_files;
use crate::schema::{self, Kind};
use crate::totals::Totals;
use crate::{Catalogue, CatalogueError, FILE};

/// How long to wait for others who are writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest manifest that is read, in bytes.
const MANIFEST_BYTES: u64 = 1 << 20;

// Why a file is refused. Nothing of its content is in the reasons: whoever may restore a file need
// not be the one who may read it.
const NOT_A_FILE: &str = "not a file";
const NO_ARCHIVE: &str = "no tar archive, or a damaged one";
const TOO_SHORT: &str = "it ends too early";
const STRANGE_ENTRY: &str = "there is something else in it";
const NO_MANIFEST: &str = "its manifest cannot be read";
const MISSING_PHOTOGRAPHS: &str = "photographs are missing";
const OTHER_DATABASE: &str = "its database is another program's";
const OTHER_SCHEMA: &str = "its database has tables or triggers of another program";
const DAMAGED: &str = "its database is damaged";

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// When the backup was written.
    pub made: Timestamp,
    /// What the catalogue holds now.
    pub totals: Totals,
    /// The folder of what was left of a damaged catalogue; `None` where it was not damaged.
    pub damaged: Option<PathBuf>,
}

impl Catalogue {
    /// Replaces the contents of the catalogue by those of a backup, after all of it has been
    /// checked. Others who have the catalogue open, even in another process, see either the former
    /// contents or the new ones. A database that is damaged is copied to a folder of its own first.
    ///
    /// # Errors
    /// [`CatalogueError::NotABackup`] for any other file, [`CatalogueError::Newer`] for one of a
    /// newer kiosk, or when the catalogue cannot be written.
    pub fn restore(&self, file: &Path) -> Result<Restored, CatalogueError> {
        let staging = self.photographs.staging()?;
        let unpacked = Unpacked::read(file, staging.path())?;
        let database = unpacked.check(file)?;
        let damaged = if self.is_damaged()? {
            Some(self.keep_copy()?)
        } else {
            None
        };
        self.take(&unpacked, &database, damaged)
    }

    /// Restores a backup to the catalogue in `folder`, as [`Catalogue::restore`] does, even if that
    /// catalogue cannot be opened because it is damaged or lost. Then what is left of its files is
    /// moved to a folder of their own, and its photographs stay. No other process may have it open.
    ///
    /// # Errors
    /// As [`Catalogue::restore`] and [`Catalogue::open`], except for those that this is for.
    pub fn restore_to(folder: &Path, file: &Path) -> Result<Restored, CatalogueError> {
        match Self::open(folder) {
            Ok(catalogue) => catalogue.restore(file),
            Err(CatalogueError::Corrupt { .. } | CatalogueError::Lost { .. }) => {
                let staging = Photographs::open(folder)?.staging()?;
                let unpacked = Unpacked::read(file, staging.path())?;
                let database = unpacked.check(file)?;
                let damaged = set_aside(folder)?;
                Self::create(folder)?.take(&unpacked, &database, damaged)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether pages or values of the database are damaged.
    fn is_damaged(&self) -> Result<bool, CatalogueError> {
        let faults = self
            .connections
            .read(|connection| Ok(schema::faults(connection)?));
        match faults {
            Ok(faults) => Ok(!faults.is_empty()),
            Err(CatalogueError::Corrupt { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Copies the database, damaged as it is, to a folder of its own. By way of SQLite, since a file
    /// that is opened beside it loses its locks when it is closed
    /// (<https://sqlite.org/howtocorrupt.html>, 2.2).
    fn keep_copy(&self) -> Result<PathBuf, CatalogueError> {
        let kept = folder_for_damaged(&self.folder)?;
        let file = kept.join(FILE);
        let mut copy = Connection::open(&file).map_err(CatalogueError::database(&file))?;
        self.connections.read(|connection| {
            copy_all(connection, &mut copy).map_err(CatalogueError::database(&file))?;
            Ok(())
        })?;
        Ok(kept)
    }

    /// Takes over the contents of a backup that was checked.
    fn take(
        &self,
        unpacked: &Unpacked,
        database: &Connection,
        damaged: Option<PathBuf>,
    ) -> Result<Restored, CatalogueError> {
        // The photographs come first, so that nobody sees a restored visit without its photograph.
        let mut added = Vec::new();
        let placed = self.place(unpacked, &mut added);
        if let Err(error) = placed.and_then(|()| self.replace_by(database)) {
            for name in added {
                self.photographs.discard(&name);
            }
            return Err(error);
        }
        self.align_training()?;
        Ok(Restored {
            made: unpacked.manifest.made,
            totals: self.totals()?,
            damaged,
        })
    }

    /// Puts the photographs of a backup in their place. Those that are there stay unless they are
    /// damaged. `added` gets the names of those that were not there.
    fn place(&self, unpacked: &Unpacked, added: &mut Vec<String>) -> Result<(), CatalogueError> {
        let mut mended = BTreeSet::new();
        for name in &unpacked.photographs {
            let from = unpacked.folder.join(name);
            let bytes = fs::metadata(&from)
                .map_err(CatalogueError::io(&from))?
                .len();
            if self.photographs.adopt(&from, name)? {
                added.push(name.clone());
            } else if self.photographs.fault(name, bytes).is_some() && is_jpeg(&from) {
                self.photographs.replace(&from, name)?;
                mended.insert(name);
            }
        }
        // They may be links to the damaged ones; those that are wanted are made anew.
        for example in self.training.examples()? {
            if mended.contains(&example.photograph) {
                self.training.remove(&example)?;
            }
        }
        self.photographs.sync()
    }

    fn replace_by(&self, database: &Connection) -> Result<(), CatalogueError> {
        let started = Instant::now();
        let mut writer = self.connections.writer();
        let copied = loop {
            match copy_all(database, &mut writer) {
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && started.elapsed() < PATIENCE =>
                {
                    thread::sleep(Duration::from_millis(20));
                }
                copied => break copied,
            }
        };
        copied.map_err(|error| self.connections.error(error))?;
        // Empties the write-ahead log now rather than while staff wait.
        if let Err(error) = writer.query_row("PRAGMA wal_checkpoint", [], |_| Ok(())) {
            tracing::warn!(
                file = %self.connections.file().display(),
                %error,
                "the write-ahead log could not be emptied after a restore; SQLite does it later"
            );
        }
        Ok(())
    }
}

/// A backup that was unpacked: it has all entries, and no others.
struct Unpacked {
    /// The folder that it was unpacked to.
    folder: PathBuf,
    manifest: Manifest,
    photographs: HashSet<String>,
}

impl Unpacked {
    fn read(file: &Path, into: &Path) -> Result<Self, CatalogueError> {
        let about = fs::metadata(file).map_err(CatalogueError::io(file))?;
        if !about.is_file() {
            return Err(CatalogueError::not_a_backup(file, NOT_A_FILE));
        }
        let opened = File::open(file).map_err(CatalogueError::io(file))?;
        let mut archive = tar::Archive::new(BufReader::new(opened));
        let mut photographs = HashSet::new();
        let unreadable = |error: io::Error| match error.raw_os_error() {
            Some(_) => CatalogueError::io(file)(error),
            None => CatalogueError::not_a_backup(file, NO_ARCHIVE),
        };

        // Raw, since our backups do not use the extensions of the format.
        let entries = archive.entries().map_err(unreadable)?.raw(true);
        for (index, entry) in entries.enumerate() {
            let mut entry = entry.map_err(unreadable)?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let is_file = entry.header().entry_type().is_file();
            match (index, &*name, name.strip_prefix(PHOTOGRAPHS)) {
                (0, FILE, _) if is_file => unpack(&mut entry, &into.join(FILE), file)?,
                (1.., _, Some(photograph)) if is_file && is_name(photograph) => {
                    unpack(&mut entry, &into.join(photograph), file)?;
                    photographs.insert(photograph.to_owned());
                }
                (1.., MANIFEST, _) if is_file => {
                    let manifest = serde_json::from_reader(entry.take(MANIFEST_BYTES));
                    return Self {
                        folder: into.to_owned(),
                        manifest: manifest
                            .map_err(|_| CatalogueError::not_a_backup(file, NO_MANIFEST))?,
                        photographs,
                    }
                    .whole(file);
                }
                _ => return Err(CatalogueError::not_a_backup(file, STRANGE_ENTRY)),
            }
        }
        Err(CatalogueError::not_a_backup(file, TOO_SHORT))
    }

    fn whole(self, file: &Path) -> Result<Self, CatalogueError> {
        if self.manifest.photographs == self.photographs.len() as u64 {
            Ok(self)
        } else {
            Err(CatalogueError::not_a_backup(file, MISSING_PHOTOGRAPHS))
        }
    }

    /// Opens the database, checks all of it and migrates it. Until its schema is known to be ours,
    /// nothing but the schema is read.
    fn check(&self, file: &Path) -> Result<Connection, CatalogueError> {
        let damaged = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
                CatalogueError::database(&self.folder)(error)
            }
            _ => CatalogueError::not_a_backup(file, DAMAGED),
        };
        let mut database = open_distrusted(&self.folder.join(FILE)).map_err(damaged)?;
        match schema::kind(&database).map_err(damaged)? {
            Kind::Known(version) if schema::is_ours(&database, version).map_err(damaged)? => {}
            Kind::Known(_) => return Err(CatalogueError::not_a_backup(file, OTHER_SCHEMA)),
            Kind::Newer(version) => return Err(CatalogueError::newer(file, version)),
            Kind::Blank | Kind::Foreign => {
                return Err(CatalogueError::not_a_backup(file, OTHER_DATABASE));
            }
        }
        schema::migrate(&mut database).map_err(damaged)?;
        let is_sound = schema::is_sound(&database).map_err(damaged)?;
        if !is_sound {
            return Err(CatalogueError::not_a_backup(file, DAMAGED));
        }
        self.drop_missing(&mut database).map_err(damaged)?;
        Ok(database)
    }

    /// Removes the names of photographs that are not in the archive, since their retention time was
    /// up while it was written.
    fn drop_missing(&self, database: &mut Connection) -> rusqlite::Result<()> {
        let transaction = database.transaction()?;
        let kept: Vec<(VisitId, String)> = transaction
            .prepare("SELECT id, photograph FROM visit WHERE photograph IS NOT NULL")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut drop_it = transaction
            .prepare("UPDATE visit SET photograph = NULL, photograph_bytes = 0 WHERE id = ?1")?;
        for (visit, _) in kept
            .iter()
            .filter(|(_, name)| !self.photographs.contains(name))
        {
            drop_it.execute([visit])?;
        }
        drop(drop_it);
        let negatives: Vec<String> = transaction
            .prepare("SELECT photograph FROM negative")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for name in (negatives.iter()).filter(|name| !self.photographs.contains(*name)) {
            transaction.execute("DELETE FROM negative WHERE photograph = ?1", [name])?;
        }
        transaction.commit()
    }
}

/// Moves what is left of a catalogue's database to a folder of its own. Returns the folder; `None`
/// where nothing was left.
fn set_aside(folder: &Path) -> Result<Option<PathBuf>, CatalogueError> {
    let file = folder.join(FILE);
    let mut names = side_files(&file);
    if file.exists() {
        names.push(FILE.to_owned());
    }
    if names.is_empty() {
        return Ok(None);
    }
    let kept = folder_for_damaged(folder)?;
    for name in names {
        let from = folder.join(&name);
        fs::rename(&from, kept.join(&name)).map_err(CatalogueError::io(&from))?;
    }
    Ok(Some(kept))
}

/// Makes a folder for the files of a damaged catalogue.
fn folder_for_damaged(folder: &Path) -> Result<PathBuf, CatalogueError> {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let kept = folder.join(format!("damaged-{now}"));
    fs::create_dir(&kept).map_err(CatalogueError::io(&kept))?;
    Ok(kept)
}

/// The limits that SQLite recommends for files from outside. They matter before the schema has been
/// checked: SQLite reads a table named `sqlite_stat1` when it opens the file, and the columns of
/// that table may be expressions.
const LIMITS: [(Limit, i32); 8] = [
    (Limit::SQLITE_LIMIT_LENGTH, 1_000_000),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 10),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 3),
    (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 8),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
];

/// Opens a database from outside, whose triggers and views must not run.
/// (<https://sqlite.org/security.html>.)
fn open_distrusted(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    for (limit, value) in LIMITS {
        database.set_limit(limit, value)?;
    }
    Ok(database)
}

/// Writes a whole entry to the disk.
fn unpack<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    to: &Path,
    file: &Path,
) -> Result<(), CatalogueError> {
    let size = entry.size();
    let mut write = || -> io::Result<u64> {
        let mut out = File::create_new(to)?;
        let bytes = io::copy(entry, &mut out)?;
        out.sync_all()?;
        Ok(bytes)
    };
    match write() {
        Ok(bytes) if bytes == size => Ok(()),
        Ok(_) => Err(CatalogueError::not_a_backup(file, TOO_SHORT)),
        Err(error) if error.raw_os_error().is_some() => Err(CatalogueError::io(to)(error)),
        Err(_) => Err(CatalogueError::not_a_backup(file, NO_ARCHIVE)),
    }
}
