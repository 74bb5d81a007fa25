//! Quantised networks run in int8 and give the results of real numbers. What has no int8 form runs on
//! tract, and the rest of the network still in int8.

use recognise::{Bundle, Detector, Engine, EngineError, Output};
use tract_onnx::pb::tensor_proto::DataType;

use crate::common::Draft;
use crate::onnx::{self, int, ints, string};
use crate::qdq::{Bias, Form, Numbers, Quantised, STEP};

/// What is left in f32 of a network of [`Quantised`] that otherwise runs in int8.
pub(crate) const CLASSIFIER: &str = "Gemm logits: no convolution follows";

pub(crate) fn bundle(network: &Quantised) -> Bundle {
    Bundle::from_bytes(&network.bytes(), "net.onnx").unwrap()
}

/// The form's network after `change`.
pub(crate) fn with(form: Form, change: impl FnOnce(&mut Quantised)) -> Quantised {
    let mut network = Quantised::new(form);
    change(&mut network);
    network
}

/// Synthetic ones, f32 `[3, size, size]`: flat, sloping and noisy; within the range of the picture's
/// quantisation, and beyond it.
fn pictures(size: i64) -> Vec<Vec<f32>> {
    let size = size as usize;
    let draw = |colour: &mut dyn FnMut(usize, usize, usize) -> f32| {
        let pixels = (0..3 * size * size).map(|at| (at / size / size, at / size % size, at % size));
        pixels
            .map(|(channel, y, x)| colour(channel, y, x))
            .collect()
    };
    let slope = |at: usize| 3.0 * at as f32 / size as f32 - 1.5;
    let mut noise = Numbers::new(1);
    vec![
        draw(&mut |_, _, _| 0.0),
        draw(&mut |channel, _, _| [1.3, -0.7, 0.2][channel]),
        draw(&mut |_, _, _| 9.0),
        draw(&mut |channel, y, x| [slope(x), slope(y), -slope(x)][channel]),
        draw(&mut |channel, y, _| [0.4, -slope(y), 0.4][channel]),
        draw(&mut |_, _, _| 1.5 * noise.next()),
        draw(&mut |_, _, _| 5.0 * noise.next()),
    ]
}

/// The logits of every picture.
pub(crate) fn answers(engine: &Engine, form: Form) -> Vec<Vec<f32>> {
    let pictures = pictures(form.size).into_iter();
    pictures
        .map(|picture| engine.run(&picture).unwrap().logits)
        .collect()
}

/// The logits of every picture in int8.
fn int8(network: &Quantised) -> Vec<Vec<f32>> {
    let engine = Engine::load(&bundle(network)).unwrap();
    assert!(engine.is_int8());
    answers(&engine, network.form)
}

/// In units of [`STEP`].
pub(crate) fn distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().chain(b).all(|logit| logit.is_finite()));
    let distances = a.iter().zip(b).map(|(a, b)| (a - b).abs() / STEP);
    distances.fold(0.0, f32::max)
}

/// Expects the network to run in int8, each logit within `steps` of what it is in real numbers.
pub(crate) fn agrees(what: &str, network: &Quantised, steps: f32) {
    let reference = Engine::reference(&bundle(network)).unwrap();
    assert!(!reference.is_int8());
    let reference = answers(&reference, network.form);
    for (picture, (found, expected)) in int8(network).iter().zip(&reference).enumerate() {
        let distance = distance(found, expected);
        assert!(
            distance <= steps,
            "{what}, picture {picture}: {distance} steps apart"
        );
    }
}

#[test]
fn a_quantised_network_runs_in_int8_with_the_results_of_real_numbers() {
    for bias in [Bias::None, Bias::Real, Bias::Quantised] {
        for per_channel in [true, false] {
            for signed in [false, true] {
                for clamp in [None, Some("Relu"), Some("Clip")] {
                    let form = Form {
                        bias,
                        per_channel,
                        signed,
                        clamp,
                        ..Form::default()
                    };
                    // Bytes differ only at ties of rounding, which is little over all pixels.
                    agrees(&format!("{form:?}"), &Quantised::new(form), 0.5);
                }
            }
        }
    }
}

