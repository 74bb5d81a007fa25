//! Kernels for any 64-bit Arm: 16-bit sums of two products of bytes, or of four where the weights are small enough,
//! which are then widened.

#![expect(
    unsafe_code,
    reason = "intrinsics on raw pointers, and inline assembly"
)]

use std::arch::aarch64::*;
use std::arch::asm;

use super::map::{Rows, View, tiles};
use super::pack::{BLOCK, DIAGONALS, Depthwise, Pointwise, Requantise};

/// Output channels of a panel, and inputs whose products are added at a step.
const PANEL: usize = 4;
const STEP: usize = 32;
/// Pixels of a tile.
const PIXELS: usize = 4;

/// The sums of a tile: for each pixel and channel four that are to be added up.
type Sums = [[int32x4_t; PANEL]; PIXELS];

pub(super) fn pointwise(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    for (inputs, outputs) in tiles::<PIXELS>(from.map, to) {
        // SAFETY: `int8::pointwise` called `Pointwise::check`, by which every pixel of a tile lies
        // within the maps. Of the last step 16 or 32 bytes are read: they end at most 15 bytes behind the
        // pixel, which `Map::buffer` allows for. `Pointwise::new` packs whole panels, and `first` is below `outputs`.
        // At most the pixel's `left` channels are stored.
        unsafe {
            let inputs = inputs.map(|start| from.bytes.as_ptr().add(start).cast());
            let outputs = outputs.map(|start| to.bytes.as_mut_ptr().add(start));
            let mut steps = Steps {
                weights: layer.weights.as_ptr(),
                chains: layer.chains.as_ptr(),
            };
            for first in (0..layer.outputs).step_by(2 * PANEL) {
                let left = layer.outputs - first;
                let a = vreinterpretq_s32_s8(tile(layer, inputs, first, &mut steps));
                let b = match left {
                    ..=PANEL => a,
                    _ => vreinterpretq_s32_s8(tile(layer, inputs, first + PANEL, &mut steps)),
                };
                let (first_two, last_two) = (vzip1q_s32(a, b), vzip2q_s32(a, b));
                let [p, q, r, s] = outputs.map(|output| output.add(first));
                if left >= 2 * PANEL {
                    // `vst1q_lane_s64` needs an aligned pointer.
                    let [pq, rs] = [first_two, last_two].map(|it| vreinterpretq_s64_s32(it));
                    p.cast::<i64>().write_unaligned(vgetq_lane_s64::<0>(pq));
                    q.cast::<i64>().write_unaligned(vgetq_lane_s64::<1>(pq));
                    r.cast::<i64>().write_unaligned(vgetq_lane_s64::<0>(rs));
                    s.cast::<i64>().write_unaligned(vgetq_lane_s64::<1>(rs));
                } else {
                    let mut all = [0u8; 2 * PANEL * PIXELS];
                    vst1q_s32(all.as_mut_ptr().cast(), first_two);
                    vst1q_s32(all.as_mut_ptr().add(16).cast(), last_two);
                    for (bytes, output) in all.chunks_exact(2 * PANEL).zip([p, q, r, s]) {
                        std::ptr::copy_nonoverlapping(bytes.as_ptr(), output, left);
                    }
                }
            }
        }
    }
}

/// The steps that follow, of one panel after another.
struct Steps {
    weights: *const i8,
    /// Whether they chain, see [`Pointwise::chains`].
    chains: *const bool,
}

impl Steps {
    /// Whether the next one chains.
    ///
    /// # Safety
    /// It must be there.
    #[inline(always)]
    unsafe fn next_chains(&mut self) -> bool {
        // SAFETY: `tile`, the only caller, takes as many steps for each panel as `Pointwise::new` packed.
        unsafe {
            let chains = *self.chains;
            self.chains = self.chains.add(1);
            chains
        }
    }
}

