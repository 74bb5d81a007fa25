//! Checks on a bundle's network, before an engine that trusts it sees it, and its way into tract.

use std::collections::HashSet;

use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dim;
use tract_onnx::pb::type_proto::{Tensor, Value};
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto,
};
use tract_onnx::prelude::{TractResult, TypedModel};
use tract_onnx::tract_core::internal::TractErrorContext;

use super::bundle::Fault;
use super::operators;

/// What a network must give.
const LOGITS: &str = "logits";
/// What it may give beside that.
const LIKENESS: &str = "similarity";

/// The oldest ONNX operator set that a bundle may be written for.
pub(super) const MIN_OPSET: i64 = 17;

pub(super) fn check_opset(imports: &[OperatorSetIdProto]) -> Result<(), Fault> {
    let onnx = imports
        .iter()
        .find(|set| matches!(set.domain.as_str(), "" | "ai.onnx"));
    let found = onnx.map_or(0, |set| set.version);
    match found >= MIN_OPSET {
        true => Ok(()),
        false => Err(Fault::Opset { found }),
    }
}

/// The one input must be `image`, f32 `[N, 3, size, size]`.
pub(super) fn check_input(graph: &GraphProto, size: usize) -> Result<(), Fault> {
    // A graph may list its weights among its inputs: those have a value already.
    let weights: HashSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
    let inputs: Vec<&ValueInfoProto> = graph
        .input
        .iter()
        .filter(|input| !weights.contains(input.name.as_str()))
        .collect();
    match is_port(&inputs, "image", &[3, size, size]) {
        true => Ok(()),
        false => Err(Fault::Input {
            expected: format!("f32 [N, 3, {size}, {size}]"),
            found: describe_all(&inputs),
        }),
    }
}

/// The first output must be `logits`, f32 `[N, breeds]`; the one other that there may be is
/// `similarity`, of the same shape.
pub(super) fn check_outputs(graph: &GraphProto, breeds: usize) -> Result<(), Fault> {
    let names = [LOGITS, LIKENESS];
    let outputs: Vec<&ValueInfoProto> = graph.output.iter().collect();
    let known = outputs.len() <= names.len();
    let mut ports = outputs.chunks(1).zip(names);
    match known && !outputs.is_empty() && ports.all(|(port, name)| is_port(port, name, &[breeds])) {
        true => Ok(()),
        false => Err(Fault::Output {
            expected: format!("f32 [N, {breeds}] for {breeds} breeds"),
            found: describe_all(&outputs),
        }),
    }
}

/// Whether the network says how much a picture is like those that it knows.
pub(super) fn has_similarity(graph: &GraphProto) -> bool {
    graph.output.iter().any(|output| output.name == LIKENESS)
}

/// Every weight must have as much data as its shape says.
pub(super) fn check_weights(graph: &GraphProto) -> Result<(), Fault> {
    let mut weights = graph.initializer.iter();
    weights.try_for_each(|weight| check_tensor(weight, &weight.name))
}

/// What operators are set to must be possible; none may hold a graph of its own.
pub(super) fn check_attributes(graph: &GraphProto) -> Result<(), Fault> {
    for node in &graph.node {
        for attribute in &node.attribute {
            let name = || format!("{}.{}", label(node), attribute.name);
            if attribute.g.is_some() || !attribute.graphs.is_empty() {
                return Err(Fault::Subgraph { node: label(node) });
            }
            for tensor in attribute.t.iter().chain(&attribute.tensors) {
                check_tensor(tensor, &name())?;
            }
            let impossible = match attribute.name.as_str() {
                "strides" | "dilations" | "kernel_shape" => attribute.ints.iter().any(|&i| i < 1),
                "group" => attribute.i < 1,
                _ => false,
            };
            if impossible {
                return Err(Fault::BadAttribute { name: name() });
            }
        }
    }
    Ok(())
}

/// Every tensor that an operator needs must be a weight, the input, or an earlier one's output.
pub(super) fn check_wiring(graph: &GraphProto) -> Result<(), Fault> {
    let missing = |tensor: &str, wanted_by: &str| Fault::MissingTensor {
        tensor: tensor.to_owned(),
        wanted_by: wanted_by.to_owned(),
    };
    let inputs = graph.input.iter().map(|input| input.name.as_str());
    let weights = graph.initializer.iter().map(|t| t.name.as_str());
    let mut known: HashSet<&str> = inputs.chain(weights).collect();
    for node in &graph.node {
        // An optional input that is left out has an empty name.
        let mut wanted = node.input.iter().filter(|name| !name.is_empty());
        if let Some(tensor) = wanted.find(|name| !known.contains(name.as_str())) {
            return Err(missing(tensor, &label(node)));
        }
        known.extend(node.output.iter().map(String::as_str));
    }
    match graph
        .output
        .iter()
        .find(|it| !known.contains(it.name.as_str()))
    {
        Some(output) => Err(missing(&output.name, "the network's output")),
        None => Ok(()),
    }
}

/// The network as tract's model, for an input of the given shape: behind its own outputs comes,
/// where it has a classifier, what that reads.
///
/// # Errors
/// Where tract cannot run it.
pub(super) fn parse(proto: &ModelProto, shape: &[usize]) -> TractResult<TypedModel> {
    let graph = proto.graph.as_ref().context("there is no graph")?;
    let outputs = graph.output.iter().map(|output| output.name.as_str());
    let wanted: Vec<&str> = outputs.chain(features(graph)).collect();
    operators::read(graph, shape, &wanted)
}

