//! The figures of an evaluation, in the form that `trainer evaluate --json` prints.

use std::collections::BTreeMap;

use recognise::metadata::Species;
use recognise::{Metadata, VerdictKind};
use serde::Serialize;

use super::animals::AnimalFigures;
use super::enrol::EnrolFigures;
use super::individuals::IndividualFigures;
use super::intervals::{Intervals, RIGHT};
use super::outliers::{OTHER_DOGS, PredictionsByKind, for_each_kind};
use super::predict::{LabelledPrediction, scores, species_index};
use super::robustness::Robustness;
use super::scenes::SceneFigures;
use super::sequence::SequenceFigures;
use crate::metrics::{Summary, answered_at, auroc, mean};

/// How good a bundle is.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Number of photographs.
    pub images: usize,
    /// Accuracy and calibration.
    #[serde(flatten)]
    pub summary: Summary,
    /// Area under the ROC curve for each kind of outlier, by [`LabelledPrediction::score`].
    pub auroc: BTreeMap<String, f64>,
    /// Share of photographs whose verdict is a breed, 0 to 1.
    pub accepted: f64,
    /// Share of these whose breed is the right one, 0 to 1; `None` if no verdict is a breed.
    pub accepted_accuracy: Option<f64>,
    /// The largest share of photographs that can be answered, the most confident first, so that at least 98 % of the
    /// answers are right, 0 to 1.
    pub answered_at_98: f64,
    /// How well cats and dogs are told apart.
    pub species: SpeciesFigures,
    /// The verdicts on the photographs.
    pub verdicts: Verdicts,
    /// The verdicts on each kind of outlier.
    pub outliers: BTreeMap<String, Outliers>,
    /// Confidence intervals of the figures.
    pub intervals: Intervals,
    /// Mean time to decode one photograph, find its animals and recognise them, on one core, in milliseconds.
    pub ms_per_image: f64,
    /// How well animals are found, if that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub animals: Option<AnimalFigures>,
    /// How well animals are known again, if that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individuals: Option<IndividualFigures>,
    /// How well new breeds are learnt, if that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrolled: Option<EnrolFigures>,
    /// Figures on photographs placed in a room, if they were measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenes: Option<SceneFigures>,
    /// Figures on corrupted pictures, if they were measured.
    #[serde(flatten)]
    pub robustness: Option<Robustness>,
    /// Figures on moving animals, if they were measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequences: Option<SequenceFigures>,
}

/// The verdicts on one kind of outlier.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Outliers {
    /// Number of photographs.
    pub images: usize,
    /// The verdicts.
    #[serde(flatten)]
    pub verdicts: Verdicts,
    /// Mean number of animals that are found in a photograph; `None` for dogs of other breeds, which are animals, and if
    /// the bundle finds none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_per_image: Option<f64>,
}

/// The share of each kind of verdict, 0 to 1; they sum to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Verdicts {
    /// A breed.
    pub breed: f64,
    /// A cat or a dog of unclear breed.
    pub species: f64,
    /// Not sure.
    pub unsure: f64,
    /// None of the breeds.
    pub not_ours: f64,
}

/// How well cats and dogs are told apart. The probability of a species is the sum over its breeds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SpeciesFigures {
    /// On the photographs of the bundle's breeds.
    #[serde(flatten)]
    pub known: SpeciesSummary,
    /// On dogs of other breeds, if there is a kind of outlier `other-dogs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_dogs: Option<SpeciesSummary>,
}

/// Accuracy and calibration of the species.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpeciesSummary {
    /// Share of photographs whose species is the more probable one, 0 to 1.
    pub accuracy: f64,
    /// Expected calibration error, as in [`Summary::ece`].
    pub ece: f64,
}

