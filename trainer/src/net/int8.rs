//! The quantised network: integers with their scales, and the rounding that makes them.

use super::kernels::{Layer, vectorised};
use super::short_sums::{self, ShortSums};

/// The largest magnitude of a weight. Leaving out -128 keeps the range symmetric.
const LARGEST: f32 = 127.0;
/// The largest sum of magnitudes of a short sum before rounding, which adds up to a half to each of four.
const LARGEST_SUM: f32 = short_sums::LARGEST as f32 - 2.0;
/// The largest magnitude of a bias: far below the limit of an i32, so that a sum of products can be added, and half of
/// what the kiosk's engine takes, since the bias is corrected after its scale was chosen.
const LARGEST_BIAS: f32 = (1 << 29) as f32;

/// The convolutions of a network in int8.
#[derive(Clone, Debug)]
pub struct Network {
    /// Quantisation of the picture.
    pub image: Affine,
    /// From the picture to the feature map, or to the output of a detector.
    pub blocks: Vec<Block>,
}

/// Convolutions in a row, with the input added to the output if there is a `sum`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The convolutions in the order they run.
    pub convolutions: Vec<Convolution>,
    /// Quantisation of the sum of input and output.
    pub sum: Option<Affine>,
}

/// A convolution with quantised input and weights.
#[derive(Clone, Debug)]
pub struct Convolution {
    /// Its name in the bundle.
    pub name: String,
    /// Its shape.
    pub layer: Layer,
    /// Weights in the shape of the f32 weights, -127 to 127.
    pub weight: Vec<i8>,
    /// The value of a weight's unit, for each output channel.
    pub scales: Vec<f32>,
    /// Biases in units of [`Convolution::bias_scales`].
    pub bias: Vec<i32>,
    /// Quantisation of the input.
    pub input: Affine,
    /// Quantisation of the output; `None` if that stays in real numbers, as a detector's does.
    pub output: Option<Affine>,
}

/// The linear classifier. Only its weights are quantised.
#[derive(Clone, Debug)]
pub struct Classifier {
    /// Weights `[breeds, features]`, -127 to 127.
    pub weight: Vec<i8>,
    /// The value of a weight's unit, for each breed.
    pub scales: Vec<f32>,
    /// Biases `[breeds]`.
    pub bias: Vec<f32>,
}

impl Convolution {
    /// The value of a bias' unit, for each output channel: that of a product of input and weight.
    #[must_use]
    pub fn bias_scales(&self) -> Vec<f32> {
        let scales = self.scales.iter();
        scales.map(|scale| self.input.scale * scale).collect()
    }

    /// The values that the biases represent.
    pub(crate) fn real_bias(&self) -> Vec<f32> {
        let biases = self.bias.iter().zip(self.bias_scales());
        biases.map(|(&bias, scale)| bias as f32 * scale).collect()
    }

    /// Sets the biases to the nearest that can be represented.
    pub(crate) fn set_bias(&mut self, bias: &[f32]) {
        let scales = self.bias_scales().into_iter();
        let bias = bias.iter().zip(scales);
        self.bias = bias
            .map(|(bias, scale)| (bias / scale).round_ties_even() as i32)
            .collect();
    }
}

/// An unsigned byte `q` that represents `scale * (q - zero_point)`.
///
/// ```
/// use trainer::net::int8::Affine;
///
/// let affine = Affine::covering(0.0, 6.0);
/// assert_eq!(affine.quantise(7.0), 255);
/// assert!((affine.dequantise(255) - 6.0).abs() < 1e-5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// The difference of neighbouring values, above 0.
    pub scale: f32,
    /// The byte that represents 0.
    pub zero_point: u8,
}

impl Affine {
    /// Covers the values from `low` to `high`, widened to contain 0 and shifted by up to half a step so that a byte
    /// represents 0 exactly: padding with zeros is then exact.
    #[must_use]
    pub fn covering(low: f32, high: f32) -> Self {
        let (low, high) = (low.min(0.0), high.max(0.0));
        let scale = (high - low) / 255.0;
        if !scale.is_normal() {
            // The range is 0 alone.
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

    /// The byte whose value is nearest.
    #[must_use]
    pub fn quantise(self, value: f32) -> u8 {
        ((value / self.scale).round_ties_even() + f32::from(self.zero_point)) as u8
    }

    /// The value of a byte.
    #[must_use]
    pub fn dequantise(self, value: u8) -> f32 {
        (f32::from(value) - f32::from(self.zero_point)) * self.scale
    }

    /// Replaces each value by the nearest one that a byte represents.
    pub(crate) fn snap(self, values: &mut [f32]) {
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

/// The scale of each row of weights, with which its largest weight becomes 127, or the largest of its short sums as
/// large as it may be.
///
/// The scale is larger where the bias, in units of the row's scale and `input_scale`, would otherwise not fit an i32. A
/// row of zeros has the scale 1.
pub(crate) fn scales(
    weight: &[f32],
    bias: &[f32],
    input_scale: f32,
    short_sums: &ShortSums,
) -> Vec<f32> {
    let rows = weight.chunks_exact(weight.len() / bias.len()).zip(bias);
    let largest = |numbers: &[f32]| numbers.iter().fold(0f32, |most, it| most.max(it.abs()));
    let scale = |(row, bias): (&[f32], &f32)| {
        let sums = short_sums.of_row(row, f32::abs);
        let scale = (largest(row) / LARGEST)
            .max(largest(&sums) / LARGEST_SUM)
            .max(bias.abs() / input_scale / LARGEST_BIAS);
        if scale.is_normal() { scale } else { 1.0 }
    };
    rows.map(scale).collect()
}

/// Rows of weights that have no bias, each weight rounded to the nearest, and the scale of each row.
pub(crate) fn rounded_rows(weight: &[f32], rows: usize) -> (Vec<i8>, Vec<f32>) {
    let alone = ShortSums::alone(weight.len() / rows);
    let scales = scales(weight, &vec![0.0; rows], 1.0, &alone);
    (nearest_rows(weight, &scales), scales)
}

/// The nearest weight in units of `scale`.
pub(crate) fn nearest(weight: f32, scale: f32) -> i8 {
    (weight / scale).round_ties_even().clamp(-LARGEST, LARGEST) as i8
}

/// Rows of weights, each weight rounded to the nearest.
pub(crate) fn nearest_rows(weight: &[f32], scales: &[f32]) -> Vec<i8> {
    let rows = weight.chunks_exact(weight.len() / scales.len()).zip(scales);
    rows.flat_map(|(row, &scale)| row.iter().map(move |&weight| nearest(weight, scale)))
        .collect()
}

/// The values of rows of quantised weights.
pub(crate) fn dequantised(weight: &[i8], scales: &[f32]) -> Vec<f32> {
    let rows = weight.chunks_exact(weight.len() / scales.len()).zip(scales);
    rows.flat_map(|(row, scale)| row.iter().map(move |&weight| f32::from(weight) * scale))
        .collect()
}
