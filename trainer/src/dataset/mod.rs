//! Photographs whose breed is known, in one of two layouts on disk.
//!
//! - The Oxford-IIIT Pet dataset (Parkhi et al., "Cats and Dogs", CVPR 2012): `images/<Name>_<n>.jpg`, with
//!   `annotations/trainval.txt` and `annotations/test.txt` listing the photographs of each split.
//! - A plain folder with one folder for each breed: `<breed>/*.jpg`, or any other JPEG, PNG, WebP or GIF.
//!
//! [`boxes`] reads where the animals are in photographs.

pub mod boxes;
pub mod check;
mod digest;
pub mod fetch;
mod folders;
mod identical;
mod note;
mod oxford;
mod read;
mod species;
mod split;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use icu_normalizer::ComposingNormalizerBorrowed;
use image::ImageFormat;
use recognise::metadata::Breed;
use recognise::printable;

pub use digest::digest;
pub use folders::{Extra, read_extra};
pub use note::Note;
pub use split::carve;

pub(crate) use identical::identical;
pub(crate) use read::{once_each, read_each, unseen};
pub(crate) use species::species_of_folder;

/// A photograph on disk whose breed is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// The file.
    pub path: PathBuf,
    /// The breed as an index into [`Dataset::breeds`].
    pub breed: usize,
}

/// The part of a dataset that a photograph belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Split {
    /// For training and for every choice made during development.
    Trainval,
    /// For the final figures only.
    Test,
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Split::Trainval => "trainval",
            Split::Test => "test",
        })
    }
}

/// A photograph that a list names but the folder lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its breed, and where the file should be.
    pub photo: Photo,
    /// The list that names it.
    pub split: Split,
}

/// The photographs of a data folder, by split.
///
/// ```
/// use std::fs;
/// use trainer::dataset::{Dataset, Split};
///
/// // One folder for each breed. No photograph is opened, so empty files will do.
/// let root = tempfile::tempdir()?;
/// for breed in ["beagle", "Siamese"] {
///     fs::create_dir(root.path().join(breed))?;
///     for number in 0..10 {
///         fs::write(root.path().join(format!("{breed}/{number}.jpg")), "")?;
///     }
/// }
///
/// let dataset = Dataset::open(root.path())?;
/// assert_eq!(dataset.breeds[1].id, "siamese");
/// let splits = [Split::Trainval, Split::Test].map(|split| dataset.split(split).len());
/// assert_eq!(splits[0] + splits[1], 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The folder.
    pub root: PathBuf,
    /// The breeds: in the order of their class ids in Oxford's layout, sorted by id in a plain folder.
    pub breeds: Vec<Breed>,
    /// Photographs of [`Split::Trainval`], in the order of the list or sorted by path.
    pub trainval: Vec<Photo>,
    /// Photographs of [`Split::Test`], in the same order.
    pub test: Vec<Photo>,
    /// Photographs that the lists name but the folder lacks. Empty for a plain folder.
    pub missing: Vec<Missing>,
    /// Photographs in the folder that belong to neither split, sorted.
    pub unlisted: Vec<PathBuf>,
    /// What its owner may not expect.
    pub notes: Vec<Note>,
}

impl Dataset {
    /// Lists the photographs of the folder `root`, in either layout. No photograph is opened.
    ///
    /// An Oxford folder may be incomplete: [`Dataset::missing`] has the photographs that are not there.
    ///
    /// # Errors
    /// When the folder is in neither layout or cannot be read, or when a line of a list cannot be understood.
    pub fn open(root: &Path) -> Result<Self, DatasetError> {
        if !root.is_dir() {
            return Err(not_a_dataset(root, "there is no such folder"));
        }
        if root.join("annotations").is_dir() || root.join("images").is_dir() {
            oxford::open(root)
        } else {
            folders::open(root)
        }
    }

