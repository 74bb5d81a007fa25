//! Checks a network's ONNX graph before an engine that trusts it sees it.

use std::ops::RangeInclusive;

use foldhash::{HashMap, HashSet};
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dim;
use tract_onnx::pb::type_proto::{Tensor, Value};
use tract_onnx::pb::{GraphProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto};

use crate::error::Fault;
use crate::exporter::Exporter;

/// The input of the part that names breeds.
pub(crate) const IMAGE: &str = "image";
/// The first output of that part.
pub(crate) const LOGITS: &str = "logits";
/// Optional outputs of that part, in this order.
const SIMILARITY: &str = "similarity";
const EMBEDDING: &str = "embedding";
/// The input of the part that finds animals.
pub(crate) const FRAME: &str = "frame";
/// The output of that part.
pub(crate) const ANIMALS: &str = "animals";
/// What bundles of former versions call that output.
const FORMER_SIMILARITY: &str = "likeness";

/// Pixels of the detector's input for each position of its output.
pub const STRIDE: usize = 32;

/// Channels of the detector's output: four cells of six numbers each.
pub const CHANNELS: usize = CELLS * NUMBERS;

/// Cells of a position, two by two: a cell is half as wide and high as a position (Shi et al.,
/// "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional
/// Neural Network", CVPR 2016).
pub(crate) const CELLS: usize = 4;

/// Numbers of a cell: the logits of a cat and a dog, and four distances.
pub(crate) const NUMBERS: usize = 6;

/// How many numbers an embedding may have.
const EMBEDDING_LENGTHS: RangeInclusive<i64> = 16..=1024;

/// The oldest ONNX operator set that a bundle may use.
const LEAST_OPSET: i64 = 17;

/// Operators whose results lie between fixed bounds, or are logarithms of probabilities: what comes
/// out of them is no logit.
const BOUNDED: [&str; 7] = [
    "HardSigmoid",
    "Hardmax",
    "LogSoftmax",
    "Sigmoid",
    "Softmax",
    "Softsign",
    "Tanh",
];

/// Operators that change nothing but order, shape and precision of numbers, or cut off extremes.
const PASSING: [&str; 11] = [
    "Clip",
    "Concat",
    "DequantizeLinear",
    "Dropout",
    "Flatten",
    "Identity",
    "QuantizeLinear",
    "Reshape",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
];

/// Gives the tensors of a bundle that an earlier version exported their present names, so that
/// bundles in use can still be loaded: the output `similarity` and what it is made from began with
/// `likeness`.
pub(crate) fn rename_former_similarity(graph: &mut GraphProto) {
    if graph.output.iter().all(|it| it.name != FORMER_SIMILARITY) {
        return;
    }
    let nodes = graph.node.iter_mut();
    let tensors = nodes.flat_map(|it| it.input.iter_mut().chain(&mut it.output));
    let weights = graph.initializer.iter_mut().map(|it| &mut it.name);
    let outputs = graph.output.iter_mut().map(|it| &mut it.name);
    for name in tensors.chain(weights).chain(outputs) {
        if let Some(rest) = name.strip_prefix(FORMER_SIMILARITY) {
            *name = format!("{SIMILARITY}{rest}");
        }
    }
}

/// The version of ONNX's operator set, which must not be too old.
pub(crate) fn check_opset(
    imports: &[OperatorSetIdProto],
    exporter: Exporter,
) -> Result<i64, Fault> {
    let onnx = imports.iter().find(|set| is_onnx(&set.domain));
    let (found, least) = (onnx.map_or(0, |set| set.version), LEAST_OPSET);
    if found < least {
        return Err(Fault::Opset {
            found,
            least,
            hint: exporter.in_new_opset(),
        });
    }
    Ok(found)
}

/// No number may have 16 bits, and all data must be in the file itself.
pub(crate) fn check_storage(graph: &GraphProto, exporter: Exporter) -> Result<(), Fault> {
    let ports = graph.input.iter().chain(&graph.output);
    for port in ports {
        let element = tensor_type(port).map_or(0, |tensor| tensor.elem_type);
        check_precision(element, &port.name, exporter)?;
    }
    let attributes = graph.node.iter().flat_map(|node| {
        let tensors = node.attribute.iter().flat_map(|it| it.t.iter());
        tensors.map(move |tensor| (tensor, label(node)))
    });
    let weights = graph.initializer.iter();
    let weights = weights.map(|weight| (weight, weight.name.clone()));
    for (tensor, name) in weights.chain(attributes) {
        if tensor.data_location == Some(DataLocation::External as i32) {
            return Err(Fault::ExternalData {
                tensor: name,
                hint: exporter.in_one_file(),
            });
        }
        check_precision(tensor.data_type, &name, exporter)?;
    }
    Ok(())
}

