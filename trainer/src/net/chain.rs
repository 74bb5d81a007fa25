//! Runs a few convolutions in a row, forward and backward.
//!
//! candle's grouped convolution runs one convolution for each group, and its autograd zero-fills and adds a gradient
//! for every intermediate tensor: for MobileNetV2 that costs more than the arithmetic. A [`Chain`] (the stem with the
//! first block, an inverted residual, the head) runs as a whole instead, and all chains of a network are a single node
//! of the graph. A chain processes the batch a few images at a time, so that the six times wider activations inside of
//! a block stay in the cache and are never stored. The backward pass computes them again (gradient checkpointing, Chen
//! et al. 2016).

use candle_core::{Result, bail};

use super::kernels::{Activation, Buffer, Extent, Gradients, Kernel, Layer, add, buffer};

/// Number of activation values that a thread works on at a time: about half of a core's second-level cache.
const WORKING_SET: usize = 128 * 1024;

/// Convolutions in a row, with the input added to the output if `shortcut` is set.
///
/// It applies to activations `[images, height, width, channels]` and one vector of all parameters, layer by layer, the
/// weights of each layer before its biases.
#[derive(Clone, Debug)]
pub struct Chain {
    layers: Vec<Layer>,
    shortcut: bool,
}

impl Chain {
    /// A chain of these layers.
    ///
    /// # Errors
    /// If there is no layer, if a layer does not fit the one before, or if the shortcut joins tensors of different
    /// shapes.
    pub fn new(layers: Vec<Layer>, shortcut: bool) -> Result<Self> {
        let (Some(first), Some(last)) = (layers.first(), layers.last()) else {
            bail!("a chain needs a layer");
        };
        if let Some(pair) = layers
            .windows(2)
            .find(|pair| pair[0].outputs != pair[1].inputs)
        {
            bail!("{:?} cannot follow {:?}", pair[1], pair[0]);
        }
        for (index, layer) in layers.iter().enumerate() {
            let sound = match layer.kernel {
                Kernel::Stem(_) => index == 0,
                Kernel::Depthwise(window) => {
                    [3, 5].contains(&window.side)
                        && [1, 2].contains(&window.stride)
                        && layer.inputs == layer.outputs
                }
                Kernel::Pointwise => true,
            };
            if !sound || layer.inputs == 0 || layer.outputs == 0 {
                bail!("{layer:?} cannot be at position {index} of a chain");
            }
        }
        let probe = Extent {
            images: 1,
            height: 2,
            width: 2,
        };
        let halved = layers
            .iter()
            .fold(probe, |extent, layer| layer.output(extent))
            != probe;
        if shortcut && (halved || first.inputs != last.outputs || last.relu6) {
            bail!("a shortcut needs equal shapes and a last layer without clamp");
        }
        Ok(Self { layers, shortcut })
    }

    /// The layers in order.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Whether the input is added to the output.
    #[must_use]
    pub fn shortcut(&self) -> bool {
        self.shortcut
    }

