//! What the kiosk would say to photographs whose breed is known: its own code, run over a split.

mod compare;
mod figures;
mod headline;
mod intervals;
mod predict;
pub mod metrics;
mod model;
mod note;
pub mod report;
mod robustness;
pub mod sequence;
pub mod strangers;
mod table;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use recognise::photo::PhotoError;
use recognise::metadata::Breed;
use recognise::{EngineError, Metadata, Recogniser};
use indicatif::ProgressBar;

use crate::dataset::{Dataset, Photo, Split};
use metrics::Confusion;

pub use compare::Difference;
pub use figures::{Figures, Outliers, SpeciesFigures, SpeciesSummary, Verdicts};
pub use intervals::Intervals;
pub use predict::LabelledPrediction;
pub use model::Model;
pub use note::Note;
pub use robustness::{Robustness, robustness};
pub use table::SideBySide;

/// What an evaluation found. Its `Display` is a report for people.
#[derive(Debug)]
pub struct Evaluation {
    /// The figures.
    pub figures: Figures,
    /// How often each breed was taken for each other one, by index into the bundle's breeds.
    pub confusion: Confusion,
    /// What the bundle says about itself.
    pub metadata: Metadata,
    /// Every photograph of the split that could be read; labels are the bundle's.
    pub looks: Vec<LabelledPrediction>,
    /// Photographs of no known breed, by kind; labels mean nothing.
    pub strangers: BTreeMap<String, Vec<LabelledPrediction>>,
    /// What was wrong with the input besides.
    pub notes: Vec<Note>,
    /// Photographs that could not be read. They count in no figure.
    pub unreadable: Vec<PhotoError>,
    /// The split.
    pub split: Split,
    /// Photographs that the list of the split names and the folder lacks.
    pub missing: usize,
    /// Time that all of it took, on all cores.
    pub wall: Duration,
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
        /// The split.
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
/// When the data folder has a breed that the bundle lacks, no photograph of the split can be read, or the
/// network fails.
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
    let looks = predict::at(recogniser, &photos, progress, &mut unreadable)?;
    if looks.is_empty() {
        return Err(EvaluateError::NoPhotographs {
            what: format!("the {split} split"),
            root: dataset.root.clone(),
        });
    }
    let strange = predict::at(recogniser, &strangers, progress, &mut unreadable)?;
    let (strangers, empty) = match outliers {
        Some(outliers) => strangers::by_kind(outliers, strange),
        None => (BTreeMap::new(), Vec::new()),
    };

    let metadata = recogniser.metadata().clone();
    let unseen = note_breeds(dataset, split, &looks, &metadata.breeds);
    let labels: Vec<usize> = looks.iter().map(|look| look.label).collect();
    let probabilities: Vec<Vec<f32>> = (looks.iter())
        .map(|look| look.prediction.probabilities.clone())
        .collect();
    Ok(Evaluation {
        figures: Figures::of(&looks, &strangers, &metadata),
        confusion: Confusion::of(&probabilities, &labels, metadata.breeds.len()),
        metadata,
        looks,
        strangers,
        notes: unseen.into_iter().chain(empty).collect(),
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

fn note_breeds(dataset: &Dataset, split: Split, known: &[LabelledPrediction], breeds: &[Breed]) -> Option<Note> {
    let seen: HashSet<&str> = known.iter().map(|look| &*breeds[look.label].id).collect();
    let unseen = dataset.breeds.iter().map(|breed| &breed.id);
    let unseen: Vec<String> = unseen
        .filter(|id| !seen.contains(&***id))
        .cloned()
        .collect();
    (!unseen.is_empty()).then_some(Note::WithoutPhotograph {
        split,
        breeds: unseen,
    })
}
