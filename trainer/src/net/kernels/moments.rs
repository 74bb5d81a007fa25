//! First and second moments of a layer's inputs over all output positions, which second-order rounding of its weights
//! needs.

use super::matmul::{Matrix, Update, matmul};
use super::{Extent, Kernel, Layer, Window, add, add_columns, stem, vectorised};

/// Channels of a depthwise convolution processed together: their products stay in the first-level cache.
const BLOCK: usize = 16;
/// As many where a filter is 5x5.
const SMALL_BLOCK: usize = 8;

impl Layer {
    /// Number of input values that an output value depends on.
    pub(crate) fn fan_in(&self) -> usize {
        self.weights() / self.outputs
    }

    /// Number of groups of output channels that read different inputs: the channels of a depthwise convolution, else 1.
    pub(crate) fn groups(&self) -> usize {
        match self.kernel {
            Kernel::Depthwise(_) => self.outputs,
            Kernel::Stem(_) | Kernel::Pointwise => 1,
        }
    }

    /// Adds the values read to `sums [fan_in, groups]`; gives the number of output positions.
    pub(crate) fn sum_inputs(&self, extent: Extent, input: &[f32], sums: &mut [f32]) -> usize {
        let (channels, window) = (self.inputs, self.window());
        match (self.kernel, window.side) {
            (Kernel::Stem(_), _) => {
                add_columns(&stem::gather(extent, channels, window, input), sums);
            }
            (Kernel::Pointwise, _) => add_columns(input, sums),
            (Kernel::Depthwise(_), 3) => add_windows::<3, 9>(extent, channels, window, input, sums),
            (Kernel::Depthwise(_), _) => {
                add_windows::<5, 25>(extent, channels, window, input, sums);
            }
        }
        self.output(extent).pixels()
    }

    /// Adds the products of the values read with each other to `sums [fan_in, fan_in, groups]`.
    pub(crate) fn sum_products(&self, extent: Extent, input: &[f32], sums: &mut [f32]) {
        let dense = |rows: &[f32], sums: &mut [f32]| {
            let rows = Matrix::new(rows, self.fan_in());
            matmul(sums, Update::Add, rows.transposed(), rows);
        };
        let (channels, window) = (self.inputs, self.window());
        match (self.kernel, window.side) {
            (Kernel::Stem(_), _) => dense(&stem::gather(extent, channels, window, input), sums),
            (Kernel::Pointwise, _) => dense(input, sums),
            (Kernel::Depthwise(_), 3) => {
                depthwise::<3, 9, BLOCK>(extent, channels, window, input, sums);
            }
            (Kernel::Depthwise(_), _) => {
                depthwise::<5, 25, SMALL_BLOCK>(extent, channels, window, input, sums);
            }
        }
    }
}

/// Adds the values under each of the taps of a filter of this side to `sums [TAPS, channels]`.
fn add_windows<const SIDE: usize, const TAPS: usize>(
    extent: Extent,
    channels: usize,
    window: Window,
    input: &[f32],
    sums: &mut [f32],
) {
    for window in windows::<SIDE, TAPS>(extent, window) {
        for (sums, pixel) in sums.chunks_exact_mut(channels).zip(window) {
            if let Some(pixel) = pixel {
                add(sums, &input[pixel * channels..][..channels]);
            }
        }
    }
}

/// Adds the products of all channels, `WIDTH` of them at a time.
fn depthwise<const SIDE: usize, const TAPS: usize, const WIDTH: usize>(
    extent: Extent,
    channels: usize,
    window: Window,
    input: &[f32],
    sums: &mut [f32],
) {
    let blocks = channels - channels % WIDTH;
    for first in (0..blocks).step_by(WIDTH) {
        add_products::<SIDE, TAPS, WIDTH>(extent, channels, window, first, input, sums);
    }
    for first in blocks..channels {
        add_products::<SIDE, TAPS, 1>(extent, channels, window, first, input, sums);
    }
}

/// Adds the products of `WIDTH` channels, starting at `first`.
fn add_products<const SIDE: usize, const TAPS: usize, const WIDTH: usize>(
    extent: Extent,
    channels: usize,
    window: Window,
    first: usize,
    input: &[f32],
    sums: &mut [f32],
) {
    let mut products = [[[0f32; WIDTH]; TAPS]; TAPS];
    vectorised(
        #[inline(always)]
        || {
            for window in windows::<SIDE, TAPS>(extent, window) {
                let mut values = [[0f32; WIDTH]; TAPS];
                for (values, pixel) in values.iter_mut().zip(window) {
                    if let Some(pixel) = pixel {
                        values.copy_from_slice(&input[pixel * channels + first..][..WIDTH]);
                    }
                }
                for (row, left) in products.iter_mut().zip(&values) {
                    for (products, right) in row.iter_mut().zip(&values) {
                        for ((product, left), right) in products.iter_mut().zip(left).zip(right) {
                            *product += left * right;
                        }
                    }
                }
            }
        },
    );
    for (sums, products) in sums.chunks_exact_mut(channels).zip(products.as_flattened()) {
        add(&mut sums[first..first + WIDTH], products);
    }
}

/// The pixels under each output position of a convolution with filters of this side; `None` outside of the picture.
#[inline(always)]
fn windows<const SIDE: usize, const TAPS: usize>(
    extent: Extent,
    window: Window,
) -> impl Iterator<Item = [Option<usize>; TAPS]> {
    let stride = window.stride;
    let out = extent.strided(stride);
    let [above, before] = [extent.height, extent.width].map(|length| window.zeros(length)[0]);
    (0..out.pixels()).map(
        #[inline(always)]
        move |position| {
            let (row, x) = (position / out.width, position % out.width);
            let (image, y) = (row / out.height, row % out.height);
            std::array::from_fn(|tap| {
                // Too large by the padding, so that the coordinates stay unsigned.
                let (y, x) = (y * stride + tap / SIDE, x * stride + tap % SIDE);
                let inside = (above..above + extent.height).contains(&y)
                    && (before..before + extent.width).contains(&x);
                inside.then(|| (image * extent.height + y - above) * extent.width + x - before)
            })
        },
    )
}
