//! A bundle's network as tract's model, operator by operator.
//!
//! tract's own reader of ONNX knows every operator that there is, so that a program with it carries
//! them all: audio, language, trees. Here are those that classifiers of pictures are made of; all
//! shapes are known, since a network takes one picture of one size.

mod product;
mod quantised;
mod window;

use std::collections::HashMap;

use tract_onnx::data_resolver::MmapDataResolver;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};
use tract_onnx::prelude::*;
use tract_onnx::tensor::load_tensor;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::change_axes::wire_with_rank_broadcast;
use tract_onnx::tract_core::ops::{math, nn};
use tract_onnx::tract_hir::internal::Expansion;
use tract_onnx::tract_hir::ops::activations::{Clip, Elu, HardSigmoid, LeakyRelu};
use tract_onnx::tract_hir::ops::array::{AddDims, Concat, Flatten, PermuteAxes, Reshape, Squeeze};
use tract_onnx::tract_hir::ops::matmul::MatMulInference;
use tract_onnx::tract_hir::ops::nn::{GlobalAvgPool, GlobalMaxPool, Reduce, Reducer, Softmax};

use super::graph::label;

/// A network of one input, of the given shape, and the tensors `wanted` as its outputs.
///
/// # Errors
/// Where an operator is none of those here, or is set to what tract cannot do.
pub(super) fn read(
    graph: &GraphProto,
    shape: &[usize],
    wanted: &[&str],
) -> TractResult<TypedModel> {
    let mut model = TypedModel::default();
    let mut outlets = HashMap::new();
    for weight in &graph.initializer {
        let outlet = model.add_const(&weight.name, tensor(weight)?)?;
        outlets.insert(weight.name.as_str(), outlet);
    }
    for input in &graph.input {
        // A graph may list its weights among its inputs.
        if !outlets.contains_key(input.name.as_str()) {
            let outlet = model.add_source(&input.name, f32::fact(shape))?;
            outlets.insert(&input.name, outlet);
        }
    }
    for node in &graph.node {
        let inputs = node.input.iter();
        let mut operator = Operator {
            node,
            // Names of operators may be left out, those of what they make may not.
            name: format!("{} {}", node.op_type, node.output.join(" ")),
            inputs: inputs
                .map(|name| outlets.get(name.as_str()).copied())
                .collect(),
            model: &mut model,
        };
        let made = operator.wire().with_context(|| label(node))?;
        outlets.extend(node.output.iter().map(String::as_str).zip(made));
    }
    let outputs = wanted.iter().map(|&name| {
        let outlet = outlets.get(name).copied();
        outlet.with_context(|| format!("nothing makes `{name}`"))
    });
    let outputs = outputs.collect::<TractResult<Vec<OutletId>>>()?;
    model.select_output_outlets(&outputs)?;
    Ok(model)
}

fn tensor(proto: &TensorProto) -> TractResult<Tensor> {
    // Bundles have no data in other files.
    load_tensor(&MmapDataResolver, proto, None)
}

/// An operator on its way into the model.
struct Operator<'a> {
    node: &'a NodeProto,
    name: String,
    /// `None` where an optional one is left out.
    inputs: Vec<Option<OutletId>>,
    model: &'a mut TypedModel,
}

type Outlets = TVec<OutletId>;

