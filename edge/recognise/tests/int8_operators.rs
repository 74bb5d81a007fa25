//! Each operator with an int8 form gives the results of real numbers; one without cuts the network
//! there.

use recognise::{Bundle, Engine};

use crate::int8::{CLASSIFIER, agrees, answers, bundle, distance, with};
use crate::onnx::{self, float, int, integers64, ints};
use crate::qdq::{Form, Quantised};

/// Changes a network before the layer `widen`, which reads `narrow_real`: 16 channels of 16 x 16
/// pixels, from -4 to 4.
type Change = fn(&mut Quantised);

/// Expects both forms of activations to run in int8 as a whole, with the results of real numbers.
fn runs_wholly(what: &str, change: Change) {
    runs_wholly_in(Form::default().opset, what, change);
}

/// The same in another version of ONNX's operator set.
fn runs_wholly_in(opset: u64, what: &str, change: Change) {
    for signed in [false, true] {
        let form = Form {
            signed,
            opset,
            ..Form::default()
        };
        let network = with(form, change);
        let what = format!("{what}, signed: {signed}");
        agrees(&what, &network, 3.0);
        let engine = Engine::load(&bundle(&network)).unwrap();
        let coverage = engine.coverage();
        // All but the classifier.
        let left_out = coverage.left_out.as_deref();
        assert_eq!(left_out, Some(CLASSIFIER), "{what}");
        assert_eq!(coverage.precision(), "int8", "{what}");
        assert_eq!(coverage.multiply_adds - coverage.in_int8, 24 * 3, "{what}");
    }
}

/// Puts a function of single numbers, with its attributes, before `widen`.
fn function(network: &mut Quantised, kind: &str, attributes: &[(&str, f32)], range: (f32, i32)) {
    network.insert_quantised("widen", kind, &["narrow_real"], "active", range);
    for &(name, value) in attributes {
        network.set("active", float(name, value));
    }
}

/// Scale and zero point of numbers from -4 to 4.
const LINEAR: (f32, i32) = (8.0 / 255.0, 128);

#[test]
fn functions_of_single_numbers_run_by_table() {
    runs_wholly("Relu", |it| function(it, "Relu", &[], LINEAR));
    runs_wholly("HardSwish", |it| function(it, "HardSwish", &[], LINEAR));
    runs_wholly("Sigmoid", |it| {
        function(it, "Sigmoid", &[], (1.0 / 255.0, 0));
    });
    runs_wholly("Tanh", |it| function(it, "Tanh", &[], (2.0 / 255.0, 128)));
    runs_wholly("HardSigmoid as it is by default", |it| {
        function(it, "HardSigmoid", &[], (1.0 / 255.0, 0));
    });
    runs_wholly("HardSigmoid as PyTorch writes it", |it| {
        let slope = [("alpha", 1.0 / 6.0), ("beta", 0.5)];
        function(it, "HardSigmoid", &slope, (1.0 / 255.0, 0));
    });
    runs_wholly("LeakyRelu", |it| {
        function(it, "LeakyRelu", &[("alpha", 0.2)], LINEAR);
    });
    runs_wholly("Elu", |it| function(it, "Elu", &[("alpha", 0.7)], LINEAR));
    runs_wholly("Clip", |it| {
        let inputs = ["narrow_real", "least", "most"];
        it.insert_quantised("widen", "Clip", &inputs, "active", (5.0 / 255.0, 0));
    });
    runs_wholly("Identity", |it| {
        it.insert_quantised("widen", "Identity", &["narrow_real"], "active", LINEAR);
    });
}

#[test]
fn pools_run_in_int8() {
    runs_wholly("MaxPool", |it| {
        it.insert_quantised("widen", "MaxPool", &["narrow_real"], "pool", LINEAR);
        it.set("pool", ints("kernel_shape", &[3, 3]));
        it.set("pool", ints("strides", &[2, 2]));
        it.set("pool", ints("pads", &[1, 1, 1, 1]));
    });
    runs_wholly("AveragePool", |it| {
        it.insert_quantised("widen", "AveragePool", &["narrow_real"], "pool", LINEAR);
        it.set("pool", ints("kernel_shape", &[2, 2]));
        it.set("pool", ints("strides", &[2, 2]));
    });
    runs_wholly("AveragePool without its padding", |it| {
        it.insert_quantised("widen", "AveragePool", &["narrow_real"], "pool", LINEAR);
        it.set("pool", ints("kernel_shape", &[3, 3]));
        it.set("pool", ints("pads", &[1, 1, 1, 1]));
    });
    runs_wholly("AveragePool with its padding", |it| {
        it.insert_quantised("widen", "AveragePool", &["narrow_real"], "pool", LINEAR);
        it.set("pool", ints("kernel_shape", &[3, 3]));
        it.set("pool", ints("pads", &[1, 1, 1, 1]));
        it.set("pool", int("count_include_pad", 1));
    });
}

