//! Any 64-bit Arm: products of bytes in 16 bits, two at most before they are widened.

#![allow(unsafe_code)]

use std::arch::aarch64::*;

use super::map::{Rows, View, Walk};
use super::pack::{BLOCK, Depthwise, Pointwise, Requantise};

/// Output channels of a panel, and inputs of a group.
const PANEL: usize = 4;
const DEPTH: usize = 16;
/// Pixels of a tile.
const PIXELS: usize = 4;

pub(super) fn pointwise(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    let mut walk = Walk::over(to.rows.len(), to.map.width);
    while !walk.is_over() {
        let pixels = walk.take::<PIXELS>();
        let inputs = pixels.map(|(y, x)| from.map.at(to.rows.start + y, x));
        let outputs = pixels.map(|(y, x)| to.at(y, x));
        for first in (0..layer.outputs).step_by(PANEL) {
            // SAFETY: `check` has every pixel of the walk within the maps, and the weights hold
            // whole panels. A read of a pixel's last group ends at most 15 bytes behind the
            // pixel, which is within the slack. The requantisation is padded to whole panels.
            let bytes = unsafe {
                let sums = sums(layer, from.bytes, inputs, first);
                let scale = vld1q_f32(layer.requantise.scale.as_ptr().add(first));
                requantise(&layer.requantise, [scale; 4], sums)
            };
            let left = (layer.outputs - first).min(PANEL);
            for (bytes, start) in bytes.as_chunks::<PANEL>().0.iter().zip(outputs) {
                let output = &mut to.bytes[start + first..][..left];
                match <&mut [u8; PANEL]>::try_from(&mut *output) {
                    Ok(output) => *output = *bytes,
                    Err(_) => output.copy_from_slice(&bytes[..left]),
                }
            }
        }
    }
}

/// Sums of four channels for each pixel.
///
/// # Safety
/// From each of `inputs` on there are `groups * 16` bytes; panel `first / 4` has weights.
#[inline]
unsafe fn sums(
    layer: &Pointwise,
    bytes: &[u8],
    inputs: [usize; PIXELS],
    first: usize,
) -> [int32x4_t; PIXELS] {
    // SAFETY: both lie within `bytes` and `weights`, as the caller says; starts are padded.
    unsafe {
        let mut sums = [[vdupq_n_s32(0); PANEL]; PIXELS];
        let inputs = inputs.map(|input| bytes.as_ptr().add(input).cast::<i8>());
        let size = PANEL * DEPTH;
        let weights = layer.weights.as_ptr().add(first / PANEL * layer.groups * size);
        for group in 0..layer.groups {
            let weights: [int8x16_t; PANEL] = std::array::from_fn(|channel| {
                vld1q_s8(weights.add(group * size + channel * DEPTH))
            });
            for (sums, input) in sums.iter_mut().zip(inputs) {
                let input = vld1q_s8(input.add(group * DEPTH));
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    let products = vmull_s8(vget_low_s8(input), vget_low_s8(weights));
                    // No weight is -128: the sum of two products fits.
                    let products = vmlal_high_s8(products, input, weights);
                    *sum = vpadalq_s16(*sum, products);
                }
            }
        }
        let start = vld1q_s32(layer.requantise.start.as_ptr().add(first));
        sums.map(|[a, b, c, d]| {
            let sums = vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d));
            vaddq_s32(sums, start)
        })
    }
}

/// Sixteen sums, each four with their channels' scales.
#[inline(always)]
pub(super) fn requantise(
    requantise: &Requantise,
    scale: [float32x4_t; 4],
    sums: [int32x4_t; 4],
) -> [u8; 16] {
    // SAFETY: every 64-bit Arm has these instructions.
    unsafe {
        let rounded: [int32x4_t; 4] = std::array::from_fn(|index| {
            vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sums[index]), scale[index]))
        });
        // Saturated to 16 bits a sum is still far beyond any byte where it was.
        let zero = vdupq_n_s16(requantise.zero as i16);
        let low = vqmovn_high_s32(vqmovn_s32(rounded[0]), rounded[1]);
        let high = vqmovn_high_s32(vqmovn_s32(rounded[2]), rounded[3]);
        let low = vqmovn_s16(vqaddq_s16(low, zero));
        let bytes = vqmovn_high_s16(low, vqaddq_s16(high, zero));
        std::mem::transmute::<int8x16_t, [u8; 16]>(bytes)
    }
}

