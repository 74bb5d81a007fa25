//! Photographs whose breed is known, in one of three layouts on disk.
//!
//! - The Oxford-IIIT Pet dataset (Parkhi et al., "Cats and Dogs", CVPR 2012): `images/<Name>_<n>.jpg`, with
//!   `annotations/trainval.txt` and `annotations/test.txt` listing the photographs of each split.
//! - A folder with one folder for each breed: `<breed>/*.jpg`, or any other JPEG, PNG, WebP or GIF. The breeds may be in
//!   `train/`, `val/` (or `valid/`, `validation/`) and `test/`, in `cat/` and `dog/` (or `cats/`, `dogs/`), or in both, one
//!   in the other. The Stanford Dogs dataset has them in `Images/`, with ImageNet's numbers before their names (Khosla et
//!   al., "Novel Dataset for Fine-Grained Image Categorization", FGVC 2011).
//! - A CSV table with the columns `file` and `breed`, and `split`, `animal` and `species` where they are known.
//!
//! A folder that merely wraps one of these folders stands for it.
//!
//! Species are said and not guessed: by Oxford's lists, by the folders `cat` and `dog`, by the table, by `breeds.toml`
//! in the data folder, or by the kiosk's vocabulary of breeds, which all others must agree with.
//!
//! Several data sets can be joined ([`Source`]): breeds that the vocabulary knows as one are then one.
//!
//! Splits that nobody made are made here. Photographs of one animal, and those that look nearly the same, stay on one
//! side of them. [`boxes`] reads where the animals are in photographs.

mod assemble;
pub mod boxes;
pub mod check;
mod compare;
mod declared;
mod digest;
mod error;
pub mod fetch;
mod files;
mod fingerprint;
mod folders;
mod identical;
mod join;
mod line;
mod listing;
mod note;
mod oxford;
mod read;
mod role;
pub(crate) mod sheet;
mod some;
mod source;
mod species;
mod split;
mod table;
mod wrapper;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};

use recognise::BreedId;
use recognise::metadata::Breed;

use error::not_a_dataset;
use split::{Together, carve_together, folds_together};
use wrapper::unwrapped;

pub use digest::digest;
pub use error::DatasetError;
pub use folders::{Extra, open_kinds};
pub use note::Note;
pub use role::Role;
pub use source::Source;
pub use split::carve;

pub(crate) use declared::Declared;
pub(crate) use digest::hex;
pub(crate) use files::{entries, folder_names, photographs, real};
pub(crate) use identical::identical;
pub(crate) use read::{once_each, read_each, unseen};
pub(crate) use some::some;

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
    /// The folder: that of the table, if there is one, and of the first data set, if several are joined.
    pub root: PathBuf,
    /// The folders of the data sets that are joined with it.
    pub joined: Vec<PathBuf>,
    /// The breeds: in the order of their class ids in Oxford's layout, otherwise sorted by id.
    pub breeds: Vec<Breed>,
    /// Photographs of [`Split::Trainval`], in the order of Oxford's list, otherwise sorted by breed and path. Those whose
    /// split is said come last where others are chosen.
    pub trainval: Vec<Photo>,
    /// Photographs of [`Split::Test`], in the same order.
    pub test: Vec<Photo>,
    /// Photographs that lists or table name but the folder lacks. Empty for folders of breeds.
    pub missing: Vec<Missing>,
    /// Photographs in the folder that belong to neither split, sorted. For a table, those beside the ones that it names.
    pub unlisted: Vec<PathBuf>,
    /// What its owner may not expect.
    pub notes: Vec<Note>,
    sides: Sides,
    declared: Declared,
}

/// What decides on which side of a split a photograph is.
#[derive(Clone, Debug, Default)]
struct Sides {
    /// The photographs of which something says whether they are to test on. Of the others it is chosen here.
    test_said: HashSet<PathBuf>,
    /// The photographs of which something says whether they are to validate on.
    validation_said: HashSet<PathBuf>,
    /// Those of them that are.
    validation: HashSet<PathBuf>,
    /// The former id of a photograph's breed, if it got another one when data sets were joined. The choice of the
    /// photographs to test on depends on it, so that joining moves none.
    own_ids: HashMap<PathBuf, BreedId>,
    together: Together,
}