impl Figures {
    /// The figures for photographs of known breeds, of which there must be one, and for outliers by kind.
    pub(super) fn of(
        known: &[LabelledPrediction],
        outliers: &PredictionsByKind,
        metadata: &Metadata,
    ) -> Self {
        let labels: Vec<usize> = known.iter().map(|labelled| labelled.label).collect();
        let probabilities: Vec<Vec<f32>> = (known.iter())
            .map(|labelled| labelled.prediction.probabilities.clone())
            .collect();
        let answers: Vec<_> = known.iter().map(LabelledPrediction::answer).collect();
        let known_scores = scores(known, metadata);
        let (accepted, accepted_accuracy) = accepted(known);
        let other_dogs = outliers.get(OTHER_DOGS);
        let milliseconds = known
            .iter()
            .map(|labelled| labelled.spent.as_secs_f64() * 1000.0);
        Self {
            images: known.len(),
            summary: Summary::of(&probabilities, &labels, metadata.breeds.len()),
            auroc: for_each_kind(outliers, |of_kind| {
                auroc(&known_scores, &scores(of_kind, metadata))
            }),
            accepted,
            accepted_accuracy,
            answered_at_98: answered_at(RIGHT, &answers),
            species: SpeciesFigures {
                known: SpeciesSummary::of(known, metadata, |labelled| {
                    metadata.breeds[labelled.label].species
                }),
                other_dogs: other_dogs
                    .map(|dogs| SpeciesSummary::of(dogs, metadata, |_| Species::Dog)),
            },
            verdicts: Verdicts::of(known),
            outliers: (outliers.iter())
                .map(|(kind, of_kind)| (kind.clone(), Outliers::of(kind, of_kind, metadata)))
                .collect(),
            intervals: Intervals::of(known, outliers, metadata),
            ms_per_image: mean(milliseconds),
            animals: None,
            individuals: None,
            enrolled: None,
            scenes: None,
            robustness: None,
            sequences: None,
        }
    }
}

impl Outliers {
    fn of(kind: &str, predictions: &[LabelledPrediction], metadata: &Metadata) -> Self {
        let found = predictions.iter().map(|labelled| labelled.found as f64);
        let are_false = metadata.animals.is_some() && kind != OTHER_DOGS;
        Self {
            images: predictions.len(),
            verdicts: Verdicts::of(predictions),
            false_per_image: are_false.then(|| mean(found)),
        }
    }
}

impl Verdicts {
    fn of(predictions: &[LabelledPrediction]) -> Self {
        let share = |kind: VerdictKind| {
            let kinds = predictions.iter().map(|labelled| labelled.verdict.kind());
            mean(kinds.map(|other| f64::from(other == kind)))
        };
        Self {
            breed: share(VerdictKind::Breed),
            species: share(VerdictKind::Species),
            unsure: share(VerdictKind::Unsure),
            not_ours: share(VerdictKind::NotOurs),
        }
    }
}

impl SpeciesSummary {
    fn of(
        predictions: &[LabelledPrediction],
        metadata: &Metadata,
        truth: impl Fn(&LabelledPrediction) -> Species,
    ) -> Self {
        let probabilities = predictions
            .iter()
            .map(|labelled| labelled.species(metadata).to_vec());
        let probabilities: Vec<Vec<f32>> = probabilities.collect();
        let labels = predictions
            .iter()
            .map(|labelled| species_index(truth(labelled)));
        let summary = Summary::of(&probabilities, &labels.collect::<Vec<_>>(), 2);
        Self {
            accuracy: summary.top1,
            ece: summary.ece,
        }
    }
}

/// The share of photographs whose verdict is a breed, and the share of right ones among these.
fn accepted(predictions: &[LabelledPrediction]) -> (f64, Option<f64>) {
    let right: Vec<bool> = (predictions.iter())
        .filter_map(|labelled| Some(labelled.verdict.breed()? == labelled.label))
        .collect();
    let accuracy = mean(right.iter().map(|&right| f64::from(right)));
    (
        right.len() as f64 / predictions.len() as f64,
        (!right.is_empty()).then_some(accuracy),
    )
}
