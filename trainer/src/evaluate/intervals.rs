//! Confidence intervals of the headline figures.

use std::collections::BTreeMap;

use recognise::Metadata;
use serde::Serialize;

use super::outliers::{PredictionsByKind, for_each_kind};
use super::predict::{LabelledPrediction, scores, species_index};
use crate::metrics::{
    Answer, Interval, answered_at, auroc, expected_calibration_error, interval, is_among_first_3,
    log_loss, mean,
};

/// Required share of right answers for [`super::Figures::answered_at_98`].
pub(super) const RIGHT: f64 = 0.98;

/// The 95 % confidence intervals of the figures of the same names in [`super::Figures`], by bootstrap over the
/// photographs; see [`interval`].
#[derive(Clone, Debug, Serialize)]
pub struct Intervals {
    /// Interval of [`crate::metrics::Summary::top1`].
    pub top1: Interval,
    /// Interval of [`crate::metrics::Summary::top3`].
    pub top3: Interval,
    /// Interval of [`crate::metrics::Summary::mean_per_class`]. Resamples keep the number of photographs of each breed.
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
        let of_mean = |value: &dyn Fn(&LabelledPrediction) -> f64| {
            let values: Vec<f64> = known.iter().map(value).collect();
            interval(&all, |drawn| mean(drawn.iter().map(|&index| values[index])))
        };
        let of_answers = |figure: &(dyn Fn(&[Answer]) -> f64 + Sync)| {
            interval(&all, |drawn| {
                let drawn: Vec<Answer> = drawn.iter().map(|&index| answers[index]).collect();
                figure(&drawn)
            })
        };
        Self {
            top1: of_mean(&|labelled| f64::from(labelled.answer().right)),
            top3: of_mean(&|labelled| {
                let probabilities = &labelled.prediction.probabilities;
                f64::from(is_among_first_3(probabilities, labelled.label))
            }),
            mean_per_class: mean_per_class(known, metadata.breeds.len()),
            ece: of_answers(&expected_calibration_error),
            nll: of_mean(&|labelled| log_loss(&labelled.prediction.probabilities, labelled.label)),
            accepted: of_mean(&|labelled| f64::from(labelled.verdict.breed().is_some())),
            accepted_accuracy: accepted_accuracy(known, &all),
            answered_at_98: of_answers(&|drawn| answered_at(RIGHT, drawn)),
            species_accuracy: of_mean(&|labelled| {
                let truth = species_index(metadata.breeds[labelled.label].species);
                f64::from(Answer::of(&labelled.species(metadata), truth).right)
            }),
            auroc: for_each_kind(outliers, |of_kind| {
                of_auroc(&scores(known, metadata), &scores(of_kind, metadata))
            }),
        }
    }
}

fn mean_per_class(known: &[LabelledPrediction], breeds: usize) -> Interval {
    let of_breed = |breed| {
        let predictions = known.iter().enumerate();
        let of_breed = predictions.filter(|(_, labelled)| labelled.label == breed);
        of_breed.map(|(index, _)| index).collect::<Vec<usize>>()
    };
    let strata: Vec<Vec<usize>> = (0..breeds).map(of_breed).collect();
    // Every resample has as many photographs of each breed, so the mean over the breeds is a weighted sum.
    let present = strata.iter().filter(|stratum| !stratum.is_empty()).count();
    let weights: Vec<f64> = (strata.iter())
        .map(|stratum| 1.0 / (stratum.len() * present) as f64)
        .collect();
    let values: Vec<f64> = (known.iter())
        .map(|labelled| f64::from(labelled.answer().right) * weights[labelled.label])
        .collect();
    interval(&strata, |drawn| {
        drawn.iter().map(|&index| values[index]).sum()
    })
}

fn accepted_accuracy(known: &[LabelledPrediction], all: &[Vec<usize>]) -> Interval {
    let right: Vec<Option<bool>> = (known.iter())
        .map(|labelled| Some(labelled.verdict.breed()? == labelled.label))
        .collect();
    interval(all, |drawn| {
        mean((drawn.iter()).filter_map(|&index| right[index].map(f64::from)))
    })
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
