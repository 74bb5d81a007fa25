//! Tells the owner of a data folder what they should know about it, though it can be used.

mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use recognise::printable;

use super::files::composed;
use super::{Dataset, Role, Split};

/// Something about a data folder that its owner may not expect. Its `Display` is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A folder of photographs also has files that are not read.
    Skipped {
        /// The folder.
        folder: PathBuf,
        /// How many of each kind: of each extension, such as `.heic`, without extension, and folders.
        kinds: BTreeMap<String, usize>,
    },
    /// A folder has no photograph that is read, and is not used as a breed.
    NoPhotographs {
        /// The folder.
        folder: PathBuf,
    },
    /// Photographs are in no folder of a breed, and not used.
    Loose {
        /// The data folder.
        root: PathBuf,
        /// The photographs.
        photographs: Vec<PathBuf>,
    },
    /// A folder merely wraps the one that has the data, which is read in its place.
    Wrapped {
        /// The folder.
        root: PathBuf,
        /// The folder that has the data.
        folder: PathBuf,
    },
    /// Photographs are beside those that a list or a table names, and not used.
    Unlisted {
        /// The table, or the folder of the lists.
        list: PathBuf,
        /// The photographs.
        photographs: Vec<PathBuf>,
    },
    /// `breeds.toml` is in a folder in Oxford's layout, where it is not read.
    UnreadBreeds {
        /// The file.
        file: PathBuf,
    },
    /// Folders beside the folder that has all breeds are not read.
    Beside {
        /// The folder that has all breeds.
        images: PathBuf,
        /// The folders beside it.
        folders: Vec<PathBuf>,
    },
    /// Files and folders whose names begin with a dot are not read.
    Hidden {
        /// The data folder.
        root: PathBuf,
        /// The files and folders.
        paths: Vec<PathBuf>,
    },
    /// `breeds.toml` has breeds of which there are no photographs.
    UnusedBreeds {
        /// The file.
        file: PathBuf,
        /// Their ids.
        breeds: Vec<String>,
    },
    /// Photographs that look nearly the same stay on one side of a split that the trainer makes.
    Alike {
        /// How many photographs look like another one.
        photographs: usize,
        /// How many groups they form.
        groups: usize,
    },
    /// Photographs look nearly like others that the data have on another side of a split.
    Across {
        /// What the former are for, and what the latter are for.
        roles: [Role; 2],
        /// Each of these photographs, with one that it looks like.
        pairs: Vec<[PathBuf; 2]>,
    },
    /// Additional photographs to train on look nearly like those to validate or to test on, and are left out.
    Resembling {
        /// Each photograph, with one that it looks like.
        pairs: Vec<[PathBuf; 2]>,
    },
    /// There are no photographs to test on.
    NoTest {
        /// The data folder.
        root: PathBuf,
    },
    /// A file name is there twice, with its accents written in two ways. Both photographs are used.
    WrittenTwice {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Breeds of one of several data sets that are joined have another id in all of them.
    Renamed {
        /// The data set.
        root: PathBuf,
        /// The ids, each with the one in the joined data.
        breeds: Vec<(String, String)>,
    },
    /// Breeds of data sets that are joined are in one of these only, and not in the kiosk's vocabulary, so that other
    /// names of the same breed would not be known as such.
    Unknown {
        /// Their ids.
        breeds: Vec<String>,
    },
    /// Folders of additional photographs are of no breed of the dataset and are not used.
    LeftOut {
        /// The folder that they are in.
        root: PathBuf,
        /// Their names, each with its number of photographs.
        folders: Vec<(String, usize)>,
    },
    /// Photographs that the lists name are not in the folder.
    Missing {
        /// The data folder.
        root: PathBuf,
        /// How many photographs.
        photographs: usize,
    },
    /// Identical files are to train on and to test on.
    InBothSplits {
        /// Each file to train on, with one to test on.
        pairs: Vec<[PathBuf; 2]>,
    },
    /// Boxes that reach beyond their picture are clipped.
    ClippedBoxes {
        /// The table of boxes.
        file: PathBuf,
        /// How many boxes.
        boxes: usize,
    },
    /// Boxes without area, or wholly outside of their picture, are left out.
    EmptyBoxes {
        /// The table of boxes.
        file: PathBuf,
        /// Their lines, counted from 1.
        lines: Vec<u64>,
    },
    /// Boxes of pictures that are not there are left out.
    MissingPictures {
        /// The table of boxes.
        file: PathBuf,
        /// The pictures.
        pictures: Vec<PathBuf>,
        /// How many boxes.
        boxes: usize,
    },
}

