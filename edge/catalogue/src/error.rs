//! What can go wrong with the catalogue, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

use super::{AnimalId, VisitId, schema};

/// Why the catalogue could not do what it was asked. Each says so in one line, with the file and
/// what to do; what was there before is as it was.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// No visit has this number.
    #[error("there is no visit {0}")]
    NoSuchVisit(VisitId),
    /// No animal has this number.
    #[error("there is no animal {0}")]
    NoSuchAnimal(AnimalId),
    /// Something that was said cannot be kept.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which field of the record.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is no catalogue, or a damaged one.
    #[error("{}: damaged, or no catalogue ({reason}); move it away and restore a backup", .file.display())]
    Corrupt {
        /// The catalogue.
        file: PathBuf,
        /// What gave it away.
        reason: String,
    },
    /// The file or its folder cannot be written to.
    #[error("{}: cannot be opened for writing; let this user write to the file and its folder", .file.display())]
    ReadOnly {
        /// The catalogue.
        file: PathBuf,
    },
    /// Another program holds the file.
    #[error("{}: locked by another program; close that and try again", .file.display())]
    Locked {
        /// The catalogue.
        file: PathBuf,
    },
    /// A newer kiosk wrote the file.
    #[error("{}: written by a newer kiosk (version {version}, this one knows {known}); update the kiosk", .file.display())]
    Newer {
        /// The catalogue, or a backup of one.
        file: PathBuf,
        /// Its version.
        version: u32,
        /// The newest version that is known here.
        known: u32,
    },
    /// The disk has no room left.
    #[error("{}: the disk is full; make room on it", .file.display())]
    Full {
        /// What was being written.
        file: PathBuf,
    },
    /// The file to be restored is no whole backup.
    #[error("{}: not a whole backup of a catalogue ({reason}); choose another file", .file.display())]
    NotABackup {
        /// The file.
        file: PathBuf,
        /// What gave it away.
        reason: String,
    },
    /// The system refused.
    #[error("{}: {reason}; check the disk and the path", .file.display())]
    Io {
        /// What was being read or written.
        file: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// Whoever takes the export does not take it.
    #[error("the export cannot be written: {0}")]
    Export(io::Error),
    /// Anything else that SQLite says.
    #[error("{}: {reason}", .file.display())]
    Database {
        /// The catalogue.
        file: PathBuf,
        /// What it says.
        reason: rusqlite::Error,
    },
}

impl CatalogueError {
    /// Puts the file's name to an error of the system.
    pub(super) fn io(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |reason| match reason.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { file },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { file }
            }
            _ => Self::Io { file, reason },
        }
    }

    /// Puts the file's name to an error of SQLite.
    pub(super) fn database(file: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        let file = file.to_owned();
        move |error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Corrupt {
                file,
                reason: error.to_string(),
            },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly { file }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { file },
            Some(ErrorCode::DiskFull) => Self::Full { file },
            Some(ErrorCode::SystemIoFailure) => Self::Io {
                file,
                reason: io::Error::other(error),
            },
            _ => match &error {
                // A value that none of our own programs writes.
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Corrupt {
                    file,
                    reason: error.to_string(),
                },
                _ => Self::Database {
                    file,
                    reason: error,
                },
            },
        }
    }

    /// Says that a newer kiosk wrote the file.
    pub(super) fn newer(file: &Path, version: u32) -> Self {
        Self::Newer {
            file: file.to_owned(),
            version,
            known: schema::VERSION,
        }
    }

    /// Says what is wrong with a backup.
    pub(super) fn not_a_backup(file: &Path, reason: impl Into<String>) -> Self {
        Self::NotABackup {
            file: file.to_owned(),
            reason: reason.into(),
        }
    }

    /// Says that a field cannot be kept as it is.
    pub(super) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Invalid { field, reason }
    }
}
