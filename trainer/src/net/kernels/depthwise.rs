//! Depthwise convolution: each channel with a 3x3 or 5x5 filter of its own.
//!
//! The input is first copied into a frame of zeros, so that the inner loops need not treat borders. They then process a
//! row of pixels for a block of channels whose taps (and, backward, their gradients) stay in registers: the nine of a
//! 3x3 filter at a time, or the five in a row of a 5x5 filter.

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

pub(super) fn forward(
    extent: Extent,
    channels: usize,
    window: Window,
    input: &[f32],
    weight: &[f32],
    output: &mut [f32],
) {
    let framed = Framed::of(extent, channels, window, input);
    let taps = by_tap(weight, channels);
    let out = extent.strided(window.stride);
    vectorised(
        #[inline(always)]
        || {
            for (row, output) in output.chunks_exact_mut(out.width * channels).enumerate() {
                let row = ForwardRow {
                    window: &framed.values[framed.under(row, out.height)],
                    window_row: framed.row_len,
                    channels,
                    stride: window.stride,
                    taps: &taps,
                };
                match window.side {
                    3 => row.all::<3, 9>(output),
                    _ => row.all::<5, 5>(output),
                }
            }
        },
    );
}

struct ForwardRow<'a> {
    window: &'a [f32],
    window_row: usize,
    channels: usize,
    stride: usize,
    taps: &'a [f32],
}

impl ForwardRow<'_> {
    /// All channels, by filters of this side, of which `TAPS` taps are used at a time.
    #[inline(always)]
    fn all<const SIDE: usize, const TAPS: usize>(&self, output: &mut [f32]) {
        let blocks = self.channels - self.channels % BLOCK;
        for first in (0..blocks).step_by(BLOCK) {
            self.run::<SIDE, TAPS, BLOCK>(first, output);
        }
        for first in blocks..self.channels {
            self.run::<SIDE, TAPS, 1>(first, output);
        }
    }

    #[inline(always)]
    fn run<const SIDE: usize, const TAPS: usize, const B: usize>(
        &self,
        first: usize,
        output: &mut [f32],
    ) {
        for group in 0..SIDE * SIDE / TAPS {
            let own = group * TAPS;
            let taps: [[f32; B]; TAPS] =
                from_fn(|tap| *block(self.taps, (own + tap) * self.channels + first));
            let window = &self.window[own / SIDE * self.window_row..];
            for (x, pixel) in output.chunks_exact_mut(self.channels).enumerate() {
                let mut sum = if group == 0 {
                    [0.0; B]
                } else {
                    *block(pixel, first)
                };
                for_each_tap!(TAPS, |tap| {
                    let column = x * self.stride + tap % SIDE;
                    let at = tap / SIDE * self.window_row + column * self.channels + first;
                    sum = multiply_add(*block(window, at), taps[tap], sum);
                });
                *block_mut(pixel, first) = sum;
            }
        }
    }
}

pub(super) fn backward(
    extent: Extent,
    channels: usize,
    window: Window,
    input: &[f32],
    weight: &[f32],
    grad_output: &[f32],
    gradients: Gradients<'_>,
) {
    let framed = Framed::of(extent, channels, window, input);
    let mut grad_framed = Framed::zeros(extent, channels, window);
    let taps = by_tap(weight, channels);
    let mut grad_taps = buffer(weight.len());
    grad_taps.fill(0.0);
    let out = extent.strided(window.stride);
    vectorised(
        #[inline(always)]
        || {
            for (row, grad_output) in grad_output.chunks_exact(out.width * channels).enumerate() {
                let under = framed.under(row, out.height);
                let mut row = BackwardRow {
                    window: &framed.values[under.clone()],
                    grad_window: &mut grad_framed.values[under],
                    window_row: framed.row_len,
                    channels,
                    stride: window.stride,
                    taps: &taps,
                    grad_taps: &mut grad_taps,
                };
                match window.side {
                    3 => row.all::<3, 9>(grad_output),
                    _ => row.all::<5, 5>(grad_output),
                }
            }
        },
    );
    let count = weight.len() / channels;
    for (index, gradient) in gradients.weight.iter_mut().enumerate() {
        *gradient += grad_taps[index % count * channels + index / count];
    }
    if let Some(grad_input) = gradients.input {
        grad_framed.unframe(grad_input);
    }
}

struct BackwardRow<'a> {
    window: &'a [f32],
    grad_window: &'a mut [f32],
    window_row: usize,
    channels: usize,
    stride: usize,
    taps: &'a [f32],
    grad_taps: &'a mut [f32],
}

