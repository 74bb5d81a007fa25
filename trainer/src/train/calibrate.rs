//! How sure the network may sound: a temperature and thresholds, all chosen on validation.

use std::iter;
use std::ops::Range;

use recognise::metadata::{Measured, Method, Unknown};
use recognise::{Metadata, Prediction};
use recognise::verdict::top;

use super::views::Seen;
use crate::evaluate::metrics::{Summary, mean};
use crate::net::{self, Classifier};

/// Temperatures considered. On few and easy photographs the best one would be zero: sure of everything.
const TEMPERATURES: Range<f64> = 0.1..5.0;
/// A temperature that is considered after another is this many times as high.
const STEP: f64 = 1.01;
/// Least share right among the validation photographs' views that are given a breed.
const RIGHT_WHEN_SURE: f64 = 0.98;
/// Share of the validation photographs' views that are not taken for something unknown.
const TAKEN_FOR_ANIMALS: f64 = 0.995;
/// Share of the validation photographs' views that are enough like the breed that they would be given.
const LIKE_THEIR_BREED: f64 = 0.95;
/// Photographs that a threshold must let through for its share to mean anything, where there are so many.
const ENOUGH: usize = 20;
/// A kiosk that asks for more would hardly ever name a breed.
const HIGHEST_THRESHOLD: f32 = 0.95;

/// Sets the metadata's temperature and thresholds by all views of the validation split, and its figures by the whole
/// photographs; gives the figures.
pub(crate) fn calibrate(metadata: &mut Metadata, seen: &Seen) -> Measured {
    let labels = seen.labels_of_views();
    metadata.calibration.temperature = cautious_temperature(&seen.logits_of_photos(), &seen.labels);
    let outputs = seen.outputs.iter().flatten();
    let predictions = outputs.map(|output| Prediction::of(output, metadata));
    let predictions: Vec<Prediction> = predictions.collect();
    let (animal, breed) = similarities(&predictions);
    let probabilities = predictions.into_iter().map(|prediction| prediction.probabilities);
    metadata.unknown = Unknown {
        threshold: threshold(&probabilities.collect::<Vec<_>>(), &labels),
        method: Method::PrototypeSimilarity { animal, breed },
    };
    let whole = seen.outputs.iter().filter_map(|views| views.first());
    let whole = whole.map(|output| Prediction::of(output, metadata).probabilities);
    let whole: Vec<Vec<f32>> = whole.collect();
    let summary = Summary::of(&whole, &seen.labels, metadata.breeds.len());
    let measured = Measured {
        split: "validation".to_owned(),
        images: seen.labels.len(),
        top1: summary.top1,
        top3: summary.top3,
        mean_per_class: summary.mean_per_class,
    };
    metadata.measured = Some(measured.clone());
    measured
}

/// Lets the logits of all views be the mean of themselves and the other classifier's, which count for the share with
/// the least negative log-likelihood that a temperature can reach; gives that share, 0 to 1.
pub(crate) fn mix_in(other: &Classifier, seen: &mut Seen) -> f32 {
    let labels = seen.labels_of_views();
    let outputs = seen.outputs.iter().flatten();
    let theirs: Vec<_> = outputs
        .map(|output| other.logits(&output.features))
        .collect();
    let own = seen.logits();
    let mixed = |share: f32| -> Vec<Vec<f32>> {
        let both = own.iter().zip(&theirs);
        both.map(|(own, theirs)| net::mean(own, theirs, share))
            .collect()
    };
    let share = least(0.0..1.0, |share| {
        let logits = mixed(share as f32);
        let inverse = 1.0 / f64::from(temperature(&logits, &labels));
        loss(&logits, &labels, inverse)
    }) as f32;
    let outputs = seen.outputs.iter_mut().flatten();
    outputs
        .zip(mixed(share))
        .for_each(|(output, logits)| output.logits = logits);
    share
}