/// Weighs each channel of `narrow_real` by a gate that is made of its mean by `pool`.
fn gated(network: &mut Quantised, pool: &str) {
    let means = network.insert_quantised("widen", pool, &["narrow_real"], "means", LINEAR);
    if pool == "ReduceMean" {
        network.set("means", ints("axes", &[2, 3]));
    }
    let gate = (1.0 / 255.0, 0);
    let gate = network.insert_quantised("widen", "HardSigmoid", &[&means], "gate", gate);
    let product = ["narrow_real", gate.as_str()];
    network.insert_quantised("widen", "Mul", &product, "weighed", LINEAR);
}

/// The same by a ReduceMean as it is from opset 18 on, over the weight `axes`.
fn gated_by_axes(network: &mut Quantised) {
    gated(network, "ReduceMean");
    let means = network.node("means");
    means.attribute.clear();
    means.input.push("axes".to_owned());
}

#[test]
fn squeeze_and_excitation_runs_in_int8_from_opset_18_on() {
    runs_wholly_in(18, "axes among the weights", |it| {
        gated_by_axes(it);
        let axes = integers64("axes", &[2], &[2, 3]);
        it.graph.initializer.push(axes);
    });
    runs_wholly_in(18, "axes that an operator holds", |it| {
        gated_by_axes(it);
        let mut axes = onnx::node("Constant", &[], "axes");
        let value = integers64("", &[2], &[-2, -1]);
        axes.attribute = vec![onnx::tensor("value", value)];
        it.graph.node.insert(0, axes);
    });
    let form = Form {
        opset: 18,
        ..Form::default()
    };
    let rows = with(form, |it| {
        it.insert_quantised(
            "widen",
            "ReduceMean",
            &["narrow_real", "axes"],
            "means",
            LINEAR,
        );
        let axes = integers64("axes", &[1], &[2]);
        it.graph.initializer.push(axes);
    });
    agrees("the mean of each column", &rows, 3.0);
    let engine = Engine::load(&bundle(&rows)).unwrap();
    let left_out = "ReduceMean means: it does not reduce height and width to 1, and 1 more";
    assert_eq!(engine.coverage().left_out.as_deref(), Some(left_out));
}

#[test]
fn squeeze_and_excitation_runs_in_int8() {
    runs_wholly("GlobalAveragePool", |it| gated(it, "GlobalAveragePool"));
    runs_wholly("ReduceMean", |it| gated(it, "ReduceMean"));
    runs_wholly("the gate comes first", |it| {
        gated(it, "GlobalAveragePool");
        it.node("weighed").input.swap(0, 1);
    });
    runs_wholly("means that are added", |it| {
        gated(it, "GlobalAveragePool");
        it.node("weighed").op_type = "Add".to_owned();
    });
    runs_wholly("two maps that are multiplied", |it| {
        let maps = ["narrow_real", "narrow_real"];
        it.insert_quantised("widen", "Mul", &maps, "square", (16.0 / 255.0, 0));
    });
}

#[test]
fn channels_are_joined_in_int8() {
    runs_wholly("Concat", |it| {
        let parts = ["narrow_real", "spread_real", "narrow_real"];
        it.insert_quantised("widen", "Concat", &parts, "joined", (8.0 / 255.0, 120));
        it.set("joined", int("axis", 1));
        it.resize("widen_weight", 1, 48);
    });
    runs_wholly("a map in another scale", |it| {
        let (scale, zero) = ("narrow_scale", "narrow_zero");
        it.insert(
            "widen",
            "QuantizeLinear",
            &["narrow_real", "stem_scale", "stem_zero"],
            "other",
        );
        let inputs = ["other", "stem_scale", "stem_zero"];
        it.insert("widen", "DequantizeLinear", &inputs, "other_real");
        // The same again, in the scale that it had.
        it.insert(
            "widen",
            "QuantizeLinear",
            &["other_real", scale, zero],
            "again",
        );
        it.insert(
            "widen",
            "DequantizeLinear",
            &["again", scale, zero],
            "again_real",
        );
    });
}

