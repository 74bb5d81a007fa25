//! Checks the operators of a graph and their attributes: nothing may be there that the engine
//! ignores.

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto};

use crate::error::Fault;
use crate::graph::{check_tensor, is_onnx, label};

/// What image classifiers are made of, in alphabetical order, and the attributes that ONNX gives
/// each of them.
///
/// The engine could run more operators; a short list keeps unusual ones, and what they might do
/// with memory, out of the kiosk. The engine ignores attributes that it does not know, such as
/// those that a later version of ONNX adds, and then gives another result than the file asks for.
#[rustfmt::skip]
const OPERATORS: [(&str, &[&str]); 36] = [
    ("Add", &[]),
    ("AveragePool", &["auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"]),
    ("BatchNormalization", &["epsilon", "momentum", "training_mode"]),
    ("Clip", &[]),
    ("Concat", &["axis"]),
    ("Constant", &["value", "value_float", "value_floats", "value_int", "value_ints"]),
    ("Conv", &["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"]),
    ("DequantizeLinear", &["axis", "block_size", "output_dtype"]),
    ("Div", &[]),
    ("Dropout", &["seed"]),
    ("Elu", &["alpha"]),
    ("Flatten", &["axis"]),
    ("Gemm", &["alpha", "beta", "transA", "transB"]),
    ("GlobalAveragePool", &[]),
    ("GlobalMaxPool", &[]),
    ("HardSigmoid", &["alpha", "beta"]),
    ("HardSwish", &[]),
    ("Identity", &[]),
    ("LeakyRelu", &["alpha"]),
    ("MatMul", &[]),
    ("Max", &[]),
    ("MaxPool", &["auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"]),
    ("Mul", &[]),
    ("QuantizeLinear", &["axis", "block_size", "output_dtype", "precision", "saturate"]),
    ("ReduceL2", &["axes", "keepdims", "noop_with_empty_axes"]),
    ("ReduceMax", &["axes", "keepdims", "noop_with_empty_axes"]),
    ("ReduceMean", &["axes", "keepdims", "noop_with_empty_axes"]),
    ("Relu", &[]),
    ("Reshape", &["allowzero"]),
    ("Sigmoid", &[]),
    ("Softmax", &["axis"]),
    ("Squeeze", &[]),
    ("Sub", &[]),
    ("Tanh", &[]),
    ("Transpose", &["perm"]),
    ("Unsqueeze", &[]),
];

/// Forms of quantised networks that are not read. What ONNX Runtime's quantiser calls them.
const QOPERATOR: &str = "the QOperator form";
const DYNAMIC: &str = "a dynamically quantised network";

/// The first operator set in which the axes of a reduction are an input.
const AXES_AS_INPUT: i64 = 18;

/// The longest side of a window, of its steps and of its gaps, in pixels: no picture is larger.
const MAX_WINDOW: i64 = 1024;
/// The widest border around a picture, in pixels; classifiers need half of their largest window.
const MAX_BORDER: i64 = 64;

/// Every operator must be one of ONNX's own that image classifiers are made of.
pub(crate) fn check(graph: &GraphProto) -> Result<(), Fault> {
    let supported = |node: &&NodeProto| is_onnx(&node.domain) && attributes_of(node).is_some();
    let Some(node) = graph.node.iter().find(|node| !supported(node)) else {
        return Ok(());
    };
    let (kind, node) = (&*node.op_type, label(node));
    Err(match other_form(kind) {
        Some(form) => Fault::NotQdq { node, form },
        None => Fault::UnsupportedOperator { node },
    })
}

/// The form of quantised networks that an operator belongs to, if it is not QDQ.
fn other_form(kind: &str) -> Option<&'static str> {
    match kind {
        _ if kind == "QGemm" || kind.starts_with("QLinear") => Some(QOPERATOR),
        "ConvInteger"
        | "DynamicQuantizeLinear"
        | "DynamicQuantizeMatMul"
        | "MatMulInteger"
        | "MatMulIntegerToFloat" => Some(DYNAMIC),
        _ => None,
    }
}

/// Attributes must be those that ONNX gives the operator, and have possible values; none may contain
/// a graph.
pub(crate) fn check_attributes(graph: &GraphProto, opset: i64) -> Result<(), Fault> {
    for node in &graph.node {
        for attribute in &node.attribute {
            let name = || format!("{}.{}", label(node), attribute.name);
            if attribute.g.is_some() || !attribute.graphs.is_empty() {
                return Err(Fault::Subgraph { node: label(node) });
            }
            for tensor in attribute.t.iter().chain(&attribute.tensors) {
                check_tensor(tensor, &name())?;
            }
            if let Some(rule) = broken_rule(node, attribute, opset) {
                return Err(Fault::BadAttribute { name: name(), rule });
            }
        }
    }
    Ok(())
}

/// The attributes that an operator may have; `None` for operators that are not supported.
fn attributes_of(node: &NodeProto) -> Option<&'static [&'static str]> {
    let mut operators = OPERATORS.iter();
    let found = operators.find(|(kind, _)| *kind == node.op_type)?;
    Some(found.1)
}

/// The rule that an attribute breaks, as far as the engine does not check it itself.
fn broken_rule(node: &NodeProto, attribute: &AttributeProto, opset: i64) -> Option<&'static str> {
    let name = &*attribute.name;
    let values = &attribute.ints;
    // What is convolved and pooled has height and width.
    let window = matches!(&*node.op_type, "Conv" | "AveragePool" | "MaxPool");
    match name {
        "strides" | "dilations" | "kernel_shape" if values.iter().any(|&value| value < 1) => {
            Some("be at least 1")
        }
        "strides" | "dilations" | "kernel_shape" if values.iter().any(|&it| it > MAX_WINDOW) => {
            Some("be at most 1024")
        }
        "group" if attribute.i < 1 => Some("be at least 1"),
        "strides" | "dilations" | "kernel_shape" if window && values.len() != 2 => {
            Some("have 2 values")
        }
        "pads" if window && values.len() != 4 => Some("have 4 values"),
        "pads" if values.iter().any(|&value| value < 0) => Some("be at least 0"),
        "pads" if values.iter().any(|&value| value > MAX_BORDER) => Some("be at most 64"),
        "pads" if pads_by_rule(node) => Some("be left out: auto_pad stands beside it"),
        "training_mode" if attribute.i != 0 => Some("be 0"),
        "axes" if opset >= AXES_AS_INPUT => Some("be an input from opset 18 on"),
        _ if !attributes_of(node)?.contains(&name) => {
            Some("be left out: ONNX gives this operator none of that name")
        }
        _ => None,
    }
}

/// Whether `auto_pad` says how an operator pads.
fn pads_by_rule(node: &NodeProto) -> bool {
    let mut attributes = node.attribute.iter();
    attributes.any(|it| it.name == "auto_pad" && it.s != b"NOTSET")
}
