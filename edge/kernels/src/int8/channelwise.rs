//! Convolutions of each channel by itself, with any window: plain loops, compiled for the
//! processor's widest vectors, or `vpdpbusd` where weights and processor allow it.

#[cfg(target_arch = "x86_64")]
use super::avx512;
use super::bytes::{requantise, value};
use super::map::{Rows, View};
use super::pack::{BLOCK, Requantise};
use super::window::Window;
use crate::Isa;

/// Pixels of the largest window that a kernel with instructions of its own takes.
#[cfg(target_arch = "x86_64")]
pub(super) const MOST_PIXELS: usize = 128;

/// A convolution of each channel by itself that is not of the form of a
/// [`Depthwise`](super::Depthwise): another window, or weights that need more than 8 bits.
#[derive(Clone, Debug)]
pub struct Channelwise {
    pub(super) window: Window,
    pub(super) channels: usize,
    taps: Taps,
    pub(super) requantise: Requantise,
}

/// The weights, in the form in which a kernel reads them. Channels are padded with zeros to a multiple
/// of [`BLOCK`].
#[derive(Clone, Debug)]
enum Taps {
    /// For each pixel of the window, row by row, a weight of each channel.
    Bytes(Vec<i8>),
    /// The same, with weights that need more than 8 bits.
    Wide(Vec<i16>),
    /// For `vpdpbusd`, ordered by block of channels, then by group of four pixels of the window, then by
    /// channel. The last group is padded with zeros.
    #[cfg(target_arch = "x86_64")]
    Fours(Vec<i8>),
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
        Self {
            window,
            channels,
            taps: Taps::new(pixels, weights, requantise.isa),
            requantise: requantise.of_products(pixels),
        }
    }
}

impl Taps {
    /// Those of `weights` `[channels, pixels]`.
    fn new(pixels: usize, weights: &[i16], isa: Isa) -> Self {
        let bytes: Option<Vec<i8>> = weights
            .iter()
            .map(|&weight| i8::try_from(weight).ok().filter(|&byte| byte > i8::MIN))
            .collect();
        match (bytes, isa) {
            #[cfg(target_arch = "x86_64")]
            (Some(bytes), Isa::Avx512Vnni) if pixels <= MOST_PIXELS => {
                Self::Fours(fours(pixels, &bytes))
            }
            (Some(bytes), _) => Self::Bytes(by_pixel(pixels, &bytes)),
            (None, _) => Self::Wide(by_pixel(pixels, weights)),
        }
    }
}

/// See [`Taps::Bytes`].
fn by_pixel<W: Copy + Default>(pixels: usize, weights: &[W]) -> Vec<W> {
    let padded = (weights.len() / pixels).next_multiple_of(BLOCK);
    let mut taps = vec![W::default(); pixels * padded];
    for (channel, kernel) in weights.chunks_exact(pixels).enumerate() {
        for (tap, &weight) in kernel.iter().enumerate() {
            taps[tap * padded + channel] = weight;
        }
    }
    taps
}

/// See [`Taps::Fours`].
#[cfg(target_arch = "x86_64")]
fn fours(pixels: usize, weights: &[i8]) -> Vec<i8> {
    let (channels, groups) = (weights.len() / pixels, pixels.div_ceil(4));
    let mut taps = vec![0; channels.next_multiple_of(BLOCK) * groups * 4];
    for (channel, kernel) in weights.chunks_exact(pixels).enumerate() {
        for (group, four) in kernel.chunks(4).enumerate() {
            let index = (channel / BLOCK * groups + group) * BLOCK + channel % BLOCK;
            taps[index * 4..][..four.len()].copy_from_slice(four);
        }
    }
    taps
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
    match &layer.taps {
        Taps::Bytes(taps) => plain(layer, taps, from, to),
        Taps::Wide(taps) => plain(layer, taps, from, to),
        #[cfg(target_arch = "x86_64")]
        Taps::Fours(taps) => avx512::channelwise(layer, taps, from, to),
    }
}

/// A weight of a plain loop.
trait Weight: Copy {
    /// The product with a byte.
    fn times<const SIGNED: bool>(self, byte: u8) -> i32;
}

impl Weight for i8 {
    #[inline(always)]
    fn times<const SIGNED: bool>(self, byte: u8) -> i32 {
        // At most 255 * 127, since no weight is -128: vectors of 16 bits do it.
        (value::<SIGNED>(byte) as i16 * i16::from(self)).into()
    }
}

impl Weight for i16 {
    #[inline(always)]
    fn times<const SIGNED: bool>(self, byte: u8) -> i32 {
        value::<SIGNED>(byte) * i32::from(self)
    }
}

fn plain<W: Weight>(layer: &Channelwise, taps: &[W], from: View<'_>, to: &mut Rows<'_>) {
    let isa = layer.requantise.isa;
    isa.vectorised(|| {
        if isa.signed() {
            all::<true, W>(layer, taps, from, to);
        } else {
            all::<false, W>(layer, taps, from, to);
        }
    });
}

#[inline(always)]
fn all<const SIGNED: bool, W: Weight>(
    layer: &Channelwise,
    taps: &[W],
    from: View<'_>,
    to: &mut Rows<'_>,
) {
    for first in (0..layer.channels).step_by(BLOCK) {
        let channels = BLOCK.min(layer.channels - first);
        for (index, y) in to.rows.clone().enumerate() {
            for x in 0..to.map.width {
                let corner = layer.window.corner(from.map, y, x) + first;
                let sums = sums::<SIGNED, W>(layer, &taps[first..], from, corner, first);
                let start = to.at(index, x) + first;
                let bytes = &mut to.bytes[start..][..channels];
                requantise::<SIGNED>(&layer.requantise, first, &sums, bytes);
            }
        }
    }
}

/// The sums of the channels from `first` on, whose weights `taps` begins with, for the window whose
/// first pixel has its byte of that channel at `corner`.
#[inline(always)]
fn sums<const SIGNED: bool, W: Weight>(
    layer: &Channelwise,
    taps: &[W],
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
            let weights = &taps[(row * columns + column) * padded..][..BLOCK];
            for ((sum, &byte), &weight) in sums.iter_mut().zip(bytes).zip(weights) {
                *sum += weight.times::<SIGNED>(byte);
            }
        }
    }
    sums
}