/// Divides what the operator that makes `name` reads by 2, which has no int8 form.
fn cut(network: &mut Quantised, name: &str, input: &str) {
    if network.graph.initializer.iter().all(|it| it.name != "two") {
        network.floats("two", &[], &[2.0]);
    }
    let output = format!("{name}_half");
    network.insert_quantised(name, "Div", &[input, "two"], &output, LINEAR);
}

#[test]
fn the_network_before_and_behind_another_operator_runs_in_int8() {
    // Where, the operator that is named, and how many more run in f32, the classifier among them.
    let cases: [(&str, Change, &str, usize); 5] = [
        (
            "once",
            |it| cut(it, "widen", "narrow_real"),
            "widen_half",
            1,
        ),
        (
            "twice",
            |it| {
                cut(it, "narrow", "spread_real");
                cut(it, "shrink", "widen_real");
            },
            "narrow_half",
            2,
        ),
        // The other branch is added behind the cut: one part in int8 reads what another one made.
        (
            "in a branch",
            |it| cut(it, "left", "shrink_real"),
            "left_half",
            1,
        ),
        (
            "at the picture",
            |it| cut(it, "stem", "image_real"),
            "stem_half",
            1,
        ),
        (
            "before the last convolution",
            |it| cut(it, "right", "shrink_real"),
            "right_half",
            1,
        ),
    ];
    for (what, change, left_out, more) in cases {
        for signed in [false, true] {
            let form = Form {
                signed,
                ..Form::default()
            };
            let network = with(form, change);
            agrees(what, &network, 3.0);
            let bundle = bundle(&network);
            let engine = Engine::load(&bundle).unwrap();
            let expected = format!("Div {left_out}: there is no int8 form of it, and {more} more");
            assert_eq!(engine.coverage().left_out, Some(expected), "{what}");
            // The operator itself multiplies nothing: all convolutions are in int8.
            let coverage = engine.coverage();
            assert_eq!(coverage.multiply_adds - coverage.in_int8, 24 * 3, "{what}");

            let threads = Engine::on_threads(&bundle, 3).unwrap();
            let both = [&engine, &threads].map(|engine| answers(engine, form));
            assert_eq!(both[0], both[1], "{what}, 3 threads");
        }
    }
}

#[test]
fn parts_between_cuts_keep_what_the_whole_would_give() {
    // Dividing by 1 changes nothing but who computes it.
    let form = Form::default();
    let through = with(form, |it| {
        let (scale, zero) = ("narrow_scale", "narrow_zero");
        it.floats("one", &[], &[1.0]);
        it.insert("widen", "Div", &["narrow_real", "one"], "same");
        it.insert(
            "widen",
            "QuantizeLinear",
            &["same", scale, zero],
            "same_quantised",
        );
        let inputs = ["same_quantised", scale, zero];
        it.insert("widen", "DequantizeLinear", &inputs, "same_real");
    });
    let engine = |network: &Quantised| Engine::load(&bundle(network)).unwrap();
    let whole = answers(&engine(&Quantised::new(form)), form);
    assert_eq!(answers(&engine(&through), form), whole);
}

#[test]
fn a_quantised_network_that_is_left_to_tract_says_why() {
    // Neither the picture nor any result has a single scale.
    let network = with(Form::default(), |it| {
        it.graph.node.retain(|node| {
            let kept = [
                "Conv",
                "Clip",
                "Add",
                "GlobalAveragePool",
                "Flatten",
                "Gemm",
            ];
            kept.contains(&&*node.op_type)
                || node.input[0].ends_with("_weight")
                || node.input[0].ends_with("_bias")
                || node.output[0].starts_with("sum")
        });
        let quantised = [
            "image", "stem", "spread", "narrow", "widen", "shrink", "left", "right",
        ];
        for node in &mut it.graph.node {
            for input in &mut node.input {
                if let Some(name) = input.strip_suffix("_real")
                    && quantised.contains(&name)
                {
                    *input = name.to_owned();
                }
            }
        }
    });
    let bundle = Bundle::from_bytes(&network.bytes(), "net.onnx").unwrap();
    let engine = Engine::load(&bundle).unwrap();
    assert!(!engine.is_int8());
    let coverage = engine.coverage();
    assert_eq!(coverage.precision(), "quantised, runs in f32");
    let expected = "; in f32 Conv stem: what it reads is not quantised, and ";
    assert!(coverage.to_string().contains(expected), "{coverage}");
    let reference = Engine::reference(&bundle).unwrap();
    let both = [&engine, &reference].map(|engine| answers(engine, network.form));
    assert_eq!(distance(&both[0][5], &both[1][5]), 0.0);
}