/// The bytes of four channels for each pixel. `steps` are those from their panel on, and then those from the next panel
/// on.
///
/// # Safety
/// From each of `inputs` on there must be the layer's inputs, rounded up to 16 bytes; the layer must have a panel
/// `first / 4`.
#[inline(always)]
unsafe fn tile(
    layer: &Pointwise,
    mut inputs: [*const i8; PIXELS],
    first: usize,
    steps: &mut Steps,
) -> int8x16_t {
    // SAFETY: `pointwise`, the only caller, passes pixels of a map whose shape and number of bytes
    // `Pointwise::check` asserted, and a `first` below `outputs`. `Pointwise::new` packs whole panels,
    // and has an answer for each step of these; `Requantise::new` pads starts and factors to them.
    unsafe {
        let mut sums = [[vdupq_n_s32(0); PANEL]; PIXELS];
        let begin = |_, products| vpaddlq_s16(products);
        let go_on = |sum, products| vpadalq_s16(sum, products);
        let (whole, rest) = (layer.inputs / STEP, layer.inputs % STEP);
        if whole == 0 {
            self::rest(rest, &mut sums, inputs, steps, begin);
        } else {
            step::<false>(&mut sums, &mut inputs, steps, begin);
            for _ in 1..whole {
                step::<false>(&mut sums, &mut inputs, steps, go_on);
            }
            if rest > 0 {
                self::rest(rest, &mut sums, inputs, steps, go_on);
            }
        }
        let start = vld1q_s32(layer.requantise.start.as_ptr().add(first));
        let factors = vld1q_s32(layer.requantise.factor.as_ptr().add(first));
        let sums = sums
            .map(|[a, b, c, d]| vaddq_s32(pair_sums(vpaddq_s32(a, b), vpaddq_s32(c, d)), start));
        requantise(&layer.requantise, [factors; 4], sums)
    }
}

/// Adds the products of the `count` inputs that are left, fewer than those of a step, by `with`.
///
/// # Safety
/// From each of `inputs` on there must be so many bytes, rounded up to 16, and the step must be there.
#[inline(always)]
unsafe fn rest(
    count: usize,
    sums: &mut Sums,
    mut inputs: [*const i8; PIXELS],
    steps: &mut Steps,
    with: impl Fn(int32x4_t, int16x8_t) -> int32x4_t,
) {
    // SAFETY: `tile`, the only caller, passes inputs of which so many bytes, rounded up to 16, are there, and the last
    // step of a panel.
    unsafe {
        match count {
            ..=16 => {
                let loaded = inputs.map(|input| vld1q_s8(input));
                steps.next_chains();
                for channel in 0..PANEL {
                    let weights = vld1q_s8(steps.weights.add(channel * STEP));
                    for (sums, input) in sums.iter_mut().zip(loaded) {
                        sums[channel] = with(sums[channel], two_products(input, weights));
                    }
                }
                steps.weights = steps.weights.add(PANEL * STEP);
            }
            17..=24 => step::<true>(sums, &mut inputs, steps, with),
            _ => step::<false>(sums, &mut inputs, steps, with),
        }
    }
}

/// Adds the products of a step for each pixel and channel, by `with`: four at a time in 16 bits if they chain, which
/// takes a sixth fewer instructions, and otherwise two. If `THREE`, the last quarter of the step has no inputs.
///
/// # Safety
/// From each of `inputs` on there must be a step's 32 bytes, and the step must be there. If it chains, sums of four
/// products must fit 16 bits.
#[inline(always)]
unsafe fn step<const THREE: bool>(
    sums: &mut Sums,
    inputs: &mut [*const i8; PIXELS],
    steps: &mut Steps,
    with: impl Fn(int32x4_t, int16x8_t) -> int32x4_t,
) {
    // SAFETY: `tile`, the only one to begin with a panel, stays within `layer.groups` steps: so many has each pixel, by
    // the bytes that `Pointwise::check` asserted, and each panel that `Pointwise::new` packed.
    unsafe {
        let loaded = inputs.each_mut().map(|input| take_two(input));
        let chain = steps.next_chains();
        let of_channel = |channel: usize| {
            let weights = steps.weights.add(channel * STEP);
            [vld1q_s8(weights), vld1q_s8(weights.add(16))]
        };
        if chain {
            for channel in 0..PANEL {
                let weights = of_channel(channel);
                for (sums, inputs) in sums.iter_mut().zip(loaded) {
                    let products = if THREE {
                        three_products(inputs, weights)
                    } else {
                        four_products(inputs, weights)
                    };
                    sums[channel] = with(sums[channel], products);
                }
            }
        } else {
            for channel in 0..PANEL {
                let [v, w] = of_channel(channel);
                for (sums, [a, b]) in sums.iter_mut().zip(loaded) {
                    let sum = with(sums[channel], two_products(a, v));
                    sums[channel] = vpadalq_s16(sum, two_products(b, w));
                }
            }
        }
        steps.weights = steps.weights.add(PANEL * STEP);
    }
}

