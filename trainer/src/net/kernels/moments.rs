//! First and second moments of a layer's inputs over all output positions, which second-order rounding of its weights
//! needs.

use super::matmul::{Matrix, Update, matmul};
use super::{Extent, Kernel, Layer, add, add_columns, stem, vectorised};

/// Channels of a depthwise convolution processed together: their products stay in the first-level cache.
const BLOCK: usize = 16;

impl Layer {
    /// Number of input values that an output value depends on.
    pub(crate) fn fan_in(&self) -> usize {
        self.weights() / self.outputs
    }

    /// Number of groups of output channels that read different inputs: the channels of a depthwise convolution, else 1.
    pub(crate) fn groups(&self) -> usize {
        match self.kernel {
            Kernel::Depthwise { .. } => self.outputs,
            Kernel::Stem | Kernel::Pointwise => 1,
        }
    }

    /// Adds the values read to `sums [fan_in, groups]`; gives the number of output positions.
    pub(crate) fn sum_inputs(&self, extent: Extent, input: &[f32], sums: &mut [f32]) -> usize {
        match self.kernel {
            Kernel::Stem => add_columns(&stem::gather(extent, self.inputs, input), sums),
            Kernel::Pointwise => add_columns(input, sums),
            Kernel::Depthwise { stride } => {
                for window in windows(extent, stride) {
                    for (sums, pixel) in sums.chunks_exact_mut(self.inputs).zip(window) {
                        if let Some(pixel) = pixel {
                            add(sums, &input[pixel * self.inputs..][..self.inputs]);
                        }
                    }
                }
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
        match self.kernel {
            Kernel::Stem => dense(&stem::gather(extent, self.inputs, input), sums),
            Kernel::Pointwise => dense(input, sums),
            Kernel::Depthwise { stride } => {
                let channels = self.inputs;
                let blocks = channels - channels % BLOCK;
                for first in (0..blocks).step_by(BLOCK) {
                    depthwise::<BLOCK>(extent, channels, stride, first, input, sums);
                }
                for first in blocks..channels {
                    depthwise::<1>(extent, channels, stride, first, input, sums);
                }
            }
        }
    }
}

/// Adds the products of `WIDTH` channels, starting at `first`.
fn depthwise<const WIDTH: usize>(
    extent: Extent,
    channels: usize,
    stride: usize,
    first: usize,
    input: &[f32],
    sums: &mut [f32],
) {
    let mut products = [[[0f32; WIDTH]; 9]; 9];
    vectorised(
        #[inline(always)]
        || {
            for window in windows(extent, stride) {
                let mut values = [[0f32; WIDTH]; 9];
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

/// The nine pixels under each output position of a 3x3 convolution; `None` outside of the picture.
#[inline(always)]
fn windows(extent: Extent, stride: usize) -> impl Iterator<Item = [Option<usize>; 9]> {
    let out = extent.strided(stride);
    (0..out.pixels()).map(
        #[inline(always)]
        move |position| {
            let (row, x) = (position / out.width, position % out.width);
            let (image, y) = (row / out.height, row % out.height);
            std::array::from_fn(|tap| {
                // One too large, for the pixel of padding, so that the coordinates stay unsigned.
                let (y, x) = (y * stride + tap / 3, x * stride + tap % 3);
                let inside = (1..=extent.height).contains(&y) && (1..=extent.width).contains(&x);
                inside.then(|| (image * extent.height + y - 1) * extent.width + x - 1)
            })
        },
    )
}
