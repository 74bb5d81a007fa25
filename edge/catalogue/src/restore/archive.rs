//! Unpacks the archive of a backup, within bounds.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::Timestamp;

use super::BackupFile;
use super::stop::Stop;
use crate::backup::{MANIFEST, MANIFEST_BYTES, Manifest, PHOTOGRAPH_BYTES, PHOTOGRAPHS};
use crate::encryption::Input;
use crate::photographs::is_name;
use crate::{CatalogueError, DecryptionFault, FILE};

/// The largest database, in bytes: far more than a kiosk writes.
const DATABASE_BYTES: u64 = 4 << 30;

/// The most photographs in one backup.
const MOST_PHOTOGRAPHS: usize = 1_000_000;

// Why a file is refused. Nothing of its content is in the reasons: a user who may restore a file need
// not be one who may read it.
const NOT_A_FILE: &str = "not a file";
const NO_ARCHIVE: &str = "no tar archive, or a damaged one";
const TOO_SHORT: &str = "it ends too early";
const TOO_LARGE: &str = "there is more in it than in any backup";
const STRANGE_ENTRY: &str = "there is something else in it";
const NO_MANIFEST: &str = "its manifest cannot be read";
const MISSING_PHOTOGRAPHS: &str = "photographs are missing";

/// What an archive held: all entries of a backup, and no others.
pub(super) struct Unpacked {
    /// When the backup was written, as it says.
    pub(super) made: Timestamp,
    /// The names of its photographs.
    pub(super) photographs: BTreeSet<String>,
}

/// What becomes of the photographs in an archive.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pictures {
    /// They are unpacked.
    Kept,
    /// They are only read.
    Read,
}

/// Unpacks the database and the photographs of a backup to the empty folder `into`.
pub(super) fn unpack(
    backup: BackupFile<'_>,
    into: &Path,
    pictures: Pictures,
    stop: &Stop,
) -> Result<Unpacked, CatalogueError> {
    let file = backup.file;
    let about = fs::metadata(file).map_err(CatalogueError::io(file))?;
    if !about.is_file() {
        return Err(CatalogueError::not_a_backup(file, NOT_A_FILE));
    }
    let opened = File::open(file).map_err(CatalogueError::io(file))?;
    let opened = BufReader::new(Stoppable { file: opened, stop });
    let mut input = Input::open(file, opened, backup.passphrase)?;
    let unpacked = unpack_from(&mut input, file, into, pictures).and_then(|unpacked| {
        input.finish().map_err(|error| unreadable(file, error))?;
        Ok(unpacked)
    });
    unpacked.map_err(|error| {
        if input.is_damaged() {
            return CatalogueError::not_decrypted(file, DecryptionFault::Damaged);
        }
        error
    })
}

/// The same from the archive of the backup `file`, up to its manifest.
fn unpack_from(
    input: &mut impl Read,
    file: &Path,
    into: &Path,
    pictures: Pictures,
) -> Result<Unpacked, CatalogueError> {
    let mut archive = tar::Archive::new(input);
    let mut photographs = BTreeSet::new();
    let unreadable = |error| unreadable(file, error);

    // Raw, since our backups do not use the extensions of the format.
    let entries = archive.entries().map_err(unreadable)?.raw(true);
    for (index, entry) in entries.enumerate() {
        let mut entry = entry.map_err(unreadable)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let is_file = entry.header().entry_type().is_file();
        match (index, &*name, name.strip_prefix(PHOTOGRAPHS)) {
            (0, FILE, _) if is_file => {
                write(&mut entry, Some(&into.join(FILE)), file, DATABASE_BYTES)?;
            }
            (1.., _, Some(photograph)) if is_file && is_name(photograph) => {
                if photographs.len() == MOST_PHOTOGRAPHS {
                    return Err(CatalogueError::not_a_backup(file, TOO_LARGE));
                }
                if !photographs.insert(photograph.to_owned()) {
                    return Err(CatalogueError::not_a_backup(file, STRANGE_ENTRY));
                }
                let to = match pictures {
                    Pictures::Kept => Some(into.join(photograph)),
                    Pictures::Read => None,
                };
                write(&mut entry, to.as_deref(), file, PHOTOGRAPH_BYTES)?;
            }
            (1.., MANIFEST, _) if is_file => {
                let manifest: Manifest = serde_json::from_reader(entry.take(MANIFEST_BYTES))
                    .map_err(|_| CatalogueError::not_a_backup(file, NO_MANIFEST))?;
                if manifest.photographs != photographs.len() as u64 {
                    return Err(CatalogueError::not_a_backup(file, MISSING_PHOTOGRAPHS));
                }
                return Ok(Unpacked {
                    made: manifest.made,
                    photographs,
                });
            }
            _ => return Err(CatalogueError::not_a_backup(file, STRANGE_ENTRY)),
        }
    }
    Err(CatalogueError::not_a_backup(file, TOO_SHORT))
}

/// The error for an archive that cannot be read further.
fn unreadable(file: &Path, error: io::Error) -> CatalogueError {
    match error.raw_os_error() {
        Some(_) => CatalogueError::io(file)(error),
        None => CatalogueError::not_a_backup(file, NO_ARCHIVE),
    }
}

/// Writes a whole entry of the archive `file` to the disk, or only reads it, unless it has more than
/// `most` bytes.
fn write<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    to: Option<&Path>,
    file: &Path,
    most: u64,
) -> Result<(), CatalogueError> {
    let size = entry.size();
    if size > most {
        return Err(CatalogueError::not_a_backup(file, TOO_LARGE));
    }
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600);
    let mut write = || -> io::Result<u64> {
        let Some(to) = to else {
            return io::copy(entry, &mut io::sink());
        };
        let mut out = options.open(to)?;
        let bytes = io::copy(entry, &mut out)?;
        out.sync_all()?;
        Ok(bytes)
    };
    match write() {
        Ok(bytes) if bytes == size => Ok(()),
        Ok(_) => Err(CatalogueError::not_a_backup(file, TOO_SHORT)),
        Err(error) if error.raw_os_error().is_some() => {
            Err(CatalogueError::io(to.unwrap_or(file))(error))
        }
        Err(_) => Err(CatalogueError::not_a_backup(file, NO_ARCHIVE)),
    }
}

/// A file that cannot be read any further once somebody has asked to stop.
struct Stoppable<'a> {
    file: File,
    stop: &'a Stop,
}

impl Read for Stoppable<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_asked() {
            return Err(io::Error::other("the restore is to stop"));
        }
        self.file.read(buffer)
    }
}
