//! Chooses the temperature and the thresholds of a bundle on the validation split.

use std::convert::Infallible;
use std::iter;
use std::ops::Range;

use rayon::prelude::*;
use recognise::metadata::{Measured, Method, Unknown};
use recognise::verdict::{resemblance, top};
use recognise::{Metadata, Prediction, softmax};

use super::Intervals;
use super::views::ViewOutputs;
use crate::metrics::{Confusion, Summary, is_among_first_3, mean, mean_of_shares, share_interval};
use crate::net::{self, Classifier};

/// Range of the temperature. On few and easy photographs the best temperature would be zero.
const TEMPERATURES: Range<f64> = 0.1..5.0;
/// How closely the best temperature is found, as a share of the range of its inverse.
const PRECISE: f64 = 1e-6;
/// How closely the best share of a second classifier is found: figures do not show a smaller difference.
const NEARLY: f64 = 1e-3;
/// Halvings after which the least temperature that photographs support is known to six digits.
const HALVINGS: usize = 20;
/// Factor between successive temperatures that [`cautious_temperature`] tries.
const STEP: f64 = 1.01;
/// Required share of right answers among the views for which a breed is named.
const RIGHT_WHEN_NAMED: f64 = 0.98;
/// Share of the views that is accepted as an animal of a known breed.
const ACCEPTED_AS_ANIMALS: f64 = 0.995;
/// Share of the views whose similarity to their most probable breed is high enough to name it.
const SIMILAR_TO_BREED: f64 = 0.95;
/// Share of the views whose resemblance to the breeds is at least the least one of known breeds.
const LEAST_RESEMBLANCE: f64 = 0.99;
/// The resemblance of other breeds as a share of that of the known ones: with it, 98 % of half of the photographs of dogs
/// of other breeds and of a daycare's dogs are kept.
const OTHER_BREEDS: f32 = 0.96;
/// Number of views that must exceed a threshold for the share of right answers to be meaningful, if there are as many.
const ENOUGH: usize = 20;
/// With a higher threshold the kiosk would hardly ever name a breed.
const HIGHEST_THRESHOLD: f32 = 0.95;
/// With a lower threshold, a breed would be named that is less probable than the others together.
const LOWEST_THRESHOLD: f32 = 0.5;

/// Sets the metadata's temperature and thresholds from all views of the photographs.
pub(crate) fn calibrate(metadata: &mut Metadata, views: &ViewOutputs) {
    let labels = views.labels_of_views();
    metadata.calibration.temperature =
        cautious_temperature(&views.logits_by_photo(), &views.labels);
    let calibrated: &Metadata = metadata;
    let outputs = views.outputs.par_iter().flatten();
    let predictions = outputs.map(|output| Prediction::of(output, calibrated));
    let predictions: Vec<Prediction> = predictions.collect();
    let (animal, breed) = similarity_thresholds(&predictions);
    let probabilities = predictions
        .into_iter()
        .map(|prediction| prediction.probabilities);
    metadata.unknown = Unknown {
        threshold: threshold(&probabilities.collect::<Vec<_>>(), &labels),
        method: Method::PrototypeSimilarity { animal, breed },
    };
}

/// Sets the metadata's figures from the whole photographs of the validation split; gives the figures.
pub(crate) fn measure(metadata: &mut Metadata, views: &ViewOutputs) -> (Measured, Intervals) {
    let whole = views.outputs.iter().filter_map(|views| views.first());
    let whole = whole.map(|output| Prediction::of(output, metadata).probabilities);
    let whole: Vec<Vec<f32>> = whole.collect();
    let breeds = metadata.breeds.len();
    let summary = Summary::of(&whole, &views.labels, breeds);
    let measured = Measured {
        split: "validation".to_owned(),
        images: views.labels.len(),
        top1: summary.top1,
        top3: summary.top3,
        mean_per_class: summary.mean_per_class,
    };
    metadata.measured = Some(measured.clone());
    (measured, intervals(&whole, &views.labels, breeds))
}

/// How far the figures on these photographs can be trusted.
fn intervals(probabilities: &[Vec<f32>], labels: &[usize], breeds: usize) -> Intervals {
    let confusion = Confusion::of(probabilities, labels, breeds);
    let counts = (0..breeds).map(|breed| (confusion.right(breed), confusion.images(breed)));
    let right: usize = counts.clone().map(|(right, _)| right).sum();
    let among_3 = probabilities.iter().zip(labels);
    let among_3 = among_3.filter(|&(row, &label)| is_among_first_3(row, label));
    Intervals {
        top1: share_interval(right, labels.len()),
        top3: share_interval(among_3.count(), labels.len()),
        mean_per_class: mean_of_shares(counts),
    }
}

