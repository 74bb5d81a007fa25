//! One look at a photograph, as the kiosk would take it: the file, the network, the verdict.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use edge::photo::{self, PhotoError};
use edge::recognise::metadata::Method;
use edge::recognise::{Metadata, Opinion, Recogniser};
use edge::verdict::{Verdict, top};
use indicatif::ProgressBar;
use rayon::prelude::*;

use super::EvaluateError;
use super::metrics::Answer;
use crate::dataset::Photo;

/// What the kiosk makes of one photograph.
#[derive(Clone, Debug)]
pub struct Look {
    /// The photograph.
    pub path: PathBuf,
    /// [`Photo::breed`] of the photograph.
    pub label: usize,
    /// What the network makes of it.
    pub opinion: Opinion,
    /// What the kiosk would say.
    pub verdict: Verdict,
    /// Time from the file to the verdict, on one core.
    pub spent: Duration,
}

impl Look {
    /// The most probable breed.
    #[must_use]
    pub fn answer(&self) -> Answer {
        Answer::of(&self.opinion.probabilities, self.label)
    }

    /// The most probable breed's index; `None` of no breeds.
    #[must_use]
    pub fn best(&self) -> Option<usize> {
        let first = top(&self.opinion.probabilities, 1);
        first.first().map(|&(breed, _)| breed)
    }

    /// How sure the network is that this is one of its breeds, by what the bundle tells that by: the
    /// largest likeness or the largest probability.
    #[must_use]
    pub fn score(&self, metadata: &Metadata) -> f32 {
        let scores = match metadata.unknown.method {
            Method::Likeness { .. } => &self.opinion.likeness,
            Method::MaxProbability => &self.opinion.probabilities,
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
) -> Result<Vec<Look>, EvaluateError> {
    let look = |photo| {
        let look = at_one(recogniser, photo);
        progress.inc(1);
        look
    };
    let looks: Vec<Result<Look, Failure>> = photos.par_iter().map(look).collect();
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

fn at_one(recogniser: &Recogniser, photo: &Photo) -> Result<Look, Failure> {
    let start = Instant::now();
    let picture = photo::open(&photo.path).map_err(Failure::Photo)?;
    let opinion = recogniser.recognise(&picture).map_err(|source| {
        Failure::Engine(EvaluateError::Recognise {
            path: photo.path.clone(),
            source,
        })
    })?;
    let verdict = Verdict::of(&opinion, recogniser.metadata());
    Ok(Look {
        path: photo.path.clone(),
        label: photo.breed,
        opinion,
        verdict,
        spent: start.elapsed(),
    })
}
