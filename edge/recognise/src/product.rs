//! The operator for products with int8 weights: the classifier, the embedding, a detector's last
//! convolution. tract would take the weights as real numbers, in four times the memory and many times
//! the time to load.

use std::sync::Arc;

use kernels::Isa;
use kernels::int8::Product as Kernel;
use tract_onnx::model::{OnnxOpRegister, ParsingContext};
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_hir::infer::*;
use tract_onnx::tract_hir::internal::*;

use crate::quantisation;

/// The operator's type in a graph that is on its way to tract. No file has it.
pub(crate) const TYPE: &str = "kiosk.Product";

/// The names of the operator's attributes.
pub(crate) const WEIGHTS: &str = "weights";
pub(crate) const SCALES: &str = "scales";
pub(crate) const BIAS: &str = "bias";

/// Registers the operator with tract's reader.
pub(crate) fn register(register: &mut OnnxOpRegister) {
    register.insert(TYPE, |_: &ParsingContext<'_>, node: &NodeProto| {
        Ok((expand(Product::read(node)?), Vec::new()))
    });
}

/// From f32 `[1, inputs, ...]` to f32 `[1, outputs, ...]`.
#[derive(Clone, Debug)]
struct Product {
    kernel: Arc<Kernel>,
    isa: Isa,
}

impl Product {
    fn read(node: &NodeProto) -> TractResult<Self> {
        let attribute = |name: &str| {
            let found = node.attribute.iter().find(|it| it.name == name);
            found.with_context(|| format!("no attribute {name}"))
        };
        let weights = attribute(WEIGHTS)?.t.as_ref().context("no weights")?;
        let inputs = *weights.dims.get(1).context("weights without sides")? as usize;
        let kernel = Kernel::new(
            inputs,
            quantisation::bytes(weights)
                .context("weights of another type")?
                .into_owned(),
            attribute(SCALES)?.floats.clone(),
            attribute(BIAS)?.floats.clone(),
        );
        Ok(Self {
            kernel: Arc::new(kernel),
            isa: Isa::detect(),
        })
    }

    /// The shape of the result for an input of this shape.
    fn output<D: DimLike>(&self, input: &[D]) -> TractResult<TVec<D>> {
        let is_one = |dim: &D, size: usize| dim.to_usize().is_ok_and(|dim| dim == size);
        match input {
            [one, channels, ..] if is_one(one, 1) && is_one(channels, self.kernel.inputs()) => {
                let mut output: TVec<D> = input.iter().cloned().collect();
                output[1] = self.kernel.outputs().into();
                Ok(output)
            }
            _ => bail!("{input:?} are not {} channels", self.kernel.inputs()),
        }
    }
}

impl PartialEq for Product {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.kernel, &other.kernel)
    }
}

impl Eq for Product {}

impl Expansion for Product {
    fn name(&self) -> StaticName {
        "Product".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 1)?;
        check_output_arity(outputs, 1)?;
        solver.equals(&inputs[0].datum_type, f32::datum_type())?;
        solver.equals(&outputs[0].datum_type, f32::datum_type())?;
        solver.given(&inputs[0].shape, move |solver, shape| {
            let output = self.output(&shape)?;
            solver.equals(&outputs[0].shape, ShapeFactoid::from(output))
        })
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        model.wire_node(prefix, self.clone(), inputs)
    }
}

impl Op for Product {
    fn name(&self) -> StaticName {
        "Product".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Product {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = args_1!(inputs);
        let shape = self.output(input.shape())?;
        let columns = shape[2..].iter().product();
        let mut output = Tensor::zero::<f32>(&shape)?;
        let from = input.try_as_plain_ram()?;
        let mut out = output.try_as_plain_ram_mut()?;
        let (from, out) = (from.as_slice::<f32>()?, out.as_slice_mut::<f32>()?);
        self.kernel.run(self.isa, columns, from, out);
        Ok(tvec!(output.into_tvalue()))
    }
}

impl TypedOp for Product {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shape = self.output(&inputs[0].shape)?;
        Ok(tvec!(f32::fact(&shape)))
    }

    fn cost(&self, inputs: &[&TypedFact]) -> TractResult<TVec<(Cost, TDim)>> {
        let outputs: TDim = self.output(&inputs[0].shape)?.iter().product();
        let products = outputs * self.kernel.inputs().to_dim();
        Ok(tvec!((Cost::FMA(f32::datum_type()), products)))
    }

    as_op!();
}