pub(super) fn depthwise(layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    let inset = from.map.border - 1;
    for first in (0..layer.channels).step_by(BLOCK) {
        // SAFETY: taps and requantisation are padded to whole blocks.
        let (taps, start, scale) = unsafe { block(layer, first) };
        let left = (layer.channels - first).min(BLOCK);
        for (index, y) in to.rows.clone().enumerate() {
            let top = from.map.bordered(inset + y * layer.stride, inset) + first;
            for x in 0..to.map.width {
                let corner = top + x * layer.stride * layer.channels;
                // SAFETY: the nine pixels lie within the map, as `check` says; bytes behind the
                // last block lie within it or its slack.
                let sums = unsafe { depthwise_sums(&taps, start, from, corner) };
                let bytes = requantise(&layer.requantise, scale, sums);
                let output = &mut to.bytes[to.map.bordered(index, x + to.map.border) + first..];
                match output.first_chunk_mut::<BLOCK>() {
                    Some(output) if left == BLOCK => *output = bytes,
                    _ => output[..left].copy_from_slice(&bytes[..left]),
                }
            }
        }
    }
}

/// Taps, starts and scales of a block of channels.
///
/// # Safety
/// `first` must be the first channel of a block.
#[inline(always)]
unsafe fn block(
    layer: &Depthwise,
    first: usize,
) -> ([int8x16_t; 9], [int32x4_t; 4], [float32x4_t; 4]) {
    let (taps, requantise) = (layer.taps.as_ptr(), &layer.requantise);
    // SAFETY: blocks are whole.
    unsafe {
        (
            std::array::from_fn(|tap| vld1q_s8(taps.add(tap * layer.tap() + first))),
            std::array::from_fn(|four| vld1q_s32(requantise.start.as_ptr().add(first + 4 * four))),
            std::array::from_fn(|four| vld1q_f32(requantise.scale.as_ptr().add(first + 4 * four))),
        )
    }
}

/// # Safety
/// From `corner` on three rows of three pixels must be there, with 16 bytes to read at each.
#[inline(always)]
unsafe fn depthwise_sums(
    taps: &[int8x16_t; 9],
    start: [int32x4_t; 4],
    from: View<'_>,
    corner: usize,
) -> [int32x4_t; 4] {
    let [mut a, mut b, mut c, mut d] = start;
    // SAFETY: the caller says so.
    unsafe {
        let pixel = |tap: usize| {
            let at = corner + from.map.bordered(tap / 3, tap % 3);
            vld1q_s8(from.bytes.as_ptr().add(at).cast())
        };
        for tap in [0, 2, 4, 6, 8] {
            let (input, weights) = (pixel(tap), taps[tap]);
            let mut low = vmull_s8(vget_low_s8(input), vget_low_s8(weights));
            let mut high = vmull_high_s8(input, weights);
            if tap < 8 {
                // No weight is -128: the sum of two products fits.
                let (input, weights) = (pixel(tap + 1), taps[tap + 1]);
                low = vmlal_s8(low, vget_low_s8(input), vget_low_s8(weights));
                high = vmlal_high_s8(high, input, weights);
            }
            a = vaddw_s16(a, vget_low_s16(low));
            b = vaddw_high_s16(b, low);
            c = vaddw_s16(c, vget_low_s16(high));
            d = vaddw_high_s16(d, high);
        }
    }
    [a, b, c, d]
}