#[test]
fn layers_that_exceed_the_cache_run_by_bands_with_the_results_of_real_numbers() {
    // The stem gives 410 KB, and `widen` a megabyte. What `widen` gives is read twice in the end, so it is
    // computed as a whole.
    let form = Form {
        size: 160,
        ..Form::default()
    };
    let network = with(form, |network| {
        network.set("stem", ints("strides", &[1; 2]));
    });
    // All pixels of a flat picture have the same ties.
    agrees("by bands", &network, 1.0);
}

#[test]
fn pictures_differ_by_far_more_than_rounding() {
    let answers = int8(&Quantised::new(Form::default()));
    for (index, a) in answers.iter().enumerate() {
        for b in &answers[..index] {
            assert!(distance(a, b) > 5.0, "{a:?} and {b:?}");
        }
    }
}

#[test]
fn equivalent_forms_of_a_network_give_the_same_bits() {
    let expected = int8(&Quantised::new(Form::default()));
    let form = |change: fn(&mut Form)| {
        let mut form = Form::default();
        change(&mut form);
        Quantised::new(form)
    };
    assert_eq!(int8(&form(|form| form.signed = true)), expected);
    assert_eq!(int8(&form(|form| form.clamp = None)), expected);
    assert_eq!(int8(&form(|form| form.clamp = Some("Relu"))), expected);

    let changed = |change: fn(&mut Quantised)| int8(&with(Form::default(), change));
    let no_zero_points = |network: &mut Quantised| {
        for name in ["stem", "narrow_weight", "right_bias"] {
            network.node(&format!("{name}_real")).input.truncate(2);
        }
        network.node("stem_quantised").input.truncate(2);
    };
    assert_eq!(changed(no_zero_points), expected);
    assert_eq!(
        changed(|network| {
            network.set("stem", string("auto_pad", "NOTSET"));
            network.set("stem", ints("dilations", &[1, 1]));
            network.set("stem", ints("kernel_shape", &[3, 3]));
        }),
        expected
    );
    assert_eq!(changed(into_typed_fields), expected);
}

#[test]
fn the_type_of_a_quantised_tensor_may_be_named_instead_of_given_by_a_zero_point() {
    // A clamp at 0 is more than the saturation of signed bytes.
    for clamp in [None, Some("Relu")] {
        let form = Form {
            signed: true,
            clamp,
            ..Form::default()
        };
        let given = with(form, |network| {
            let weights = network.graph.initializer.iter_mut();
            let zeros = weights.filter(|weight| weight.name.ends_with("_zero"));
            zeros.for_each(|zero| zero.raw_data.fill(0));
        });
        let named = with(form, |network| {
            for node in &mut network.graph.node {
                if matches!(&*node.op_type, "QuantizeLinear" | "DequantizeLinear") {
                    node.input.truncate(2);
                }
                if node.op_type == "QuantizeLinear" {
                    node.attribute
                        .push(int("output_dtype", DataType::Int8 as i64));
                }
            }
        });
        let mut draft = Draft {
            opset: 21,
            ..Draft::default()
        };
        draft.prop("kiosk.input")["size"] = form.size.into();
        let [given, named] = [given, named].map(|network| {
            let bytes = onnx::model(&draft, network.graph);
            let bundle = Bundle::from_bytes(&bytes, "signed.onnx").unwrap();
            let engine = Engine::load(&bundle).unwrap();
            assert!(engine.is_int8());
            let reference = Engine::reference(&bundle).unwrap();
            [engine, reference].map(|engine| answers(&engine, form))
        });
        assert_eq!(named, given);
    }
}

/// The other form in which protobuf holds a tensor's values.
fn into_typed_fields(network: &mut Quantised) {
    for weight in &mut network.graph.initializer {
        let raw = std::mem::take(&mut weight.raw_data);
        let words = || {
            raw.chunks_exact(4)
                .map(|word| <[u8; 4]>::try_from(word).unwrap())
        };
        match DataType::try_from(weight.data_type).unwrap() {
            DataType::Float => weight.float_data = words().map(f32::from_le_bytes).collect(),
            DataType::Int32 => weight.int32_data = words().map(i32::from_le_bytes).collect(),
            DataType::Int8 => {
                weight.int32_data = raw.iter().map(|&byte| i32::from(byte as i8)).collect();
            }
            _ => weight.int32_data = raw.iter().map(|&byte| i32::from(byte)).collect(),
        }
    }
}

