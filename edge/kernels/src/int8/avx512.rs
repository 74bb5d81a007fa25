//! Kernels for AVX-512 VNNI: `vpdpbusd` multiplies 64 unsigned activations by as many weights and
//! adds up groups of four products.

#![expect(unsafe_code, reason = "intrinsics on raw pointers")]

use std::arch::x86_64::*;

use super::channelwise::{Channelwise, MOST_PIXELS};
use super::map::{Rows, View, tiles};
use super::pack::{BLOCK, Depthwise, Pointwise, Requantise};

/// Output channels of a panel, and bytes of its weights for a group of four inputs.
const PANEL: usize = 16;
const GROUP: usize = 4 * PANEL;

/// Far beyond a byte, whatever the zero point.
const MOST: i32 = 1024;

pub(super) fn pointwise(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    // Registers limit a tile: one for the sums of each pixel and panel, one for the weights of each
    // panel, one for the input.
    // SAFETY: `Requantise::new` asserted that the processor has the instructions that a layer is
    // packed for; `int8::pointwise` called `Pointwise::check`.
    unsafe {
        match layer.outputs.div_ceil(PANEL) {
            panels if panels % 4 == 0 => pointwise_tiles::<6, 4>(layer, from, to),
            panels if panels % 3 == 0 => pointwise_tiles::<8, 3>(layer, from, to),
            panels if panels % 2 == 0 => pointwise_tiles::<12, 2>(layer, from, to),
            _ => pointwise_tiles::<14, 1>(layer, from, to),
        }
    }
}

/// Computes `PIXELS` pixels at a time, `PANELS` panels at a time.
///
/// # Safety
/// `Pointwise::check` must have passed for these arguments; the number of the layer's panels must be
/// a multiple of `PANELS`.
#[target_feature(enable = "avx512bw,avx512vl,avx512vnni")]
unsafe fn pointwise_tiles<const PIXELS: usize, const PANELS: usize>(
    layer: &Pointwise,
    from: View<'_>,
    to: &mut Rows<'_>,
) {
    for (inputs, outputs) in tiles::<PIXELS>(from.map, to) {
        for first in (0..layer.outputs).step_by(PANELS * PANEL) {
            // SAFETY: by `check`, every pixel of a tile lies within `from`. Groups are of 4 bytes:
            // the last one ends at most 3 bytes behind the pixel, which `Map::buffer` allows for.
            // `Pointwise::new` packs whole panels, and all of these exist.
            let sums = unsafe { sums::<PIXELS, PANELS>(layer, from.bytes, inputs, first) };
            for (sums, start) in sums.into_iter().zip(outputs) {
                for (panel, sums) in sums.into_iter().enumerate() {
                    let channel = first + panel * PANEL;
                    let left = layer.outputs - channel;
                    let output = &mut to.bytes[start + channel..][..left.min(PANEL)];
                    // SAFETY: `Requantise::new` pads to whole panels.
                    let bytes = unsafe { requantise(&layer.requantise, channel, sums) };
                    let mask = u16::MAX >> (PANEL - output.len());
                    // SAFETY: the mask selects as many bytes as `output` has.
                    unsafe { _mm_mask_storeu_epi8(output.as_mut_ptr().cast(), mask, bytes) };
                }
            }
        }
    }
}

/// # Safety
/// `bytes` must have `groups * 4` bytes from each of `inputs` on, and the weights `PANELS` panels
/// from `first / 16` on.
#[inline]
#[target_feature(enable = "avx512bw,avx512vl,avx512vnni")]
unsafe fn sums<const PIXELS: usize, const PANELS: usize>(
    layer: &Pointwise,
    bytes: &[u8],
    inputs: [usize; PIXELS],
    first: usize,
) -> [[__m512i; PANELS]; PIXELS] {
    let start = layer.requantise.start.as_ptr();
    // SAFETY: `pointwise_tiles`, the only caller, passes pixels of a map whose shape and number of
    // bytes `Pointwise::check` asserted, and the first of `PANELS` panels that exist. `Pointwise::new`
    // packs whole panels, and `Requantise::new` pads the starts to these.
    unsafe {
        let start: [__m512i; PANELS] = std::array::from_fn(|panel| {
            _mm512_loadu_si512(start.add(first + panel * PANEL).cast())
        });
        let mut sums = [start; PIXELS];
        let inputs = inputs.map(|input| bytes.as_ptr().add(input));
        let panel = layer.groups * GROUP;
        let weights = layer.weights.as_ptr().add(first / PANEL * panel);
        for group in 0..layer.groups {
            let weights: [__m512i; PANELS] = std::array::from_fn(|index| {
                _mm512_loadu_si512(weights.add(index * panel + group * GROUP).cast())
            });
            for (sums, input) in sums.iter_mut().zip(inputs) {
                let input = input.add(group * 4).cast::<i32>().read_unaligned();
                let input = _mm512_set1_epi32(input);
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = _mm512_dpbusd_epi32(*sum, input, weights);
                }
            }
        }
        sums
    }
}

