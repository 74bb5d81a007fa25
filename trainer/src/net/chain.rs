//! A few convolutions in a row as one differentiable candle operation.
//!
//! candle's own grouped convolution runs one convolution a group, and its autograd zero-fills and adds a gradient
//! for every tensor on the way: for MobileNetV2 that costs more than the arithmetic. A [`Chain`] (the stem with the
//! first block, an inverted residual, the head) is one node of the graph instead. It goes through the batch a few
//! images at a time, so that the six times wider activations inside of a block stay in the cache and are never
//! stored; the backward pass computes them again (gradient checkpointing, Chen et al. 2016).

use std::ops::Deref;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Storage, Tensor, bail};
use rayon::prelude::*;

use super::kernels::{Buffer, Extent, Kernel, Layer, add, buffer, mask_clamped};

/// The parts that a batch is cut into, at least. Their parameter gradients are summed in order, so that
/// a result depends neither on the number of threads nor on their timing.
const PARTS: usize = 8;

/// Activations, in values, that a thread works on at a time: about half of a core's second-level cache.
const WORKING_SET: usize = 128 * 1024;

/// Convolutions in a row, with the input added to the output where `shortcut` is set.
///
/// Applied to activations `[images, height, width, channels]` and one vector of all parameters, layer by layer, each
/// layer's weights before its biases.
#[derive(Clone, Debug)]
pub struct Chain {
    layers: Vec<Layer>,
    shortcut: bool,
}

