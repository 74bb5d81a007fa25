//! Turns a bundle's ONNX graph into tract's model.

use std::sync::LazyLock;

use foldhash::{HashMap, HashSet};
use tract_onnx::Onnx;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, TensorProto, TypeProto, ValueInfoProto, type_proto,
};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::{Cost, DimLike, TractErrorContext, bail};
use tract_onnx::tract_hir::infer::Factoid;

use crate::graph::{self, LOGITS};
use crate::product;
use crate::quantisation::Parameters;

/// The most numbers that a tensor may have: those of 64 channels at the largest input, which f32 takes
/// 256 MiB for.
const MAX_NUMBERS: usize = 1 << 26;

/// Up to this many numbers take tract no time that is worth optimising, whatever it does with them.
const FEW_NUMBERS: usize = 1 << 14;

/// tract's reader, which knows the operators of ONNX and ours.
static READER: LazyLock<Onnx> = LazyLock::new(|| {
    let mut reader = tract_onnx::onnx();
    product::register(&mut reader.op_register);
    reader
});

/// A network as tract runs it.
pub(crate) struct Model {
    pub(crate) typed: TypedModel,
    /// How many of its outputs are those of the graph and, behind them, the input of the classifier
    /// if there is one.
    pub(crate) outputs: usize,
    /// How many numbers it multiplies and adds up for a picture.
    pub(crate) multiply_adds: u64,
}

/// A checked network as tract's model, of f32 inputs of the given shapes. Its outputs are those of
/// the graph, followed by the input of the classifier if there is one, and by the tensors `more`.
///
/// # Errors
/// If tract cannot run it.
pub(crate) fn parse(
    proto: &ModelProto,
    shapes: &[&[usize]],
    more: &[String],
) -> TractResult<Model> {
    let graph = simplified(proto.graph.as_ref().context("there is no graph")?);
    let outputs = graph.output.iter().map(|output| output.name.as_str());
    let mut outputs: Vec<String> = (outputs.chain(features(&graph)))
        .map(str::to_owned)
        .collect();
    let count = outputs.len();
    outputs.extend_from_slice(more);
    let model = read(proto, graph, shapes)?
        .with_outputs_by_name(outputs)?
        .into_typed()?;
    check_sizes(&model)?;
    Ok(Model {
        outputs: count,
        multiply_adds: multiply_adds(&model),
        typed: optimised(model)?,
    })
}

/// The shape of every tensor that operators of a checked network make, as far as it can be told.
///
/// # Errors
/// If tract cannot read the network.
pub(crate) fn shapes(
    proto: &ModelProto,
    picture: &[usize],
) -> TractResult<HashMap<String, Vec<usize>>> {
    let graph = simplified(proto.graph.as_ref().context("there is no graph")?);
    let mut model = read(proto, graph, &[picture])?;
    model.analyse(false)?;
    let mut shapes = HashMap::default();
    for (&outlet, name) in &model.outlet_labels {
        let sides = model.outlet_fact(outlet)?.shape.concretize();
        let sides: Option<Vec<usize>> =
            sides.and_then(|sides| sides.iter().map(|side| side.to_usize().ok()).collect());
        if let Some(sides) = sides {
            shapes.insert(name.clone(), sides);
        }
    }
    Ok(shapes)
}

/// The simplified `graph` of `proto` as tract reads it.
fn read(proto: &ModelProto, graph: GraphProto, shapes: &[&[usize]]) -> TractResult<InferenceModel> {
    let proto = ModelProto {
        opset_import: proto.opset_import.clone(),
        graph: Some(graph),
        ..ModelProto::default()
    };
    let mut model = READER.model_for_proto_model(&proto)?;
    for (index, &shape) in shapes.iter().enumerate() {
        model.set_input_fact(index, f32::fact(shape).into())?;
    }
    Ok(model)
}

/// The model as fast as tract can make it. Where it has no products and handles few numbers, as behind
/// the parts in int8, to look for faster forms would take longer than to read it.
fn optimised(model: TypedModel) -> TractResult<TypedModel> {
    let is_little = |node: &TypedNode| {
        let sizes = (node.outputs.iter()).map(|output| output.fact.shape.volume().to_usize());
        let mut are_few = sizes.map(|size| size.is_ok_and(|size| size <= FEW_NUMBERS));
        let kind = node.op.name();
        !matches!(&*kind, "Conv" | "EinSum") && are_few.all(|few| few)
    };
    if model.nodes.iter().all(is_little) {
        Ok(model)
    } else {
        model.into_optimized()
    }
}

