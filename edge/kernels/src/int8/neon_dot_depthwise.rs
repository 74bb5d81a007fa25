//! Depthwise convolutions for 64-bit Arm with `sdot`.
//!
//! `sdot` adds up the products of four successive bytes, but the bytes of a channel lie a pixel apart. So three pixels,
//! one above the other, are interleaved to a column, in which each channel has its three bytes together. Three columns
//! make a window, and the next window on the right shares two of them, or one if the stride is 2.

#![expect(unsafe_code, reason = "intrinsics on raw pointers")]

use std::arch::aarch64::*;

use super::map::{Rows, View};
use super::neon;
use super::neon_dot::dot;
use super::pack::{BLOCK, Depthwise, Requantise};

/// Outputs that are computed at a time. Three columns are kept, and after three outputs of either stride each of them
/// has the place in which it began: no register is ever copied to another.
const OUTPUTS: usize = 3;

/// Sixteen channels, four in each vector: a channel has three bytes, and a fourth that is multiplied by 0.
type Column = [int8x16_t; 4];

pub(super) fn depthwise(layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    let whole = match to.map.width {
        0..OUTPUTS => 0,
        _ => layer.channels / BLOCK * BLOCK,
    };
    // SAFETY: `Requantise::new` asserted that the processor has the instructions that a layer is
    // packed for; `int8::depthwise` called `Depthwise::check`; a row has at least `OUTPUTS` pixels, if any
    // channels are passed.
    unsafe {
        match layer.stride {
            1 => blocks::<1>(layer, whole, from, to),
            _ => blocks::<2>(layer, whole, from, to),
        }
    }
    neon::depthwise_from(whole, layer, from, to);
}

/// Computes the first `channels` channels.
///
/// # Safety
/// `Depthwise::check` must have passed for these arguments; `channels` must be a number of whole blocks that the layer
/// has; unless it is 0, a row of `to` must have at least `OUTPUTS` pixels.
#[target_feature(enable = "neon,dotprod")]
unsafe fn blocks<const STRIDE: usize>(
    layer: &Depthwise,
    channels: usize,
    from: View<'_>,
    to: &mut Rows<'_>,
) {
    let inset = from.map.border - 1;
    for first in (0..channels).step_by(BLOCK) {
        let block = Block::of(layer, first / BLOCK);
        for (index, y) in to.rows.clone().enumerate() {
            let corner = from.map.bordered(inset + y * STRIDE, inset) + first;
            let start = to.at(index, 0) + first;
            // SAFETY: by `check`, the nine pixels of each output, and the outputs themselves, lie within
            // the maps. A block is whole, so the 16 bytes read and written at a pixel are its own.
            unsafe {
                let line = Line {
                    corner: from.bytes.as_ptr().add(corner).cast(),
                    row: from.map.row(),
                    output: to.bytes.as_mut_ptr().add(start),
                    channels: layer.channels,
                    width: to.map.width,
                };
                block.line::<STRIDE>(&line);
            }
        }
    }
}

/// Where a row of outputs is computed from, and written to.
struct Line {
    /// The first pixel of the first window.
    corner: *const i8,
    /// The distance from a row to the next, in bytes.
    row: usize,
    output: *mut u8,
    /// The distance from a pixel to the next, in bytes.
    channels: usize,
    /// How many outputs there are.
    width: usize,
}

impl Line {
    /// The column of windows that begins with the pixel at `top`.
    ///
    /// # Safety
    /// The column must belong to a window of one of the outputs.
    #[inline]
    #[target_feature(enable = "neon,dotprod")]
    unsafe fn column(&self, top: *const i8) -> Column {
        // SAFETY: `blocks`, the only one to make a line, has all windows of its outputs within the map.
        let [a, b, c] = unsafe { [0, 1, 2].map(|row| vld1q_s8(top.add(row * self.row))) };
        let pairs = [
            [vzip1q_s8(a, b), vzip1q_s8(c, c)],
            [vzip2q_s8(a, b), vzip2q_s8(c, c)],
        ];
        let [[a, c], [b, d]] = pairs.map(|pair| pair.map(|bytes| vreinterpretq_s16_s8(bytes)));
        [
            vzip1q_s16(a, c),
            vzip2q_s16(a, c),
            vzip1q_s16(b, d),
            vzip2q_s16(b, d),
        ]
        .map(|words| vreinterpretq_s8_s16(words))
    }
}

