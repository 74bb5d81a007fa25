//! What the kiosk would say to photographs whose breed is known: its own code, run over a split.

mod look;
pub mod metrics;
mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use edge::photo::PhotoError;
use edge::recognise::metadata::Breed;
use edge::recognise::{EngineError, Recogniser};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::dataset::{Dataset, Photo, Split};
use look::Look;
use metrics::{Confusion, Summary, auroc, mean};

/// What an evaluation found. Its `Display` is a report for people.
#[derive(Debug)]
pub struct Evaluation {
    /// The figures.
    pub figures: Figures,
    /// How often each breed was taken for each other one, by index into `breeds`.
    pub confusion: Confusion,
    /// The ids of the bundle's breeds.
    pub breeds: Vec<String>,
    /// Photographs of no known breed, by kind.
    pub outliers: BTreeMap<String, Outliers>,
    /// Photographs that could not be read. They count in no figure.
    pub unreadable: Vec<PhotoError>,
    /// The split.
    pub split: Split,
    /// Photographs that the list of the split names and the folder lacks.
    pub missing: usize,
    /// Time that all of it took, on all cores.
    pub wall: Duration,
}

/// The figures of an evaluation, in the form that `trainer evaluate --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Photographs that the figures rest on.
    pub images: usize,
    /// Accuracy and calibration.
    #[serde(flatten)]
    pub summary: Summary,
    /// Area under the ROC curve by kind of outlier, with the largest calibrated probability as the score.
    pub auroc: BTreeMap<String, f64>,
    /// Share of photographs for which the verdict is a breed, 0 to 1.
    pub accepted: f64,
    /// Share of the accepted whose breed is the right one, 0 to 1; `None` where none was accepted.
    pub accepted_accuracy: Option<f64>,
    /// Mean time to decode, preprocess and recognise one photograph on one core, in milliseconds.
    pub ms_per_image: f64,
}

/// How the network takes photographs of one kind that show none of its breeds.
#[derive(Clone, Copy, Debug)]
pub struct Outliers {
    /// Photographs of this kind.
    pub images: usize,
    /// Share of them for which the verdict is a breed all the same, 0 to 1.
    pub accepted: f64,
    /// Area under the ROC curve against the photographs of the split.
    pub auroc: f64,
}

/// Why an evaluation came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The data folder has a breed that the bundle lacks.
    #[error(
        "the bundle does not know the breed {breed} of {}: evaluate a bundle that was trained on this data",
        root.display()
    )]
    UnknownBreed {
        /// The breed's id.
        breed: String,
        /// The data folder.
        root: PathBuf,
    },
    /// There is nothing to measure on.
    #[error("no photograph of {what} in {} could be read: put some there, or choose another folder", root.display())]
    NoPhotographs {
        /// The split or the kind of outlier.
        what: String,
        /// The folder.
        root: PathBuf,
    },
    /// The network failed on a photograph.
    #[error("{}: {source}", path.display())]
    Recognise {
        /// The photograph.
        path: PathBuf,
        /// What went wrong.
        source: EngineError,
    },
}

