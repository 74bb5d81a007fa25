//! Depthwise convolution: each channel with a 3x3 or 5x5 filter of its own.
//!
//! The inner loops process a row of pixels for a block of channels whose taps (and, backward, their gradients) stay in
//! registers: the nine of a 3x3 filter at a time, or the five in a row of a 5x5 filter. Beyond the borders they find no
//! values and add nothing: a row above or below a picture is empty, a pixel beside it is not in its row's slice.

use std::array::from_fn;

use super::{Buffer, Extent, Gradients, Window, buffer, vectorised};

/// Channels in a block: one 512-bit vector, or two of 256 bits.
const BLOCK: usize = 16;

/// Repeats the body for each of up to nine taps, so that arrays indexed by the tap can stay in registers.
macro_rules! for_each_tap {
    ($count:ident, |$tap:ident| $body:block) => {
        for_each_tap!(@ $count $tap $body 0 1 2 3 4 5 6 7 8)
    };
    (@ $count:ident $tap:ident $body:block $($number:literal)*) => {
        $(if $number < $count {
            let $tap: usize = $number;
            $body
        })*
    };
}

/// Calls `finish` on each row of the output while it is in the cache.
pub(super) fn forward(
    extent: Extent,
    channels: usize,
    window: Window,
    input: &[f32],
    weight: &[f32],
    output: &mut [f32],
    finish: impl Fn(&mut [f32]),
) {
    let taps = by_tap(weight, channels);
    let out = extent.strided(window.stride);
    let [above, before] = [extent.height, extent.width].map(|length| window.zeros(length)[0]);
    let rows = Rows::of(input, extent, channels);
    vectorised(
        #[inline(always)]
        || {
            for (index, output) in output.chunks_exact_mut(out.width * channels).enumerate() {
                let (image, top) = (index / out.height, index % out.height * window.stride);
                let row = |tap: usize| rows.get(image, (top + tap).checked_sub(above));
                let pass = Forward {
                    channels,
                    stride: window.stride,
                    before,
                    taps: &taps,
                };
                match window.side {
                    3 => pass.all::<3, 9>(from_fn(row), output),
                    _ => pass.all::<5, 5>(from_fn(row), output),
                }
                finish(output);
            }
        },
    );
}

struct Forward<'a> {
    channels: usize,
    stride: usize,
    /// Zeros before a row.
    before: usize,
    taps: &'a [f32],
}

impl Forward<'_> {
    /// All channels of a row, by filters of this side, of which `TAPS` taps are used at a time.
    #[inline(always)]
    fn all<const SIDE: usize, const TAPS: usize>(&self, rows: [&[f32]; SIDE], output: &mut [f32]) {
        let blocks = self.channels - self.channels % BLOCK;
        for first in (0..blocks).step_by(BLOCK) {
            self.run::<SIDE, TAPS, BLOCK>(first, rows, output);
        }
        for first in blocks..self.channels {
            self.run::<SIDE, TAPS, 1>(first, rows, output);
        }
    }

    #[inline(always)]
    fn run<const SIDE: usize, const TAPS: usize, const B: usize>(
        &self,
        first: usize,
        rows: [&[f32]; SIDE],
        output: &mut [f32],
    ) {
        for group in 0..SIDE * SIDE / TAPS {
            let own = group * TAPS;
            let mut taps = [[0.0f32; B]; TAPS];
            for_each_tap!(TAPS, |tap| {
                taps[tap] = *block(self.taps, (own + tap) * self.channels + first);
            });
            for (x, pixel) in output.chunks_exact_mut(self.channels).enumerate() {
                let mut sum = if group == 0 {
                    [0.0; B]
                } else {
                    *block(pixel, first)
                };
                let left = (x * self.stride).wrapping_sub(self.before);
                for_each_tap!(TAPS, |tap| {
                    let column = left.wrapping_add(tap % SIDE);
                    let at = column.wrapping_mul(self.channels).wrapping_add(first);
                    if let Some(values) = inside(rows[(own + tap) / SIDE], at) {
                        sum = multiply_add(*values, taps[tap], sum);
                    }
                });
                *block_mut(pixel, first) = sum;
            }
        }
    }
}

