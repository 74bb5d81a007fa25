//! Chooses the range of numbers that the 256 values of an activation represent.

use crate::net::int8::Affine;

/// Bins of a histogram: eight for each quantised value.
const BINS: usize = 2048;
/// Number of candidates for each end of a range, from the extreme inwards.
const CANDIDATES: usize = 64;
/// The innermost candidate, as a share of the extreme.
const INNERMOST: f32 = 0.25;

/// The distribution of an activation's values.
#[derive(Clone, Debug)]
pub struct Histogram {
    low: f32,
    high: f32,
    counts: Vec<u64>,
}

impl Histogram {
    /// An empty histogram of values from `low`, at most 0, to `high`, at least 0.
    #[must_use]
    pub fn new(low: f32, high: f32) -> Self {
        Self {
            low: low.min(0.0),
            high: high.max(0.0),
            counts: vec![0; BINS],
        }
    }

    /// Counts the values; those beyond an end count as that end. Zeros do not count, since every range represents them
    /// exactly.
    pub fn add(&mut self, values: &[f32]) {
        let bins_per_unit = BINS as f32 / (self.high - self.low);
        for &value in values {
            if value != 0.0 {
                let bin = ((value - self.low) * bins_per_unit) as usize;
                self.counts[bin.min(BINS - 1)] += 1;
            }
        }
    }

    /// Adds the counts of another histogram with the same ends.
    #[must_use]
    pub fn merged(mut self, other: &Self) -> Self {
        for (count, other) in self.counts.iter_mut().zip(&other.counts) {
            *count += other;
        }
        self
    }

    /// The range with the smallest mean squared error among those that keep at least a quarter of either side.
    ///
    /// A range up to the extremes has a coarse step for the sake of few large values. A narrower range clips those and
    /// rounds all others more finely (Nagel et al., "A White Paper on Neural Network Quantization", 2021, section 3.1).
    #[must_use]
    pub fn best(&self) -> Affine {
        let inwards = |end: f32| {
            let step = (1.0 - INNERMOST) / (CANDIDATES - 1) as f32;
            let candidates = if end == 0.0 { 1 } else { CANDIDATES };
            (0..candidates).map(move |index| end * (1.0 - index as f32 * step))
        };
        let mut best = (f64::INFINITY, Affine::covering(self.low, self.high));
        for low in inwards(self.low) {
            for high in inwards(self.high) {
                let affine = Affine::covering(low, high);
                let error = self.squared_error(affine);
                if error < best.0 {
                    best = (error, affine);
                }
            }
        }
        best.1
    }

    fn squared_error(&self, affine: Affine) -> f64 {
        let width = (self.high - self.low) / BINS as f32;
        let mut total = 0.0;
        for (bin, &count) in self.counts.iter().enumerate() {
            if count > 0 {
                let value = self.low + (bin as f32 + 0.5) * width;
                let error = f64::from(value - affine.dequantise(affine.quantise(value)));
                total += count as f64 * error * error;
            }
        }
        total
    }
}
