//! Opens the database: one connection writes, a few read beside it.
//!
//! With SQLite's write-ahead log (<https://sqlite.org/wal.html>), readers see the last commit and
//! never wait.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use rustix::io::Errno;

use crate::FILE;
use crate::backup::folder;
use crate::error::CatalogueError;
use crate::identity;
use crate::log_note::{self, LogNote};
use crate::log_remains::{self, LogFault};
use crate::outbox::OutboxListeners;
use crate::private;
use crate::remains;
use crate::restore::discard;
use crate::schema::{self, Kind};
use crate::scratch::Scratch;

/// Opens a database to read and write it.
pub(crate) const READ_WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;

/// How long to wait for another process that holds the lock.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many idle readers are kept for the next request.
const IDLE_READERS: usize = 4;

/// The size to which the write-ahead log is truncated after it has grown, in bytes.
const LOG_BYTES: u32 = 16 << 20;

/// The pages that each connection keeps in memory, in KiB (as SQLite wants it: negative). The system keeps the
/// file in memory once for all of them; by default SQLite would keep up to 2 MB in each as well.
const CACHE: i32 = -512;

/// Prepared statements that each connection keeps.
const STATEMENTS: usize = 64;

pub(crate) struct Connections {
    /// The database's file, as messages name it.
    file: PathBuf,
    /// What is opened: the same, or a copy of it.
    opened: PathBuf,
    readers: Mutex<Vec<Connection>>,
    /// Shared by those that search for faults, by a connection that could write and is closed before this is
    /// given back.
    examining: RwLock<()>,
    /// Closed last: a reader cannot move the write-ahead log into the file and remove it.
    writer: Mutex<Connection>,
    /// Removed after that, once the log is.
    log_note: LogNote,
    /// The callbacks that wait for the events that the writer adds.
    pub(crate) outbox: OutboxListeners,
    /// The folder of the copy, which is removed once the connections are closed.
    _copy: Option<Scratch>,
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
    /// Opens the file, creates it in a folder where there was none before, and migrates it. Where its log
    /// is damaged, both are copied to a folder of their own first.
    pub(crate) fn open(file: &Path) -> Result<Self, CatalogueError> {
        // SQLite takes a damaged log for a shorter one, and soon overwrites the rest.
        let fault = log_remains::fault(file);
        let opened = examine(file, READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE);
        let (writer, kind) = opened.map_err(|error| of_disk(file, error))?;
        let is_read_only = writer.is_readonly("main");
        if is_read_only.map_err(CatalogueError::database(file))? {
            return Err(CatalogueError::ReadOnly {
                file: file.to_owned(),
            });
        }
        if kind == Kind::Blank {
            identity::forget(folder(file))?;
        }
        match fault {
            None => Self::with(writer, file),
            Some(fault) => {
                drop(writer);
                Self::without_rest_of_log(file, fault)
            }
        }
    }

    /// Opens the file, whose log is damaged, with what can be read of that, after both were copied. If that
    /// fails, nothing is left of the copy.
    fn without_rest_of_log(file: &Path, fault: LogFault) -> Result<Self, CatalogueError> {
        let kept = match log_remains::keep(file) {
            Ok(kept) => Some(kept),
            // Only with this catalogue does the kiosk make room.
            Err(error @ CatalogueError::Full { .. }) => {
                tracing::error!(%error, "the damaged log cannot be kept");
                None
            }
            Err(error) => return Err(of_disk(file, error)),
        };
        let opened = examine(file, READ_WRITE).and_then(|(writer, _)| Self::with(writer, file));
        match &opened {
            Ok(connections) => {
                tracing::error!(
                    file = %file.display(),
                    ?kept,
                    "the catalogue's log is damaged ({fault}): what was recorded last may be missing"
                );
                // Otherwise the damage would be found again at the next start.
                log_note::forget(file);
                if let Err(error) = connections.checkpoint() {
                    tracing::warn!(%error, "the damaged log could not be emptied");
                }
            }
            Err(_) => kept.iter().for_each(|kept| discard(kept)),
        }
        opened
    }

    fn with(mut writer: Connection, file: &Path) -> Result<Self, CatalogueError> {
        let outbox = OutboxListeners::default();
        set_up(&mut writer)
            .and_then(|()| outbox.watch(&mut writer))
            .and_then(|()| trust(&writer))
            .map_err(CatalogueError::database(file))?;
        Ok(Self {
            file: file.to_owned(),
            opened: file.to_owned(),
            readers: Mutex::default(),
            examining: RwLock::default(),
            writer: Mutex::new(writer),
            log_note: LogNote::of(file),
            outbox,
            _copy: None,
        })
    }

