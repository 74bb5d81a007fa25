//! Backs up the catalogue to one tar archive: `catalogue.sqlite`, then `photographs/`, then
//! `manifest.json`. An archive without the manifest was cut short. Where there is a passphrase, the archive
//! is encrypted with it.
//!
//! `training/` is not in the archive, since it follows from the other two.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempDir};

use crate::connections::set_journal_mode;
use crate::encryption::{Input, Output, has_content};
use crate::retention::recorded_photographs;
use crate::scratch::Scratch;
use crate::verify::faults_in_use;
use crate::{Catalogue, CatalogueError, FILE, Passphrase, read_only, schema};

/// The archive's last entry.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The largest manifest that is read, in bytes.
pub(crate) const MANIFEST_BYTES: u64 = 1 << 20;

/// The largest photograph, in bytes: far more than a kiosk writes.
pub(crate) const PHOTOGRAPH_BYTES: u64 = 64 << 20;

/// The most photographs that a manifest and the log name as left out.
const MOST_NAMED: usize = 1000;

/// The names of the scratch folders beside backups that are being written begin with this.
const UNFINISHED: &str = ".backup-";

/// What a whole JPEG begins and ends with (ITU-T T.81, B.1.1.3).
const START: &[u8] = &[0xFF, 0xD8];
const END: &[u8] = &[0xFF, 0xD9];

/// The folder of the photographs in the archive.
pub(crate) const PHOTOGRAPHS: &str = "photographs/";

/// What the archive says about itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The version of the kiosk that wrote it.
    pub(crate) kiosk: String,
    /// When it was written.
    pub(crate) made: Timestamp,
    /// The number of photographs in it.
    pub(crate) photographs: u64,
    /// What it lacks, at most a thousand of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<LeftOut>,
}

/// A photograph that a backup lacks, although a record names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The name of its file in `photographs/`.
    pub photograph: String,
    /// What is wrong with that, such as `missing`.
    pub reason: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the photograph {} is {}", self.photograph, self.reason)
    }
}

/// What a backup may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// An earlier backup, or an empty file.
    Backup,
    /// Any file.
    Anything,
}

impl Catalogue {
    /// Writes the catalogue and its photographs to `file`, a tar archive, as of this moment. Others
    /// may go on reading and writing. An existing file is replaced once the new one is complete. It is
    /// encrypted if there is a passphrase ([`Catalogue::set_backup_passphrase`]).
    ///
    /// A photograph that is missing, cut short or cannot be read holds nothing up: it is left out, and can
    /// be restored no more than before. Returns those, which the archive's manifest and the log name, too.
    ///
    /// # Errors
    /// [`CatalogueError::InOwnFolder`], [`CatalogueError::Occupied`], [`CatalogueError::Corrupt`] for
    /// a damaged catalogue, or when the catalogue cannot be read, or the file cannot be written. An
    /// existing file stays.
    pub fn backup(&self, file: &Path, replace: Replace) -> Result<Vec<LeftOut>, CatalogueError> {
        let target = self.target(file, replace)?;
        let passphrase = self.backup_passphrase()?;
        self.archive(&target, UNFINISHED, passphrase.as_ref(), |archive, _| {
            let placed = archive.persist(&target);
            placed.map_err(|error| CatalogueError::io(&target)(error.error))?;
            Ok(())
        })
    }

    /// Writes a backup to `file`, which must not exist. Unlike [`Catalogue::backup`] it may lie in
    /// the catalogue's folder, for a moment. Returns what is left out, too.
    ///
    /// # Errors
    /// When the catalogue is damaged or cannot be read, or the file exists or cannot be written.
    pub fn backup_to_new(&self, file: &Path) -> Result<Vec<LeftOut>, CatalogueError> {
        let passphrase = self.backup_passphrase()?;
        self.archive(file, UNFINISHED, passphrase.as_ref(), |archive, _| {
            let placed = archive.persist_noclobber(file);
            placed.map_err(|error| CatalogueError::io(file)(error.error))?;
            Ok(())
        })
    }

