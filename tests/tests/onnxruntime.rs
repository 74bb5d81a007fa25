//! Compares the kiosk with ONNX Runtime and Pillow, which share no code with it, on the embedded bundle and on one
//! that ONNX Runtime quantised.
//!
//! Needs a `python3` with numpy, onnx, onnxruntime and pillow. Without one the tests are skipped, except in CI.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::{Rgb, RgbImage};
use recognise::metadata::InputSpec;
use recognise::photo;
use recognise::verdict::top;
use recognise::{Bundle, Detector, Engine, Preprocessor};
use serde_json::Value;
use tempfile::TempDir;
use tests::{can_run, photographs, program, workspace};
use trainer::dataset::Dataset;

fn embedded() -> PathBuf {
    workspace().join("edge/models/breeds.onnx")
}

/// Whether ONNX Runtime can be asked.
fn judge_is_there() -> bool {
    let import = ["-c", "import numpy, onnx, onnxruntime, PIL"];
    let there = Command::new("python3")
        .args(import)
        .output()
        .is_ok_and(|run| run.status.success());
    can_run(there, "python3 with numpy, onnx, onnxruntime and pillow")
}

/// Runs a command of `onnxruntime_judge.py` on a bundle and returns its output.
fn judge<T: AsRef<OsStr>>(command: &str, bundle: &Path, arguments: &[T]) -> Vec<u8> {
    let run = Command::new("python3")
        .arg(workspace().join("tests/tools/onnxruntime_judge.py"))
        .arg(command)
        .arg(bundle)
        .args(arguments)
        .output()
        .expect("python3 runs");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    run.stdout
}

/// A picture with smooth parts, edges and fine detail. Errors would not show on a flat colour.
fn drawn(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let stripe = if (x / 7 + y / 11) % 3 == 0 { 200 } else { 30 };
        Rgb([
            (x * 255 / width) as u8,
            (y * 255 / height) as u8,
            stripe ^ (x * y % 32) as u8,
        ])
    })
}

/// The largest difference between two values at the same index.
fn gap(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    let gaps = one
        .iter()
        .zip(other)
        .map(|(one, other)| (one - other).abs());
    gaps.fold(
        0.0,
        |largest, gap| if gap <= largest { largest } else { gap },
    )
}

/// Inputs of the network, each also in a file: photographs if there are any, otherwise drawn pictures.
struct Inputs {
    tensors: Vec<Vec<f32>>,
    files: Vec<PathBuf>,
    _folder: TempDir,
}

impl Inputs {
    fn new(input: &InputSpec) -> Self {
        let pictures: Vec<RgbImage> = match photographs() {
            Some(pets) => {
                let dataset = Dataset::open(&pets.join("oxford-iiit-pet")).expect("the data set");
                let photos = dataset.test.iter().step_by(6);
                photos.filter_map(|it| photo::open(&it.path).ok()).collect()
            }
            None => (1..9).map(|n| drawn(40 * n, 300 - 30 * n)).collect(),
        };
        let folder = tempfile::tempdir().expect("a folder for tensors");
        let mut preprocessor = Preprocessor::new(input);
        let (mut tensors, mut files) = (Vec::new(), Vec::new());
        for (index, picture) in pictures.iter().enumerate() {
            let mut tensor = Vec::new();
            preprocessor.run(picture, &mut tensor);
            let file = folder.path().join(format!("{index}.f32"));
            let bytes = tensor.iter().flat_map(|value| value.to_le_bytes());
            fs::write(&file, bytes.collect::<Vec<u8>>()).expect("the tensor is written");
            tensors.push(tensor);
            files.push(file);
        }
        Self {
            tensors,
            files,
            _folder: folder,
        }
    }
}

/// How an engine's outputs agree with those of ONNX Runtime for the same inputs.
#[derive(Debug)]
struct Agreement {
    inputs: usize,
    /// Inputs for which another breed comes first.
    other_first: usize,
    /// The mean difference between two logits, as a share of the range of an input's logits.
    mean_gap: f32,
    /// The same for prototype similarities.
    mean_similarity_gap: f32,
}

impl Agreement {
    /// Asserts limits for the share of inputs for which another breed comes first and for the mean differences.
    fn check(&self, other_first: f32, mean_gap: f32) {
        println!("{self:?}");
        let share = self.other_first as f32 / self.inputs as f32;
        assert!(
            share <= other_first
                && self.mean_gap <= mean_gap
                && self.mean_similarity_gap <= mean_gap,
            "{self:?}"
        );
    }
}

