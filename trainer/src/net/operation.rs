//! Makes a [`Chain`] an operation of candle's graph, which splits the batch and runs the parts on all cores.

use std::ops::Deref;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Storage, Tensor, bail};
use rayon::prelude::*;

use super::chain::{BackwardTile, Chain};
use super::kernels::{Extent, Kernel, add};

/// The largest number of parts that a batch is split into. Their parameter gradients are summed in order, so that the
/// result depends neither on the number of threads nor on their timing.
const PARTS: usize = 8;

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

        let is_stem = matches!(self.layers()[0].kernel, Kernel::Stem(_));
        let wanted = !is_stem && input.track_op();
        let mut dx = vec![0.0; if wanted { x.len() } else { 0 }];
        let mut dp = vec![0.0; p.len()];
        if !x.is_empty() {
            for sum in self.gradients(extent, [x, p, y, dy], &mut dx) {
                add(&mut dp, &sum);
            }
        }
        let dx = wanted
            .then(|| Tensor::from_vec(dx, input.shape(), input.device()))
            .transpose()?;
        let dp = Tensor::from_vec(dp, parameters.shape(), parameters.device())?;
        Ok((dx, Some(dp)))
    }
}

impl Chain {
    /// The sum of each part's parameter gradients, from the input, the parameters, the output and its gradient. Writes
    /// the input's gradient into `dx`, unless that is empty.
    fn gradients(
        &self,
        extent: Extent,
        [x, p, y, dy]: [&[f32]; 4],
        dx: &mut [f32],
    ) -> Vec<Vec<f32>> {
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
