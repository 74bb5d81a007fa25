//! Stores photographs as JPEG files.
//!
//! The name of a photograph is unique across all catalogues, so a restored catalogue can be put in
//! place beside photographs that are there already.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, ImageReader, RgbImage};
use jiff::Timestamp;
use recognise::photo;
use tempfile::NamedTempFile;

use crate::error::CatalogueError;
use crate::private;
use crate::scratch::{Scratch, lock_new};

/// The longest side of a stored photograph, in pixels.
const LONGEST_SIDE: u32 = 1024;

/// The quality of the JPEG, 1 to 100.
const QUALITY: u8 = 85;

/// The names of files and folders that are still being written begin with this. The process that writes one
/// holds a lock on it: one without was left by a program that was cut off.
const UNFINISHED: &str = ".unfinished-";

/// The folders `photographs/` and `orphans/`.
#[derive(Debug)]
pub(crate) struct Photographs {
    kept: PathBuf,
    /// Created when it is first needed.
    orphans: PathBuf,
}

/// A photograph on the disk.
#[derive(Clone, Debug)]
pub(crate) struct StoredPhotograph {
    pub(crate) name: String,
    pub(crate) bytes: u64,
}

impl Photographs {
    /// Opens `photographs/` in the catalogue's folder and creates it where it does not exist.
    pub(crate) fn open(folder: &Path) -> Result<Self, CatalogueError> {
        let photographs = Self::at(folder);
        private::create_folder(&photographs.kept)?;
        sync(folder)?;
        Ok(photographs)
    }

    /// The photographs in the catalogue's folder, whether they exist or not.
    pub(crate) fn at(folder: &Path) -> Self {
        Self {
            kept: folder.join("photographs"),
            orphans: folder.join("orphans"),
        }
    }

    /// Stores a photograph. It is on the disk when this returns.
    pub(crate) fn store(
        &self,
        photograph: &RgbImage,
        at: Timestamp,
    ) -> Result<StoredPhotograph, CatalogueError> {
        let jpeg = encode(photograph).map_err(CatalogueError::io(&self.kept))?;
        let name = new_name(at).map_err(CatalogueError::io(&self.kept))?;
        self.put(&self.path(&name), &mut jpeg.as_slice())?;
        self.sync()?;
        let bytes = jpeg.len() as u64;
        Ok(StoredPhotograph { name, bytes })
    }