fn compare(engine: &Engine, bundle: &Path, inputs: &Inputs) -> Agreement {
    let theirs: Vec<[Vec<f32>; 2]> =
        serde_json::from_slice(&judge("run", bundle, &inputs.files)).expect("pairs of lists");
    let mut other_first = 0;
    let (mut logit_gaps, mut similarity_gaps) = (Vec::new(), Vec::new());
    for (tensor, [logits, similarity]) in inputs.tensors.iter().zip(&theirs) {
        let ours = engine.run(tensor).expect("an output");
        let first = |logits: &[f32]| top(logits, 1)[0].0;
        other_first += usize::from(first(&ours.logits) != first(logits));
        logit_gaps.extend(gaps(&ours.logits, logits));
        similarity_gaps.extend(gaps(&ours.similarity, similarity));
    }
    let mean = |gaps: &[f32]| gaps.iter().sum::<f32>() / gaps.len() as f32;
    Agreement {
        inputs: inputs.files.len(),
        other_first,
        mean_gap: mean(&logit_gaps),
        mean_similarity_gap: mean(&similarity_gaps),
    }
}

/// The differences between two outputs, as shares of the range of the second one.
fn gaps(ours: &[f32], theirs: &[f32]) -> Vec<f32> {
    assert_eq!(ours.len(), theirs.len());
    let highest = theirs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let lowest = theirs.iter().copied().fold(f32::INFINITY, f32::min);
    let pairs = ours.iter().zip(theirs);
    pairs
        .map(|(ours, theirs)| (ours - theirs).abs() / (highest - lowest))
        .collect()
}

#[test]
fn onnx_runtime_gives_nearly_the_same_output_for_the_same_tensor() {
    if !judge_is_there() {
        return;
    }
    let bundle = Bundle::read(&embedded()).expect("the bundle that the kiosk embeds");
    let inputs = Inputs::new(&bundle.metadata.input);
    let engine = Engine::load(&bundle).expect("the engine runs it");
    assert!(engine.is_int8(), "the embedded bundle runs in int8");
    // Numbers close to the middle between two bytes are rounded to either: ONNX Runtime rounds products to f32 first,
    // and ties to even.
    compare(&engine, &embedded(), &inputs).check(0.005, 0.01);
    // In f32 a sum occasionally rounds to the next byte. ONNX Runtime without its integer kernels differs as much.
    let simulated = Engine::reference(&bundle).expect("tract runs it");
    compare(&simulated, &embedded(), &inputs).check(0.04, 0.03);
}

#[test]
fn onnx_runtime_computes_the_same_boxes() {
    if !judge_is_there() {
        return;
    }
    let bundle = Bundle::read(&embedded()).expect("the bundle that the kiosk embeds");
    // The detector is optional.
    let Some(animals) = &bundle.metadata.animals else {
        return;
    };
    let inputs = Inputs::new(&animals.input);
    let detector = Detector::on_threads(&bundle, 1).expect("the engine runs it");
    let detector = detector.expect("a detector");
    assert!(detector.is_int8(), "the embedded detector runs in int8");
    let theirs = judge("locate", &embedded(), &inputs.files);
    let theirs: Vec<Vec<f32>> = serde_json::from_slice(&theirs).expect("lists");
    let pairs = inputs.tensors.iter().zip(&theirs);
    let all: Vec<f32> = pairs
        .flat_map(|(frame, theirs)| gaps(&detector.run(frame).expect("an output"), theirs))
        .collect();
    let mean = all.iter().sum::<f32>() / all.len() as f32;
    assert!(mean <= 0.002, "the mean difference is {mean} of the range");
}

#[test]
fn a_bundle_that_onnx_runtime_quantised_runs_in_int8_and_agrees() {
    if !judge_is_there() {
        return;
    }
    let input = Bundle::embedded()
        .expect("the embedded bundle")
        .metadata
        .input;
    let inputs = Inputs::new(&input);
    let folder = tempfile::tempdir().expect("a folder for bundles");
    for activations in ["u8", "i8"] {
        let file = folder.path().join(format!("{activations}.onnx"));
        let mut arguments = vec![file.clone(), activations.into()];
        arguments.extend(inputs.files.iter().take(32).cloned());
        judge("requantise", &embedded(), &arguments);
        let bundle = Bundle::read(&file).expect("a sound bundle");
        let engine = Engine::load(&bundle).expect("the engine runs it");
        assert!(engine.is_int8(), "{activations}");
        // ONNX Runtime runs networks with signed activations partly in f32.
        compare(&engine, &file, &inputs).check(0.04, 0.02);
    }
}

/// The mean difference of two engines' logits, as a share of the range of the second one's.
fn spread(ours: &[Vec<f32>], theirs: &[Vec<f32>]) -> f32 {
    let (ours, theirs) = (ours.concat(), theirs.concat());
    let gaps = gaps(&ours, &theirs);
    gaps.iter().sum::<f32>() / gaps.len() as f32
}