#[test]
fn maps_of_every_size_run_in_int8_down_to_a_single_pixel() {
    // The picture's side, the strides of stem and first depthwise convolution.
    for (size, stem, spread) in [(33, 2, 1), (35, 2, 2), (47, 3, 1), (64, 1, 2), (32, 8, 2)] {
        let form = Form {
            size,
            ..Form::default()
        };
        let network = with(form, |network| {
            network.set("stem", ints("strides", &[stem; 2]));
            network.set("spread", ints("strides", &[spread; 2]));
        });
        // With fewer pixels, each one's rounding weighs more.
        agrees(
            &format!("{size}, strides {stem} and {spread}"),
            &network,
            2.0,
        );
    }
}

#[test]
fn the_parts_around_the_convolutions_may_vary() {
    let check = |what: &str, change: fn(&mut Quantised)| {
        agrees(what, &with(Form::default(), change), 2.0);
    };
    check("pooled before the last convolutions", |network| {
        network.node("pooled").input[0] = "shrink_real".to_owned();
        network.resize("classifier", 1, 40);
    });
    check("branches of borders that differ", |network| {
        network.resize("left_weight", 2, 3);
        network.resize("left_weight", 3, 3);
        network.set("left", ints("pads", &[1; 4]));
    });
    check("a tensor added to itself", |network| {
        let double = ["double", "sum_scale", "sum_zero"];
        let quantised = ["double_quantised", "sum_scale", "sum_zero"];
        network.insert("widen", "Add", &["narrow_real"; 2], "double");
        network.insert("widen", "QuantizeLinear", &double, "double_quantised");
        network.insert("widen", "DequantizeLinear", &quantised, "double_real");
    });
    check("nothing behind the pooling", |network| {
        set_outputs(network, "left", 3);
        set_outputs(network, "right", 3);
        network
            .graph
            .node
            .retain(|node| !["features", "logits"].contains(&&*node.name));
        network.node("pooled").output[0] = "logits".to_owned();
    });
    check("maxima that are added to the means", |network| {
        network.insert("features", "GlobalMaxPool", &["sum_real"], "peak");
        network.insert("features", "Add", &["pooled", "peak"], "both");
    });
    let form = Form {
        quantised_head: true,
        ..Form::default()
    };
    agrees("a quantised classifier", &Quantised::new(form), 2.0);
}

#[test]
fn a_network_that_makes_embeddings_of_means_and_maxima_runs_in_int8() {
    for (size, signed, quantised_head) in [(32, false, false), (47, true, false), (32, false, true)]
    {
        let form = Form {
            size,
            signed,
            quantised_head,
            ..Form::default()
        };
        let network = Quantised::with_embedding(form);
        let bundle = bundle(&network);
        let reference = Engine::reference(&bundle).unwrap();
        let engine = Engine::load(&bundle).unwrap();
        assert!(engine.is_int8() && !reference.is_int8());
        for (index, picture) in pictures(size).iter().enumerate() {
            let what = format!("{form:?}, picture {index}");
            let [found, expected] = [&engine, &reference].map(|it| it.run(picture).unwrap());
            let steps = distance(&found.logits, &expected.logits);
            assert!(steps <= 2.0, "{what}: {steps} steps apart");
            assert_eq!(found.features.len(), expected.features.len());
            // Both have length 1. A maximum differs by a byte now and then, by a tie of rounding.
            let numbers = found.embedding.iter().zip(&expected.embedding);
            let cosine: f32 = numbers.map(|(a, b)| a * b).sum();
            assert!(
                cosine > 0.999 && found.embedding.len() == 16,
                "{what}: {cosine}"
            );
        }
    }
}

/// All outputs for every picture.
fn outputs(engine: &Engine, form: Form) -> Vec<Output> {
    let pictures = pictures(form.size).into_iter();
    pictures
        .map(|picture| engine.run(&picture).unwrap())
        .collect()
}

