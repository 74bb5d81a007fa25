//! What is left of the accuracy on spoilt pictures.

use std::collections::BTreeMap;

use recognise::photo;
use recognise::Recogniser;
use recognise::verdict::top;
use image::RgbImage;
use indicatif::ProgressBar;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use super::EvaluateError;
use super::metrics::mean;
use crate::corrupt::{Condition, Corruption, Severity, to_scale};
use crate::dataset::{Dataset, Photo, Split};

/// The middle one of five.
const SEVERITY: Severity = Severity::ALL[2];
const SEED: u64 = 1;
/// Each photograph has so many generators, of which each way to spoil it takes its own.
const STREAMS: u64 = 64;

/// Top-1 on the photographs of a split as a poor camera would have taken them: shares from 0 to 1, by the
/// names of [`Corruption`] and [`Condition`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Robustness {
    /// With each corruption at severity 3.
    pub corruption: BTreeMap<&'static str, f64>,
    /// The mean of these as a share of top-1 on the photographs as they are; NaN where that is 0.
    pub corruption_relative: f64,
    /// In each condition of a kiosk's camera.
    pub conditions: BTreeMap<&'static str, f64>,
}

impl Robustness {
    /// Mean over the corruptions, 0 to 1.
    #[must_use]
    pub fn corruption_mean(&self) -> f64 {
        mean(self.corruption.values().copied())
    }
}

/// Measures networks on the same spoilt pictures of a split, on all cores: pictures are brought to the
/// scale of the corruptions first, and the same photographs always give the same pictures. Photographs that
/// cannot be read are passed over.
///
/// `progress` advances by one for each photograph.
///
/// # Errors
/// When a network fails.
pub fn robustness(
    recognisers: &[&Recogniser],
    dataset: &Dataset,
    split: Split,
    progress: &ProgressBar,
) -> Result<Vec<Robustness>, EvaluateError> {
    let photos = dataset.split(split);
    progress.set_length(photos.len() as u64);
    let nothing = || vec![[0; COUNTS]; recognisers.len()];
    let of_photograph = |(index, photo): (usize, &Photo)| {
        let right = right(recognisers, dataset, index, photo);
        progress.inc(1);
        right
    };
    let counts = (photos.par_iter().enumerate())
        .map(of_photograph)
        .try_reduce(nothing, |mut sum, counts| {
            let pairs = sum.iter_mut().flatten().zip(counts.iter().flatten());
            pairs.for_each(|(sum, count)| *sum += count);
            Ok(sum)
        })?;
    Ok(counts.iter().map(of_counts).collect())
}

/// The spoilt pictures of the photograph that stands at `index`: with each corruption, and in each condition,
/// in the order of [`Corruption::ALL`] and [`Condition::ALL`].
pub(super) fn spoilt(picture: &RgbImage, index: usize) -> impl Iterator<Item = RgbImage> {
    let picture = to_scale(picture);
    let rng = move |way: usize| {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        rng.set_stream(index as u64 * STREAMS + way as u64);
        rng
    };
    (0..Corruption::ALL.len() + Condition::ALL.len()).map(move |way| {
        let rng = &mut rng(way);
        match Corruption::ALL.get(way) {
            Some(corruption) => corruption.apply(&picture, SEVERITY, rng),
            None => Condition::ALL[way - Corruption::ALL.len()].apply(&picture, rng),
        }
    })
}

/// Photographs that were read, those recognised as they are, and those recognised of each of [`spoilt`].
const COUNTS: usize = 2 + Corruption::ALL.len() + Condition::ALL.len();

/// The counts of one photograph, for each network.
fn right(
    recognisers: &[&Recogniser],
    dataset: &Dataset,
    index: usize,
    photo: &Photo,
) -> Result<Vec<[usize; COUNTS]>, EvaluateError> {
    let mut counts = vec![[0; COUNTS]; recognisers.len()];
    let Ok(picture) = photo::open(&photo.path) else {
        return Ok(counts);
    };
    let breed = &dataset.breeds[photo.breed].id;
    let mut look = |place: usize, picture: &RgbImage| {
        for (recogniser, counts) in recognisers.iter().zip(&mut counts) {
            let prediction = recogniser.predict(picture);
            let prediction = prediction.map_err(|source| EvaluateError::Recognise {
                path: photo.path.clone(),
                source,
            })?;
            let first = top(&prediction.probabilities, 1).pop();
            let first = first.and_then(|(first, _)| recogniser.metadata().breeds.get(first));
            counts[0] = 1;
            counts[place] = usize::from(first.is_some_and(|first| first.id == *breed));
        }
        Ok(())
    };
    look(1, &picture)?;
    for (place, picture) in (2..).zip(spoilt(&picture, index)) {
        look(place, &picture)?;
    }
    Ok(counts)
}

fn of_counts(counts: &[usize; COUNTS]) -> Robustness {
    let share = |&count: &usize| count as f64 / counts[0] as f64;
    let (corruptions, conditions) = counts[2..].split_at(Corruption::ALL.len());
    let names = Corruption::ALL.map(Corruption::name);
    let corruption: BTreeMap<_, _> = names
        .into_iter()
        .zip(corruptions.iter().map(share))
        .collect();
    let names = Condition::ALL.map(Condition::name);
    Robustness {
        corruption_relative: mean(corruption.values().copied()) / share(&counts[1]),
        corruption,
        conditions: names
            .into_iter()
            .zip(conditions.iter().map(share))
            .collect(),
    }
}
