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

/// Output channels of a panel, and bytes of its weights for a group of sixteen inputs.
const PANEL: usize = 8;
const GROUP: usize = 16 * PANEL;
/// Pixels of a tile. The sums of two panels take 24 of the 32 registers, and the inputs 6 more.
const PIXELS: usize = 6;

/// The sums of a tile: for each pixel and panel, two vectors of four channels.
type Sums<const PANELS: usize> = [[[int32x4_t; 2]; PANELS]; PIXELS];

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
        // `Pointwise::new` packs whole panels, and `first` is below `outputs`.
        unsafe {
            let inputs = inputs.map(|start| from.bytes.as_ptr().add(start).cast());
            let outputs = outputs.map(|start| to.bytes.as_mut_ptr().add(start));
            let mut first = 0;
            while layer.outputs - first > PANEL {
                panels::<2>(layer, inputs, outputs, first);
                first = (first + 2 * PANEL).min(layer.outputs);
            }
            if first < layer.outputs {
                panels::<1>(layer, inputs, outputs, first);
            }
        }
    }
}

/// Writes the channels of `PANELS` panels of each pixel, or fewer if no more are left.
///
/// # Safety
/// As for [`sums`]; each of `outputs` must be a pixel that has the channel `first`.
#[inline]
#[target_feature(enable = "neon,dotprod")]
unsafe fn panels<const PANELS: usize>(
    layer: &Pointwise,
    inputs: [*const i8; PIXELS],
    outputs: [*mut u8; PIXELS],
    first: usize,
) {
    // A single panel comes twice: the compiler leaves out the half that is not used.
    let vectors = [0, 1, 2, 3].map(|vector| vector % (2 * PANELS));
    // SAFETY: `pointwise_tiles`, the only caller, passes pixels of maps that `Pointwise::check` compared with the
    // layer. `Requantise::new` pads factors to whole panels. At most the pixel's channels are stored.
    unsafe {
        let sums = sums::<PANELS>(layer, inputs, first);
        let factors = layer.requantise.factor.as_ptr().add(first);
        let factors = vectors.map(|vector| vld1q_s32(factors.add(4 * vector)));
        let bytes = sums.map(|sums| {
            let sums = vectors.map(|vector| sums.as_flattened()[vector]);
            requantise(&layer.requantise, factors, sums)
        });
        let outputs = outputs.map(|output| output.add(first));
        store(bytes, outputs, (layer.outputs - first).min(PANELS * PANEL));
    }
}

/// Writes the first `count` bytes of each pixel.
///
/// # Safety
/// There must be space for them.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn store(bytes: [int8x16_t; PIXELS], outputs: [*mut u8; PIXELS], count: usize) {
    let pixels = bytes.into_iter().zip(outputs);
    // SAFETY: `panels`, the only caller, passes as many as the pixels have channels from there on.
    unsafe {
        match count {
            16 => pixels.for_each(|(bytes, output)| vst1q_s8(output.cast(), bytes)),
            8 => pixels.for_each(|(bytes, output)| vst1_s8(output.cast(), vget_low_s8(bytes))),
            _ => pixels.for_each(|(bytes, output)| {
                let mut all = [0u8; 16];
                vst1q_s8(all.as_mut_ptr().cast(), bytes);
                std::ptr::copy_nonoverlapping(all.as_ptr(), output, count);
            }),
        }
    }
}

/// The sums of `PANELS` panels from the channel `first` on.
///
/// # Safety
/// From each of `inputs` on there must be the layer's inputs, rounded up to whole groups of 16 bytes; the weights must
/// have these panels.
#[inline]
#[target_feature(enable = "neon,dotprod")]
unsafe fn sums<const PANELS: usize>(
    layer: &Pointwise,
    mut inputs: [*const i8; PIXELS],
    first: usize,
) -> Sums<PANELS> {
    // SAFETY: the callers pass on pixels of a map whose shape and number of bytes `Pointwise::check` asserted, and a
    // `first` below `outputs`; with two panels, more than `PANEL` channels are left. `Pointwise::new` packs whole
    // panels of whole groups, and `Requantise::new` pads starts to these.
    unsafe {
        let start = layer.requantise.start.as_ptr().add(first);
        let mut sums: Sums<PANELS> = std::array::from_fn(|_| {
            std::array::from_fn(|panel| two_starts(start.add(panel * PANEL)))
        });
        let panel = layer.groups * GROUP;
        let weights = layer.weights.as_ptr().add(first / PANEL * panel);
        let mut weights: [_; PANELS] = std::array::from_fn(|index| weights.add(index * panel));
        for _ in 0..layer.inputs / 16 {
            let inputs = inputs.each_mut().map(|input| take(input));
            accumulate::<0, PANELS>(&mut sums, inputs, &mut weights);
            accumulate::<1, PANELS>(&mut sums, inputs, &mut weights);
            accumulate::<2, PANELS>(&mut sums, inputs, &mut weights);
            accumulate::<3, PANELS>(&mut sums, inputs, &mut weights);
        }
        // What is left of the inputs. Their last group may have quarters of which all weights are zeros.
        let rest = layer.inputs % 16;
        if rest > 0 {
            let inputs = inputs.each_mut().map(|input| take(input));
            accumulate::<0, PANELS>(&mut sums, inputs, &mut weights);
            if rest > 4 {
                accumulate::<1, PANELS>(&mut sums, inputs, &mut weights);
            }
            if rest > 8 {
                accumulate::<2, PANELS>(&mut sums, inputs, &mut weights);
            }
            if rest > 12 {
                accumulate::<3, PANELS>(&mut sums, inputs, &mut weights);
            }
        }
        sums
    }
}

