//! The less expensive operations: plain loops, compiled for the processor's widest vectors.

use super::Isa;
use super::map::{Rows, View};
use super::pack::{self, Requantise};

/// Adding and subtracting this rounds a float below 2^22 to the nearest integer, ties to even. Unlike
/// `round_ties_even` that takes two instructions on every processor.
const ROUND: f32 = 12_582_912.0;

/// Channels that are pooled at once: their sums or maxima stay in registers.
const BLOCK: usize = 64;

/// How floats are quantised to bytes.
#[derive(Clone, Copy, Debug)]
pub struct Quantiser {
    /// The real number that a step of 1 represents.
    pub scale: f32,
    /// The byte that represents 0.0.
    pub zero: i32,
}

/// The mean of each channel over all pixels, in real numbers.
///
/// # Panics
/// If there is not one of `means` for each channel.
#[inline(never)]
pub fn pool(isa: Isa, from: View<'_>, scale: f32, zero: i32, means: &mut [f32]) {
    assert_eq!(means.len(), from.map.channels);
    isa.vectorised(|| {
        if isa.signed() {
            pool_all::<true>(from, scale, zero, means);
        } else {
            pool_all::<false>(from, scale, zero, means);
        }
    });
}

/// The maximum of each channel over all pixels, in real numbers.
///
/// # Panics
/// If there is not one of `maxima` for each channel.
#[inline(never)]
pub fn max_pool(isa: Isa, from: View<'_>, scale: f32, zero: i32, maxima: &mut [f32]) {
    assert_eq!(maxima.len(), from.map.channels);
    isa.vectorised(|| {
        if isa.signed() {
            max_pool_all::<true>(from, scale, zero, maxima);
        } else {
            max_pool_all::<false>(from, scale, zero, maxima);
        }
    });
}

/// A map in real numbers: f32 `[channels, height, width]`.
///
/// # Panics
/// If `reals` is of another size than the map.
#[inline(never)]
pub fn dequantise(isa: Isa, from: View<'_>, scale: f32, zero: i32, reals: &mut [f32]) {
    let map = from.map;
    assert_eq!(reals.len(), map.channels * map.height * map.width);
    if isa.signed() {
        dequantise_all::<true>(from, scale, zero, reals);
    } else {
        dequantise_all::<false>(from, scale, zero, reals);
    }
}

/// Quantises a picture, f32 `[3, S, S]`, to a map of its size.
///
/// # Panics
/// If the picture does not have three channels of the map's size.
#[inline(never)]
pub fn quantise_image(isa: Isa, quantiser: Quantiser, image: &[f32], to: &mut Rows<'_>) {
    let plane = to.map.width * to.map.height;
    assert_eq!((image.len(), to.map.channels), (3 * plane, 3));
    isa.vectorised(|| {
        if isa.signed() {
            quantise_all::<true>(quantiser, image, to);
        } else {
            quantise_all::<false>(quantiser, image, to);
        }
    });
}

/// Quantises f32 `[channels, height, width]` to a map of that size.
///
/// # Panics
/// If there are not as many numbers.
#[inline(never)]
pub fn quantise(isa: Isa, quantiser: Quantiser, reals: &[f32], to: &mut Rows<'_>) {
    let map = to.map;
    assert_eq!(reals.len(), map.channels * map.height * map.width);
    if isa.signed() {
        quantise_planes::<true>(quantiser, reals, to);
    } else {
        quantise_planes::<false>(quantiser, reals, to);
    }
}

#[inline(always)]
fn quantise_all<const SIGNED: bool>(quantiser: Quantiser, image: &[f32], to: &mut Rows<'_>) {
    let Quantiser { scale, zero } = quantiser;
    let (width, plane) = (to.map.width, to.map.width * to.map.height);
    for (index, y) in to.rows.clone().enumerate() {
        let row = |channel| &image[channel * plane + y * width..][..width];
        let start = to.at(index, 0);
        let pixels = to.bytes[start..][..3 * width].chunks_exact_mut(3);
        let channels = row(0).iter().zip(row(1)).zip(row(2));
        for (pixel, ((&red, &green), &blue)) in pixels.zip(channels) {
            pixel[0] = byte::<SIGNED>(red / scale, zero);
            pixel[1] = byte::<SIGNED>(green / scale, zero);
            pixel[2] = byte::<SIGNED>(blue / scale, zero);
        }
    }
}