/// Gathers the gradient of each input from those of the outputs that read it, instead of adding to it once for each.
pub(super) fn backward(
    extent: Extent,
    channels: usize,
    window: Window,
    input: &[f32],
    weight: &[f32],
    grad_output: &[f32],
    gradients: Gradients<'_>,
) {
    let taps = by_tap(weight, channels);
    let mut grad_taps = buffer(weight.len());
    grad_taps.fill(0.0);
    let mut pass = Backward {
        extent,
        channels,
        window,
        taps: &taps,
        rows: Rows::of(grad_output, extent.strided(window.stride), channels),
        grad_taps: &mut grad_taps,
    };
    let mut activation = gradients.activation;
    // Where the input's gradient goes if it is not wanted.
    let mut unwanted = buffer(gradients.input.as_ref().map_or(input.len(), |_| 0));
    let grad_input = gradients.input.unwrap_or(&mut unwanted);
    let row_len = extent.width * channels;
    vectorised(
        #[inline(always)]
        || {
            let inputs = input.chunks_exact(row_len);
            let rows = inputs.zip(grad_input.chunks_exact_mut(row_len));
            for (index, (input, grad_input)) in rows.enumerate() {
                match (window.side, window.stride) {
                    (3, 1) => pass.all::<3, 9, 1>(index, input, grad_input),
                    (3, _) => pass.all::<3, 9, 2>(index, input, grad_input),
                    (_, 1) => pass.all::<5, 5, 1>(index, input, grad_input),
                    _ => pass.all::<5, 5, 2>(index, input, grad_input),
                }
                if let Some(activation) = &mut activation {
                    activation.backward(input, grad_input);
                }
            }
        },
    );
    let places = places_by_tap(weight.len(), channels);
    for (gradient, place) in gradients.weight.iter_mut().zip(places) {
        *gradient += grad_taps[place];
    }
}

struct Backward<'a> {
    /// Of the input.
    extent: Extent,
    channels: usize,
    window: Window,
    taps: &'a [f32],
    /// Those of the output's gradient.
    rows: Rows<'a>,
    grad_taps: &'a mut [f32],
}