/// Adds the products of the inputs' `LANE`th quarter, and moves the pointers to the weights behind those.
///
/// # Safety
/// From each of `weights` on there must be a quarter of a group of a panel.
#[inline]
#[target_feature(enable = "neon,dotprod")]
unsafe fn accumulate<const LANE: i32, const PANELS: usize>(
    sums: &mut Sums<PANELS>,
    inputs: [int8x16_t; PIXELS],
    weights: &mut [*const i8; PANELS],
) {
    let [p0, p1, p2, p3, p4, p5] = inputs;
    for (panel, weights) in weights.iter_mut().enumerate() {
        let [s0, s1, s2, s3, s4, s5] = sums.each_mut().map(|sums| &mut sums[panel]);
        // One piece, since the compiler would load weights before it has registers for them.
        // SAFETY: `sums`, the only caller, passes weights of the groups that `Pointwise::new` packed, each of which has
        // four quarters of 32 bytes. The processor has the instructions, as the function's features require.
        unsafe {
            asm!(
                "ldp {v:q}, {w:q}, [{weights}], #32",
                "sdot {a0:v}.4s, {v:v}.16b, {p0:v}.4b[{lane}]",
                "sdot {b0:v}.4s, {w:v}.16b, {p0:v}.4b[{lane}]",
                "sdot {a1:v}.4s, {v:v}.16b, {p1:v}.4b[{lane}]",
                "sdot {b1:v}.4s, {w:v}.16b, {p1:v}.4b[{lane}]",
                "sdot {a2:v}.4s, {v:v}.16b, {p2:v}.4b[{lane}]",
                "sdot {b2:v}.4s, {w:v}.16b, {p2:v}.4b[{lane}]",
                "sdot {a3:v}.4s, {v:v}.16b, {p3:v}.4b[{lane}]",
                "sdot {b3:v}.4s, {w:v}.16b, {p3:v}.4b[{lane}]",
                "sdot {a4:v}.4s, {v:v}.16b, {p4:v}.4b[{lane}]",
                "sdot {b4:v}.4s, {w:v}.16b, {p4:v}.4b[{lane}]",
                "sdot {a5:v}.4s, {v:v}.16b, {p5:v}.4b[{lane}]",
                "sdot {b5:v}.4s, {w:v}.16b, {p5:v}.4b[{lane}]",
                v = out(vreg) _, w = out(vreg) _,
                a0 = inout(vreg) s0[0], b0 = inout(vreg) s0[1], p0 = in(vreg) p0,
                a1 = inout(vreg) s1[0], b1 = inout(vreg) s1[1], p1 = in(vreg) p1,
                a2 = inout(vreg) s2[0], b2 = inout(vreg) s2[1], p2 = in(vreg) p2,
                a3 = inout(vreg) s3[0], b3 = inout(vreg) s3[1], p3 = in(vreg) p3,
                a4 = inout(vreg) s4[0], b4 = inout(vreg) s4[1], p4 = in(vreg) p4,
                a5 = inout(vreg) s5[0], b5 = inout(vreg) s5[1], p5 = in(vreg) p5,
                weights = inout(reg) *weights,
                lane = const LANE,
                options(readonly, nostack, preserves_flags),
            );
        }
    }
}

/// Loads a vector and moves the pointer behind it, as [`take_two`] does.
///
/// # Safety
/// There must be 16 bytes.
#[inline(always)]
unsafe fn take(pointer: &mut *const i8) -> int8x16_t {
    let bytes;
    // SAFETY: `sums`, the only caller, passes a group of a pixel; every 64-bit Arm has the instruction.
    unsafe {
        asm!(
            "ldr {bytes:q}, [{pointer}], #16",
            bytes = out(vreg) bytes,
            pointer = inout(reg) *pointer,
            options(readonly, nostack, preserves_flags),
        );
    }
    bytes
}

/// Loads the starts of eight channels: the compiler would copy those of the first pixel for all others, which takes
/// twice as many instructions, and those of the units that multiply.
///
/// # Safety
/// There must be eight numbers.
#[inline(always)]
unsafe fn two_starts(start: *const i32) -> [int32x4_t; 2] {
    let (a, b);
    // SAFETY: `sums`, the only caller, passes the first channel of a panel; every 64-bit Arm has the instruction.
    unsafe {
        asm!(
            "ldp {a:q}, {b:q}, [{start}]",
            a = out(vreg) a,
            b = out(vreg) b,
            start = in(reg) start,
            options(readonly, nostack, preserves_flags),
        );
    }
    [a, b]
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
