//! `trainer quantise`, the real program, on drawn photographs.

use std::fs;

use prost::Message;
use recognise::{Bundle, Recogniser};
use tract_onnx::pb::{GraphProto, ModelProto};
use trainer::net::Prototypes;

use super::bench::Bench;
use super::{EMBEDDING, dot, embedding};
use crate::common::{draw, draw_breeds, say_species};

#[test]
fn a_run_is_quantised_to_a_bundle_that_the_kiosk_runs() {
    let bench = Bench::new(26);
    bench.train("6");
    bench.add_embedder("run");
    let table = bench.quantise("run", "data").succeeds();
    for word in [
        "f32",
        "int8",
        "validation, 4 photographs",
        "agreement",
        "breeds-int8.onnx",
    ] {
        assert!(table.contains(word), "{word} is not in: {table}");
    }
    // Two of those whose names are in the test split look like one of another split, and are on its side.
    assert!(table.contains("test, 12 photographs"), "{table}");

    let exact = Bundle::read(&bench.path("run/breeds.onnx")).expect("the f32 bundle");
    let quantised = Bundle::read(&bench.path("run/breeds-int8.onnx")).expect("a sound bundle");
    assert!(quantised.is_quantised() && !exact.is_quantised());
    assert!(quantised.size <= 2_600_000, "{} bytes", quantised.size);
    assert_eq!(quantised.metadata.breeds, exact.metadata.breeds);
    assert_eq!(quantised.metadata.input, exact.metadata.input);
    assert_eq!(quantised.metadata.embedding, Some(embedding()));
    assert_eq!(quantised.metadata.trained, exact.metadata.trained);
    assert_eq!(
        quantised
            .metadata
            .measured
            .as_ref()
            .map(|measured| measured.images),
        Some(4)
    );
    let [exact, quantised] =
        [exact, quantised].map(|bundle| Recogniser::new(bundle).expect("a network that runs"));
    for (colour, seed) in [
        ([60, 60, 190], 1000),
        ([190, 70, 60], 1001),
        ([60, 60, 190], 1002),
    ] {
        let picture = draw(colour, seed);
        let [exact, quantised] =
            [&exact, &quantised].map(|network| network.output(&picture).expect("an answer"));
        assert_eq!(exact.similarity.len(), 2);
        for (exact, quantised) in [
            (exact.logits, quantised.logits),
            (exact.similarity, quantised.similarity),
        ] {
            let size = exact.iter().fold(0f32, |size, value| size.max(value.abs()));
            for (exact, quantised) in exact.iter().zip(&quantised) {
                assert!(
                    (exact - quantised).abs() < 0.1 * size,
                    "{exact} became {quantised}"
                );
            }
        }
        let cosine = dot(&exact.embedding, &quantised.embedding);
        assert!(cosine > 0.95, "{cosine}");
        for embedding in [&exact.embedding, &quantised.embedding] {
            assert_eq!(embedding.len(), EMBEDDING);
            assert!((dot(embedding, embedding) - 1.0).abs() < 1e-4);
        }
    }

    let former = bench.bytes("run/breeds-int8.onnx");
    bench.quantise("run", "data").succeeds();
    assert!(
        former == bench.bytes("run/breeds-int8.onnx"),
        "the same again"
    );

    // Earlier versions called the similarity by another name.
    let renamed = |model: &mut ModelProto| {
        rename(
            model.graph.as_mut().expect("a graph"),
            "similarity",
            "likeness",
        );
    };
    let bytes = bench.bytes("run/breeds.onnx");
    let [now, before] = [bytes.clone(), changed(renamed)(&bytes)].map(|bytes| {
        let bundle = Bundle::from_bytes(&bytes, "drawn").expect("a sound bundle");
        Prototypes::from_bundle(&bundle).expect("its prototypes")
    });
    assert_eq!(before, now);

    bench.draw_without_test_split("untested");
    let table = bench.quantise("run", "untested").succeeds();
    assert!(table.contains("validation, 6 photographs"), "{table}");
    assert!(!table.contains("test"), "there is no test split: {table}");

    fs::create_dir_all(bench.path("quantised")).expect("a temporary folder");
    fs::write(bench.path("quantised/breeds.onnx"), &former).expect("a temporary file");
    bench
        .quantise("quantised", "data")
        .fails_with("is int8 already");
}

