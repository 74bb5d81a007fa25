//! Puts the int8 part of a network into tract's model as one operation.

use std::sync::Arc;

use kernels::Isa;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

use super::network::Network;
use super::pattern;
use crate::model;

/// A network cut in two.
pub(crate) struct Parts {
    network: Network,
    size: usize,
    /// What comes behind the int8 part.
    pub(crate) head: TypedModel,
}

/// A checked network for pictures of `size` pixels a side, with an int8 part that runs on `threads`
/// threads; `None` if it has no such part.
///
/// # Errors
/// If tract cannot read what comes behind the int8 part.
pub(crate) fn split(proto: &ModelProto, size: usize, threads: usize) -> TractResult<Option<Parts>> {
    let Some((program, head)) = pattern::find(proto, size) else {
        return Ok(None);
    };
    let network = Network::new(&program, Isa::detect(), threads)?;
    let head = model::parse(&head, &network.output())?;
    Ok(Some(Parts {
        network,
        size,
        head,
    }))
}

impl Parts {
    /// The shape of the head's f32 input: `[1, channels, height, width]`, or behind the pooling
    /// `[1, channels, 1, 1]`, with twice the channels if there are means and maxima.
    pub(crate) fn head_input(&self) -> [usize; 4] {
        self.network.output()
    }

    /// The whole network, with its int8 part as an operation; its input is f32 `[1, 3, S, S]`.
    ///
    /// # Errors
    /// If tract refuses the operation.
    pub(crate) fn join(self) -> TractResult<TypedModel> {
        let mut model = self.head;
        let features = model.input_outlets()?[0];
        let image = model.add_source("image", f32::fact([1, 3, self.size, self.size]))?;
        let mut patch = TypedModelPatch::new("int8");
        let tap = patch.tap_model(&model, image)?;
        let outputs = patch.wire_node("int8", Int8(Arc::new(self.network)), &[tap])?;
        patch.shunt_outside(&model, features, outputs[0])?;
        patch.apply(&mut model)?;
        model.set_input_outlets(&[image])?;
        Ok(model)
    }
}

/// From f32 `[1, 3, S, S]` to the head's input.
#[derive(Clone, Debug)]
struct Int8(Arc<Network>);

impl PartialEq for Int8 {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Int8 {}

impl Op for Int8 {
    fn name(&self) -> StaticName {
        "Int8".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Int8 {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let image = args_1!(inputs);
        let mut output = Tensor::zero::<f32>(&self.0.output())?;
        let image = image.try_as_plain_ram()?;
        let mut values = output.try_as_plain_ram_mut()?;
        self.0
            .run(image.as_slice::<f32>()?, values.as_slice_mut::<f32>()?);
        Ok(tvec!(output.into_tvalue()))
    }
}

impl TypedOp for Int8 {
    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(f32::fact(self.0.output())))
    }

    as_op!();
}
