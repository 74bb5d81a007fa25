//! The network's first convolution, 3x3 with stride 2, as a matrix product over gathered patches (im2col).

use super::matmul::{Matrix, Update, matmul};
use super::{Buffer, Extent, Window, buffer};

/// `output [pixels, outputs] = patches [pixels, inputs * 9] x weight [outputs, inputs * 9]^T`. Calls `finish` on it.
pub(super) fn forward(
    extent: Extent,
    inputs: usize,
    window: Window,
    input: &[f32],
    weight: &[f32],
    output: &mut [f32],
    finish: impl Fn(&mut [f32]),
) {
    let patches = gather(extent, inputs, window, input);
    super::pointwise::forward(inputs * 9, &patches, weight, output, finish);
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
    let (image_len, row_len) = (extent.height * extent.width * inputs, extent.width * inputs);
    let patch_rows = patches.chunks_exact_mut(out.width * inputs * 9);
    for (index, patch_row) in patch_rows.enumerate() {
        let image = &input[index / out.height * image_len..][..image_len];
        let top = index % out.height * window.stride;
        for tap in 0..3 {
            // Empty above and below the picture.
            let row = (top + tap)
                .checked_sub(above)
                .filter(|&y| y < extent.height);
            let row = row.map_or(&[][..], |y| &image[y * row_len..][..row_len]);
            for (column, patch) in patch_row.chunks_exact_mut(inputs * 9).enumerate() {
                // Before the row's first value, the index wraps around and lies behind its end, too.
                let left = (column * window.stride)
                    .wrapping_sub(before)
                    .wrapping_mul(inputs);
                for (channel, taps) in patch.chunks_exact_mut(9).enumerate() {
                    for (side, value) in taps[tap * 3..][..3].iter_mut().enumerate() {
                        let at = left.wrapping_add(side * inputs + channel);
                        *value = row.get(at).copied().unwrap_or(0.0);
                    }
                }
            }
        }
    }
    patches
}
