//! Kernels for AVX2, which multiply 16-bit numbers: its product of bytes saturates.

#![expect(unsafe_code, reason = "intrinsics on raw pointers")]

use std::arch::x86_64::*;

use super::map::{Rows, View, tiles};
use super::pack::{BLOCK, Depthwise, Pointwise, Requantise};

/// Output channels of a panel, and bytes of its weights for a group of four inputs.
const PANEL: usize = 8;
const GROUP: usize = 4 * PANEL;
/// Pixels of a tile.
const PIXELS: usize = 8;

pub(super) fn pointwise(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    // SAFETY: `Requantise::new` asserted that the processor has the instructions that a layer is
    // packed for; `int8::pointwise` called `Pointwise::check`.
    unsafe { pointwise_tiles(layer, from, to) }
}

/// # Safety
/// `Pointwise::check` must have passed for these arguments.
#[target_feature(enable = "avx2,fma")]
unsafe fn pointwise_tiles(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    for (inputs, outputs) in tiles::<PIXELS>(from.map, to) {
        for first in (0..layer.outputs).step_by(PANEL) {
            // SAFETY: by `check`, every pixel of a tile lies within `from`. Groups are of 4 bytes:
            // the last one ends at most 3 bytes behind the pixel, which `Map::buffer` allows for.
            // `Pointwise::new` packs whole panels, and `first` is below `outputs`.
            let sums = unsafe { sums(layer, from.bytes, inputs, first) };
            for (sums, start) in sums.into_iter().zip(outputs) {
                let left = layer.outputs - first;
                let output = &mut to.bytes[start + first..][..left.min(PANEL)];
                // SAFETY: `Requantise::new` pads to whole panels.
                let bytes = unsafe { requantise(&layer.requantise, first, sums) };
                output.copy_from_slice(&bytes[..output.len()]);
            }
        }
    }
}

/// # Safety
/// `bytes` must have `groups * 4` bytes from each of `inputs` on, and the weights a panel
/// `first / 8`.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn sums(
    layer: &Pointwise,
    bytes: &[u8],
    inputs: [usize; PIXELS],
    first: usize,
) -> [__m256i; PIXELS] {
    let low_bytes = _mm256_set1_epi16(0xFF);
    // SAFETY: `pointwise_tiles`, the only caller, passes pixels of a map whose shape and number of
    // bytes `Pointwise::check` asserted, and a `first` below `outputs`. `Pointwise::new` packs whole
    // panels, and `Requantise::new` pads the starts to these.
    unsafe {
        let start = layer.requantise.start.as_ptr().add(first);
        let mut sums = [_mm256_loadu_si256(start.cast()); PIXELS];
        let inputs = inputs.map(|input| bytes.as_ptr().add(input));
        let weights = layer
            .weights
            .as_ptr()
            .add(first / PANEL * layer.groups * GROUP);
        for group in 0..layer.groups {
            // The even and the odd bytes of each four, as 16-bit numbers.
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
/// `requantise` must have 8 factors from `channel` on.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn requantise(requantise: &Requantise, channel: usize, sums: __m256i) -> [u8; PANEL] {
    // SAFETY: `pointwise_tiles` and `depthwise_rows`, the only callers, pass the first channel of a
    // panel, or of half a block. `Requantise::new` asserted that there are as many factors as starts,
    // and pads them to whole blocks.
    let factors = unsafe { _mm256_loadu_si256(requantise.factor.as_ptr().add(channel).cast()) };
    // Products have 64 bits. The even lanes are shifted to the lower half of these, the odd ones to the upper.
    let half = _mm256_set1_epi64x(1 << 30);
    let even = _mm256_mul_epi32(sums, factors);
    let odd = _mm256_mul_epi32(
        _mm256_srli_epi64::<32>(sums),
        _mm256_srli_epi64::<32>(factors),
    );
    let even = _mm256_srli_epi64::<31>(_mm256_add_epi64(even, half));
    let odd = _mm256_slli_epi64::<1>(_mm256_add_epi64(odd, half));
    let rounded = _mm256_blend_epi32::<0b1010_1010>(even, odd);
    // Saturation to 16 bits leaves a sum beyond a byte's range far beyond it.
    let words = _mm_packs_epi32(
        _mm256_castsi256_si128(rounded),
        _mm256_extracti128_si256::<1>(rounded),
    );
    let shifted = _mm_adds_epi16(words, _mm_set1_epi16(requantise.zero as i16));
    let bytes = _mm_packus_epi16(shifted, shifted);
    _mm_cvtsi128_si64(bytes).to_le_bytes()
}

pub(super) fn depthwise(layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    // SAFETY: `Requantise::new` asserted that the processor has the instructions that a layer is
    // packed for; `int8::depthwise` called `Depthwise::check`.
    unsafe { depthwise_rows(layer, from, to) }
}

/// # Safety
/// `Depthwise::check` must have passed for these arguments.
#[target_feature(enable = "avx2,fma")]
unsafe fn depthwise_rows(layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    let inset = from.map.border - 1;
    for first in (0..layer.channels).step_by(BLOCK) {
        for (index, y) in to.rows.clone().enumerate() {
            let top = from.map.bordered(inset + y * layer.stride, inset) + first;
            for x in 0..to.map.width {
                let corner = top + x * layer.stride * layer.channels;
                // SAFETY: by `check`, the nine pixels lie within the map. Each read starts within a
                // pixel and has 16 bytes: it ends at most 15 behind the pixel, which `Map::buffer`
                // allows for. `Depthwise::new` pads taps, and `Requantise::new` starts, to whole
                // blocks.
                let [low, high] = unsafe { depthwise_sums(layer, from, corner, first) };
                let start = to.at(index, x) + first;
                let left = layer.channels - first;
                let output = &mut to.bytes[start..][..left.min(BLOCK)];
                // SAFETY: `Requantise::new` pads to whole blocks.
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
/// Three rows of three pixels must lie within `from`, the first at `corner`, with 16 bytes to read
/// at each; `first` must be the first channel of a block.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn depthwise_sums(
    layer: &Depthwise,
    from: View<'_>,
    corner: usize,
    first: usize,
) -> [__m256i; 2] {
    // SAFETY: `depthwise_rows`, the only caller, passes the corner of a pixel whose nine inputs lie
    // within the map, and 16 bytes from each on within its buffer: `Depthwise::check` asserted both.
    // `Depthwise::new` pads taps, and `Requantise::new` starts, to whole blocks.
    unsafe {
        let start = layer.requantise.start.as_ptr().add(first);
        let mut sums = [0, PANEL].map(|half| _mm256_loadu_si256(start.add(half).cast()));
        for tap in 0..9 {
            let pixel = corner + from.map.bordered(tap / 3, tap % 3);
            let input = _mm_loadu_si128(from.bytes.as_ptr().add(pixel).cast());
            let weights = layer.taps.as_ptr().add(tap * layer.tap() + first);
            let weights = _mm256_cvtepi8_epi16(_mm_loadu_si128(weights.cast()));
            // An unsigned byte times a weight is at most 255 * 127, which fits 16 bits.
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
