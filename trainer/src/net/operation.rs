//! Makes [`Chain`]s an operation of candle's graph, which splits the batch and runs the parts on all cores.

use std::ops::Deref;
use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Storage, Tensor, bail};
use rayon::prelude::*;

use super::chain::{BackwardTile, Chain};
use super::kernels::{Extent, Kernel, add};

/// The largest number of parts that a batch is split into. Their parameter gradients are summed in order, so that the
/// result depends neither on the number of threads nor on their timing.
const PARTS: usize = 8;
/// Parameters whose gradients a thread sums at a time.
const SUMMED: usize = 16 * 1024;

/// Chains in a row: one node of the graph, as candle adds the gradient of every tensor between two nodes to zeros.
///
/// The parameters are those of all chains, one after another.
pub struct Chains {
    chains: Vec<Chain>,
    /// Whether a backward pass may follow: whether input or parameters are part of a graph with variables.
    tracked: bool,
    /// The activations between the chains, for the backward pass.
    between: OnceLock<Vec<Vec<f32>>>,
}

impl Chains {
    /// Maps `input [images, height, width, channels]` to `[images, height', width', channels']`, by each chain in turn.
    ///
    /// # Errors
    /// If there is no chain, if the shapes do not fit the chains, or if one behind the first begins with a stem, which
    /// computes no gradient for the chain before.
    pub fn apply(chains: Vec<Chain>, input: &Tensor, parameters: &Tensor) -> Result<Tensor> {
        let chains = Self {
            chains,
            tracked: input.track_op() || parameters.track_op(),
            between: OnceLock::new(),
        };
        input
            .contiguous()?
            .apply_op2(&parameters.contiguous()?, chains)
    }

    /// The extents of the input and of each chain's output.
    fn extents(&self, input: &Shape, parameters: &Shape) -> Result<Vec<Extent>> {
        let (images, height, width, mut channels) = input.dims4()?;
        let mut extents = vec![Extent {
            images,
            height,
            width,
        }];
        for (index, chain) in self.chains.iter().enumerate() {
            if index > 0 && chain.has_stem() {
                bail!("{chain:?} begins with a stem and is not the first chain");
            }
            if chain.inputs() != channels {
                bail!("{chain:?} does not fit an input of {channels} channels");
            }
            extents.push(chain.output(extents[extents.len() - 1]));
            channels = chain.outputs();
        }
        let count: usize = self.chains.iter().map(Chain::parameters).sum();
        if parameters.dims1()? != count {
            bail!("{parameters:?} is not the shape of {count} parameters");
        }
        Ok(extents)
    }
}

impl CustomOp2 for Chains {
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
        let extents = self.extents(input_layout.shape(), parameters_layout.shape())?;
        let input = slice(input, input_layout)?;
        let mut rest = slice(parameters, parameters_layout)?;
        let mut outputs: Vec<Vec<f32>> = Vec::new();
        let mut channels = 0;
        for (chain, &extent) in self.chains.iter().zip(&extents) {
            let own;
            (own, rest) = rest.split_at(chain.parameters());
            let output = chain.forward(extent, outputs.last().map_or(input, |last| last), own);
            if !self.tracked {
                outputs.clear();
            }
            outputs.push(output);
            channels = chain.outputs();
        }
        let Some(output) = outputs.pop() else {
            bail!("no chain");
        };
        // Empty before: the operation is applied once.
        let _ = self.between.set(outputs);
        let out = extents[extents.len() - 1];
        let shape = Shape::from((out.images, out.height, out.width, channels));
        Ok((CpuStorage::F32(output), shape))
    }

    fn bwd(
        &self,
        input: &Tensor,
        parameters: &Tensor,
        output: &Tensor,
        grad_output: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let extents = self.extents(input.shape(), parameters.shape())?;
        let grad_output = grad_output.contiguous()?;
        let (input_values, parameter_values) = (values(input), values(parameters));
        let (output_values, grad_values) = (values(output), values(&grad_output));
        let (x, p) = (input_values.slice()?, parameter_values.slice()?);
        let (y, dy) = (output_values.slice()?, grad_values.slice()?);

        let wanted = !self.chains[0].has_stem() && input.track_op();
        let (dx, dp) = self.gradients(&extents, [x, p, y, dy], wanted)?;
        let dx = wanted
            .then(|| Tensor::from_vec(dx, input.shape(), input.device()))
            .transpose()?;
        let dp = Tensor::from_vec(dp, parameters.shape(), parameters.device())?;
        Ok((dx, Some(dp)))
    }
}