#[test]
fn neither_the_order_of_the_poolings_nor_the_number_of_threads_changes_a_bit() {
    let form = Form::default();
    let mut network = Quantised::with_embedding(form);
    let expected = outputs(&Engine::load(&bundle(&network)).unwrap(), form);
    let threads = Engine::on_threads(&bundle(&network), 3).unwrap();
    assert_eq!(outputs(&threads, form), expected);

    let position = |network: &Quantised, name: &str| {
        let mut nodes = network.graph.node.iter();
        nodes.position(|node| node.name == name).unwrap()
    };
    let (means, maxima) = (position(&network, "pooled"), position(&network, "maxima"));
    network.graph.node[means..=maxima].rotate_right(1);
    let engine = Engine::load(&bundle(&network)).unwrap();
    assert!(engine.is_int8() && position(&network, "maxima") == means);
    assert_eq!(outputs(&engine, form), expected);
}

/// Gives a convolution another number of outputs.
fn set_outputs(network: &mut Quantised, name: &str, outputs: i64) {
    for part in ["weight", "bias"] {
        for of in ["", "_scale", "_zero"] {
            network.resize(&format!("{name}_{part}{of}"), 0, outputs);
        }
    }
}

/// Changes the number that the first bytes of a tensor hold.
fn scale_first(network: &mut Quantised, name: &str, factor: f32) {
    let raw = network.weight(name).raw_data.first_chunk_mut().unwrap();
    *raw = (f32::from_le_bytes(*raw) * factor).to_le_bytes();
}

#[test]
fn an_output_with_a_large_bias_and_next_to_no_weights_runs_in_int8_too() {
    const BIAS: i32 = 100;
    let answer = |shift: u32, has_weights: bool| {
        let network = with(Form::default(), |network| {
            let factor = 0.5f32.powi(shift as i32);
            for part in ["weight", "bias"] {
                scale_first(network, &format!("narrow_{part}_scale"), factor);
            }
            let bias = network.weight("narrow_bias").raw_data.first_chunk_mut();
            *bias.unwrap() = (BIAS << shift).to_le_bytes();
            if !has_weights {
                network.weight("narrow_weight").raw_data[..16].fill(0);
            }
        });
        int8(&network)
    };
    let expected = answer(0, false);
    assert_ne!(answer(0, true), expected, "its weights count");
    // So small that nothing is left of them, in a sum that fits 32 bits, and in one that does not.
    for shift in [23, 24] {
        assert_eq!(answer(shift, true), expected, "{shift}");
    }
}

#[test]
fn the_number_of_threads_and_of_callers_changes_no_bit() {
    for (size, stem) in [(32, 2), (47, 2), (32, 8), (160, 1)] {
        let form = Form {
            size,
            ..Form::default()
        };
        let network = with(form, |network| {
            network.set("stem", ints("strides", &[stem; 2]))
        });
        let expected = int8(&network);
        for threads in 1..=4 {
            let engine = Engine::on_threads(&bundle(&network), threads).unwrap();
            assert!(engine.is_int8());
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| assert_eq!(answers(&engine, form), expected));
                }
            });
        }
    }
}

/// The detector's output for every picture.
fn cells(detector: &Detector, size: i64) -> Vec<Vec<f32>> {
    let pictures = pictures(size).into_iter();
    pictures
        .map(|picture| detector.run(&picture).unwrap())
        .collect()
}

#[test]
fn a_detector_runs_in_int8_up_to_its_last_convolution_with_the_results_of_real_numbers() {
    for (size, signed, bias, clamp) in [
        (32, false, Bias::Quantised, None),
        (64, true, Bias::Real, None),
        (96, false, Bias::None, Some("Clip")),
        (224, true, Bias::Quantised, Some("Relu")),
    ] {
        let form = Form {
            signed,
            bias,
            clamp,
            ..Form::default()
        };
        let bundle = bundle(&Quantised::with_detector(form, size));
        let reference = Detector::reference(&bundle).unwrap().unwrap();
        assert!(!reference.is_int8());
        let expected = cells(&reference, size);
        let detector = Detector::on_threads(&bundle, 1).unwrap().unwrap();
        assert!(detector.is_int8());
        let found = cells(&detector, size);
        for (index, found) in found.iter().enumerate() {
            let distance_to = |picture: usize| distance(found, &expected[picture]);
            // A byte of the last map differs now and then, by a tie of rounding.
            assert!(
                distance_to(index) < 4.0,
                "{size}, {form:?}, picture {index}"
            );
            let others = (0..expected.len()).filter(|&other| other != index);
            for other in others {
                assert!(distance_to(other) > 8.0, "{size}, {index} and {other}");
            }
        }
        for threads in 2..=3 {
            let detector = Detector::on_threads(&bundle, threads).unwrap().unwrap();
            assert_eq!(cells(&detector, size), found, "{threads} threads");
        }
    }
}