/// Sixteen channels of a depthwise convolution.
struct Block<'a> {
    weights: [Column; 3],
    requantise: &'a Requantise,
    /// In memory, since the registers are full of weights and pixels.
    start: &'a [i32; BLOCK],
    factors: &'a [i32; BLOCK],
}

impl<'a> Block<'a> {
    /// The block `index` of the layer, which [`Depthwise::new`] and [`Requantise::new`] pad to whole blocks.
    #[inline]
    #[target_feature(enable = "neon,dotprod")]
    fn of(layer: &'a Depthwise, index: usize) -> Self {
        let weights: &[i8; 12 * BLOCK] = &layer.fours.as_chunks().0[index];
        // SAFETY: the array has twelve vectors, four for each column.
        let four = |index: usize| unsafe { vld1q_s8(weights.as_ptr().add(index * 16)) };
        Self {
            weights: [0, 4, 8].map(|column| [0, 1, 2, 3].map(|it| four(column + it))),
            requantise: &layer.requantise,
            start: &layer.requantise.start.as_chunks().0[index],
            factors: &layer.requantise.factor.as_chunks().0[index],
        }
    }

    /// Computes a row of outputs.
    ///
    /// # Safety
    /// All windows and outputs of the line must lie within maps; it must have at least `OUTPUTS`.
    #[inline]
    #[target_feature(enable = "neon,dotprod")]
    unsafe fn line<const STRIDE: usize>(&self, line: &Line) {
        let mut x = 0;
        let mut columns = [[vdupq_n_s8(0); 4]; 3];
        while x < line.width {
            // The last outputs may have been computed before.
            let again = x + OUTPUTS > line.width;
            if again {
                x = line.width - OUTPUTS;
            }
            // SAFETY: all these columns belong to the windows of the outputs `x` to `x + OUTPUTS - 1`, which the
            // line has.
            unsafe {
                let window = line.corner.add(x * STRIDE * line.channels);
                let output = line.output.add(x * line.channels);
                if x == 0 || again {
                    for column in 0..3 - STRIDE {
                        columns[column] = line.column(window.add(column * line.channels));
                    }
                }
                self.output::<STRIDE, 0>(line, &mut columns, window, output);
                self.output::<STRIDE, 1>(line, &mut columns, window, output);
                self.output::<STRIDE, 2>(line, &mut columns, window, output);
            }
            x += OUTPUTS;
        }
    }

    /// Computes the output `INDEX` of those at a time, of which `window` and `output` are the first.
    ///
    /// # Safety
    /// The window and the output must be of the line; `columns` must have the columns of the window that the one before
    /// has, too, or that come first in a row.
    #[inline]
    #[target_feature(enable = "neon,dotprod")]
    unsafe fn output<const STRIDE: usize, const INDEX: usize>(
        &self,
        line: &Line,
        columns: &mut [Column; 3],
        window: *const i8,
        output: *mut u8,
    ) {
        let first = INDEX * STRIDE;
        // SAFETY: `line`, the only caller, passes windows and outputs of the line.
        unsafe {
            for column in first + 3 - STRIDE..first + 3 {
                columns[column % 3] = line.column(window.add(column * line.channels));
            }
            let window = [first, first + 1, first + 2].map(|column| columns[column % 3]);
            vst1q_s8(output.add(INDEX * line.channels).cast(), self.bytes(window));
        }
    }

    /// The bytes of a window.
    #[inline]
    #[target_feature(enable = "neon,dotprod")]
    fn bytes(&self, window: [Column; 3]) -> int8x16_t {
        // SAFETY: arrays have as many numbers as are read.
        let [mut sums, factors] = [self.start, self.factors].map(|numbers| {
            [0, 4, 8, 12].map(|four| unsafe { vld1q_s32(numbers.as_ptr().add(four)) })
        });
        for (column, weights) in window.iter().zip(&self.weights) {
            for four in 0..4 {
                sums[four] = dot(sums[four], weights[four], column[four]);
            }
        }
        neon::requantise(self.requantise, factors, sums)
    }
}
