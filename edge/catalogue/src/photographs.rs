//! Photographs on the disk.
//!
//! Their names are unique, whatever catalogue they are of: a restored one can be put in place
//! beside those that are there. `training/BREED/` has further links to some of them; it can always
//! be made anew from the visits.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{RgbImage, imageops};
use jiff::Timestamp;
use tempfile::TempDir;

use super::CatalogueError;

/// The longest side that is kept, in pixels.
const LONGEST_SIDE: u32 = 1024;

/// Of the JPEG, 1 to 100.
const QUALITY: u8 = 85;

/// What files begin with that are not whole yet.
const UNFINISHED: &str = ".unfinished-";

#[derive(Debug)]
pub(super) struct Photographs {
    kept: PathBuf,
    training: PathBuf,
    /// What belongs to no visit, as far as the catalogue knows. It is made when it is needed.
    orphans: PathBuf,
}

/// A photograph on the disk.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) bytes: u64,
}

/// A photograph that a network can learn from: its breed's id and its name.
pub(super) type Lesson = (String, String);

impl Photographs {
    /// In `photographs/` and `training/` of the folder, which are made where they do not exist.
    pub(super) fn open(folder: &Path) -> Result<Self, CatalogueError> {
        let open = |name| {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(CatalogueError::io(&path))?;
            Ok(path)
        };
        let photographs = Self {
            kept: open("photographs")?,
            training: open("training")?,
            orphans: folder.join("orphans"),
        };
        sync(folder)?;
        Ok(photographs)
    }

    /// Stores a photograph for good.
    pub(super) fn store(
        &self,
        photograph: &RgbImage,
        at: Timestamp,
    ) -> Result<Kept, CatalogueError> {
        let jpeg = encode(photograph).map_err(CatalogueError::io(&self.kept))?;
        let name = new_name(at).map_err(CatalogueError::io(&self.kept))?;
        self.put(&self.kept, &name, &mut jpeg.as_slice())?;
        sync(&self.kept)?;
        let bytes = jpeg.len() as u64;
        Ok(Kept { name, bytes })
    }