fn check_precision(element: i32, tensor: &str, exporter: Exporter) -> Result<(), Fault> {
    match DataType::try_from(element) {
        Ok(half @ (DataType::Float16 | DataType::Bfloat16)) => Err(Fault::HalfPrecision {
            tensor: tensor.to_owned(),
            precision: half.as_str_name(),
            hint: exporter.in_f32(),
        }),
        _ => Ok(()),
    }
}

/// What the network reads. A graph may list its weights among its inputs: those have a value already.
pub(crate) fn inputs(graph: &GraphProto) -> Vec<&ValueInfoProto> {
    let weights = weights(graph);
    let inputs = graph.input.iter();
    inputs
        .filter(|input| !weights.contains_key(input.name.as_str()))
        .collect()
}

/// The only input of its part must be `name`, f32 `[N, 3, size, size]`: `image`, or `frame` of the
/// part that finds animals.
pub(crate) fn check_input(
    graph: &GraphProto,
    name: &'static str,
    size: usize,
) -> Result<(), Fault> {
    let mut inputs = inputs(graph);
    inputs.retain(|input| (input.name == FRAME) == (name == FRAME));
    if !is_port(&inputs, name, &[3, size, size]) {
        return Err(Fault::Input {
            name,
            expected: format!("f32 [N, 3, {size}, {size}]"),
            found: describe_all(&inputs),
        });
    }
    Ok(())
}

/// The first output must be `logits`, f32 `[N, breeds]`; only `similarity`, of the same shape, and
/// `embedding` may follow. The output of the part that finds animals is not looked at.
pub(crate) fn check_outputs(graph: &GraphProto, breeds: usize) -> Result<(), Fault> {
    let mut outputs: Vec<&ValueInfoProto> = graph.output.iter().collect();
    outputs.retain(|output| output.name != ANIMALS);
    let names: Vec<&str> = outputs.iter().map(|it| it.name.as_str()).collect();
    let in_order = matches!(
        names[..],
        [LOGITS] | [LOGITS, SIMILARITY] | [LOGITS, EMBEDDING] | [LOGITS, SIMILARITY, EMBEDDING]
    );
    let fits = |port: &&ValueInfoProto| match port.name.as_str() {
        EMBEDDING => length_of(port).is_some(),
        name => is_port(&[*port], name, &[breeds]),
    };
    if !in_order || !outputs.iter().all(fits) {
        return Err(Fault::Output {
            expected: format!("f32 [N, {breeds}] for {breeds} breeds"),
            found: describe_all(&outputs),
        });
    }
    Ok(())
}

/// The output of the part that finds animals must be `animals`, f32 `[N, channels, side, side]`.
pub(crate) fn check_animals(graph: &GraphProto, [channels, side]: [usize; 2]) -> Result<(), Fault> {
    let mut outputs: Vec<&ValueInfoProto> = graph.output.iter().collect();
    outputs.retain(|output| output.name == ANIMALS);
    if !is_port(&outputs, ANIMALS, &[channels, side, side]) {
        return Err(Fault::Animals {
            expected: format!("f32 [N, {channels}, {side}, {side}]"),
            found: describe_all(&outputs),
        });
    }
    Ok(())
}

/// Whether the network has an output of prototype similarities.
pub(crate) fn has_similarity(graph: &GraphProto) -> bool {
    graph.output.iter().any(|output| output.name == SIMILARITY)
}

/// How many numbers the network's embedding has; `None` if it has no such output.
pub(crate) fn embedding_length(graph: &GraphProto) -> Option<usize> {
    graph.output.iter().find_map(length_of)
}

/// The length of the output `embedding`, f32 `[N, length]`; `None` for any other port.
fn length_of(port: &ValueInfoProto) -> Option<usize> {
    let &[_, Some(Dim::DimValue(length))] = &dims(tensor_type(port)?)[..] else {
        return None;
    };
    let allowed = EMBEDDING_LENGTHS.contains(length);
    let length = usize::try_from(*length).ok()?;
    (allowed && is_port(&[port], EMBEDDING, &[length])).then_some(length)
}

