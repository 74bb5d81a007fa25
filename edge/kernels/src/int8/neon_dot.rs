//! Kernels for 64-bit Arm with `sdot`, which computes sixteen products of bytes and adds up groups of
//! four.

#![expect(
    unsafe_code,
    reason = "intrinsics on raw pointers, and inline assembly"
)]

use std::arch::aarch64::*;
use std::arch::asm;

use super::map::{Rows, View, tiles};
use super::neon::requantise;
use super::pack::Pointwise;

/// Output channels of a panel; bytes of its weights for four inputs, and for a group of sixteen.
const PANEL: usize = 8;
const QUARTER: usize = 4 * PANEL;
const GROUP: usize = 4 * QUARTER;
/// Pixels of a tile.
const PIXELS: usize = 8;

/// The sums of a tile: two vectors of four channels for each pixel.
type Sums = [[int32x4_t; 2]; PIXELS];

pub(super) fn pointwise(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    // SAFETY: `Requantise::new` asserted that the processor has the instructions that a layer is
    // packed for; `int8::pointwise` called `Pointwise::check`.
    unsafe { pointwise_tiles(layer, from, to) }
}

/// # Safety
/// `Pointwise::check` must have passed for these arguments.
#[target_feature(enable = "neon,dotprod")]
unsafe fn pointwise_tiles(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    for (inputs, outputs) in tiles::<PIXELS>(from.map, to) {
        // SAFETY: by `check`, every pixel of a tile lies within the maps. Groups are of 16 bytes:
        // the last one ends at most 15 bytes behind the pixel, which `Map::buffer` allows for.
        // `Pointwise::new` packs whole panels. Of the last panel only the pixel's `left` channels
        // are stored.
        unsafe {
            let inputs = inputs.map(|start| from.bytes.as_ptr().add(start).cast());
            let outputs = outputs.map(|start| to.bytes.as_mut_ptr().add(start));
            for first in (0..layer.outputs).step_by(PANEL) {
                let left = layer.outputs - first;
                let pairs = tile(layer, inputs, first).into_iter();
                for (bytes, outputs) in pairs.zip(outputs.as_chunks::<2>().0) {
                    let [a, b] = outputs.map(|output| output.add(first));
                    if left >= PANEL {
                        // `vst1q_lane_s64` needs an aligned pointer.
                        let bytes = vreinterpretq_s64_s8(bytes);
                        a.cast::<i64>().write_unaligned(vgetq_lane_s64::<0>(bytes));
                        b.cast::<i64>().write_unaligned(vgetq_lane_s64::<1>(bytes));
                    } else {
                        let mut both = [0u8; 2 * PANEL];
                        vst1q_s8(both.as_mut_ptr().cast(), bytes);
                        std::ptr::copy_nonoverlapping(both.as_ptr(), a, left);
                        std::ptr::copy_nonoverlapping(both.as_ptr().add(PANEL), b, left);
                    }
                }
            }
        }
    }
}

/// The bytes of eight channels for each pixel, two pixels at a time.
///
/// # Safety
/// See [`sums`].
#[inline]
#[target_feature(enable = "neon,dotprod")]
unsafe fn tile(
    layer: &Pointwise,
    inputs: [*const i8; PIXELS],
    first: usize,
) -> [int8x16_t; PIXELS / 2] {
    // SAFETY: `pointwise_tiles`, the only caller, passes what `sums` needs: pixels of a map whose shape
    // and number of bytes `Pointwise::check` asserted, and a `first` below `outputs`. `Requantise::new`
    // pads scales to whole panels.
    let (sums, scale) = unsafe {
        let scale = layer.requantise.scale.as_ptr().add(first);
        let scale = [vld1q_f32(scale), vld1q_f32(scale.add(4))];
        (sums(layer, inputs, first), scale)
    };
    let scale = [scale[0], scale[1], scale[0], scale[1]];
    std::array::from_fn(|pair| {
        let [a, b] = [sums[2 * pair], sums[2 * pair + 1]];
        requantise(&layer.requantise, scale, [a[0], a[1], b[0], b[1]])
    })
}

/// # Safety
/// From each of `inputs` on there must be `groups * 16` bytes; the weights must have a panel
/// `first / 8`.
#[inline]
#[target_feature(enable = "neon,dotprod")]
unsafe fn sums(layer: &Pointwise, inputs: [*const i8; PIXELS], first: usize) -> Sums {
    // SAFETY: `tile`, the only caller, passes on pixels of a map whose shape and number of bytes
    // `Pointwise::check` asserted, and a `first` below `outputs`. `Pointwise::new` packs whole panels,
    // and `Requantise::new` pads starts to these.
    unsafe {
        let start = layer.requantise.start.as_ptr().add(first);
        let mut sums = [[vld1q_s32(start), vld1q_s32(start.add(4))]; PIXELS];
        let weights = layer
            .weights
            .as_ptr()
            .add(first / PANEL * layer.groups * GROUP);
        for group in 0..layer.groups {
            let inputs = inputs.map(|input| vld1q_s8(input.add(group * 16)));
            let weights = weights.add(group * GROUP);
            accumulate::<0>(&mut sums, inputs, weights);
            accumulate::<1>(&mut sums, inputs, weights);
            accumulate::<2>(&mut sums, inputs, weights);
            accumulate::<3>(&mut sums, inputs, weights);
        }
        sums
    }
}

/// Adds the products of the inputs' `LANE`th quarter.
///
/// # Safety
/// From `weights` on there must be a group of a panel.
#[inline]
#[target_feature(enable = "neon,dotprod")]
unsafe fn accumulate<const LANE: i32>(
    sums: &mut Sums,
    inputs: [int8x16_t; PIXELS],
    weights: *const i8,
) {
    // SAFETY: `sums`, the only caller, stays below `layer.groups`: so many groups has each panel that
    // `Pointwise::new` packed, and each has four quarters.
    let weights = unsafe {
        let weights = weights.add(LANE as usize * QUARTER);
        [vld1q_s8(weights), vld1q_s8(weights.add(16))]
    };
    for (sums, input) in sums.iter_mut().zip(inputs) {
        sums[0] = dot_lane::<LANE>(sums[0], weights[0], input);
        sums[1] = dot_lane::<LANE>(sums[1], weights[1], input);
    }
}

/// `vdotq_laneq_s32`, which stable Rust does not have yet.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn dot_lane<const LANE: i32>(sum: int32x4_t, weights: int8x16_t, input: int8x16_t) -> int32x4_t {
    let mut sum = sum;
    // SAFETY: the instruction reads and writes registers alone, and the processor has it, as the
    // function's features require.
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

/// `vdotq_s32`, which stable Rust does not have yet.
#[inline]
#[target_feature(enable = "neon,dotprod")]
pub(super) fn dot(sum: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    let mut sum = sum;
    // SAFETY: the instruction reads and writes registers alone, and the processor has it, as the
    // function's features require.
    unsafe {
        asm!(
            "sdot {sum:v}.4s, {a:v}.16b, {b:v}.16b",
            sum = inout(vreg) sum,
            a = in(vreg) a,
            b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sum
}