fn quantise_planes<const SIGNED: bool>(quantiser: Quantiser, reals: &[f32], to: &mut Rows<'_>) {
    let Quantiser { scale, zero } = quantiser;
    let (width, channels) = (to.map.width, to.map.channels);
    let plane = to.map.height * width;
    for (index, y) in to.rows.clone().enumerate() {
        let start = to.at(index, 0);
        let line = &mut to.bytes[start..][..width * channels];
        for channel in 0..channels {
            let reals = &reals[channel * plane + y * width..][..width];
            let bytes = line.iter_mut().skip(channel).step_by(channels);
            for (out, real) in bytes.zip(reals) {
                *out = byte::<SIGNED>(real / scale, zero);
            }
        }
    }
}

#[inline(always)]
fn pool_all<const SIGNED: bool>(from: View<'_>, scale: f32, zero: i32, means: &mut [f32]) {
    let map = from.map;
    let pixels = (map.height * map.width) as i32;
    let step = scale / pixels as f32;
    for (block, means) in means.chunks_mut(BLOCK).enumerate() {
        let mut sums = [0; BLOCK];
        for y in 0..map.height {
            for x in 0..map.width {
                let bytes = &from.bytes[map.at(y, x) + block * BLOCK..][..means.len()];
                for (sum, &byte) in sums.iter_mut().zip(bytes) {
                    *sum += value::<SIGNED>(byte);
                }
            }
        }
        for (mean, sum) in means.iter_mut().zip(sums) {
            *mean = (sum - pixels * zero) as f32 * step;
        }
    }
}

#[inline(always)]
fn max_pool_all<const SIGNED: bool>(from: View<'_>, scale: f32, zero: i32, maxima: &mut [f32]) {
    // Bytes are compared as unsigned ones, which every processor can do without widening them.
    let flip: u8 = if SIGNED { 0x80 } else { 0 };
    let map = from.map;
    for (block, maxima) in maxima.chunks_mut(BLOCK).enumerate() {
        let mut largest = [0_u8; BLOCK];
        for y in 0..map.height {
            for x in 0..map.width {
                let bytes = &from.bytes[map.at(y, x) + block * BLOCK..][..maxima.len()];
                for (largest, &byte) in largest.iter_mut().zip(bytes) {
                    *largest = (*largest).max(byte ^ flip);
                }
            }
        }
        for (maximum, byte) in maxima.iter_mut().zip(largest) {
            *maximum = (value::<SIGNED>(byte ^ flip) - zero) as f32 * scale;
        }
    }
}

/// A few positions of many channels: the map is read once, in the order in which it lies in memory.
fn dequantise_all<const SIGNED: bool>(from: View<'_>, scale: f32, zero: i32, reals: &mut [f32]) {
    let map = from.map;
    let plane = map.height * map.width;
    for y in 0..map.height {
        for x in 0..map.width {
            let bytes = &from.bytes[map.at(y, x)..][..map.channels];
            let reals = reals.iter_mut().skip(y * map.width + x).step_by(plane);
            for (real, &byte) in reals.zip(bytes) {
                *real = (value::<SIGNED>(byte) - zero) as f32 * scale;
            }
        }
    }
}

/// The bytes of sums of the channels from `first` on: those of [`Requantise::byte`].
#[inline(always)]
pub(super) fn requantise<const SIGNED: bool>(
    requantise: &Requantise,
    first: usize,
    sums: &[i32],
    bytes: &mut [u8],
) {
    let range = if SIGNED { (-128, 127) } else { (0, 255) };
    let factors = &requantise.factor[first..][..bytes.len()];
    for ((out, &sum), &factor) in bytes.iter_mut().zip(sums).zip(factors) {
        *out = pack::byte(sum, factor, requantise.zero, range);
    }
}

#[inline(always)]
pub(super) fn value<const SIGNED: bool>(byte: u8) -> i32 {
    if SIGNED {
        i32::from(byte as i8)
    } else {
        i32::from(byte)
    }
}

#[inline(always)]
pub(super) fn byte<const SIGNED: bool>(scaled: f32, zero: i32) -> u8 {
    let (low, high) = if SIGNED { (-128, 127) } else { (0, 255) };
    #[expect(
        clippy::manual_clamp,
        reason = "NaN becomes the least byte, which `clamp` would not do"
    )]
    let rounded = scaled.max(-1024.0).min(1024.0) + ROUND;
    let rounded = rounded.to_bits() as i32 - ROUND.to_bits() as i32;
    (rounded + zero).clamp(low, high) as u8
}
