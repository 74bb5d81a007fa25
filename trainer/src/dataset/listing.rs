//! Lists the folders of breeds in a folder: directly in it or in `Images`, or below `train`, `val` and `test`, below
//! `cat` and `dog`, or below both.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use recognise::printable;

use super::assemble::Side;
use super::declared::{self, Declared};
use super::fetch::{ANNOTATIONS, BOXES};
use super::files::{Content, entries, file_name, holds_photographs};
use super::species::{Said, species_named};
use super::{DatasetError, Note};

/// The name of the folder of all photographs in the Stanford Dogs dataset.
pub(super) const IMAGES: &str = "Images";

/// The names of folders of splits, and of species, as messages say them.
const SIDES: &str = "train, val or test";
const SPECIES: &str = "cat or dog";

/// A folder of photographs of a breed.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// The id of the breed.
    pub(super) id: String,
    /// The photographs, at least one, sorted.
    pub(super) photographs: Vec<PathBuf>,
    /// The split, if it is below a folder of one.
    pub(super) side: Option<Side>,
    /// The species, if it is below a folder of one.
    pub(super) said: Option<Said>,
}

/// The folders of breeds in a folder.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) breeds: Vec<Found>,
    /// Photographs in no folder of a breed.
    pub(super) loose: Vec<PathBuf>,
    hidden: Vec<PathBuf>,
    notes: Vec<Note>,
}

/// What the folders above say.
#[derive(Clone, Default)]
struct Place {
    side: Option<Side>,
    said: Option<Said>,
}

/// The folder of the breeds in the layout of the Stanford Dogs dataset: `Images`, written like this, with folders in it.
/// `None` in any other layout.
pub(super) fn images(root: &Path) -> Result<Option<PathBuf>, DatasetError> {
    // Not by asking for the name: where capital letters do not matter, Oxford's `images` would be taken for it.
    let mut inner = entries(root)?.into_iter();
    let Some(images) = inner.find(|path| path.is_dir() && file_name(path) == IMAGES) else {
        return Ok(None);
    };
    let has_folders = entries(&images)?.iter().any(|path| path.is_dir());
    Ok(has_folders.then_some(images))
}

impl Listing {
    /// Lists a folder, or the folder `Images` in it.
    pub(super) fn of(root: &Path, declared: &Declared) -> Result<Self, DatasetError> {
        let mut listing = Self::default();
        let images = images(root)?;
        let top = images.as_deref().unwrap_or(root);
        listing.walk(top, &Place::default(), declared)?;
        if let Some(images) = &images {
            listing.beside(root, images)?;
        }
        listing.refuse_two_names(declared)?;
        Ok(listing)
    }

    /// Lists a folder whose folders are of one breed or kind each, whatever they are called.
    pub(super) fn flat(root: &Path) -> Result<Self, DatasetError> {
        let (mut listing, declared) = (Self::default(), Declared::default());
        let content = Content::of(root)?;
        for folder in &content.folders {
            listing.breed(folder, &Place::default(), &declared)?;
        }
        listing.refuse_two_names(&declared)?;
        listing.pass_over(root, content);
        Ok(listing)
    }

    /// What the owner of the folder may not expect.
    pub(super) fn notes(&self, root: &Path) -> Vec<Note> {
        let loose = Note::on_loose(root, &self.loose);
        let hidden = Note::on_hidden(root, &self.hidden);
        let notes = self.notes.iter().cloned();
        notes.chain(loose).chain(hidden).collect()
    }

