//! Chooses the animals and persons that films of the entrance show.

use std::path::Path;

use image::RgbImage;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use recognise::Region;
use recognise::photo::{self, PhotoError};

use super::part::Part;
use crate::dataset::Photo;
use crate::evaluate::animals::Truths;

/// The least height of a person's box, as a share of the photograph's: of less, an enlarged one would be a blur.
const LEAST_HEIGHT: f32 = 0.6;
/// The least width of such a box: a person who is cut off at the side hides nothing.
const LEAST_WIDTH: f32 = 0.25;

/// An animal or a person in a photograph.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) path: &'a Path,
    region: Region,
    /// The breed of an animal; it has no meaning for a person.
    pub(super) breed: usize,
}

/// All that can be chosen.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    animals: Vec<Subject<'a>>,
    persons: Vec<Subject<'a>>,
}

impl<'a> Choice<'a> {
    /// The animals of these photographs, and the persons that stand in the table of boxes. Where the table has no box
    /// for any of the photographs, whole photographs stand for their animals.
    pub(super) fn new(photos: &'a [Photo], truths: Option<&'a Truths>) -> Self {
        let boxes = truths.map(Truths::largest).unwrap_or_default();
        let animal = |photo: &'a Photo, region: Region| Subject {
            path: &photo.path,
            region,
            breed: photo.breed,
        };
        let boxed = photos.iter().filter_map(|photo| {
            let &region = boxes.get(photo.path.as_path())?;
            Some(animal(photo, region))
        });
        let mut animals: Vec<Subject> = boxed.collect();
        if animals.is_empty() {
            let whole = photos.iter().map(|photo| animal(photo, Region::WHOLE));
            animals = whole.collect();
        }
        let persons = truths.iter().flat_map(|truths| &truths.persons);
        let upright = persons.filter(|person| {
            let region = person.region;
            let [across, down] = [region.width(), region.height()];
            across >= LEAST_WIDTH && down >= LEAST_HEIGHT && down > across
        });
        let persons = upright.map(|person| Subject {
            path: &person.path,
            region: person.region,
            breed: 0,
        });
        Self {
            animals,
            persons: persons.collect(),
        }
    }

    /// Two animals of different breeds; `None` if all are of one.
    pub(super) fn two_animals(&self, rng: &mut ChaCha8Rng) -> Option<[Subject<'a>; 2]> {
        let one = self.animal(rng)?;
        let others = self.animals.iter().filter(|it| it.breed != one.breed);
        let others: Vec<&Subject> = others.collect();
        let &&other = others.choose(rng)?;
        Some([one, other])
    }

    /// An animal; `None` if there are none.
    pub(super) fn animal(&self, rng: &mut ChaCha8Rng) -> Option<Subject<'a>> {
        self.animals.choose(rng).copied()
    }

    /// A person; `None` if there are none.
    pub(super) fn person(&self, rng: &mut ChaCha8Rng) -> Option<Subject<'a>> {
        self.persons.choose(rng).copied()
    }
}

impl Subject<'_> {
    /// Reads the photograph.
    pub(super) fn open(&self) -> Result<RgbImage, PhotoError> {
        photo::open(self.path)
    }

    /// The subject in its photograph.
    pub(super) fn part<'a>(&self, picture: &'a RgbImage) -> Part<'a> {
        Part {
            picture,
            region: self.region,
        }
    }
}
