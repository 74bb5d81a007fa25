//! Measures the accuracy on corrupted pictures.

use std::collections::BTreeMap;

use image::RgbImage;
use indicatif::ProgressBar;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use recognise::Recogniser;
use recognise::verdict::top;
use serde::Serialize;

use super::EvaluateError;
use crate::corrupt::{Condition, Corruption, Severity, to_scale};
use crate::dataset::{Dataset, Photo, Split, read_each};
use crate::metrics::mean;

/// The severity of all corruptions, the middle one of five.
const SEVERITY: Severity = Severity::ALL[2];
const SEED: u64 = 1;
/// Number of random streams for each photograph. Each corruption and condition has one of its own.
const STREAMS: u64 = 64;

/// Top-1 on corrupted photographs of a split: shares from 0 to 1, by the names of [`Corruption`] and [`Condition`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Robustness {
    /// Top-1 with each corruption at severity 3.
    pub corruption: BTreeMap<&'static str, f64>,
    /// The mean of these as a share of top-1 on the original photographs; NaN if that is 0.
    pub corruption_relative: f64,
    /// Top-1 in each condition of a kiosk's camera.
    pub conditions: BTreeMap<&'static str, f64>,
}

impl Robustness {
    /// Mean top-1 over the corruptions, 0 to 1.
    #[must_use]
    pub fn corruption_mean(&self) -> f64 {
        mean(self.corruption.values().copied())
    }
}

/// Measures networks on the same corrupted pictures of a split, on all cores. Pictures are brought to the scale of the
/// corruptions first. The same photographs always give the same pictures.
///
/// Photographs that cannot be read count in no figure; [`super::evaluate`] lists them. `progress` advances by one for
/// each photograph.
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
    let (counts, _) = read_each(photos, progress, |index, photo, picture| {
        count(recognisers, dataset, index, photo, &picture)
    })?;
    let mut sums = vec![[0; COUNTS]; recognisers.len()];
    for counts in counts {
        let pairs = sums.iter_mut().flatten().zip(counts.iter().flatten());
        pairs.for_each(|(sum, count)| *sum += count);
    }
    Ok(sums.iter().map(of_counts).collect())
}

/// The corrupted pictures of a photograph, which is at `index` of its split: with each corruption and in each
/// condition, in the order of [`Corruption::ALL`] and [`Condition::ALL`].
pub(super) fn corrupted(picture: &RgbImage, index: usize) -> impl Iterator<Item = RgbImage> {
    let picture = to_scale(picture);
    let rng = move |kind: usize| {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        rng.set_stream(index as u64 * STREAMS + kind as u64);
        rng
    };
    (0..Corruption::ALL.len() + Condition::ALL.len()).map(move |kind| {
        let rng = &mut rng(kind);
        match Corruption::ALL.get(kind) {
            Some(corruption) => corruption.apply(&picture, SEVERITY, rng),
            None => Condition::ALL[kind - Corruption::ALL.len()].apply(&picture, rng),
        }
    })
}

/// Counts: photographs that were read, those recognised in the original, and those recognised in each kind of
/// [`corrupted`] picture.
const COUNTS: usize = 2 + Corruption::ALL.len() + Condition::ALL.len();

/// The counts of one photograph, for each network.
fn count(
    recognisers: &[&Recogniser],
    dataset: &Dataset,
    index: usize,
    photo: &Photo,
    picture: &RgbImage,
) -> Result<Vec<[usize; COUNTS]>, EvaluateError> {
    let mut counts = vec![[0; COUNTS]; recognisers.len()];
    let breed = &dataset.breeds[photo.breed].id;
    let mut predict = |place: usize, picture: &RgbImage| {
        for (recogniser, counts) in recognisers.iter().zip(&mut counts) {
            let examined = recogniser
                .examine(picture)
                .map_err(|source| EvaluateError::of_engine(&photo.path, source))?;
            let first = top(&examined.main().prediction.probabilities, 1).pop();
            let first = first.and_then(|(first, _)| recogniser.metadata().breeds.get(first));
            counts[0] = 1;
            counts[place] = usize::from(first.is_some_and(|first| first.id == *breed));
        }
        Ok::<(), EvaluateError>(())
    };
    predict(1, picture)?;
    for (place, picture) in (2..).zip(corrupted(picture, index)) {
        predict(place, &picture)?;
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
