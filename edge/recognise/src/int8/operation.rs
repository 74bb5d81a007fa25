//! The int8 part of a network as one operation of tract's model.

use std::sync::Arc;

use kernels::Isa;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

use super::network::Network;
use super::pattern;
use crate::bundle::Bundle;
use crate::graph;

/// A network cut in two.
pub(in super::super) struct Parts {
    network: Network,
    size: usize,
    /// What comes behind the int8 part.
    pub(in super::super) head: TypedModel,
}

/// The bundle's network with its int8 part, on `threads` threads; `None` where it has none.
///
/// # Errors
/// Where tract cannot read what comes behind the int8 part.
pub(in super::super) fn split(bundle: &Bundle, threads: usize) -> TractResult<Option<Parts>> {
    let size = bundle.metadata.input.size;
    let Some(program) = pattern::find(&bundle.proto, size) else {
        return Ok(None);
    };
    let network = Network::new(&program, Isa::detect(), threads)?;
    let head = graph::parse(&program.head, &network.output())?;
    Ok(Some(Parts {
        network,
        size,
        head,
    }))
}

impl Parts {
    /// The shape that the head takes, f32: `[1, channels, 1, 1]`.
    pub(in super::super) fn head_input(&self) -> [usize; 4] {
        self.network.output()
    }

    /// One model again, with the int8 part as an operation: its input is f32 `[1, 3, S, S]`.
    ///
    /// # Errors
    /// Where tract refuses the operation.
    pub(in super::super) fn join(self) -> TractResult<TypedModel> {
        let mut model = self.head;
        let pooled = model.input_outlets()?[0];
        let image = model.add_source("image", f32::fact([1, 3, self.size, self.size]))?;
        let mut patch = TypedModelPatch::new("int8");
        let tap = patch.tap_model(&model, image)?;
        let means = patch.wire_node("int8", Int8(Arc::new(self.network)), &[tap])?;
        patch.shunt_outside(&model, pooled, means[0])?;
        patch.apply(&mut model)?;
        model.set_input_outlets(&[image])?;
        Ok(model)
    }
}

/// From f32 `[1, 3, S, S]` to f32 `[1, channels, 1, 1]`.
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
        let mut means = Tensor::zero::<f32>(&self.0.output())?;
        let image = image.try_as_plain_ram()?;
        let mut values = means.try_as_plain_ram_mut()?;
        self.0
            .run(image.as_slice::<f32>()?, values.as_slice_mut::<f32>()?);
        Ok(tvec!(means.into_tvalue()))
    }
}

impl TypedOp for Int8 {
    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(f32::fact(self.0.output())))
    }

    as_op!();
}