impl Operator<'_> {
    fn wire(&mut self) -> TractResult<Outlets> {
        let node = self.node;
        let float =
            |name: &str, default: f32| TractResult::Ok(node.get_attr_opt(name)?.unwrap_or(default));
        let int =
            |name: &str, default: i64| TractResult::Ok(node.get_attr_opt(name)?.unwrap_or(default));
        match node.op_type.as_str() {
            "Add" => self.pair(math::add()),
            "Sub" => self.pair(math::sub()),
            "Mul" => self.pair(math::mul()),
            "Div" => self.pair(math::div()),
            "Max" => self.pair(math::max()),

            "Relu" => self.expand(&Clip::new(Some(0.0), None)),
            "Clip" => self.clip(),
            "LeakyRelu" => self.expand(&LeakyRelu(float("alpha", 0.01)?)),
            "Elu" => self.expand(&Elu(float("alpha", 1.0)?)),
            "HardSigmoid" => self.expand(&HardSigmoid(float("alpha", 0.2)?, float("beta", 0.5)?)),
            "HardSwish" => self.each(nn::hard_swish()),
            "Sigmoid" => self.each(nn::sigmoid()),
            "Tanh" => self.each(math::tanh()),
            "Softmax" => self.expand(&Softmax::new(int("axis", -1)? as isize)),

            "Conv" => self.convolution(),
            "MaxPool" | "AveragePool" => self.pool(),
            "GlobalAveragePool" => self.expand(&GlobalAvgPool),
            "GlobalMaxPool" => self.expand(&GlobalMaxPool),
            "ReduceMean" => self.reduce(Reducer::Mean),
            "ReduceMax" => self.reduce(Reducer::Max),
            "ReduceL2" => self.reduce(Reducer::L2),

            "Gemm" => self.gemm(),
            "MatMul" => self.expand(&MatMulInference::default()),
            "BatchNormalization" => self.batch_normalization(),
            "QuantizeLinear" => self.quantize(),
            "DequantizeLinear" => self.dequantize(),

            "Flatten" => self.expand(&Flatten::new(int("axis", 1)?)),
            "Reshape" => self.expand(&Reshape::new(int("allowzero", 0)? != 0)),
            "Transpose" => {
                let axes = node.get_attr_opt_tvec("perm")?;
                self.expand(&PermuteAxes::new(axes))
            }
            "Concat" => self.expand(&Concat::new(node.get_attr("axis")?)),
            "Squeeze" => {
                let axes = self
                    .axes()?
                    .map(|axes| axes.iter().map(|&axis| axis as isize).collect());
                self.shaped(&Squeeze::new(axes))
            }
            "Unsqueeze" => {
                let axes = self.axes()?.context("there are no axes")?;
                self.shaped(&AddDims::new(
                    axes.iter().map(|&axis| axis as isize).collect(),
                ))
            }

            "Constant" => {
                let value = node.get_attr("value").and_then(tensor)?;
                Ok(tvec!(self.model.add_const(&self.name, value)?))
            }
            // What is left out of a network at random is so while it is trained alone.
            "Identity" | "Dropout" => Ok(tvec!(self.input(0)?)),
            _ => bail!("no operator of a classifier that the kiosk knows"),
        }
    }

    /// An input that must be there.
    fn input(&self, index: usize) -> TractResult<OutletId> {
        let input = self.inputs.get(index).copied().flatten();
        input.with_context(|| format!("its input {index} is missing"))
    }

    /// The value of an input, which must not depend on the picture.
    fn constant(&self, index: usize) -> TractResult<Arc<Tensor>> {
        let fact = self.model.outlet_fact(self.input(index)?)?;
        let value = fact.konst.clone();
        value.with_context(|| format!("its input {index} must be a constant"))
    }

    /// Wires what tract makes of several of its operations, on all inputs.
    fn expand(&mut self, operation: &impl Expansion) -> TractResult<Outlets> {
        let inputs = self.inputs.iter().flatten().copied().collect::<Outlets>();
        operation.wire(&self.name, self.model, &inputs)
    }

    /// The same, on the first input alone.
    fn shaped(&mut self, operation: &impl Expansion) -> TractResult<Outlets> {
        let input = self.input(0)?;
        operation.wire(&self.name, self.model, &[input])
    }

    /// Wires an operation on each value.
    fn each(&mut self, operation: impl Into<Box<dyn TypedOp>>) -> TractResult<Outlets> {
        let input = self.input(0)?;
        self.model.wire_node(&self.name, operation, &[input])
    }

    /// Wires an operation on two tensors, the smaller one repeated as often as it takes.
    fn pair(&mut self, operation: impl Into<Box<dyn TypedOp>>) -> TractResult<Outlets> {
        let inputs = [self.input(0)?, self.input(1)?];
        wire_with_rank_broadcast(&self.name, self.model, operation, &inputs)
    }

    fn clip(&mut self) -> TractResult<Outlets> {
        let bound = |index: usize| match self.inputs.get(index) {
            Some(Some(_)) => self.constant(index)?.cast_to_scalar::<f32>().map(Some),
            _ => Ok(None),
        };
        let clip = Clip::new(bound(1)?, bound(2)?);
        self.shaped(&clip)
    }

    fn reduce(&mut self, reducer: Reducer) -> TractResult<Outlets> {
        let keep = self.node.get_attr_opt("keepdims")?.unwrap_or(true);
        let none = self
            .node
            .get_attr_opt("noop_with_empty_axes")?
            .unwrap_or(false);
        ensure!(!none, "noop_with_empty_axes is not known");
        let axes = self.axes()?.filter(|axes| !axes.is_empty());
        self.shaped(&Reduce::new(axes, keep, reducer))
    }

    /// Which axis of `rank` is meant: they are counted from the end where `axis` is negative.
    fn axis(&self, axis: i64, rank: usize) -> TractResult<usize> {
        let axis_of_all = if axis < 0 { axis + rank as i64 } else { axis };
        let found = usize::try_from(axis_of_all).ok().filter(|&it| it < rank);
        found.with_context(|| format!("there is no axis {axis}"))
    }

    /// The axes that the operator is about: an attribute or, in newer operator sets, an input.
    fn axes(&self) -> TractResult<Option<Vec<i64>>> {
        match self.inputs.get(1) {
            Some(Some(_)) => {
                let axes = self.constant(1)?;
                Ok(Some(axes.try_as_plain_ram()?.as_slice::<i64>()?.to_vec()))
            }
            _ => self.node.get_attr_opt_vec("axes"),
        }
    }
}
