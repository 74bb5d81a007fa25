//! Convolutions of each channel by itself, with any window: plain loops, compiled for the
//! processor's widest vectors.

use super::bytes::{requantise, value};
use super::map::{Rows, View};
use super::pack::{BLOCK, Requantise};
use super::window::Window;

/// A convolution of each channel by itself that is not of the form of a
/// [`Depthwise`](super::Depthwise): another window, or weights that need more than 8 bits.
#[derive(Clone, Debug)]
pub struct Channelwise {
    window: Window,
    channels: usize,
    /// For each pixel of the window, row by row, a weight of each channel; padded with zeros to a
    /// multiple of [`BLOCK`].
    taps: Vec<i16>,
    requantise: Requantise,
}

impl Channelwise {
    /// The layer of `weights` `[channels, rows, columns]`, each from -255 to 255.
    ///
    /// # Panics
    /// If `weights`, the window and `requantise` do not fit each other, or a weight is larger.
    #[must_use]
    pub fn new(window: Window, weights: &[i16], requantise: Requantise) -> Self {
        let (channels, pixels) = (requantise.outputs, window.pixels());
        assert!(pixels > 0 && weights.len() == pixels * channels);
        assert!(weights.iter().all(|weight| weight.unsigned_abs() <= 255));
        let padded = channels.next_multiple_of(BLOCK);
        let mut taps = vec![0; pixels * padded];
        for (channel, kernel) in weights.chunks_exact(pixels).enumerate() {
            for (tap, &weight) in kernel.iter().enumerate() {
                taps[tap * padded + channel] = weight;
            }
        }
        Self {
            window,
            channels,
            taps,
            requantise,
        }
    }
}

/// Convolves each channel of `from` with its own kernel.
///
/// # Panics
/// If the maps do not fit each other or the layer.
#[inline(never)]
pub fn channelwise(layer: &Channelwise, from: View<'_>, to: &mut Rows<'_>) {
    layer.window.check(from, to);
    assert_eq!(from.map.channels, layer.channels);
    assert_eq!(to.map.channels, layer.channels);
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
fn all<const SIGNED: bool>(layer: &Channelwise, from: View<'_>, to: &mut Rows<'_>) {
    for first in (0..layer.channels).step_by(BLOCK) {
        let channels = BLOCK.min(layer.channels - first);
        for (index, y) in to.rows.clone().enumerate() {
            for x in 0..to.map.width {
                let corner = layer.window.corner(from.map, y, x) + first;
                let sums = sums::<SIGNED>(layer, from, corner, first);
                let start = to.at(index, x) + first;
                let bytes = &mut to.bytes[start..][..channels];
                requantise::<SIGNED>(&layer.requantise, first, &sums, bytes);
            }
        }
    }
}

/// The sums of the channels from `first` on, for the window whose first pixel has its byte of that
/// channel at `corner`.
#[inline(always)]
fn sums<const SIGNED: bool>(
    layer: &Channelwise,
    from: View<'_>,
    corner: usize,
    first: usize,
) -> [i32; BLOCK] {
    let padded = layer.channels.next_multiple_of(BLOCK);
    let [rows, columns] = layer.window.taps;
    let mut sums = [0; BLOCK];
    sums.copy_from_slice(&layer.requantise.start[first..][..BLOCK]);
    for row in 0..rows {
        for column in 0..columns {
            let pixel = corner + layer.window.tap(from.map, row, column);
            // The last block may reach into what follows the pixel, which `Map::buffer` allows for:
            // its weights there are zeros.
            let bytes = &from.bytes[pixel..][..BLOCK];
            let weights = &layer.taps[(row * columns + column) * padded + first..][..BLOCK];
            for ((sum, &byte), &weight) in sums.iter_mut().zip(bytes).zip(weights) {
                *sum += value::<SIGNED>(byte) * i32::from(weight);
            }
        }
    }
    sums
}
