//! Quantisation: its arithmetic on made-up numbers, and `trainer quantise`, the real program, on drawn photographs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use prost::Message;
use recognise::{Bundle, Recogniser};
use tempfile::TempDir;
use tract_onnx::pb::{GraphProto, ModelProto};
use trainer::net::int8::Affine;
use trainer::net::{Classifier, FEATURES, Init, Network, Prototypes};
use trainer::quantise::equalise::equalise;
use trainer::quantise::float;
use trainer::quantise::moments::Moments;
use trainer::quantise::ranges::Histogram;
use trainer::quantise::rounding::round;

use crate::common::{QUICK, draw, draw_breeds};

#[test]
fn every_range_contains_zero_and_misses_no_value_by_more_than_a_step() {
    let check = |low: f32, high: f32| {
        let affine = Affine::covering(low, high);
        assert_eq!(affine.dequantise(affine.zero_point), 0.0, "{low} {high}");
        for share in [0.0, 0.1, 0.33, 0.5, 0.77, 1.0] {
            let value = low + share * (high - low);
            let error = (affine.dequantise(affine.quantise(value)) - value).abs();
            // The ends may lie half a step outside, because the range is shifted to represent zero exactly.
            let allowed = 1.001 * affine.scale;
            assert!(
                error <= allowed,
                "{value} of {low}..{high} is off by {error}"
            );
        }
    };
    check(0.0, 6.0);
    check(-1.0, 1.0);
    check(-0.01, 30.0);
    check(2.0, 3.0);
    check(-5.0, -4.0);
    check(0.0, 0.0);
}

#[test]
fn values_beyond_the_range_become_its_ends() {
    let affine = Affine::covering(0.0, 6.0);
    assert_eq!(affine.quantise(-3.0), 0);
    assert_eq!(affine.quantise(7.0), 255);
    assert!((affine.dequantise(255) - 6.0).abs() < 1e-5);
}

#[test]
fn a_few_outliers_are_clipped_and_an_even_spread_is_not() {
    let even: Vec<f32> = (0..1_000_000).map(|index| index as f32 / 1e6).collect();
    let end = |low: f32, high: f32, values: &[f32]| {
        let mut histogram = Histogram::new(low, high);
        histogram.add(values);
        let affine = histogram.best();
        (affine.dequantise(0), affine.dequantise(255))
    };
    assert!((end(0.0, 1.0, &even).1 - 1.0).abs() < 0.02);

    let outliers = [&even[..], &[1.5, 1.6]].concat();
    let (low, high) = end(0.0, 1.6, &outliers);
    assert_eq!(low, 0.0);
    assert!((0.95..1.3).contains(&high), "{high}");

    let both_sides: Vec<f32> = outliers.iter().flat_map(|&value| [value, -value]).collect();
    let (low, high) = end(-1.6, 1.6, &both_sides);
    assert!(
        (-1.3..-0.95).contains(&low) && (0.95..1.3).contains(&high),
        "{low} {high}"
    );
}

#[test]
fn equalisation_scales_channels_and_keeps_the_logits() {
    let network = Network::new(2, &Init::Random(3)).expect("random weights");
    let classifier = Classifier {
        weight: (0..2 * FEATURES)
            .map(|index| (index as f32).sin())
            .collect(),
        bias: vec![0.0; 2],
    };
    let mut network = float::Network::of(&network, classifier).expect("its numbers");
    let picture: Vec<f32> = (0..32 * 32 * 3)
        .map(|index| (index as f32 * 0.7).cos())
        .collect();
    let extremes = |network: &float::Network| {
        let mut seen: Vec<Vec<(f32, f32)>> = Vec::new();
        let logits = network.run(&picture, 32, |index, values| {
            let channels = network.activations()[index];
            let mut extremes = vec![(0f32, 0f32); channels];
            for (place, &value) in values.iter().enumerate() {
                let (low, high) = &mut extremes[place % channels];
                (*low, *high) = (low.min(value), high.max(value));
            }
            seen.push(extremes);
        });
        (logits, seen)
    };
    let (before, seen) = extremes(&network);
    equalise(&mut network, &seen);
    let (after, equalised) = extremes(&network);
    for (before, after) in before.iter().zip(&after) {
        assert!(
            (before - after).abs() < 1e-3 * before.abs().max(1.0),
            "{before} became {after}"
        );
    }
    let raised = seen[0]
        .iter()
        .zip(&equalised[0])
        .filter(|(seen, now)| now.1 > seen.1)
        .count();
    assert!(
        raised > 16,
        "{raised} of 32 channels of the stem are larger"
    );
    assert!(equalised.iter().flatten().all(|(_, peak)| peak.is_finite()));
}

