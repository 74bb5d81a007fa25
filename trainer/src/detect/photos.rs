//! The photographs of a run by their purpose. Those of the dataset's test split are never among them.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use recognise::locate::suppress;
use recognise::metadata::Species;
use recognise::photo::{self, PhotoError};
use recognise::{Detection, Region, vocabulary};

use super::scenes::{Animal, Scene};
use super::{DetectError, Options};
use crate::dataset::boxes::{BoxedPhoto, Boxes, Labelled};
use crate::dataset::{Dataset, Note, Photo, carve, digest, entries, identical, photographs, real};
use crate::train::{SPLIT_SEED, warn};

/// Boxes with a lower score are not sure: they count neither as an animal nor as none.
const SURE: f32 = 0.4;
/// The share of the photographs that is used for validation.
const VALIDATION: f64 = 0.1;

/// A photograph with the animals in it, at least one of them sure.
pub(super) struct Photograph {
    path: PathBuf,
    animals: Vec<Animal>,
}

impl Photograph {
    /// Reads the picture.
    pub(super) fn open(&self) -> Result<Scene, PhotoError> {
        Ok(Scene {
            picture: photo::open(&self.path)?,
            animals: self.animals.clone(),
        })
    }
}

/// The photographs of a run.
#[derive(Default)]
pub(super) struct Photos {
    /// Photographs of animals to train on.
    pub(super) train: Vec<Photograph>,
    /// Photographs of animals to validate on.
    pub(super) validation: Vec<Photograph>,
    /// Persons in photographs to train on that no box of an animal meets: the photograph's index, and where.
    pub(super) persons: Vec<(usize, Region)>,
    /// Photographs without an animal to train on.
    pub(super) negatives: Vec<PathBuf>,
    /// Photographs without an animal to validate on.
    pub(super) validation_negatives: Vec<PathBuf>,
    /// Identifies the photographs and their boxes.
    pub(super) digest: String,
    left_out: LeftOut,
}

/// How many photographs are not used, by reason.
#[derive(Default)]
struct LeftOut {
    /// Of the dataset's test split.
    test: usize,
    /// With boxes, but in none of the folders of the run.
    elsewhere: usize,
    /// Of the dataset's other photographs, without a sure box of an animal.
    without_animal: usize,
    /// In a folder of negatives, but with an animal or of the dataset.
    no_negatives: usize,
}

/// What is known about the dataset's photographs, by path.
enum Role {
    Train(Species),
    Validation(Species),
    Test,
}

/// Lists the photographs of a run. Says on stderr what their owner may not expect. `bar` counts those that are compared,
/// and is reset.
pub(super) fn photos(options: &Options, bar: &ProgressBar) -> Result<Photos, DetectError> {
    let mut dataset = options.data.open()?;
    dataset.keep_together(bar);
    let boxes = Boxes::open(&options.boxes)?;
    let notes = dataset.notes.iter().chain(&boxes.notes);
    notes.for_each(warn);
    Note::on_missing(&dataset).iter().for_each(warn);
    let pairs = identical(&dataset.trainval, &dataset.test);
    Note::on_identical(pairs).iter().for_each(warn);

    let roles = roles(&dataset);
    let extra: Vec<PathBuf> = options.extra.iter().map(|folder| real(folder)).collect();
    let mut photos = Photos::default();
    let mut with_animal = HashSet::new();
    for boxed in &boxes.photos {
        let path = real(&boxed.path);
        if boxed.boxes.iter().any(|it| it.kind.species().is_some()) {
            with_animal.insert(path.clone());
        }
        match roles.get(&path) {
            Some(Role::Train(species)) => photos.add(boxed, Some(*species)),
            Some(Role::Validation(species)) => {
                let animals = animals(boxed, Some(*species));
                let path = boxed.path.clone();
                if animals.iter().any(|animal| animal.is_sure) {
                    photos.validation.push(Photograph { path, animals });
                }
            }
            Some(Role::Test) => photos.left_out.test += 1,
            None if extra.iter().any(|folder| path.starts_with(folder)) => {
                photos.add(boxed, species_of_folder(&path));
            }
            None => photos.left_out.elsewhere += 1,
        }
    }
    let used = photos.train.iter().chain(&photos.validation);
    let used: HashSet<PathBuf> = used.map(|photo| real(&photo.path)).collect();
    let unused = roles
        .iter()
        .filter(|(path, role)| !matches!(role, Role::Test) && !used.contains(*path));
    photos.left_out.without_animal = unused.count();
    for folder in &options.negatives {
        let known = |path: &Path| {
            let path = real(path);
            with_animal.contains(&path) || roles.contains_key(&path)
        };
        photos.add_negatives(folder, known)?;
    }
    if photos.train.is_empty() || photos.validation.is_empty() {
        return Err(DetectError::TooFew {
            boxes: options.boxes.clone(),
            data: options.data.name(),
            train: photos.train.len(),
            validation: photos.validation.len(),
        });
    }
    photos.digest = photos.digest(&boxes.digest);
    Ok(photos)
}