/// # Safety
/// `requantise` must have 16 factors from `channel` on.
#[inline]
#[target_feature(enable = "avx512bw,avx512vl")]
unsafe fn requantise(requantise: &Requantise, channel: usize, sums: __m512i) -> __m128i {
    const DOWN: i32 = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
    let rounded = if requantise.exact_in_floats {
        // SAFETY: `pointwise_tiles`, `depthwise_rows` and `channelwise_rows`, the only callers, pass the
        // first channel of a panel or a block. `Requantise::new` has as many scales as starts, and pads them to
        // whole panels and blocks.
        let scale = unsafe { _mm512_loadu_ps(requantise.scale.as_ptr().add(channel)) };
        // The exact product and a half, rounded down twice: never to below an integer.
        let sums = _mm512_cvtepi32_ps(sums);
        let scaled = _mm512_fmadd_round_ps::<DOWN>(sums, scale, _mm512_set1_ps(0.5));
        // Too large a number would be converted to the smallest integer, as too small a one should be.
        _mm512_cvt_roundps_epi32::<DOWN>(_mm512_min_ps(scaled, _mm512_set1_ps(MOST as f32)))
    } else {
        // SAFETY: factors are padded like scales.
        let factors = unsafe { _mm512_loadu_si512(requantise.factor.as_ptr().add(channel).cast()) };
        // Products have 64 bits. The even lanes are shifted to the lower half of these, the odd ones to the upper.
        let half = _mm512_set1_epi64(1 << 30);
        let even = _mm512_mul_epi32(sums, factors);
        let odd = _mm512_mul_epi32(
            _mm512_srli_epi64::<32>(sums),
            _mm512_srli_epi64::<32>(factors),
        );
        let even = _mm512_srli_epi64::<31>(_mm512_add_epi64(even, half));
        let odd = _mm512_slli_epi64::<1>(_mm512_add_epi64(odd, half));
        let rounded = _mm512_mask_blend_epi32(0xAAAA, even, odd);
        _mm512_min_epi32(rounded, _mm512_set1_epi32(MOST))
    };
    let shifted = _mm512_add_epi32(rounded, _mm512_set1_epi32(requantise.zero));
    let positive = _mm512_max_epi32(shifted, _mm512_setzero_si512());
    _mm512_cvtusepi32_epi8(positive)
}

pub(super) fn depthwise(layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    // SAFETY: `Requantise::new` asserted that the processor has the instructions that a layer is
    // packed for; `int8::depthwise` called `Depthwise::check`.
    unsafe {
        match layer.stride {
            1 => depthwise_rows::<1>(layer, from, to),
            _ => depthwise_rows::<2>(layer, from, to),
        }
    }
}

/// # Safety
/// `Depthwise::check` must have passed for these arguments.
#[target_feature(enable = "avx512bw,avx512vl,avx512vnni,avx512vbmi")]
unsafe fn depthwise_rows<const STRIDE: usize>(
    layer: &Depthwise,
    from: View<'_>,
    to: &mut Rows<'_>,
) {
    let inset = from.map.border - 1;
    for first in (0..layer.channels).step_by(BLOCK) {
        // SAFETY: `first` is the first channel of a block.
        let (taps, start) = unsafe { block(layer, first) };
        let mask = u16::MAX >> BLOCK.saturating_sub(layer.channels - first);
        for (index, y) in to.rows.clone().enumerate() {
            let top = from.map.bordered(inset + y * STRIDE, inset) + first;
            let line = &mut to.bytes[to.map.bordered(index, to.map.border) + first..];
            // A column has three pixels, one above the other; three columns make a window.
            let column = |x: usize| {
                // SAFETY: by `check`, all windows lie within the map. Columns 0 and 1 are read even if a row has
                // no output: they lie within it, too, since its border of at least one pixel makes it at least two
                // columns wide. Each read starts within a pixel and has 16 bytes; `Map::buffer` allows for 64
                // bytes behind the map.
                unsafe {
                    let corner = from.bytes.as_ptr().add(top + x * layer.channels);
                    together([0, 1, 2].map(|row| corner.add(row * from.map.row())))
                }
            };
            // The next window shares two columns, or one if the stride is 2.
            let mut columns = [start; 3];
            for x in 0..3 - STRIDE {
                columns[STRIDE + x] = column(x);
            }
            for x in 0..to.map.width {
                columns = match STRIDE {
                    1 => [columns[1], columns[2], column(x + 2)],
                    _ => [columns[2], column(2 * x + 1), column(2 * x + 2)],
                };
                let mut sums = start;
                for (column, taps) in columns.into_iter().zip(taps) {
                    sums = _mm512_dpbusd_epi32(sums, column, taps);
                }
                // SAFETY: `Requantise::new` pads to whole blocks; the mask selects at most the
                // channels of this pixel from `first` on. By `check`, all rows of `to` are in
                // `to.bytes`, and so is the pixel in `line`.
                unsafe {
                    let bytes = requantise(&layer.requantise, first, sums);
                    let output = line.as_mut_ptr().add(x * layer.channels);
                    _mm_mask_storeu_epi8(output.cast(), mask, bytes);
                }
            }
        }
    }
}

