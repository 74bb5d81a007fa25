//! Reads the network of a bundle back.

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use recognise::Bundle;
use tract_onnx::pb::{TensorProto, tensor_proto::DataType};

use super::weights::{File, WeightsError};
use super::{Architecture, Network};

impl Network {
    /// The network of an f32 bundle that the trainer exported, which must be of this architecture, without its classifier,
    /// which starts at zero.
    ///
    /// # Errors
    /// If the bundle lacks one of the network's tensors or has it in another shape: the message names the bundle and
    /// the tensor.
    pub fn from_bundle(architecture: Architecture, bundle: &Bundle) -> Result<Self, WeightsError> {
        let file = file(bundle)?;
        let mut weights = file.folded(architecture, &architecture.blocks())?;
        Self::with(architecture, bundle.metadata.breeds.len(), &mut weights)
    }
}

/// The bundle's f32 tensors, and in real numbers what the trainer quantised: `NAME`, whose units are `NAME_scale`.
pub(super) fn file(bundle: &Bundle) -> candle_core::Result<File<'_>> {
    let graph = bundle.proto.graph.iter();
    let initializers: Vec<&TensorProto> = graph.flat_map(|graph| &graph.initializer).collect();
    let floats = initializers.iter();
    let floats = floats.filter(|tensor| tensor.data_type == DataType::Float as i32);
    let tensors = floats.map(|tensor| Ok((tensor.name.clone(), decode(tensor)?)));
    let mut tensors: HashMap<String, Tensor> = tensors.collect::<candle_core::Result<_>>()?;
    for tensor in initializers {
        let scales = tensors.get(&format!("{}_scale", tensor.name));
        let scales = scales.filter(|scales| fit(scales, tensor));
        if let Some((values, scales)) = integers(tensor).zip(scales) {
            let real = dequantised(values, tensor, scales)?;
            tensors.insert(tensor.name.clone(), real);
        }
    }
    Ok(File::new(bundle.name.as_ref(), tensors))
}

/// The tensor's values. Bundles are checked when they are read: there is as much data as the dimensions say.
fn decode(tensor: &TensorProto) -> candle_core::Result<Tensor> {
    let values = match tensor.raw_data.as_chunks() {
        ([], _) => tensor.float_data.clone(),
        (raw, _) => raw.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
    };
    Tensor::from_vec(values, dims(tensor), &Device::Cpu)
}

/// The values of quantised weights (i8) and biases (i32) in their units; `None` for other types.
fn integers(tensor: &TensorProto) -> Option<Vec<i32>> {
    let raw = &tensor.raw_data[..];
    Some(match DataType::try_from(tensor.data_type).ok()? {
        DataType::Int8 | DataType::Int32 if raw.is_empty() => tensor.int32_data.clone(),
        DataType::Int8 => raw.iter().map(|&byte| i32::from(byte as i8)).collect(),
        DataType::Int32 => {
            let (raw, _) = raw.as_chunks();
            raw.iter().map(|&bytes| i32::from_le_bytes(bytes)).collect()
        }
        _ => return None,
    })
}

/// Whether there is a scale for each index of the tensor's first dimension, or one for all of it.
fn fit(scales: &Tensor, tensor: &TensorProto) -> bool {
    let count = scales.elem_count();
    count == 1 || dims(tensor).first() == Some(&count)
}

/// The real numbers that the integers of a tensor stand for, with scales that [`fit`] it.
fn dequantised(
    values: Vec<i32>,
    tensor: &TensorProto,
    scales: &Tensor,
) -> candle_core::Result<Tensor> {
    let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
    let values = Tensor::from_vec(values, dims(tensor), &Device::Cpu)?;
    let mut shape = vec![1; values.rank()];
    if let Some(rows) = shape.first_mut() {
        *rows = scales.elem_count();
    }
    values.broadcast_mul(&scales.reshape(shape)?)
}

fn dims(tensor: &TensorProto) -> Vec<usize> {
    tensor.dims.iter().map(|&side| side as usize).collect()
}