/// The logits, of breeds and of animals, must be real ones. If probabilities were taken for them, every
/// answer would be unsure.
pub(crate) fn check_logits(graph: &GraphProto, exporter: Exporter) -> Result<(), Fault> {
    // A network that was made elsewhere may call its logits anything: they are its first output.
    let mut outputs = graph.output.iter().map(|output| output.name.as_str());
    let logits = outputs.find(|&name| name != ANIMALS).unwrap_or(LOGITS);
    let mut behind = HashSet::from_iter([logits, ANIMALS]);
    // Operators come after those whose results they read.
    for node in graph.node.iter().rev() {
        let kind = node.op_type.as_str();
        if !node.output.iter().any(|it| behind.contains(it.as_str())) {
            continue;
        }
        if BOUNDED.contains(&kind) {
            return Err(Fault::NotLogits {
                operator: kind.to_owned(),
                hint: exporter.without_probabilities(),
            });
        }
        if PASSING.contains(&kind) {
            behind.extend(node.input.iter().map(String::as_str));
        }
    }
    Ok(())
}

/// Every weight must have as much data as its shape says.
pub(crate) fn check_weights(graph: &GraphProto) -> Result<(), Fault> {
    let mut weights = graph.initializer.iter();
    weights.try_for_each(|weight| check_tensor(weight, &weight.name))
}

/// Every tensor that an operator reads must be a weight, the input, or the output of an earlier
/// operator; and no two may have one name.
pub(crate) fn check_wiring(graph: &GraphProto) -> Result<(), Fault> {
    let missing = |tensor: &str, wanted_by: &str| Fault::MissingTensor {
        tensor: tensor.to_owned(),
        wanted_by: wanted_by.to_owned(),
    };
    let twice = |tensor: &str| Fault::BadTensor {
        tensor: tensor.to_owned(),
        reason: "two tensors have this name".to_owned(),
    };
    let mut known = HashSet::default();
    for weight in &graph.initializer {
        if !known.insert(weight.name.as_str()) {
            return Err(twice(&weight.name));
        }
    }
    // A graph may list its weights among its inputs.
    known.extend(graph.input.iter().map(|input| input.name.as_str()));
    for node in &graph.node {
        // An optional input or output that is left out has an empty name.
        let mut wanted = node.input.iter().filter(|name| !name.is_empty());
        if let Some(tensor) = wanted.find(|name| !known.contains(name.as_str())) {
            return Err(missing(tensor, &label(node)));
        }
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            if !known.insert(output) {
                return Err(twice(output));
            }
        }
    }
    let mut outputs = graph.output.iter().map(|output| output.name.as_str());
    match outputs.find(|output| !known.contains(output)) {
        Some(output) => Err(missing(output, "the network's output")),
        None => Ok(()),
    }
}

/// A graph's weights by name.
pub(crate) fn weights(graph: &GraphProto) -> HashMap<&str, &TensorProto> {
    let weights = graph.initializer.iter();
    weights
        .map(|weight| (weight.name.as_str(), weight))
        .collect()
}

/// What messages call an operator.
pub(crate) fn label(node: &NodeProto) -> String {
    format!("{} {}", node.op_type, node.name).trim().to_owned()
}

/// Whether a domain is that of ONNX's own operators.
pub(crate) fn is_onnx(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
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

/// A tensor called `name` must have as much data as its shape says.
pub(crate) fn check_tensor(tensor: &TensorProto, name: &str) -> Result<(), Fault> {
    let bad = |reason: String| Fault::BadTensor {
        tensor: name.to_owned(),
        reason,
    };
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
    if found != wanted {
        return Err(bad(format!(
            "its shape {dims:?} needs {wanted} bytes, but {found} are there"
        )));
    }
    Ok(())
}

/// Bytes of an element of the given ONNX type in `raw_data`; `None` for types that no supported
/// network has.
fn element_bytes(data_type: i32) -> Option<usize> {
    match DataType::try_from(data_type).ok()? {
        DataType::Bool | DataType::Int8 | DataType::Uint8 => Some(1),
        DataType::Int16 | DataType::Uint16 => Some(2),
        DataType::Float | DataType::Int32 | DataType::Uint32 => Some(4),
        DataType::Double | DataType::Int64 | DataType::Uint64 => Some(8),
        _ => None,
    }
}

/// Elements of a tensor whose data is not in `raw_data`, but in one of the typed fields.
fn typed_elements(tensor: &TensorProto) -> usize {
    tensor.float_data.len()
        + tensor.int32_data.len()
        + tensor.int64_data.len()
        + tensor.double_data.len()
        + tensor.uint64_data.len()
}