#[test]
fn rounding_is_never_worse_than_to_the_nearest_and_better_for_correlated_inputs() {
    // 24 inputs, each the sum of 7 of 30 sources: they are correlated, but not fully.
    let n = 24;
    let samples: Vec<Vec<f32>> = (0..200)
        .map(|sample| {
            let source = |index: usize| ((sample * 31 + index * 17) as f32).sin();
            (0..n)
                .map(|input| (input..input + 7).map(source).sum())
                .collect()
        })
        .collect();
    let mut covariance = vec![0.0; n * n];
    for sample in &samples {
        for (index, sum) in covariance.iter_mut().enumerate() {
            *sum += sample[index / n] * sample[index % n] / samples.len() as f32;
        }
    }
    let error = |weight: &[f32], rounded: &[i8], scale: f32| -> f32 {
        let output = |sample: &Vec<f32>, weight: &mut dyn Iterator<Item = f32>| -> f32 {
            sample
                .iter()
                .zip(weight)
                .map(|(value, weight)| value * weight)
                .sum()
        };
        let errors = samples.iter().map(|sample| {
            let exact = output(sample, &mut weight.iter().copied());
            let actual = output(
                sample,
                &mut rounded.iter().map(|&weight| f32::from(weight) * scale),
            );
            (exact - actual).powi(2)
        });
        errors.sum()
    };
    let moments = |covariance: &[f32]| Moments {
        exact_mean: vec![0.0; n],
        actual_mean: vec![0.0; n],
        covariance: covariance.to_vec(),
    };
    let (mut nearest_total, mut total) = (0.0, 0.0);
    for row in 0..20 {
        let weight: Vec<f32> = (0..n)
            .map(|index| ((row * 50 + index) as f32 * 1.3).cos())
            .collect();
        let scale = 1.0 / 127.0;
        let nearest: Vec<i8> = weight
            .iter()
            .map(|weight| (weight / scale).round() as i8)
            .collect();
        let rounded = round(&weight, &[scale], &moments(&covariance));
        let (least, ours) = (
            error(&weight, &nearest, scale),
            error(&weight, &rounded, scale),
        );
        assert!(ours <= least * 1.001, "row {row}: {ours} against {least}");
        nearest_total += least;
        total += ours;

        let alone: Vec<f32> = (0..n * n)
            .map(|index| f32::from(u8::from(index % (n + 1) == 0)))
            .collect();
        assert_eq!(round(&weight, &[scale], &moments(&alone)), nearest);
    }
    assert!(
        total < nearest_total / 2.0,
        "{total} against {nearest_total}"
    );
}

#[test]
fn a_run_is_quantised_to_a_bundle_that_the_kiosk_runs() {
    let bench = Bench::new(26);
    bench.train("6");
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
    assert!(table.contains("test, 13 photographs"), "{table}");

    let exact = Bundle::read(&bench.path("run/breeds.onnx")).expect("the f32 bundle");
    let quantised = Bundle::read(&bench.path("run/breeds-int8.onnx")).expect("a sound bundle");
    assert_eq!(quantised.precision(), "int8");
    assert!(quantised.size <= 2_600_000, "{} bytes", quantised.size);
    assert_eq!(quantised.metadata.breeds, exact.metadata.breeds);
    assert_eq!(quantised.metadata.input, exact.metadata.input);
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

/// A folder with a dataset, in which the trainer runs.
struct Bench(TempDir);

impl Bench {
    fn new(photographs: u64) -> Self {
        let bench = Self(TempDir::new().expect("a temporary folder"));
        draw_breeds(&bench.path("data"), photographs);
        fs::write(bench.path("quick.toml"), QUICK).expect("a temporary file");
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("a file of the run")
    }

    /// Draws a dataset in Oxford's layout with 26 photographs of each breed and none to test on.
    fn draw_without_test_split(&self, name: &str) {
        let root = self.path(name);
        for folder in ["images", "annotations"] {
            fs::create_dir_all(root.join(folder)).expect("a temporary folder");
        }
        let mut list = String::new();
        for (class, breed, colour) in [(1, "Red", [200, 60, 50]), (2, "blue", [50, 70, 200])] {
            for number in 0..26 {
                let picture = draw(colour, number);
                let file = root.join(format!("images/{breed}_{number}.jpg"));
                picture.save(file).expect("a temporary file");
                list += &format!("{breed}_{number} {class} {class} 1\n");
            }
        }
        fs::write(root.join("annotations/trainval.txt"), list).expect("a temporary file");
        fs::write(root.join("annotations/test.txt"), "").expect("a temporary file");
    }

    fn trainer(&self, args: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
        command.current_dir(self.0.path()).args(args);
        Ended(command.output().expect("the trainer starts"))
    }

    fn train(&self, epochs: &str) {
        let weights = [
            "--init",
            "none",
            "--recipe",
            "quick.toml",
            "--epochs",
            epochs,
        ];
        let args = [&["train", "--data", "data", "--out", "run"], &weights[..]].concat();
        self.trainer(&args).succeeds();
    }

    fn quantise(&self, run: &str, data: &str) -> Ended {
        self.trainer(&["quantise", "--run", run, "--data", data])
    }

    /// Writes a run whose bundle is a damaged copy of a sound one.
    fn damage(&self, run: &str, damage: impl Fn(&[u8]) -> Vec<u8>, bundle: &[u8]) {
        fs::create_dir_all(self.path(run)).expect("a temporary folder");
        let path = self.path(run).join(Path::new("breeds.onnx"));
        fs::write(path, damage(bundle)).expect("a temporary file");
    }
}

struct Ended(Output);

impl Ended {
    /// Exit code 0; gives the text on stdout.
    fn succeeds(&self) -> String {
        let errors = String::from_utf8_lossy(&self.0.stderr);
        assert!(self.0.status.success(), "{errors}");
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// Exit code 1, and one line on stderr with `message`.
    fn fails_with(&self, message: &str) {
        let errors = String::from_utf8_lossy(&self.0.stderr);
        assert_eq!(self.0.status.code(), Some(1), "{message}: {errors}");
        assert_eq!(errors.lines().count(), 1, "one line: {errors}");
        assert!(errors.contains(message), "{message} is not in: {errors}");
    }
}
