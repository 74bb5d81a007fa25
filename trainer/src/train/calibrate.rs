//! Chooses the temperature and the thresholds of a bundle on the validation split.

use std::iter;
use std::ops::Range;

use recognise::metadata::{Measured, Method, Unknown};
use recognise::verdict::{spread_of, top};
use recognise::{Metadata, Prediction};

use super::views::ViewOutputs;
use crate::metrics::{Summary, mean};
use crate::net::{self, Classifier};

/// Range of the temperature. On few and easy photographs the best temperature would be zero.
const TEMPERATURES: Range<f64> = 0.1..5.0;
/// Factor between successive temperatures that [`cautious_temperature`] tries.
const STEP: f64 = 1.01;
/// Required share of right answers among the views for which a breed is named.
const RIGHT_WHEN_NAMED: f64 = 0.98;
/// Share of the views that is accepted as an animal of a known breed.
const ACCEPTED_AS_ANIMALS: f64 = 0.995;
/// Share of the views whose similarity to their most probable breed is high enough to name it.
const SIMILAR_TO_BREED: f64 = 0.95;
/// Share of the views whose similarities to the breeds spread at least as far as the least spread of known breeds.
const LEAST_SPREAD: f64 = 0.99;
/// The spread of other breeds as a share of that of the known ones: with it, 98 % of half of the photographs of dogs
/// of other breeds and of a daycare's dogs are kept.
const OTHER_BREEDS: f32 = 0.82;
/// Number of views that must exceed a threshold for the share of right answers to be meaningful, if there are as many.
const ENOUGH: usize = 20;
/// With a higher threshold the kiosk would hardly ever name a breed.
const HIGHEST_THRESHOLD: f32 = 0.95;

/// Sets the metadata's temperature and thresholds from all views of the validation split, and its figures from the
/// whole photographs; gives the figures.
pub(crate) fn calibrate(metadata: &mut Metadata, views: &ViewOutputs) -> Measured {
    let labels = views.labels_of_views();
    metadata.calibration.temperature =
        cautious_temperature(&views.logits_by_photo(), &views.labels);
    let outputs = views.outputs.iter().flatten();
    let predictions = outputs.map(|output| Prediction::of(output, metadata));
    let predictions: Vec<Prediction> = predictions.collect();
    let (animal, breed) = similarity_thresholds(&predictions);
    if let Some(animals) = &mut metadata.animals {
        animals.spread = Some(spread_of_animals(&predictions));
    }
    let probabilities = predictions
        .into_iter()
        .map(|prediction| prediction.probabilities);
    metadata.unknown = Unknown {
        threshold: threshold(&probabilities.collect::<Vec<_>>(), &labels),
        method: Method::PrototypeSimilarity { animal, breed },
    };
    let whole = views.outputs.iter().filter_map(|views| views.first());
    let whole = whole.map(|output| Prediction::of(output, metadata).probabilities);
    let whole: Vec<Vec<f32>> = whole.collect();
    let summary = Summary::of(&whole, &views.labels, metadata.breeds.len());
    let measured = Measured {
        split: "validation".to_owned(),
        images: views.labels.len(),
        top1: summary.top1,
        top3: summary.top3,
        mean_per_class: summary.mean_per_class,
    };
    metadata.measured = Some(measured.clone());
    measured
}

/// The least spread of similarities of what was found, for it to be an animal.
fn spread_of_animals(predictions: &[Prediction]) -> f32 {
    let spreads = predictions.iter().map(|it| spread_of(&it.similarity));
    OTHER_BREEDS * exceeded_by(LEAST_SPREAD, spreads)
}

/// Replaces the logits of all views by their weighted mean with the other classifier's. The weight of the other one is
/// chosen to minimise the negative log-likelihood at the best temperature; gives that weight, 0 to 1.
pub(crate) fn mix_in(other: &Classifier, views: &mut ViewOutputs) -> f32 {
    let labels = views.labels_of_views();
    let outputs = views.outputs.iter().flatten();
    let theirs: Vec<_> = outputs
        .map(|output| other.logits(&output.features))
        .collect();
    let own = views.logits();
    let mixed = |share: f32| -> Vec<Vec<f32>> {
        let both = own.iter().zip(&theirs);
        both.map(|(own, theirs)| net::mean(own, theirs, share))
            .collect()
    };
    let share = minimum(0.0..1.0, |share| {
        let logits = mixed(share as f32);
        let inverse = 1.0 / f64::from(temperature(&logits, &labels));
        loss(&logits, &labels, inverse)
    }) as f32;
    let outputs = views.outputs.iter_mut().flatten();
    outputs
        .zip(mixed(share))
        .for_each(|(output, logits)| output.logits = logits);
    share
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
/// `photos` has the logits of each photograph's views, which are nearly the same and so count as one.
#[must_use]
pub fn cautious_temperature(photos: &[Vec<Vec<f32>>], labels: &[usize]) -> f32 {
    let losses = |inverse: f64| -> Vec<f64> {
        let of = |(views, &label): (&Vec<Vec<f32>>, &usize)| {
            loss(views, &vec![label; views.len()], inverse) / views.len() as f64
        };
        photos.iter().zip(labels).map(of).collect()
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
    higher.take_while(is_supported).last().unwrap_or(best) as f32
}

/// The temperature whose inverse has the smallest loss.
fn likeliest(loss: impl Fn(f64) -> f64) -> f64 {
    let inverses = 1.0 / TEMPERATURES.end..1.0 / TEMPERATURES.start;
    1.0 / minimum(inverses, loss)
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

/// The argument at which a unimodal function has its minimum, by golden-section search.
fn minimum(range: Range<f64>, value: impl Fn(f64) -> f64) -> f64 {
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

/// The smallest probability at which to name a breed so that 98 per cent of the named breeds are right; if no threshold
/// reaches that, the one with the largest share of right ones. At most 0.95.
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
    chosen.1.min(HIGHEST_THRESHOLD)
}
