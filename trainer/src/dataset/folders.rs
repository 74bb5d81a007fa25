//! The plain layout: one folder a breed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use recognise::metadata::{Breed, Species};

use super::split::stable_hash;
use super::{Dataset, DatasetError, Photo, entries, file_name, not_a_dataset, photographs};

/// One in this many photographs of a plain folder is kept for the test.
const TEST_SHARE: u64 = 5;

/// The 12 cat breeds of the Oxford-IIIT Pet dataset.
const CATS: [&str; 12] = [
    "abyssinian",
    "bengal",
    "birman",
    "bombay",
    "british_shorthair",
    "egyptian_mau",
    "maine_coon",
    "persian",
    "ragdoll",
    "russian_blue",
    "siamese",
    "sphynx",
];

/// The 25 dog breeds of the Oxford-IIIT Pet dataset.
const DOGS: [&str; 25] = [
    "american_bulldog",
    "american_pit_bull_terrier",
    "basset_hound",
    "beagle",
    "boxer",
    "chihuahua",
    "english_cocker_spaniel",
    "english_setter",
    "german_shorthaired",
    "great_pyrenees",
    "havanese",
    "japanese_chin",
    "keeshond",
    "leonberger",
    "miniature_pinscher",
    "newfoundland",
    "pomeranian",
    "pug",
    "saint_bernard",
    "samoyed",
    "scottish_terrier",
    "shiba_inu",
    "staffordshire_bull_terrier",
    "wheaten_terrier",
    "yorkshire_terrier",
];

pub(super) fn open(root: &Path) -> Result<Dataset, DatasetError> {
    let folders = breed_folders(root)?;
    if folders.is_empty() {
        return Err(if entries(root)?.is_empty() {
            not_a_dataset(root, "it is empty")
        } else {
            not_a_dataset(root, "no folder in it holds photographs")
        });
    }
    let mut dataset = Dataset {
        root: root.to_owned(),
        breeds: Vec::new(),
        trainval: Vec::new(),
        test: Vec::new(),
        missing: Vec::new(),
        unlisted: photographs(root)?,
    };
    for (breed, (id, Folder { path, photographs })) in folders.into_iter().enumerate() {
        for path in photographs {
            // A photograph's own name decides, so that adding others moves none of the old ones.
            let hash = stable_hash(&[&id, &file_name(&path)]);
            let photo = Photo { path, breed };
            if hash.is_multiple_of(TEST_SHARE) {
                dataset.test.push(photo);
            } else {
                dataset.trainval.push(photo);
            }
        }
        let species = species(&id, &file_name(&path));
        dataset.breeds.push(Breed { id, species });
    }
    Ok(dataset)
}

/// Reads additional photographs for training, one folder a breed, each named after one of `breeds`
/// (capital letters do not matter). They come sorted by breed folder and name.
///
/// # Errors
/// When a folder is named after none of the breeds, the folder cannot be read, or there is no
/// photograph in it.
pub fn read_extra(root: &Path, breeds: &[Breed]) -> Result<Vec<Photo>, DatasetError> {
    if !root.is_dir() {
        return Err(not_a_dataset(root, "there is no such folder"));
    }
    let mut photos = Vec::new();
    for (id, Folder { path, photographs }) in breed_folders(root)? {
        let breed =
            (breeds.iter().position(|breed| breed.id == id)).ok_or(DatasetError::UnknownBreed {
                folder: path,
                breeds: breeds.len(),
            })?;
        photos.extend(photographs.into_iter().map(|path| Photo { path, breed }));
    }
    if photos.is_empty() {
        return Err(not_a_dataset(root, "no folder in it holds photographs"));
    }
    Ok(photos)
}

/// A breed's folder and the photographs in it.
struct Folder {
    path: PathBuf,
    photographs: Vec<PathBuf>,
}

/// The folders that hold photographs, by breed id.
fn breed_folders(root: &Path) -> Result<BTreeMap<String, Folder>, DatasetError> {
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    for path in entries(root)?.into_iter().filter(|path| path.is_dir()) {
        let photographs = photographs(&path)?;
        if photographs.is_empty() {
            continue;
        }
        let id = file_name(&path).to_lowercase();
        if let Some(first) = folders.get(&id) {
            return Err(DatasetError::SameBreed {
                first: first.path.clone(),
                second: path,
            });
        }
        folders.insert(id, Folder { path, photographs });
    }
    Ok(folders)
}

/// The species of a breed: known for Oxford's breeds, otherwise by Oxford's own convention, in
/// which the names of cats alone begin with a capital letter.
fn species(id: &str, folder: &str) -> Species {
    if CATS.contains(&id) {
        Species::Cat
    } else if DOGS.contains(&id) || !folder.starts_with(char::is_uppercase) {
        Species::Dog
    } else {
        Species::Cat
    }
}
