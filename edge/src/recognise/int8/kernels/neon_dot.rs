//! 64-bit Arm with `sdot`: sixteen products of bytes, added by fours, in one instruction.

#![allow(unsafe_code)]

use std::arch::aarch64::*;
use std::arch::asm;

use super::map::{Rows, View, Walk};
use super::neon::requantise;
use super::pack::Pointwise;

/// Output channels of a panel, and bytes of its weights for a group of four inputs.
const PANEL: usize = 8;
const GROUP: usize = 4 * PANEL;
/// Pixels of a tile.
const PIXELS: usize = 8;

/// A tile's sums: for each pixel two times four channels.
type Sums = [[int32x4_t; 2]; PIXELS];

pub(super) fn pointwise(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    // SAFETY: `Isa::available` found the instructions; `Pointwise::check` was called.
    unsafe { tiles(layer, from, to) }
}

/// # Safety
/// `Pointwise::check` must hold.
#[target_feature(enable = "neon,dotprod")]
unsafe fn tiles(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    let mut walk = Walk::over(to.rows.len(), to.map.width);
    while !walk.is_over() {
        let pixels = walk.take::<PIXELS>();
        let inputs = pixels.map(|(y, x)| from.map.at(to.rows.start + y, x));
        let outputs = pixels.map(|(y, x)| to.at(y, x));
        for first in (0..layer.outputs).step_by(PANEL) {
            // SAFETY: `check` has every pixel of the walk within the maps, and the weights hold
            // whole panels. A read of a pixel's last groups ends at most 15 bytes behind the
            // pixel, which is within the slack. The requantisation is padded to whole panels.
            let (sums, scale) = unsafe {
                let scale = layer.requantise.scale.as_ptr().add(first);
                let scale = [vld1q_f32(scale), vld1q_f32(scale.add(4))];
                (sums(layer, from.bytes, inputs, first), scale)
            };
            let left = (layer.outputs - first).min(PANEL);
            let pairs = sums.as_chunks::<2>().0.iter().zip(outputs.as_chunks::<2>().0);
            for ([a, b], starts) in pairs {
                let scale = [scale[0], scale[1], scale[0], scale[1]];
                let bytes = requantise(&layer.requantise, scale, [a[0], a[1], b[0], b[1]]);
                for (bytes, start) in bytes.as_chunks::<PANEL>().0.iter().zip(starts) {
                    let output = &mut to.bytes[start + first..][..left];
                    match <&mut [u8; PANEL]>::try_from(&mut *output) {
                        Ok(output) => *output = *bytes,
                        Err(_) => output.copy_from_slice(&bytes[..left]),
                    }
                }
            }
        }
    }
}

/// # Safety
/// From each of `inputs` on there are `groups * 4` bytes and 12 more; panel `first / 8` has weights.
#[inline]
#[target_feature(enable = "neon,dotprod")]
unsafe fn sums(layer: &Pointwise, bytes: &[u8], inputs: [usize; PIXELS], first: usize) -> Sums {
    // SAFETY: both lie within `bytes` and `weights`, as the caller says; starts are padded.
    unsafe {
        let start = layer.requantise.start.as_ptr().add(first);
        let mut sums = [[vld1q_s32(start), vld1q_s32(start.add(4))]; PIXELS];
        let inputs = inputs.map(|input| bytes.as_ptr().add(input).cast::<i8>());
        let weights = layer.weights.as_ptr().add(first / PANEL * layer.groups * GROUP);
        let whole = layer.groups / 4 * 4;
        for group in (0..whole).step_by(4) {
            let inputs = inputs.map(|input| vld1q_s8(input.add(group * 4)));
            let weights = weights.add(group * GROUP);
            accumulate::<0>(&mut sums, inputs, weights);
            accumulate::<1>(&mut sums, inputs, weights);
            accumulate::<2>(&mut sums, inputs, weights);
            accumulate::<3>(&mut sums, inputs, weights);
        }
        if whole < layer.groups {
            let inputs = inputs.map(|input| vld1q_s8(input.add(whole * 4)));
            let weights = weights.add(whole * GROUP);
            accumulate::<0>(&mut sums, inputs, weights);
            if whole + 1 < layer.groups {
                accumulate::<1>(&mut sums, inputs, weights);
            }
            if whole + 2 < layer.groups {
                accumulate::<2>(&mut sums, inputs, weights);
            }
        }
        sums
    }
}

/// Adds the products of the inputs' `LANE`th group.
///
/// # Safety
/// From `weights` on there must be `LANE + 1` groups of a panel.
#[inline]
#[target_feature(enable = "neon,dotprod")]
unsafe fn accumulate<const LANE: i32>(
    sums: &mut Sums,
    inputs: [int8x16_t; PIXELS],
    weights: *const i8,
) {
    // SAFETY: the caller says so.
    let weights = unsafe {
        let weights = weights.add(LANE as usize * GROUP);
        [vld1q_s8(weights), vld1q_s8(weights.add(16))]
    };
    for (sums, input) in sums.iter_mut().zip(inputs) {
        sums[0] = dot::<LANE>(sums[0], weights[0], input);
        sums[1] = dot::<LANE>(sums[1], weights[1], input);
    }
}

/// `vdotq_laneq_s32`, which stable Rust does not have yet.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn dot<const LANE: i32>(sum: int32x4_t, weights: int8x16_t, input: int8x16_t) -> int32x4_t {
    let mut sum = sum;
    // SAFETY: the instruction reads and writes registers alone, and the function's features say
    // that it is there.
    unsafe {
        asm!(
            "sdot {sum:v}.4s, {weights:v}.16b, {input:v}.4b[{lane}]",
            sum = inout(vreg) sum,
            weights = in(vreg) weights,
            input = in(vreg) input,
            lane = const LANE,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sum
}