/// If the bundle finds animals, sets the least resemblance to the breeds of what was found, for it to be an animal, from
/// all views of the photographs.
pub(crate) fn measure_resemblance(metadata: &mut Metadata, views: &ViewOutputs) {
    if let Some(animals) = &mut metadata.animals {
        let outputs = views.outputs.iter().flatten();
        let measured = outputs.map(|output| resemblance(&output.similarity));
        animals.resemblance = Some(OTHER_BREEDS * exceeded_by(LEAST_RESEMBLANCE, measured));
    }
}

/// Replaces the logits of all views by their weighted mean with the other classifier's; gives the weight of the other
/// one, as [`share_of_second`] chooses it.
///
/// # Errors
/// Those of `go_on`: see there.
pub(crate) fn mix_in<E>(
    other: &Classifier,
    views: &mut ViewOutputs,
    go_on: impl Fn() -> Result<(), E>,
) -> Result<f32, E> {
    let outputs = views.outputs.par_iter().flatten();
    let theirs = outputs.map(|output| other.logits(&output.features));
    let theirs: Vec<Vec<f32>> = theirs.collect();
    let own = views.logits();
    let share = share_of_second([&own, &theirs], &views.labels_of_views(), go_on)?;
    let outputs = views.outputs.iter_mut().flatten();
    outputs
        .zip(mixed([&own, &theirs], share))
        .for_each(|(output, logits)| output.logits = logits);
    Ok(share)
}

/// The weight, 0 to 1, that the second of two classifiers has in their mean with the smallest negative log-likelihood at
/// the best temperature, given the logits of each for the same pictures.
///
/// # Errors
/// That of `go_on`, which is called before each of about fifteen steps.
pub fn share_of_second<E>(
    logits: [&[Vec<f32>]; 2],
    labels: &[usize],
    go_on: impl Fn() -> Result<(), E>,
) -> Result<f32, E> {
    let loss_at = |share: f64| {
        let logits = mixed(logits, share as f32);
        let inverse = 1.0 / f64::from(temperature(&logits, labels));
        loss(&logits, labels, inverse)
    };
    let share = minimum(0.0..1.0, NEARLY, |share| go_on().map(|()| loss_at(share)))?;
    Ok(share as f32)
}

/// The weighted mean of two classifiers' logits; those of the second have the weight `share`.
fn mixed([own, theirs]: [&[Vec<f32>]; 2], share: f32) -> Vec<Vec<f32>> {
    let both = own.par_iter().zip(theirs);
    both.map(|(own, theirs)| net::mean(own, theirs, share))
        .collect()
}

/// The thresholds of the largest prototype similarity, for a known animal, and of that to the most probable breed, for
/// a named breed.
fn similarity_thresholds(predictions: &[Prediction]) -> (f32, f32) {
    let of_first = |prediction: &Prediction| {
        let (first, _) = *top(&prediction.probabilities, 1).first()?;
        prediction.similarity.get(first).copied()
    };
    (
        exceeded_by(
            ACCEPTED_AS_ANIMALS,
            predictions.iter().map(Prediction::greatest_similarity),
        ),
        exceeded_by(SIMILAR_TO_BREED, predictions.iter().filter_map(of_first)),
    )
}

/// The value that this share of the values reaches or exceeds; 0 if there are no values.
fn exceeded_by(share: f64, values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    let below = ((1.0 - share) * values.len() as f64) as usize;
    values.get(below).copied().unwrap_or(0.0)
}

/// The temperature between 0.1 and 5 with the smallest negative log-likelihood (Guo et al., "On Calibration of Modern
/// Neural Networks", ICML 2017), by golden-section search: the loss is convex in the inverse of the temperature.
#[must_use]
pub fn temperature(logits: &[Vec<f32>], labels: &[usize]) -> f32 {
    likeliest(|inverse| loss(logits, labels, inverse)) as f32
}

