//! Reads folders with one folder for each breed.

use std::collections::BTreeMap;
use std::mem::take;
use std::path::Path;

use recognise::metadata::{Breed, Species};
use recognise::text::{is_misspelt, key};
use recognise::{printable, vocabulary};

use super::assemble::{Draft, Listed};
use super::declared::Declared;
use super::error::not_a_dataset;
use super::files::entries;
use super::listing::{Found, Listing};
use super::species::{Said, two_species};
use super::wrapper::unwrapped;
use super::{Dataset, DatasetError, Note, Photo};

const NO_PHOTOGRAPHS: &str = "no folder in it holds photographs (JPEG, PNG, WebP or GIF)";

pub(super) fn open(root: &Path) -> Result<Dataset, DatasetError> {
    let declared = Declared::read(root)?;
    let mut listing = Listing::of(root, &declared)?;
    let left_out = leave_out(&mut listing, &declared);
    let mut draft = draft(root, listing, declared)?;
    draft.notes.extend(Note::on_left_out(root, left_out));
    draft.into_dataset()
}

/// Takes out the folders of no breed that a kiosk's `training/` has, unless something says their species. Gives their
/// names, each with its number of photographs.
fn leave_out(listing: &mut Listing, declared: &Declared) -> Vec<(String, usize)> {
    let is_breed = |found: &Found| {
        let is_said = found.said.is_some() || declared.species.contains_key(&found.id);
        is_said || !NO_BREED.contains(&found.id.as_str())
    };
    let (breeds, others): (Vec<Found>, Vec<Found>) =
        take(&mut listing.breeds).into_iter().partition(is_breed);
    listing.breeds = breeds;
    let others = others.into_iter();
    others
        .map(|found| (found.id, found.photographs.len()))
        .collect()
}

/// Lists a folder of pictures that show none of the breeds, with a folder for each kind, or in Oxford's layout. What the
/// dataset says of their species has no meaning.
///
/// # Errors
/// When no folder in it holds photographs, or it cannot be read; in Oxford's layout those of [`Dataset::open`].
pub fn open_kinds(root: &Path) -> Result<Dataset, DatasetError> {
    if !root.is_dir() {
        return Err(not_a_dataset(root, "there is no such folder"));
    }
    if root.join("annotations").is_dir() {
        return Dataset::open(root);
    }
    let draft = draft(root, Listing::flat(root)?, Declared::default())?;
    let kinds = draft.said.keys().map(|kind| Breed {
        id: kind.as_str().into(),
        species: Species::Dog,
    });
    let kinds = kinds.collect();
    draft.with_breeds(kinds)
}

fn draft(root: &Path, listing: Listing, declared: Declared) -> Result<Draft, DatasetError> {
    if listing.breeds.is_empty() {
        return Err(if entries(root)?.is_empty() {
            not_a_dataset(root, "it is empty")
        } else {
            not_a_dataset(root, NO_PHOTOGRAPHS)
        });
    }
    let notes = listing.notes(root);
    let (mut said, mut photographs) = (BTreeMap::<String, Vec<Said>>::new(), Vec::new());
    for found in listing.breeds {
        let Found { id, side, .. } = found;
        said.entry(id.clone()).or_default().extend(found.said);
        photographs.extend(found.photographs.into_iter().map(|path| Listed {
            path,
            breed: id.clone(),
            side,
            animal: None,
        }));
    }
    Ok(Draft {
        root: root.to_owned(),
        declared,
        said,
        photographs,
        missing: Vec::new(),
        unlisted: listing.loose,
        notes,
    })
}

/// Folders of photographs of no breed: those of the kiosk without an animal, and of animals whose breed has no name.
const NO_BREED: [&str; 2] = ["no_animal", "other"];

/// Additional photographs of a dataset's breeds.
#[derive(Clone, Debug)]
pub struct Extra {
    /// The photographs, sorted by folder and name.
    pub photos: Vec<Photo>,
    /// What their owner may not expect.
    pub notes: Vec<Note>,
}

impl Dataset {
    /// Lists additional photographs of the dataset's breeds, such as those that a kiosk collects in `training/`: one
    /// folder for each breed, named as the dataset names it (capital letters do not matter). Folders of other breeds
    /// that the kiosk has a name for, `no_animal` and `other` are left out, with a note.
    ///
    /// # Errors
    /// When the name of a folder is none of these, a folder says that a breed is of another species, a folder cannot be
    /// read, or there is no photograph of a breed of the dataset.
    pub fn extra(&self, root: &Path) -> Result<Extra, DatasetError> {
        if !root.is_dir() {
            return Err(not_a_dataset(root, "there is no such folder"));
        }
        let (root, mut notes) = unwrapped(root)?;
        let root = root.as_path();
        let listing = Listing::of(root, &self.declared)?;
        notes.extend(listing.notes(root));
        let (mut photos, mut left_out) = (Vec::new(), BTreeMap::new());
        let mut found = listing.breeds;
        found.sort_by(|a, b| (&a.id, &a.path).cmp(&(&b.id, &b.path)));
        for found in found {
            if let Some(breed) = self.place_of(&found)? {
                let paths = found.photographs.into_iter();
                photos.extend(paths.map(|path| Photo { path, breed }));
            } else {
                *left_out.entry(found.id).or_insert(0) += found.photographs.len();
            }
        }
        if photos.is_empty() {
            return Err(if left_out.is_empty() {
                not_a_dataset(root, NO_PHOTOGRAPHS)
            } else {
                not_a_dataset(root, "none of its photographs is of a breed of the dataset")
            });
        }
        notes.extend(Note::on_left_out(root, left_out.into_iter().collect()));
        Ok(Extra { photos, notes })
    }

    /// The breed that a folder is of; `None` if it is of none of the dataset but has a reason to be there.
    fn place_of(&self, found: &Found) -> Result<Option<usize>, DatasetError> {
        if found.side.is_some() {
            let folder = found.path.parent().unwrap_or(&found.path);
            let why = "it is split itself: name the folder that holds the breeds of one split";
            return Err(not_a_dataset(folder, why));
        }
        let id = found.id.as_str();
        let place = self.breeds.iter().position(|breed| *breed.id == *id);
        if let Some(breed) = place.map(|place| &self.breeds[place]) {
            let said = found.said.as_ref();
            if let Some(said) = said.filter(|said| said.species != breed.species) {
                let own = Said {
                    species: breed.species,
                    by: printable(&self.name()),
                };
                return Err(two_species(id, said, &own));
            }
        } else if !NO_BREED.contains(&id) && vocabulary::of(id).is_none() {
            return Err(DatasetError::UnknownBreed {
                folder: found.path.clone(),
                breeds: self.breeds.len(),
                nearest: nearest(id, &self.breeds),
            });
        }
        Ok(place)
    }
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