#[test]
fn networks_that_people_bring_equal_onnx_runtime_to_its_own_spread() {
    if !judge_is_there() {
        return;
    }
    for (network, activations, scales) in [
        ("EfficientNet-Lite0", "u8", "channel"),
        ("MobileNetV2", "i8", "tensor"),
        ("MobileNetV3 small", "u8", "channel"),
        ("MobileNetV3 large", "i8", "channel"),
        ("ResNet-18", "u8", "tensor"),
    ] {
        let folder = tempfile::tempdir().expect("a folder for a network");
        let run = Command::new("python3")
            .arg(workspace().join("tests/tools/foreign_networks.py"))
            .args([network, activations, scales])
            .arg(folder.path())
            .output()
            .expect("python3 runs");
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{network}: {errors}");
        // The logits of each picture, in each way in which ONNX Runtime computes them.
        let mut ways: Vec<Vec<Vec<f32>>> =
            serde_json::from_slice(&run.stdout).expect("lists of logits");
        let theirs = ways.remove(0);

        let bundle = Bundle::read(&folder.path().join("int8.onnx")).expect("a sound bundle");
        let engine = Engine::load(&bundle).expect("the engine runs it");
        let coverage = engine.coverage();
        assert!(coverage.share() > 0.95, "{network}: {coverage}");
        // What makes logits of the pooled features is all that is in f32.
        let left_out = coverage.left_out.as_deref().unwrap_or_default();
        assert!(
            left_out.starts_with("Gemm ") && left_out.contains(": no convolution follows"),
            "{network}: {left_out}"
        );
        let ours: Vec<Vec<f32>> = (0..theirs.len())
            .map(|index| {
                let file = folder.path().join(format!("{index}.f32"));
                let bytes = fs::read(&file).expect("an input");
                let (values, _) = bytes.as_chunks();
                let input: Vec<f32> = values.iter().map(|&it| f32::from_le_bytes(it)).collect();
                engine.run(&input).expect("an output").logits
            })
            .collect();
        let off = spread(&ours, &theirs);
        let itself = ways.iter().map(|way| spread(way, &theirs));
        let itself = itself.fold(0.0, f32::max);
        println!("{network}, {activations} by {scales}: {off} off, ONNX Runtime itself {itself}");
        assert!(off <= 2.0 * itself + 0.01, "{network}: {off} and {itself}");
    }
}

#[test]
fn pillow_prepares_a_photograph_in_the_same_way() {
    if !judge_is_there() {
        return;
    }
    let input = Bundle::embedded()
        .expect("the embedded bundle")
        .metadata
        .input;
    let least_std = input.std.iter().copied().fold(f32::INFINITY, f32::min);
    let mut preprocessor = Preprocessor::new(&input);
    let folder = tempfile::tempdir().expect("a folder for photographs");
    // Wide and tall, larger and smaller than the input; PNG, because JPEG decoders may round differently.
    for (width, height) in [(500, 375), (333, 640), (97, 61)] {
        let photo = folder.path().join(format!("{width}x{height}.png"));
        let tensor = folder.path().join("tensor.f32");
        drawn(width, height)
            .save(&photo)
            .expect("the photograph is written");
        judge("prepare", &embedded(), &[&photo, &tensor]);
        let bytes = fs::read(&tensor).expect("the judge's tensor");
        let (values, _) = bytes.as_chunks();
        let there: Vec<f32> = values
            .iter()
            .map(|&value| f32::from_le_bytes(value))
            .collect();

        let mut here = Vec::new();
        let picture = photo::open(&photo).expect("the photograph is read");
        preprocessor.run(&picture, &mut here);
        let levels = gap(&here, &there) * least_std * 255.0;
        assert!(
            levels <= 1.01,
            "{width} x {height}: a value is {levels} of 255 levels apart"
        );
    }
}

#[test]
fn the_comparison_with_other_runtimes_runs_on_the_built_in_bundle() {
    if !judge_is_there() {
        return;
    }
    let run = Command::new("python3")
        .arg(workspace().join("tests/tools/peers_speed.py"))
        .args([
            "--json",
            "--threads",
            "1",
            "--rounds",
            "1",
            "--runs",
            "1",
            "--kiosk",
        ])
        .arg(program::path())
        .output()
        .expect("python3 runs");
    let messages = String::from_utf8_lossy(&run.stderr);
    let result: Value =
        serde_json::from_slice(&run.stdout).unwrap_or_else(|error| panic!("{error}: {messages}"));
    let rows = result["rows"].as_array().expect("rows");
    let measured: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["runtime"].as_str())
        .collect();
    assert!(
        measured.starts_with(&["kiosk", "ONNX Runtime"]),
        "{result:#}"
    );
    // A runtime may be missing on this machine; none that is there may fail, but for MNN, whose
    // converter cannot take a network in int8.
    let notes = result["notes"].as_array().expect("notes");
    let is_expected = |note: &Value| {
        let note = note.as_str().unwrap_or_default();
        let is_missing = note.contains("`pip install") || note.contains("`cargo build");
        is_missing || note.starts_with("MNN int8 is left out: its converter")
    };
    assert!(notes.iter().all(is_expected), "{result:#}");
}
