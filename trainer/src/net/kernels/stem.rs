//! The network's first convolution, 3x3 with stride 2, as a matrix product over gathered patches (im2col).

use super::matmul::{Matrix, Update, matmul};
use super::{Buffer, Extent, Window, buffer};

/// `output [pixels, outputs] = patches [pixels, inputs * 9] x weight [outputs, inputs * 9]^T`.
pub(super) fn forward(
    extent: Extent,
    inputs: usize,
    window: Window,
    input: &[f32],
    weight: &[f32],
    output: &mut [f32],
) {
    let patches = gather(extent, inputs, window, input);
    let weight = Matrix::new(weight, inputs * 9).transposed();
    let patches = Matrix::new(&patches, inputs * 9);
    matmul(output, Update::Overwrite, patches, weight);
}

pub(super) fn backward(
    extent: Extent,
    inputs: usize,
    window: Window,
    input: &[f32],
    grad_output: &[f32],
    grad_weight: &mut [f32],
) {
    let patches = gather(extent, inputs, window, input);
    let outputs = grad_weight.len() / (inputs * 9);
    let grad_output = Matrix::new(grad_output, outputs).transposed();
    let patches = Matrix::new(&patches, inputs * 9);
    matmul(grad_weight, Update::Add, grad_output, patches);
}

/// The 3x3 neighbourhood of each output pixel as a row, in the order of the weights (channel, row, column); zero
/// outside of the picture.
pub(super) fn gather(extent: Extent, inputs: usize, window: Window, input: &[f32]) -> Buffer {
    let out = extent.strided(window.stride);
    let [above, before] = [extent.height, extent.width].map(|length| window.zeros(length)[0]);
    let mut patches = buffer(out.pixels() * inputs * 9);
    let image_len = extent.height * extent.width * inputs;
    let patch_rows = patches.chunks_exact_mut(out.width * inputs * 9);
    for (index, patch_row) in patch_rows.enumerate() {
        let image = &input[index / out.height * image_len..][..image_len];
        let top = index % out.height * window.stride;
        for (column, patch) in patch_row.chunks_exact_mut(inputs * 9).enumerate() {
            let left = column * window.stride;
            for tap in 0..9 {
                // Too large by the padding, so that the coordinates stay unsigned.
                let (y, x) = (top + tap / 3, left + tap % 3);
                let inside = (above..above + extent.height).contains(&y)
                    && (before..before + extent.width).contains(&x);
                for channel in 0..inputs {
                    patch[channel * 9 + tap] = if inside {
                        image[((y - above) * extent.width + x - before) * inputs + channel]
                    } else {
                        0.0
                    };
                }
            }
        }
    }
    patches
}
