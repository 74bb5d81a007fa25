//! Measures how well a detector finds animals, on photographs and scenes that it was not trained on.

use candle_core::Result;
use image::RgbImage;
use rayon::prelude::*;
use recognise::locate::{CERTAIN, decode, suppress};
use recognise::photo::PhotoError;
use recognise::{Detection, Region};

use super::loader::{
    validation_negative, validation_negatives, validation_photo, validation_scene,
};
use super::photos::Photos;
use super::recipe::Recipe;
use super::scenes::{Animal, Scene};
use crate::evaluate::animals::{Match, matches};
use crate::metrics::average_precision;
use crate::net::Detector;
use crate::train::loader::preprocessed;

/// Number of pictures validated at a time.
const BATCH: usize = 32;

/// The figures of a detector on the validation split. They count cats and dogs alike.
pub(super) struct Figures {
    /// Share of the animals in photographs that are found with certainty.
    pub(super) recall: f64,
    /// The same in scenes.
    pub(super) scene_recall: f64,
    /// Mean number of animals that are found with certainty in a picture without any.
    pub(super) false_animals: f64,
    /// Average precision over all pictures.
    pub(super) ap50: f64,
}

/// Measures a detector; `None` if no photograph can be read. Also gives why others cannot.
pub(super) fn validate(
    network: &Detector,
    photos: &Photos,
    recipe: &Recipe,
) -> Result<(Option<Figures>, Vec<PhotoError>)> {
    let (counts, unreadable) = count(network, photos, recipe)?;
    let [in_photos, in_scenes, in_others] = &counts;
    if in_photos.animals == 0 {
        return Ok((None, unreadable));
    }
    let figures = Figures {
        recall: in_photos.recall(),
        scene_recall: in_scenes.recall(),
        false_animals: in_others.certain() as f64 / in_others.pictures.max(1) as f64,
        ap50: average_precision(&detections(&counts), animals(&counts)),
    };
    Ok((Some(figures), unreadable))
}

/// The score from which a detection is an animal: that with the greatest F1 measure, the harmonic mean of precision and
/// recall, over all pictures. `None` if no animal is found at all.
pub(super) fn threshold(
    network: &Detector,
    photos: &Photos,
    recipe: &Recipe,
) -> Result<Option<f32>> {
    let (counts, _) = count(network, photos, recipe)?;
    let mut detections = detections(&counts);
    detections.sort_by(|a, b| b.0.total_cmp(&a.0));
    let animals = animals(&counts) as f64;
    let mut right = 0;
    let thresholds = detections.iter().enumerate().map(|(index, &(score, is))| {
        right += usize::from(is);
        (score, 2.0 * right as f64 / (index as f64 + 1.0 + animals))
    });
    let best = thresholds.max_by(|a, b| a.1.total_cmp(&b.1));
    Ok(best.filter(|(_, f1)| *f1 > 0.0).map(|(score, _)| score))
}

/// What is found in photographs, in scenes and in pictures without an animal, and why photographs cannot be read.
fn count(
    network: &Detector,
    photos: &Photos,
    recipe: &Recipe,
) -> Result<([Counts; 3], Vec<PhotoError>)> {
    let number = photos.validation.len();
    let mut counts = <[Counts; 3]>::default();
    let [in_photos, in_scenes, in_others] = &mut counts;
    let unreadable = in_photos.add(network, recipe, number, |index| {
        validation_photo(photos, index)
    })?;
    in_scenes.add(network, recipe, number, |index| {
        validation_scene(photos, index, recipe)
    })?;
    in_others.add(network, recipe, validation_negatives(photos), |index| {
        validation_negative(photos, index, recipe)
    })?;
    Ok((counts, unreadable))
}

fn detections(counts: &[Counts]) -> Vec<(f32, bool)> {
    let all = counts.iter().flat_map(|it| &it.detections);
    all.copied().collect()
}

fn animals(counts: &[Counts]) -> usize {
    counts.iter().map(|it| it.animals).sum()
}

/// What was found in pictures of one sort.
#[derive(Default)]
struct Counts {
    pictures: usize,
    animals: usize,
    /// The score of each detection, and whether it is an animal.
    detections: Vec<(f32, bool)>,
}

impl Counts {
    /// Makes and examines `number` pictures; gives why some cannot be made.
    fn add(
        &mut self,
        network: &Detector,
        recipe: &Recipe,
        number: usize,
        make: impl Fn(usize) -> std::result::Result<Scene, PhotoError> + Sync,
    ) -> Result<Vec<PhotoError>> {
        let mut unreadable = Vec::new();
        let indices: Vec<usize> = (0..number).collect();
        for indices in indices.chunks(BATCH) {
            let made: Vec<_> = indices.par_iter().map(|&index| make(index)).collect();
            let mut scenes = Vec::new();
            for scene in made {
                match scene {
                    Ok(scene) => scenes.push(scene),
                    Err(error) => unreadable.push(error),
                }
            }
            let pictures: Vec<&RgbImage> = scenes.iter().map(|scene| &scene.picture).collect();
            let found = locate(network, recipe, &pictures)?;
            for (scene, found) in scenes.iter().zip(found) {
                self.count(&scene.animals, &found);
            }
        }
        Ok(unreadable)
    }

    fn count(&mut self, animals: &[Animal], found: &[Detection]) {
        let regions = |sure: bool| -> Vec<Region> {
            let wanted = animals.iter().filter(|animal| animal.is_sure == sure);
            wanted.map(|animal| animal.region).collect()
        };
        let (sure, doubtful) = (regions(true), regions(false));
        self.pictures += 1;
        self.animals += sure.len();
        for (detection, is) in found.iter().zip(matches(found, &sure, &doubtful)) {
            match is {
                Match::Animal(_) => self.detections.push((detection.score, true)),
                Match::Nothing => self.detections.push((detection.score, false)),
                Match::Doubtful => {}
            }
        }
    }

    /// Share of the animals that are found with certainty.
    fn recall(&self) -> f64 {
        let right = self.detections.iter();
        let right = right.filter(|(score, is_right)| *is_right && *score >= CERTAIN);
        right.count() as f64 / self.animals.max(1) as f64
    }

    /// How many detections are certain.
    fn certain(&self) -> usize {
        let scores = self.detections.iter().map(|(score, _)| *score);
        scores.filter(|&score| score >= CERTAIN).count()
    }
}

/// What the network finds in each picture, as the kiosk reads its output.
fn locate(
    network: &Detector,
    recipe: &Recipe,
    pictures: &[&RgbImage],
) -> Result<Vec<Vec<Detection>>> {
    if pictures.is_empty() {
        return Ok(Vec::new());
    }
    let input = preprocessed(pictures, &recipe.input())?;
    let cells = network.detached().cells(&input)?.permute((0, 3, 1, 2))?;
    let values: Vec<f32> = cells.flatten_all()?.to_vec1()?;
    let of_pictures = values.chunks_exact(values.len() / pictures.len());
    let found = of_pictures.map(|cells| suppress(decode(cells, recipe.grid())));
    Ok(found.collect())
}
