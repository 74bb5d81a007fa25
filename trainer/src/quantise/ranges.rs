//! Which numbers the 256 values of an activation stand for.

use crate::net::vectorised;

/// Bins of a histogram: eight for each quantised value.
const BINS: usize = 2048;
/// Candidates for each end of a range, from the extreme inwards.
const CANDIDATES: usize = 64;
/// The innermost candidate, as a share of the extreme.
const INNERMOST: f32 = 0.25;

/// An unsigned byte `q` that stands for `scale * (q - zero_point)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// The distance of two values, above 0.
    pub scale: f32,
    /// What stands for 0.
    pub zero_point: u8,
}

impl Affine {
    /// The values from `low` to `high`, moved by up to half a step so that 0, which they are widened to hold, is
    /// among them: padding is exact.
    #[must_use]
    pub fn covering(low: f32, high: f32) -> Self {
        let (low, high) = (low.min(0.0), high.max(0.0));
        let scale = (high - low) / 255.0;
        if !scale.is_normal() {
            // Nothing but zeros was seen.
            return Self {
                scale: 1.0,
                zero_point: 0,
            };
        }
        Self {
            scale,
            zero_point: (-low / scale).round() as u8,
        }
    }

    /// The byte that comes nearest; beyond the range, its end.
    #[must_use]
    pub fn quantise(self, value: f32) -> u8 {
        ((value / self.scale).round_ties_even() + f32::from(self.zero_point)) as u8
    }

    /// What a byte stands for.
    #[must_use]
    pub fn dequantise(self, value: u8) -> f32 {
        (f32::from(value) - f32::from(self.zero_point)) * self.scale
    }

    /// Replaces each value by the nearest that a byte stands for.
    pub(super) fn snap(self, values: &mut [f32]) {
        vectorised(
            #[inline(always)]
            || {
                let zero_point = f32::from(self.zero_point);
                let (low, high) = (-zero_point, 255.0 - zero_point);
                for value in values {
                    let steps = (*value / self.scale).round_ties_even();
                    *value = steps.max(low).min(high) * self.scale;
                }
            },
        );
    }
}

/// How often an activation took which values.
#[derive(Clone, Debug)]
pub struct Histogram {
    low: f32,
    high: f32,
    counts: Vec<u64>,
}

impl Histogram {
    /// An empty one of the values from `low`, at most 0, to `high`, at least 0.
    #[must_use]
    pub fn new(low: f32, high: f32) -> Self {
        Self {
            low: low.min(0.0),
            high: high.max(0.0),
            counts: vec![0; BINS],
        }
    }

    /// Counts the values; those beyond the ends count as the ends. Zeros are left out: every range holds them.
    pub fn add(&mut self, values: &[f32]) {
        let bins_per_unit = BINS as f32 / (self.high - self.low);
        for &value in values {
            if value != 0.0 {
                let bin = ((value - self.low) * bins_per_unit) as usize;
                self.counts[bin.min(BINS - 1)] += 1;
            }
        }
    }

    /// Adds the counts of another one with the same ends.
    #[must_use]
    pub fn merged(mut self, other: &Self) -> Self {
        for (count, other) in self.counts.iter_mut().zip(&other.counts) {
            *count += other;
        }
        self
    }

    /// The range with the least mean squared error, of those that keep at least a quarter of either side.
    ///
    /// A range that holds the extremes spends its 256 values on the few largest numbers; a narrower one clips these
    /// and rounds all the others more finely (Nagel et al., "A White Paper on Neural Network Quantization", 2021,
    /// section 3.1).
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
