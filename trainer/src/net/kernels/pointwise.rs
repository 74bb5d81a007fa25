//! Pointwise (1x1) convolution: one matrix product over the pixels of all images.

use super::Gradients;
use super::matmul::{Matrix, Update, matmul};

/// `output [pixels, outputs] = input [pixels, inputs] x weight [outputs, inputs]^T`.
pub(super) fn forward(inputs: usize, input: &[f32], weight: &[f32], output: &mut [f32]) {
    let weight = Matrix::new(weight, inputs).transposed();
    matmul(
        output,
        Update::Overwrite,
        Matrix::new(input, inputs),
        weight,
    );
}

pub(super) fn backward(
    inputs: usize,
    input: &[f32],
    weight: &[f32],
    grad_output: &[f32],
    gradients: Gradients<'_>,
) {
    let grad_output = Matrix::new(grad_output, weight.len() / inputs);
    let input = Matrix::new(input, inputs);
    let transposed = grad_output.transposed();
    matmul(gradients.weight, Update::Add, transposed, input);
    if let Some(grad_input) = gradients.input {
        let weight = Matrix::new(weight, inputs);
        matmul(grad_input, Update::Overwrite, grad_output, weight);
    }
}
