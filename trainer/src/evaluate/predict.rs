//! One look at a photograph, as the kiosk would take it: the file, the network, the verdict.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use recognise::photo::{self, PhotoError};
use recognise::metadata::Method;
use recognise::{Metadata, Prediction, Recogniser};
use recognise::verdict::{Verdict, top};
use indicatif::ProgressBar;
use rayon::prelude::*;

use super::EvaluateError;
use super::metrics::Answer;
use crate::dataset::Photo;

/// What the kiosk makes of one photograph.
#[derive(Clone, Debug)]
pub struct LabelledPrediction {
    /// The photograph.
    pub path: PathBuf,
    /// [`Photo::breed`] of the photograph.
    pub label: usize,
    /// What the network makes of it.
    pub prediction: Prediction,
    /// What the kiosk would say.
    pub verdict: Verdict,
    /// Time from the file to the verdict, on one core.
    pub spent: Duration,
}

impl LabelledPrediction {
    /// The most probable breed.
    #[must_use]
    pub fn answer(&self) -> Answer {
        Answer::of(&self.prediction.probabilities, self.label)
    }

    /// The most probable breed's index; `None` of no breeds.
    #[must_use]
    pub fn best(&self) -> Option<usize> {
        let first = top(&self.prediction.probabilities, 1);
        first.first().map(|&(breed, _)| breed)
    }

    /// How sure the network is that this is one of its breeds, by what the bundle tells that by: the
    /// largest similarity or the largest probability.
    #[must_use]
    pub fn score(&self, metadata: &Metadata) -> f32 {
        let scores = match metadata.unknown.method {
            Method::PrototypeSimilarity { .. } => &self.prediction.similarity,
            Method::MaxProbability => &self.prediction.probabilities,
        };
        scores.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }
}

/// Looks at every photograph that can be read, on all cores; the looks come in the given order.
pub(super) fn at(
    recogniser: &Recogniser,
    photos: &[Photo],
    progress: &ProgressBar,
    unreadable: &mut Vec<PhotoError>,
) -> Result<Vec<LabelledPrediction>, EvaluateError> {
    let look = |photo| {
        let look = at_one(recogniser, photo);
        progress.inc(1);
        look
    };
    let looks: Vec<Result<LabelledPrediction, Failure>> = photos.par_iter().map(look).collect();
    let mut seen = Vec::with_capacity(looks.len());
    for look in looks {
        match look {
            Ok(look) => seen.push(look),
            Err(Failure::Photo(error)) => unreadable.push(error),
            Err(Failure::Engine(error)) => return Err(error),
        }
    }
    Ok(seen)
}

/// Why there is no look: the photograph's fault, which leaves it out, or the network's, which ends it all.
enum Failure {
    Photo(PhotoError),
    Engine(EvaluateError),
}

fn at_one(recogniser: &Recogniser, photo: &Photo) -> Result<LabelledPrediction, Failure> {
    let start = Instant::now();
    let picture = photo::open(&photo.path).map_err(Failure::Photo)?;
    let prediction = recogniser.predict(&picture).map_err(|source| {
        Failure::Engine(EvaluateError::Recognise {
            path: photo.path.clone(),
            source,
        })
    })?;
    let verdict = Verdict::of(&prediction, recogniser.metadata());
    Ok(LabelledPrediction {
        path: photo.path.clone(),
        label: photo.breed,
        prediction,
        verdict,
        spent: start.elapsed(),
    })
}
