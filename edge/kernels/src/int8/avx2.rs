//! AVX2: pairs of 16-bit products. Its only product of bytes clips sums of two, which would be wrong.

#![allow(unsafe_code)]

use std::arch::x86_64::*;

use super::map::{Rows, View, tiles};
use super::pack::{BLOCK, Depthwise, Pointwise, Requantise};

/// Output channels of a panel, and bytes of its weights for a group of four inputs.
const PANEL: usize = 8;
const GROUP: usize = 4 * PANEL;
/// Pixels of a tile.
const PIXELS: usize = 8;

pub(super) fn pointwise(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    // SAFETY: `Isa::available` found the instructions; `Pointwise::check` was called.
    unsafe { pointwise_tiles(layer, from, to) }
}

/// # Safety
/// `Pointwise::check` must hold.
#[target_feature(enable = "avx2,fma")]
unsafe fn pointwise_tiles(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    for (inputs, outputs) in tiles::<PIXELS>(from.map, to) {
        for first in (0..layer.outputs).step_by(PANEL) {
            // SAFETY: `check` has every pixel of a tile within the maps, and the weights hold
            // whole panels. A read of a pixel's last group ends at most 3 bytes behind the pixel,
            // which is within the slack.
            let sums = unsafe { sums(layer, from.bytes, inputs, first) };
            for (sums, start) in sums.into_iter().zip(outputs) {
                let left = layer.outputs - first;
                let output = &mut to.bytes[start + first..][..left.min(PANEL)];
                // SAFETY: the requantisation is padded to whole panels.
                let bytes = unsafe { requantise(&layer.requantise, first, sums) };
                output.copy_from_slice(&bytes[..output.len()]);
            }
        }
    }
}

/// # Safety
/// From each of `inputs` on there are `groups * 4` bytes; panel `first / 8` has weights.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn sums(
    layer: &Pointwise,
    bytes: &[u8],
    inputs: [usize; PIXELS],
    first: usize,
) -> [__m256i; PIXELS] {
    let low_bytes = _mm256_set1_epi16(0xFF);
    // SAFETY: both lie within `bytes` and `weights`, as the caller says; starts are padded.
    unsafe {
        let start = layer.requantise.start.as_ptr().add(first);
        let mut sums = [_mm256_loadu_si256(start.cast()); PIXELS];
        let inputs = inputs.map(|input| bytes.as_ptr().add(input));
        let weights = layer
            .weights
            .as_ptr()
            .add(first / PANEL * layer.groups * GROUP);
        for group in 0..layer.groups {
            // Of each four bytes the even and the odd ones, as 16-bit numbers.
            let weights = _mm256_loadu_si256(weights.add(group * GROUP).cast());
            let even_weights = _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(weights));
            let odd_weights = _mm256_srai_epi16::<8>(weights);
            for (sum, input) in sums.iter_mut().zip(inputs) {
                let input = input.add(group * 4).cast::<i32>().read_unaligned();
                let input = _mm256_set1_epi32(input);
                let even = _mm256_madd_epi16(_mm256_and_si256(input, low_bytes), even_weights);
                let odd = _mm256_madd_epi16(_mm256_srli_epi16::<8>(input), odd_weights);
                *sum = _mm256_add_epi32(*sum, _mm256_add_epi32(even, odd));
            }
        }
        sums
    }
}

/// # Safety
/// `requantise` must have 8 channels from `channel` on.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn requantise(requantise: &Requantise, channel: usize, sums: __m256i) -> [u8; PANEL] {
    // SAFETY: the caller says so.
    let scale = unsafe { _mm256_loadu_ps(requantise.scale.as_ptr().add(channel)) };
    let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), scale);
    // Too large a number would become the smallest integer; too small a one does, rightly.
    let scaled = _mm256_min_ps(scaled, _mm256_set1_ps(1024.0));
    let rounded = _mm256_cvtps_epi32(scaled);
    // Saturated to 16 bits a sum is still far beyond any byte where it was.
    let words = _mm_packs_epi32(
        _mm256_castsi256_si128(rounded),
        _mm256_extracti128_si256::<1>(rounded),
    );
    let shifted = _mm_adds_epi16(words, _mm_set1_epi16(requantise.zero as i16));
    let bytes = _mm_packus_epi16(shifted, shifted);
    _mm_cvtsi128_si64(bytes).to_le_bytes()
}

pub(super) fn depthwise(layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    // SAFETY: `Isa::available` found the instructions; `Depthwise::check` was called.
    unsafe { depthwise_rows(layer, from, to) }
}

/// # Safety
/// `Depthwise::check` must hold.
#[target_feature(enable = "avx2,fma")]
unsafe fn depthwise_rows(layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    let inset = from.map.border - 1;
    for first in (0..layer.channels).step_by(BLOCK) {
        for (index, y) in to.rows.clone().enumerate() {
            let top = from.map.bordered(inset + y * layer.stride, inset) + first;
            for x in 0..to.map.width {
                let corner = top + x * layer.stride * layer.channels;
                // SAFETY: the nine pixels lie within the map, as `check` says; bytes behind the
                // last block lie within it or its slack. Taps and starts are padded.
                let [low, high] = unsafe { depthwise_sums(layer, from, corner, first) };
                let start = to.at(index, x) + first;
                let left = layer.channels - first;
                let output = &mut to.bytes[start..][..left.min(BLOCK)];
                // SAFETY: the requantisation is padded to whole blocks.
                let bytes = unsafe {
                    [
                        requantise(&layer.requantise, first, low),
                        requantise(&layer.requantise, first + PANEL, high),
                    ]
                };
                output.copy_from_slice(&bytes.as_flattened()[..output.len()]);
            }
        }
    }
}

/// # Safety
/// From `corner` on three rows of three pixels must be there, with 16 bytes to read at each.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn depthwise_sums(
    layer: &Depthwise,
    from: View<'_>,
    corner: usize,
    first: usize,
) -> [__m256i; 2] {
    // SAFETY: the caller says so.
    unsafe {
        let start = layer.requantise.start.as_ptr().add(first);
        let mut sums = [0, PANEL].map(|half| _mm256_loadu_si256(start.add(half).cast()));
        for tap in 0..9 {
            let pixel = corner + from.map.bordered(tap / 3, tap % 3);
            let input = _mm_loadu_si128(from.bytes.as_ptr().add(pixel).cast());
            let weights = layer.taps.as_ptr().add(tap * layer.tap() + first);
            let weights = _mm256_cvtepi8_epi16(_mm_loadu_si128(weights.cast()));
            // A byte times a byte fits 16 bits but for the sign: -32385 to 32385 does.
            let products = _mm256_mullo_epi16(_mm256_cvtepu8_epi16(input), weights);
            let low = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(products));
            let high = _mm256_cvtepi16_epi32(_mm256_extracti128_si256::<1>(products));
            sums = [
                _mm256_add_epi32(sums[0], low),
                _mm256_add_epi32(sums[1], high),
            ];
        }
        sums
    }
}
