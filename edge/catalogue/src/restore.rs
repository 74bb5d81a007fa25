//! Back from a backup, all or nothing.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};
use serde::Serialize;

use super::backup::{MANIFEST, Manifest, PHOTOGRAPHS, copy_all};
use super::photographs::is_name;
use super::schema::{self, Kind};
use super::{Catalogue, CatalogueError, FILE, Totals, VisitId};

/// How long somebody else's writing may keep us waiting.
const PATIENCE: Duration = Duration::from_secs(10);

/// The biggest manifest that is read, in bytes.
const MANIFEST_BYTES: u64 = 1 << 20;

const TOO_SHORT: &str = "it ends too early";

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// When the backup was made.
    pub made: Timestamp,
    /// How much the catalogue holds now.
    pub totals: Totals,
}

impl Catalogue {
    /// Replaces all that is in the catalogue by what is in a backup, once that has been checked
    /// whole. Others who have the catalogue open, also in another process, see either the one or
    /// the other.
    ///
    /// # Errors
    /// [`CatalogueError::NotABackup`] for any other file, [`CatalogueError::Newer`] for one of a
    /// newer kiosk, or when the catalogue cannot be written.
    pub fn restore(&self, file: &Path) -> Result<Restored, CatalogueError> {
        let staging = self.photographs.staging()?;
        let unpacked = Unpacked::read(file, staging.path())?;
        let database = unpacked.check(file)?;

        // The photographs first: who sees the restored visits sees their photographs too.
        let mut added = Vec::new();
        let placed = self.place(&unpacked, &mut added);
        if let Err(error) = placed.and_then(|()| self.replace_by(&database)) {
            for name in added {
                // They belong to nobody; should this fail too, they are tidied up later.
                let _ = self.photographs.remove(&name);
            }
            return Err(error);
        }
        self.align_training()?;
        Ok(Restored {
            made: unpacked.manifest.made,
            totals: self.totals()?,
        })
    }

    fn place(&self, unpacked: &Unpacked, added: &mut Vec<String>) -> Result<(), CatalogueError> {
        for name in &unpacked.photographs {
            if self.photographs.adopt(&unpacked.folder.join(name), name)? {
                added.push(name.clone());
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
        // Out of the log now rather than while somebody waits; it may as well be done later.
        let _ = writer.query_row("PRAGMA wal_checkpoint", [], |_| Ok(()));
        Ok(())
    }
}

/// A backup whose entries are all there, and nothing else.
struct Unpacked {
    /// Where they are now.
    folder: PathBuf,
    manifest: Manifest,
    photographs: HashSet<String>,
}

impl Unpacked {
    fn read(file: &Path, into: &Path) -> Result<Self, CatalogueError> {
        let about = fs::metadata(file).map_err(CatalogueError::io(file))?;
        if !about.is_file() {
            return Err(CatalogueError::not_a_backup(file, "not a file"));
        }
        let opened = File::open(file).map_err(CatalogueError::io(file))?;
        let mut archive = tar::Archive::new(BufReader::new(opened));
        let mut photographs = HashSet::new();
        let damaged = |error: io::Error| CatalogueError::not_a_backup(file, error.to_string());

        // As they stand: what we write has no need of the format's extensions.
        let entries = archive.entries().map_err(damaged)?.raw(true);
        for (index, entry) in entries.enumerate() {
            let mut entry = entry.map_err(damaged)?;
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
                        manifest: manifest.map_err(|error| damaged(error.into()))?,
                        photographs,
                    }
                    .whole(file);
                }
                _ => {
                    let reason = format!("{name:?} does not belong in one");
                    return Err(CatalogueError::not_a_backup(file, reason));
                }
            }
        }
        Err(CatalogueError::not_a_backup(file, TOO_SHORT))
    }

    fn whole(self, file: &Path) -> Result<Self, CatalogueError> {
        match self.manifest.photographs == self.photographs.len() as u64 {
            true => Ok(self),
            false => Err(CatalogueError::not_a_backup(
                file,
                "photographs are missing",
            )),
        }
    }

    /// Checks the database as SQLite can, brings it up to date and hands it over.
    fn check(&self, file: &Path) -> Result<Connection, CatalogueError> {
        let damaged =
            |error: rusqlite::Error| CatalogueError::not_a_backup(file, format!("{FILE}: {error}"));
        let mut database = Connection::open(self.folder.join(FILE)).map_err(damaged)?;
        distrust(&database).map_err(damaged)?;
        match schema::kind(&database).map_err(damaged)? {
            // Before anything is written to it: a trigger of the file's own must never run.
            Kind::Known(version) if schema::is_ours(&database, version).map_err(damaged)? => {}
            Kind::Known(_) => {
                let reason = format!("{FILE} has tables or triggers of another program");
                return Err(CatalogueError::not_a_backup(file, reason));
            }
            Kind::Newer(version) => return Err(CatalogueError::newer(file, version)),
            Kind::Blank | Kind::Foreign => {
                let reason = format!("{FILE} is another program's");
                return Err(CatalogueError::not_a_backup(file, reason));
            }
        }
        schema::migrate(&mut database).map_err(damaged)?;
        let is_sound = schema::is_sound(&database).map_err(damaged)?;
        if !is_sound {
            return Err(CatalogueError::not_a_backup(
                file,
                format!("{FILE} is damaged"),
            ));
        }
        self.drop_missing(&mut database).map_err(damaged)?;
        Ok(database)
    }

    /// Photographs whose time was up while the backup was written.
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
        transaction.commit()
    }
}

/// Sees to it that nothing in the file's own schema runs or reaches further than the file.
/// (<https://sqlite.org/security.html>.)
fn distrust(database: &Connection) -> rusqlite::Result<()> {
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    Ok(())
}

/// Writes an entry to the disk, whole.
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
        Err(error) => Err(CatalogueError::not_a_backup(file, error.to_string())),
    }
}