impl Note {
    /// The note on what a folder of photographs has besides them, if there is anything.
    pub(super) fn on_others<'a>(
        folder: &Path,
        others: impl Iterator<Item = &'a PathBuf>,
    ) -> Option<Self> {
        let mut kinds = BTreeMap::new();
        for path in others {
            *kinds.entry(kind(path)).or_insert(0) += 1;
        }
        let folder = folder.to_owned();
        (!kinds.is_empty()).then_some(Self::Skipped { folder, kinds })
    }

    /// The note on photographs in no folder of a breed, if there are any.
    pub(super) fn on_loose(root: &Path, photographs: &[PathBuf]) -> Option<Self> {
        let (root, photographs) = (root.to_owned(), photographs.to_vec());
        (!photographs.is_empty()).then_some(Self::Loose { root, photographs })
    }

    /// The note on a folder that wraps the data, if this one is not the one that has them.
    pub(super) fn on_wrapped(root: &Path, folder: &Path) -> Option<Self> {
        (root != folder).then(|| Self::Wrapped {
            root: root.to_owned(),
            folder: folder.to_owned(),
        })
    }

    /// The note on photographs that a table or the lists in a folder do not name, if there are any.
    pub(super) fn on_unlisted(list: &Path, photographs: &[PathBuf]) -> Option<Self> {
        let (list, photographs) = (list.to_owned(), photographs.to_vec());
        (!photographs.is_empty()).then_some(Self::Unlisted { list, photographs })
    }

    /// The note on folders beside the one that has all breeds, if there are any.
    pub(super) fn on_beside(images: &Path, folders: Vec<PathBuf>) -> Option<Self> {
        let images = images.to_owned();
        (!folders.is_empty()).then_some(Self::Beside { images, folders })
    }

    /// The note on hidden files and folders, if there are any.
    pub(super) fn on_hidden(root: &Path, paths: &[PathBuf]) -> Option<Self> {
        let (root, paths) = (root.to_owned(), paths.to_vec());
        (!paths.is_empty()).then_some(Self::Hidden { root, paths })
    }

    /// The note on breeds of `breeds.toml` without a photograph, if there are any.
    pub(super) fn on_unused_breeds(file: &Path, breeds: Vec<String>) -> Option<Self> {
        let file = file.to_owned();
        (!breeds.is_empty()).then_some(Self::UnusedBreeds { file, breeds })
    }

    /// The note on photographs that look nearly the same, if there are any.
    pub(super) fn on_alike(photographs: usize, groups: usize) -> Option<Self> {
        (groups > 0).then_some(Self::Alike {
            photographs,
            groups,
        })
    }

    /// The note on additional photographs that look like those to validate or to test on, if there are any.
    pub(crate) fn on_resembling(pairs: Vec<[PathBuf; 2]>) -> Option<Self> {
        (!pairs.is_empty()).then_some(Self::Resembling { pairs })
    }

    /// The note on a dataset without a test split, if it has none.
    pub(super) fn on_no_test(dataset: &Dataset) -> Option<Self> {
        let mut missing = dataset.missing.iter();
        let is_listed = missing.any(|missing| missing.split == Split::Test);
        let root = dataset.name();
        (dataset.test.is_empty() && !is_listed).then_some(Self::NoTest { root })
    }

    /// The note on breeds that have another id in joined data sets, if there are any.
    pub(super) fn on_renamed(root: &Path, breeds: Vec<(String, String)>) -> Option<Self> {
        let root = root.to_owned();
        (!breeds.is_empty()).then_some(Self::Renamed { root, breeds })
    }

    /// The note on breeds of joined data sets that the vocabulary does not know, if there are any.
    pub(super) fn on_unknown(breeds: Vec<String>) -> Option<Self> {
        (!breeds.is_empty()).then_some(Self::Unknown { breeds })
    }

    /// The note on folders that are of no breed of the dataset, if there are any.
    pub(super) fn on_left_out(root: &Path, folders: Vec<(String, usize)>) -> Option<Self> {
        let root = root.to_owned();
        (!folders.is_empty()).then_some(Self::LeftOut { root, folders })
    }

    /// The note on listed photographs that are not there, if there are any.
    pub(crate) fn on_missing(dataset: &Dataset) -> Option<Self> {
        let (root, photographs) = (dataset.name(), dataset.missing.len());
        (photographs > 0).then_some(Self::Missing { root, photographs })
    }

    /// The note on identical files in both splits, if there are any.
    pub(crate) fn on_identical(pairs: Vec<[PathBuf; 2]>) -> Option<Self> {
        (!pairs.is_empty()).then_some(Self::InBothSplits { pairs })
    }

    /// The note on boxes that are clipped, if there are any.
    pub(super) fn on_clipped_boxes(file: &Path, boxes: usize) -> Option<Self> {
        let file = file.to_owned();
        (boxes > 0).then_some(Self::ClippedBoxes { file, boxes })
    }

    /// The note on boxes without area, if there are any.
    pub(super) fn on_empty_boxes(file: &Path, lines: Vec<u64>) -> Option<Self> {
        let file = file.to_owned();
        (!lines.is_empty()).then_some(Self::EmptyBoxes { file, lines })
    }

    /// The note on boxes of pictures that are not there, if there are any.
    pub(super) fn on_missing_pictures(
        file: &Path,
        pictures: Vec<PathBuf>,
        boxes: usize,
    ) -> Option<Self> {
        let file = file.to_owned();
        (!pictures.is_empty()).then_some(Self::MissingPictures {
            file,
            pictures,
            boxes,
        })
    }

    /// A note for each file name that is there twice, written in two ways.
    pub(super) fn on_names(photographs: &[PathBuf]) -> Vec<Self> {
        let mut names: BTreeMap<String, &PathBuf> = BTreeMap::new();
        let twice = photographs.iter().filter_map(|path| {
            let name = composed(path.file_name()?.to_str()?);
            let first = names.insert(name, path)?.clone();
            let second = path.clone();
            Some(Self::WrittenTwice { first, second })
        });
        twice.collect()
    }
}

/// The kind of files without an extension.
const NO_EXTENSION: &str = "without extension";
/// The kind of folders.
const FOLDERS: &str = "folders";

/// The kind of a file that is skipped.
fn kind(path: &Path) -> String {
    if path.is_dir() {
        return FOLDERS.to_owned();
    }
    match path.extension() {
        Some(extension) => format!(".{}", printable(extension.as_ref()).to_lowercase()),
        None => NO_EXTENSION.to_owned(),
    }
}