impl Chains {
    /// The gradients of the input, if it is wanted, and of the parameters, from the input, the parameters, the output
    /// and its gradient.
    fn gradients(
        &self,
        extents: &[Extent],
        [x, p, y, dy]: [&[f32]; 4],
        wanted: bool,
    ) -> Result<(Vec<f32>, Vec<f32>)> {
        let Some(between) = self.between.get() else {
            bail!("the backward pass needs a forward pass");
        };
        let last = self.chains.len() - 1;
        // Two buffers take turns as the gradient of a chain's output and that of its input.
        let largest = between.iter().map(Vec::len).max().unwrap_or(0);
        let mut gradient = Vec::with_capacity(largest);
        let mut dx = Vec::with_capacity(largest);
        let mut dp = vec![0.0; p.len()];
        let mut end = p.len();
        for (index, chain) in self.chains.iter().enumerate().rev() {
            let own = end - chain.parameters()..end;
            end = own.start;
            let x = if index == 0 { x } else { &between[index - 1] };
            let (y, dy) = if index == last {
                (y, dy)
            } else {
                (&*between[index], &*gradient)
            };
            let wanted = wanted || index > 0;
            dx.resize(if wanted { x.len() } else { 0 }, 0.0);
            chain.backward(
                extents[index],
                [x, &p[own.clone()], y, dy],
                &mut dx,
                &mut dp[own],
            );
            std::mem::swap(&mut gradient, &mut dx);
        }
        Ok((gradient, dp))
    }
}

impl Chain {
    /// Maps `input [images, height, width, channels]` to `[images, height', width', channels']`.
    ///
    /// # Errors
    /// If the shapes do not fit the layers.
    pub fn apply(&self, input: &Tensor, parameters: &Tensor) -> Result<Tensor> {
        Chains::apply(vec![self.clone()], input, parameters)
    }

    /// Whether it begins with the convolution that computes no gradient of its input.
    fn has_stem(&self) -> bool {
        matches!(self.layers()[0].kernel, Kernel::Stem(_))
    }

    fn forward(&self, extent: Extent, input: &[f32], parameters: &[f32]) -> Vec<f32> {
        let mut output = vec![0.0; self.output(extent).pixels() * self.outputs()];
        if output.is_empty() {
            return output;
        }
        let one = Extent {
            images: 1,
            ..extent
        };
        let tile = self.tile(one, extent.images.div_ceil(PARTS));
        let (per_input, per_output) = (input.len() / extent.images, output.len() / extent.images);
        let tiles = output
            .par_chunks_mut(tile * per_output)
            .zip(input.par_chunks(tile * per_input));
        tiles.for_each(|(output, input)| {
            let images = input.len() / per_input;
            self.forward_tile(Extent { images, ..extent }, input, parameters, output);
        });
        output
    }

    /// From the input, the parameters, the output and its gradient computes the gradient of the input, unless `dx` is
    /// empty, and that of the parameters, which is added to.
    fn backward(&self, extent: Extent, values: [&[f32]; 4], dx: &mut [f32], dp: &mut [f32]) {
        if values[0].is_empty() {
            return;
        }
        let sums = self.sums(extent, values, dx);
        let chunks = dp.par_chunks_mut(SUMMED).enumerate();
        chunks.for_each(|(index, dp)| {
            for sum in &sums {
                add(dp, &sum[index * SUMMED..][..dp.len()]);
            }
        });
    }

    /// The sum of each part's parameter gradients.
    fn sums(&self, extent: Extent, [x, p, y, dy]: [&[f32]; 4], dx: &mut [f32]) -> Vec<Vec<f32>> {
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
            dy.par_chunks(part * per_y),
        );
        let sums = parts.into_par_iter().map(|(dx, x, y, dy)| {
            let images = x.len() / per_x;
            self.gradients_of_part(Extent { images, ..extent }, tile, [x, p, y, dy], dx)
        });
        sums.collect()
    }

    /// The sum of a part's parameter gradients, `tile` images at a time.
    fn gradients_of_part(
        &self,
        extent: Extent,
        tile: usize,
        [x, p, y, dy]: [&[f32]; 4],
        dx: Option<&mut [f32]>,
    ) -> Vec<f32> {
        let (per_x, per_y) = (x.len() / extent.images, y.len() / extent.images);
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
    }
}

/// A tensor's values, locked for reading.
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
            _ => bail!("convolutions run on the CPU only"),
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
