//! The figures of an evaluation, from probabilities and labels alone.

use edge::verdict::top;
use serde::Serialize;

/// Bins of the expected calibration error, of equal width: as many as Guo et al. (2017) take.
const CALIBRATION_BINS: usize = 15;

/// How right and how honest a classifier is over labelled photographs.
///
/// Every figure is NaN where there are no photographs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Share of photographs whose most probable breed is the right one, 0 to 1.
    pub top1: f64,
    /// Share of photographs whose breed is among the three most probable, 0 to 1.
    pub top3: f64,
    /// Mean over the breeds of the share recognised, 0 to 1; breeds without a photograph do not count.
    pub mean_per_class: f64,
    /// Expected calibration error over 15 bins of equal width, 0 to 1: Guo et al., "On Calibration of
    /// Modern Neural Networks", ICML 2017.
    pub ece: f64,
    /// Mean negative log-likelihood of the right breed, in nats.
    pub nll: f64,
}

impl Summary {
    /// Of photographs with `probabilities` `[photographs][breeds]` and `labels` `[photographs]`.
    ///
    /// # Panics
    ///
    /// If there are not as many labels as rows of probabilities, if a row has not as many values as
    /// there are breeds, or if a label is not below `breeds`.
    pub fn of(probabilities: &[Vec<f32>], labels: &[usize], breeds: usize) -> Self {
        let confusion = Confusion::of(probabilities, labels, breeds);
        let rows = || probabilities.iter().zip(labels);
        Self {
            top1: confusion.accuracy(),
            top3: mean(rows().map(|(row, &label)| {
                let among = top(row, 3).iter().any(|&(breed, _)| breed == label);
                f64::from(among)
            })),
            mean_per_class: confusion.mean_per_class(),
            ece: expected_calibration_error(probabilities, labels),
            nll: mean(
                rows().map(|(row, &label)| -f64::from(row[label].max(f32::MIN_POSITIVE)).ln()),
            ),
        }
    }
}

/// How often each breed was taken for each other one.
#[derive(Clone, Debug)]
pub struct Confusion {
    /// `[truth][answer]`
    counts: Vec<Vec<usize>>,
}

/// Two breeds, by index, and how often each was taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The breed with the smaller index.
    pub first: usize,
    /// The breed with the larger index.
    pub second: usize,
    /// Photographs of the first breed taken for the second.
    pub first_as_second: usize,
    /// Photographs of the second breed taken for the first.
    pub second_as_first: usize,
}

impl Confusion {
    /// Counts the most probable breed of each photograph; arguments and panics as of [`Summary::of`].
    pub fn of(probabilities: &[Vec<f32>], labels: &[usize], breeds: usize) -> Self {
        assert_eq!(probabilities.len(), labels.len(), "one label a photograph");
        let mut counts = vec![vec![0; breeds]; breeds];
        for (row, &label) in probabilities.iter().zip(labels) {
            assert_eq!(row.len(), breeds, "one probability a breed");
            for (answer, _) in top(row, 1) {
                counts[label][answer] += 1;
            }
        }
        Self { counts }
    }

    /// Photographs of this breed.
    pub fn images(&self, breed: usize) -> usize {
        self.counts[breed].iter().sum()
    }

    /// Photographs of this breed that were recognised.
    pub fn right(&self, breed: usize) -> usize {
        self.counts[breed][breed]
    }

    /// Share of this breed's photographs that were recognised; `None` where there are none.
    pub fn recall(&self, breed: usize) -> Option<f64> {
        let images = self.images(breed);
        (images > 0).then(|| self.right(breed) as f64 / images as f64)
    }

    /// The breed that this one was most often mistaken for, and how often; `None` where it never was.
    pub fn most_mistaken_for(&self, breed: usize) -> Option<(usize, usize)> {
        let answers = self.counts[breed].iter().copied().enumerate();
        answers
            .filter(|&(answer, count)| answer != breed && count > 0)
            .min_by_key(|&(answer, count)| (std::cmp::Reverse(count), answer))
    }

    /// The `limit` pairs of breeds that are confused most, either way round, the worst first.
    pub fn most_confused(&self, limit: usize) -> Vec<Pair> {
        let breeds = self.counts.len();
        let mut pairs: Vec<Pair> = (0..breeds)
            .flat_map(|first| (first + 1..breeds).map(move |second| (first, second)))
            .map(|(first, second)| Pair {
                first,
                second,
                first_as_second: self.counts[first][second],
                second_as_first: self.counts[second][first],
            })
            .filter(|pair| pair.total() > 0)
            .collect();
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.total()));
        pairs.truncate(limit);
        pairs
    }

    fn accuracy(&self) -> f64 {
        let breeds = 0..self.counts.len();
        let images: usize = breeds.clone().map(|breed| self.images(breed)).sum();
        let right: usize = breeds.map(|breed| self.right(breed)).sum();
        right as f64 / images as f64
    }

    fn mean_per_class(&self) -> f64 {
        mean((0..self.counts.len()).filter_map(|breed| self.recall(breed)))
    }
}

impl Pair {
    /// Photographs of either breed taken for the other.
    pub fn total(&self) -> usize {
        self.first_as_second + self.second_as_first
    }
}

/// Area under the ROC curve: the probability that a `known` photograph scores higher than an `unknown` one,
/// where a tie counts half (Hanley and McNeil, "The Meaning and Use of the Area under a Receiver Operating
/// Characteristic (ROC) Curve", Radiology 1982). NaN where either side is empty.
pub fn auroc(known: &[f32], unknown: &[f32]) -> f64 {
    let mut scores: Vec<(f32, bool)> = known.iter().map(|&score| (score, true)).collect();
    scores.extend(unknown.iter().map(|&score| (score, false)));
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));

    // The Mann-Whitney U statistic, from the sum of the ranks of the known: equal scores share their mid-rank.
    let (mut rank_sum, mut below) = (0.0, 0);
    for tied in scores.chunk_by(|a, b| a.0 == b.0) {
        let mid_rank = below as f64 + (tied.len() + 1) as f64 / 2.0;
        rank_sum += mid_rank * tied.iter().filter(|&&(_, is_known)| is_known).count() as f64;
        below += tied.len();
    }
    let (known, unknown) = (known.len() as f64, unknown.len() as f64);
    (rank_sum - known * (known + 1.0) / 2.0) / (known * unknown)
}

/// Mean of the values; NaN where there are none.
pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values
        .into_iter()
        .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn expected_calibration_error(probabilities: &[Vec<f32>], labels: &[usize]) -> f64 {
    // In each bin, right answers less confidence: the share that was right and the mean confidence,
    // both times the bin's size, so that the size drops out of the weighted mean.
    let mut gaps = [0.0; CALIBRATION_BINS];
    for (row, &label) in probabilities.iter().zip(labels) {
        for (answer, confidence) in top(row, 1) {
            let confidence = f64::from(confidence);
            // The bins are closed on the right, as in the paper: ]0, 1/15], ]1/15, 2/15], ...
            let bin = (confidence * CALIBRATION_BINS as f64).ceil() as usize;
            gaps[bin.clamp(1, CALIBRATION_BINS) - 1] += f64::from(answer == label) - confidence;
        }
    }
    gaps.iter().map(|gap: &f64| gap.abs()).sum::<f64>() / labels.len() as f64
}