    /// Opens the database in the folder `copy`, a copy of `file`, and migrates it. From then on it is
    /// only read, and removed at the end.
    pub(crate) fn of_copy(copy: Scratch, file: &Path) -> Result<Self, CatalogueError> {
        let opened = copy.path().join(FILE);
        let connections = examine(&opened, READ_WRITE)
            .and_then(|(writer, _)| Self::with(writer, &opened))
            .map_err(|error| error.of_copy(file))?;
        let only_reads = connections.writer().pragma_update(None, "query_only", true);
        only_reads.map_err(CatalogueError::database(file))?;
        Ok(Self {
            file: file.to_owned(),
            _copy: Some(copy),
            ..connections
        })
    }

    /// Moves the write-ahead log into the file, which is whole by itself then.
    pub(crate) fn checkpoint(&self) -> Result<(), CatalogueError> {
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let is_busy = self
            .writer()
            .query_row(checkpoint, [], |row| row.get::<_, bool>(0));
        if is_busy.map_err(|error| self.error(error))? {
            return Err(CatalogueError::Locked {
                file: self.file.clone(),
            });
        }
        Ok(())
    }

    /// Closes the connections for good, so that another file can take the database's place: one that was
    /// closed later would remove that file's log. From then on all that is written is refused. A reader at
    /// work goes on: it is closed later, and removes no log.
    pub(crate) fn close(&self) -> Result<(), CatalogueError> {
        let nothing = Connection::open_in_memory().map_err(|error| self.error(error))?;
        let _alone = self
            .examining
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        lock(&self.readers).clear();
        *self.writer() = nothing;
        Ok(())
    }

    /// Rewrites the whole database and empties the write-ahead log. Even with `secure_delete`,
    /// SQLite leaves copies of rows that it has moved to another page in the unused parts of pages.
    pub(crate) fn rewrite(&self) -> Result<(), CatalogueError> {
        self.writer()
            .execute_batch("VACUUM")
            .map_err(|error| self.error(error))?;
        self.checkpoint()
    }