/// The highest temperature that the photographs support: its negative log-likelihood exceeds the smallest one by at
/// most one standard error of the difference (the one-standard-error rule of Breiman, Friedman, Olshen and Stone,
/// "Classification and Regression Trees", 1984).
///
/// A network appears better than it is on the photographs that its epoch and its classifier were chosen on. Within the
/// uncertainty, underconfidence is better than overconfidence.
///
/// It is never lower than the number of photographs supports: after `n` right answers of `n`, the next one is
/// right with a probability of `(n + 1) / (n + 2)` (Laplace's rule of succession), and the mean confidence is
/// at most that.
///
/// `photos` has the logits of each photograph's views, which are nearly the same and so count as one.
#[must_use]
pub fn cautious_temperature(photos: &[Vec<Vec<f32>>], labels: &[usize]) -> f32 {
    let losses = |inverse: f64| -> Vec<f64> {
        let of = |(views, &label): (&Vec<Vec<f32>>, &usize)| {
            mean(views.iter().map(|view| loss_of(view, label, inverse)))
        };
        photos.par_iter().zip(labels).map(of).collect()
    };
    let best = likeliest(|inverse| mean(losses(inverse)));
    let best_losses = losses(1.0 / best);
    let is_supported = |temperature: &f64| {
        let losses = losses(1.0 / temperature);
        let excess = losses.iter().zip(&best_losses);
        let excess: Vec<f64> = excess.map(|(loss, best)| loss - best).collect();
        mean(excess.iter().copied()) <= standard_error(&excess)
    };
    let higher = iter::successors(Some(best * STEP), |temperature| Some(temperature * STEP));
    let higher = higher.take_while(|temperature| TEMPERATURES.contains(temperature));
    let cautious = higher.take_while(is_supported).last().unwrap_or(best);
    cautious.max(least_temperature(photos)) as f32
}

/// The lowest temperature at which the mean confidence is no more than the number of photographs supports.
fn least_temperature(photos: &[Vec<Vec<f32>>]) -> f64 {
    let most = (photos.len() + 1) as f64 / (photos.len() + 2) as f64;
    let is_supported = |temperature: f64| {
        let confidence = |logits: &Vec<f32>| {
            let probabilities = softmax(logits, temperature as f32);
            f64::from(probabilities.into_iter().fold(0.0, f32::max))
        };
        let confidences = photos.par_iter().flatten().map(confidence);
        mean(confidences.collect::<Vec<f64>>()) <= most
    };
    let Range { start, end } = TEMPERATURES;
    if is_supported(start) {
        return start;
    }
    let (mut low, mut high) = (start, end);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if is_supported(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The temperature whose inverse has the smallest loss.
fn likeliest(loss: impl Fn(f64) -> f64) -> f64 {
    let inverses = 1.0 / TEMPERATURES.end..1.0 / TEMPERATURES.start;
    let loss = |inverse: f64| Ok::<f64, Infallible>(loss(inverse));
    let Ok(inverse) = minimum(inverses, PRECISE, loss);
    1.0 / inverse
}

/// The standard error of the mean of these values; 0 if there are fewer than two.
fn standard_error(values: &[f64]) -> f64 {
    let Some(others) = values.len().checked_sub(1).filter(|&others| others > 0) else {
        return 0.0;
    };
    let middle = mean(values.iter().copied());
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    (squares / others as f64 / values.len() as f64).sqrt()
}

/// The argument at which a unimodal function has its minimum, by golden-section search, to within `tolerance`, a share
/// of the range. Each step needs one value: the other one is that of the step before.
fn minimum<E>(
    range: Range<f64>,
    tolerance: f64,
    value: impl Fn(f64) -> Result<f64, E>,
) -> Result<f64, E> {
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (range.start, range.end);
    let tolerance = tolerance * (high - low);
    let mut left = high - golden * (high - low);
    let mut right = low + golden * (high - low);
    let (mut at_left, mut at_right) = (value(left)?, value(right)?);
    while high - low > tolerance {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = value(left)?;
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = value(right)?;
        }
    }
    Ok(f64::midpoint(low, high))
}

/// Negative log-likelihood of the labels under `softmax(logits * inverse)`. It is the same on any number of cores.
fn loss(logits: &[Vec<f32>], labels: &[usize], inverse: f64) -> f64 {
    let rows = logits.par_iter().zip(labels);
    let losses: Vec<f64> = rows
        .map(|(logits, &label)| loss_of(logits, label, inverse))
        .collect();
    losses.iter().sum()
}

/// Negative log-likelihood of one label.
fn loss_of(logits: &[f32], label: usize, inverse: f64) -> f64 {
    let scaled = logits.iter().map(|&logit| f64::from(logit) * inverse);
    let largest = scaled.clone().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = scaled.map(|logit| (logit - largest).exp()).sum();
    largest + sum.ln() - f64::from(logits[label]) * inverse
}

/// The smallest probability at which to name a breed so that 98 per cent of the named breeds are right; if no threshold
/// reaches that, the one with the largest share of right ones. At least 0.5 and at most 0.95.
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
        // Larger shares count as the required one: the lowest threshold that reaches it wins.
        let share = (right as f64 / given as f64).min(RIGHT_WHEN_NAMED);
        if given >= ENOUGH.min(answers.len()) && share >= chosen.0 {
            chosen = (share, equals[0].0);
        }
    }
    chosen.1.clamp(LOWEST_THRESHOLD, HIGHEST_THRESHOLD)
}
