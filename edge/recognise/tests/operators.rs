//! Every supported operator runs; any other one is refused by its name.

use std::io::Cursor;

use prost::Message;
use recognise::{Bundle, Engine};
use serde_json::json;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::type_proto::Value;
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};
use tract_onnx::prelude::*;

use crate::common::{Draft, SIZE};
use crate::onnx::{
    float, floats, graph_attribute, int, integers, integers64, ints, model, node, port, string,
    tensor,
};

const SIDE: usize = SIZE as usize;
const PICTURE: usize = 3 * SIDE * SIDE;
const OPSET: u64 = 17;

/// Operators between the picture and the tensor `result`, and the weights that they read.
struct Part {
    nodes: Vec<NodeProto>,
    weights: Vec<TensorProto>,
}

/// The single operator `kind` that reads `inputs`.
fn part(kind: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> Part {
    Part {
        nodes: vec![operator(kind, inputs, "result", attributes)],
        weights: vec![],
    }
}

fn operator(
    kind: &str,
    inputs: &[&str],
    output: &str,
    attributes: Vec<AttributeProto>,
) -> NodeProto {
    let mut node = node(kind, inputs, output);
    node.attribute = attributes;
    node
}

impl Part {
    fn with(mut self, weight: TensorProto) -> Self {
        self.weights.push(weight);
        self
    }

    /// Puts an operator before it.
    fn behind(mut self, node: NodeProto) -> Self {
        self.nodes.insert(0, node);
        self
    }

    /// A bundle with as many breeds as the result has numbers.
    fn bundle(&self, opset: u64, count: usize) -> Vec<u8> {
        let mut draft = Draft {
            opset,
            ..Draft::default()
        };
        let breed = |index| json!({"id": format!("breed_{index}"), "species": "dog"});
        *draft.prop("kiosk.breeds") = (0..count).map(breed).collect();
        let mut nodes = self.nodes.clone();
        nodes.push(node("Flatten", &["result"], "logits"));
        let graph = GraphProto {
            node: nodes,
            initializer: self.weights.clone(),
            input: vec![port("image", &[3, SIZE, SIZE])],
            output: vec![port("logits", &[count as i64])],
            ..GraphProto::default()
        };
        model(&draft, graph)
    }

    /// What the kiosk makes of the picture. An error if the bundle is refused.
    fn run(&self, count: usize) -> Result<Vec<f32>, String> {
        self.run_in(OPSET, count)
    }

    /// The same in another version of ONNX's operator set.
    fn run_in(&self, opset: u64, count: usize) -> Result<Vec<f32>, String> {
        let run = || {
            let bundle = Bundle::from_bytes(&self.bundle(opset, count), "operator")?;
            Engine::load(&bundle)
        };
        let engine = run().map_err(|error| error.to_string())?;
        Ok(engine.run(&picture()).unwrap().logits)
    }
}

/// Numbers between -2 and 2, none of them 0, without a pattern.
fn numbers(count: usize) -> Vec<f32> {
    let number = |index: usize| ((index * 37 + 11) % 101) as f32 / 25.0 - 2.01;
    (0..count).map(number).collect()
}

fn picture() -> Vec<f32> {
    numbers(PICTURE)
}

/// A weight of such numbers.
fn weight(name: &str, dims: &[i64]) -> TensorProto {
    floats(name, dims, &numbers(dims.iter().product::<i64>() as usize))
}

fn list(name: &str, values: &[i64]) -> TensorProto {
    integers64(name, &[values.len() as i64], values)
}

/// Expects the part to run, with `count` numbers as its result.
fn runs(part: &Part, count: usize) -> Vec<f32> {
    let name = &part.nodes[0].op_type;
    let result = part.run(count);
    let result = result.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(result.iter().all(|value| value.is_finite()), "{name}");
    result
}

#[test]
fn operators_on_single_numbers_run() {
    for kind in [
        "Dropout",
        "Elu",
        "HardSwish",
        "Identity",
        "LeakyRelu",
        "Relu",
    ] {
        runs(&part(kind, &["image"], vec![]), PICTURE);
    }
    for kind in ["HardSigmoid", "Sigmoid", "Softmax", "Tanh"] {
        let gated = part("Mul", &["image", "gate"], vec![]);
        runs(&gated.behind(node(kind, &["image"], "gate")), PICTURE);
    }
    let clip = part("Clip", &["image", "low", "high"], vec![])
        .with(floats("low", &[], &[-0.5]))
        .with(floats("high", &[], &[0.75]));
    let clamped: Vec<f32> = picture().iter().map(|it| it.clamp(-0.5, 0.75)).collect();
    assert_eq!(runs(&clip, PICTURE), clamped);
    for kind in ["Add", "Div", "Max", "Mul", "Sub"] {
        let pair = part(kind, &["image", "other"], vec![]);
        runs(&pair.with(weight("other", &[3, 1, 1])), PICTURE);
    }
}

#[test]
fn convolutions_pools_and_products_run() {
    let convolution = part("Conv", &["image", "weight", "bias"], vec![])
        .with(weight("weight", &[4, 3, 3, 3]))
        .with(weight("bias", &[4]));
    runs(&convolution, 4 * 30 * 30);
    let window = [ints("kernel_shape", &[3, 2]), ints("strides", &[2, 2])];
    for kind in ["AveragePool", "MaxPool"] {
        runs(&part(kind, &["image"], window.to_vec()), 3 * 15 * 16);
    }
    for kind in ["GlobalAveragePool", "GlobalMaxPool"] {
        runs(&part(kind, &["image"], vec![]), 3);
    }
    for kind in ["ReduceL2", "ReduceMax", "ReduceMean"] {
        runs(&part(kind, &["image"], vec![ints("axes", &[2, 3])]), 3);
    }
    let flat = || node("Flatten", &["image"], "flat");
    for kind in ["Gemm", "MatMul"] {
        let product = part(kind, &["flat", "weight"], vec![]).behind(flat());
        runs(&product.with(weight("weight", &[PICTURE as i64, 5])), 5);
    }
    let inputs = ["image", "scale", "bias", "mean", "variance"];
    let norm = part("BatchNormalization", &inputs, vec![float("epsilon", 0.01)])
        .with(weight("scale", &[3]))
        .with(weight("bias", &[3]))
        .with(weight("mean", &[3]))
        .with(floats("variance", &[3], &[0.5, 1.5, 2.5]));
    runs(&norm, PICTURE);
}

#[test]
fn operators_on_shapes_run() {
    let flatten = part("Flatten", &["image"], vec![int("axis", 2)]);
    assert_eq!(runs(&flatten, PICTURE), picture());
    let reshape = part("Reshape", &["image", "to"], vec![]).with(list("to", &[0, -1, 4]));
    assert_eq!(runs(&reshape, PICTURE), picture());
    let channels_last = vec![ints("perm", &[0, 2, 3, 1])];
    runs(&part("Transpose", &["image"], channels_last), PICTURE);
    let twice = part("Concat", &["image", "image"], vec![int("axis", 1)]);
    assert_eq!(runs(&twice, 2 * PICTURE), [picture(), picture()].concat());
    let squeeze = part("Squeeze", &["pooled", "axes"], vec![])
        .with(list("axes", &[2, 3]))
        .behind(node("GlobalAveragePool", &["image"], "pooled"));
    runs(&squeeze, 3);
    let unsqueeze = part("Unsqueeze", &["image", "axes"], vec![]).with(list("axes", &[2]));
    assert_eq!(runs(&unsqueeze, PICTURE), picture());
    let value = vec![tensor("value", floats("", &[1], &[1.5]))];
    let constant = operator("Constant", &[], "value", value);
    let sum = part("Add", &["image", "value"], vec![]).behind(constant);
    let expected: Vec<f32> = picture().iter().map(|it| it + 1.5).collect();
    assert_eq!(runs(&sum, PICTURE), expected);
}

#[test]
fn activations_are_quantised_and_dequantised() {
    for (element, zero) in [(DataType::Uint8, 128), (DataType::Int8, -3)] {
        let quantise = node("QuantizeLinear", &["image", "scale", "zero"], "bytes");
        let there_and_back = part("DequantizeLinear", &["bytes", "scale", "zero"], vec![])
            .behind(quantise)
            .with(floats("scale", &[], &[1.0 / 32.0]))
            .with(integers("zero", &[], element, &[zero]));
        let result = runs(&there_and_back, PICTURE);
        for (found, expected) in result.iter().zip(picture()) {
            assert!((found - expected).abs() <= 0.5 / 32.0, "{found} {expected}");
        }
    }
}

/// The result of tract's reader of ONNX, with nothing of ours before it.
fn by_tract(part: &Part, count: usize) -> Vec<f32> {
    let plan = tract_onnx::onnx()
        .model_for_read(&mut Cursor::new(part.bundle(OPSET, count)))
        .and_then(|model| model.with_input_fact(0, f32::fact([1, 3, SIDE, SIDE]).into()))
        .and_then(|model| model.into_optimized()?.into_runnable())
        .unwrap();
    let picture = Tensor::from_shape(&[1, 3, SIDE, SIDE], &picture()).unwrap();
    let outputs = plan.run(tvec!(picture.into_tvalue())).unwrap();
    let logits = outputs[0].try_as_plain_ram().unwrap();
    logits.as_slice::<f32>().unwrap().to_vec()
}

#[test]
fn dequantised_weights_are_the_numbers_that_tract_makes_of_them() {
    let values: Vec<i32> = (0..108).map(|index| index * 7 % 255 - 127).collect();
    let bytes: Vec<i32> = values.iter().map(|value| value + 127).collect();
    let scales = [0.01, 0.02, 0.03, 0.04];
    // Scales, zero points and their axis.
    let cases = [
        (&scales[..1], &[0][..], 0),
        (&scales[..1], &[5], 1),
        (&scales, &[0; 4], 0),
        (&scales, &[1, -2, 3, -4], 0),
        (&scales[..3], &[1, -2, 3], 1),
        (&scales[..3], &[1, -2, 3], -3),
        (&scales[..3], &[0; 3], 3),
    ];
    for (scales, zeros, axis) in cases {
        for element in [DataType::Int8, DataType::Uint8, DataType::Int32] {
            let unsigned = element == DataType::Uint8;
            let dims = if scales.len() == 1 {
                vec![]
            } else {
                vec![scales.len() as i64]
            };
            let values = if unsigned { &bytes } else { &values };
            let zeros: Vec<i32> = zeros
                .iter()
                .map(|&zero| if unsigned { zero + 127 } else { zero })
                .collect();
            let dequantise = operator(
                "DequantizeLinear",
                &["integers", "scales", "zeros"],
                "weight",
                vec![int("axis", axis)],
            );
            let convolution = part("Conv", &["image", "weight"], vec![])
                .behind(dequantise)
                .with(integers("integers", &[4, 3, 3, 3], element, values))
                .with(floats("scales", &dims, scales))
                .with(integers("zeros", &dims, element, &zeros));
            let count = 4 * 30 * 30;
            let what = format!("{element:?}, {scales:?}, {zeros:?}, axis {axis}");
            assert_eq!(
                runs(&convolution, count),
                by_tract(&convolution, count),
                "{what}"
            );
        }
    }
}

#[test]
fn a_network_that_ends_in_probabilities_is_refused() {
    let refused = |part: &Part, operator: &str| {
        let message = part.run(PICTURE).expect_err(operator);
        let expected = format!(
            "model operator: its logits come out of a {operator}; export the network without it: "
        );
        assert!(message.starts_with(&expected), "{message}");
    };
    for kind in [
        "HardSigmoid",
        "Hardmax",
        "LogSoftmax",
        "Sigmoid",
        "Softmax",
        "Softsign",
        "Tanh",
    ] {
        refused(&part(kind, &["image"], vec![]), kind);
    }
    let softmax = || node("Softmax", &["image"], "probabilities");
    for passing in ["Dropout", "Flatten", "Identity", "Transpose"] {
        let behind = part(passing, &["probabilities"], vec![]).behind(softmax());
        refused(&behind, "Softmax");
    }
    let reshape = part("Reshape", &["probabilities", "to"], vec![]).behind(softmax());
    refused(&reshape.with(list("to", &[0, -1])), "Softmax");
    let clip = part("Clip", &["probabilities", "least"], vec![]).behind(softmax());
    refused(&clip.with(floats("least", &[], &[1e-6])), "Softmax");
    let twice = part("Concat", &["image", "probabilities"], vec![int("axis", 1)]);
    refused(&twice.behind(softmax()), "Softmax");
    let quantised = part("DequantizeLinear", &["bytes", "scale"], vec![])
        .behind(node("QuantizeLinear", &["probabilities", "scale"], "bytes"))
        .behind(softmax())
        .with(floats("scale", &[], &[1.0 / 255.0]));
    refused(&quantised, "Softmax");
}

#[test]
fn attributes_that_the_engine_would_ignore_are_refused_by_their_name() {
    let refused = |part: &Part, attribute: &str, rule: &str| {
        let message = part.run(PICTURE).expect_err(attribute);
        let expected = format!("model operator: attribute `{attribute}` must {rule}");
        assert_eq!(message, expected);
    };
    let unknown = "be left out: ONNX gives this operator none of that name";
    let clip = part("Clip", &["image"], vec![float("max", 1.0)]);
    refused(&clip, "Clip result.max", unknown);
    let squeeze = part("Squeeze", &["image"], vec![ints("axes", &[0])]);
    refused(&squeeze, "Squeeze result.axes", unknown);
    let relu = part("Relu", &["image"], vec![int("output_dtype", 3)]);
    refused(&relu, "Relu result.output_dtype", unknown);

    let inputs = ["image", "scale", "bias", "mean", "variance"];
    let training = part("BatchNormalization", &inputs, vec![int("training_mode", 1)]);
    let training = inputs[1..].iter().fold(training, |part, name| {
        part.with(floats(name, &[3], &[1.0; 3]))
    });
    refused(&training, "BatchNormalization result.training_mode", "be 0");

    let padded = |rule| {
        let attributes = vec![
            ints("kernel_shape", &[3, 3]),
            ints("pads", &[1; 4]),
            string("auto_pad", rule),
        ];
        part("MaxPool", &["image"], attributes)
    };
    let beside = "be left out: auto_pad stands beside it";
    refused(&padded("SAME_UPPER"), "MaxPool result.pads", beside);
    refused(&padded("VALID"), "MaxPool result.pads", beside);
    runs(&padded("NOTSET"), PICTURE);
}

#[test]
fn the_axes_of_a_reduction_are_an_attribute_or_an_input_as_the_opset_says() {
    let run = |part: &Part, opset: u64| part.run_in(opset, 3);
    let attribute = part("ReduceMean", &["image"], vec![ints("axes", &[2, 3])]);
    let input = part("ReduceMean", &["image", "axes"], vec![]).with(list("axes", &[2, 3]));
    let means = run(&attribute, 17).unwrap();
    assert_eq!(run(&input, 18).unwrap(), means);
    assert!(run(&input, 17).is_err());
    let message = run(&attribute, 18).unwrap_err();
    let expected = "attribute `ReduceMean result.axes` must be an input from opset 18 on";
    assert_eq!(message, format!("model operator: {expected}"));
}

#[test]
fn quantised_networks_of_another_form_are_refused_with_the_line_that_makes_qdq() {
    for (kind, domain, form) in [
        ("QLinearConv", "", "the QOperator form"),
        ("QLinearMatMul", "", "the QOperator form"),
        ("QLinearAdd", "com.microsoft", "the QOperator form"),
        ("QGemm", "com.microsoft", "the QOperator form"),
        ("ConvInteger", "", "a dynamically quantised network"),
        (
            "DynamicQuantizeLinear",
            "",
            "a dynamically quantised network",
        ),
    ] {
        let mut quantised = part(kind, &["image"], vec![]);
        quantised.nodes[0].domain = domain.to_owned();
        let message = quantised.run(PICTURE).expect_err(kind);
        let expected = format!(
            "model operator: operator `{kind} result` is of {form}; export in QDQ form: \
             `quantize_static("
        );
        assert!(message.starts_with(&expected), "{message}");
        assert!(message.contains("quant_format=QuantFormat.QDQ"));
        let foreign = without_metadata(&quantised.bundle(OPSET, PICTURE));
        assert_eq!(refusal(&foreign), message);
    }
}

/// The model in `bytes` as other programs write it.
fn without_metadata(bytes: &[u8]) -> Vec<u8> {
    let mut model = ModelProto::decode(bytes).unwrap();
    model.metadata_props.clear();
    model.encode_to_vec()
}

/// Why a bundle is refused.
fn refusal(bytes: &[u8]) -> String {
    let refused = Bundle::from_bytes(bytes, "operator");
    refused.unwrap_err().to_string()
}

#[test]
fn a_refusal_has_the_line_to_type_in_the_exporter_that_made_the_model() {
    let half = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().unwrap();
        graph.initializer[0].data_type = DataType::Float16 as i32;
    };
    let half_input = |model: &mut ModelProto| {
        let input = &mut model.graph.as_mut().unwrap().input[0];
        let kind = input.r#type.as_mut().unwrap();
        let Value::TensorType(tensor) = kind.value.as_mut().unwrap();
        tensor.elem_type = DataType::Float16 as i32;
    };
    let external = |model: &mut ModelProto| {
        let weight = &mut model.graph.as_mut().unwrap().initializer[0];
        weight.raw_data = Vec::new();
        weight.data_location = Some(DataLocation::External as i32);
    };
    let old = |model: &mut ModelProto| model.opset_import[0].version = 13;
    let softmax = |model: &mut ModelProto| {
        let nodes = &mut model.graph.as_mut().unwrap().node;
        nodes[0].op_type = "Softmax".to_owned();
        nodes[0].input.truncate(1);
    };
    let softmax_by_another_name = |model: &mut ModelProto| {
        softmax(model);
        let graph = model.graph.as_mut().unwrap();
        graph.node[1].output[0] = "output".to_owned();
        graph.output[0].name = "output".to_owned();
    };
    type Case<'a> = (&'a dyn Fn(&mut ModelProto), &'a str, [&'a str; 3]);
    let cases: [Case<'_>; 6] = [
        (
            &half,
            "tensor `other` is FLOAT16",
            [
                "model.float()",
                "mixed_precision",
                "take the model from before",
            ],
        ),
        (
            &half_input,
            "tensor `image` is FLOAT16",
            [
                "model.float()",
                "mixed_precision",
                "take the model from before",
            ],
        ),
        (
            &external,
            "tensor `other` has its data in another file",
            ["external_data=False", "onnx.save(", "onnx.save("],
        ),
        (
            &old,
            "opset 13, but 17 or later is needed",
            ["opset_version=18", "--opset 17", "convert_version("],
        ),
        (
            &softmax,
            "its logits come out of a Softmax",
            ["torch.nn.Identity()", "activation = None", "extract_model("],
        ),
        (
            &softmax_by_another_name,
            "its logits come out of a Softmax",
            ["torch.nn.Identity()", "activation = None", "extract_model("],
        ),
    ];
    // Whoever types this line is not refused for another option next.
    let in_pytorch = [
        "`torch.onnx.export(model.float().eval(), (image.float(),), \"breeds.onnx\", ",
        "input_names=[\"image\"], output_names=[\"logits\"], ",
        "opset_version=18, external_data=False)`",
    ];
    let sum = part("Add", &["image", "other"], vec![]).with(weight("other", &[3, 1, 1]));
    let bytes = sum.bundle(OPSET, PICTURE);
    for (change, fault, lines) in cases {
        for (producer, line) in ["pytorch", "tf2onnx", "onnx.quantize"].iter().zip(lines) {
            let mut model = ModelProto::decode(&*bytes).unwrap();
            model.producer_name = (*producer).to_owned();
            change(&mut model);
            let bundle = model.encode_to_vec();
            let message = refusal(&bundle);
            let expected = format!("model operator: {fault}");
            assert!(message.starts_with(&expected), "{message}");
            assert!(message.contains(line), "{producer}: {message}");
            let whole = message.ends_with(&in_pytorch.concat());
            assert_eq!(whole, *producer == "pytorch", "{producer}: {message}");
            // Metadata would be lost by another export: whether they are there is no matter yet.
            let foreign = without_metadata(&bundle);
            assert_eq!(refusal(&foreign), message);
        }
    }
}

#[test]
fn other_operators_are_refused_by_their_name() {
    let refused = |part: &Part, operator: &str| {
        let message = part.run(PICTURE).expect_err(operator);
        let expected = format!(
            "model operator: operator `{operator} result` is not supported; \
             export an image classifier that does without it"
        );
        assert_eq!(message, expected);
    };
    for kind in ["LSTM", "Loop", "Resize", "RandomUniformLike", "relu"] {
        refused(&part(kind, &["image"], vec![]), kind);
    }
    let mut foreign = part("Relu", &["image"], vec![]);
    foreign.nodes[0].domain = "com.example".to_owned();
    refused(&foreign, "Relu");
    let branches = part("If", &["image"], vec![graph_attribute("then_branch")]);
    refused(&branches, "If");
    let branches = part("Relu", &["image"], vec![graph_attribute("then_branch")]);
    let message = branches.run(PICTURE).expect_err("a graph within a graph");
    assert!(
        message.contains("`Relu result` contains a graph of its own"),
        "{message}"
    );
}
