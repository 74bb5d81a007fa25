//! `trainer train --folds` and `--seeds`, the real program, on drawn photographs.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use image::{Rgb, RgbImage};
use indicatif::ProgressBar;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use trainer::dataset::{Dataset, Photo, digest};
use trainer::train::repeat::{Plan, Repeats};

use crate::common::say_species;
use crate::train::{Bench, Ended, interrupt, wait_for};

/// Side of the patches of a photograph, in pixels.
const PATCH: u32 = 8;

/// A pattern of light and dark patches in one colour: no two look alike.
fn pattern(colour: [u8; 3], seed: u64) -> RgbImage {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let light: Vec<f32> = (0..25).map(|_| rng.random_range(0.3..1.0)).collect();
    RgbImage::from_fn(5 * PATCH, 5 * PATCH, |x, y| {
        let light = light[(5 * (y / PATCH) + x / PATCH) as usize];
        Rgb(colour.map(|value| (f32::from(value) * light) as u8))
    })
}

/// Draws `count` photographs of each breed.
fn draw_patterns(root: &Path, count: u64) {
    for (breed, colour, seed) in [("red", [250, 80, 60], 0), ("blue", [60, 80, 250], 1000)] {
        let folder = root.join(breed);
        fs::create_dir_all(&folder).expect("a temporary folder");
        for number in 0..count {
            pattern(colour, seed + number)
                .save(folder.join(format!("{number}.png")))
                .expect("a temporary file");
        }
    }
}

fn bench() -> Bench {
    let bench = Bench::new();
    draw_patterns(&bench.path("patterns"), 15);
    say_species(&bench.path("patterns"), &[("red", "cat"), ("blue", "dog")]);
    bench
}

fn repeats(bench: &Bench, folder: &str) -> Repeats {
    let file = bench.bytes(&format!("{folder}/repeats.json"));
    serde_json::from_slice(&file).expect("figures of runs")
}

/// What it says on stdout, line by line.
fn lines(run: &Ended) -> Vec<String> {
    let said = String::from_utf8_lossy(&run.0.stdout);
    said.lines().map(str::to_owned).collect()
}

#[test]
fn every_photograph_is_validated_on_once_and_the_spread_is_said() {
    let bench = bench();
    let run = bench.train(
        "runs",
        &["--data", "patterns", "--folds", "3", "--epochs", "1"],
    );
    run.succeeds();
    let lines = lines(&run);
    assert_eq!(lines.len(), 4, "{lines:?}");
    for (line, name) in lines.iter().zip(["fold-1", "fold-2", "fold-3"]) {
        assert!(
            line.starts_with(&format!("{name}: validation top-1 ")),
            "{line}"
        );
        assert!(bench.path("runs").join(name).join("breeds.onnx").is_file());
    }
    assert!(lines[3].starts_with("mean of 3 folds: top-1 "), "{lines:?}");
    assert!(lines[3].contains("standard deviation"), "{lines:?}");
    let errors = String::from_utf8_lossy(&run.0.stderr);
    assert!(errors.contains("without --folds"), "{errors}");
    assert!(!bench.path("runs/breeds.onnx").exists(), "none is chosen");

    let mut dataset = Dataset::open(&bench.path("patterns")).expect("a dataset");
    dataset.keep_together(&ProgressBar::hidden());
    let repeats = repeats(&bench, "runs");
    assert_eq!(repeats.plan, Plan::Folds(3));
    // With the seed of every split.
    let folds = dataset.folds(3, 1).expect("enough photographs");
    assert!(folds.iter().all(Option::is_some), "{folds:?}");
    let json: Value = serde_json::from_slice(&bench.bytes("runs/repeats.json")).expect("JSON");
    for (fold, run) in repeats.runs.iter().enumerate() {
        let photos = dataset.trainval.iter().zip(&folds);
        let held = photos.filter(|(_, of)| **of == Some(fold));
        let held: Vec<&Photo> = held.map(|(photo, _)| photo).collect();
        assert_eq!(run.measured.images, held.len());
        let digests = json["runs"][fold]["digest"].as_str().expect("a text");
        let (_, validated) = digests.split_once('/').expect("two digests");
        assert_eq!(validated, digest(held.into_iter()));
    }
    let mean = repeats
        .runs
        .iter()
        .map(|run| run.measured.top1)
        .sum::<f64>()
        / 3.0;
    let spread = repeats.spread(|measured| measured.top1);
    assert!((spread.mean - mean).abs() < 1e-9);

    let quantised = Command::new(env!("CARGO_BIN_EXE_trainer"))
        .current_dir(bench.path(""))
        .args(["quantise", "--run", "runs/fold-1", "--data", "patterns"])
        .output()
        .expect("the trainer starts");
    Ended(quantised).fails_with("the run in runs/fold-1 is a fold");
}

