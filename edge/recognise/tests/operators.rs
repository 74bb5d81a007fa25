//! Each operator that the kiosk reads gives what tract's own reader of ONNX makes of it.

use std::io::Cursor;

use recognise::{Bundle, Engine};
use serde_json::json;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};
use tract_onnx::prelude::*;

mod common;

use common::Draft;
use common::onnx::{
    float, floats, int, integers, integers64, ints, model, node, port, string, tensor,
};

/// Pixels of the picture's side: the least that a bundle may have.
const SIDE: usize = 32;
const PICTURE: usize = 3 * SIDE * SIDE;

/// A few operators between the picture and the tensor `it`.
struct Case {
    nodes: Vec<NodeProto>,
    weights: Vec<TensorProto>,
}

fn case(kind: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> Case {
    let mut node = node(kind, inputs, "it");
    node.attribute = attributes;
    Case {
        nodes: vec![node],
        weights: vec![],
    }
}

impl Case {
    fn with(mut self, weight: TensorProto) -> Self {
        self.weights.push(weight);
        self
    }

    /// Has an operator before it, that makes the tensor `before` of the picture.
    fn behind(mut self, kind: &str) -> Self {
        self.nodes.insert(0, node(kind, &["image"], "before"));
        self
    }

    /// A bundle with as many breeds as `it` has numbers.
    fn bundle(&self, numbers: usize) -> Vec<u8> {
        let mut draft = Draft::default();
        let breed = |index| json!({"id": format!("breed_{index}"), "species": "dog"});
        *draft.prop("kiosk.breeds") = (0..numbers).map(breed).collect();
        let mut nodes = self.nodes.clone();
        nodes.push(node("Flatten", &["it"], "logits"));
        let side = SIDE as i64;
        let graph = GraphProto {
            name: "operator".to_owned(),
            node: nodes,
            initializer: self.weights.clone(),
            input: vec![port("image", &[3, side, side])],
            output: vec![port("logits", &[numbers as i64])],
            ..GraphProto::default()
        };
        model(&draft, graph)
    }
}

/// Numbers between -2 and 2, none of them 0, that follow no pattern.
fn numbers(count: usize) -> Vec<f32> {
    let number = |index: usize| ((index * 37 + 11) % 101) as f32 / 25.0 - 2.01;
    (0..count).map(number).collect()
}

/// A weight of such numbers.
fn weight(name: &str, dims: &[i64]) -> TensorProto {
    floats(name, dims, &numbers(dims.iter().product::<i64>() as usize))
}

/// What tract's reader makes of the graph.
fn by_tract(onnx: &[u8]) -> TractResult<Vec<f32>> {
    let plan = tract_onnx::onnx()
        .with_ignore_value_info(true)
        .model_for_read(&mut Cursor::new(onnx))?
        .with_input_fact(0, f32::fact([1, 3, SIDE, SIDE]).into())?
        .into_optimized()?
        .into_runnable()?;
    let picture = Tensor::from_shape(&[1, 3, SIDE, SIDE], &numbers(PICTURE))?;
    let outputs = plan.run(tvec!(picture.into_tvalue()))?;
    Ok(outputs[0].try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
}

fn by_kiosk(onnx: &[u8]) -> Result<Vec<f32>, Box<dyn std::error::Error>> {
    let bundle = Bundle::from_bytes(onnx, "operator")?;
    Ok(Engine::reference(&bundle)?.run(&numbers(PICTURE))?.logits)
}

fn check(what: &str, case: &Case) {
    let expected = by_tract(&case.bundle(1)).unwrap_or_else(|error| panic!("{what}: {error:#}"));
    let given = by_kiosk(&case.bundle(expected.len()));
    let given = given.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(given.len(), expected.len(), "{what}");
    for (given, expected) in given.iter().zip(&expected) {
        let gap = (given - expected).abs();
        assert!(gap < 1e-4, "{what}: {given}, not {expected}");
    }
}

#[test]
fn what_is_done_to_each_number() {
    for (kind, attributes) in [
        ("Relu", vec![]),
        ("LeakyRelu", vec![float("alpha", 0.2)]),
        ("LeakyRelu", vec![]),
        ("Elu", vec![float("alpha", 0.7)]),
        ("Elu", vec![]),
        ("HardSigmoid", vec![float("alpha", 0.3), float("beta", 0.4)]),
        ("HardSigmoid", vec![]),
        ("HardSwish", vec![]),
        ("Sigmoid", vec![]),
        ("Tanh", vec![]),
        ("Identity", vec![]),
        ("Dropout", vec![]),
        ("Softmax", vec![int("axis", 1)]),
        ("Softmax", vec![]),
    ] {
        check(kind, &case(kind, &["image"], attributes));
    }
    let bounds = [
        &["image", "low", "high"][..],
        &["image", "low"],
        &["image", "", "high"],
        &["image"],
    ];
    for inputs in bounds {
        let clip = case("Clip", inputs, vec![]);
        let clip = clip
            .with(floats("low", &[], &[-0.5]))
            .with(floats("high", &[], &[0.75]));
        check(&format!("Clip {inputs:?}"), &clip);
    }
}

#[test]
fn what_is_done_to_two_tensors() {
    for kind in ["Add", "Sub", "Mul", "Div", "Max"] {
        for dims in [&[1, 3, 32, 32][..], &[3, 1, 1], &[32], &[], &[1]] {
            let what = format!("{kind} {dims:?}");
            for inputs in [["image", "other"], ["other", "image"]] {
                check(
                    &what,
                    &case(kind, &inputs, vec![]).with(weight("other", dims)),
                );
            }
        }
        check(kind, &case(kind, &["image", "image"], vec![]));
    }
}

#[test]
fn convolutions() {
    let convolution = |attributes, dims: &[i64]| {
        case("Conv", &["image", "weight"], attributes).with(weight("weight", dims))
    };
    check("Conv", &convolution(vec![], &[4, 3, 3, 3]));
    let pixel = vec![ints("kernel_shape", &[1, 1])];
    check("Conv of one pixel", &convolution(pixel, &[4, 3, 1, 1]));
    let set = vec![
        ints("strides", &[2, 1]),
        ints("pads", &[1, 0, 2, 1]),
        ints("dilations", &[1, 2]),
    ];
    let set = convolution(set, &[4, 3, 3, 3]);
    check("Conv with everything set", &set);
    let groups = convolution(vec![int("group", 3)], &[6, 1, 3, 3]);
    check("Conv in groups", &groups);
    for pad in ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"] {
        let set = vec![string("auto_pad", pad), ints("strides", &[2, 2])];
        check(pad, &convolution(set, &[4, 3, 3, 3]));
    }
    let biased = case("Conv", &["image", "weight", "bias"], vec![])
        .with(weight("weight", &[4, 3, 3, 3]))
        .with(weight("bias", &[4]));
    check("Conv with a bias", &biased);
}

#[test]
fn pooling() {
    let window = |kind: &str, more: Vec<AttributeProto>| {
        let attributes = [vec![ints("kernel_shape", &[3, 2])], more].concat();
        case(kind, &["image"], attributes)
    };
    for kind in ["MaxPool", "AveragePool"] {
        check(kind, &window(kind, vec![]));
        for up in [0, 1] {
            let set = vec![
                ints("strides", &[2, 2]),
                ints("pads", &[1, 0, 1, 1]),
                int("ceil_mode", up),
            ];
            check(&format!("{kind}, rounded up: {up}"), &window(kind, set));
        }
        check(kind, &window(kind, vec![string("auto_pad", "SAME_UPPER")]));
    }
    let counted = vec![ints("pads", &[1, 1, 1, 1]), int("count_include_pad", 1)];
    let counted = window("AveragePool", counted);
    check("AveragePool with its padding", &counted);
    for kind in ["GlobalAveragePool", "GlobalMaxPool"] {
        check(kind, &case(kind, &["image"], vec![]));
    }
    for kind in ["ReduceMean", "ReduceMax", "ReduceL2"] {
        let sides = vec![ints("axes", &[2, 3])];
        check(kind, &case(kind, &["image"], sides));
        let last = vec![ints("axes", &[-1]), int("keepdims", 0)];
        check(kind, &case(kind, &["image"], last));
    }
}

#[test]
fn products_of_matrices() {
    let count = PICTURE as i64;
    for kind in ["MatMul", "Gemm"] {
        let product = case(kind, &["before", "weight"], vec![]).behind("Flatten");
        check(kind, &product.with(weight("weight", &[count, 5])));
    }
    for dims in [&[5][..], &[1, 5], &[1], &[]] {
        let set = vec![float("alpha", 0.5), float("beta", 2.0), int("transB", 1)];
        let product = case("Gemm", &["before", "weight", "term"], set)
            .behind("Flatten")
            .with(weight("weight", &[5, count]))
            .with(weight("term", dims));
        check(&format!("Gemm plus {dims:?}"), &product);
    }
    let inputs = ["image", "scale", "bias", "mean", "variance"];
    let norm = case("BatchNormalization", &inputs, vec![float("epsilon", 0.01)])
        .with(weight("scale", &[3]))
        .with(weight("bias", &[3]))
        .with(weight("mean", &[3]))
        .with(floats("variance", &[3], &[0.5, 1.5, 2.5]));
    check("BatchNormalization", &norm);
}

#[test]
fn tensors_of_another_shape() {
    let list = |name: &str, axes: &[i64]| integers64(name, &[axes.len() as i64], axes);
    check(
        "Flatten",
        &case("Flatten", &["image"], vec![int("axis", 2)]),
    );
    let reshape = case("Reshape", &["image", "to"], vec![]);
    check("Reshape", &reshape.with(list("to", &[0, -1, 4])));
    let channels_last = vec![ints("perm", &[0, 2, 3, 1])];
    check("Transpose", &case("Transpose", &["image"], channels_last));
    let channels = vec![int("axis", 1)];
    check("Concat", &case("Concat", &["image", "image"], channels));
    let squeeze = case("Squeeze", &["before", "axes"], vec![]).with(list("axes", &[2, 3]));
    check("Squeeze", &squeeze.behind("GlobalAveragePool"));
    let unsqueeze = case("Unsqueeze", &["image", "axes"], vec![]);
    check("Unsqueeze", &unsqueeze.with(list("axes", &[2])));
    let mut constant = node("Constant", &[], "value");
    constant.attribute = vec![tensor("value", weight("", &[3, 1, 1]))];
    let mut sum = case("Add", &["image", "value"], vec![]);
    sum.nodes.insert(0, constant);
    check("Constant", &sum);
}

#[test]
fn quantised_tensors() {
    for (element, zero) in [(DataType::Uint8, 128), (DataType::Int8, -3)] {
        let mut back = case("DequantizeLinear", &["before", "scale", "zero"], vec![]);
        let there = node("QuantizeLinear", &["image", "scale", "zero"], "before");
        back.nodes.insert(0, there);
        let back = back
            .with(floats("scale", &[], &[1.0 / 64.0]))
            .with(integers("zero", &[], element, &[zero]));
        check(&format!("{element:?} and back"), &back);
    }
    let mut there = node("QuantizeLinear", &["image", "scales", "zeros"], "before");
    let mut back = case("DequantizeLinear", &["before", "scales", "zeros"], vec![]);
    for node in [&mut there, &mut back.nodes[0]] {
        node.attribute = vec![int("axis", 1)];
    }
    back.nodes.insert(0, there);
    let back = back
        .with(floats("scales", &[3], &[0.01, 0.02, 0.03]))
        .with(integers("zeros", &[3], DataType::Uint8, &[128, 100, 90]));
    check("a scale a channel and back", &back);
    let mut weight = node("DequantizeLinear", &["bytes", "scales", "zeros"], "weight");
    weight.attribute = vec![int("axis", 0)];
    let mut product = case("Conv", &["image", "weight"], vec![]);
    product.nodes.insert(0, weight);
    let bytes: Vec<i32> = (0..108).map(|index| index * 7 % 255 - 127).collect();
    let product = product
        .with(integers("bytes", &[4, 3, 3, 3], DataType::Int8, &bytes))
        .with(floats("scales", &[4], &[0.01, 0.02, 0.03, 0.04]))
        .with(integers("zeros", &[4], DataType::Int8, &[0; 4]));
    check("weights with a scale a channel", &product);
}

#[test]
fn an_operator_that_the_kiosk_does_not_know_is_refused_by_its_name() {
    let onnx = case("LSTM", &["image"], vec![]).bundle(PICTURE);
    let error = by_kiosk(&onnx).expect_err("it hears nothing").to_string();
    assert!(error.contains("LSTM it"), "{error}");
}
