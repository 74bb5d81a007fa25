//! Means and maxima of the pixels of a window: plain loops, compiled for the processor's widest
//! vectors.

use super::Isa;
use super::bytes::{byte, value};
use super::map::{Map, Rows, View};
use super::window::Window;

/// Channels that are pooled at once: their sums or maxima stay in registers.
const BLOCK: usize = 64;

/// How the pixels of a window are averaged.
#[derive(Clone, Copy, Debug)]
pub struct Averaging {
    /// Which pixels. Those beyond the map count as nothing, or as zeros.
    pub window: Window,
    /// Whether those beyond the map count as zeros.
    pub counts_padding: bool,
    /// Scale and zero point of what is averaged.
    pub from: (f32, i32),
    /// Scale and zero point of the means.
    pub to: (f32, i32),
}

/// The mean of each channel over each window.
///
/// # Panics
/// If the maps differ in their channels, or `from` is smaller than its map.
#[inline(never)]
pub fn average_windows(isa: Isa, averaging: &Averaging, from: View<'_>, to: &mut Rows<'_>) {
    assert_eq!(from.map.channels, to.map.channels);
    isa.vectorised(|| {
        if isa.signed() {
            average_all::<true>(averaging, from, to);
        } else {
            average_all::<false>(averaging, from, to);
        }
    });
}

/// The maximum of each channel over each window. Pixels beyond the map count as nothing.
///
/// # Panics
/// If the maps differ in their channels, or `from` is smaller than its map.
#[inline(never)]
pub fn max_windows(isa: Isa, window: &Window, from: View<'_>, to: &mut Rows<'_>) {
    assert_eq!(from.map.channels, to.map.channels);
    isa.vectorised(|| {
        if isa.signed() {
            max_all::<true>(window, from, to);
        } else {
            max_all::<false>(window, from, to);
        }
    });
}

#[inline(always)]
fn average_all<const SIGNED: bool>(averaging: &Averaging, from: View<'_>, to: &mut Rows<'_>) {
    let window = averaging.window;
    let ((scale, zero), (to_scale, to_zero)) = (averaging.from, averaging.to);
    for first in (0..to.map.channels).step_by(BLOCK) {
        let channels = BLOCK.min(to.map.channels - first);
        for (index, y) in to.rows.clone().enumerate() {
            for x in 0..to.map.width {
                let (mut sums, mut count) = ([0; BLOCK], 0_usize);
                for pixel in pixels(window, from.map, y, x) {
                    let bytes = &from.bytes[pixel + first..][..channels];
                    for (sum, &byte) in sums.iter_mut().zip(bytes) {
                        *sum += value::<SIGNED>(byte);
                    }
                    count += 1;
                }
                let shares = if averaging.counts_padding {
                    window.pixels()
                } else {
                    count.max(1)
                };
                let (shift, step) = (count as i32 * zero, scale / shares as f32);
                let start = to.at(index, x) + first;
                for (out, sum) in to.bytes[start..][..channels].iter_mut().zip(sums) {
                    let mean = (sum - shift) as f32 * step;
                    *out = byte::<SIGNED>(mean / to_scale, to_zero);
                }
            }
        }
    }
}

#[inline(always)]
fn max_all<const SIGNED: bool>(window: &Window, from: View<'_>, to: &mut Rows<'_>) {
    // Bytes are compared as unsigned ones, which every processor can do without widening them.
    let flip: u8 = if SIGNED { 0x80 } else { 0 };
    for first in (0..to.map.channels).step_by(BLOCK) {
        let channels = BLOCK.min(to.map.channels - first);
        for (index, y) in to.rows.clone().enumerate() {
            for x in 0..to.map.width {
                let mut largest = [0_u8; BLOCK];
                for pixel in pixels(*window, from.map, y, x) {
                    let bytes = &from.bytes[pixel + first..][..channels];
                    for (largest, &byte) in largest.iter_mut().zip(bytes) {
                        *largest = (*largest).max(byte ^ flip);
                    }
                }
                let start = to.at(index, x) + first;
                for (out, byte) in to.bytes[start..][..channels].iter_mut().zip(largest) {
                    *out = byte ^ flip;
                }
            }
        }
    }
}

/// The indices of the first bytes of a window's pixels, without those beyond the map.
#[inline(always)]
fn pixels(window: Window, map: Map, y: usize, x: usize) -> impl Iterator<Item = usize> {
    let rows = window.inside(0, y, map.height);
    rows.flat_map(move |row| {
        let columns = window.inside(1, x, map.width);
        columns.map(move |column| map.at(row, column))
    })
}
