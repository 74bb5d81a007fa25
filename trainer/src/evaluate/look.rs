//! One look at a photograph, as the kiosk would take it: the file, the network, the verdict.

use std::time::{Duration, Instant};

use edge::photo::{self, PhotoError};
use edge::recognise::Recogniser;
use edge::verdict::Verdict;
use indicatif::ProgressBar;
use rayon::prelude::*;

use super::EvaluateError;
use crate::dataset::Photo;

/// What the kiosk makes of one photograph.
pub(super) struct Look {
    /// [`Photo::breed`] of the photograph.
    pub(super) label: usize,
    /// Calibrated probabilities, one a breed of the bundle.
    pub(super) probabilities: Vec<f32>,
    /// The breed that the verdict names, if it names one.
    pub(super) accepted: Option<usize>,
    /// Time from the file to the verdict, on one core.
    pub(super) spent: Duration,
}

impl Look {
    /// How sure the network is that this is one of its breeds: the largest probability.
    pub(super) fn score(&self) -> f32 {
        self.probabilities.iter().copied().fold(0.0, f32::max)
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
    let accepted = Verdict::of(&opinion, recogniser.metadata()).breed();
    Ok(Look {
        label: photo.breed,
        probabilities: opinion.probabilities,
        accepted,
        spent: start.elapsed(),
    })
}