/// How many numbers the convolutions and products of a model multiply and add up, as far as they tell.
fn multiply_adds(model: &TypedModel) -> u64 {
    let products = model.nodes.iter().filter(|node| {
        let kind = node.op.name();
        matches!(&*kind, "Conv" | "EinSum" | "Product")
    });
    let costs = products.filter_map(|node| {
        let inputs = model.node_input_facts(node.id).ok()?;
        node.op.cost(&inputs).ok()
    });
    let counts = costs.flatten().filter_map(|(cost, count)| match cost {
        Cost::FMA(_) => count.to_usize().ok(),
        _ => None,
    });
    counts.map(|count| count as u64).sum()
}

/// No tensor may take more memory than a classifier of pictures needs: a small file can describe huge
/// ones.
fn check_sizes(model: &TypedModel) -> TractResult<()> {
    for node in &model.nodes {
        let shapes = (node.outputs.iter()).filter_map(|output| output.fact.shape.as_concrete());
        for sides in shapes {
            let numbers = (sides.iter()).try_fold(1_usize, |all, &side| all.checked_mul(side));
            if numbers.is_none_or(|numbers| numbers > MAX_NUMBERS) {
                bail!(
                    "{}: {sides:?} numbers; at most {MAX_NUMBERS} are computed",
                    node.name
                );
            }
        }
    }
    Ok(())
}

/// The same network without what tract need not read: dequantised weights are plain f32 ones, as
/// making them takes tract several times as long as reading the rest of the network, and the input
/// has no shape, as the caller knows it.
fn simplified(graph: &GraphProto) -> GraphProto {
    let weights = graph::weights(graph);
    let mut initializer = Vec::new();
    let mut node = Vec::new();
    for operator in &graph.node {
        match dequantised(operator, &weights) {
            Some(weight) => initializer.push(weight),
            None => node.push(with_own_name(operator)),
        }
    }
    let outputs = graph.output.iter().map(|output| &output.name);
    let wanted: HashSet<&String> = node
        .iter()
        .flat_map(|node| &node.input)
        .chain(outputs)
        .collect();
    let others = graph.initializer.iter();
    initializer.extend(others.filter(|it| wanted.contains(&it.name)).cloned());
    let inputs = graph.input.iter();
    let input = inputs.filter(|it| !weights.contains_key(it.name.as_str()));
    GraphProto {
        input: input.map(|it| untyped(&it.name)).collect(),
        output: graph.output.clone(),
        initializer,
        node,
        ..GraphProto::default()
    }
}

/// The result of dequantising a weight, as a weight.
fn dequantised(node: &NodeProto, weights: &HashMap<&str, &TensorProto>) -> Option<TensorProto> {
    if node.op_type != "DequantizeLinear" {
        return None;
    }
    let weight = weights.get(node.input.first()?.as_str())?;
    let parameters = Parameters::of(node, weights).ok()?;
    Some(TensorProto {
        name: node.output.first()?.clone(),
        dims: weight.dims.clone(),
        data_type: DataType::Float as i32,
        float_data: parameters.dequantise(weight)?,
        ..TensorProto::default()
    })
}

/// The operator under a name that no other one has, which tract insists on: that of its outputs.
fn with_own_name(node: &NodeProto) -> NodeProto {
    NodeProto {
        name: format!("{} {}", node.op_type, node.output.join(" ")),
        ..node.clone()
    }
}

/// An f32 input of any shape.
fn untyped(name: &str) -> ValueInfoProto {
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: None,
    };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}

/// The input of the classifier.
fn features(graph: &GraphProto) -> Option<&str> {
    let weights = graph::weights(graph);
    let mut inputs = classifier(graph)?.input.iter().map(String::as_str);
    inputs.next().filter(|name| !weights.contains_key(name))
}

/// The classifier: the product with weights from which the logits come, directly or through a bias and
/// quantisation.
pub(crate) fn classifier(graph: &GraphProto) -> Option<&NodeProto> {
    let weights = graph::weights(graph);
    let mut tensor = LOGITS;
    loop {
        let makes = |node: &&NodeProto| node.output.iter().any(|output| output == tensor);
        let node = graph.node.iter().find(makes)?;
        let mut inputs = node.input.iter().map(String::as_str);
        match node.op_type.as_str() {
            "Gemm" | "MatMul" | product::TYPE => return Some(node),
            "Add" | "QuantizeLinear" | "DequantizeLinear" => {
                tensor = inputs.find(|name| !weights.contains_key(name))?;
            }
            _ => return None,
        }
    }
}