    /// Where a backup for `file` is to be put, with all links resolved: outside of the catalogue's
    /// folder, and in place of nothing that `replace` forbids.
    pub(crate) fn target(&self, file: &Path, replace: Replace) -> Result<PathBuf, CatalogueError> {
        let target = resolved(file).map_err(CatalogueError::io(file))?;
        let own = fs::canonicalize(&self.folder).map_err(CatalogueError::io(&self.folder))?;
        let about = fs::metadata(&target).ok();
        if about.as_ref().is_some_and(|about| !about.is_file()) {
            return Err(CatalogueError::io(file)(not_a_file()));
        }
        if target.starts_with(own) {
            return Err(CatalogueError::InOwnFolder {
                file: file.to_owned(),
            });
        }
        let is_free = match about {
            Some(about) if replace == Replace::Backup && about.len() > 0 => {
                is_backup(&target, self.backup_passphrase()?.as_ref())?
            }
            _ => true,
        };
        if !is_free {
            return Err(CatalogueError::Occupied {
                file: file.to_owned(),
            });
        }
        Ok(target)
    }

    /// Writes an archive in a scratch folder beside `file`, whose name begins with `unfinished`, and has
    /// `place` put the archive there. `place` gets the archive and the scratch folder. Returns what the
    /// archive lacks. With a passphrase, nothing that is not encrypted is written beside `file`.
    pub(crate) fn archive(
        &self,
        file: &Path,
        unfinished: &str,
        passphrase: Option<&Passphrase>,
        place: impl FnOnce(NamedTempFile, &Path) -> Result<(), CatalogueError>,
    ) -> Result<Vec<LeftOut>, CatalogueError> {
        let folder = folder(file);
        let staging =
            TempDir::with_prefix_in(unfinished, folder).map_err(CatalogueError::io(file))?;
        let private = passphrase.map(|_| self.private_folder()).transpose()?;
        let copy = private.as_ref().map_or(staging.path(), Scratch::path);
        let copy = copy.join(FILE);
        let photographs = self.copy(&copy, file)?;
        let out = NamedTempFile::new_in(staging.path())
            .and_then(|out| Output::new(out, passphrase))
            .map_err(CatalogueError::io(file))?;
        let (archive, left_out) = self.pack(&copy, &photographs, file, out)?;
        drop(private);
        place(archive, staging.path())?;
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(CatalogueError::io(file))?;
        for LeftOut { photograph, reason } in left_out.iter().take(MOST_NAMED) {
            tracing::error!(file = %file.display(), %photograph, %reason, "the backup lacks a photograph");
        }
        Ok(left_out)
    }

    /// A scratch folder beside the photographs; where nothing can be written there, among temporary files.
    fn private_folder(&self) -> Result<Scratch, CatalogueError> {
        match self.photographs.staging() {
            Err(CatalogueError::ReadOnly { .. }) => read_only::scratch(),
            made => made,
        }
    }

    /// Copies the database for the backup `file` in one transaction, checks the copy, and returns the
    /// photographs that belong to it.
    fn copy(&self, to: &Path, file: &Path) -> Result<BTreeSet<String>, CatalogueError> {
        let own = self.connections.file();
        let mut copy = Connection::open(to).map_err(CatalogueError::database(file))?;
        self.connections.read(|connection| {
            let copied = copy_all(connection, &mut copy).map_err(CatalogueError::database(file));
            copied.map_err(|error| error.of_copy(own))?;
            Ok(())
        })?;
        let faults = faults_in_use(&copy, schema::faults);
        let faults = faults.map_err(CatalogueError::database(own))?;
        if let Some(fault) = faults.into_iter().next() {
            return Err(CatalogueError::Corrupt {
                file: own.to_owned(),
                reason: fault,
            });
        }
        // One file, without a write-ahead log beside it.
        set_journal_mode(&copy, "DELETE")
            .and_then(|()| recorded_photographs(&copy))
            .map_err(CatalogueError::database(file))
    }

    /// Packs the copy of the database and these photographs into an archive, for the backup `file`.
    fn pack(
        &self,
        copy: &Path,
        names: &BTreeSet<String>,
        file: &Path,
        out: Output,
    ) -> Result<(NamedTempFile, Vec<LeftOut>), CatalogueError> {
        let mut archive = tar::Builder::new(out);
        archive
            .append_path_with_name(copy, FILE)
            .map_err(CatalogueError::io(file))?;
        let mut left_out = Vec::new();
        for name in names {
            match read_whole(&self.photographs.path(name)) {
                Ok((about, bytes)) => {
                    append(&mut archive, name, &about, &bytes).map_err(CatalogueError::io(file))?;
                }
                Err(error) => left_out.push(LeftOut {
                    photograph: name.clone(),
                    reason: reason(&error),
                }),
            }
        }
        let photographs = (names.len() - left_out.len()) as u64;
        if !left_out.is_empty() {
            // The retention time of some was up in the meantime: no record names those any more.
            let recorded = self.recorded_photographs()?;
            left_out.retain(|lacking| recorded.contains(&lacking.photograph));
        }
        let manifest = Manifest {
            kiosk: env!("CARGO_PKG_VERSION").to_owned(),
            made: Timestamp::now(),
            photographs,
            left_out: left_out.iter().take(MOST_NAMED).cloned().collect(),
        };
        let archive = finish(archive, &manifest).map_err(CatalogueError::io(file))?;
        Ok((archive, left_out))
    }
}

