//! The detector's side of a quantisation: what it is calibrated on, and how f32 and int8 agree.

use std::collections::HashMap;
use std::path::PathBuf;

use image::RgbImage;
use image::imageops::{self, FilterType};
use indicatif::ProgressBar;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recognise::locate::CERTAIN;
use recognise::metadata::Animals;
use recognise::photo::PhotoError;
use recognise::{EngineError, Recogniser, Region};

use super::float::Network;
use super::input::Photos;
use super::part::Part;
use super::{DetectorRun, QuantiseError};
use crate::dataset::boxes::{Boxes, Labelled};
use crate::dataset::{Photo, read_each, real};
use crate::detect;
use crate::evaluate::EvaluateError;
use crate::metrics::mean;
use crate::net;

/// An animal is found if a box has at least this intersection over union with it.
const OVERLAP: f32 = 0.5;
/// Scenes are the same in every quantisation.
const SCENE_SEED: u64 = 2;
/// Width and height of a photograph in a scene, as a share of the scene's.
const SMALL: std::ops::Range<f32> = 0.3..0.6;

/// A trained detector, and the validation photographs that show animals.
pub(super) struct Detector {
    data: PathBuf,
    pub(super) network: net::Detector,
    pub(super) animals: Animals,
    photos: Vec<Photo>,
    /// The animals of each photograph.
    labels: Vec<Vec<Region>>,
}

/// f32 and int8 detectors on the same photographs.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Photographs that show animals and could be read.
    pub images: usize,
    /// Share of the labelled animals that the f32 detector and the int8 detector find, 0 to 1.
    pub recall: [f64; 2],
    /// Share of photographs in which both find the same number of animals, 0 to 1.
    pub same_number: f64,
    /// Mean over what the f32 detector finds: intersection over union with the nearest that the int8 detector finds, 0
    /// to 1. `None` if the f32 detector finds nothing.
    pub overlap: Option<f64>,
}

impl Detector {
    /// Reads the run and the boxes of the validation photographs.
    pub(super) fn open(files: &DetectorRun, photos: &Photos) -> Result<Self, QuantiseError> {
        let finished = detect::finished(&files.run)?;
        let boxes = animals_by_path(Boxes::open(&files.boxes)?);
        let labelled = photos.validation.iter().filter_map(|photo| {
            let animals = boxes.get(&real(&photo.path))?;
            Some((photo.clone(), animals.clone()))
        });
        let (labelled, labels): (Vec<_>, Vec<_>) = labelled.unzip();
        if labels.is_empty() {
            return Err(QuantiseError::NoAnimals {
                boxes: files.boxes.clone(),
                data: photos.data.clone(),
            });
        }
        Ok(Self {
            data: photos.data.clone(),
            network: finished.detector,
            animals: finished.animals,
            photos: labelled,
            labels,
        })
    }

    /// How many photographs [`Detector::compare`] reads.
    pub(super) fn steps(&self) -> usize {
        self.photos.len()
    }

    /// The detector, to be calibrated on photographs as they are and in scenes, by turns: activations take other values
    /// where an animal fills the frame than where it is small.
    pub(super) fn part(&self, photos: &[RgbImage]) -> Result<Part, QuantiseError> {
        let mut rng = ChaCha8Rng::seed_from_u64(SCENE_SEED);
        let frames = photos.iter().enumerate().map(|(index, photo)| {
            if index.is_multiple_of(2) {
                photo.clone()
            } else {
                scene(photo, &mut rng)
            }
        });
        let frames: Vec<RgbImage> = frames.collect();
        let network = Network::of_detector(&self.network)?;
        Ok(Part::of_detector(network, &self.animals.input, &frames))
    }

    /// Compares what the f32 bundle and the int8 bundle find in the photographs, on all cores; adds those that cannot be
    /// read to `unreadable`.
    pub(super) fn compare(
        &self,
        recognisers: [&Recogniser; 2],
        bar: &ProgressBar,
        unreadable: &mut Vec<PhotoError>,
    ) -> Result<Found, EvaluateError> {
        let (rows, failed) = read_each(&self.photos, bar, |index, photo, picture| {
            let [exact, actual] = recognisers.map(|recogniser| certain(recogniser, &picture));
            let row = exact.and_then(|exact| Ok((index, [exact, actual?])));
            row.map_err(|source| EvaluateError::Recognise {
                path: photo.path.clone(),
                source,
            })
        })?;
        unreadable.extend(failed);
        if rows.is_empty() {
            return Err(EvaluateError::NoPhotographs {
                what: "the validation split that shows animals".to_owned(),
                root: self.data.clone(),
            });
        }
        let recall = [0, 1].map(|which: usize| {
            let animals = rows.iter().flat_map(|(index, found)| {
                let labels = self.labels[*index].iter();
                labels.map(move |&animal| nearest(animal, &found[which]) >= OVERLAP)
            });
            share(animals)
        });
        let same_number = rows.iter();
        let same_number = same_number.map(|(_, [exact, actual])| exact.len() == actual.len());
        let overlap = mean(rows.iter().flat_map(|(_, [exact, actual])| {
            let exact = exact.iter();
            exact.map(move |&animal| f64::from(nearest(animal, actual)))
        }));
        Ok(Found {
            images: rows.len(),
            recall,
            same_number: share(same_number),
            overlap: (!overlap.is_nan()).then_some(overlap),
        })
    }
}

/// The share of those that hold.
fn share(holds: impl Iterator<Item = bool>) -> f64 {
    mean(holds.map(|holds| f64::from(u8::from(holds))))
}

/// The animals that the list is sure of, by photograph.
fn animals_by_path(boxes: Boxes) -> HashMap<PathBuf, Vec<Region>> {
    let mut by_path = HashMap::new();
    for photo in boxes.photos {
        let is_animal = |label: &&Labelled| label.kind.species().is_some();
        let animals = photo.boxes.iter().filter(is_animal);
        let sure = animals.filter(|label| label.score >= CERTAIN);
        let animals: Vec<Region> = sure.map(|label| label.region).collect();
        if !animals.is_empty() {
            by_path.insert(real(&photo.path), animals);
        }
    }
    by_path
}

/// The regions of animals that are found with certainty.
fn certain(recogniser: &Recogniser, picture: &RgbImage) -> Result<Vec<Region>, EngineError> {
    let found = recogniser.locate(picture)?.into_iter();
    let certain = found.filter(|detection| detection.score >= CERTAIN);
    Ok(certain.map(|detection| detection.region).collect())
}

/// The largest intersection over union of a region with one of the others; 0 if there are none.
fn nearest(region: Region, others: &[Region]) -> f32 {
    let overlaps = others.iter().map(|&other| region.iou(other));
    overlaps.fold(0.0, f32::max)
}

/// The photograph small on a background of its own colours, all of the photograph's size.
fn scene(photo: &RgbImage, rng: &mut ChaCha8Rng) -> RgbImage {
    let (width, height) = photo.dimensions();
    let blurred = imageops::resize(photo, 3, 3, FilterType::Triangle);
    let mut scene = imageops::resize(&blurred, width, height, FilterType::Triangle);
    let share = rng.random_range(SMALL);
    let [small_width, small_height] =
        [width, height].map(|side| ((side as f32 * share) as u32).max(1));
    let small = imageops::resize(photo, small_width, small_height, FilterType::Triangle);
    let x = rng.random_range(0..=width - small_width);
    let y = rng.random_range(0..=height - small_height);
    imageops::replace(&mut scene, &small, i64::from(x), i64::from(y));
    scene
}