    /// Reads, while another thread may write.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, CatalogueError> {
        let idle = lock(&self.readers).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => reader(&self.opened).map_err(CatalogueError::database(&self.file))?,
        };
        let result = work(&reader).map_err(|fault| self.error(fault));
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(reader);
        }
        result
    }

    /// Looks for faults of the database, and writes nothing. Where the disk allows that, the connection is one
    /// that could write: with one that can only read, SQLite does not check the values of columns.
    pub(crate) fn examine<T>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, CatalogueError> {
        let _shared = self
            .examining
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let (connection, _) = match examine(&self.opened, READ_WRITE) {
            Err(CatalogueError::ReadOnly { .. }) => {
                return self.read(|connection| Ok(look(connection)?));
            }
            opened => opened?,
        };
        let looked = connection.pragma_update(None, "query_only", true);
        let found = looked.and_then(|()| look(&connection));
        found.map_err(CatalogueError::database(&self.file))
    }

    /// Writes in one transaction: on success all of it is on the disk, otherwise none of it. The callbacks
    /// that wait for events are told of those that it has added.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, CatalogueError> {
        let mut writer = self.writer();
        let (state, changes) = (self.log_note.state(), writer.total_changes());
        let written = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Fault::from)
            .and_then(|transaction| {
                let value = work(&transaction)?;
                transaction.commit()?;
                Ok(value)
            });
        if written.is_ok() && writer.total_changes() != changes {
            self.log_note.committed(state);
        }
        let has_events = self.outbox.take_added() && written.is_ok();
        drop(writer);
        if has_events {
            self.outbox.tell();
        }
        written.map_err(|fault| self.error(fault))
    }

    /// The writing connection itself. No other thread writes until it is given back.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        lock(&self.writer)
    }

    /// The same, unless somebody writes at this moment.
    pub(crate) fn free_writer(&self) -> Option<MutexGuard<'_, Connection>> {
        match self.writer.try_lock() {
            Ok(writer) => Some(writer),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
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
    if flags.contains(OpenFlags::SQLITE_OPEN_CREATE) {
        // The files beside it get the same rights. Where it cannot be made, SQLite says why.
        let _ = private::create_file(file);
    }
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Opens a file and says what it contains, without changing anything. Refuses one that is not a
/// catalogue, and an empty one in a folder where there was a catalogue. Until it is [trusted](trust),
/// the connection leaves the write-ahead log as it is, also when it is closed.
pub(crate) fn examine(file: &Path, flags: OpenFlags) -> Result<(Connection, Kind), CatalogueError> {
    // Of a folder SQLite says no more than that it cannot be opened.
    if file.is_dir() {
        return Err(CatalogueError::Corrupt {
            file: file.to_owned(),
            reason: "it is a folder".to_owned(),
        });
    }
    // SQLite makes such files, and deletes the log of a file without a single byte.
    let beside = remains::side_files(file);
    if remains::is_empty(file) {
        remains::refuse(file, &beside)?;
    }
    let examined = connect(file, flags).and_then(|connection| {
        let keeps_log = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        connection.set_db_config(keeps_log, !beside.is_empty())?;
        let kind = schema::kind(&connection)?;
        Ok((connection, kind))
    });
    let (connection, kind) = examined.map_err(CatalogueError::database(file))?;
    match kind {
        Kind::Known(_) => Ok((connection, kind)),
        Kind::Blank => remains::refuse(file, &beside).map(|()| (connection, kind)),
        Kind::Newer(version) => Err(CatalogueError::newer(file, version)),
        Kind::Foreign => Err(CatalogueError::Corrupt {
            file: file.to_owned(),
            reason: "another program's tables".to_owned(),
        }),
    }
}

/// Why the database `file` could not be opened, or copied with its log: damage, if the disk cannot read one of
/// them. This process must not have the file open, which would lose its locks.
fn of_disk(file: &Path, error: CatalogueError) -> CatalogueError {
    let log = file.with_file_name(remains::side_file(file, remains::LOG));
    let tried = match &error {
        // SQLite says no more than that it cannot open it.
        CatalogueError::ReadOnly { .. } => File::open(file).map(drop),
        // It may be the copy that could not be written.
        CatalogueError::Io { file: named, .. } if named == file || *named == log => {
            File::open(named)
                .and_then(|mut named| io::copy(&mut named, &mut io::sink()))
                .map(|_| ())
        }
        _ => Ok(()),
    };
    let failure = tried.err().and_then(|failure| failure.raw_os_error());
    if failure == Some(Errno::IO.raw_os_error()) {
        CatalogueError::unreadable(file)
    } else {
        error
    }
}

/// Lets a connection that [`examine`] opened move the write-ahead log into the file.
pub(crate) fn trust(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
        .map(|_| ())
}

fn reader(file: &Path) -> rusqlite::Result<Connection> {
    let reader = connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    reader.pragma_update(None, "cache_size", CACHE)?;
    Ok(reader)
}

/// Keeps the journal in another way from now on, which is written to the file. The connection's own method ends the
/// statement at its row, and would not see that this has failed.
pub(crate) fn set_journal_mode(connection: &Connection, mode: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("PRAGMA journal_mode = {mode}"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

fn set_up(writer: &mut Connection) -> rusqlite::Result<()> {
    set_journal_mode(writer, "WAL")?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    writer.pragma_update(None, "foreign_keys", true)?;
    writer.pragma_update(None, "secure_delete", true)?;
    writer.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    writer.pragma_update(None, "cache_size", CACHE)?;
    schema::migrate(writer)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_database_or_log_that_the_disk_cannot_read_is_damage_and_other_failures_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let [file, log] =
            ["catalogue.sqlite", "catalogue.sqlite-wal"].map(|name| folder.path().join(name));
        for own in [&file, &log] {
            let of = |failure: Errno| of_disk(&file, CatalogueError::io(own)(failure.into()));
            fs::write(own, [7; 4096]).unwrap();
            for failure in [Errno::IO, Errno::NOSPC, Errno::ACCESS, Errno::ROFS] {
                let other = of(failure);
                let is_damage = matches!(other, CatalogueError::Corrupt { .. });
                assert!(!is_damage, "{failure}: {other}");
            }
            // Where nothing is mapped, to read a process's memory fails as to read a bad block does.
            fs::remove_file(own).unwrap();
            symlink("/proc/self/mem", own).unwrap();
            let CatalogueError::Corrupt { file: named, .. } = of(Errno::IO) else {
                panic!("{}: it cannot be read", own.display());
            };
            assert_eq!(named, file);
        }
    }
}