    /// The photographs of one split.
    pub fn split(&self, split: Split) -> &[Photo] {
        match split {
            Split::Trainval => &self.trainval,
            Split::Test => &self.test,
        }
    }
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The folder is in neither of the two layouts.
    #[error(
        "{} cannot be used as data: {why}; give a folder in the Oxford-IIIT Pet layout \
         (images/<Name>_<n>.jpg, annotations/trainval.txt and annotations/test.txt; `trainer fetch` \
         downloads it) or with one folder for each breed (<breed>/*.jpg)",
        printable(root)
    )]
    NotADataset {
        /// The folder.
        root: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file or folder could not be read.
    #[error("cannot read {}: {source}", printable(path))]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A line of a list cannot be understood.
    #[error("{}, line {line}: {}", printable(file), printable(Path::new(reason)))]
    Line {
        /// The list.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The names of two folders differ only in capital letters, spaces around them, or how their accents are written.
    #[error(
        "{} and {} are the same breed{}: put their photographs into one folder",
        printable(first),
        printable(second),
        in_two_ways(first, second)
    )]
    SameBreed {
        /// One folder.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A folder of additional photographs is named after no breed of the dataset, and after none that the kiosk has a
    /// name for.
    #[error(
        "{} is named after none of the dataset's {breeds} breeds: {}",
        printable(folder),
        rename(nearest.as_deref())
    )]
    UnknownBreed {
        /// The folder.
        folder: PathBuf,
        /// How many breeds there are.
        breeds: usize,
        /// The breed that is probably meant.
        nearest: Option<String>,
    },
}

/// What to do about a folder that is not named after a breed.
fn rename(nearest: Option<&str>) -> String {
    match nearest {
        Some(breed) => format!("rename the folder to {breed} if that is meant, or remove it"),
        None => "rename or remove the folder".to_owned(),
    }
}

fn not_a_dataset(root: &Path, why: &'static str) -> DatasetError {
    DatasetError::NotADataset {
        root: root.to_owned(),
        why,
    }
}

/// The entries of a folder, sorted, without hidden ones.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let read = |folder: &Path| -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect()
    };
    let mut entries = read(folder).map_err(|source| DatasetError::Read {
        path: folder.to_owned(),
        source,
    })?;
    entries.retain(|path| !file_name(path).starts_with('.'));
    entries.sort();
    Ok(entries)
}

/// The names of the folders in a folder, in lower case and sorted. Hidden ones do not count.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn folder_names(folder: &Path) -> Result<Vec<String>, DatasetError> {
    let mut folders = entries(folder)?;
    folders.retain(|path| path.is_dir());
    Ok(folders.iter().map(|path| breed_of_folder(path)).collect())
}

/// The id of the breed that a folder is named after.
fn breed_of_folder(folder: &Path) -> String {
    breed_id(file_name(folder).trim())
}

/// The id of the breed with this name: in lower case, and without characters that would control what it is printed on.
fn breed_id(name: &str) -> String {
    printable(Path::new(name)).to_lowercase()
}

/// What is in a folder of photographs.
struct Content {
    /// The photographs, sorted.
    photographs: Vec<PathBuf>,
    /// On what else there is.
    notes: Vec<Note>,
}

/// Lists a folder of photographs. Hidden files do not count.
fn content(folder: &Path) -> Result<Content, DatasetError> {
    let entries = entries(folder)?.into_iter();
    let (photographs, others): (Vec<PathBuf>, Vec<PathBuf>) =
        entries.partition(|path| format_of_name(path).is_some() && path.is_file());
    let mut notes = Note::on_names(&photographs);
    notes.extend(Note::on_others(folder, &others));
    Ok(Content { photographs, notes })
}

/// The photographs in a folder, sorted, without hidden ones.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn photographs(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    Ok(content(folder)?.photographs)
}

/// The format that a file's extension stands for; `None` for all but photographs that can be read.
fn format_of_name(path: &Path) -> Option<ImageFormat> {
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    match extension.as_str() {
        "jpg" | "jpeg" | "jpe" | "jfif" | "pjpeg" | "pjp" => Some(ImageFormat::Jpeg),
        "png" => Some(ImageFormat::Png),
        "webp" => Some(ImageFormat::WebP),
        "gif" => Some(ImageFormat::Gif),
        _ => None,
    }
}

/// The name of a file or folder, with its accents composed.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    composed(&name.to_string_lossy())
}

/// The text in Unicode's composed form (NFC). macOS writes file names in the decomposed one, which looks the same; a
/// breed and a split must not depend on where the photographs were copied.
fn composed(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(text)
        .into_owned()
}

/// What to say about two folders whose names look the same.
fn in_two_ways(first: &Path, second: &Path) -> &'static str {
    if file_name(first) == file_name(second) {
        ", with its accents written in two ways"
    } else {
        ""
    }
}