impl Backward<'_> {
    /// All channels of the row of inputs of this index, counted over all images, by filters of this side and stride, of
    /// which `TAPS` taps are used at a time.
    #[inline(always)]
    fn all<const SIDE: usize, const TAPS: usize, const STRIDE: usize>(
        &mut self,
        index: usize,
        input: &[f32],
        grad_input: &mut [f32],
    ) {
        let (image, y) = (index / self.extent.height, index % self.extent.height);
        let above = self.window.zeros(self.extent.height)[0];
        // The outputs that read this row by their last row of taps come first.
        let rows: [&[f32]; SIDE] = from_fn(|tap| {
            let distance = (y + above).checked_sub(SIDE - 1 - tap);
            let distance = distance.filter(|distance| distance.is_multiple_of(STRIDE));
            self.rows
                .get(image, distance.map(|distance| distance / STRIDE))
        });
        let blocks = self.channels - self.channels % BLOCK;
        for first in (0..blocks).step_by(BLOCK) {
            self.run::<SIDE, TAPS, STRIDE, BLOCK>(first, rows, input, grad_input);
        }
        for first in blocks..self.channels {
            self.run::<SIDE, TAPS, STRIDE, 1>(first, rows, input, grad_input);
        }
    }

    #[inline(always)]
    fn run<const SIDE: usize, const TAPS: usize, const STRIDE: usize, const B: usize>(
        &mut self,
        first: usize,
        rows: [&[f32]; SIDE],
        input: &[f32],
        grad_input: &mut [f32],
    ) {
        let before = self.window.zeros(self.extent.width)[0];
        for group in 0..SIDE * SIDE / TAPS {
            let own = group * TAPS;
            // The outputs in their order read an input by the taps in reverse.
            let at = |tap: usize| (SIDE * SIDE - 1 - own - tap) * self.channels + first;
            let (mut taps, mut sums) = ([[0.0f32; B]; TAPS], [[0.0f32; B]; TAPS]);
            for_each_tap!(TAPS, |tap| {
                taps[tap] = *block(self.taps, at(tap));
            });
            let pixels = input.chunks_exact(self.channels);
            for (x, (pixel, grad_pixel)) in pixels
                .zip(grad_input.chunks_exact_mut(self.channels))
                .enumerate()
            {
                let value = *block(pixel, first);
                let mut sum = if group == 0 {
                    [0.0; B]
                } else {
                    *block(grad_pixel, first)
                };
                let left = (x + before).wrapping_sub(SIDE - 1);
                for_each_tap!(TAPS, |tap| {
                    let column = left.wrapping_add(tap % SIDE).cast_signed();
                    if column % STRIDE as isize == 0 {
                        let column = (column / STRIDE as isize).cast_unsigned();
                        let at = column.wrapping_mul(self.channels).wrapping_add(first);
                        if let Some(gradient) = inside(rows[(own + tap) / SIDE], at) {
                            sums[tap] = multiply_add(value, *gradient, sums[tap]);
                            sum = multiply_add(taps[tap], *gradient, sum);
                        }
                    }
                });
                *block_mut(grad_pixel, first) = sum;
            }
            for_each_tap!(TAPS, |tap| {
                let total: &mut [f32; B] = block_mut(self.grad_taps, at(tap));
                for (total, sum) in total.iter_mut().zip(&sums[tap]) {
                    *total += sum;
                }
            });
        }
    }
}

/// The rows of images.
struct Rows<'a> {
    values: &'a [f32],
    height: usize,
    len: usize,
}

impl<'a> Rows<'a> {
    fn of(values: &'a [f32], extent: Extent, channels: usize) -> Self {
        Self {
            values,
            height: extent.height,
            len: extent.width * channels,
        }
    }

    /// The row `y` of an image; empty if it has none.
    fn get(&self, image: usize, y: Option<usize>) -> &'a [f32] {
        match y.filter(|&y| y < self.height) {
            Some(y) => &self.values[(image * self.height + y) * self.len..][..self.len],
            None => &[],
        }
    }
}

/// Reorders weights from `[channel, tap]` to `[tap, channel]`.
fn by_tap(weight: &[f32], channels: usize) -> Buffer {
    let mut taps = buffer(weight.len());
    for (&value, place) in weight.iter().zip(places_by_tap(weight.len(), channels)) {
        taps[place] = value;
    }
    taps
}

/// Where each of `len` values in the order `[channel, tap]` is in the order `[tap, channel]`.
fn places_by_tap(len: usize, channels: usize) -> impl Iterator<Item = usize> {
    let count = len / channels;
    (0..len).map(move |index| index % count * channels + index / count)
}

/// `a * b + c`, element by element.
#[inline(always)]
fn multiply_add<const B: usize>(a: [f32; B], b: [f32; B], c: [f32; B]) -> [f32; B] {
    from_fn(|index| a[index].mul_add(b[index], c[index]))
}

#[inline(always)]
fn block<const B: usize>(values: &[f32], at: usize) -> &[f32; B] {
    values[at..at + B].first_chunk().expect("sliced to B")
}

#[inline(always)]
fn block_mut<const B: usize>(values: &mut [f32], at: usize) -> &mut [f32; B] {
    values[at..at + B].first_chunk_mut().expect("sliced to B")
}

/// The block at an index that may lie behind the values or, wrapped around, before them.
#[inline(always)]
fn inside<const B: usize>(values: &[f32], at: usize) -> Option<&[f32; B]> {
    values.get(at..at.wrapping_add(B))?.first_chunk()
}