#[test]
fn a_network_with_5x5_filters_and_tensorflows_padding_is_quantised_too() {
    let bench = Bench::new(26);
    let network = ["--network", "tf_efficientnet_lite0"];
    let weights = ["--init", "none", "--recipe", "quick.toml", "--epochs", "2"];
    let data = ["--data", "data", "--out", "run"];
    let args = [&["train"][..], &data, &network, &weights].concat();
    bench.trainer(&args).succeeds();
    bench.quantise("run", "data").succeeds();
    let bundles = ["run/breeds.onnx", "run/breeds-int8.onnx"].map(|name| {
        let bundle = Bundle::read(&bench.path(name)).expect("a sound bundle");
        assert_eq!(bundle.metadata.input.mean, [0.5; 3]);
        Recogniser::new(bundle).expect("a network that runs")
    });
    for (colour, seed) in [([60, 60, 190], 1000), ([190, 70, 60], 1001)] {
        let picture = draw(colour, seed);
        let [exact, quantised] = (bundles.each_ref())
            .map(|network| network.output(&picture).expect("an answer").features);
        let lengths = dot(&exact, &exact).sqrt() * dot(&quantised, &quantised).sqrt();
        let cosine = dot(&exact, &quantised) / lengths;
        assert!(cosine > 0.95, "{cosine}");
    }
}

#[test]
fn a_run_that_cannot_be_quantised_is_refused_in_one_line() {
    let bench = Bench::new(8);
    bench.train("1");
    let bundle = bench.bytes("run/breeds.onnx");
    bench
        .quantise("run", "data")
        .fails_with("at least 32 photographs; of the 9 that data has");
    bench
        .quantise("nowhere", "data")
        .fails_with("nowhere holds no breeds.onnx");
    bench.quantise("run", "nothing").fails_with("nothing");

    for entry in fs::read_dir(bench.path("data/Red")).expect("a folder") {
        fs::write(entry.expect("a file").path(), "no picture").expect("a temporary file");
    }
    bench
        .quantise("run", "data")
        .fails_with("of the 9 that data has to train on, 5 can be read");

    draw_breeds(&bench.path("other"), 40);
    fs::rename(bench.path("other/blue"), bench.path("other/green")).expect("a temporary folder");
    say_species(&bench.path("other"), &[("red", "cat"), ("green", "dog")]);
    bench
        .quantise("run", "other")
        .fails_with("does not know the breed green");

    draw_breeds(&bench.path("enough"), 40);
    bench.damage("text", |_| b"no model".to_vec(), &bundle);
    bench
        .quantise("text", "enough")
        .fails_with("text/breeds.onnx: not an ONNX model");
    let renamed = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().expect("a graph");
        rename(graph, "conv_head.weight", "head");
    };
    bench.damage("renamed", changed(renamed), &bundle);
    bench
        .quantise("renamed", "enough")
        .fails_with("have no tensor conv_head.weight");
    // The same tensors, but clamped at 0.3 instead of 6.
    let rewired = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().expect("a graph");
        let six = graph
            .initializer
            .iter_mut()
            .find(|tensor| tensor.name == "six");
        six.expect("the clamp's end").raw_data = 0.3f32.to_le_bytes().to_vec();
    };
    bench.damage("rewired", changed(rewired), &bundle);
    bench
        .quantise("rewired", "enough")
        .fails_with("holds another network");
    for run in ["run", "text", "renamed", "rewired"] {
        assert!(!bench.path(run).join("breeds-int8.onnx").exists(), "{run}");
    }
}

/// A function from a model's bytes to those of the changed model.
fn changed(change: impl Fn(&mut ModelProto)) -> impl Fn(&[u8]) -> Vec<u8> {
    move |bytes| {
        let mut model = ModelProto::decode(bytes).expect("a model");
        change(&mut model);
        model.encode_to_vec()
    }
}

/// Gives tensors whose names begin with `from` names that begin with `to`.
fn rename(graph: &mut GraphProto, from: &str, to: &str) {
    let weights = graph.initializer.iter_mut().map(|tensor| &mut tensor.name);
    let nodes = graph.node.iter_mut();
    let tensors = nodes.flat_map(|node| node.input.iter_mut().chain(&mut node.output));
    let outputs = graph.output.iter_mut().map(|output| &mut output.name);
    for name in weights.chain(tensors).chain(outputs) {
        if let Some(rest) = name.strip_prefix(from) {
            *name = format!("{to}{rest}");
        }
    }
}
