//! Notes that the newest records are in the write-ahead log alone, so that a start notices if that is gone.
//!
//! The note says how long the database's file was, and when it was last changed, while a commit went to the
//! log. A program that moves the records of a log into the file changes both or the latter, whether it is
//! this one, an earlier kiosk or any other. So if the file is as the note says, and no log is there that has
//! anything in it, that commit is lost, whatever the clock did. If the file is another one, nobody can tell.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::backup::folder;
use crate::photographs::remove;
use crate::remains::{LOG, NOTE, side_file};

/// The length of a log's header, in bytes. Such a log holds nothing.
const HEADER: u64 = 32;

/// The note beside a database.
pub(crate) struct LogNote {
    file: PathBuf,
    /// What it says, as far as this process has written it.
    said: Mutex<Option<String>>,
}

impl LogNote {
    /// The one beside the database `file`.
    pub(crate) fn of(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            said: Mutex::default(),
        }
    }

    /// What it would say now; `None` where the file cannot be looked at.
    pub(crate) fn state(&self) -> Option<String> {
        state(&self.file)
    }

    /// Notes that a commit, which has changed something, went to the log. `before` is the state from before
    /// it: where the commit was moved into the file as well, there is nothing to note. A note that cannot be
    /// written is no reason to refuse the commit.
    pub(crate) fn committed(&self, before: Option<String>) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = before.is_some() && before != *said;
        if !is_news || before != self.state() || is_log_empty(&self.file) {
            return;
        }
        if let Some(state) = &before
            && let Err(error) = write(&self.file, state)
        {
            tracing::warn!(
                file = %self.file.display(),
                %error,
                "a missing log would not be noticed, since no note of it can be written"
            );
        }
        *said = before;
    }
}

impl Drop for LogNote {
    /// This comes after the connections. The program that closes the last one moves everything into the
    /// file, and removes the log.
    fn drop(&mut self) {
        if !log(&self.file).exists() {
            forget(&self.file);
        }
    }
}

/// Whether there were records in the log of the database `file` alone, and the log is gone. Others may write
/// to it meanwhile.
pub(crate) fn is_log_missing(file: &Path) -> bool {
    // Asked again, since somebody may move the records into the file at this moment, and write new ones.
    is_log_empty(file)
        && fs::read_to_string(note(file)).is_ok_and(|noted| state(file) == Some(noted))
        && is_log_empty(file)
}

/// Removes the note.
pub(crate) fn forget(file: &Path) {
    if let Err(error) = remove(&note(file)) {
        tracing::debug!(%error, "the note of the log could not be removed");
    }
}

fn note(file: &Path) -> PathBuf {
    file.with_file_name(side_file(file, NOTE))
}

fn log(file: &Path) -> PathBuf {
    file.with_file_name(side_file(file, LOG))
}

/// Length and time of the last change of a file.
fn state(file: &Path) -> Option<String> {
    let about = fs::metadata(file).ok()?;
    let (seconds, rest) = (about.mtime(), about.mtime_nsec());
    Some(format!("{} bytes, {seconds}.{rest:09}\n", about.len()))
}

/// Whether a log is missing or holds nothing. One that cannot be looked at may hold something.
fn is_log_empty(file: &Path) -> bool {
    fs::metadata(log(file)).map_or_else(
        |error| error.kind() == io::ErrorKind::NotFound,
        |about| about.len() <= HEADER,
    )
}

fn write(file: &Path, state: &str) -> io::Result<()> {
    // One that is cut short says nothing.
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut out = options.open(note(file))?;
    out.write_all(state.as_bytes())?;
    out.sync_all()?;
    File::open(folder(file))?.sync_all()
}
