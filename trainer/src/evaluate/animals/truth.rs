//! The animals that are in photographs: boxes out of a file, and heads that people marked.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use recognise::Region;
use recognise::locate::CERTAIN;

use super::super::{EvaluateError, Note};
use super::heads;
use crate::dataset::boxes::{BoxedPhoto, Boxes, Kind, Labelled};
use crate::dataset::{Dataset, Photo, Split, real};

/// Photographs with the animals that are in them.
#[derive(Clone, Debug)]
pub struct Truths {
    /// The photographs. [`Photo::breed`] has no meaning.
    pub photos: Vec<Photo>,
    /// What is in each.
    pub truths: Vec<Truth>,
    /// Persons that are boxed with certainty in photographs without a box of an animal. None is of the dataset, whose
    /// photographs show an animal even where no box says so.
    pub persons: Vec<Person>,
    /// What was left out.
    pub notes: Vec<Note>,
}

/// A person in a photograph.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The photograph.
    pub path: PathBuf,
    /// Where in it the person is.
    pub region: Region,
}

/// The animals in a photograph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    /// Those with a score of at least [`CERTAIN`]; `None` if the file has no box, not even of a person, for the
    /// photograph: then nobody knows what is in it.
    pub animals: Option<Vec<Region>>,
    /// Those with a lower score.
    pub doubtful: Vec<Region>,
    /// Heads that people marked.
    pub heads: Vec<Region>,
}

impl Truths {
    /// Reads a file of boxes, and the dataset's heads if a folder of it has a file `heads.csv`.
    ///
    /// If the file has photographs of the dataset's folders, those of the split count, and no others. If it has none, all
    /// of its photographs count.
    ///
    /// # Errors
    /// When a file cannot be read, or there are no boxes for the photographs of the split.
    pub fn open(file: &Path, dataset: &Dataset, split: Split) -> Result<Self, EvaluateError> {
        let boxes = Boxes::open(file)?;
        let notes = boxes.notes.into_iter().map(Note::Boxes);
        let (mut heads, mut unread) = (heads::Heads::new(), Vec::new());
        for root in dataset.roots() {
            let (of_root, note) = heads::read(&root.join("heads.csv"))?;
            heads.extend(of_root);
            unread.extend(note);
        }
        let by_path: HashMap<PathBuf, &BoxedPhoto> = (boxes.photos.iter())
            .map(|boxed| (real(&boxed.path), boxed))
            .collect();
        let mut truths = Self {
            photos: Vec::new(),
            truths: Vec::new(),
            persons: Vec::new(),
            notes: notes.chain(unread).collect(),
        };
        for photo in dataset.split(split) {
            let boxed = by_path.get(&real(&photo.path));
            let mut truth = boxed.map(|boxed| Truth::of(boxed)).unwrap_or_default();
            let name = photo.path.file_stem().unwrap_or_default();
            let of_photo = heads.remove(&*name.to_string_lossy());
            truth.heads = of_photo.unwrap_or_default();
            if truth.animals.is_some() || !truth.heads.is_empty() {
                truths.photos.push(photo.clone());
                truths.truths.push(truth);
            }
        }
        let roots: Vec<PathBuf> = dataset.roots().map(real).collect();
        let is_of_data = |path: &PathBuf| roots.iter().any(|root| path.starts_with(root));
        let elsewhere = (by_path.iter()).filter(|(path, _)| !is_of_data(path));
        truths.persons = elsewhere.flat_map(|(_, boxed)| persons(boxed)).collect();
        truths.persons.sort_by(|a, b| a.path.cmp(&b.path));
        if !by_path.keys().any(is_of_data) {
            let photos = boxes.photos.iter().map(|boxed| Photo {
                path: boxed.path.clone(),
                breed: 0,
            });
            truths.photos.extend(photos);
            truths.truths.extend(boxes.photos.iter().map(Truth::of));
        }
        if truths.truths.iter().all(|truth| truth.animals.is_none()) {
            return Err(EvaluateError::NoBoxes {
                file: file.to_owned(),
                split,
                root: dataset.name(),
            });
        }
        Ok(truths)
    }

    /// The largest animal of each photograph that has one.
    pub fn largest(&self) -> HashMap<&Path, Region> {
        let truths = self.photos.iter().zip(&self.truths);
        truths
            .filter_map(|(photo, truth)| {
                let animals = truth.animals.iter().flatten().copied();
                let largest = animals.max_by(|a, b| a.area().total_cmp(&b.area()))?;
                Some((photo.path.as_path(), largest))
            })
            .collect()
    }
}

impl Truth {
    fn of(boxed: &BoxedPhoto) -> Self {
        let animals =
            (boxed.boxes.iter()).filter(|labelled| matches!(labelled.kind, Kind::Cat | Kind::Dog));
        let (certain, doubtful): (Vec<&Labelled>, Vec<&Labelled>) =
            animals.partition(|labelled| labelled.score >= CERTAIN);
        Self {
            animals: Some(certain.iter().map(|labelled| labelled.region).collect()),
            doubtful: doubtful.iter().map(|labelled| labelled.region).collect(),
            heads: Vec::new(),
        }
    }
}

/// The persons in a photograph without animals; none in one with animals.
fn persons(boxed: &BoxedPhoto) -> Vec<Person> {
    let mut boxes = boxed.boxes.iter();
    if boxes.any(|labelled| labelled.kind.species().is_some()) {
        return Vec::new();
    }
    let certain = (boxed.boxes.iter()).filter(|labelled| labelled.score >= CERTAIN);
    let person = |labelled: &Labelled| Person {
        path: boxed.path.clone(),
        region: labelled.region,
    };
    certain.map(person).collect()
}