/// An archive that is being written.
type Archive = tar::Builder<Output>;

/// The content of a photograph, and what the system knows about it. It is read to its end before
/// anything goes into an archive, which half a photograph would corrupt.
fn read_whole(path: &Path) -> io::Result<(Metadata, Vec<u8>)> {
    let about = fs::metadata(path)?;
    if !about.is_file() {
        return Err(not_a_file());
    }
    let mut bytes = Vec::new();
    let mut photograph = File::open(path)?.take(PHOTOGRAPH_BYTES + 1);
    photograph.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > PHOTOGRAPH_BYTES {
        return Err(io::Error::other("larger than any photograph"));
    }
    if !bytes.starts_with(START) || !bytes.ends_with(END) {
        return Err(io::Error::other("cut short or written over"));
    }
    Ok((about, bytes))
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "missing".to_owned(),
        _ => format!("unreadable ({error})"),
    }
}

fn append(archive: &mut Archive, name: &str, about: &Metadata, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_metadata(about);
    header.set_size(bytes.len() as u64);
    archive.append_data(&mut header, format!("{PHOTOGRAPHS}{name}"), bytes)
}

/// Ends an archive with its manifest. It is on the disk then.
fn finish(mut archive: Archive, manifest: &Manifest) -> io::Result<NamedTempFile> {
    let manifest = serde_json::to_vec_pretty(manifest)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(manifest.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, MANIFEST, manifest.as_slice())?;
    archive.into_inner()?.finish()
}

/// What a backup says that it lacks.
pub(crate) fn left_out(
    file: &Path,
    passphrase: Option<&Passphrase>,
) -> Result<Vec<LeftOut>, CatalogueError> {
    let opened = File::open(file).map_err(CatalogueError::io(file))?;
    let input = Input::open(file, BufReader::new(opened), passphrase)?;
    in_manifest(tar::Archive::new(input)).map_err(CatalogueError::io(file))
}

fn in_manifest(mut archive: tar::Archive<impl Read + Seek>) -> io::Result<Vec<LeftOut>> {
    // Raw, since our backups do not use the extensions of the format.
    for entry in archive.entries_with_seek()?.raw(true) {
        let entry = entry?;
        if *entry.path_bytes() == *MANIFEST.as_bytes() {
            let mut text = Vec::new();
            entry.take(MANIFEST_BYTES).read_to_end(&mut text)?;
            let manifest: Manifest = serde_json::from_slice(&text)?;
            return Ok(manifest.left_out);
        }
    }
    Ok(Vec::new())
}

/// Whether a file begins as a backup does. Of one that is encrypted, only its passphrase can tell.
pub(crate) fn is_backup(
    file: &Path,
    passphrase: Option<&Passphrase>,
) -> Result<bool, CatalogueError> {
    if !has_content(file).map_err(CatalogueError::io(file))? {
        return Ok(false);
    }
    let is_encrypted = Catalogue::is_encrypted_backup(file)?;
    let opened = File::open(file).map_err(CatalogueError::io(file))?;
    let passphrase = passphrase.filter(|_| is_encrypted);
    let input = match Input::open(file, BufReader::new(opened), passphrase) {
        Err(CatalogueError::NotDecrypted { .. }) => return Ok(false),
        opened => opened?,
    };
    let mut archive = tar::Archive::new(input);
    let entries = archive.entries().map_err(CatalogueError::io(file))?;
    let first = entries.raw(true).next();
    Ok(matches!(first, Some(Ok(entry)) if *entry.path_bytes() == *FILE.as_bytes()))
}

/// The path of a file, or of one that does not exist yet, without links in it.
fn resolved(file: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = file.file_name().ok_or_else(not_a_file)?;
            Ok(fs::canonicalize(folder(file))?.join(name))
        }
        resolved => resolved,
    }
}

/// The folder that a file is in.
pub(crate) fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn not_a_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a file")
}

/// Replaces a database by a copy of another in one transaction (<https://sqlite.org/backup.html>).
/// With the write-ahead log, readers go on beside it.
pub(crate) fn copy_all(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    match Backup::new(from, to)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            None,
        )),
    }
}