impl Dataset {
    /// Lists the photographs of a data folder or of a table (`.csv`), in any of the layouts. No photograph is opened.
    ///
    /// Where nothing says which photographs are to test on, about a fifth of them are chosen by their names; in a table
    /// with animals, all photographs of an animal or none. An Oxford folder or a table may be incomplete:
    /// [`Dataset::missing`] has the photographs that are not there.
    ///
    /// # Errors
    /// When `root` is in none of the layouts or cannot be read, when a line of a list or a table cannot be understood,
    /// and when the species of a breed is not known, or said to be two things.
    pub fn open(root: &Path) -> Result<Self, DatasetError> {
        if is_table(root) {
            return table::open(root);
        }
        if !root.is_dir() {
            return Err(not_a_dataset(root, "there is no such folder"));
        }
        let (root, notes) = unwrapped(root)?;
        let is_oxford = root.join("annotations").is_dir() || root.join("images").is_dir();
        let mut dataset = if is_oxford && listing::images(&root)?.is_none() {
            oxford::open(&root)?
        } else {
            folders::open(&root)?
        };
        dataset.notes.splice(0..0, notes);
        Ok(dataset)
    }

    /// The photographs of one split.
    pub fn split(&self, split: Split) -> &[Photo] {
        match split {
            Split::Trainval => &self.trainval,
            Split::Test => &self.test,
        }
    }

    /// The folders of the data sets: one, if none are joined.
    pub fn roots(&self) -> impl Iterator<Item = &Path> {
        let joined = self.joined.iter().map(PathBuf::as_path);
        std::iter::once(self.root.as_path()).chain(joined)
    }

    /// What messages call it: its folder, or the folders of all data sets.
    pub fn name(&self) -> PathBuf {
        source::name_of(self.roots())
    }

    /// Whether of some photographs nothing says whether they are to test on, so that it was chosen by their names.
    pub fn chooses_test(&self) -> bool {
        let mut photos = self.photos();
        photos.any(|photo| !self.sides.test_said.contains(&photo.path))
    }

    /// Splits photographs to train on and a validation set, in this order, off `trainval`: [`Dataset::trainval`],
    /// perhaps with other indices of breeds. Of those of which nothing says whether they are to validate on, [`carve`]
    /// chooses this share with this seed; then photographs that belong together are on one side.
    pub fn carve(&self, trainval: &[Photo], share: f64, seed: u64) -> (Vec<Photo>, Vec<Photo>) {
        let Sides {
            validation_said,
            validation,
            together,
            ..
        } = &self.sides;
        let said = |path: &Path| {
            let is_said = validation_said.contains(path);
            is_said.then(|| validation.contains(path))
        };
        let breeds = trainval.iter().map(|photo| photo.breed + 1).max();
        let breeds = breeds.unwrap_or_default();
        carve_together(trainval, breeds, together, said, share, seed)
    }

    /// Divides [`Dataset::trainval`] into `count` folds, at least 2, each of which is validated on in turn: gives the fold
    /// of each photograph, from 0, or `None` if its breed could not be learnt without it. Photographs that belong together
    /// are in one fold, and each breed's are spread evenly. The same `seed` gives the same folds.
    ///
    /// # Errors
    /// If the data say which photographs to validate on, or have too few for `count` folds.
    pub fn folds(&self, count: usize, seed: u64) -> Result<Vec<Option<usize>>, DatasetError> {
        let refused = |why| DatasetError::Folds {
            root: self.name(),
            count,
            why,
        };
        if !self.sides.validation.is_empty() {
            return Err(refused(
                "the data say which photographs to validate on; put these among those to train on",
            ));
        }
        let (breeds, together) = (self.breeds.len(), &self.sides.together);
        let folds = folds_together(&self.trainval, breeds, together, count, seed);
        if (0..count).any(|fold| !folds.contains(&Some(fold))) {
            return Err(refused(
                "there are too few photographs that do not belong together",
            ));
        }
        Ok(folds)
    }

    /// The photographs of both splits.
    fn photos(&self) -> impl Iterator<Item = &Photo> {
        self.trainval.iter().chain(&self.test)
    }

    /// The files of both splits.
    fn paths(&self) -> HashSet<PathBuf> {
        self.photos().map(|photo| photo.path.clone()).collect()
    }
}

/// Whether this is a table of photographs by its extension.
fn is_table(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    extension.eq_ignore_ascii_case("csv") && !path.is_dir()
}
