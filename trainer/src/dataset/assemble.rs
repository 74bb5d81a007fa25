//! Makes a dataset of the photographs that a folder or a table lists.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem::take;
use std::path::{Path, PathBuf};

use recognise::metadata::Breed;
use recognise::printable;

use super::declared::Declared;
use super::error::not_a_dataset;
use super::species::{Said, species_of_breeds};
use super::split::{Together, test_of};
use super::{Dataset, DatasetError, Missing, Note, Photo, Sides, Split};

/// What a photograph is for, where its folder or its table says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Train,
    Validation,
    Test,
}

impl Side {
    /// The side with this name of a folder or in a table, in small or capital letters. fastai and Roboflow call the one to
    /// validate on `valid`, Keras calls it `validation`.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "train" => Some(Self::Train),
            "val" | "valid" | "validation" => Some(Self::Validation),
            "test" => Some(Self::Test),
            _ => None,
        }
    }

    fn split(self) -> Split {
        match self {
            Self::Train | Self::Validation => Split::Trainval,
            Self::Test => Split::Test,
        }
    }
}

/// A photograph as it is listed.
pub(super) struct Listed {
    pub(super) path: PathBuf,
    /// The id of the breed.
    pub(super) breed: String,
    pub(super) side: Option<Side>,
    /// The animal, if it is known.
    pub(super) animal: Option<String>,
}

/// What a folder or a table holds.
pub(super) struct Draft {
    /// The folder.
    pub(super) root: PathBuf,
    pub(super) declared: Declared,
    /// The breeds by id, with what says their species.
    pub(super) said: BTreeMap<String, Vec<Said>>,
    pub(super) photographs: Vec<Listed>,
    /// Photographs that are listed but not there.
    pub(super) missing: Vec<Listed>,
    pub(super) unlisted: Vec<PathBuf>,
    pub(super) notes: Vec<Note>,
}

impl Draft {
    /// The dataset, with the species that folder, table and `breeds.toml` say.
    pub(super) fn into_dataset(mut self) -> Result<Dataset, DatasetError> {
        let mut without = Vec::new();
        for (id, species) in &self.declared.species {
            match self.said.get_mut(id) {
                Some(said) => said.push(Said {
                    species: *species,
                    by: printable(&self.declared.file),
                }),
                None => without.push(id.clone()),
            }
        }
        let note = Note::on_unused_breeds(&self.declared.file, without);
        self.notes.extend(note);
        let breeds = species_of_breeds(&self.root, &self.said)?;
        self.with_breeds(breeds)
    }

    /// The dataset with these breeds: all that are listed, sorted by id.
    pub(super) fn with_breeds(self, breeds: Vec<Breed>) -> Result<Dataset, DatasetError> {
        let is_said = self.is_split()?;
        let places: HashMap<String, usize> = (breeds.iter().enumerate())
            .map(|(place, breed)| (breed.id.to_string(), place))
            .collect();
        let photo = |listed: &Listed| Photo {
            path: listed.path.clone(),
            breed: places.get(&listed.breed).copied().unwrap_or_default(),
        };
        let of_split = |split: Split| -> Vec<Photo> {
            let side = |listed: &&Listed| listed.side.map_or(Split::Trainval, Side::split);
            let listed = self.photographs.iter().filter(|it| side(it) == split);
            let mut photos: Vec<Photo> = listed.map(photo).collect();
            photos.sort_by(|a, b| (a.breed, &a.path).cmp(&(b.breed, &b.path)));
            photos
        };
        let validated = self.photographs.iter();
        let validated = validated.filter(|it| it.side == Some(Side::Validation));
        let validation: HashSet<PathBuf> = validated.map(|it| it.path.clone()).collect();
        let missing = self.missing.iter().map(|listed| Missing {
            photo: photo(listed),
            split: listed.side.map_or(Split::Trainval, Side::split),
        });
        let mut dataset = Dataset {
            trainval: of_split(Split::Trainval),
            test: of_split(Split::Test),
            missing: missing.collect(),
            sides: Sides {
                together: together(&self.photographs),
                ..Sides::default()
            },
            root: self.root,
            joined: Vec::new(),
            breeds,
            unlisted: self.unlisted,
            notes: self.notes,
            declared: self.declared,
        };
        if is_said {
            dataset.sides.test_said = dataset.paths();
        }
        if !validation.is_empty() {
            dataset.sides.validation_said = dataset.paths();
        }
        dataset.sides.validation = validation;
        dataset.choose_test();
        Ok(dataset)
    }

    /// Whether it says which photographs are for what.
    fn is_split(&self) -> Result<bool, DatasetError> {
        let sides = || self.photographs.iter().map(|listed| listed.side);
        if sides().all(|side| side.is_none()) {
            return Ok(false);
        }
        if sides().any(|side| side.is_none()) {
            let why = "some folders of breeds are in train/, val/ and test/, and others are not";
            return Err(not_a_dataset(&self.root, why));
        }
        if sides().all(|side| side != Some(Side::Train)) {
            let why = "it has photographs to validate or to test on, but none in train";
            return Err(not_a_dataset(&self.root, why));
        }
        Ok(true)
    }
}

/// Keeps the photographs of each animal together. A name stands for one animal of each breed.
fn together(photographs: &[Listed]) -> Together {
    let mut together = Together::default();
    let mut first: HashMap<(&str, &str), &Path> = HashMap::new();
    for listed in photographs {
        let Some(animal) = &listed.animal else {
            continue;
        };
        let animal = (listed.breed.as_str(), animal.as_str());
        together.tie(first.entry(animal).or_insert(&listed.path), &listed.path);
    }
    together
}

impl Dataset {
    /// Chooses the photographs to test on among those of which nothing says whether they are.
    pub(super) fn choose_test(&mut self) {
        if !self.chooses_test() {
            return;
        }
        let (trainval, test) = (take(&mut self.trainval), take(&mut self.test));
        let Sides {
            test_said,
            together,
            own_ids,
            ..
        } = &self.sides;
        let is_said = |photo: &Photo| test_said.contains(&photo.path);
        let said_to_test = test.iter().filter(|photo| is_said(photo));
        let said_to_test: HashSet<PathBuf> = said_to_test.map(|it| it.path.clone()).collect();
        let (said, mut photos): (Vec<Photo>, Vec<Photo>) =
            trainval.into_iter().chain(test).partition(is_said);
        photos.sort_by(|a, b| (a.breed, &a.path).cmp(&(b.breed, &b.path)));
        photos.extend(said);
        let said = |path: &Path| {
            let is_said = test_said.contains(path);
            is_said.then(|| said_to_test.contains(path))
        };
        let breed = |photo: &Photo| {
            let own = own_ids.get(&photo.path);
            own.unwrap_or(&self.breeds[photo.breed].id).as_str()
        };
        let chosen = test_of(&photos, together, said, breed);
        (self.test, self.trainval) = photos
            .into_iter()
            .partition(|photo| chosen.contains(&photo.path));
    }
}
