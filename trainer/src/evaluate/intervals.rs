//! Confidence intervals of the headline figures.

use std::collections::BTreeMap;

use recognise::Metadata;
use serde::Serialize;

use super::figures::{self, RIGHT, by_kind, scores};
use super::predict::LabelledPrediction;
use super::metrics::{
    Answer, Interval, answered_at, auroc, expected_calibration_error, interval, is_among_first_3,
    log_loss, mean,
};

/// The 95 % confidence intervals of figures of the same names in [`super::Figures`], by bootstrap over
/// the photographs; see [`interval`].
#[derive(Clone, Debug, Serialize)]
pub struct Intervals {
    /// Of [`super::metrics::Summary::top1`].
    pub top1: Interval,
    /// Of [`super::metrics::Summary::top3`].
    pub top3: Interval,
    /// Of [`super::metrics::Summary::mean_per_class`]; as many photographs of each breed in every resample.
    pub mean_per_class: Interval,
    /// Of [`super::metrics::Summary::ece`].
    pub ece: Interval,
    /// Of [`super::metrics::Summary::nll`].
    pub nll: Interval,
    /// Of the share that is given a breed.
    pub accepted: Interval,
    /// Of the share of these that is right.
    pub accepted_accuracy: Interval,
    /// Of the share that can be answered with 98 % right.
    pub answered_at_98: Interval,
    /// Of the share whose species is right.
    pub species_accuracy: Interval,
    /// Of the area under the ROC curve by kind; as many known and unknown photographs in every resample.
    pub auroc: BTreeMap<String, Interval>,
}

impl Intervals {
    pub(super) fn of(
        known: &[LabelledPrediction],
        strangers: &BTreeMap<String, Vec<LabelledPrediction>>,
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
        let probabilities = |look: &LabelledPrediction| look.prediction.probabilities.clone();
        Self {
            top1: of_mean(&|look| f64::from(look.answer().right)),
            top3: of_mean(&|look| f64::from(is_among_first_3(&probabilities(look), look.label))),
            mean_per_class: mean_per_class(known, metadata.breeds.len()),
            ece: of_answers(&expected_calibration_error),
            nll: of_mean(&|look| log_loss(&probabilities(look), look.label)),
            accepted: of_mean(&|look| f64::from(look.verdict.breed().is_some())),
            accepted_accuracy: accepted_accuracy(known, &all),
            answered_at_98: of_answers(&|drawn| answered_at(RIGHT, drawn)),
            species_accuracy: of_mean(&|look| {
                let species = figures::species(look, metadata);
                let truth = figures::place(metadata.breeds[look.label].species);
                f64::from(Answer::of(&species, truth).right)
            }),
            auroc: by_kind(strangers, |looks| {
                of_auroc(&scores(known, metadata), &scores(looks, metadata))
            }),
        }
    }
}

fn mean_per_class(known: &[LabelledPrediction], breeds: usize) -> Interval {
    let of = |breed| {
        let looks = known.iter().enumerate();
        let of = looks.filter(|(_, look)| look.label == breed);
        of.map(|(index, _)| index).collect::<Vec<usize>>()
    };
    let strata: Vec<Vec<usize>> = (0..breeds).map(of).collect();
    // So many photographs of each breed are in every resample: one of a rare breed counts for more.
    let present = strata.iter().filter(|stratum| !stratum.is_empty()).count();
    let weights: Vec<f64> = (strata.iter())
        .map(|stratum| 1.0 / (stratum.len() * present) as f64)
        .collect();
    let values: Vec<f64> = (known.iter())
        .map(|look| f64::from(look.answer().right) * weights[look.label])
        .collect();
    interval(&strata, |drawn| {
        drawn.iter().map(|&index| values[index]).sum()
    })
}

fn accepted_accuracy(known: &[LabelledPrediction], all: &[Vec<usize>]) -> Interval {
    let right: Vec<Option<bool>> = (known.iter())
        .map(|look| Some(look.verdict.breed()? == look.label))
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