#[test]
fn a_detector_is_cut_at_an_operator_without_an_int8_form() {
    let mut network = Quantised::with_detector(Form::default(), 64);
    network.floats("half", &[], &[0.5]);
    network.insert("third", "Mul", &["second_real", "half"], "halved");
    let bundle = bundle(&network);
    let detector = Detector::on_threads(&bundle, 1).unwrap().unwrap();
    let coverage = detector.coverage();
    assert!((0.5..1.0).contains(&coverage.share()), "{coverage}");
    let precision = coverage.precision();
    let share = precision.strip_prefix("int8 for ");
    assert!(share.is_some_and(|it| it.ends_with(" %")), "{precision}");
    let left_out = coverage.left_out.as_deref().unwrap_or_default();
    let expected = "Mul halved: what it reads is not quantised, and ";
    assert!(left_out.starts_with(expected), "{left_out}");
    let reference = Detector::reference(&bundle).unwrap().unwrap();
    let pairs = (cells(&detector, 64).into_iter()).zip(cells(&reference, 64));
    for (index, (found, expected)) in pairs.enumerate() {
        assert!(distance(&found, &expected) < 4.0, "picture {index}");
    }
    let engine = Engine::load(&bundle).unwrap();
    let left_out = engine.coverage().left_out.as_deref();
    assert_eq!(left_out, Some(CLASSIFIER));
}

#[test]
fn a_detector_beside_it_changes_nothing_about_the_network_that_names_breeds() {
    let form = Form::default();
    let both = Quantised::with_detector(form, 64);
    assert_eq!(int8(&both), int8(&Quantised::new(form)));
}

#[test]
fn a_picture_of_another_size_is_an_error() {
    let engine = Engine::load(&bundle(&Quantised::new(Form::default()))).unwrap();
    let error = engine.run(&[0.0; 5]).unwrap_err();
    assert!(matches!(
        error,
        EngineError::InputSize {
            expected: 3072,
            found: 5
        }
    ));
}

/// Expects the changed network to run in int8 as a whole, with the results of real numbers.
fn runs_wholly(what: &str, change: impl FnOnce(&mut Quantised)) {
    let network = with(Form::default(), change);
    agrees(what, &network, 2.0);
    let engine = Engine::load(&bundle(&network)).unwrap();
    let left_out = engine.coverage().left_out.as_deref();
    assert_eq!(left_out, Some(CLASSIFIER), "{what}");
}

/// Expects the changed network to run in int8 but for a part around the operator `left_out`, with the
/// results of real numbers.
fn cut_at(what: &str, left_out: &str, change: impl FnOnce(&mut Quantised)) {
    let network = with(Form::default(), change);
    agrees(what, &network, 2.0);
    let engine = Engine::load(&bundle(&network)).unwrap();
    let coverage = engine.coverage();
    assert!(0.0 < coverage.share() && coverage.share() < 1.0, "{what}");
    let found = coverage.left_out.as_deref().unwrap_or_default();
    // The classifier is one more, at least.
    let expected = format!("{left_out}, and ");
    assert!(found.starts_with(&expected), "{what}: {found}");
}

