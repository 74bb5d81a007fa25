//! Bundles with an unsound quantisation are refused; the message names the tensor and the reason.

use recognise::Bundle;
use tract_onnx::pb::tensor_proto::DataType;

use crate::onnx::int;
use crate::qdq::{Form, Quantised};

/// Expects the network after `change` to be refused while it is read, because of `tensor`.
fn refused(change: impl FnOnce(&mut Quantised), tensor: &str, reason: &str) {
    let mut network = Quantised::new(Form::default());
    change(&mut network);
    let message = match Bundle::from_bytes(&network.bytes(), "damaged.onnx") {
        Ok(_) => panic!("accepted despite {tensor}: {reason}"),
        Err(error) => error.to_string(),
    };
    let expected = format!("model damaged.onnx: tensor `{tensor}`: {reason}");
    assert_eq!(message, expected);
}

#[test]
fn scales_must_be_sound() {
    let unsound = "scales must be f32, finite and above 0";
    for scale in [0.0, -0.0, -0.1, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for name in [
            "image_scale",
            "stem_weight_scale",
            "right_bias_scale",
            "sum_scale",
        ] {
            refused(
                |network| {
                    let raw = &mut network.weight(name).raw_data;
                    raw[..4].copy_from_slice(&scale.to_le_bytes());
                },
                name,
                unsound,
            );
        }
    }
    refused(
        |network| {
            let scale = network.weight("stem_scale");
            scale.data_type = DataType::Double as i32;
            scale.raw_data = 0.1f64.to_le_bytes().to_vec();
        },
        "stem_scale",
        unsound,
    );
    refused(
        |network| {
            let scale = network.weight("stem_scale");
            (scale.dims, scale.raw_data) = (vec![0], vec![]);
        },
        "stem_scale",
        unsound,
    );
    refused(
        |network| network.node("stem_quantised").input.truncate(1),
        "stem_quantised",
        "quantised without a scale",
    );
    refused(
        |network| network.node("stem_quantised").input[1] = "image_real".to_owned(),
        "image_real",
        "a scale or zero point that is no weight of the file",
    );
    refused(
        |network| {
            network.node("stem_weight_real").input.truncate(2);
            network.resize("stem_weight_scale", 0, 15);
        },
        "stem_weight",
        "15 scales do not fit its shape [16, 3, 3, 3]",
    );
    refused(
        |network| network.node("stem_weight_real").attribute.clear(),
        "stem_weight",
        "16 scales do not fit its shape [16, 3, 3, 3]",
    );
    for axis in [-5, 4, i64::MIN, i64::MAX] {
        refused(
            |network| network.set("stem_weight_real", int("axis", axis)),
            "stem_weight",
            "16 scales do not fit its shape [16, 3, 3, 3]",
        );
    }
    refused(
        |network| network.set("stem_weight_real", int("block_size", 3)),
        "stem_weight_real",
        "quantised in blocks; export it with a scale for each channel",
    );
}

#[test]
fn zero_points_must_be_sound() {
    for (name, value) in [
        ("stem_zero", 300),
        ("stem_zero", -1),
        ("narrow_weight_zero", 128),
    ] {
        refused(
            |network| {
                let zero = network.weight(name);
                let count = std::mem::take(&mut zero.raw_data).len();
                zero.int32_data = vec![value; count];
            },
            name,
            "a zero point out of its type's range",
        );
    }
    refused(
        |network| {
            let zero = network.weight("stem_zero");
            (zero.dims, zero.raw_data) = (vec![2], vec![0; 2]);
        },
        "stem_zero",
        "2 zero points for 1 scales",
    );
    refused(
        |network| {
            let zeros = network.weight("stem_weight_zero");
            (zeros.dims, zeros.raw_data) = (vec![], vec![0]);
        },
        "stem_weight_zero",
        "1 zero points for 16 scales",
    );
    refused(
        |network| {
            let zero = network.weight("stem_zero");
            zero.data_type = DataType::Int64 as i32;
            zero.raw_data = vec![0; 8];
        },
        "stem_quantised",
        "quantised to INT64; only UINT8 and INT8 are supported",
    );
    refused(
        |network| {
            let zeros = network.weight("stem_weight_zero");
            zeros.data_type = DataType::Int64 as i32;
            zeros.raw_data = vec![0; 8 * 16];
        },
        "stem_weight_zero",
        "zero points must be 8-bit, or 32-bit for biases",
    );
    refused(
        |network| network.weight("stem_weight_zero").data_type = DataType::Uint8 as i32,
        "stem_weight",
        "its type is not that of its zero point",
    );
}

