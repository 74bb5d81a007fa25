//! Quantisation: its arithmetic on numbers made up, and `trainer quantise`, the real binary, on drawn photographs.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{QUICK, draw, draw_breeds};
use recognise::{Bundle, Recogniser};
use prost::Message;
use tempfile::TempDir;
use tract_onnx::pb::ModelProto;
use trainer::net::{Classifier, FEATURES, Init, Network};
use trainer::quantise::equalise::equalise;
use trainer::quantise::float;
use trainer::quantise::moments::Moments;
use trainer::quantise::ranges::{Affine, Histogram};
use trainer::quantise::rounding::round;

#[test]
fn every_range_holds_zero_and_misses_no_value_by_more_than_half_a_step() {
    let check = |low: f32, high: f32| {
        let affine = Affine::covering(low, high);
        assert_eq!(affine.dequantise(affine.zero_point), 0.0, "{low} {high}");
        for share in [0.0, 0.1, 0.33, 0.5, 0.77, 1.0] {
            let value = low + share * (high - low);
            let error = (affine.dequantise(affine.quantise(value)) - value).abs();
            // The ends may lie half a step outside, because zero had to be moved onto a step.
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
fn equalisation_scales_channels_and_leaves_the_answers() {
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
fn rounding_is_never_worse_than_to_the_nearest_and_better_where_inputs_go_together() {
    // 24 inputs, each the sum of a few of 30 sources: together they go, though not in lockstep.
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
    let desk = Desk::new(26);
    desk.train("6");
    let table = desk.quantise("run", "data").succeeds();
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

    let exact = Bundle::read(&desk.path("run/breeds.onnx")).expect("the f32 bundle");
    let quantised = Bundle::read(&desk.path("run/breeds-int8.onnx")).expect("a sound bundle");
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

    let former = desk.bytes("run/breeds-int8.onnx");
    desk.quantise("run", "data").succeeds();
    assert!(
        former == desk.bytes("run/breeds-int8.onnx"),
        "the same again"
    );

    desk.draw_without_test_split("untested");
    let table = desk.quantise("run", "untested").succeeds();
    assert!(table.contains("validation, 6 photographs"), "{table}");
    assert!(!table.contains("test"), "there is no test split: {table}");

    fs::create_dir_all(desk.path("quantised")).expect("a temporary folder");
    fs::write(desk.path("quantised/breeds.onnx"), &former).expect("a temporary file");
    desk.quantise("quantised", "data")
        .fails_with("is int8 already");
}

#[test]
fn what_cannot_be_quantised_is_said_in_one_line() {
    let desk = Desk::new(8);
    desk.train("1");
    let bundle = desk.bytes("run/breeds.onnx");
    desk.quantise("run", "data")
        .fails_with("at least 32 photographs; of the 9 that data has");
    desk.quantise("nowhere", "data")
        .fails_with("nowhere holds no breeds.onnx");
    desk.quantise("run", "nothing").fails_with("nothing");

    for entry in fs::read_dir(desk.path("data/Red")).expect("a folder") {
        fs::write(entry.expect("a file").path(), "no picture").expect("a temporary file");
    }
    desk.quantise("run", "data")
        .fails_with("of the 9 that data has to train on, 5 can be read");

    draw_breeds(&desk.path("other"), 40);
    fs::rename(desk.path("other/blue"), desk.path("other/green")).expect("a temporary folder");
    desk.quantise("run", "other")
        .fails_with("does not know the breed green");

    draw_breeds(&desk.path("enough"), 40);
    desk.spoil("text", |_| b"no model".to_vec(), &bundle);
    desk.quantise("text", "enough")
        .fails_with("text/breeds.onnx: not an ONNX model");
    let renamed = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().expect("a graph");
        let weight = |name: &mut String| {
            if name == "conv_head.weight" {
                *name = "head".to_owned();
            }
        };
        graph
            .initializer
            .iter_mut()
            .for_each(|tensor| weight(&mut tensor.name));
        graph
            .node
            .iter_mut()
            .flat_map(|node| &mut node.input)
            .for_each(weight);
    };
    desk.spoil("renamed", changed(renamed), &bundle);
    desk.quantise("renamed", "enough")
        .fails_with("have no tensor conv_head.weight");
    // The same tensors, but clamped at 0.3 in place of 6.
    let rewired = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().expect("a graph");
        let six = graph
            .initializer
            .iter_mut()
            .find(|tensor| tensor.name == "six");
        six.expect("the clamp's end").raw_data = 0.3f32.to_le_bytes().to_vec();
    };
    desk.spoil("rewired", changed(rewired), &bundle);
    desk.quantise("rewired", "enough")
        .fails_with("holds another network");
    for run in ["run", "text", "renamed", "rewired"] {
        assert!(!desk.path(run).join("breeds-int8.onnx").exists(), "{run}");
    }
}

/// A model's bytes in, those of a changed one out.
fn changed(change: impl Fn(&mut ModelProto)) -> impl Fn(&[u8]) -> Vec<u8> {
    move |bytes| {
        let mut model = ModelProto::decode(bytes).expect("a model");
        change(&mut model);
        model.encode_to_vec()
    }
}

/// A folder with a data set, and the trainer at work in it.
struct Desk(TempDir);

impl Desk {
    fn new(photographs: u64) -> Self {
        let desk = Self(TempDir::new().expect("a temporary folder"));
        draw_breeds(&desk.path("data"), photographs);
        fs::write(desk.path("quick.toml"), QUICK).expect("a temporary file");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("a file of the run")
    }

    /// Oxford's layout, 26 photographs of each breed, none of them to test on.
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

    /// A run whose bundle is what `spoil` makes of a sound one.
    fn spoil(&self, run: &str, spoil: impl Fn(&[u8]) -> Vec<u8>, bundle: &[u8]) {
        fs::create_dir_all(self.path(run)).expect("a temporary folder");
        let path = self.path(run).join(Path::new("breeds.onnx"));
        fs::write(path, spoil(bundle)).expect("a temporary file");
    }
}

struct Ended(Output);

impl Ended {
    /// What it printed.
    fn succeeds(&self) -> String {
        let said = String::from_utf8_lossy(&self.0.stderr);
        assert!(self.0.status.success(), "{said}");
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// Exit code 1, and one line that holds `message`.
    fn fails_with(&self, message: &str) {
        let said = String::from_utf8_lossy(&self.0.stderr);
        assert_eq!(self.0.status.code(), Some(1), "{message}: {said}");
        assert_eq!(said.lines().count(), 1, "one line: {said}");
        assert!(said.contains(message), "{message} is not in: {said}");
    }
}
