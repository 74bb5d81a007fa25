//! Why a data folder cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use recognise::metadata::Species;
use recognise::printable;

use super::declared;
use super::some;

/// How many breeds an error names.
const NAMED: usize = 5;

/// Why a data folder cannot be used. Its `Display` is one line.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The folder is in none of the layouts.
    #[error(
        "{} cannot be used as data: {why}; give a folder in the Oxford-IIIT Pet layout \
         (images/<Name>_<n>.jpg, annotations/trainval.txt and annotations/test.txt; `trainer fetch` \
         downloads it), one with a folder for each breed (<breed>/*.jpg, also in train/, val/ and test/, or in \
         Images/), or a table (.csv) with the columns file,breed",
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
    /// A line of a list or a table cannot be understood.
    #[error("{}, line {line}: {}", printable(file), printable(Path::new(reason)))]
    Line {
        /// The list.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A table of photographs lacks a column.
    #[error(
        "{}, line 1: there is no column {column}; the columns are file,breed and, where they are known, \
         split,animal,species, with commas between them",
        printable(file)
    )]
    Column {
        /// The table.
        file: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// `breeds.toml` cannot be used.
    #[error(
        "{}: {}; for each breed it has [[breed]], id = \"...\", species = \"cat\" or \"dog\" and, if folders have \
         other names, names = [\"...\"]",
        printable(file),
        printable(Path::new(reason))
    )]
    Breeds {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The photographs cannot be divided into that many folds.
    #[error("{} cannot be divided into {count} folds: {why}", printable(root))]
    Folds {
        /// The data folder.
        root: PathBuf,
        /// The number of folds.
        count: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The names of two folders differ only in capital letters or spaces around them.
    #[error(
        "{} and {} are the same breed: put their photographs into one folder",
        printable(first),
        printable(second)
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
    /// Nothing says of which species some breeds are.
    #[error(
        "nothing says whether these are cats or dogs: {}; put the folders into cat/ and dog/, give a table the column \
         species, or write into {} for each: [[breed]] on a line, then id = \"{}\" and species = \"cat\" or \"dog\" \
         on lines of their own",
        some(breeds, NAMED),
        printable(&root.join(declared::FILE)),
        breeds.first().map_or("", String::as_str)
    )]
    UnknownSpecies {
        /// The data folder.
        root: PathBuf,
        /// The ids of the breeds.
        breeds: Vec<String>,
    },
    /// A breed is said to be of two species.
    #[error("{breed} is a {} by {} and a {} by {}: correct one of them", first.0, first.1, second.0, second.1)]
    TwoSpecies {
        /// The id of the breed.
        breed: String,
        /// A species, and what says so.
        first: (Species, String),
        /// The other one.
        second: (Species, String),
    },
    /// A breed that the kiosk has a name for is said to be of the other species.
    #[error(
        "{by} says that {breed} is a {said}, but the breed {name} is a {known}: correct the species, or call the breed \
         something else if it is another one"
    )]
    WrongSpecies {
        /// The id of the breed.
        breed: String,
        /// The species that is said.
        said: Species,
        /// What says so.
        by: String,
        /// The breed's name in the kiosk's vocabulary.
        name: &'static str,
        /// Its species there.
        known: Species,
    },
    /// No data set is named.
    #[error("no data are named: name a folder or a table with --data")]
    NoData,
    /// A photograph is in two of the data sets that are to be joined.
    #[error(
        "{} is in two of the data sets, {} and {}: leave out one of them",
        printable(photo),
        printable(first),
        printable(second)
    )]
    InTwo {
        /// The photograph.
        photo: PathBuf,
        /// One data set.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A folder of a split has no photograph.
    #[error(
        "{} holds no folder of photographs of a breed: put some there, or remove it",
        printable(folder)
    )]
    EmptySplit {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder beside those of splits or of species is none of them, but has folders of photographs.
    #[error(
        "{}: the photographs in its folders would be left out, because it is beside {}: rename it to {names}, or move \
         it elsewhere",
        printable(folder),
        printable(Path::new(beside))
    )]
    Unplaced {
        /// The folder.
        folder: PathBuf,
        /// The name of one of the others.
        beside: String,
        /// The names that these may have.
        names: &'static str,
    },
    /// An option names photographs of a split that the data has itself.
    #[error(
        "{} says itself which photographs are to {purpose} on: leave out {option} {}",
        printable(root),
        printable(folder)
    )]
    SaidTwice {
        /// The data folder.
        root: PathBuf,
        /// What the photographs are for, as a verb.
        purpose: &'static str,
        /// The option.
        option: &'static str,
        /// The folder that the option names.
        folder: PathBuf,
    },
}

/// What to do about a folder that is not named after a breed.
fn rename(nearest: Option<&str>) -> String {
    match nearest {
        Some(breed) => format!("rename the folder to {breed} if that is meant, or remove it"),
        None => "rename or remove the folder".to_owned(),
    }
}

pub(super) fn not_a_dataset(root: &Path, why: &'static str) -> DatasetError {
    DatasetError::NotADataset {
        root: root.to_owned(),
        why,
    }
}