/// The weights of the three columns of taps, four bytes for each channel, and the initial sums.
///
/// # Safety
/// `first` must be the first channel of a block.
#[inline]
#[target_feature(enable = "avx512bw,avx512vl")]
unsafe fn block(layer: &Depthwise, first: usize) -> ([__m512i; 3], __m512i) {
    // SAFETY: `Depthwise::new` and `Requantise::new` pad to whole blocks.
    unsafe {
        let fours = layer.fours.as_ptr().add(first * 12);
        let taps =
            std::array::from_fn(|column| _mm512_loadu_si512(fours.add(column * GROUP).cast()));
        let start = layer.requantise.start.as_ptr().add(first);
        (taps, _mm512_loadu_si512(start.cast()))
    }
}

pub(super) fn channelwise(layer: &Channelwise, taps: &[i8], from: View<'_>, to: &mut Rows<'_>) {
    // SAFETY: `Requantise::new` asserted that the processor has the instructions that a layer is
    // packed for; `int8::channelwise` called `Window::check` and compared the channels. `Taps::Fours`
    // has whole blocks of whole groups.
    unsafe { channelwise_rows(layer, taps, from, to) }
}

/// Four pixels of the window at a time, wherever they are.
///
/// # Safety
/// `Window::check` must have passed for the layer's window and these maps, which must have the layer's
/// channels; `taps` must be those of `Taps::Fours` for the layer.
#[target_feature(enable = "avx512bw,avx512vl,avx512vnni,avx512vbmi")]
unsafe fn channelwise_rows(layer: &Channelwise, taps: &[i8], from: View<'_>, to: &mut Rows<'_>) {
    let window = &layer.window;
    let groups = window.pixels().div_ceil(4);
    // The pixels that fill the last group are the first one: their weights are zeros.
    let mut pixels = [[0; 4]; MOST_PIXELS / 4];
    for tap in 0..window.pixels() {
        let [row, column] = [tap / window.taps[1], tap % window.taps[1]];
        pixels[tap / 4][tap % 4] = window.tap(from.map, row, column);
    }
    let pixels = &pixels[..groups];
    for first in (0..layer.channels).step_by(BLOCK) {
        let taps = &taps[first * groups * 4..][..BLOCK * groups * 4];
        let mask = u16::MAX >> BLOCK.saturating_sub(layer.channels - first);
        for (index, y) in to.rows.clone().enumerate() {
            for x in 0..to.map.width {
                let corner = window.corner(from.map, y, x) + first;
                let output = &mut to.bytes[to.map.bordered(index, x + to.map.border) + first..];
                // SAFETY: by `check`, all pixels of the window lie within the map. Each read starts
                // within a pixel and has 16 bytes; `Map::buffer` allows for 64 bytes behind the map.
                // `taps` has 64 bytes for each group; `Requantise::new` pads to whole blocks. The mask
                // selects the channels of this pixel from `first` on, which `output` begins with.
                unsafe {
                    let start = layer.requantise.start.as_ptr().add(first);
                    let mut sums = _mm512_loadu_si512(start.cast());
                    let corner = from.bytes.as_ptr().add(corner);
                    for (group, pixels) in pixels.iter().enumerate() {
                        let pixels = together(pixels.map(|pixel| corner.add(pixel)));
                        let taps = _mm512_loadu_si512(taps.as_ptr().add(group * GROUP).cast());
                        sums = _mm512_dpbusd_epi32(sums, pixels, taps);
                    }
                    let bytes = requantise(&layer.requantise, first, sums);
                    _mm_mask_storeu_epi8(output.as_mut_ptr().cast(), mask, bytes);
                }
            }
        }
    }
}

/// Sixteen channels of three or four pixels, each channel's bytes together, four for each. Of three pixels the
/// fourth byte is any.
///
/// # Safety
/// 16 bytes must be readable at each of the places.
#[inline]
#[target_feature(enable = "avx512bw,avx512vl,avx512vbmi")]
unsafe fn together<const PIXELS: usize>(places: [*const u8; PIXELS]) -> __m512i {
    const TRANSPOSED: [u8; 64] = {
        let mut order = [0; 64];
        let mut index = 0;
        while index < 64 {
            order[index] = (index % 4 * 16 + index / 4) as u8;
            index += 1;
        }
        order
    };
    // SAFETY: `depthwise_rows` and `channelwise_rows`, the only callers, pass places in a map whose
    // number of bytes, with 64 behind the map and a pixel, `Depthwise::check` and `Window::check`
    // asserted; both say at the call where the places lie.
    unsafe {
        let pixel = |index: usize| _mm_loadu_si128(places[index].cast());
        let pixels = _mm512_castsi128_si512(pixel(0));
        let pixels = _mm512_inserti32x4::<1>(pixels, pixel(1));
        let mut pixels = _mm512_inserti32x4::<2>(pixels, pixel(2));
        if PIXELS == 4 {
            pixels = _mm512_inserti32x4::<3>(pixels, pixel(3));
        }
        let order = _mm512_loadu_si512(TRANSPOSED.as_ptr().cast());
        _mm512_permutexvar_epi8(order, pixels)
    }
}
