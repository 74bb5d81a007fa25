//! Measures how well a bundle finds the animals in photographs, against boxes and against heads that people marked.

mod heads;
mod matching;
mod truth;

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use recognise::locate::CERTAIN;
use recognise::photo::PhotoError;
use recognise::{Detection, Recogniser, Region};
use serde::Serialize;

use super::EvaluateError;
use crate::dataset::read_each;
use crate::metrics::average_precision;

pub use matching::{Match, matches};
pub use truth::{Person, Truth, Truths};

pub(super) use matching::{contains, share_inside};

/// The least share of a head that lies inside of an animal that is found with it.
const HEAD: f32 = 0.8;

/// How well cats and dogs are found. Which of the two an animal is does not count.
///
/// Boxes with a score below [`CERTAIN`] are doubtful: it is no mistake to find such an animal, and none to miss it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AnimalFigures {
    /// Number of photographs with boxes that could be read.
    pub images: usize,
    /// Share of animals that are found with certainty, with an intersection over union of at least 0.5, 0 to 1. NaN if
    /// there are none.
    pub recall50: f64,
    /// Share of right ones among what is found with certainty, 0 to 1. NaN if nothing is found.
    pub precision50: f64,
    /// Average precision at an intersection over union of 0.5, 0 to 1, over all that is found, with certainty or not.
    pub ap50: f64,
    /// Number of heads that people marked, if the dataset has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heads: Option<usize>,
    /// Share of heads whose centre and 80 % of whose area are inside an animal that is found with certainty, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heads_inside: Option<f64>,
}

/// A photograph with the animals that are found in it with certainty, and those that are not.
#[derive(Clone, Debug, PartialEq)]
pub struct Boxed {
    /// The photograph.
    pub path: PathBuf,
    /// What is found, and is an animal.
    pub right: Vec<Region>,
    /// What is found, and is no animal or not all of it.
    pub wrong: Vec<Region>,
    /// Animals that are not found.
    pub missed: Vec<Region>,
}

/// The result of measuring how well animals are found.
#[derive(Debug)]
pub struct Measured {
    /// The figures.
    pub figures: AnimalFigures,
    /// The photographs with boxes.
    pub boxed: Vec<Boxed>,
    /// Photographs that could not be read. They count in no figure.
    pub unreadable: Vec<PhotoError>,
}

/// Measures how well the recogniser's bundle finds the animals of `truths`, on all cores. A bundle without a detector
/// finds none.
///
/// `progress` advances by one for each photograph.
///
/// # Errors
/// When the network fails.
pub fn animals(
    recogniser: &Recogniser,
    truths: &Truths,
    progress: &ProgressBar,
) -> Result<Measured, EvaluateError> {
    progress.set_length(truths.photos.len() as u64);
    let (read, unreadable) = read_each(&truths.photos, progress, |index, photo, picture| {
        let found = recogniser
            .locate(&picture)
            .map_err(|source| EvaluateError::of_engine(&photo.path, source))?;
        Ok::<_, EvaluateError>((index, found))
    })?;
    let mut sums = Sums::default();
    let mut boxed = Vec::new();
    for (index, found) in read {
        let (photo, truth) = (&truths.photos[index], &truths.truths[index]);
        sums.add_heads(&found, &truth.heads);
        if let Some(animals) = &truth.animals {
            boxed.push(sums.add(&photo.path, &found, animals, &truth.doubtful));
        }
    }
    let with_heads = truths.truths.iter().any(|truth| !truth.heads.is_empty());
    Ok(Measured {
        figures: sums.figures(with_heads),
        boxed,
        unreadable,
    })
}

/// Counts over photographs.
#[derive(Default)]
struct Sums {
    images: usize,
    animals: usize,
    /// Animals found with certainty.
    right: usize,
    /// All that is found with certainty and not doubtful.
    certain: usize,
    /// The score of all that is found and not doubtful, and whether it is an animal.
    scored: Vec<(f32, bool)>,
    heads: usize,
    heads_inside: usize,
}

impl Sums {
    fn add(
        &mut self,
        path: &Path,
        found: &[Detection],
        animals: &[Region],
        doubtful: &[Region],
    ) -> Boxed {
        let mut boxed = Boxed {
            path: path.to_owned(),
            right: Vec::new(),
            wrong: Vec::new(),
            missed: Vec::new(),
        };
        let mut is_missed = vec![true; animals.len()];
        for (detection, matched) in found.iter().zip(matches(found, animals, doubtful)) {
            let is_certain = detection.score >= CERTAIN;
            let is_right = match matched {
                Match::Animal(animal) => {
                    is_missed[animal] = !is_certain;
                    true
                }
                Match::Doubtful => continue,
                Match::Nothing => false,
            };
            self.scored.push((detection.score, is_right));
            if is_certain {
                let found = if is_right {
                    &mut boxed.right
                } else {
                    &mut boxed.wrong
                };
                found.push(detection.region);
            }
        }
        let missed = animals.iter().zip(is_missed);
        boxed.missed = missed
            .filter_map(|(&animal, is_missed)| is_missed.then_some(animal))
            .collect();
        self.images += 1;
        self.animals += animals.len();
        self.right += boxed.right.len();
        self.certain += boxed.right.len() + boxed.wrong.len();
        boxed
    }

    fn add_heads(&mut self, found: &[Detection], heads: &[Region]) {
        let certain = found.iter().filter(|detection| detection.score >= CERTAIN);
        let certain: Vec<Region> = certain.map(|detection| detection.region).collect();
        let is_inside = |&&head: &&Region| {
            certain.iter().any(|&animal| {
                contains(animal, head.centre()) && share_inside(head, animal) >= HEAD
            })
        };
        self.heads += heads.len();
        self.heads_inside += heads.iter().filter(is_inside).count();
    }

    fn figures(&self, with_heads: bool) -> AnimalFigures {
        let share = |some: usize, all: usize| some as f64 / all as f64;
        AnimalFigures {
            images: self.images,
            recall50: share(self.right, self.animals),
            precision50: share(self.right, self.certain),
            ap50: average_precision(&self.scored, self.animals),
            heads: with_heads.then_some(self.heads),
            heads_inside: with_heads.then(|| share(self.heads_inside, self.heads)),
        }
    }
}