impl Photos {
    /// Adds a photograph to train on. If the species of its animals is known, that counts, not the one of the boxes.
    fn add(&mut self, boxed: &BoxedPhoto, species: Option<Species>) {
        let animals = animals(boxed, species);
        if !animals.iter().any(|animal| animal.is_sure) {
            return;
        }
        let index = self.train.len();
        let persons = boxed.boxes.iter().filter(|it| it.kind.species().is_none());
        let alone = persons
            .filter(|person| person.score >= SURE)
            .filter(|person| {
                let mut animals = animals.iter();
                animals.all(|animal| animal.region.iou(person.region) == 0.0)
            });
        self.persons
            .extend(alone.map(|person| (index, person.region)));
        self.train.push(Photograph {
            path: boxed.path.clone(),
            animals,
        });
    }

    /// Adds the photographs in a folder, and in the folders in it, but for those that are `known` to show an animal.
    fn add_negatives(
        &mut self,
        folder: &Path,
        known: impl Fn(&Path) -> bool,
    ) -> Result<(), DetectError> {
        let mut paths = photographs(folder)?;
        for inner in entries(folder)?.iter().filter(|path| path.is_dir()) {
            paths.extend(photographs(inner)?);
        }
        let listed = paths.len();
        paths.retain(|path| !known(path));
        self.left_out.no_negatives += listed - paths.len();
        if paths.is_empty() {
            return Err(DetectError::NoNegatives(folder.to_owned()));
        }
        let photo = |path| Photo { path, breed: 0 };
        let photos: Vec<Photo> = paths.into_iter().map(photo).collect();
        let (train, validation) = carve(&photos, 1, VALIDATION, SPLIT_SEED);
        self.negatives.extend(train.into_iter().map(|it| it.path));
        self.validation_negatives
            .extend(validation.into_iter().map(|it| it.path));
        Ok(())
    }

    /// Identifies the photographs by purpose, and the content of the table of boxes.
    fn digest(&self, boxes: &str) -> String {
        let of_animals = [&self.train, &self.validation].map(|photos| {
            let paths = photos.iter().map(|photo| photo.path.clone());
            paths.collect::<Vec<PathBuf>>()
        });
        let [train, validation] = of_animals;
        let parts = [
            train,
            validation,
            self.negatives.clone(),
            self.validation_negatives.clone(),
        ];
        let parts = parts.into_iter().enumerate();
        let photos = parts.flat_map(|(breed, paths)| {
            let photos = paths.into_iter();
            photos.map(move |path| Photo { path, breed })
        });
        let photos: Vec<Photo> = photos.collect();
        format!("{}-{boxes}", digest(photos.iter()))
    }
}

impl fmt::Display for Photos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LeftOut {
            test,
            elsewhere,
            without_animal,
            no_negatives,
        } = self.left_out;
        write!(
            f,
            "{} photographs of animals to train on and {} to validate on, {} and {} without an animal; not used: {test} \
             of the test split, {without_animal} without a sure box of an animal, {elsewhere} in no folder of this run, \
             {no_negatives} that were to show no animal and do",
            self.train.len(),
            self.validation.len(),
            self.negatives.len(),
            self.validation_negatives.len(),
        )
    }
}

/// The dataset's photographs by path. The validation split is that of `trainer train`.
fn roles(dataset: &Dataset) -> HashMap<PathBuf, Role> {
    let breeds = &dataset.breeds;
    let (train, validation) = dataset.carve(&dataset.trainval, VALIDATION, SPLIT_SEED);
    let mut roles = HashMap::new();
    for photo in train {
        let species = breeds[photo.breed].species;
        roles.insert(real(&photo.path), Role::Train(species));
    }
    for photo in validation {
        let species = breeds[photo.breed].species;
        roles.insert(real(&photo.path), Role::Validation(species));
    }
    // Last: a file that stands in both splits is one to test on.
    for photo in &dataset.test {
        roles.insert(real(&photo.path), Role::Test);
    }
    roles
}

/// The animals in a photograph: of boxes that show the same one, the surest. The species is that of the photograph, if
/// that is known: machines take one in twelve of the dataset's animals for one of the other species.
fn animals(boxed: &BoxedPhoto, species: Option<Species>) -> Vec<Animal> {
    let detection = |label: &Labelled| {
        let labelled = label.kind.species()?;
        Some(Detection {
            region: label.region,
            species: species.unwrap_or(labelled),
            score: label.score,
        })
    };
    let detections = boxed.boxes.iter().filter_map(detection).collect();
    let animal = |detection: Detection| Animal {
        region: detection.region,
        species: detection.species,
        is_sure: detection.score >= SURE,
    };
    suppress(detections).into_iter().map(animal).collect()
}

/// The species of the breed that a photograph's folder is named after; `None` if it is named otherwise.
fn species_of_folder(path: &Path) -> Option<Species> {
    let folder = path.parent()?.file_name()?.to_string_lossy();
    vocabulary::named(&folder).map(|breed| breed.species)
}
