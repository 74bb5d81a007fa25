//! The catalogue's errors: each says what failed, on which file, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rusqlite::{ErrorCode, ffi};
use thiserror::Error;

use crate::encryption::DecryptionFault;
use crate::ids::{AnimalId, BookingId, OwnerId, VisitId};
use crate::import::ImportError;
use crate::schema;
use crate::visits::Visit;

/// Why the catalogue could not do what it was asked to. The message is one line that names the
/// file and says what to do. What was stored before is unchanged.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// No visit has this number.
    #[error("there is no visit {0}")]
    NoSuchVisit(VisitId),
    /// No animal has this number.
    #[error("there is no animal {0}")]
    NoSuchAnimal(AnimalId),
    /// No owner of animals has this number.
    #[error("there is no owner {0}")]
    NoSuchOwner(OwnerId),
    /// No booking has this number.
    #[error("there is no booking {0}")]
    NoSuchBooking(BookingId),
    /// The animal has no stay that could be checked out: it is not in the house, or came with another
    /// visit.
    #[error("animal {0} is not in the house, or its stay is another one by now")]
    NotInHouse(AnimalId),
    /// The animal has no check-out that could be undone: its last one is of another stay than staff saw,
    /// or it has come again since.
    #[error(
        "animal {0} has no check-out that can be undone, or its last one is another one by now, or it \
         has come again since"
    )]
    NotCheckedOut(AnimalId),
    /// The file has no bookings that could be read.
    #[error("not imported: {0}")]
    Import(ImportError),
    /// The visit has changed since the revision that a command was given for.
    #[error("visit {} has changed in the meantime; look at it and decide again", .visit.id)]
    Superseded {
        /// The visit as it is now.
        visit: Box<Visit>,
    },
    /// The record has changed since the author of a change saw it.
    #[error("somebody has changed this in the meantime; look at it and decide again")]
    Outdated,
    /// The visit has no decision that could be undone.
    #[error("visit {0} has no decision that can be undone")]
    NothingToUndo(VisitId),
    /// Nobody said which animal the visit is of.
    #[error("visit {0} has no animal")]
    NoGuest(VisitId),
    /// An animal cannot be merged with itself.
    #[error("animal {0} cannot be merged with itself")]
    MergeWithItself(AnimalId),
    /// The animal is not part of the one that it should be split off.
    #[error("animal {0} was not merged into this one, or was split off already")]
    NotMerged(AnimalId),
    /// The animal that an animal was merged into is itself merged.
    #[error(
        "animal {animal} was merged into animal {parent}, which was merged too; split animal {parent} first"
    )]
    MergedFurther {
        /// The animal to split off.
        animal: AnimalId,
        /// The animal that it was merged into.
        parent: AnimalId,
    },
    /// A field's value cannot be stored.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field of the record.
        field: &'static str,
        /// What is wrong with its value.
        reason: FieldError,
    },
    /// The file is not a catalogue, or is damaged.
    #[error("{}: damaged, or no catalogue ({reason}); restore a backup with `kiosk catalogue restore`, which keeps this file", .file.display())]
    Corrupt {
        /// The catalogue's file.
        file: PathBuf,
        /// How that was noticed.
        reason: String,
    },
    /// The file is missing or empty, though its folder shows that there was a catalogue.
    #[error("{}: missing or empty, but a catalogue left {remains}; restore a backup with `kiosk catalogue restore`, or move all of that away to begin a new catalogue", .file.display())]
    Lost {
        /// The catalogue's file.
        file: PathBuf,
        /// What lies beside it: names, and in brackets how many photographs.
        remains: String,
    },
    /// This user may not write to the file or its folder.
    #[error("{}: cannot be opened for writing; let this user write to the file and its folder", .file.display())]
    ReadOnly {
        /// The file.
        file: PathBuf,
    },
    /// This user may not read the file.
    #[error("{}: cannot be read; only the user whom it belongs to and root may, so run this as one of them", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
    },
    /// Another program has locked the file.
    #[error("{}: locked by another program; close that program and try again", .file.display())]
    Locked {
        /// The catalogue's file.
        file: PathBuf,
    },
    /// A newer kiosk wrote the file.
    #[error("{}: written by a newer kiosk (version {version}, this one knows {known}); update the kiosk", .file.display())]
    Newer {
        /// The catalogue's file, or a backup.
        file: PathBuf,
        /// The version of its schema.
        version: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// The disk is full.
    #[error("{}: the disk is full; make room on it", .file.display())]
    Full {
        /// The file that was being written.
        file: PathBuf,
    },
    /// The file to restore is not a complete backup.
    #[error("{}: not a whole backup of a catalogue ({reason}); choose another file", .file.display())]
    NotABackup {
        /// The file.
        file: PathBuf,
        /// What is wrong with it. Nothing of the file's content is in it.
        reason: &'static str,
    },
    /// The backup to restore cannot be decrypted.
    #[error("{}: {reason}", .file.display())]
    NotDecrypted {
        /// The file.
        file: PathBuf,
        /// Why not, and what to do.
        reason: DecryptionFault,
    },
    /// A restore was to end before it was done, because the program ends.
    #[error("the restore was interrupted, and nothing has changed; start it again")]
    Interrupted,
    /// A backup that was just written cannot be restored.
    #[error("{}: the new backup cannot be restored ({reason}), so it was discarded; check the disk that it is on", .file.display())]
    Unverified {
        /// The file that it would have become.
        file: PathBuf,
        /// Why it cannot be restored.
        reason: String,
    },
    /// A backup would be written among the catalogue's own files.
    #[error("{}: in the catalogue's own folder; choose a place outside of it", .file.display())]
    InOwnFolder {
        /// The file that was asked for.
        file: PathBuf,
    },
    /// A backup would replace a file that is not a backup.
    #[error("{}: exists and is not a backup of a catalogue; choose another name", .file.display())]
    Occupied {
        /// The file that was asked for.
        file: PathBuf,
    },
    /// The operating system reported an error.
    #[error("{}: {reason}; check the disk and the path", .file.display())]
    Io {
        /// The file that was being read or written.
        file: PathBuf,
        /// The system's error.
        reason: io::Error,
    },
    /// The export's destination reported an error.
    #[error("the export cannot be written: {0}")]
    Export(io::Error),
    /// Any other error of SQLite.
    #[error("{}: {reason}", .file.display())]
    Database {
        /// The catalogue's file.
        file: PathBuf,
        /// SQLite's error.
        reason: rusqlite::Error,
    },
}

