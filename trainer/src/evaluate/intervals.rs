//! Confidence intervals of the headline figures.

use std::collections::BTreeMap;

use recognise::Metadata;
use serde::Serialize;

use super::outliers::{PredictionsByKind, for_each_kind};
use super::predict::{LabelledPrediction, scores, species_index};
use crate::metrics::{
    Answer, Interval, answered_at, auroc, expected_calibration_error, interval, is_among_first_3,
    log_loss, mean, mean_of_shares, share_interval,
};

/// Required share of right answers for [`super::Figures::answered_at_98`].
pub(super) const RIGHT: f64 = 0.98;

/// The 95 % confidence intervals of the figures of the same names in [`super::Figures`]. Those of shares are right for
/// few photographs, too: see [`share_interval`] and [`mean_of_shares`]. The others are by bootstrap over the photographs:
/// see [`interval`].
#[derive(Clone, Debug, Serialize)]
pub struct Intervals {
    /// Interval of [`crate::metrics::Summary::top1`].
    pub top1: Interval,
    /// Interval of [`crate::metrics::Summary::top3`].
    pub top3: Interval,
    /// Interval of [`crate::metrics::Summary::mean_per_class`].
    pub mean_per_class: Interval,
    /// Interval of [`crate::metrics::Summary::ece`].
    pub ece: Interval,
    /// Interval of [`crate::metrics::Summary::nll`].
    pub nll: Interval,
    /// Interval of the share of photographs whose verdict is a breed.
    pub accepted: Interval,
    /// Interval of the share of these whose breed is the right one.
    pub accepted_accuracy: Interval,
    /// Interval of the share that can be answered with 98 % right.
    pub answered_at_98: Interval,
    /// Interval of the share whose species is the more probable one.
    pub species_accuracy: Interval,
    /// Intervals of the area under the ROC curve, by kind. Resamples keep the numbers of known photographs and
    /// outliers.
    pub auroc: BTreeMap<String, Interval>,
}

impl Intervals {
    pub(super) fn of(
        known: &[LabelledPrediction],
        outliers: &PredictionsByKind,
        metadata: &Metadata,
    ) -> Self {
        let answers: Vec<Answer> = known.iter().map(LabelledPrediction::answer).collect();
        let all = [(0..known.len()).collect::<Vec<usize>>()];
        let losses = known.iter().map(|labelled| {
            let probabilities = &labelled.prediction.probabilities;
            log_loss(probabilities, labelled.label)
        });
        let losses: Vec<f64> = losses.collect();
        let of_share = |holds: &dyn Fn(&LabelledPrediction) -> bool| {
            let count = known.iter().filter(|labelled| holds(labelled)).count();
            share_interval(count, known.len())
        };
        let of_answers = |figure: &(dyn Fn(&[Answer]) -> f64 + Sync)| {
            interval(&all, |drawn| {
                let drawn: Vec<Answer> = drawn.iter().map(|&index| answers[index]).collect();
                figure(&drawn)
            })
        };
        Self {
            top1: of_share(&|labelled| labelled.answer().right),
            top3: of_share(&|labelled| {
                is_among_first_3(&labelled.prediction.probabilities, labelled.label)
            }),
            mean_per_class: mean_per_class(known, metadata.breeds.len()),
            ece: of_answers(&expected_calibration_error),
            nll: interval(&all, |drawn| mean(drawn.iter().map(|&index| losses[index]))),
            accepted: of_share(&|labelled| labelled.verdict.breed().is_some()),
            accepted_accuracy: accepted_accuracy(known),
            answered_at_98: of_answers(&|drawn| answered_at(RIGHT, drawn)),
            species_accuracy: of_share(&|labelled| {
                let truth = species_index(metadata.breeds[labelled.label].species);
                Answer::of(&labelled.species(metadata), truth).right
            }),
            auroc: for_each_kind(outliers, |of_kind| {
                of_auroc(&scores(known, metadata), &scores(of_kind, metadata))
            }),
        }
    }
}

fn mean_per_class(known: &[LabelledPrediction], breeds: usize) -> Interval {
    let mut counts = vec![(0, 0); breeds];
    for labelled in known {
        let (right, all) = &mut counts[labelled.label];
        *right += usize::from(labelled.answer().right);
        *all += 1;
    }
    mean_of_shares(counts)
}

fn accepted_accuracy(known: &[LabelledPrediction]) -> Interval {
    let right = known.iter().filter_map(|labelled| {
        let breed = labelled.verdict.breed()?;
        Some(breed == labelled.label)
    });
    let right: Vec<bool> = right.collect();
    share_interval(right.iter().filter(|&&right| right).count(), right.len())
}

fn of_auroc(known: &[f32], unknown: &[f32]) -> Interval {
    let all = known.len() + unknown.len();
    let strata = [(0..known.len()).collect(), (known.len()..all).collect()];
    interval(&strata, |drawn| {
        let (of_known, of_unknown) = drawn.split_at(known.len());
        let known: Vec<f32> = of_known.iter().map(|&index| known[index]).collect();
        let unknown: Vec<f32> = (of_unknown.iter())
            .map(|&index| unknown[index - of_known.len()])
            .collect();
        auroc(&known, &unknown)
    })
}