/// Loads two vectors, and moves the pointer behind them: the compiler would take instructions of their own for that.
///
/// # Safety
/// There must be 32 bytes.
#[inline(always)]
unsafe fn take_two(pointer: &mut *const i8) -> [int8x16_t; 2] {
    let (a, b);
    // SAFETY: `step`, the only caller, passes a step of a pixel; every 64-bit Arm has the instruction.
    unsafe {
        asm!(
            "ldp {a:q}, {b:q}, [{pointer}], #32",
            a = out(vreg) a,
            b = out(vreg) b,
            pointer = inout(reg) *pointer,
            options(readonly, nostack, preserves_flags),
        );
    }
    [a, b]
}

/// The products of the first eight numbers, and to each that of one of the last eight. A sum of two products fits 16
/// bits, as no weight is -128 (asserted when the layer is packed).
#[inline(always)]
fn two_products(input: int8x16_t, weights: int8x16_t) -> int16x8_t {
    let products;
    // One piece, since the compiler would mix many of them, and then not have registers for all.
    // SAFETY: the instructions read and write registers alone; every 64-bit Arm has them.
    unsafe {
        asm!(
            "smull {products:v}.8h, {input:v}.8b, {weights:v}.8b",
            "smlal2 {products:v}.8h, {input:v}.16b, {weights:v}.16b",
            products = out(vreg) products,
            input = in(vreg) input,
            weights = in(vreg) weights,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    products
}

/// The same for one and a half vectors each: sums of three products.
#[inline(always)]
fn three_products([a, b]: [int8x16_t; 2], [v, w]: [int8x16_t; 2]) -> int16x8_t {
    let products;
    // SAFETY: the instructions read and write registers alone; every 64-bit Arm has them.
    unsafe {
        asm!(
            "smull {products:v}.8h, {a:v}.8b, {v:v}.8b",
            "smlal2 {products:v}.8h, {a:v}.16b, {v:v}.16b",
            "smlal {products:v}.8h, {b:v}.8b, {w:v}.8b",
            products = out(vreg) products,
            a = in(vreg) a,
            b = in(vreg) b,
            v = in(vreg) v,
            w = in(vreg) w,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    products
}

/// The same for two vectors each: sums of four products.
#[inline(always)]
fn four_products([a, b]: [int8x16_t; 2], [v, w]: [int8x16_t; 2]) -> int16x8_t {
    let products;
    // SAFETY: the instructions read and write registers alone; every 64-bit Arm has them.
    unsafe {
        asm!(
            "smull {products:v}.8h, {a:v}.8b, {v:v}.8b",
            "smlal2 {products:v}.8h, {a:v}.16b, {v:v}.16b",
            "smlal {products:v}.8h, {b:v}.8b, {w:v}.8b",
            "smlal2 {products:v}.8h, {b:v}.16b, {w:v}.16b",
            products = out(vreg) products,
            a = in(vreg) a,
            b = in(vreg) b,
            v = in(vreg) v,
            w = in(vreg) w,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    products
}

/// The bytes of sixteen sums, four for each vector of factors.
#[inline(always)]
pub(super) fn requantise(
    requantise: &Requantise,
    factors: [int32x4_t; 4],
    sums: [int32x4_t; 4],
) -> int8x16_t {
    // SAFETY: every 64-bit Arm has these instructions.
    unsafe {
        let rounded: [int32x4_t; 4] =
            std::array::from_fn(|index| vqrdmulhq_s32(sums[index], factors[index]));
        // Saturation to 16 bits leaves a sum beyond a byte's range far beyond it.
        let zero = vdupq_n_s16(requantise.zero as i16);
        let low = vqmovn_high_s32(vqmovn_s32(rounded[0]), rounded[1]);
        let high = vqmovn_high_s32(vqmovn_s32(rounded[2]), rounded[3]);
        let low = vqmovn_s16(vqaddq_s16(low, zero));
        vqmovn_high_s16(low, vqaddq_s16(high, zero))
    }
}

pub(super) fn depthwise(layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    depthwise_from(0, layer, from, to);
}

/// Computes the channels from the block on that begins with `channel`.
pub(super) fn depthwise_from(channel: usize, layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    for first in (channel..layer.channels).step_by(BLOCK) {
        // SAFETY: `int8::depthwise` called `Depthwise::check`; `first` is the first channel of a block.
        unsafe {
            if layer.chains.get(first / BLOCK) == Some(&true) {
                block::<true>(first, layer, from, to);
            } else {
                block::<false>(first, layer, from, to);
            }
        }
    }
}

/// Computes the block that begins with the channel `first`.
///
/// # Safety
/// `Depthwise::check` must have passed for these arguments, and `first` must be the first channel of a block; if its
/// diagonals `CHAIN`, sums of their products must fit 16 bits.
unsafe fn block<const CHAIN: bool>(
    first: usize,
    layer: &Depthwise,
    from: View<'_>,
    to: &mut Rows<'_>,
) {
    let (inset, step) = (from.map.border - 1, layer.stride * layer.channels);
    // SAFETY: `first` is the first channel of a block.
    let block = unsafe { Block::of(layer, first) };
    let left = layer.channels - first;
    for (index, y) in to.rows.clone().enumerate() {
        let corner = from.map.bordered(inset + y * layer.stride, inset) + first;
        let start = to.at(index, 0) + first;
        // SAFETY: by `check`, the nine pixels of each output, and the output itself, lie within the maps. Each read
        // starts within a pixel and has 16 bytes: it ends at most 15 behind the pixel, which `Map::buffer` allows
        // for. Of the last block only the pixel's `left` channels are stored. The pointers of
        // pixels that do not exist are never used.
        unsafe {
            let mut corner = from.bytes.as_ptr().wrapping_add(corner).cast();
            let mut output = to.bytes.as_mut_ptr().wrapping_add(start);
            for _ in 0..to.map.width {
                let bytes = block.bytes::<CHAIN>(&layer.requantise, corner, from.map.row());
                if left >= BLOCK {
                    vst1q_s8(output.cast(), bytes);
                } else {
                    let mut whole = [0u8; BLOCK];
                    vst1q_s8(whole.as_mut_ptr().cast(), bytes);
                    std::ptr::copy_nonoverlapping(whole.as_ptr(), output, left);
                }
                corner = corner.wrapping_add(step);
                output = output.wrapping_add(layer.channels);
            }
        }
    }
}

/// Sixteen channels of a depthwise convolution.
struct Block {
    channels: usize,
    taps: [int8x16_t; 9],
    start: [int32x4_t; 4],
    factors: [int32x4_t; 4],
}

impl Block {
    /// # Safety
    /// `first` must be the first channel of a block.
    #[inline(always)]
    unsafe fn of(layer: &Depthwise, first: usize) -> Self {
        let (taps, requantise) = (layer.taps.as_ptr(), &layer.requantise);
        let fours = [0, 4, 8, 12].map(|four| first + four);
        // SAFETY: `Depthwise::new` pads taps, and `Requantise::new` starts and factors, to whole
        // blocks.
        unsafe {
            Self {
                channels: layer.channels,
                taps: std::array::from_fn(|tap| vld1q_s8(taps.add(tap * layer.tap() + first))),
                start: fours.map(|four| vld1q_s32(requantise.start.as_ptr().add(four))),
                factors: fours.map(|four| vld1q_s32(requantise.factor.as_ptr().add(four))),
            }
        }
    }

    /// # Safety
    /// Three rows of three pixels must be there, the first at `corner` and rows `row` bytes apart,
    /// with 16 bytes to read at each. If the diagonals `CHAIN`, sums of their products must fit 16 bits.
    #[inline(always)]
    unsafe fn bytes<const CHAIN: bool>(
        &self,
        requantise: &Requantise,
        corner: *const i8,
        row: usize,
    ) -> int8x16_t {
        let mut sums = self.start;
        // SAFETY: `block`, the only caller, passes the corner of a pixel whose nine inputs lie
        // within the map, and 16 bytes from each on within its buffer: `Depthwise::check` asserted both.
        unsafe {
            let pixel = |tap: usize| vld1q_s8(corner.add(tap / 3 * row + tap % 3 * self.channels));
            let begin = |tap: usize| {
                let (input, weights) = (pixel(tap), self.taps[tap]);
                let low = vmull_s8(vget_low_s8(input), vget_low_s8(weights));
                [low, high_products(input, weights)]
            };
            let go_on = |[low, high]: [int16x8_t; 2], tap: usize| {
                let (input, weights) = (pixel(tap), self.taps[tap]);
                let low = vmlal_s8(low, vget_low_s8(input), vget_low_s8(weights));
                [low, add_high_products(high, input, weights)]
            };
            if CHAIN {
                for [a, b, c] in DIAGONALS {
                    widen(&mut sums, go_on(go_on(begin(a), b), c));
                }
            } else {
                for tap in [0, 2, 4, 6] {
                    widen(&mut sums, go_on(begin(tap), tap + 1));
                }
                widen(&mut sums, begin(8));
            }
        }
        self::requantise(requantise, self.factors, sums)
    }
}

/// Adds 16-bit sums to those of 32 bits.
#[inline(always)]
fn widen([a, b, c, d]: &mut [int32x4_t; 4], [low, high]: [int16x8_t; 2]) {
    // SAFETY: every 64-bit Arm has these instructions.
    unsafe {
        *a = vaddw_s16(*a, vget_low_s16(low));
        *b = vaddw_high_s16(*b, low);
        *c = vaddw_s16(*c, vget_low_s16(high));
        *d = vaddw_high_s16(*d, high);
    }
}

/// `vpaddq_s32`, which the compiler turns into three instructions if an addition follows.
#[inline(always)]
fn pair_sums(a: int32x4_t, b: int32x4_t) -> int32x4_t {
    let sums;
    // SAFETY: the instruction reads and writes registers alone; every 64-bit Arm has it.
    unsafe {
        asm!(
            "addp {sums:v}.4s, {a:v}.4s, {b:v}.4s",
            sums = lateout(vreg) sums,
            a = in(vreg) a,
            b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// `vmull_high_s8`, which the compiler turns into two instructions.
#[inline(always)]
fn high_products(a: int8x16_t, b: int8x16_t) -> int16x8_t {
    let products;
    // SAFETY: the instruction reads and writes registers alone; every 64-bit Arm has it.
    unsafe {
        asm!(
            "smull2 {products:v}.8h, {a:v}.16b, {b:v}.16b",
            products = lateout(vreg) products,
            a = in(vreg) a,
            b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    products
}

/// `vmlal_high_s8`, likewise.
#[inline(always)]
fn add_high_products(products: int16x8_t, a: int8x16_t, b: int8x16_t) -> int16x8_t {
    let mut products = products;
    // SAFETY: the instruction reads and writes registers alone; every 64-bit Arm has it.
    unsafe {
        asm!(
            "smlal2 {products:v}.8h, {a:v}.16b, {b:v}.16b",
            products = inout(vreg) products,
            a = in(vreg) a,
            b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    products
}