/// Why a field's value cannot be stored.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FieldError {
    /// The field must have a value.
    #[error("it is empty")]
    Empty,
    /// The text is too long.
    #[error("it has {characters} characters; at most {longest} are kept")]
    TooLong {
        /// The length of the text, in characters.
        characters: usize,
        /// The longest text that the field holds, in characters.
        longest: usize,
    },
    /// The text is too short.
    #[error("it has less than {shortest} characters")]
    TooShort {
        /// The shortest text that will do, in characters.
        shortest: usize,
    },
    /// The text has control characters.
    #[error("it has characters that do not print")]
    Unprintable,
    /// The text cannot be a breed id, which is also the name of a folder.
    #[error("not a breed's id")]
    NotABreed,
    /// A breed has a name of its own only where its id says no more.
    #[error("only a breed with the id `other` has one")]
    NotOther,
    /// The number is not a probability.
    #[error("not between 0 and 1")]
    NotAProbability,
    /// The number is out of range.
    #[error("not {least} to {most} {unit}")]
    OutOfRange {
        /// The smallest number allowed.
        least: u32,
        /// The largest number allowed.
        most: u32,
        /// What the number counts.
        unit: &'static str,
    },
    /// The day is in a year that is out of range.
    #[error("{day} is not in the years {first} to {last}")]
    OutOfYears {
        /// The day.
        day: Date,
        /// The first year allowed.
        first: i16,
        /// The last year allowed.
        last: i16,
    },
    /// The last day is before the first one.
    #[error("{last} is before {first}")]
    EndsBefore {
        /// The first day.
        first: Date,
        /// The last day.
        last: Date,
    },
    /// There is no day on which a booking applies.
    #[error("there is no such day between the first and the last one")]
    Never,
    /// The moment is not within the stay.
    #[error("not between the arrival and now")]
    NotInStay,
    /// A list has too many entries.
    #[error("more than {most} entries")]
    TooMany {
        /// The most entries allowed.
        most: usize,
    },
    /// The text names no time zone.
    #[error("not a time zone, such as Europe/Paris")]
    NoSuchTimeZone,
    /// The text cannot be a tag.
    #[error("not 1 to {longest} letters A to Z, digits and hyphens")]
    NotATag {
        /// The longest tag, in characters.
        longest: usize,
    },
    /// Another animal has the tag.
    #[error("{name} has it already (animal {animal})")]
    TagTaken {
        /// The animal that has it.
        animal: AnimalId,
        /// That animal's name.
        name: String,
    },
}