    /// A photograph's bytes; `None` where there is no such photograph.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, CatalogueError> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(CatalogueError::io(&path)(error)),
        }
    }

    /// The path of a photograph.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.kept.join(name)
    }

    /// Removes a photograph, also from those that were set aside. It is no error where there is
    /// none.
    pub(crate) fn remove(&self, name: &str) -> Result<(), CatalogueError> {
        remove(&self.path(name))?;
        remove(&self.orphans.join(name))
    }

    /// Removes a photograph that no visit needs any more. One that cannot be removed is set aside
    /// when the catalogue is next tidied.
    pub(crate) fn discard(&self, name: &str) {
        if let Err(error) = self.remove(name) {
            tracing::warn!(%error, "a photograph that no visit needs could not be removed");
        }
    }

    /// Links a photograph to another path on the same disk, or copies it where the disk has no
    /// links. Does nothing where the photograph is gone or `to` exists.
    pub(crate) fn link(&self, name: &str, to: &Path) -> Result<(), CatalogueError> {
        let from = self.path(name);
        match fs::hard_link(&from, to) {
            Err(error)
                if !matches!(
                    error.kind(),
                    io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound
                ) =>
            {
                let mut file = File::open(&from).map_err(CatalogueError::io(&from))?;
                self.put(to, &mut file)
            }
            _ => Ok(()),
        }
    }

    /// A temporary folder on the same disk, for files that are still being written. On a disk that has no
    /// locks, one that is left is tidied an hour later.
    pub(crate) fn staging(&self) -> Result<Scratch, CatalogueError> {
        Scratch::new_in(&self.kept, UNFINISHED).map_err(CatalogueError::io(&self.kept))
    }

    /// The files and [staging](Self::staging) folders that are being written, also those that nobody
    /// writes any more.
    pub(crate) fn unfinished(&self) -> Result<Vec<PathBuf>, CatalogueError> {
        with_prefix(UNFINISHED, &self.kept)
    }

    /// Moves a photograph here from elsewhere on the same disk, unless there is one of that name.
    /// Returns whether it did.
    pub(crate) fn adopt(&self, from: &Path, name: &str) -> Result<bool, CatalogueError> {
        let path = self.path(name);
        if path.exists() {
            return Ok(false);
        }
        fs::rename(from, &path).map_err(CatalogueError::io(&path))?;
        Ok(true)
    }

    /// Copies a photograph here from another disk, unless there is one of that name.
    pub(crate) fn copy_in(&self, from: &Path, name: &str) -> Result<(), CatalogueError> {
        let path = self.path(name);
        if path.exists() {
            return Ok(());
        }
        let mut file = File::open(from).map_err(CatalogueError::io(from))?;
        self.put(&path, &mut file)
    }

    /// Puts a photograph here in place of the one that there is.
    pub(crate) fn replace(&self, from: &Path, name: &str) -> Result<(), CatalogueError> {
        let path = self.path(name);
        fs::rename(from, &path).map_err(CatalogueError::io(&path))
    }

    /// Whether a photograph has the same bytes as the file `other`.
    pub(crate) fn is_same(&self, name: &str, other: &Path) -> bool {
        let path = self.path(name);
        let length = |path: &Path| fs::metadata(path).map(|about| about.len()).ok();
        length(&path) == length(other)
            && matches!((fs::read(path), fs::read(other)), (Ok(own), Ok(other)) if own == other)
    }

    /// What is wrong with a photograph that should have this many bytes; `None` where nothing is. All of
    /// the picture is decoded.
    pub(crate) fn fault(&self, name: &str, bytes: u64) -> Option<String> {
        let path = self.path(name);
        match fs::metadata(&path).map(|about| about.len()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some("missing".to_owned()),
            Err(error) => Some(format!("unreadable ({error})")),
            Ok(length) if length != bytes => {
                Some(format!("{length} bytes long instead of {bytes}"))
            }
            Ok(_) => picture_fault(&path),
        }
    }

    /// Makes adopted photographs survive a power cut.
    pub(crate) fn sync(&self) -> Result<(), CatalogueError> {
        sync(&self.kept)
    }

    /// The photographs that were last written before a time, and taken before it by their names, too: the
    /// clock of a disk may be another machine's, and late.
    pub(crate) fn written_before(&self, time: Timestamp) -> Result<Vec<String>, CatalogueError> {
        let taken = stamp(time);
        let mut names = self.older(time)?;
        names.retain(|name| is_name(name) && *name < taken);
        Ok(names)
    }

    /// Removes unfinished files that were last written before a time, and that nobody writes now.
    pub(crate) fn remove_unfinished(&self, time: Timestamp) -> Result<(), CatalogueError> {
        let names = self.older(time)?.into_iter();
        let unfinished = names.filter(|name| name.starts_with(UNFINISHED));
        let mut paths = unfinished.map(|name| self.path(&name));
        paths.try_for_each(|path| {
            if is_being_written(&path) {
                Ok(())
            } else {
                remove(&path)
            }
        })
    }

    /// Moves a photograph that belongs to no visit to `orphans/`.
    pub(crate) fn set_aside(&self, name: &str) -> Result<(), CatalogueError> {
        private::create_folder(&self.orphans)?;
        let to = self.orphans.join(name);
        fs::rename(self.path(name), &to).map_err(CatalogueError::io(&to))
    }

    /// Moves a photograph back from `orphans/`.
    pub(crate) fn bring_back(&self, name: &str) -> Result<(), CatalogueError> {
        let orphan = self.orphans.join(name);
        if !self.adopt(&orphan, name)? {
            // A restored backup brought the same photograph.
            remove(&orphan)?;
        }
        Ok(())
    }

    /// The photographs that were set aside.
    pub(crate) fn orphans(&self) -> Result<Vec<String>, CatalogueError> {
        if !self.orphans.exists() {
            return Ok(Vec::new());
        }
        names(&self.orphans)
    }

    /// The entries of `photographs/` that were last written before a time.
    fn older(&self, time: Timestamp) -> Result<Vec<String>, CatalogueError> {
        let mut names = Vec::new();
        for (name, path) in entries(&self.kept)? {
            match fs::metadata(&path).and_then(|about| about.modified()) {
                Ok(written) if written < time.into() => names.push(name),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(CatalogueError::io(&path)(error)),
            }
        }
        Ok(names)
    }

    /// Writes to a temporary file and renames it, so that a file under its name is always whole.
    fn put(&self, path: &Path, from: &mut dyn io::Read) -> Result<(), CatalogueError> {
        let mut write = || {
            let mut file = new_unfinished(UNFINISHED, &self.kept)?;
            io::copy(from, &mut file)?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(CatalogueError::io(path))
    }
}

