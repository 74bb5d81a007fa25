//! The three kinds of convolution of the networks on channel-last activations, forward and backward.
//!
//! Activations are `[image, row, column, channel]`; weights keep the shapes of timm's files. The kernels work on plain
//! slices. [`Layer`] is the common interface that [`super::chain`] uses.

mod depthwise;
mod matmul;
mod moments;
mod pointwise;
mod scratch;
mod stem;
mod window;

pub(crate) use matmul::{Matrix, Update, matmul};
pub(super) use scratch::{Buffer, buffer};
pub use window::{Padding, Window};

/// Number and size of the images in a slice of activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub images: usize,
    pub height: usize,
    pub width: usize,
}

impl Extent {
    /// The extent of one square picture.
    pub(crate) fn of_picture(size: usize) -> Self {
        Self {
            images: 1,
            height: size,
            width: size,
        }
    }

    /// Positions in all images: the length of the slice divided by its channels.
    pub(crate) fn pixels(self) -> usize {
        self.images * self.height * self.width
    }

    /// The extent after a convolution whose padding makes up for what its windows overlap.
    fn strided(self, stride: usize) -> Self {
        Self {
            height: self.height.div_ceil(stride),
            width: self.width.div_ceil(stride),
            ..self
        }
    }
}

/// The gradients that a convolution's backward pass computes.
pub(super) struct Gradients<'a> {
    /// The gradient of the input, which is overwritten; `None` if no layer before it is trained.
    pub(super) input: Option<&'a mut [f32]>,
    /// What the input went through behind the convolution before it, if the gradient is wanted there.
    pub(super) activation: Option<Activation<'a>>,
    /// The gradient of the weights, which is added to.
    pub(super) weight: &'a mut [f32],
}

/// The bias behind a convolution and the clamp, backward.
pub(super) struct Activation<'a> {
    pub(super) relu6: bool,
    /// The gradient of the biases, which is added to.
    pub(super) grad_bias: &'a mut [f32],
}

impl Activation<'_> {
    /// Zeroes the gradient where the clamp changed the value, and adds it to that of the biases.
    pub(super) fn backward(&mut self, output: &[f32], gradient: &mut [f32]) {
        let channels = self.grad_bias.len();
        vectorised(
            #[inline(always)]
            || {
                let pixels = output.chunks_exact(channels);
                for (output, gradient) in pixels.zip(gradient.chunks_exact_mut(channels)) {
                    let values = output.iter().zip(gradient).zip(&mut *self.grad_bias);
                    for ((&value, gradient), sum) in values {
                        let kept = !self.relu6 || (value > 0.0 && value < 6.0);
                        *gradient = if kept { *gradient } else { 0.0 };
                        *sum += *gradient;
                    }
                }
            },
        );
    }
}

/// The kind of convolution of a [`Layer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Full 3x3 convolution, stride 2; weights `[outputs, inputs, 3, 3]`. It computes no gradient of its input, because
    /// no layer comes before it.
    Stem(Padding),
    /// A filter for each channel; weights `[channels, 1, side, side]`.
    Depthwise(Window),
    /// 1x1 convolution; weights `[outputs, inputs, 1, 1]`.
    Pointwise,
}

/// A convolution with its bias and, if `relu6` is set, the clamp to 0..=6 behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The kind of convolution.
    pub kernel: Kernel,
    /// Input channels.
    pub inputs: usize,
    /// Output channels; equal to `inputs` in a depthwise convolution.
    pub outputs: usize,
    /// Whether the output is clamped to 0..=6.
    pub relu6: bool,
}

impl Layer {
    /// What an output is computed from.
    #[must_use]
    pub fn window(&self) -> Window {
        match self.kernel {
            Kernel::Stem(padding) => Window {
                side: 3,
                stride: 2,
                padding,
            },
            Kernel::Depthwise(window) => window,
            Kernel::Pointwise => Window {
                side: 1,
                stride: 1,
                padding: Padding::Symmetric,
            },
        }
    }