    /// A photograph's bytes; `None` where there is none of the name.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, CatalogueError> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(CatalogueError::io(&path)(error)),
        }
    }

    /// Where the photograph of a name stands.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.kept.join(name)
    }

    /// A folder on the same disk, for what is not whole yet.
    pub(super) fn staging(&self) -> Result<TempDir, CatalogueError> {
        TempDir::with_prefix_in(UNFINISHED, &self.kept).map_err(CatalogueError::io(&self.kept))
    }

    /// Takes over a photograph that stands elsewhere on the same disk, unless one of its name is
    /// here already. Whether it did.
    pub(super) fn adopt(&self, from: &Path, name: &str) -> Result<bool, CatalogueError> {
        let path = self.path(name);
        if path.exists() {
            return Ok(false);
        }
        fs::rename(from, &path).map_err(CatalogueError::io(&path))?;
        Ok(true)
    }

    /// Sees to it that what was adopted survives a power cut.
    pub(super) fn sync(&self) -> Result<(), CatalogueError> {
        sync(&self.kept)
    }

    /// Removes a photograph; that there is none is fine.
    pub(super) fn remove(&self, name: &str) -> Result<(), CatalogueError> {
        remove(&self.path(name))
    }

    /// Gives a photograph to the training of its breed.
    pub(super) fn teach(&self, (breed, name): &Lesson) -> Result<(), CatalogueError> {
        let folder = self.training.join(breed);
        fs::create_dir_all(&folder).map_err(CatalogueError::io(&folder))?;
        let (from, to) = (self.path(name), folder.join(name));
        match fs::hard_link(&from, &to) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // Gone meanwhile: there is nothing to learn from.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            // A disk that knows no links, such as a stick.
            Err(_) => {
                let mut file = File::open(&from).map_err(CatalogueError::io(&from))?;
                self.put(&folder, name, &mut file)
            }
        }
    }

    /// Takes it away from there again.
    pub(super) fn unteach(&self, (breed, name): &Lesson) -> Result<(), CatalogueError> {
        let folder = self.training.join(breed);
        remove(&folder.join(name))?;
        // The last one leaves no empty folder behind; any other keeps it.
        let _ = fs::remove_dir(&folder);
        Ok(())
    }

    /// The photographs that were last written before a time.
    pub(super) fn written_before(&self, time: Timestamp) -> Result<Vec<String>, CatalogueError> {
        let mut names = self.older(time)?;
        names.retain(|name| is_name(name));
        Ok(names)
    }

    /// Removes files that were never finished and were last written before a time.
    pub(super) fn remove_unfinished(&self, time: Timestamp) -> Result<(), CatalogueError> {
        let names = self.older(time)?.into_iter();
        let mut unfinished = names.filter(|name| name.starts_with(UNFINISHED));
        unfinished.try_for_each(|name| self.remove(&name))
    }

    fn older(&self, time: Timestamp) -> Result<Vec<String>, CatalogueError> {
        let mut names = Vec::new();
        for (name, path) in entries(&self.kept)? {
            // What is gone meanwhile needs no tidying.
            let written = fs::metadata(&path).and_then(|about| about.modified());
            if written.is_ok_and(|written| written < time.into()) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Moves a photograph that belongs to no visit out of the way.
    pub(super) fn set_aside(&self, name: &str) -> Result<(), CatalogueError> {
        fs::create_dir_all(&self.orphans).map_err(CatalogueError::io(&self.orphans))?;
        let to = self.orphans.join(name);
        fs::rename(self.path(name), &to).map_err(CatalogueError::io(&to))
    }

    /// Moves one back that belongs to a visit after all.
    pub(super) fn bring_back(&self, name: &str) -> Result<(), CatalogueError> {
        self.adopt(&self.orphans.join(name), name).map(drop)
    }

    /// The photographs that were set aside.
    pub(super) fn orphans(&self) -> Result<Vec<String>, CatalogueError> {
        if !self.orphans.exists() {
            return Ok(Vec::new());
        }
        let names = entries(&self.orphans)?.into_iter().map(|(name, _)| name);
        Ok(names.filter(|name| is_name(name)).collect())
    }

    /// What is given to training. Files of other names are somebody else's and do not count.
    pub(super) fn lessons(&self) -> Result<BTreeSet<Lesson>, CatalogueError> {
        let mut lessons = BTreeSet::new();
        for (breed, folder) in entries(&self.training)? {
            if folder.is_dir() {
                let names = entries(&folder)?.into_iter().map(|(name, _)| name);
                lessons.extend(
                    names
                        .filter(|name| is_name(name))
                        .map(|name| (breed.clone(), name)),
                );
            }
        }
        Ok(lessons)
    }

    /// Writes beside, then renames: under its name a file is always whole.
    fn put(
        &self,
        folder: &Path,
        name: &str,
        from: &mut dyn io::Read,
    ) -> Result<(), CatalogueError> {
        let path = folder.join(name);
        let mut put = || {
            // In the one folder that is searched for unfinished ones.
            let mut file = tempfile::Builder::new()
                .prefix(UNFINISHED)
                .tempfile_in(&self.kept)?;
            io::copy(from, &mut file)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        put().map_err(CatalogueError::io(&path))
    }
}

/// Whether a file's name is one that photographs get: `20260501T101503Z-0123456789abcdef.jpg`.
pub(super) fn is_name(name: &str) -> bool {
    const FORM: &[u8] = b"00000000T000000Z-0000000000000000.jpg";
    name.len() == FORM.len()
        && name.bytes().zip(FORM).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_hexdigit(),
            form => byte == *form,
        })
}

fn new_name(at: Timestamp) -> io::Result<String> {
    let number = getrandom::u64().map_err(io::Error::other)?;
    Ok(format!(
        "{}-{number:016x}.jpg",
        at.strftime("%Y%m%dT%H%M%SZ")
    ))
}

fn encode(photograph: &RgbImage) -> io::Result<Vec<u8>> {
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    let longest = photograph.width().max(photograph.height());
    let encoded = match longest > LONGEST_SIDE {
        true => {
            let scaled = |side: u32| {
                let side = u64::from(side) * u64::from(LONGEST_SIDE) / u64::from(longest);
                (side as u32).max(1)
            };
            let (width, height) = (scaled(photograph.width()), scaled(photograph.height()));
            imageops::thumbnail(photograph, width, height).write_with_encoder(encoder)
        }
        false => photograph.write_with_encoder(encoder),
    };
    encoded.map_err(io::Error::other)?;
    Ok(jpeg)
}

/// The entries of a folder by their names, those with odd ones left out.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, CatalogueError> {
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

fn remove(path: &Path) -> Result<(), CatalogueError> {
    let removed = match path.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(CatalogueError::io(path)(error))
        }
        _ => Ok(()),
    }
}

/// Makes the names in a folder survive a power cut.
fn sync(folder: &Path) -> Result<(), CatalogueError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(CatalogueError::io(folder))
}