/// What lies in a folder under a name that begins with `prefix`.
pub(crate) fn with_prefix(prefix: &str, folder: &Path) -> Result<Vec<PathBuf>, CatalogueError> {
    let entries = entries(folder)?.into_iter();
    let named = entries.filter(|(name, _)| name.starts_with(prefix));
    Ok(named.map(|(_, path)| path).collect())
}

/// Makes a temporary file that only this user can read, and locks it: it is in a folder where files whose
/// names begin with `prefix`, and that nobody has locked, are removed at a start.
pub(crate) fn new_unfinished(prefix: &str, folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = tempfile::Builder::new()
            .prefix(prefix)
            .tempfile_in(folder)?;
        // On a disk that has no locks, a photograph that is left is removed an hour later.
        if lock_new(file.as_file(), file.path()) {
            return Ok(file);
        }
    }
}

/// Whether a file's name has the form of a photograph's:
/// `20260501T101503Z-0123456789abcdef.jpg`.
pub(crate) fn is_name(name: &str) -> bool {
    const FORM: &[u8] = b"00000000T000000Z-0000000000000000.jpg";
    name.len() == FORM.len()
        && name.bytes().zip(FORM).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_hexdigit(),
            form => byte == *form,
        })
}

/// What is wrong with the picture in a file; `None` for a whole JPEG.
pub(crate) fn picture_fault(file: &Path) -> Option<String> {
    if !is_jpeg(file) {
        return Some("no JPEG".to_owned());
    }
    match photo::open(file).map_err(|error| error.fault) {
        Ok(_) => None,
        Err(photo::Fault::Unreadable(error)) => Some(format!("unreadable ({error})")),
        Err(_) => Some("damaged, and cannot be decoded".to_owned()),
    }
}

/// Whether a file begins as a JPEG does.
fn is_jpeg(file: &Path) -> bool {
    let size = File::open(file).map(|file| {
        ImageReader::with_format(BufReader::new(file), ImageFormat::Jpeg).into_dimensions()
    });
    matches!(size, Ok(Ok(_)))
}

/// The photographs in a folder, by their names. Files with names of another form are ignored.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, CatalogueError> {
    let names = entries(folder)?.into_iter().map(|(name, _)| name);
    Ok(names.filter(|name| is_name(name)).collect())
}

/// The entries of a folder by their names. Entries whose names are not UTF-8 are ignored.
pub(crate) fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, CatalogueError> {
    let list = || {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().into_string() {
                entries.push((name, entry.path()));
            }
        }
        Ok(entries)
    };
    list().map_err(CatalogueError::io(folder))
}

/// Removes a file or a folder. It is no error where there is none.
pub(crate) fn remove(path: &Path) -> Result<(), CatalogueError> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(CatalogueError::io(path)(error))
        }
        _ => Ok(()),
    }
}

/// Whether somebody holds a lock on an unfinished file or folder.
fn is_being_written(path: &Path) -> bool {
    let opened = File::open(path);
    opened.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

fn new_name(at: Timestamp) -> io::Result<String> {
    let number = getrandom::u64().map_err(io::Error::other)?;
    Ok(format!("{}-{number:016x}.jpg", stamp(at)))
}

/// How the name of a photograph begins that was taken then: names are in the order of time.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn encode(photograph: &RgbImage) -> io::Result<Vec<u8>> {
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    photo::shrink(photograph, LONGEST_SIDE)
        .write_with_encoder(encoder)
        .map_err(io::Error::other)?;
    Ok(jpeg)
}

/// Makes the names in a folder survive a power cut.
fn sync(folder: &Path) -> Result<(), CatalogueError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(CatalogueError::io(folder))
}
