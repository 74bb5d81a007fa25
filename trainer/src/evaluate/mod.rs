//! Measures how good a bundle is: runs the kiosk's own code on photographs whose breed is known, and on those of animals
//! to find, to know again and to learn.

pub mod animals;
mod arrivals;
mod breeds;
mod compare;
pub mod enrol;
mod figures;
mod headline;
pub mod individuals;
mod intervals;
mod model;
mod note;
pub mod outliers;
mod predict;
pub mod predictions;
pub mod report;
mod robustness;
pub mod scenes;
pub mod sequence;
mod table;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use recognise::metadata::Breed;
use recognise::photo::PhotoError;
use recognise::{BreedId, EngineError, Metadata, Recogniser, printable};

use crate::dataset::boxes::BoxesError;
use crate::dataset::{Dataset, DatasetError, Photo, Split};
use crate::metrics::Confusion;
use animals::Boxed;
use individuals::WrongGuest;
use outliers::PredictionsByKind;

pub use breeds::{BreedFigures, Confused};
pub use compare::Difference;
pub use figures::{Figures, Outliers, SpeciesFigures, SpeciesSummary, Verdicts};
pub use intervals::Intervals;
pub use model::Model;
pub use note::Note;
pub use predict::LabelledPrediction;
pub use robustness::{Robustness, robustness};
pub use table::SideBySide;

/// The result of an evaluation. Its `Display` is a report for people.
#[derive(Debug)]
pub struct Evaluation {
    /// The figures.
    pub figures: Figures,
    /// How often each breed was taken for each other one, by index into the bundle's breeds.
    pub confusion: Confusion,
    /// The bundle's metadata.
    pub metadata: Metadata,
    /// The predictions for all photographs of the split that could be read. Labels are indices into the bundle's
    /// breeds.
    pub predictions: Vec<LabelledPrediction>,
    /// The predictions for outliers, by kind. Their labels have no meaning.
    pub outliers: PredictionsByKind,
    /// Photographs with the animals that were found in them, if that was measured.
    pub boxed: Vec<Boxed>,
    /// Photographs that look most like another animal than their own, the most alike first, if that was measured.
    pub wrong_guests: Vec<WrongGuest>,
    /// Other problems with the input.
    pub notes: Vec<Note>,
    /// Photographs that could not be read. They count in no figure.
    pub unreadable: Vec<PhotoError>,
    /// The split.
    pub split: Split,
    /// Number of photographs that the list of the split names but the folder lacks.
    pub missing: usize,
    /// Duration of the evaluation, on all cores.
    pub wall: Duration,
}

/// Why a bundle could not be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The dataset has a breed that the bundle lacks.
    #[error(
        "the bundle does not know the breed {breed} of {}: evaluate a bundle that was trained on this data",
        printable(root)
    )]
    UnknownBreed {
        /// The breed.
        breed: BreedId,
        /// The data folder.
        root: PathBuf,
    },
    /// There are no photographs to measure on.
    #[error(
        "no photograph of {what} in {} could be read: add photographs, or choose another folder",
        printable(root)
    )]
    NoPhotographs {
        /// The split.
        what: String,
        /// The folder.
        root: PathBuf,
    },
    /// The network failed on a photograph.
    #[error("{}: {source}", printable(path))]
    Recognise {
        /// The photograph.
        path: PathBuf,
        /// The cause.
        source: EngineError,
    },
    /// A folder has no animals that could be known again.
    #[error(
        "{} has no animals to know again: it needs two or more, each in a folder of its own with photographs of two \
         visits or more, named <visit>_<number>.jpg",
        printable(root)
    )]
    NoGuests {
        /// The folder.
        root: PathBuf,
    },
    /// A folder has no breeds that could be learnt.
    #[error(
        "{} has no breed to learn: it needs breeds that the bundle does not know, each with two photographs or more, \
         as <breed>/*.jpg or <breed>_<32 hexadecimal digits>.jpg, and also in the folder given by --probe, if any",
        printable(root)
    )]
    NoNewBreeds {
        /// The folder.
        root: PathBuf,
    },
    /// A file of boxes has none for the photographs to measure on.
    #[error(
        "{} has no boxes for the {split} split of {}: choose another split or another file",
        printable(file),
        printable(root)
    )]
    NoBoxes {
        /// The file.
        file: PathBuf,
        /// The split.
        split: Split,
        /// The data folder.
        root: PathBuf,
    },
    /// A folder cannot be read.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A file of boxes cannot be read.
    #[error(transparent)]
    Boxes(#[from] BoxesError),
}

