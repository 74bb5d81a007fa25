//! Computes figures of accuracy, calibration and out-of-distribution detection from probabilities, scores and labels.

mod bootstrap;
mod calibration;
mod confusion;
mod coverage;
mod detection;
mod roc;
mod share;
mod spread;

use recognise::verdict::top;
use serde::Serialize;

pub use bootstrap::{Interval, interval};
pub use calibration::{Bin, expected_calibration_error, reliability};
pub use confusion::{Confusion, Pair};
pub use coverage::{Coverage, answered_at, coverage};
pub use detection::average_precision;
pub use roc::{Roc, auroc, equal_error_rate, roc};
pub use share::{mean_of_shares, share_interval, wilson};
pub use spread::Spread;

pub(crate) use share::percent;

/// Accuracy and calibration of a classifier on labelled photographs.
///
/// Every figure is NaN if there are no photographs.
///
/// ```
/// use trainer::metrics::Summary;
///
/// // Two photographs, three breeds. The first photograph is recognised, the second is not.
/// let probabilities = [vec![0.7, 0.2, 0.1], vec![0.5, 0.4, 0.1]];
/// let summary = Summary::of(&probabilities, &[0, 1], 3);
/// assert_eq!(summary.top1, 0.5);
/// assert_eq!(summary.top3, 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Share of photographs whose most probable breed is the right one, 0 to 1.
    pub top1: f64,
    /// Share of photographs whose breed is among the three most probable, 0 to 1.
    pub top3: f64,
    /// Mean over the breeds of the share recognised, 0 to 1. Breeds without photographs do not count.
    pub mean_per_class: f64,
    /// Expected calibration error over 15 bins of equal width, 0 to 1 (Guo et al., "On Calibration of Modern Neural
    /// Networks", ICML 2017).
    pub ece: f64,
    /// Mean negative log-likelihood of the right breed, in nats.
    pub nll: f64,
}

impl Summary {
    /// The summary for `probabilities` `[photographs][breeds]` and `labels` `[photographs]`.
    ///
    /// # Panics
    /// If the numbers of labels and of rows differ, a row has not `breeds` values, or a label is not below `breeds`.
    pub fn of(probabilities: &[Vec<f32>], labels: &[usize], breeds: usize) -> Self {
        let confusion = Confusion::of(probabilities, labels, breeds);
        let rows = || probabilities.iter().zip(labels);
        let answers: Vec<Answer> = rows().map(|(row, &label)| Answer::of(row, label)).collect();
        Self {
            top1: confusion.accuracy(),
            top3: mean(rows().map(|(row, &label)| f64::from(is_among_first_3(row, label)))),
            mean_per_class: confusion.mean_per_class(),
            ece: expected_calibration_error(&answers),
            nll: mean(rows().map(|(row, &label)| log_loss(row, label))),
        }
    }
}

/// The most probable breed of a photograph, compared with the right one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Its probability, 0 to 1.
    pub confidence: f32,
    /// Whether it is the right one.
    pub right: bool,
}

impl Answer {
    /// The answer for a photograph of the breed `label`, given the probability of each breed. Without probabilities the
    /// answer is wrong, at confidence 0.
    pub fn of(probabilities: &[f32], label: usize) -> Self {
        let first = top(probabilities, 1).first().copied();
        Self {
            confidence: first.map_or(0.0, |(_, confidence)| confidence),
            right: first.is_some_and(|(breed, _)| breed == label),
        }
    }
}

/// Whether the breed is among the three most probable.
pub(crate) fn is_among_first_3(probabilities: &[f32], label: usize) -> bool {
    let first = top(probabilities, 3);
    first.iter().any(|&(breed, _)| breed == label)
}

/// Negative log-likelihood of the breed, in nats. It is limited to 87.3, so that a single probability of 0 does not
/// make the mean infinite.
pub(crate) fn log_loss(probabilities: &[f32], label: usize) -> f64 {
    -f64::from(probabilities[label].max(f32::MIN_POSITIVE)).ln()
}

/// Mean of the values; NaN if there are none.
pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values
        .into_iter()
        .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}