    /// Length of the parameter vector.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(Layer::parameters).sum()
    }

    /// Each layer with its slice of the parameters.
    fn with<'a>(&'a self, parameters: &'a [f32]) -> impl Iterator<Item = (&'a Layer, &'a [f32])> {
        let mut rest = parameters;
        self.layers.iter().map(move |layer| {
            let own;
            (own, rest) = rest.split_at(layer.parameters());
            (layer, own)
        })
    }

    /// Channels of the input.
    pub(super) fn inputs(&self) -> usize {
        self.layers[0].inputs
    }

    /// Channels of the output.
    pub(super) fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs
    }

    /// Extent of the output for an input of this extent.
    pub(super) fn output(&self, input: Extent) -> Extent {
        let layers = self.layers.iter();
        layers.fold(input, |extent, layer| layer.output(extent))
    }

    /// How many of `images` are processed together: enough small ones to make the matrix products worth their set-up,
    /// few enough large ones to stay in the cache.
    pub(super) fn tile(&self, one: Extent, images: usize) -> usize {
        let mut extent = one;
        let mut widest = 1;
        for layer in &self.layers {
            widest = widest.max(layer.output_len(extent));
            extent = layer.output(extent);
        }
        (WORKING_SET / widest).clamp(1, images.max(1))
    }

    /// The activations between the layers: one buffer for each layer except the last.
    fn inner(&self, extent: Extent, input: &[f32], parameters: &[f32]) -> Vec<Buffer> {
        let mut buffers: Vec<Buffer> = Vec::with_capacity(self.layers.len());
        let mut extent = extent;
        for (layer, own) in self.with(parameters).take(self.layers.len() - 1) {
            let mut output = buffer(layer.output_len(extent));
            let input = buffers.last().map_or(input, |buffer| buffer);
            layer.forward(extent, input, own, &mut output);
            extent = layer.output(extent);
            buffers.push(output);
        }
        buffers
    }

    pub(super) fn forward_tile(
        &self,
        extent: Extent,
        input: &[f32],
        parameters: &[f32],
        output: &mut [f32],
    ) {
        let inner = self.inner(extent, input, parameters);
        let before_last = self.layers[..inner.len()].iter();
        let last_extent = before_last.fold(extent, |extent, layer| layer.output(extent));
        let last_input = inner.last().map_or(input, |buffer| buffer);
        if let Some((last, own)) = self.with(parameters).last() {
            last.forward(last_extent, last_input, own, output);
        }
        if self.shortcut {
            add(output, input);
        }
    }

    pub(super) fn backward_tile(&self, extent: Extent, pass: &mut BackwardTile) {
        let inner = self.inner(extent, pass.input, pass.parameters);
        let mut extents = vec![extent];
        for layer in &self.layers {
            extents.push(layer.output(extents[extents.len() - 1]));
        }
        let mut gradient = buffer(pass.grad_output.len());
        gradient.copy_from_slice(pass.grad_output);
        // The gradients of the layer's parameters come last, without that of its biases.
        let mut rest = &mut *pass.grad_parameters;
        let mut activation = take_activation(&self.layers[self.layers.len() - 1], &mut rest);
        activation.backward(pass.output, &mut gradient);
        let parameters: Vec<_> = self.with(pass.parameters).collect();
        for (index, (layer, own)) in parameters.into_iter().enumerate().rev() {
            let weight = split_end(&mut rest, layer.weights());
            let extent = extents[index];
            if index > 0 {
                let input = &inner[index - 1];
                let mut grad_input = buffer(input.len());
                let gradients = Gradients {
                    input: Some(&mut grad_input),
                    activation: Some(take_activation(&self.layers[index - 1], &mut rest)),
                    weight,
                };
                layer.backward(extent, input, own, &gradient, gradients);
                gradient = grad_input;
            } else {
                let gradients = Gradients {
                    input: pass.grad_input.as_deref_mut(),
                    activation: None,
                    weight,
                };
                layer.backward(extent, pass.input, own, &gradient, gradients);
            }
        }
        if self.shortcut
            && let Some(grad_input) = pass.grad_input.as_deref_mut()
        {
            add(grad_input, pass.grad_output);
        }
    }
}

/// What the backward pass of a tile reads and writes.
pub(super) struct BackwardTile<'a> {
    pub(super) input: &'a [f32],
    pub(super) output: &'a [f32],
    pub(super) parameters: &'a [f32],
    pub(super) grad_output: &'a [f32],
    pub(super) grad_input: Option<&'a mut [f32]>,
    pub(super) grad_parameters: &'a mut [f32],
}

/// Bias and clamp of a layer whose parameters' gradients are the last of `rest`, without that of its biases.
fn take_activation<'a>(layer: &Layer, rest: &mut &'a mut [f32]) -> Activation<'a> {
    Activation {
        relu6: layer.relu6,
        grad_bias: split_end(rest, layer.outputs),
    }
}

/// Takes the last `count` of the values.
fn split_end<'a>(values: &mut &'a mut [f32], count: usize) -> &'a mut [f32] {
    let all = std::mem::take(values);
    let (rest, end) = all.split_at_mut(all.len() - count);
    *values = rest;
    end
}
