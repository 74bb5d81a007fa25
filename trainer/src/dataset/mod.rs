//! Photographs with a known breed, in one of two layouts on disk.
//!
//! - The Oxford-IIIT Pet dataset (Parkhi et al., "Cats and Dogs", CVPR 2012):
//!   `images/<Name>_<n>.jpg` beside `annotations/trainval.txt` and
//!   `annotations/test.txt`, which also give the split.
//! - A plain folder with one folder a breed: `<breed>/*.jpg` (or jpeg, png, webp, gif).

pub mod check;
mod digest;
pub mod fetch;
mod folders;
mod oxford;
mod split;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use recognise::metadata::Breed;

pub use digest::digest;
pub use folders::read_extra;
pub use split::carve;

/// A photograph on disk whose breed is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// The file.
    pub path: PathBuf,
    /// The breed, as an index into [`Dataset::breeds`].
    pub breed: usize,
}

/// What a photograph may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Split {
    /// Training, and every choice that is made on the way.
    Trainval,
    /// The final figure alone.
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

/// A photograph that a list names and the folder lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Where the file should be, and its breed.
    pub photo: Photo,
    /// The list that names it.
    pub split: Split,
}

/// The photographs of a data folder, by split.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The folder.
    pub root: PathBuf,
    /// The breeds: in the order of their class ids in Oxford's layout, sorted by id in a
    /// plain folder.
    pub breeds: Vec<Breed>,
    /// Photographs to train on, in the order of the list or sorted by path.
    pub trainval: Vec<Photo>,
    /// Photographs for the final figure, in the same order.
    pub test: Vec<Photo>,
    /// What the lists name and the folder lacks. Empty for a plain folder.
    pub missing: Vec<Missing>,
    /// Photographs in the folder that belong to no split, sorted.
    pub unlisted: Vec<PathBuf>,
}

impl Dataset {
    /// Reads what is in the folder `root`, in either layout. No photograph is opened.
    ///
    /// An Oxford folder may be incomplete: what is there is used, the rest is in
    /// [`Dataset::missing`].
    ///
    /// # Errors
    /// When the folder is in neither layout, cannot be read, or one of its lists has a line
    /// that makes no sense.
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
        "{} cannot be used as data: {why}; what is understood is the Oxford-IIIT Pet layout \
         (images/<Name>_<n>.jpg, annotations/trainval.txt and annotations/test.txt; `trainer fetch` \
         downloads it) or one folder a breed (<breed>/*.jpg)",
        root.display()
    )]
    NotADataset {
        /// The folder.
        root: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file or folder could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line of a list makes no sense.
    #[error("{}, line {line}: {reason}", file.display())]
    Line {
        /// The list.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Two folders differ in nothing but capital letters.
    #[error("{} and {} are the same breed: put their photographs into one folder", first.display(), second.display())]
    SameBreed {
        /// One folder.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A folder of additional photographs is named after no breed of the dataset.
    #[error("{} is named after none of the dataset's {breeds} breeds: rename or remove the folder", folder.display())]
    UnknownBreed {
        /// The folder.
        folder: PathBuf,
        /// How many breeds there are.
        breeds: usize,
    },
}

fn not_a_dataset(root: &Path, why: &'static str) -> DatasetError {
    DatasetError::NotADataset {
        root: root.to_owned(),
        why,
    }
}

/// What stands in a folder, sorted, without hidden files.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
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

/// The photographs of a folder, sorted. Anything else in it, such as the `.mat` files of the
/// Oxford images, is passed over.
fn photographs(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let mut files = entries(folder)?;
    files.retain(|path| is_photograph(path));
    Ok(files)
}

fn is_photograph(path: &Path) -> bool {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    matches!(
        extension.as_deref(),
        Some("jpg" | "jpeg" | "png" | "webp" | "gif")
    ) && path.is_file()
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
