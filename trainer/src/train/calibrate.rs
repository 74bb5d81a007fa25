//! How sure the network may sound: a temperature and a threshold, both chosen on validation.

use edge::recognise::metadata::Measured;
use edge::recognise::{Metadata, softmax};
use edge::verdict::top;

use crate::evaluate::metrics::Summary;

/// Temperatures considered. On few and easy photographs the best one would be zero: sure of everything.
const TEMPERATURES: std::ops::Range<f64> = 0.1..5.0;
/// Least share right among the validation photographs that are given a breed.
const RIGHT_WHEN_SURE: f64 = 0.97;
/// Photographs that a threshold must let through for its share to mean anything, where there are so many.
const ENOUGH: usize = 20;
/// A kiosk that asks for more would hardly ever name a breed.
const HIGHEST_THRESHOLD: f32 = 0.95;

/// Sets the metadata's temperature, threshold and figures by the logits of the validation split; gives the figures.
pub(crate) fn calibrate(
    metadata: &mut Metadata,
    logits: &[Vec<f32>],
    labels: &[usize],
) -> Measured {
    metadata.calibration.temperature = temperature(logits, labels);
    let calibrated = |logits: &Vec<f32>| softmax(logits, metadata.calibration.temperature);
    let probabilities: Vec<Vec<f32>> = logits.iter().map(calibrated).collect();
    metadata.unknown.threshold = threshold(&probabilities, labels);
    let summary = Summary::of(&probabilities, labels, metadata.breeds.len());
    let measured = Measured {
        split: "validation".to_owned(),
        images: labels.len(),
        top1: summary.top1,
        top3: summary.top3,
        mean_per_class: summary.mean_per_class,
    };
    metadata.measured = Some(measured.clone());
    measured
}

/// The temperature with the least negative log-likelihood (Guo et al., "On Calibration of Modern
/// Neural Networks", ICML 2017), between 0.1 and 5, by golden-section search: as a function of the
/// temperature's inverse the loss is convex.
#[must_use]
pub fn temperature(logits: &[Vec<f32>], labels: &[usize]) -> f32 {
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (1.0 / TEMPERATURES.end, 1.0 / TEMPERATURES.start);
    while high - low > 1e-5 {
        let left = high - golden * (high - low);
        let right = low + golden * (high - low);
        if loss(logits, labels, left) < loss(logits, labels, right) {
            high = right;
        } else {
            low = left;
        }
    }
    (1.0 / f64::midpoint(low, high)) as f32
}

/// Negative log-likelihood of the labels under `softmax(logits * inverse)`.
fn loss(logits: &[Vec<f32>], labels: &[usize], inverse: f64) -> f64 {
    let of = |(logits, &label): (&Vec<f32>, &usize)| {
        let scaled = logits.iter().map(|&logit| f64::from(logit) * inverse);
        let largest = scaled.clone().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scaled.map(|logit| (logit - largest).exp()).sum();
        largest + sum.ln() - f64::from(logits[label]) * inverse
    };
    logits.iter().zip(labels).map(of).sum()
}

/// The least probability that a breed must have to be named, so that 97 of 100 named ones are
/// right; where no threshold reaches that, the one under which most are. At most 0.95.
#[must_use]
pub fn threshold(probabilities: &[Vec<f32>], labels: &[usize]) -> f32 {
    let best = |(probabilities, &label): (&Vec<f32>, &usize)| {
        let (breed, probability) = *top(probabilities, 1).first()?;
        Some((probability, breed == label))
    };
    let mut answers: Vec<(f32, bool)> = probabilities.iter().zip(labels).filter_map(best).collect();
    answers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut given, mut right) = (0, 0);
    let mut chosen = (0.0, 1.0);
    for equals in answers.chunk_by(|a, b| a.0 == b.0) {
        given += equals.len();
        right += equals.iter().filter(|answer| answer.1).count();
        // More than right enough counts as just right: among those the lowest threshold wins.
        let share = (right as f64 / given as f64).min(RIGHT_WHEN_SURE);
        if given >= ENOUGH.min(answers.len()) && share >= chosen.0 {
            chosen = (share, equals[0].0);
        }
    }
    chosen.1.min(HIGHEST_THRESHOLD)
}