impl Chain {
    /// # Errors
    /// If there is no layer, one does not take what the one before gives, or a shortcut joins tensors that differ in
    /// shape.
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
                Kernel::Stem => index == 0,
                Kernel::Depthwise { stride } => {
                    (1..=2).contains(&stride) && layer.inputs == layer.outputs
                }
                Kernel::Pointwise => true,
            };
            if !sound || layer.inputs == 0 || layer.outputs == 0 {
                bail!("{layer:?} cannot stand at position {index} of a chain");
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

    /// `input [images, height, width, channels]` to `[images, height', width', channels']`.
    ///
    /// # Errors
    /// If the shapes do not fit the layers.
    pub fn apply(&self, input: &Tensor, parameters: &Tensor) -> Result<Tensor> {
        input
            .contiguous()?
            .apply_op2(&parameters.contiguous()?, self.clone())
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

    fn extent(&self, shape: &Shape, parameters: &Shape) -> Result<Extent> {
        let (images, height, width, channels) = shape.dims4()?;
        if channels != self.layers[0].inputs || parameters.dims1()? != self.parameters() {
            bail!("{self:?} does not fit an input of {shape:?} and parameters of {parameters:?}");
        }
        Ok(Extent {
            images,
            height,
            width,
        })
    }

    fn output_shape(&self, extent: Extent) -> (usize, usize, usize, usize) {
        let out = self
            .layers
            .iter()
            .fold(extent, |extent, layer| layer.output(extent));
        let channels = self.layers[self.layers.len() - 1].outputs;
        (out.images, out.height, out.width, channels)
    }

    /// How many of `images` go through the layers together: many small ones make the matrix products worth their
    /// set-up, few large ones stay in the cache.
    fn tile(&self, one: Extent, images: usize) -> usize {
        let mut extent = one;
        let mut widest = 1;
        for layer in &self.layers {
            widest = widest.max(layer.output_len(extent));
            extent = layer.output(extent);
        }
        (WORKING_SET / widest).clamp(1, images.max(1))
    }

    /// The activations between the layers: one buffer for each layer but the last.
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

    fn forward_tile(&self, extent: Extent, input: &[f32], parameters: &[f32], output: &mut [f32]) {
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

    fn backward_tile(&self, extent: Extent, pass: &mut BackwardTile) {
        let inner = self.inner(extent, pass.input, pass.parameters);
        let mut extents = vec![extent];
        for layer in &self.layers {
            extents.push(layer.output(extents[extents.len() - 1]));
        }
        let mut gradient = buffer(pass.grad_output.len());
        gradient.copy_from_slice(pass.grad_output);
        let parameters: Vec<_> = self.with(pass.parameters).collect();
        let mut end = pass.grad_parameters.len();
        for (index, (layer, own)) in parameters.into_iter().enumerate().rev() {
            if layer.relu6 {
                let output = inner.get(index).map_or(pass.output, |buffer| buffer);
                mask_clamped(&mut gradient, output);
            }
            let grad_own = &mut pass.grad_parameters[end - own.len()..end];
            end -= own.len();
            let extent = extents[index];
            if index > 0 {
                let mut grad_input = buffer(inner[index - 1].len());
                layer.backward(
                    extent,
                    &inner[index - 1],
                    own,
                    &gradient,
                    Some(&mut grad_input),
                    grad_own,
                );
                gradient = grad_input;
            } else {
                let grad_input = pass.grad_input.as_deref_mut();
                layer.backward(extent, pass.input, own, &gradient, grad_input, grad_own);
            }
        }
        if let (true, Some(grad_input)) = (self.shortcut, pass.grad_input.as_deref_mut()) {
            add(grad_input, pass.grad_output);
        }
    }
}

struct BackwardTile<'a> {
    input: &'a [f32],
    output: &'a [f32],
    parameters: &'a [f32],
    grad_output: &'a [f32],
    grad_input: Option<&'a mut [f32]>,
    grad_parameters: &'a mut [f32],
}

impl CustomOp2 for Chain {
    fn name(&self) -> &'static str {
        "convolutions"
    }

    fn cpu_fwd(
        &self,
        input: &CpuStorage,
        input_layout: &Layout,
        parameters: &CpuStorage,
        parameters_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let extent = self.extent(input_layout.shape(), parameters_layout.shape())?;
        let input = slice(input, input_layout)?;
        let parameters = slice(parameters, parameters_layout)?;
        let shape = Shape::from(self.output_shape(extent));
        let mut output = vec![0.0; shape.elem_count()];
        if !output.is_empty() {
            let one = Extent {
                images: 1,
                ..extent
            };
            let tile = self.tile(one, extent.images.div_ceil(PARTS));
            let (per_input, per_output) =
                (input.len() / extent.images, output.len() / extent.images);
            let tiles = output
                .par_chunks_mut(tile * per_output)
                .zip(input.par_chunks(tile * per_input));
            tiles.for_each(|(output, input)| {
                let images = input.len() / per_input;
                self.forward_tile(Extent { images, ..extent }, input, parameters, output);
            });
        }
        Ok((CpuStorage::F32(output), shape))
    }

    fn bwd(
        &self,
        input: &Tensor,
        parameters: &Tensor,
        output: &Tensor,
        grad_output: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let extent = self.extent(input.shape(), parameters.shape())?;
        let grad_output = grad_output.contiguous()?;
        let (input_values, parameter_values) = (values(input), values(parameters));
        let (output_values, grad_values) = (values(output), values(&grad_output));
        let (x, p) = (input_values.slice()?, parameter_values.slice()?);
        let (y, dy) = (output_values.slice()?, grad_values.slice()?);

        let wanted = self.layers[0].kernel != Kernel::Stem && input.track_op();
        let mut dx = vec![0.0; if wanted { x.len() } else { 0 }];
        let mut dp = vec![0.0; p.len()];
        if !x.is_empty() {
            let one = Extent {
                images: 1,
                ..extent
            };
            let (per_x, per_y) = (x.len() / extent.images, y.len() / extent.images);
            let part = extent.images.div_ceil(PARTS);
            let tile = self.tile(one, part);
            let mut dx_parts: Vec<_> = dx.chunks_mut(part * per_x).map(Some).collect();
            dx_parts.resize_with(extent.images.div_ceil(part), || None);
            let parts = (
                dx_parts.into_par_iter(),
                x.par_chunks(part * per_x),
                y.par_chunks(part * per_y),
            );
            let sums: Vec<Vec<f32>> = (parts.0, parts.1, parts.2, dy.par_chunks(part * per_y))
                .into_par_iter()
                .map(|(dx, x, y, dy)| {
                    let mut sum = vec![0.0; p.len()];
                    let mut dx_tiles = dx.map(|dx| dx.chunks_mut(tile * per_x));
                    let tiles = x
                        .chunks(tile * per_x)
                        .zip(y.chunks(tile * per_y))
                        .zip(dy.chunks(tile * per_y));
                    for ((input, output), grad_output) in tiles {
                        let images = input.len() / per_x;
                        let mut pass = BackwardTile {
                            input,
                            output,
                            parameters: p,
                            grad_output,
                            grad_input: dx_tiles.as_mut().and_then(Iterator::next),
                            grad_parameters: &mut sum,
                        };
                        self.backward_tile(Extent { images, ..extent }, &mut pass);
                    }
                    sum
                })
                .collect();
            for sum in &sums {
                add(&mut dp, sum);
            }
        }
        let dx = wanted
            .then(|| Tensor::from_vec(dx, input.shape(), input.device()))
            .transpose()?;
        let dp = Tensor::from_vec(dp, parameters.shape(), parameters.device())?;
        Ok((dx, Some(dp)))
    }
}

/// A tensor's values, held for reading.
fn values(tensor: &Tensor) -> Values<'_, impl Deref<Target = Storage> + '_> {
    let (storage, layout) = tensor.storage_and_layout();
    Values { storage, layout }
}

struct Values<'a, Guard> {
    storage: Guard,
    layout: &'a Layout,
}

impl<Guard: Deref<Target = Storage>> Values<'_, Guard> {
    fn slice(&self) -> Result<&[f32]> {
        match &*self.storage {
            Storage::Cpu(storage) => slice(storage, self.layout),
            _ => bail!("convolutions run on the processor only"),
        }
    }
}

fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let values = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&values[start..end]),
        None => bail!("convolutions need contiguous tensors"),
    }
}
