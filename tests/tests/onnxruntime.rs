//! A second opinion: ONNX Runtime and Pillow, which share no code with the kiosk, on the embedded bundle.
//!
//! Needs a `python3` with numpy, onnxruntime and pillow; without one the tests are skipped, except in CI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use edge::photo;
use edge::recognise::{Bundle, Engine, Preprocessor};
use image::{Rgb, RgbImage};

/// The root of the workspace.
fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package has a parent folder")
}

fn bundle() -> PathBuf {
    workspace().join("edge/models/breeds.onnx")
}

/// Whether there is a judge to ask. In CI there has to be.
fn judge_is_there() -> bool {
    let import = ["-c", "import numpy, onnxruntime, PIL"];
    let there = Command::new("python3")
        .args(import)
        .output()
        .is_ok_and(|run| run.status.success());
    if !there {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI needs a python3 with numpy, onnxruntime and pillow"
        );
        println!("skipped: there is no python3 with numpy, onnxruntime and pillow");
    }
    there
}

/// What the judge prints for a command on the embedded bundle.
fn judge(command: &str, files: &[&Path]) -> Vec<u8> {
    let run = Command::new("python3")
        .arg(workspace().join("tests/tools/onnxruntime_judge.py"))
        .arg(command)
        .arg(bundle())
        .args(files)
        .output()
        .expect("python3 runs");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    run.stdout
}

/// A picture with smooth parts, edges and fine detail, so that nothing is lost on a flat colour.
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

/// The largest gap between two values in the same place.
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

#[test]
fn onnx_runtime_gives_the_same_logits_for_the_same_tensor() {
    if !judge_is_there() {
        return;
    }
    let bundle = Bundle::read(&bundle()).expect("the bundle that the kiosk embeds");
    let engine = Engine::load(&bundle).expect("the engine runs it");
    let mut tensor = Vec::new();
    Preprocessor::new(&bundle.metadata.input).run(&drawn(320, 240), &mut tensor);

    let folder = tempfile::tempdir().expect("a folder for the tensor");
    let file = folder.path().join("tensor.f32");
    let bytes: Vec<u8> = tensor
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    fs::write(&file, bytes).expect("the tensor is written");

    let here = engine.logits(&tensor).expect("logits");
    let there: Vec<f32> =
        serde_json::from_slice(&judge("run", &[&file])).expect("the judge prints JSON");
    let gap = gap(&here, &there);
    assert!(gap <= 1e-3, "logits are {gap} apart:\n{here:?}\n{there:?}");
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
    // Wide and tall, larger and smaller than the input; PNG, since JPEG decoders may round as they like.
    for (width, height) in [(500, 375), (333, 640), (97, 61)] {
        let photo = folder.path().join(format!("{width}x{height}.png"));
        let tensor = folder.path().join("tensor.f32");
        drawn(width, height)
            .save(&photo)
            .expect("the photograph is written");
        judge("prepare", &[&photo, &tensor]);
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
