//! Products over channels with weights that need more than 8 bits, such as unsigned ones with a zero
//! point: plain loops, compiled for the processor's widest vectors.

use super::bytes::{requantise, value};
use super::map::{Rows, View};
use super::pack::Requantise;

/// A 1x1 convolution whose weights do not fit a [`Pointwise`](super::Pointwise).
#[derive(Clone, Debug)]
pub struct Wide {
    inputs: usize,
    /// `[outputs, inputs]`.
    weights: Vec<i16>,
    requantise: Requantise,
}

impl Wide {
    /// The layer of `weights` `[outputs, inputs]`, each from -255 to 255.
    ///
    /// # Panics
    /// If there are no inputs, `weights` and `requantise` differ in the number of outputs, or a
    /// weight is larger.
    #[must_use]
    pub fn new(inputs: usize, weights: Vec<i16>, requantise: Requantise) -> Self {
        assert!(inputs > 0 && weights.len() == requantise.outputs * inputs);
        assert!(weights.iter().all(|weight| weight.unsigned_abs() <= 255));
        Self {
            inputs,
            weights,
            requantise,
        }
    }
}

/// Computes each pixel of `to` from the same pixel of `from`.
///
/// # Panics
/// If the maps do not fit each other or the layer.
#[inline(never)]
pub fn wide(layer: &Wide, from: View<'_>, to: &mut Rows<'_>) {
    assert_eq!(from.map.channels, layer.inputs);
    assert_eq!(to.map.channels, layer.requantise.outputs);
    assert!(from.map.width == to.map.width && to.rows.end <= from.map.height);
    let isa = layer.requantise.isa;
    isa.vectorised(|| {
        if isa.signed() {
            all::<true>(layer, from, to);
        } else {
            all::<false>(layer, from, to);
        }
    });
}

#[inline(always)]
fn all<const SIGNED: bool>(layer: &Wide, from: View<'_>, to: &mut Rows<'_>) {
    let outputs = to.map.channels;
    for (index, y) in to.rows.clone().enumerate() {
        for x in 0..to.map.width {
            let pixel = &from.bytes[from.map.at(y, x)..][..layer.inputs];
            let start = to.at(index, x);
            let bytes = to.bytes[start..][..outputs].iter_mut();
            let rows = layer.weights.chunks_exact(layer.inputs);
            for ((channel, byte), weights) in bytes.enumerate().zip(rows) {
                let products = pixel.iter().zip(weights);
                let sum: i32 = products
                    .map(|(&byte, &weight)| value::<SIGNED>(byte) * i32::from(weight))
                    .sum();
                let sums = [layer.requantise.start[channel] + sum];
                let byte = std::slice::from_mut(byte);
                requantise::<SIGNED>(&layer.requantise, channel, &sums, byte);
            }
        }
    }
}