/// The tensor that the classifier reads: a product with weights that ends in the logits, but for
/// a bias and quantisation behind it.
fn features(graph: &GraphProto) -> Option<&str> {
    let weights: HashSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
    let mut tensor = LOGITS;
    loop {
        let made = |node: &&NodeProto| node.output.iter().any(|output| output == tensor);
        let node = graph.node.iter().find(made)?;
        let mut inputs = node.input.iter().map(String::as_str);
        match node.op_type.as_str() {
            "Gemm" | "MatMul" => return inputs.next().filter(|name| !weights.contains(name)),
            "Add" | "QuantizeLinear" | "DequantizeLinear" => {
                tensor = inputs.find(|name| !weights.contains(name))?;
            }
            _ => return None,
        }
    }
}

/// What messages call an operator.
pub(super) fn label(node: &NodeProto) -> String {
    format!("{} {}", node.op_type, node.name).trim().to_owned()
}

fn is_port(ports: &[&ValueInfoProto], name: &str, sizes: &[usize]) -> bool {
    let [port] = ports else { return false };
    let Some(tensor) = tensor_type(port) else {
        return false;
    };
    let dims = dims(tensor);
    let fits = |(dim, size): (&Option<&Dim>, &usize)| match dim {
        Some(Dim::DimValue(value)) => usize::try_from(*value) == Ok(*size),
        _ => false,
    };
    port.name == name
        && tensor.elem_type == DataType::Float as i32
        && dims.len() == 1 + sizes.len()
        && dims.iter().skip(1).zip(sizes).all(fits)
}

fn describe_all(ports: &[&ValueInfoProto]) -> String {
    match ports {
        [] => "absent".to_owned(),
        _ => ports
            .iter()
            .map(|port| describe(port))
            .collect::<Vec<_>>()
            .join(" and "),
    }
}

fn describe(port: &ValueInfoProto) -> String {
    let Some(tensor) = tensor_type(port) else {
        return format!("`{}` of unknown type", port.name);
    };
    let element = match DataType::try_from(tensor.elem_type) {
        Ok(DataType::Float) => "f32",
        Ok(other) => other.as_str_name(),
        Err(_) => "unknown type",
    };
    let dims: Vec<String> = dims(tensor)
        .into_iter()
        .map(|dim| match dim {
            Some(Dim::DimValue(value)) => value.to_string(),
            Some(Dim::DimParam(name)) => name.clone(),
            None => "?".to_owned(),
        })
        .collect();
    format!("`{}`, {element} [{}]", port.name, dims.join(", "))
}

fn tensor_type(port: &ValueInfoProto) -> Option<&Tensor> {
    let Value::TensorType(tensor) = port.r#type.as_ref()?.value.as_ref()?;
    Some(tensor)
}

fn dims(tensor: &Tensor) -> Vec<Option<&Dim>> {
    let shape = tensor.shape.iter();
    shape
        .flat_map(|shape| shape.dim.iter().map(|dim| dim.value.as_ref()))
        .collect()
}

fn check_tensor(tensor: &TensorProto, name: &str) -> Result<(), Fault> {
    let bad = |reason: String| Fault::BadTensor {
        tensor: name.to_owned(),
        reason,
    };
    if tensor.data_location == Some(DataLocation::External as i32) {
        return Err(bad(
            "its data is in another file; export it into one".to_owned()
        ));
    }
    let width = element_bytes(tensor.data_type)
        .ok_or_else(|| bad(format!("its element type {} is not read", tensor.data_type)))?;
    let dims = &tensor.dims;
    let wanted = dims
        .iter()
        .try_fold(1, |product: usize, &dim| {
            product.checked_mul(usize::try_from(dim).ok()?)
        })
        .and_then(|elements| elements.checked_mul(width))
        .ok_or_else(|| bad(format!("its shape {dims:?} is impossible")))?;
    let found = match tensor.raw_data.len() {
        0 => typed_elements(tensor) * width,
        bytes => bytes,
    };
    match found == wanted {
        true => Ok(()),
        false => Err(bad(format!(
            "its shape {dims:?} needs {wanted} bytes, but {found} are there"
        ))),
    }
}

/// Bytes an element of the given ONNX type has in `raw_data`; `None` for types no network of ours
/// has.
fn element_bytes(data_type: i32) -> Option<usize> {
    match DataType::try_from(data_type).ok()? {
        DataType::Bool | DataType::Int8 | DataType::Uint8 => Some(1),
        DataType::Float16 | DataType::Int16 | DataType::Uint16 => Some(2),
        DataType::Float | DataType::Int32 | DataType::Uint32 => Some(4),
        DataType::Double | DataType::Int64 | DataType::Uint64 => Some(8),
        _ => None,
    }
}

/// Elements of a tensor whose data is not in `raw_data`: they stand in one of the typed fields.
fn typed_elements(tensor: &TensorProto) -> usize {
    tensor.float_data.len()
        + tensor.int32_data.len()
        + tensor.int64_data.len()
        + tensor.double_data.len()
        + tensor.uint64_data.len()
}
