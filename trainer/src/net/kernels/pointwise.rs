//! Pointwise (1x1) convolution: matrix products over the pixels of all images.

use super::Gradients;
use super::matmul::{Matrix, Update, matmul};

/// Activation values on the wider side that are processed together, so that what follows finds them in the cache.
const BLOCK: usize = 64 * 1024;
/// As many pixels at least, or the weights would be read too often.
const PIXELS: usize = 256;

/// `output [pixels, outputs] = input [pixels, inputs] x weight [outputs, inputs]^T`. Calls `finish` on parts of it
/// while they are in the cache.
pub(super) fn forward(
    inputs: usize,
    input: &[f32],
    weight: &[f32],
    output: &mut [f32],
    finish: impl Fn(&mut [f32]),
) {
    let outputs = weight.len() / inputs;
    let weight = Matrix::new(weight, inputs).transposed();
    let pixels = block(inputs, outputs);
    let blocks = input.chunks(pixels * inputs);
    for (input, output) in blocks.zip(output.chunks_mut(pixels * outputs)) {
        let input = Matrix::new(input, inputs);
        matmul(output, Update::Overwrite, input, weight);
        finish(output);
    }
}

pub(super) fn backward(
    inputs: usize,
    input: &[f32],
    weight: &[f32],
    grad_output: &[f32],
    gradients: Gradients<'_>,
) {
    let outputs = weight.len() / inputs;
    let pixels = block(inputs, outputs);
    let mut activation = gradients.activation;
    let mut grad_inputs = gradients.input.map(|grad| grad.chunks_mut(pixels * inputs));
    let blocks = input.chunks(pixels * inputs);
    for (values, grad_output) in blocks.zip(grad_output.chunks(pixels * outputs)) {
        let grad_output = Matrix::new(grad_output, outputs);
        let input = Matrix::new(values, inputs);
        let transposed = grad_output.transposed();
        matmul(gradients.weight, Update::Add, transposed, input);
        if let Some(grad_input) = grad_inputs.as_mut().and_then(Iterator::next) {
            let weight = Matrix::new(weight, inputs);
            matmul(grad_input, Update::Overwrite, grad_output, weight);
            if let Some(activation) = &mut activation {
                activation.backward(values, grad_input);
            }
        }
    }
}

/// Pixels that are processed together.
fn block(inputs: usize, outputs: usize) -> usize {
    (BLOCK / inputs.max(outputs)).max(PIXELS)
}