/// The least similarity of an animal that is known, and to a breed that is named.
fn similarities(predictions: &[Prediction]) -> (f32, f32) {
    let of_first = |prediction: &Prediction| {
        let (first, _) = *top(&prediction.probabilities, 1).first()?;
        prediction.similarity.get(first).copied()
    };
    (
        exceeded_by(TAKEN_FOR_ANIMALS, predictions.iter().map(Prediction::nearest)),
        exceeded_by(LIKE_THEIR_BREED, predictions.iter().filter_map(of_first)),
    )
}

/// What this share of the values reaches or exceeds; 0 where there are none.
fn exceeded_by(share: f64, values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    let below = ((1.0 - share) * values.len() as f64) as usize;
    values.get(below).copied().unwrap_or(0.0)
}

/// The temperature with the least negative log-likelihood (Guo et al., "On Calibration of Modern
/// Neural Networks", ICML 2017), between 0.1 and 5, by golden-section search: as a function of the
/// temperature's inverse the loss is convex.
#[must_use]
pub fn temperature(logits: &[Vec<f32>], labels: &[usize]) -> f32 {
    likeliest(|inverse| loss(logits, labels, inverse)) as f32
}

/// The highest temperature that the photographs do not speak against: its negative log-likelihood is above the least
/// by one standard error of the difference at most (the one-standard-error rule of Breiman, Friedman, Olshen, Stone,
/// "Classification and Regression Trees", 1984). A network looks better than it is on photographs by which its epoch
/// and its classifier were chosen; where they cannot tell, it shall rather sound too unsure than too sure.
///
/// `photos` holds the logits of each photograph's views, which say nearly the same and so count as one.
#[must_use]
pub fn cautious_temperature(photos: &[Vec<Vec<f32>>], labels: &[usize]) -> f32 {
    let losses = |inverse: f64| -> Vec<f64> {
        let of = |(views, &label): (&Vec<Vec<f32>>, &usize)| {
            loss(views, &vec![label; views.len()], inverse) / views.len() as f64
        };
        photos.iter().zip(labels).map(of).collect()
    };
    let best = likeliest(|inverse| mean(losses(inverse)));
    let least_losses = losses(1.0 / best);
    let is_as_good = |temperature: &f64| {
        let losses = losses(1.0 / temperature);
        let more = losses.iter().zip(&least_losses);
        let more: Vec<f64> = more.map(|(losses, least)| losses - least).collect();
        mean(more.iter().copied()) <= standard_error(&more)
    };
    let higher = iter::successors(Some(best * STEP), |temperature| Some(temperature * STEP));
    let higher = higher.take_while(|temperature| TEMPERATURES.contains(temperature));
    higher.take_while(is_as_good).last().unwrap_or(best) as f32
}

/// The temperature whose inverse has the least loss.
fn likeliest(loss: impl Fn(f64) -> f64) -> f64 {
    let inverses = 1.0 / TEMPERATURES.end..1.0 / TEMPERATURES.start;
    1.0 / least(inverses, loss)
}

/// Of a mean of these values; 0 where there are fewer than two.
fn standard_error(values: &[f64]) -> f64 {
    let Some(others) = values.len().checked_sub(1).filter(|&others| others > 0) else {
        return 0.0;
    };
    let middle = mean(values.iter().copied());
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    (squares / others as f64 / values.len() as f64).sqrt()
}

/// Where in the range a function with one valley has its least value: golden-section search.
fn least(range: Range<f64>, value: impl Fn(f64) -> f64) -> f64 {
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (range.start, range.end);
    let tolerance = 1e-6 * (high - low);
    while high - low > tolerance {
        let left = high - golden * (high - low);
        let right = low + golden * (high - low);
        if value(left) < value(right) {
            high = right;
        } else {
            low = left;
        }
    }
    f64::midpoint(low, high)
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

/// The least probability that a breed must have to be named, so that 98 of 100 named ones are
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