impl CatalogueError {
    /// Adds the file's name to an error of the system.
    pub(crate) fn io(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |reason| match reason.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { file },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { file }
            }
            _ => Self::Io { file, reason },
        }
    }

    /// Adds the file's name to an error of SQLite.
    pub(crate) fn database(file: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        let file = file.to_owned();
        move |error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Corrupt {
                file,
                reason: error.to_string(),
            },
            Some(ErrorCode::SystemIoFailure) if is_unreadable(&error) => Self::unreadable(&file),
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
                // A value that no version of the kiosk writes.
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

    /// The error for a catalogue that the disk cannot read: to restore a backup, it only has to be moved aside.
    pub(crate) fn unreadable(file: &Path) -> Self {
        Self::Corrupt {
            file: file.to_owned(),
            reason: "the disk cannot read all of it".to_owned(),
        }
    }

    /// The error of a copy, as that of the file that was copied.
    pub(crate) fn of_copy(self, of: &Path) -> Self {
        let of = of.to_owned();
        match self {
            Self::Corrupt { reason, .. } => Self::Corrupt { file: of, reason },
            Self::Newer { version, known, .. } => Self::Newer {
                file: of,
                version,
                known,
            },
            other => other,
        }
    }

    /// The error for a file that a newer kiosk wrote.
    pub(crate) fn newer(file: &Path, version: u32) -> Self {
        Self::Newer {
            file: file.to_owned(),
            version,
            known: schema::VERSION,
        }
    }

    /// The error for a file that is not a complete backup.
    pub(crate) fn not_a_backup(file: &Path, reason: &'static str) -> Self {
        Self::NotABackup {
            file: file.to_owned(),
            reason,
        }
    }

    /// The error for a backup that cannot be decrypted.
    pub(crate) fn not_decrypted(file: &Path, reason: DecryptionFault) -> Self {
        Self::NotDecrypted {
            file: file.to_owned(),
            reason,
        }
    }

    /// The error for a field whose value cannot be stored.
    pub(crate) fn invalid(field: &'static str, reason: FieldError) -> Self {
        Self::Invalid { field, reason }
    }
}

/// Whether an error of SQLite is that of a file that cannot be read, or ends too early. For a block that the disk
/// cannot read there is a code of its own (`unixRead` of its `os_unix.c`).
fn is_unreadable(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(ffi::SQLITE_IOERR_CORRUPTFS | ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_is_damage_and_other_failures_are_not() {
        let of = |code| {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            CatalogueError::database(Path::new("catalogue.sqlite"))(error)
        };
        for code in [
            ffi::SQLITE_IOERR_CORRUPTFS,
            ffi::SQLITE_IOERR_READ,
            ffi::SQLITE_IOERR_SHORT_READ,
        ] {
            let read = of(code);
            assert!(matches!(read, CatalogueError::Corrupt { .. }), "{read}");
        }
        for code in [
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_IOERR_LOCK,
            ffi::SQLITE_IOERR_NOMEM,
        ] {
            let other = of(code);
            assert!(matches!(other, CatalogueError::Io { .. }), "{other}");
        }
        let full = of(ffi::SQLITE_FULL);
        assert!(matches!(full, CatalogueError::Full { .. }), "{full}");
    }
}
