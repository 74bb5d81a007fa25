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

/// The bundle's f32 tensors.
pub(super) fn file(bundle: &Bundle) -> candle_core::Result<File<'_>> {
    let initializers = bundle
        .proto
        .graph
        .iter()
        .flat_map(|graph| &graph.initializer);
    let floats = initializers.filter(|tensor| tensor.data_type == DataType::Float as i32);
    let tensors: candle_core::Result<HashMap<_, _>> = floats
        .map(|tensor| Ok((tensor.name.clone(), decode(tensor)?)))
        .collect();
    Ok(File::new(bundle.name.as_ref(), tensors?))
}

/// The tensor's values. Bundles are checked when they are read: there is as much data as the dimensions say.
fn decode(tensor: &TensorProto) -> candle_core::Result<Tensor> {
    let dims: Vec<usize> = tensor.dims.iter().map(|&side| side as usize).collect();
    let values = match tensor.raw_data.as_chunks() {
        ([], _) => tensor.float_data.clone(),
        (raw, _) => raw.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
    };
    Tensor::from_vec(values, dims, &Device::Cpu)
}
