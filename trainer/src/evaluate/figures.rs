//! The figures of an evaluation, in the form that `trainer evaluate --json` prints.

use std::collections::BTreeMap;

use recognise::Metadata;
use recognise::metadata::Species;
use recognise::verdict::species_probability;
use serde::Serialize;

use super::predict::LabelledPrediction;
use super::metrics::{Summary, answered_at, auroc, mean};
use super::sequence::SequenceFigures;
use super::{Intervals, Robustness};

/// Least share right among what is answered, for [`Figures::answered_at_98`].
pub(super) const RIGHT: f64 = 0.98;
/// The kind of outlier that shows dogs of breeds that the bundle lacks.
pub(super) const OTHER_DOGS: &str = "other-dogs";

/// How good a bundle is.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Photographs that the figures rest on.
    pub images: usize,
    /// Accuracy and calibration.
    #[serde(flatten)]
    pub summary: Summary,
    /// Area under the ROC curve by kind of outlier, by the score of [`LabelledPrediction::score`].
    pub auroc: BTreeMap<String, f64>,
    /// Share of photographs for which the verdict is a breed, 0 to 1.
    pub accepted: f64,
    /// Share of the accepted whose breed is the right one, 0 to 1; `None` where none was accepted.
    pub accepted_accuracy: Option<f64>,
    /// The largest share of photographs that can be answered, surest first, so that at least 98 % of
    /// the answers are right, 0 to 1.
    pub answered_at_98: f64,
    /// Cat or dog.
    pub species: SpeciesFigures,
    /// What the kiosk says to the photographs.
    pub verdicts: Verdicts,
    /// What the kiosk says to each kind of outlier.
    pub outliers: BTreeMap<String, Outliers>,
    /// How far chance alone may have moved the figures.
    pub intervals: Intervals,
    /// Mean time to decode, preprocess and recognise one photograph on one core, in milliseconds.
    pub ms_per_image: f64,
    /// On spoilt pictures, where that was measured.
    #[serde(flatten)]
    pub robustness: Option<Robustness>,
    /// Over time, where that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequences: Option<SequenceFigures>,
}

/// How the network takes photographs of one kind that show none of its breeds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Outliers {
    /// Photographs of this kind.
    pub images: usize,
    /// What the kiosk says to them.
    #[serde(flatten)]
    pub verdicts: Verdicts,
}

/// Shares of what the kiosk says, 0 to 1, together 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Verdicts {
    /// A breed.
    pub breed: f64,
    /// A cat or a dog, of which breed it does not know.
    pub species: f64,
    /// Not sure.
    pub unsure: f64,
    /// Nothing that it knows.
    pub not_ours: f64,
}

/// How well cats and dogs are told apart, where the probability of a species is the sum over its breeds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SpeciesFigures {
    /// On the photographs of known breeds.
    #[serde(flatten)]
    pub known: SpeciesSummary,
    /// On dogs of other breeds, where there is a kind of outlier `other-dogs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_dogs: Option<SpeciesSummary>,
}

/// How right and how honest the species is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpeciesSummary {
    /// Share of photographs whose species is the more probable one, 0 to 1.
    pub accuracy: f64,
    /// Expected calibration error, as [`Summary::ece`].
    pub ece: f64,
}

impl Figures {
    /// Of looks at photographs of known breeds, at least one, and at others by kind.
    pub(super) fn of(
        known: &[LabelledPrediction],
        strangers: &BTreeMap<String, Vec<LabelledPrediction>>,
        metadata: &Metadata,
    ) -> Self {
        let labels: Vec<usize> = known.iter().map(|look| look.label).collect();
        let probabilities: Vec<Vec<f32>> = (known.iter())
            .map(|look| look.prediction.probabilities.clone())
            .collect();
        let answers: Vec<_> = known.iter().map(LabelledPrediction::answer).collect();
        let scores = scores(known, metadata);
        let (accepted, accepted_accuracy) = accepted(known);
        let other_dogs = strangers.get(OTHER_DOGS);
        Self {
            images: known.len(),
            summary: Summary::of(&probabilities, &labels, metadata.breeds.len()),
            auroc: by_kind(strangers, |looks| {
                auroc(&scores, &self::scores(looks, metadata))
            }),
            accepted,
            accepted_accuracy,
            answered_at_98: answered_at(RIGHT, &answers),
            species: SpeciesFigures {
                known: SpeciesSummary::of(known, metadata, |look| {
                    metadata.breeds[look.label].species
                }),
                other_dogs: other_dogs
                    .map(|looks| SpeciesSummary::of(looks, metadata, |_| Species::Dog)),
            },
            verdicts: Verdicts::of(known),
            outliers: by_kind(strangers, |looks| Outliers {
                images: looks.len(),
                verdicts: Verdicts::of(looks),
            }),
            intervals: Intervals::of(known, strangers, metadata),
            ms_per_image: mean(known.iter().map(|look| look.spent.as_secs_f64() * 1000.0)),
            robustness: None,
            sequences: None,
        }
    }
}

impl Verdicts {
    fn of(looks: &[LabelledPrediction]) -> Self {
        let share = |name| {
            mean(
                looks
                    .iter()
                    .map(|look| f64::from(look.verdict.name() == name)),
            )
        };
        Self {
            breed: share("breed"),
            species: share("species"),
            unsure: share("unsure"),
            not_ours: share("not_ours"),
        }
    }
}

impl SpeciesSummary {
    fn of(looks: &[LabelledPrediction], metadata: &Metadata, truth: impl Fn(&LabelledPrediction) -> Species) -> Self {
        let species = looks.iter().map(|look| species(look, metadata).to_vec());
        let labels: Vec<usize> = looks.iter().map(|look| place(truth(look))).collect();
        let summary = Summary::of(&species.collect::<Vec<_>>(), &labels, 2);
        Self {
            accuracy: summary.top1,
            ece: summary.ece,
        }
    }
}

/// The probabilities of a cat and of a dog.
pub(super) fn species(look: &LabelledPrediction, metadata: &Metadata) -> [f32; 2] {
    let probabilities = &look.prediction.probabilities;
    [Species::Cat, Species::Dog].map(|it| species_probability(probabilities, metadata, it))
}

/// Where a species stands in [`species`].
pub(super) fn place(species: Species) -> usize {
    match species {
        Species::Cat => 0,
        Species::Dog => 1,
    }
}

/// [`LabelledPrediction::score`] of each.
pub(super) fn scores(looks: &[LabelledPrediction], metadata: &Metadata) -> Vec<f32> {
    looks.iter().map(|look| look.score(metadata)).collect()
}

pub(super) fn by_kind<T>(
    strangers: &BTreeMap<String, Vec<LabelledPrediction>>,
    of: impl Fn(&[LabelledPrediction]) -> T,
) -> BTreeMap<String, T> {
    let of = |(kind, looks): (&String, &Vec<LabelledPrediction>)| (kind.clone(), of(looks));
    strangers.iter().map(of).collect()
}

/// The share of photographs that were accepted, and the share of right ones among these.
fn accepted(looks: &[LabelledPrediction]) -> (f64, Option<f64>) {
    let right: Vec<bool> = (looks.iter())
        .filter_map(|look| Some(look.verdict.breed()? == look.label))
        .collect();
    let accuracy = mean(right.iter().map(|&right| f64::from(right)));
    (
        right.len() as f64 / looks.len() as f64,
        (!right.is_empty()).then_some(accuracy),
    )
}