/// Evaluates the recogniser's bundle on a split of the dataset, on all cores, and on photographs of
/// no known breed where `outliers` holds some: the same layout with a kind in each breed's place.
///
/// `progress` advances by one for each photograph.
///
/// # Errors
/// When the data folder has a breed that the bundle lacks, no photograph of the split or of a kind of
/// outlier can be read, or the network fails.
pub fn evaluate(
    recogniser: &Recogniser,
    dataset: &Dataset,
    split: Split,
    outliers: Option<&Dataset>,
    progress: &ProgressBar,
) -> Result<Evaluation, EvaluateError> {
    let start = Instant::now();
    let photos = in_bundle_order(dataset, split, &recogniser.metadata().breeds)?;
    let strangers: Vec<Photo> = (outliers.iter())
        .flat_map(|outliers| outliers.trainval.iter().chain(&outliers.test).cloned())
        .collect();
    progress.set_length((photos.len() + strangers.len()) as u64);

    let mut unreadable = Vec::new();
    let known = look::at(recogniser, &photos, progress, &mut unreadable)?;
    if known.is_empty() {
        return Err(no_photographs(format!("the {split} split"), dataset));
    }
    let strange = look::at(recogniser, &strangers, progress, &mut unreadable)?;
    let outliers = match outliers {
        Some(outliers) => by_kind(outliers, &known, &strange)?,
        None => BTreeMap::new(),
    };

    let breeds: Vec<String> = (recogniser.metadata().breeds.iter())
        .map(|breed| breed.id.clone())
        .collect();
    let labels: Vec<usize> = known.iter().map(|look| look.label).collect();
    let probabilities: Vec<Vec<f32>> = (known.iter())
        .map(|look| look.probabilities.clone())
        .collect();
    let (accepted, accepted_accuracy) = accepted(&known);
    Ok(Evaluation {
        figures: Figures {
            images: known.len(),
            summary: Summary::of(&probabilities, &labels, breeds.len()),
            auroc: (outliers.iter())
                .map(|(kind, outliers)| (kind.clone(), outliers.auroc))
                .collect(),
            accepted,
            accepted_accuracy,
            ms_per_image: mean(known.iter().map(|look| look.spent.as_secs_f64() * 1000.0)),
        },
        confusion: Confusion::of(&probabilities, &labels, breeds.len()),
        breeds,
        outliers,
        unreadable,
        split,
        missing: (dataset.missing.iter())
            .filter(|missing| missing.split == split)
            .count(),
        wall: start.elapsed(),
    })
}

/// The photographs of the split, with the bundle's index of each breed in place of the dataset's.
pub(crate) fn in_bundle_order(
    dataset: &Dataset,
    split: Split,
    known: &[Breed],
) -> Result<Vec<Photo>, EvaluateError> {
    let place = |breed: &Breed| {
        (known.iter().position(|known| known.id == breed.id)).ok_or_else(|| {
            EvaluateError::UnknownBreed {
                breed: breed.id.clone(),
                root: dataset.root.clone(),
            }
        })
    };
    let places: Vec<usize> = (dataset.breeds.iter().map(place)).collect::<Result<_, _>>()?;
    let mut photos = dataset.split(split).to_vec();
    for photo in &mut photos {
        photo.breed = places[photo.breed];
    }
    Ok(photos)
}

fn by_kind(
    kinds: &Dataset,
    known: &[Look],
    strange: &[Look],
) -> Result<BTreeMap<String, Outliers>, EvaluateError> {
    let known: Vec<f32> = known.iter().map(Look::score).collect();
    let mut found = BTreeMap::new();
    for (label, kind) in kinds.breeds.iter().enumerate() {
        let looks: Vec<&Look> = strange.iter().filter(|look| look.label == label).collect();
        if looks.is_empty() {
            return Err(no_photographs(format!("the kind {}", kind.id), kinds));
        }
        let scores: Vec<f32> = looks.iter().map(|look| look.score()).collect();
        let outliers = Outliers {
            images: looks.len(),
            accepted: mean(looks.iter().map(|look| f64::from(look.accepted.is_some()))),
            auroc: auroc(&known, &scores),
        };
        found.insert(kind.id.clone(), outliers);
    }
    Ok(found)
}

/// The share of photographs that were accepted, and the share of right ones among these.
fn accepted(looks: &[Look]) -> (f64, Option<f64>) {
    let right: Vec<bool> = (looks.iter())
        .filter_map(|look| Some(look.accepted? == look.label))
        .collect();
    let accuracy = mean(right.iter().map(|&right| f64::from(right)));
    (
        right.len() as f64 / looks.len() as f64,
        (!right.is_empty()).then_some(accuracy),
    )
}

fn no_photographs(what: String, dataset: &Dataset) -> EvaluateError {
    EvaluateError::NoPhotographs {
        what,
        root: dataset.root.clone(),
    }
}