impl BackwardRow<'_> {
    /// All channels, by filters of this side, of which `TAPS` taps are used at a time.
    #[inline(always)]
    fn all<const SIDE: usize, const TAPS: usize>(&mut self, grad_output: &[f32]) {
        let blocks = self.channels - self.channels % BLOCK;
        for first in (0..blocks).step_by(BLOCK) {
            self.run::<SIDE, TAPS, BLOCK>(first, grad_output);
        }
        for first in blocks..self.channels {
            self.run::<SIDE, TAPS, 1>(first, grad_output);
        }
    }

    #[inline(always)]
    fn run<const SIDE: usize, const TAPS: usize, const B: usize>(
        &mut self,
        first: usize,
        grad_output: &[f32],
    ) {
        for group in 0..SIDE * SIDE / TAPS {
            let own = group * TAPS;
            let taps: [[f32; B]; TAPS] =
                from_fn(|tap| *block(self.taps, (own + tap) * self.channels + first));
            let mut sums = [[0.0f32; B]; TAPS];
            let top = own / SIDE * self.window_row;
            for (x, pixel) in grad_output.chunks_exact(self.channels).enumerate() {
                let gradient = *block(pixel, first);
                for_each_tap!(TAPS, |tap| {
                    let column = x * self.stride + tap % SIDE;
                    let at = top + tap / SIDE * self.window_row + column * self.channels + first;
                    sums[tap] = multiply_add(*block(self.window, at), gradient, sums[tap]);
                    let grad_input = block_mut(self.grad_window, at);
                    *grad_input = multiply_add(taps[tap], gradient, *grad_input);
                });
            }
            for (tap, sum) in sums.iter().enumerate() {
                let at = (own + tap) * self.channels + first;
                let total: &mut [f32; B] = block_mut(self.grad_taps, at);
                for channel in 0..B {
                    total[channel] += sum[channel];
                }
            }
        }
    }
}

/// Images with a border of zeros around each, half as wide as a filter.
struct Framed {
    values: Buffer,
    extent: Extent,
    channels: usize,
    window: Window,
    row_len: usize,
    image_len: usize,
}

impl Framed {
    fn zeros(extent: Extent, channels: usize, window: Window) -> Self {
        let borders = window.side - 1;
        let row_len = (extent.width + borders) * channels;
        let image_len = (extent.height + borders) * row_len;
        let mut values = buffer(extent.images * image_len);
        values.fill(0.0);
        Self {
            values,
            extent,
            channels,
            window,
            row_len,
            image_len,
        }
    }

    fn of(extent: Extent, channels: usize, window: Window, input: &[f32]) -> Self {
        let mut framed = Self::zeros(extent, channels, window);
        for (row, input) in input.chunks_exact(extent.width * channels).enumerate() {
            let start = framed.row_start(row);
            framed.values[start..start + input.len()].copy_from_slice(input);
        }
        framed
    }

    fn unframe(&self, output: &mut [f32]) {
        let row_len = self.extent.width * self.channels;
        for (row, output) in output.chunks_exact_mut(row_len).enumerate() {
            let start = self.row_start(row);
            output.copy_from_slice(&self.values[start..start + output.len()]);
        }
    }

    /// The index of the first pixel of `row`, counted over all images.
    fn row_start(&self, row: usize) -> usize {
        let (height, border) = (self.extent.height, self.window.side / 2);
        let row_in_image = row % height + border;
        row / height * self.image_len + row_in_image * self.row_len + border * self.channels
    }

    /// The rows under the output row `row`, counted over all images of `height` output rows, from the first pixel that a
    /// window there begins with.
    fn under(&self, row: usize, height: usize) -> std::ops::Range<usize> {
        let border = self.window.side / 2;
        // Where the padding has fewer zeros than the border, the first window begins inside of it.
        let [top, left] = [self.extent.height, self.extent.width]
            .map(|length| border - self.window.zeros(length)[0]);
        let row_in_image = row % height * self.window.stride + top;
        let start = row / height * self.image_len + row_in_image * self.row_len;
        start + left * self.channels..start + self.window.side * self.row_len
    }
}

/// Reorders weights from `[channel, tap]` to `[tap, channel]`.
fn by_tap(weight: &[f32], channels: usize) -> Buffer {
    let count = weight.len() / channels;
    let mut taps = buffer(weight.len());
    for (index, &value) in weight.iter().enumerate() {
        taps[index % count * channels + index / count] = value;
    }
    taps
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