    fn walk(
        &mut self,
        folder: &Path,
        place: &Place,
        declared: &Declared,
    ) -> Result<(), DatasetError> {
        let content = Content::of(folder)?;
        let of_sides = match place.side {
            Some(_) => None,
            None => nested(&content.folders, |name| Side::named(name).is_some())?,
        };
        let of_species = match place.said {
            Some(_) => None,
            None => nested(&content.folders, |name| species_named(name).is_some())?,
        };
        for inner in &content.folders {
            let name = file_name(inner);
            let side = Side::named(&name).filter(|_| of_sides.is_some());
            let species = species_named(&name).filter(|_| of_species.is_some());
            if side.is_none() && species.is_none() {
                let by_side = of_sides.as_deref().map(|beside| (beside, SIDES));
                let by_species = of_species.as_deref().map(|beside| (beside, SPECIES));
                if let Some((beside, names)) = by_side.or(by_species) {
                    refuse_deeper(inner, beside, names)?;
                }
                self.breed(inner, place, declared)?;
                continue;
            }
            let said = species.map(|species| Said {
                species,
                by: printable(inner),
            });
            let place = Place {
                side: side.or(place.side),
                said: said.or_else(|| place.said.clone()),
            };
            let before = self.breeds.len();
            self.walk(inner, &place, declared)?;
            if side.is_some() && self.breeds.len() == before {
                let folder = inner.clone();
                return Err(DatasetError::EmptySplit { folder });
            }
        }
        self.pass_over(folder, content);
        Ok(())
    }

    /// Adds the folder of a breed, unless it has no photograph.
    fn breed(
        &mut self,
        folder: &Path,
        place: &Place,
        declared: &Declared,
    ) -> Result<(), DatasetError> {
        let content = Content::of(folder)?;
        self.notes.extend(content.notes(folder));
        self.hidden.extend(content.hidden);
        if content.photographs.is_empty() {
            let folder = folder.to_owned();
            self.notes.push(Note::NoPhotographs { folder });
            return Ok(());
        }
        self.breeds.push(Found {
            path: folder.to_owned(),
            id: declared.id(&file_name(folder)),
            photographs: content.photographs,
            side: place.side,
            said: place.said.clone(),
        });
        Ok(())
    }

    /// Remembers what a folder above the breeds has besides them.
    fn pass_over(&mut self, folder: &Path, content: Content) {
        let others = content.others.iter();
        let others = others.filter(|path| file_name(path) != declared::FILE);
        self.notes.extend(Note::on_others(folder, others));
        self.loose.extend(content.photographs);
        self.hidden.extend(content.hidden);
    }

    /// Remembers what is beside the folder that has all breeds.
    fn beside(&mut self, root: &Path, images: &Path) -> Result<(), DatasetError> {
        let mut content = Content::of(root)?;
        content.others.retain(|path| file_name(path) != BOXES);
        let others = content.folders.iter();
        let others = others.filter(|path| *path != images && file_name(path) != ANNOTATIONS);
        let note = Note::on_beside(images, others.cloned().collect());
        self.notes.extend(note);
        self.pass_over(root, content);
        Ok(())
    }

    /// Refuses folders of one split whose names differ in capital letters or spaces and mean the same breed, unless
    /// `breeds.toml` has it. Those whose names differ only in how accents are written are one breed.
    fn refuse_two_names(&self, declared: &Declared) -> Result<(), DatasetError> {
        let mut known: HashMap<(Option<Side>, &str), &Path> = HashMap::new();
        for Found { path, id, side, .. } in &self.breeds {
            let first = *known.entry((*side, id.as_str())).or_insert(path.as_path());
            if file_name(first) != file_name(path) && !declared.species.contains_key(id) {
                return Err(DatasetError::SameBreed {
                    first: first.to_owned(),
                    second: path.clone(),
                });
            }
        }
        Ok(())
    }
}

/// The name of the first of these folders whose name is of this kind, and that has folders.
fn nested(
    folders: &[PathBuf],
    is_named: impl Fn(&str) -> bool,
) -> Result<Option<String>, DatasetError> {
    for folder in folders {
        let name = file_name(folder);
        if is_named(&name) && entries(folder)?.iter().any(|it| it.is_dir()) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Refuses a folder that has photographs only in folders of its own. Beside a folder of a split or of a species, it was
/// most likely meant to be another one.
fn refuse_deeper(folder: &Path, beside: &str, names: &'static str) -> Result<(), DatasetError> {
    let is_breed = !Content::of(folder)?.photographs.is_empty();
    if is_breed || !holds_photographs(folder)? {
        return Ok(());
    }
    Err(DatasetError::Unplaced {
        folder: folder.to_owned(),
        beside: beside.to_owned(),
        names,
    })
}