#[test]
fn convolutions_of_many_forms_run_in_int8() {
    runs_wholly("a weight of -128", |network| {
        network.weight("narrow_weight").raw_data[0] = 0x80;
    });
    runs_wholly("weights with a zero point", |network| {
        network.weight("narrow_weight_zero").raw_data[3] = 1;
    });
    runs_wholly("depthwise weights with a zero point", |network| {
        network.weight("spread_weight_zero").raw_data[3] = 9;
    });
    runs_wholly("pads that differ", |network| {
        network.set("stem", ints("pads", &[0, 0, 1, 1]));
    });
    runs_wholly("strides that differ", |network| {
        network.set("stem", ints("strides", &[2, 1]));
    });
    runs_wholly("dilations", |network| {
        network.set("right", ints("dilations", &[2, 2]));
        network.set("right", ints("pads", &[4; 4]));
    });
    runs_wholly("a kernel that is no square", |network| {
        network.resize("narrow_weight", 3, 3);
    });
    runs_wholly("a single pixel of every other one", |network| {
        network.set("narrow", ints("strides", &[2; 2]));
    });
    for (side, stride, dilation) in [
        (5, 1, 1),
        (5, 2, 1),
        (7, 1, 1),
        (3, 2, 2),
        (3, 3, 1),
        (1, 1, 1),
    ] {
        let what = format!("depthwise {side}, stride {stride}, dilation {dilation}");
        runs_wholly(&what, |network| {
            network.resize("spread_weight", 2, side);
            network.resize("spread_weight", 3, side);
            network.set("spread", ints("strides", &[stride; 2]));
            network.set("spread", ints("dilations", &[dilation; 2]));
            network.set("spread", ints("pads", &[side / 2 * dilation; 4]));
        });
    }
}

/// The weights of a layer as unsigned ones around this zero point.
fn unsigned(network: &mut Quantised, layer: &str, zero: u8) {
    let weight = network.weight(&format!("{layer}_weight"));
    weight.data_type = DataType::Uint8 as i32;
    for byte in &mut weight.raw_data {
        *byte = byte.wrapping_add(zero);
    }
    let zeros = network.weight(&format!("{layer}_weight_zero"));
    zeros.data_type = DataType::Uint8 as i32;
    zeros.raw_data.fill(zero);
}

#[test]
fn unsigned_weights_give_the_same_bits_as_signed_ones() {
    let expected = int8(&Quantised::new(Form::default()));
    let network = with(Form::default(), |network| {
        for layer in ["stem", "spread", "narrow", "widen"] {
            unsigned(network, layer, 128);
        }
    });
    assert_eq!(int8(&network), expected);
    // Around another zero point they need more than 8 bits, here from -77 on.
    runs_wholly("unsigned weights around 77", |network| {
        for layer in ["stem", "spread", "narrow", "widen"] {
            unsigned(network, layer, 77);
        }
    });
}

#[test]
fn a_network_is_cut_at_convolutions_without_an_int8_form() {
    let rule = "Conv stem: its padding is a rule (auto_pad), not numbers";
    cut_at("pads by rule", rule, |network| {
        let attributes = &mut network.node("stem").attribute;
        attributes.retain(|it| it.name != "pads");
        network.set("stem", string("auto_pad", "SAME_UPPER"));
    });
    let groups = "Conv narrow: its channels are in groups";
    cut_at("two groups", groups, |network| {
        network.set("narrow", int("group", 2));
        network.resize("narrow_weight", 1, 8);
    });
    let axis = "Conv narrow: its weights have scales along another axis than the output channels";
    cut_at("a scale for each input", axis, |network| {
        network.set("narrow_weight_real", int("axis", 1));
    });
    let coarse = "Conv narrow: a step of its products is larger than one of its result";
    cut_at("a coarse channel", coarse, |network| {
        let scales = &mut network.weight("narrow_weight_scale").raw_data;
        scales[..4].copy_from_slice(&100_f32.to_le_bytes());
    });
}

#[test]
fn clamps_narrower_than_bytes_run_in_int8() {
    let bound = |bound: f32| bound.to_le_bytes().to_vec();
    runs_wholly("clamped from above by more than bytes", |network| {
        network.weight("most").raw_data = bound(3.0);
    });
    runs_wholly("clamped from below by more than bytes", |network| {
        network.weight("least").raw_data = bound(0.5);
    });
    runs_wholly("a sum clamped by more than bytes", |network| {
        network.insert("sum_quantised", "Relu", &["sum"], "clamped");
    });
}

