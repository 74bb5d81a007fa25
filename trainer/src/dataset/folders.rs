//! Reads the plain layout: one folder for each breed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use recognise::metadata::{Breed, Species};
use recognise::text::{is_misspelt, key};
use recognise::{printable, vocabulary};

use super::species::{known_species, species_by_capital};
use super::split::stable_hash;
use super::{
    Content, Dataset, DatasetError, Note, Photo, breed_of_folder, content, entries, file_name,
    not_a_dataset,
};

/// One in this many photographs of a plain folder goes to the test split.
const TEST_SHARE: u64 = 5;

const NO_PHOTOGRAPHS: &str = "no folder in it holds photographs (JPEG, PNG, WebP or GIF)";

pub(super) fn open(root: &Path) -> Result<Dataset, DatasetError> {
    let (folders, notes) = breed_folders(root)?;
    if folders.is_empty() {
        return Err(if entries(root)?.is_empty() {
            not_a_dataset(root, "it is empty")
        } else {
            not_a_dataset(root, NO_PHOTOGRAPHS)
        });
    }
    let mut dataset = Dataset {
        root: root.to_owned(),
        breeds: Vec::new(),
        trainval: Vec::new(),
        test: Vec::new(),
        missing: Vec::new(),
        unlisted: content(root)?.photographs,
        notes,
    };
    let mut taken_for_cats = Vec::new();
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
        let (known, name) = (known_species(&id), file_name(&path));
        let species = known.unwrap_or_else(|| species_by_capital(&name));
        if known.is_none() && species == Species::Cat {
            taken_for_cats.push(printable(Path::new(&name)));
        }
        dataset.breeds.push(Breed {
            id: id.into(),
            species,
        });
    }
    if !taken_for_cats.is_empty() {
        let folders = taken_for_cats;
        dataset.notes.push(Note::TakenForCats { folders });
    }
    Ok(dataset)
}

/// Folders of photographs of no breed: those of the kiosk without an animal, and of animals whose breed has no name.
const NO_BREED: [&str; 2] = ["no_animal", "other"];

/// Additional photographs for training.
#[derive(Clone, Debug)]
pub struct Extra {
    /// The photographs, sorted by folder and name.
    pub photos: Vec<Photo>,
    /// What their owner may not expect.
    pub notes: Vec<Note>,
}

/// Lists additional photographs for training, such as those that a kiosk collects in `training/`: one folder for each
/// breed, named after one of `breeds` (capital letters do not matter). Folders of other breeds that the kiosk has a name
/// for, `no_animal` and `other` are left out, with a note.
///
/// # Errors
/// When the name of a folder is none of these, a folder cannot be read, or there is no photograph of one of `breeds`.
pub fn read_extra(root: &Path, breeds: &[Breed]) -> Result<Extra, DatasetError> {
    if !root.is_dir() {
        return Err(not_a_dataset(root, "there is no such folder"));
    }
    let (folders, mut notes) = breed_folders(root)?;
    let mut photos = Vec::new();
    let mut left_out = Vec::new();
    for (id, Folder { path, photographs }) in folders {
        if let Some(breed) = breeds.iter().position(|breed| *breed.id == *id) {
            photos.extend(photographs.into_iter().map(|path| Photo { path, breed }));
        } else if NO_BREED.contains(&id.as_str()) || vocabulary::of(&id).is_some() {
            left_out.push((id, photographs.len()));
        } else {
            return Err(DatasetError::UnknownBreed {
                folder: path,
                breeds: breeds.len(),
                nearest: nearest(&id, breeds),
            });
        }
    }
    if photos.is_empty() {
        return Err(if left_out.is_empty() {
            not_a_dataset(root, NO_PHOTOGRAPHS)
        } else {
            not_a_dataset(root, "none of its photographs is of a breed of the dataset")
        });
    }
    notes.extend(Note::on_left_out(root, left_out));
    Ok(Extra { photos, notes })
}

/// The breed that a name with one typing error stands for, or another name of the breed: one of the dataset's, or else
/// one that the kiosk has a name for.
fn nearest(name: &str, breeds: &[Breed]) -> Option<String> {
    let typed = key(name);
    let mut own = breeds.iter().map(|breed| breed.id.as_str());
    own.find(|id| is_misspelt(&typed, &key(id)))
        .or_else(|| Some(vocabulary::find(name)?.id))
        .map(str::to_owned)
}

/// A breed's folder with its photographs.
struct Folder {
    path: PathBuf,
    photographs: Vec<PathBuf>,
}

/// The folders with photographs, by breed id; and notes on what else is there.
fn breed_folders(root: &Path) -> Result<(BTreeMap<String, Folder>, Vec<Note>), DatasetError> {
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    let mut all_notes = Vec::new();
    for path in entries(root)?.into_iter().filter(|path| path.is_dir()) {
        let Content { photographs, notes } = content(&path)?;
        all_notes.extend(notes);
        if photographs.is_empty() {
            all_notes.push(Note::NoPhotographs { folder: path });
            continue;
        }
        let id = breed_of_folder(&path);
        if let Some(first) = folders.get(&id) {
            return Err(DatasetError::SameBreed {
                first: first.path.clone(),
                second: path,
            });
        }
        folders.insert(id, Folder { path, photographs });
    }
    Ok((folders, all_notes))
}
