//! A file of weights.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor, safetensors};

use super::{WeightsError, names, torch};
use crate::net::Architecture;
use crate::net::architecture::{Block, Convolution};

/// The tensors of a weight file or of a bundle.
pub(in crate::net) struct File<'a> {
    path: &'a Path,
    tensors: HashMap<String, Tensor>,
}

impl<'a> File<'a> {
    /// A file with these tensors; messages call it `path`.
    pub(in crate::net) fn new(path: &'a Path, tensors: HashMap<String, Tensor>) -> Self {
        Self { path, tensors }
    }

    /// What messages call it.
    pub(in crate::net) fn path(&self) -> &Path {
        self.path
    }

    /// Reads a safetensors file or one of PyTorch.
    pub(in crate::net) fn read(path: &'a Path) -> Result<Self, WeightsError> {
        let failed = |source| WeightsError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = std::fs::read(path).map_err(|error| failed(error.into()))?;
        let tensors = if torch::is_one(&bytes) {
            torch::read(&bytes)
        } else {
            safetensors::load_buffer(&bytes, &Device::Cpu)
        };
        Ok(Self::new(path, tensors.map_err(failed)?))
    }

    /// Reads weights of a network, which get timm's names. Those of another network are refused even if all tensors that
    /// are needed are among them.
    pub(super) fn pretrained(path: &'a Path, network: Architecture) -> Result<Self, WeightsError> {
        let file = Self::read(path)?;
        if let Some(found) = names::other_network(&file.tensors, network) {
            return Err(WeightsError::Other {
                path: path.to_owned(),
                found,
                network,
            });
        }
        Ok(Self::new(path, names::to_timm(file.tensors, network)))
    }

    /// The number of features before the classifier.
    pub(in crate::net) fn features(&self) -> Result<usize, WeightsError> {
        let name = "conv_head.weight";
        let Some(tensor) = self.tensors.get(name) else {
            return Err(self.missing(name));
        };
        let features = tensor.dims().first().filter(|&&features| features > 0);
        let features = features.ok_or_else(|| self.misshaped(name, tensor, &[1, 1, 1, 1]))?;
        Ok(*features)
    }

    /// `NAME.weight` and `NAME.bias` of each convolution of these blocks, with the norms of pretrained weights of this
    /// network folded.
    pub(in crate::net) fn folded(
        &self,
        network: Architecture,
        blocks: &[Block],
    ) -> Result<HashMap<String, Tensor>, WeightsError> {
        let mut folded = HashMap::new();
        for convolution in blocks.iter().flat_map(|block| &block.convolutions) {
            let (weight, bias) = self.fold(convolution, network.norm_epsilon())?;
            folded.insert(format!("{}.weight", convolution.name), weight);
            folded.insert(format!("{}.bias", convolution.name), bias);
        }
        Ok(folded)
    }

    /// Weights and biases of a convolution. With `scale = gamma / sqrt(variance + epsilon)` of its norm, weights are
    /// multiplied by `scale` and the bias is `beta - mean * scale`.
    fn fold(
        &self,
        convolution: &Convolution,
        epsilon: f64,
    ) -> Result<(Tensor, Tensor), WeightsError> {
        let Convolution { name, norm, layer } = convolution;
        let weight = self.tensor(&format!("{name}.weight"), &layer.weight_shape())?;
        let bias_name = format!("{name}.bias");
        if self.tensors.contains_key(&bias_name) {
            return Ok((weight, self.tensor(&bias_name, &[layer.outputs])?));
        }
        let part = |part| self.tensor(&format!("{norm}.{part}"), &[layer.outputs]);
        let scale = (part("weight")? / (part("running_var")? + epsilon)?.sqrt()?)?;
        if !is_finite(&scale)? {
            return Err(self.not_finite(&format!("{norm}.running_var")));
        }
        let weight = weight.broadcast_mul(&scale.reshape((layer.outputs, 1, 1, 1))?)?;
        let bias = (part("bias")? - (part("running_mean")? * scale)?)?;
        Ok((weight, bias))
    }

    /// The tensor of this name, which must have this shape and only finite values.
    pub(in crate::net) fn tensor(
        &self,
        name: &str,
        shape: &[usize],
    ) -> Result<Tensor, WeightsError> {
        let Some(found) = self.tensors.get(name) else {
            return Err(self.missing(name));
        };
        if found.dims() != shape {
            return Err(self.misshaped(name, found, shape));
        }
        let found = found.to_dtype(DType::F32)?;
        if !is_finite(&found)? {
            return Err(self.not_finite(name));
        }
        Ok(found)
    }

    fn missing(&self, tensor: &str) -> WeightsError {
        let scale = format!("{tensor}_scale");
        // A quantised tensor was left out because it could not be read in its units.
        let tensor = if self.tensors.contains_key(&scale) {
            format!("{tensor} that {scale} fits")
        } else {
            tensor.to_owned()
        };
        WeightsError::Missing {
            path: self.path.to_owned(),
            tensor,
        }
    }

    fn misshaped(&self, name: &str, found: &Tensor, expected: &[usize]) -> WeightsError {
        WeightsError::Shape {
            path: self.path.to_owned(),
            tensor: name.to_owned(),
            found: found.dims().to_vec(),
            expected: expected.to_vec(),
        }
    }

    fn not_finite(&self, tensor: &str) -> WeightsError {
        WeightsError::NotFinite {
            path: self.path.to_owned(),
            tensor: tensor.to_owned(),
        }
    }
}

/// Whether every value is a finite number.
fn is_finite(tensor: &Tensor) -> candle_core::Result<bool> {
    let values = tensor.flatten_all()?.to_vec1::<f32>()?;
    Ok(values.iter().all(|value| value.is_finite()))
}