    /// The shape of the weights.
    #[must_use]
    pub fn weight_shape(&self) -> [usize; 4] {
        let inputs = match self.kernel {
            Kernel::Stem(_) | Kernel::Pointwise => self.inputs,
            Kernel::Depthwise(_) => 1,
        };
        let side = self.window().side;
        [self.outputs, inputs, side, side]
    }

    /// Number of weights without biases.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.weight_shape().iter().product()
    }

    /// Number of parameters: the weights, then one bias for each output channel.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.weights() + self.outputs
    }

    /// Extent of the output for an input of this extent.
    pub(crate) fn output(&self, input: Extent) -> Extent {
        input.strided(self.window().stride)
    }

    /// Length of the output for an input of this extent.
    pub(crate) fn output_len(&self, input: Extent) -> usize {
        self.output(input).pixels() * self.outputs
    }

    /// Overwrites `output` with the layer's activations.
    pub(crate) fn forward(
        &self,
        extent: Extent,
        input: &[f32],
        parameters: &[f32],
        output: &mut [f32],
    ) {
        let (weight, bias) = parameters.split_at(self.weights());
        let (inputs, window) = (self.inputs, self.window());
        let finish = |output: &mut [f32]| add_bias(output, bias, self.relu6);
        match self.kernel {
            Kernel::Stem(_) => {
                stem::forward(extent, inputs, window, input, weight, output, finish);
            }
            Kernel::Depthwise(_) => {
                depthwise::forward(extent, inputs, window, input, weight, output, finish);
            }
            Kernel::Pointwise => pointwise::forward(inputs, input, weight, output, finish),
        }
    }

    /// Computes gradients from the gradient of the convolution's result before bias and clamp
    /// ([`Activation::backward`] makes it of that behind them).
    pub(super) fn backward(
        &self,
        extent: Extent,
        input: &[f32],
        parameters: &[f32],
        grad_output: &[f32],
        gradients: Gradients<'_>,
    ) {
        let weight = &parameters[..self.weights()];
        let (inputs, window) = (self.inputs, self.window());
        match self.kernel {
            Kernel::Stem(_) => {
                stem::backward(extent, inputs, window, input, grad_output, gradients.weight);
            }
            Kernel::Depthwise(_) => {
                depthwise::backward(
                    extent,
                    inputs,
                    window,
                    input,
                    weight,
                    grad_output,
                    gradients,
                );
            }
            Kernel::Pointwise => pointwise::backward(inputs, input, weight, grad_output, gradients),
        }
    }
}

/// Runs `work`, compiled for the widest vectors of this CPU.
#[inline]
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

fn add_bias(output: &mut [f32], bias: &[f32], relu6: bool) {
    vectorised(
        #[inline(always)]
        || {
            for pixel in output.chunks_exact_mut(bias.len()) {
                for (value, bias) in pixel.iter_mut().zip(bias) {
                    let sum = *value + bias;
                    *value = if relu6 { clamp6(sum) } else { sum };
                }
            }
        },
    );
}

/// Clamps to 0..=6. Unlike `f32::clamp` it takes two vector instructions. NaN passes, so that divergence is noticed.
#[inline(always)]
fn clamp6(value: f32) -> f32 {
    let positive = if value < 0.0 { 0.0 } else { value };
    if positive > 6.0 { 6.0 } else { positive }
}

/// `sums[channel] += rows[.., channel]`.
fn add_columns(rows: &[f32], sums: &mut [f32]) {
    vectorised(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(sums.len()) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += value;
                }
            }
        },
    );
}

/// `target += addend`, element by element.
pub(crate) fn add(target: &mut [f32], addend: &[f32]) {
    vectorised(
        #[inline(always)]
        || {
            for (target, addend) in target.iter_mut().zip(addend) {
                *target += addend;
            }
        },
    );
}