impl EvaluateError {
    /// The error for a network that failed on a photograph.
    fn of_engine(path: &Path, source: EngineError) -> Self {
        Self::Recognise {
            path: path.to_owned(),
            source,
        }
    }
}

/// Evaluates the recogniser's bundle on a split of the dataset, on all cores, and on `outliers` if there are any: a
/// dataset whose breeds are kinds of outliers.
///
/// `progress` advances by one for each photograph.
///
/// # Errors
/// When the dataset has a breed that the bundle lacks, no photograph of the split can be read, or the network fails.
pub fn evaluate(
    recogniser: &Recogniser,
    dataset: &Dataset,
    split: Split,
    outliers: Option<&Dataset>,
    progress: &ProgressBar,
) -> Result<Evaluation, EvaluateError> {
    let start = Instant::now();
    let photos = in_bundle_order(dataset, split, &recogniser.metadata().breeds)?;
    let outlier_photos: Vec<Photo> = (outliers.iter())
        .flat_map(|outliers| outliers.trainval.iter().chain(&outliers.test).cloned())
        .collect();
    progress.set_length((photos.len() + outlier_photos.len()) as u64);

    let mut unreadable = Vec::new();
    let predictions = predict::predict(recogniser, &photos, progress, &mut unreadable)?;
    if predictions.is_empty() {
        return Err(EvaluateError::NoPhotographs {
            what: format!("the {split} split"),
            root: dataset.name(),
        });
    }
    let of_outliers = predict::predict(recogniser, &outlier_photos, progress, &mut unreadable)?;
    let (outliers, empty) = match outliers {
        Some(outliers) => outliers::sort_by_kind(outliers, of_outliers)?,
        None => Default::default(),
    };

    let metadata = recogniser.metadata().clone();
    let unseen = breeds_without_photograph(dataset, split, &predictions, &metadata.breeds);
    let labels: Vec<usize> = (predictions.iter())
        .map(|labelled| labelled.label)
        .collect();
    let probabilities: Vec<Vec<f32>> = (predictions.iter())
        .map(|labelled| labelled.prediction.probabilities.clone())
        .collect();
    Ok(Evaluation {
        figures: Figures::of(&predictions, &outliers, &metadata),
        confusion: Confusion::of(&probabilities, &labels, metadata.breeds.len()),
        metadata,
        predictions,
        outliers,
        boxed: Vec::new(),
        wrong_guests: Vec::new(),
        notes: unseen.into_iter().chain(empty).collect(),
        unreadable,
        split,
        missing: (dataset.missing.iter())
            .filter(|missing| missing.split == split)
            .count(),
        wall: start.elapsed(),
    })
}

/// The photographs of the split, with breeds as indices into the bundle's breeds instead of the dataset's.
pub(crate) fn in_bundle_order(
    dataset: &Dataset,
    split: Split,
    known: &[Breed],
) -> Result<Vec<Photo>, EvaluateError> {
    let index = |breed: &Breed| {
        (known.iter().position(|known| known.id == breed.id)).ok_or_else(|| {
            EvaluateError::UnknownBreed {
                breed: breed.id.clone(),
                root: dataset.name(),
            }
        })
    };
    let indices: Vec<usize> = (dataset.breeds.iter().map(index)).collect::<Result<_, _>>()?;
    let mut photos = dataset.split(split).to_vec();
    for photo in &mut photos {
        photo.breed = indices[photo.breed];
    }
    Ok(photos)
}

/// A note on the breeds without a prediction, if there are any.
fn breeds_without_photograph(
    dataset: &Dataset,
    split: Split,
    predictions: &[LabelledPrediction],
    breeds: &[Breed],
) -> Option<Note> {
    let seen: HashSet<&BreedId> = (predictions.iter())
        .map(|labelled| &breeds[labelled.label].id)
        .collect();
    let unseen = dataset.breeds.iter().map(|breed| &breed.id);
    let unseen: Vec<BreedId> = unseen.filter(|id| !seen.contains(id)).cloned().collect();
    (!unseen.is_empty()).then_some(Note::WithoutPhotograph {
        split,
        breeds: unseen,
    })
}
