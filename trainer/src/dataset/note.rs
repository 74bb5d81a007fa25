//! What the owner of a data folder should know about it, though it can be used.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use recognise::printable;

use super::files::composed;
use super::some;
use super::{Dataset, Split};

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

/// The kind of files without an extension.
const NO_EXTENSION: &str = "without extension";
/// The kind of folders.
const FOLDERS: &str = "folders";

/// How many files, pairs of files or lines a note names.
const NAMED: usize = 3;

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

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skipped { folder, kinds } => {
                let kinds: Vec<String> = (kinds.iter())
                    .map(|(kind, count)| match (kind.as_str(), count) {
                        (FOLDERS, 1) => "1 folder".to_owned(),
                        _ => format!("{count} {kind}"),
                    })
                    .collect();
                write!(
                    f,
                    "{}: skipped {}; JPEG, PNG, WebP and GIF are read",
                    printable(folder),
                    kinds.join(", ")
                )
            }
            Self::NoPhotographs { folder } => write!(
                f,
                "{}: no photograph in a format that is read, so not used as a breed",
                printable(folder)
            ),
            Self::WrittenTwice { first, second } => {
                let [one, other] = [first, second].map(|path| {
                    let name = path.file_name().unwrap_or_default();
                    name.to_string_lossy().escape_default().to_string()
                });
                write!(
                    f,
                    "{} is there twice, its accents written in two ways, {one} and {other}: remove one of them \
                     if they are the same photograph",
                    printable(first)
                )
            }
            Self::Loose { root, photographs } => write!(
                f,
                "{}: {} in no folder of a breed, not used: {}",
                printable(root),
                counted(photographs.len(), "photograph", "photographs"),
                named(photographs)
            ),
            Self::Beside { images, folders } => write!(
                f,
                "{}: only the folders in it are used as breeds, and not what is beside it: {}",
                printable(images),
                named(folders)
            ),
            Self::Hidden { root, paths } => write!(
                f,
                "{}: {}, not read: {}",
                printable(root),
                counted(paths.len(), "hidden entry", "hidden entries"),
                named(paths)
            ),
            Self::UnusedBreeds { file, breeds } => write!(
                f,
                "{}: no photographs of {}",
                printable(file),
                breeds.join(", ")
            ),
            Self::Alike {
                photographs,
                groups,
            } => write!(
                f,
                "{photographs} photographs look nearly like another one (groups of them: {groups}); those of a group \
                 stay on one side of a split that is made here, and `trainer check` names them"
            ),
            Self::NoTest { root } => write!(
                f,
                "{}: no photograph to test on; name a folder of some with --test",
                printable(root)
            ),
            Self::Renamed { root, breeds } => {
                let breeds: Vec<String> = (breeds.iter())
                    .map(|(from, to)| format!("{from} is {to}"))
                    .collect();
                write!(
                    f,
                    "{}: the joined data have other names for these breeds: {}",
                    printable(root),
                    breeds.join(", ")
                )
            }
            Self::Unknown { breeds } => write!(
                f,
                "only one data set has these breeds, and the kiosk does not know their names: {}; if another one has \
                 the same breed, give it the same name there",
                breeds.join(", ")
            ),
            Self::LeftOut { root, folders } => {
                let folders: Vec<String> = (folders.iter())
                    .map(|(name, photographs)| match photographs {
                        1 => format!("{name} (1 photograph)"),
                        _ => format!("{name} ({photographs} photographs)"),
                    })
                    .collect();
                write!(
                    f,
                    "{}: these folders are of no breed of the dataset and are not used: {}",
                    printable(root),
                    folders.join(", ")
                )
            }
            Self::Missing { root, photographs } => write!(
                f,
                "{}: {photographs} of the listed photographs are missing",
                printable(root)
            ),
            Self::InBothSplits { pairs } => {
                let pairs = (pairs.iter())
                    .map(|[one, other]| format!("{} = {}", printable(one), printable(other)));
                write!(
                    f,
                    "the same photograph to train on and to test on, which makes the test figures too good: {}",
                    some(pairs, NAMED)
                )
            }
            Self::ClippedBoxes { file, boxes } => write!(
                f,
                "{}: boxes that reach beyond their pictures are clipped: {boxes}",
                printable(file)
            ),
            Self::EmptyBoxes { file, lines } => {
                let lines = lines.iter().map(u64::to_string);
                write!(
                    f,
                    "{}: boxes without area in their pictures are left out: line {}",
                    printable(file),
                    some(lines, NAMED)
                )
            }
            Self::MissingPictures {
                file,
                pictures,
                boxes,
            } => {
                let first = pictures.first().map(|path| printable(path));
                write!(
                    f,
                    "{}: {boxes} boxes of {} pictures that are not there are left out; the first of these pictures is {}",
                    printable(file),
                    pictures.len(),
                    first.unwrap_or_default()
                )
            }
        }
    }
}

/// A number of things, whose singular and plural are given.
fn counted(count: usize, one: &str, several: &str) -> String {
    let things = if count == 1 { one } else { several };
    format!("{count} {things}")
}

/// The first of these files by their names, and how many there are besides.
fn named(paths: &[PathBuf]) -> String {
    let names = paths.iter().map(|path| {
        let name = path.file_name().unwrap_or_default();
        printable(Path::new(name))
    });
    some(names, NAMED)
}

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
