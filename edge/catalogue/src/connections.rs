//! Opens the database: one connection writes, a few read beside it.
//!
//! With SQLite's write-ahead log (<https://sqlite.org/wal.html>), readers see the last commit and
//! never wait.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::error::CatalogueError;
use crate::schema::{self, Kind};

/// How long to wait for another process that holds the lock.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many idle readers are kept for the next request.
const IDLE_READERS: usize = 4;

/// The size to which the write-ahead log is truncated after it has grown, in bytes.
const LOG_BYTES: u32 = 16 << 20;

/// Prepared statements that each connection keeps.
const STATEMENTS: usize = 64;

pub(crate) struct Connections {
    file: PathBuf,
    readers: Mutex<Vec<Connection>>,
    /// Closed last: a reader cannot move the write-ahead log into the file and remove it.
    writer: Mutex<Connection>,
}

/// Why work on a connection failed.
pub(crate) enum Fault {
    /// An error of SQLite, which does not name the file.
    Sql(rusqlite::Error),
    /// An error of ours.
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
    /// Opens the file, creates it where there is none, and migrates it.
    pub(crate) fn open(file: &Path) -> Result<Self, CatalogueError> {
        let mut writer = connect(
            file,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )
        .map_err(CatalogueError::database(file))?;
        refuse_others(&writer, file)?;
        set_up(&mut writer).map_err(CatalogueError::database(file))?;
        Ok(Self {
            file: file.to_owned(),
            readers: Mutex::default(),
            writer: Mutex::new(writer),
        })
    }

    /// Reads, beside whoever writes.
    pub(crate) fn read<T>(
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

    /// Writes in one transaction: on success all of it is on the disk, otherwise none of it.
    pub(crate) fn write<T>(
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

    /// The writing connection itself. No other thread writes until it is given back.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        lock(&self.writer)
    }

    /// The database's file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Adds the file's name to an error.
    pub(crate) fn error(&self, fault: impl Into<Fault>) -> CatalogueError {
        match fault.into() {
            Fault::Sql(error) => CatalogueError::database(&self.file)(error),
            Fault::Catalogue(error) => error,
        }
    }
}

/// A thread that panicked has rolled its transaction back, so the connection behind the lock is
/// sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(file: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Refuses a file that is not a catalogue, before anything in it is changed.
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