#[test]
fn a_network_is_cut_at_quantisations_of_another_form() {
    let scale = "DequantizeLinear narrow_real: \
                 it has another scale or zero point than the QuantizeLinear before it";
    cut_at("different scales", scale, |network| {
        network.floats("other", &[], &[0.01]);
        network.node("narrow_real").input[1] = "other".to_owned();
    });
    let channels = "QuantizeLinear spread_quantised: it has a scale for each channel";
    cut_at("a scale for each channel", channels, |network| {
        network.floats("scales", &[16], &[0.02; 16]);
        let zero = network.weight("spread_zero");
        (zero.dims, zero.raw_data) = (vec![16], vec![0; 16]);
        for name in ["spread_quantised", "spread_real"] {
            network.node(name).input[1] = "scales".to_owned();
        }
    });
}

#[test]
fn what_comes_behind_the_last_convolution_may_have_any_form() {
    runs_wholly("a constant that is added", |network| {
        network.floats("constant", &[24, 1, 1], &[0.5; 24]);
        network.node("sum").input[1] = "constant".to_owned();
    });
    runs_wholly("maps that differ and are added", |network| {
        set_outputs(network, "right", 1);
    });
    runs_wholly("another pooling", |network| {
        network.node("pooled").op_type = "ReduceMean".to_owned();
        network.set("pooled", ints("axes", &[2, 3]));
    });
    runs_wholly("pooling to the maxima alone", |network| {
        network.node("pooled").op_type = "GlobalMaxPool".to_owned();
    });
    runs_wholly("two poolings to the means", |network| {
        network.insert("features", "GlobalAveragePool", &["sum_real"], "again");
        network.insert("features", "Add", &["pooled", "again"], "both");
    });
    runs_wholly("what is pooled used again behind the pooling", |network| {
        network.insert("features", "ReduceMax", &["sum_real"], "peak");
        network.set("peak", ints("axes", &[2, 3]));
        network.insert("features", "Add", &["pooled", "peak"], "both");
    });
    runs_wholly("the picture used again behind the pooling", |network| {
        network.insert("features", "ReduceMax", &["image"], "brightest");
        network.set("brightest", ints("axes", &[1, 2, 3]));
        network.insert("features", "Add", &["pooled", "brightest"], "both");
    });
}

#[test]
fn a_network_without_an_int8_part_runs_on_one_thread() {
    let name = "real.onnx";
    let bundle = Bundle::from_bytes(&Draft::default().bytes(), name).unwrap();
    let engine = Engine::load(&bundle).unwrap();
    assert!(!engine.is_int8());
    assert_eq!(engine.coverage().left_out, None, "it is not quantised");
    let message = Engine::on_threads(&bundle, 2).unwrap_err().to_string();
    let expected = "model real.onnx: the engine cannot run it: \
                    only networks in int8 run on 2 threads";
    assert_eq!(message, expected);
}

#[test]
fn a_convolution_with_contradictory_attributes_is_refused() {
    for (name, values, expected) in [
        ("kernel_shape", vec![5, 5], "the engine cannot run it: "),
        ("kernel_shape", vec![3], "must have 2 values"),
        ("strides", vec![2], "must have 2 values"),
        ("strides", vec![], "must have 2 values"),
        ("strides", vec![2, 0], "must be at least 1"),
        ("pads", vec![1, 1], "must have 4 values"),
        ("pads", vec![1, 1, 1, -1], "must be at least 0"),
        ("dilations", vec![1], "must have 2 values"),
        // Borders and windows that would take the memory of the machine.
        ("pads", vec![1, 1, 1, i64::MAX], "must be at most 64"),
        ("pads", vec![1 << 20, 1, 1, 1], "must be at most 64"),
        ("strides", vec![2, 1025], "must be at most 1024"),
        ("kernel_shape", vec![i64::MAX, 3], "must be at most 1024"),
        ("dilations", vec![1, 1 << 31], "must be at most 1024"),
    ] {
        let network = with(Form::default(), |network| {
            network.set("stem", ints(name, &values))
        });
        let bundle = Bundle::from_bytes(&network.bytes(), "net.onnx");
        let error = bundle.and_then(|bundle| Engine::load(&bundle)).unwrap_err();
        let message = error.to_string();
        let expected = match expected.strip_prefix("must") {
            Some(_) => format!("model net.onnx: attribute `Conv stem.{name}` {expected}"),
            None => format!("model net.onnx: {expected}"),
        };
        assert!(
            message.starts_with(&expected),
            "{name} {values:?}: {message}"
        );
        assert!(!message.contains('\n'), "{message}");
    }
}
