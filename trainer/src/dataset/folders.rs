//! Reads the plain layout: one folder for each breed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use recognise::metadata::Breed;

use super::species::species_of;
use super::split::stable_hash;
use super::{Dataset, DatasetError, Photo, entries, file_name, not_a_dataset, photographs};

/// One in this many photographs of a plain folder goes to the test split.
const TEST_SHARE: u64 = 5;

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
            // The photograph's own name decides, so new photographs move none of the old ones.
            let hash = stable_hash(&[&id, &file_name(&path)]);
            let photo = Photo { path, breed };
            if hash.is_multiple_of(TEST_SHARE) {
                dataset.test.push(photo);
            } else {
                dataset.trainval.push(photo);
            }
        }
        let species = species_of(&id, &file_name(&path));
        dataset.breeds.push(Breed {
            id: id.into(),
            species,
        });
    }
    Ok(dataset)
}

/// Reads additional photographs for training: one folder for each breed, named after one of `breeds` (capital letters
/// do not matter). The photographs are sorted by folder and name.
///
/// # Errors
/// When a folder is named after none of the breeds, a folder cannot be read, or there are no photographs.
pub fn read_extra(root: &Path, breeds: &[Breed]) -> Result<Vec<Photo>, DatasetError> {
    if !root.is_dir() {
        return Err(not_a_dataset(root, "there is no such folder"));
    }
    let mut photos = Vec::new();
    for (id, Folder { path, photographs }) in breed_folders(root)? {
        let breed = (breeds.iter().position(|breed| *breed.id == *id)).ok_or(
            DatasetError::UnknownBreed {
                folder: path,
                breeds: breeds.len(),
            },
        )?;
        photos.extend(photographs.into_iter().map(|path| Photo { path, breed }));
    }
    if photos.is_empty() {
        return Err(not_a_dataset(root, "no folder in it holds photographs"));
    }
    Ok(photos)
}

/// A breed's folder with its photographs.
struct Folder {
    path: PathBuf,
    photographs: Vec<PathBuf>,
}

/// The folders with photographs, by breed id.
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
