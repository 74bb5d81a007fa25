//! Depthwise convolution: each channel with a 3x3 filter of its own.
//!
//! The input is first copied into a frame of zeros, so that the inner loops need not treat borders. They then process a
//! row of pixels for a block of channels whose nine taps (and, backward, nine gradients) stay in registers.

use std::array::from_fn;

use super::{Buffer, Extent, Gradients, buffer, vectorised};

/// Channels in a block: one 512-bit vector, or two of 256 bits.
const BLOCK: usize = 16;

/// Repeats the body for each of the nine taps, so that arrays indexed by the tap can stay in registers.
macro_rules! for_each_tap {
    (|$tap:ident| $body:block) => {
        for_each_tap!(@ $tap $body 0 1 2 3 4 5 6 7 8)
    };
    (@ $tap:ident $body:block $($number:literal)*) => {
        $({
            let $tap: usize = $number;
            $body
        })*
    };
}

pub(super) fn forward(
    extent: Extent,
    channels: usize,
    stride: usize,
    input: &[f32],
    weight: &[f32],
    output: &mut [f32],
) {
    let framed = Framed::of(extent, channels, input);
    let taps = by_tap(weight, channels);
    let out = extent.strided(stride);
    vectorised(
        #[inline(always)]
        || {
            for (row, output) in output.chunks_exact_mut(out.width * channels).enumerate() {
                let window = &framed.values[framed.window(row, out.height, stride)];
                let row = ForwardRow {
                    window,
                    window_row: framed.row_len,
                    channels,
                    stride,
                    taps: &taps,
                };
                let blocks = channels - channels % BLOCK;
                for first in (0..blocks).step_by(BLOCK) {
                    row.run::<BLOCK>(first, output);
                }
                for first in blocks..channels {
                    row.run::<1>(first, output);
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
    #[inline(always)]
    fn run<const B: usize>(&self, first: usize, output: &mut [f32]) {
        let taps: [[f32; B]; 9] = from_fn(|tap| *block(self.taps, tap * self.channels + first));
        for (x, pixel) in output.chunks_exact_mut(self.channels).enumerate() {
            let mut sum = [0.0; B];
            for_each_tap!(|tap| {
                let column = x * self.stride + tap % 3;
                let at = tap / 3 * self.window_row + column * self.channels + first;
                sum = multiply_add(*block(self.window, at), taps[tap], sum);
            });
            *block_mut(pixel, first) = sum;
        }
    }
}

pub(super) fn backward(
    extent: Extent,
    channels: usize,
    stride: usize,
    input: &[f32],
    weight: &[f32],
    grad_output: &[f32],
    gradients: Gradients<'_>,
) {
    let framed = Framed::of(extent, channels, input);
    let mut grad_framed = Framed::zeros(extent, channels);
    let taps = by_tap(weight, channels);
    let mut grad_taps = buffer(9 * channels);
    grad_taps.fill(0.0);
    let out = extent.strided(stride);
    vectorised(
        #[inline(always)]
        || {
            for (row, grad_output) in grad_output.chunks_exact(out.width * channels).enumerate() {
                let window = framed.window(row, out.height, stride);
                let mut row = BackwardRow {
                    window: &framed.values[window.clone()],
                    grad_window: &mut grad_framed.values[window],
                    window_row: framed.row_len,
                    channels,
                    stride,
                    taps: &taps,
                    grad_taps: &mut grad_taps,
                };
                let blocks = channels - channels % BLOCK;
                for first in (0..blocks).step_by(BLOCK) {
                    row.run::<BLOCK>(first, grad_output);
                }
                for first in blocks..channels {
                    row.run::<1>(first, grad_output);
                }
            }
        },
    );
    for (index, gradient) in gradients.weight.iter_mut().enumerate() {
        *gradient += grad_taps[index % 9 * channels + index / 9];
    }
    if let Some(grad_input) = gradients.input {
        grad_framed.unframe(extent, channels, grad_input);
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
    #[inline(always)]
    fn run<const B: usize>(&mut self, first: usize, grad_output: &[f32]) {
        let taps: [[f32; B]; 9] = from_fn(|tap| *block(self.taps, tap * self.channels + first));
        let mut sums = [[0.0f32; B]; 9];
        for (x, pixel) in grad_output.chunks_exact(self.channels).enumerate() {
            let gradient = *block(pixel, first);
            for_each_tap!(|tap| {
                let column = x * self.stride + tap % 3;
                let at = tap / 3 * self.window_row + column * self.channels + first;
                sums[tap] = multiply_add(*block(self.window, at), gradient, sums[tap]);
                let grad_input = block_mut(self.grad_window, at);
                *grad_input = multiply_add(taps[tap], gradient, *grad_input);
            });
        }
        for (tap, sum) in sums.iter().enumerate() {
            let total: &mut [f32; B] = block_mut(self.grad_taps, tap * self.channels + first);
            for channel in 0..B {
                total[channel] += sum[channel];
            }
        }
    }
}

/// Images with a border of one pixel of zeros around each.
struct Framed {
    values: Buffer,
    row_len: usize,
    image_len: usize,
}

impl Framed {
    fn zeros(extent: Extent, channels: usize) -> Self {
        let row_len = (extent.width + 2) * channels;
        let image_len = (extent.height + 2) * row_len;
        let mut values = buffer(extent.images * image_len);
        values.fill(0.0);
        Self {
            values,
            row_len,
            image_len,
        }
    }

    fn of(extent: Extent, channels: usize, input: &[f32]) -> Self {
        let mut framed = Self::zeros(extent, channels);
        for (row, input) in input.chunks_exact(extent.width * channels).enumerate() {
            let start = framed.row_start(row, extent.height, channels);
            framed.values[start..start + input.len()].copy_from_slice(input);
        }
        framed
    }

    fn unframe(&self, extent: Extent, channels: usize, output: &mut [f32]) {
        for (row, output) in output.chunks_exact_mut(extent.width * channels).enumerate() {
            let start = self.row_start(row, extent.height, channels);
            output.copy_from_slice(&self.values[start..start + output.len()]);
        }
    }

    /// The index of the first pixel of `row`, counted over all images.
    fn row_start(&self, row: usize, height: usize, channels: usize) -> usize {
        row / height * self.image_len + (row % height + 1) * self.row_len + channels
    }

    /// The three rows under the output row `row`, counted over all images of `height` output rows.
    fn window(&self, row: usize, height: usize, stride: usize) -> std::ops::Range<usize> {
        let start = row / height * self.image_len + row % height * stride * self.row_len;
        start..start + 3 * self.row_len
    }
}

/// Reorders weights from `[channel, tap]` to `[tap, channel]`.
fn by_tap(weight: &[f32], channels: usize) -> Buffer {
    let mut taps = buffer(weight.len());
    for (index, &value) in weight.iter().enumerate() {
        taps[index % 9 * channels + index / 9] = value;
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