#[test]
fn types_and_precisions_that_are_named_must_be_supported_and_fit_the_zero_points() {
    let int8 = DataType::Int8 as i64;
    refused(
        |network| network.set("stem_quantised", int("output_dtype", int8)),
        "stem_quantised",
        "quantised to INT8, but its zero point is UINT8",
    );
    for (element, name) in [
        (DataType::Int16 as i64, "INT16"),
        (DataType::Int32 as i64, "INT32"),
        (DataType::Int4 as i64, "INT4"),
        (DataType::Float8e4m3fn as i64, "FLOAT8E4M3FN"),
        (99, "type 99"),
        (-1, "type -1"),
    ] {
        refused(
            |network| {
                network.node("stem_quantised").input.truncate(2);
                network.set("stem_quantised", int("output_dtype", element));
            },
            "stem_quantised",
            &format!("quantised to {name}; only UINT8 and INT8 are supported"),
        );
    }
    refused(
        |network| {
            network.node("stem_quantised").input.truncate(2);
            network.set("stem_quantised", int("output_dtype", int8));
        },
        "stem_quantised",
        "quantised and dequantised with zero points of different types",
    );
    let half = DataType::Float16 as i64;
    refused(
        |network| network.set("stem_quantised", int("precision", half)),
        "stem_quantised",
        "its precision is FLOAT16; only FLOAT is supported",
    );
    refused(
        |network| network.set("stem_real", int("output_dtype", half)),
        "stem_real",
        "its output_dtype is FLOAT16; only FLOAT is supported",
    );
    refused(
        |network| {
            let weight = network.weight("stem_weight");
            weight.data_type = DataType::Int16 as i32;
            let bytes = 2 * weight.raw_data.len();
            weight.raw_data = vec![1; bytes];
            network.node("stem_weight_real").input.truncate(2);
        },
        "stem_weight",
        "is INT16; only UINT8, INT8 and, for biases, INT32 are dequantised",
    );
}

#[test]
fn quantised_tensors_must_be_dequantised_and_the_other_way_round() {
    let lonely = "quantised without a DequantizeLinear behind it";
    refused(
        |network| {
            network.graph.node.retain(|node| node.name != "sum_real");
            network.node("pooled").input[0] = "sum_quantised".to_owned();
        },
        "sum_quantised",
        lonely,
    );
    refused(
        |network| {
            network.insert(
                "logits",
                "QuantizeLinear",
                &["features", "sum_scale"],
                "unwanted",
            );
            network.node("logits").input[0] = "features".to_owned();
        },
        "unwanted",
        lonely,
    );
    refused(
        |network| {
            let node = network.node("stem_quantised");
            node.op_type = "Identity".to_owned();
            node.input.truncate(1);
        },
        "stem_quantised",
        "dequantised, though no QuantizeLinear makes it",
    );
    refused(
        |network| {
            let mut signed = network.weight("stem_zero").clone();
            signed.name = "signed".to_owned();
            signed.data_type = DataType::Int8 as i32;
            network.graph.initializer.push(signed);
            network.node("stem_real").input[2] = "signed".to_owned();
        },
        "stem_quantised",
        "quantised and dequantised with zero points of different types",
    );
}
