//! The confusion matrix: how often each breed was taken for each other one.

use recognise::verdict::top;

use super::mean;

/// The confusion matrix.
#[derive(Clone, Debug)]
pub struct Confusion {
    /// `[truth][answer]`
    counts: Vec<Vec<usize>>,
}

/// Two breeds, by index, with the number of confusions.
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
    /// Counts the most probable breed of each photograph. Arguments and panics are those of [`super::Summary::of`].
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

    /// Number of photographs of this breed.
    pub fn images(&self, breed: usize) -> usize {
        self.counts[breed].iter().sum()
    }

    /// Number of photographs of this breed that were recognised.
    pub fn right(&self, breed: usize) -> usize {
        self.counts[breed][breed]
    }

    /// Number of photographs of the breed `truth` that were taken for `answer`.
    pub fn count(&self, truth: usize, answer: usize) -> usize {
        self.counts[truth][answer]
    }

    /// Number of photographs that were taken for this breed, rightly or wrongly.
    pub fn answers(&self, breed: usize) -> usize {
        self.counts.iter().map(|answers| answers[breed]).sum()
    }

    /// Share of this breed's photographs that were recognised, 0 to 1; `None` if there are none.
    pub fn recall(&self, breed: usize) -> Option<f64> {
        let images = self.images(breed);
        (images > 0).then(|| self.right(breed) as f64 / images as f64)
    }

    /// The breed that this one was most often mistaken for, and how often; `None` if it never was.
    pub fn most_mistaken_for(&self, breed: usize) -> Option<(usize, usize)> {
        let answers = self.counts[breed].iter().copied().enumerate();
        answers
            .filter(|&(answer, count)| answer != breed && count > 0)
            .min_by_key(|&(answer, count)| (std::cmp::Reverse(count), answer))
    }

    /// The `limit` pairs of breeds that are confused most often, in either direction, the worst first.
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

    pub(super) fn accuracy(&self) -> f64 {
        let breeds = 0..self.counts.len();
        let images: usize = breeds.clone().map(|breed| self.images(breed)).sum();
        let right: usize = breeds.map(|breed| self.right(breed)).sum();
        right as f64 / images as f64
    }

    pub(super) fn mean_per_class(&self) -> f64 {
        mean((0..self.counts.len()).filter_map(|breed| self.recall(breed)))
    }
}

impl Pair {
    /// Number of photographs of either breed taken for the other.
    pub fn total(&self) -> usize {
        self.first_as_second + self.second_as_first
    }
}
