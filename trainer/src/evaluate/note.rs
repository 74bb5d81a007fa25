//! Notes on problems with the input that did not stop the evaluation.

use std::fmt;
use std::path::{Path, PathBuf};

use recognise::{BreedId, printable};

use crate::dataset::{self, Split, some};

/// Something that readers of the figures should know. Its `Display` is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The bundle has no temperature.
    NotCalibrated {
        /// The bundle's name.
        model: String,
    },
    /// Breeds of the dataset have no readable photograph.
    WithoutPhotograph {
        /// The split.
        split: Split,
        /// The breeds.
        breeds: Vec<BreedId>,
    },
    /// The folder of outliers has no photographs.
    NoOutliers {
        /// The folder.
        root: PathBuf,
    },
    /// A kind of outlier has no readable photograph.
    EmptyKind {
        /// The kind.
        kind: String,
        /// The folder of outliers.
        root: PathBuf,
    },
    /// The names of some photographs of animals do not tell the visit.
    UnnamedVisits {
        /// The photographs.
        photographs: Vec<PathBuf>,
    },
    /// Some animals came only once.
    SingleVisits {
        /// The folder of the animals.
        root: PathBuf,
        /// Their names.
        animals: Vec<String>,
    },
    /// Files in a folder of breeds are in no breed's folder, and their names do not tell the breed.
    UnnamedBreeds {
        /// The files.
        photographs: Vec<PathBuf>,
    },
    /// Breeds cannot be used to learn from and to test on.
    UnusedBreeds {
        /// The folder.
        root: PathBuf,
        /// Why.
        why: &'static str,
        /// The breeds.
        breeds: Vec<BreedId>,
    },
    /// Photographs to test on are the same files as photographs to learn from.
    SameFiles {
        /// Each file to test on, with one to learn from.
        pairs: Vec<[PathBuf; 2]>,
    },
    /// Something about a file of boxes.
    Boxes(dataset::Note),
    /// Lines of the dataset's list of heads cannot be used.
    UnreadHeads {
        /// The list.
        file: PathBuf,
        /// How many.
        lines: usize,
    },
    /// The bundle has no part that finds animals.
    CannotLocate,
    /// The bundle has no embedding.
    NoEmbedding,
}

/// How many files a note names.
const NAMED: usize = 3;

impl Note {
    /// The note on photographs whose names do not tell the visit, if there are any.
    pub(super) fn on_unnamed_visits(photographs: Vec<PathBuf>) -> Option<Self> {
        (!photographs.is_empty()).then_some(Self::UnnamedVisits { photographs })
    }

    /// The note on animals that came only once, if there are any.
    pub(super) fn on_single_visits(root: &Path, animals: Vec<String>) -> Option<Self> {
        let root = root.to_owned();
        (!animals.is_empty()).then_some(Self::SingleVisits { root, animals })
    }

    /// The note on photographs whose breed is not known, if there are any.
    pub(super) fn on_unnamed_breeds(photographs: Vec<PathBuf>) -> Option<Self> {
        (!photographs.is_empty()).then_some(Self::UnnamedBreeds { photographs })
    }

    /// The note on breeds that cannot be used, if there are any.
    pub(super) fn on_unused(root: &Path, why: &'static str, breeds: Vec<BreedId>) -> Option<Self> {
        let root = root.to_owned();
        (!breeds.is_empty()).then_some(Self::UnusedBreeds { root, why, breeds })
    }

    /// The note on files that are to learn from and to test on, if there are any.
    pub(super) fn on_same_files(pairs: Vec<[PathBuf; 2]>) -> Option<Self> {
        (!pairs.is_empty()).then_some(Self::SameFiles { pairs })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NotCalibrated { model } => not_calibrated(model),
            Self::WithoutPhotograph { split, breeds } => without_photograph(*split, breeds),
            Self::NoOutliers { root } => no_outliers(root),
            Self::EmptyKind { kind, root } => empty_kind(kind, root),
            Self::UnnamedVisits { photographs } => unnamed_visits(photographs),
            Self::SingleVisits { root, animals } => single_visits(root, animals),
            Self::UnnamedBreeds { photographs } => unnamed_breeds(photographs),
            Self::UnusedBreeds { root, why, breeds } => unused_breeds(root, why, breeds),
            Self::SameFiles { pairs } => same_files(pairs),
            Self::Boxes(note) => note.to_string(),
            Self::UnreadHeads { file, lines } => unread_heads(file, *lines),
            Self::CannotLocate => CANNOT_LOCATE.to_owned(),
            Self::NoEmbedding => NO_EMBEDDING.to_owned(),
        };
        f.write_str(&text)
    }
}

/// The text of [`Note::CannotLocate`].
const CANNOT_LOCATE: &str =
    "the bundle has no part that finds animals: none is found, and whole pictures are recognised";
/// The text of [`Note::NoEmbedding`].
const NO_EMBEDDING: &str =
    "the bundle makes no embedding: no animal is known again, and no breed is learnt";

fn not_calibrated(model: &str) -> String {
    format!(
        "model {model}: no metadata `kiosk.calibration`: its probabilities are not calibrated, and the \
         kiosk will not run it"
    )
}

fn without_photograph(split: Split, breeds: &[BreedId]) -> String {
    format!(
        "no photograph of the {split} split could be read of {}: left out of the mean per class",
        joined(breeds)
    )
}

fn no_outliers(root: &Path) -> String {
    format!(
        "no photograph in the outliers' folder {}: add photographs, one folder for each kind",
        printable(root)
    )
}

fn empty_kind(kind: &str, root: &Path) -> String {
    format!(
        "no photograph of the kind {kind} in {} could be read: the kind is left out",
        printable(root)
    )
}

fn unnamed_visits(photographs: &[PathBuf]) -> String {
    format!(
        "not named <visit>_<number>, so left out: {}",
        named(photographs)
    )
}

fn single_visits(root: &Path, animals: &[String]) -> String {
    format!(
        "{}: these animals came only once and are left out: {}",
        printable(root),
        animals.join(", ")
    )
}

fn unnamed_breeds(photographs: &[PathBuf]) -> String {
    format!(
        "neither in a breed's folder nor named <breed>_<32 hexadecimal digits>, so left out: {}",
        named(photographs)
    )
}

fn unused_breeds(root: &Path, why: &str, breeds: &[BreedId]) -> String {
    format!(
        "{}: these breeds {why} and are left out: {}",
        printable(root),
        joined(breeds)
    )
}

fn same_files(pairs: &[[PathBuf; 2]]) -> String {
    let photographs: Vec<PathBuf> = pairs.iter().map(|[one, _]| one.clone()).collect();
    format!(
        "also among the photographs to learn from, so not tested on: {}",
        named(&photographs)
    )
}

fn unread_heads(file: &Path, lines: usize) -> String {
    format!(
        "{}: left out {lines} of its lines; each must be a name and four shares from 0 to 1: left, top, right \
         and bottom",
        printable(file)
    )
}

/// All of these breeds, by their ids.
fn joined(breeds: &[BreedId]) -> String {
    let breeds: Vec<&str> = breeds.iter().map(BreedId::as_str).collect();
    breeds.join(", ")
}

/// The first few files by name, and how many more there are.
fn named(files: &[PathBuf]) -> String {
    some(files.iter().map(|it| printable(it)), NAMED)
}

/// The line that says how many photographs of the list are not in the folder, if any are not.
pub(super) fn missing(photographs: usize) -> Option<String> {
    match photographs {
        0 => None,
        1 => Some("1 listed photograph is not in the folder".to_owned()),
        n => Some(format!("{n} listed photographs are not in the folder")),
    }
}