#[test]
fn a_start_that_is_refused_leaves_no_run_behind() {
    let bench = bench();
    fs::write(bench.path("text.safetensors"), "no weights").expect("a temporary file");
    let args = ["--data", "patterns", "--folds", "2", "--epochs", "1"];
    let refused = [&args[..], &["--init", "text.safetensors"]].concat();
    bench
        .train("runs", &refused)
        .fails_with("cannot read the weights text.safetensors");
    bench.train("runs", &args).succeeds();
    bench
        .train("runs", &args)
        .fails_with("runs already holds a run");
}

#[test]
fn ctrl_c_in_a_fold_says_that_all_of_them_are_resumed() {
    let bench = bench();
    let args = ["--data", "patterns", "--folds", "2", "--epochs", "4"];
    let child = bench
        .command("runs", &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the trainer starts");
    wait_for(&bench.path("runs/fold-1/metrics.csv"));
    interrupt(child.id());
    let output = child.wait_with_output().expect("the trainer ends");
    Ended(output).fails_with("; runs keeps ");
}

#[test]
fn killed_runs_are_resumed_to_the_same_figures() {
    let bench = bench();
    let args = ["--data", "patterns", "--folds", "2", "--epochs", "2"];
    bench.train("whole", &args).succeeds();

    let mut child = bench
        .command("killed", &args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the trainer starts");
    wait_for(&bench.path("killed/fold-2/metrics.csv"));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let first = bench.bytes("killed/fold-1/breeds.onnx");

    bench
        .train("killed", &args)
        .fails_with("killed already holds a run");
    bench
        .train("killed", &["--data", "patterns", "--epochs", "1"])
        .fails_with("killed already holds a run");
    let resume = |args: &[&str]| {
        let args = [&["--data", "patterns", "--resume"][..], args].concat();
        bench.train("killed", &args)
    };
    resume(&["--folds", "3"]).fails_with("the runs in killed were started with --folds 2");
    resume(&["--epochs", "3"]).fails_with("the runs in killed were started with --folds 2");
    resume(&[]).succeeds();
    assert_eq!(repeats(&bench, "killed"), repeats(&bench, "whole"));
    assert!(
        bench.bytes("killed/fold-1/breeds.onnx") == first,
        "left as it was"
    );
    assert!(
        bench.bytes("killed/fold-2/breeds.onnx") == bench.bytes("whole/fold-2/breeds.onnx"),
        "the killed run has the same bundle"
    );
}

#[test]
fn each_seed_is_the_run_that_it_would_be_alone() {
    let bench = bench();
    let args = ["--data", "patterns", "--epochs", "1", "--seed"];
    let run = bench.train("runs", &[&args[..], &["5", "--seeds", "2"]].concat());
    run.succeeds();
    let lines = lines(&run);
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, start) in lines
        .iter()
        .zip(["seed-5: ", "seed-6: ", "mean of 2 seeds: "])
    {
        assert!(line.starts_with(start), "{line}");
    }
    let errors = String::from_utf8_lossy(&run.0.stderr);
    assert!(errors.contains("no bundle is chosen"), "{errors}");

    bench
        .train("alone", &[&args[..], &["6"]].concat())
        .succeeds();
    assert!(
        bench.bytes("runs/seed-6/breeds.onnx") == bench.bytes("alone/breeds.onnx"),
        "the same bundle"
    );
}

#[test]
fn what_cannot_be_repeated_is_refused() {
    let bench = bench();
    let wrong: [&[&str]; 3] = [
        &["--folds", "1"],
        &["--seeds", "101"],
        &["--folds", "2", "--seeds", "2"],
    ];
    for args in wrong {
        let run = bench.train("new", args);
        assert_eq!(run.0.status.code(), Some(2), "{args:?}");
    }
    draw_patterns(&bench.path("more"), 2);
    let cases: [(&[&str], &str); 2] = [
        (&["--val", "more", "--folds", "2"], "leave out --val"),
        (
            &["--folds", "90"],
            "there are too few photographs that do not belong together",
        ),
    ];
    for (args, message) in cases {
        let args = [&["--data", "patterns"][..], args].concat();
        bench.train("new", &args).fails_with(message);
        assert!(!bench.path("new").exists());
    }
}
