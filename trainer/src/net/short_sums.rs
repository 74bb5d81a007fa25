//! Which products of weights and activations the kiosk adds up in 16 bits.
//!
//! Processors without a dot product of bytes, such as the Cortex-A72 of a Raspberry Pi 4, add up a few products in 16
//! bits and then widen the sum. The more products such a sum may have, the fewer are widened. A product is at most 128
//! times its weight, so a sum fits if its weights' magnitudes add up to [`LARGEST`] at most. The kernels check it, and
//! add up fewer products otherwise: these sets decide about speed alone, never about a result.

use super::kernels::{Kernel, Layer};

/// The largest sum of magnitudes of which 128 times is below 2^15.
pub const LARGEST: i32 = 255;

/// How many weights of a row the kernels load at once.
const STEP: usize = 32;

/// The sets of weights of a row whose products are added up in 16 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortSums {
    /// The set of each weight.
    sets: Vec<usize>,
}

impl ShortSums {
    /// Those of a layer's rows.
    #[must_use]
    pub fn of(layer: &Layer) -> Self {
        let weights = layer.fan_in();
        match layer.kernel {
            Kernel::Pointwise => Self::pointwise(weights),
            // The diagonals of the window, continued on its other side: no two weights of a set share a row or a
            // column, so that not all of a set are large.
            Kernel::Depthwise(window) if window.side == 3 => Self {
                sets: (0..weights)
                    .map(|tap| (tap % 3 + 3 - tap / 3) % 3)
                    .collect(),
            },
            Kernel::Depthwise(_) | Kernel::Stem(_) => Self::alone(weights),
        }
    }

    /// Each weight by itself.
    #[must_use]
    pub fn alone(weights: usize) -> Self {
        Self {
            sets: (0..weights).collect(),
        }
    }

    /// Of 32 inputs that are loaded at once, every eighth is in a set.
    fn pointwise(weights: usize) -> Self {
        let sets = (0..weights).map(|index| index / STEP * 8 + index % 8);
        Self {
            sets: sets.collect(),
        }
    }

    /// The sum of the weights' magnitudes in each set.
    pub fn of_row<W: Copy, S: Copy + Default + std::ops::AddAssign>(
        &self,
        row: &[W],
        magnitude: impl Fn(W) -> S,
    ) -> Vec<S> {
        let mut sums = vec![S::default(); self.sets.iter().max().map_or(0, |last| last + 1)];
        for (&set, &weight) in self.sets.iter().zip(row) {
            sums[set] += magnitude(weight);
        }
        sums
    }

    /// The set of a weight.
    #[must_use]
    pub fn set(&self, weight: usize) -> usize {
        self.sets[weight]
    }
}
