//! The quantised network, and the arithmetic that int8 engines do on it, simulated in f32.

use super::float;
use super::ranges::Affine;
use crate::net::Layer;

/// The largest weight: -128 is left out, so that the range is symmetric.
const LARGEST: f32 = 127.0;
/// The largest bias: far from what an i32 holds, so that a sum of products can be added.
const LARGEST_BIAS: f32 = (1 << 30) as f32;

/// MobileNetV2 in int8.
#[derive(Clone, Debug)]
pub struct Network {
    /// How the picture is quantised.
    pub image: Affine,
    /// From the picture to the feature map.
    pub blocks: Vec<Block>,
    /// From the feature map's mean to the logits, its weights quantised alone.
    pub classifier: Classifier,
}

/// Convolutions in a row, with the input added to the output where there is a `sum`.
#[derive(Clone, Debug)]
pub struct Block {
    /// In the order they run.
    pub convolutions: Vec<Convolution>,
    /// How the sum of input and output is quantised.
    pub sum: Option<Affine>,
}

/// A convolution: quantised input, weights and output.
#[derive(Clone, Debug)]
pub struct Convolution {
    /// Its name in the bundle.
    pub name: String,
    /// Its shape.
    pub layer: Layer,
    /// In the shape of the f32 weights, -127 to 127.
    pub weight: Vec<i8>,
    /// What a weight's unit is worth, one an output channel.
    pub scales: Vec<f32>,
    /// In units of [`Convolution::bias_scales`].
    pub bias: Vec<i32>,
    /// How the input is quantised.
    pub input: Affine,
    /// How the output is quantised.
    pub output: Affine,
}

/// The linear classifier.
#[derive(Clone, Debug)]
pub struct Classifier {
    /// `[breeds, FEATURES]`, -127 to 127.
    pub weight: Vec<i8>,
    /// What a weight's unit is worth, one a breed.
    pub scales: Vec<f32>,
    /// `[breeds]`
    pub bias: Vec<f32>,
}

impl Convolution {
    /// What a bias' unit is worth: that of a product of input and weight.
    #[must_use]
    pub fn bias_scales(&self) -> Vec<f32> {
        let scales = self.scales.iter();
        scales.map(|scale| self.input.scale * scale).collect()
    }

    /// Sets the bias to what comes nearest to `bias`.
    pub(super) fn set_bias(&mut self, bias: &[f32]) {
        let scales = self.bias_scales().into_iter();
        let bias = bias.iter().zip(scales);
        self.bias = bias
            .map(|(bias, scale)| (bias / scale).round_ties_even() as i32)
            .collect();
    }

    /// The convolution of the numbers that the integers stand for.
    pub(super) fn dequantised(&self) -> float::Convolution {
        let bias = self.bias.iter().zip(self.bias_scales());
        float::Convolution {
            name: self.name.clone(),
            layer: self.layer,
            weight: dequantised(&self.weight, &self.scales),
            bias: bias.map(|(&bias, scale)| bias as f32 * scale).collect(),
        }
    }
}

/// The scale of each row of weights: the largest weight is 127. Where that would take a bias beyond an i32, it is
/// larger; a row of zeros has 1.
pub(crate) fn scales(weight: &[f32], bias: &[f32], input_scale: f32) -> Vec<f32> {
    let rows = weight.chunks_exact(weight.len() / bias.len()).zip(bias);
    let scale = |(row, bias): (&[f32], &f32)| {
        let largest = row
            .iter()
            .fold(0f32, |largest, weight| largest.max(weight.abs()));
        let scale = (largest / LARGEST).max(bias.abs() / input_scale / LARGEST_BIAS);
        if scale.is_normal() { scale } else { 1.0 }
    };
    rows.map(scale).collect()
}

/// The nearest weight in units of `scale`.
pub(super) fn nearest(weight: f32, scale: f32) -> i8 {
    (weight / scale).round_ties_even().clamp(-LARGEST, LARGEST) as i8
}

/// Rows of weights, each to the nearest.
pub(crate) fn nearest_rows(weight: &[f32], scales: &[f32]) -> Vec<i8> {
    let rows = weight.chunks_exact(weight.len() / scales.len()).zip(scales);
    rows.flat_map(|(row, &scale)| row.iter().map(move |&weight| nearest(weight, scale)))
        .collect()
}

/// Rows of weights as the numbers that they stand for.
pub(super) fn dequantised(weight: &[i8], scales: &[f32]) -> Vec<f32> {
    let rows = weight.chunks_exact(weight.len() / scales.len()).zip(scales);
    rows.flat_map(|(row, scale)| row.iter().map(move |&weight| f32::from(weight) * scale))
        .collect()
}
