//! Predicts the breed of photographs as the kiosk does: from the file over the network to the verdict.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use rayon::prelude::*;
use recognise::metadata::{Method, Species};
use recognise::photo::{self, PhotoError};
use recognise::verdict::{Verdict, species_probability, top};
use recognise::{Metadata, Prediction, Recogniser, Region};

use super::EvaluateError;
use crate::dataset::Photo;
use crate::metrics::Answer;

/// The kiosk's prediction for a photograph whose breed is known.
#[derive(Clone, Debug)]
pub struct LabelledPrediction {
    /// The photograph.
    pub path: PathBuf,
    /// [`Photo::breed`] of the photograph.
    pub label: usize,
    /// The prediction for the largest animal that is found, or for the whole picture if none is.
    pub prediction: Prediction,
    /// The verdict of the kiosk on it.
    pub verdict: Verdict,
    /// Number of animals that are found with certainty.
    pub found: usize,
    /// The box of the largest of them; `None` if none is found.
    pub region: Option<Region>,
    /// The part of the photograph that the prediction is for: around that animal, or all of it.
    pub seen: Region,
    /// The embedding of the largest animal that is found, or of the whole picture: see
    /// [`recognise::Recognition::embedding`].
    pub embedding: Vec<f32>,
    /// Time from the file to the verdict, on one core.
    pub spent: Duration,
}

impl LabelledPrediction {
    /// The most probable breed, compared with the right one.
    #[must_use]
    pub fn answer(&self) -> Answer {
        Answer::of(&self.prediction.probabilities, self.label)
    }

    /// The index of the most probable breed; `None` if there are no breeds.
    #[must_use]
    pub fn best(&self) -> Option<usize> {
        let first = top(&self.prediction.probabilities, 1);
        first.first().map(|&(breed, _)| breed)
    }

    /// The score by which the bundle separates its breeds from outliers: the largest prototype similarity or the
    /// largest probability.
    #[must_use]
    pub fn score(&self, metadata: &Metadata) -> f32 {
        let scores = match metadata.unknown.method {
            Method::PrototypeSimilarity { .. } => &self.prediction.similarity,
            Method::MaxProbability => &self.prediction.probabilities,
        };
        scores.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }

    /// The probability of each of [`SPECIES`].
    pub(super) fn species(&self, metadata: &Metadata) -> [f32; SPECIES.len()] {
        let probabilities = &self.prediction.probabilities;
        SPECIES.map(|species| species_probability(probabilities, metadata, species))
    }
}

/// The species that are told apart.
pub(super) const SPECIES: [Species; 2] = [Species::Cat, Species::Dog];

/// The index of a species in [`SPECIES`].
pub(super) fn species_index(species: Species) -> usize {
    match species {
        Species::Cat => 0,
        Species::Dog => 1,
    }
}

/// [`LabelledPrediction::score`] of each prediction.
pub(super) fn scores(predictions: &[LabelledPrediction], metadata: &Metadata) -> Vec<f32> {
    predictions
        .iter()
        .map(|labelled| labelled.score(metadata))
        .collect()
}

/// Predicts the breeds of all photographs that can be read, on all cores; the predictions have the given order. Adds
/// photographs that cannot be read to `unreadable`.
pub(super) fn predict(
    recogniser: &Recogniser,
    photos: &[Photo],
    progress: &ProgressBar,
    unreadable: &mut Vec<PhotoError>,
) -> Result<Vec<LabelledPrediction>, EvaluateError> {
    let predict = |photo| {
        let prediction = predict_one(recogniser, photo);
        progress.inc(1);
        prediction
    };
    let results: Vec<Result<LabelledPrediction, Failure>> =
        photos.par_iter().map(predict).collect();
    let mut predictions = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(prediction) => predictions.push(prediction),
            Err(Failure::Photo(error)) => unreadable.push(error),
            Err(Failure::Engine(error)) => return Err(error),
        }
    }
    Ok(predictions)
}

/// Why there is no prediction. A photograph that cannot be read is left out; a network that fails ends the evaluation.
enum Failure {
    Photo(PhotoError),
    Engine(EvaluateError),
}

fn predict_one(recogniser: &Recogniser, photo: &Photo) -> Result<LabelledPrediction, Failure> {
    let start = Instant::now();
    let picture = photo::open(&photo.path).map_err(Failure::Photo)?;
    let examined = recogniser
        .examine(&picture)
        .map_err(|source| Failure::Engine(EvaluateError::of_engine(&photo.path, source)))?;
    let verdict = examined.verdict(recogniser.metadata());
    let spent = start.elapsed();
    let (main, largest) = (examined.main(), examined.animals.first());
    // The whole photograph may have been the surer one.
    let is_of_whole = main.prediction.probabilities == examined.whole.prediction.probabilities;
    let seen = match largest {
        Some(animal) if !is_of_whole => {
            let (width, height) = picture.dimensions();
            recogniser.crop(animal.detection.region, width, height)
        }
        _ => Region::WHOLE,
    };
    Ok(LabelledPrediction {
        path: photo.path.clone(),
        label: photo.breed,
        prediction: main.prediction.clone(),
        verdict,
        found: examined.animals.len(),
        region: largest.map(|animal| animal.detection.region),
        seen,
        embedding: main.embedding(),
        spent,
    })
}
