//! One connection that writes, a few that read beside it.
//!
//! In SQLite's write-ahead log (<https://sqlite.org/wal.html>) readers see the last commit and wait
//! for nobody.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::CatalogueError;
use super::schema::{self, Kind};

/// How long another process may keep us waiting.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many idle readers are kept for the next request.
const IDLE_READERS: usize = 4;

/// What the write-ahead log is cut back to after a big write, in bytes.
const LOG_BYTES: u32 = 16 << 20;

/// Prepared statements kept a connection.
const STATEMENTS: usize = 64;

pub(super) struct Connections {
    file: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

/// What a piece of work with a connection may fail of.
pub(super) enum Fault {
    /// SQLite's own error, which does not know the file.
    Sql(rusqlite::Error),
    /// Ours.
    Catalogue(CatalogueError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<CatalogueError> for Fault {
    fn from(error: CatalogueError) -> Self {
        Self::Catalogue(error)
    }
}

impl Connections {
    /// Opens the file, makes it where there is none and brings it up to date.
    pub(super) fn open(file: &Path) -> Result<Self, CatalogueError> {
        let mut writer = connect(
            file,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )
        .map_err(CatalogueError::database(file))?;
        refuse_others(&writer, file)?;
        set_up(&mut writer).map_err(CatalogueError::database(file))?;
        Ok(Self {
            file: file.to_owned(),
            writer: Mutex::new(writer),
            readers: Mutex::default(),
        })
    }

    /// Reads, beside whoever writes.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, CatalogueError> {
        let idle = lock(&self.readers).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => connect(&self.file, OpenFlags::SQLITE_OPEN_READ_ONLY)
                .map_err(CatalogueError::database(&self.file))?,
        };
        let result = work(&reader).map_err(|fault| self.error(fault));
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(reader);
        }
        result
    }

    /// Writes: all of it is on the disk when this returns well, none of it otherwise.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, CatalogueError> {
        let mut writer = self.writer();
        let written = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Fault::from)
            .and_then(|transaction| {
                let value = work(&transaction)?;
                transaction.commit()?;
                Ok(value)
            });
        written.map_err(|fault| self.error(fault))
    }

    /// The writing connection itself; nobody else writes meanwhile.
    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        lock(&self.writer)
    }

    /// Puts the file's name to what went wrong.
    pub(super) fn error(&self, fault: impl Into<Fault>) -> CatalogueError {
        match fault.into() {
            Fault::Sql(error) => CatalogueError::database(&self.file)(error),
            Fault::Catalogue(error) => error,
        }
    }
}

/// A panic elsewhere has rolled its transaction back: what is behind the lock is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(file: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Before anything is changed: a file of somebody else is left alone.
fn refuse_others(connection: &Connection, file: &Path) -> Result<(), CatalogueError> {
    let is_read_only = connection
        .is_readonly("main")
        .map_err(CatalogueError::database(file))?;
    if is_read_only {
        return Err(CatalogueError::ReadOnly {
            file: file.to_owned(),
        });
    }
    match schema::kind(connection).map_err(CatalogueError::database(file))? {
        Kind::Blank | Kind::Known(_) => Ok(()),
        Kind::Newer(version) => Err(CatalogueError::newer(file, version)),
        Kind::Foreign => Err(CatalogueError::Corrupt {
            file: file.to_owned(),
            reason: "another program's tables".to_owned(),
        }),
    }
}

fn set_up(writer: &mut Connection) -> rusqlite::Result<()> {
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    writer.pragma_update(None, "foreign_keys", true)?;
    writer.pragma_update(None, "secure_delete", true)?;
    writer.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    schema::migrate(writer)
}
