//! Kernels in plain Rust: the definition that all others must equal, for processors without them.

use super::map::{Rows, View};
use super::pack::{Depthwise, Pointwise};

pub(super) fn pointwise(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    let width = to.map.width;
    for (index, y) in to.rows.clone().enumerate() {
        for x in 0..width {
            let pixel = &from.bytes[from.map.at(y, x)..][..layer.inputs];
            let start = to.at(index, x);
            let outputs = to.bytes[start..][..layer.outputs].iter_mut();
            let rows = layer.weights.chunks_exact(layer.inputs);
            for ((channel, output), weights) in outputs.enumerate().zip(rows) {
                let products = pixel.iter().zip(weights);
                let sum: i32 = products.map(|(&x, &w)| i32::from(x) * i32::from(w)).sum();
                let sum = layer.requantise.start[channel] + sum;
                *output = layer.requantise.byte(channel, sum);
            }
        }
    }
}

pub(super) fn depthwise(layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    let inset = from.map.border - 1;
    for (index, y) in to.rows.clone().enumerate() {
        for x in 0..to.map.width {
            let (top, left) = (inset + y * layer.stride, inset + x * layer.stride);
            let start = to.at(index, x);
            for channel in 0..layer.channels {
                let mut sum = layer.requantise.start[channel];
                for tap in 0..9 {
                    let pixel = from.map.bordered(top + tap / 3, left + tap % 3);
                    let weight = layer.taps[tap * layer.tap() + channel];
                    sum += i32::from(from.bytes[pixel + channel]) * i32::from(weight);
                }
                to.bytes[start + channel] = layer.requantise.byte(channel, sum);
            }
        }
    }
}
