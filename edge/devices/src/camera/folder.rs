//! Plays the photographs of a folder as arrivals, sorted by name, round after round.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use heic::Reader;
use image::RgbImage;

use super::CameraError;
use super::player::Photographs;

/// The photographs of a folder and its subfolders, sorted by name. Hidden files, and folders that
/// are links, are left out. The folder is read again each round, and may change meanwhile.
///
/// ```
/// use std::path::Path;
///
/// use devices::camera::CameraError;
/// use devices::camera::folder::Folder;
///
/// Folder::open(Path::new("../examples"))?;
/// let missing = Folder::open(Path::new("no such folder"));
/// assert!(matches!(missing, Err(CameraError::Missing(_))));
/// # Ok::<(), CameraError>(())
/// ```
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    reader: Reader,
    /// The files and folders of this round that are still to come, the next one last.
    waiting: Vec<PathBuf>,
    /// Whether this round had a photograph.
    found: bool,
    /// What cannot be read and was reported.
    reported: HashSet<PathBuf>,
}

impl Folder {
    /// Opens the folder at `path`.
    ///
    /// # Errors
    /// Where it is missing, is no folder, cannot be listed, or is empty.
    pub fn open(path: &Path) -> Result<Self, CameraError> {
        if !path.exists() {
            return Err(CameraError::Missing(path.to_owned()));
        }
        if !path.is_dir() {
            return Err(CameraError::NotAFolder(path.to_owned()));
        }
        let waiting = list(path)?;
        if waiting.is_empty() {
            return Err(CameraError::NoPhotographs(path.to_owned()));
        }
        Ok(Self {
            path: path.to_owned(),
            reader: Reader::default(),
            waiting,
            found: false,
            reported: HashSet::new(),
        })
    }

    /// The next file of this round.
    fn next_file(&mut self) -> Result<Option<PathBuf>, CameraError> {
        while let Some(path) = self.waiting.pop() {
            if path.is_file() {
                return Ok(Some(path));
            }
            // A link to a folder can lead round in circles.
            if path.is_dir() && !path.is_symlink() {
                match list(&path) {
                    Ok(entries) => self.waiting.extend(entries),
                    Err(error) if self.reported.insert(path) => return Err(error),
                    Err(_) => {}
                }
            }
        }
        Ok(None)
    }

    fn next_round(&mut self) -> Result<(), CameraError> {
        self.waiting = list(&self.path)?;
        self.reported.retain(|path| path.exists());
        if std::mem::take(&mut self.found) {
            Ok(())
        } else {
            Err(CameraError::NoPhotographs(self.path.clone()))
        }
    }
}

impl Photographs for Folder {
    /// What cannot be read is an error once, and is passed over in later rounds.
    fn next(&mut self) -> Result<RgbImage, CameraError> {
        loop {
            let Some(path) = self.next_file()? else {
                self.next_round()?;
                continue;
            };
            match self.reader.open(&path) {
                Ok(photo) => {
                    self.found = true;
                    return Ok(photo);
                }
                Err(error) if self.reported.insert(path) => return Err(error.into()),
                Err(_) => {}
            }
        }
    }
}

/// The entries of a folder in reverse order of their names.
fn list(folder: &Path) -> Result<Vec<PathBuf>, CameraError> {
    let entries = fs::read_dir(folder).and_then(|entries| {
        entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<_>>>()
    });
    let mut entries = entries.map_err(|error| CameraError::Unreadable {
        folder: folder.to_owned(),
        error,
    })?;
    let hidden = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.as_encoded_bytes().starts_with(b".")
    };
    entries.retain(|path| !hidden(path));
    entries.sort_by(|a, b| b.cmp(a));
    Ok(entries)
}
