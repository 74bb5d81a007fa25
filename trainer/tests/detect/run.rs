//! `trainer detect`, from drawn photographs to a detector.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use candle_core::{DType, Device, Tensor};
use image::{Rgb, RgbImage};
use indicatif::ProgressBar;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recognise::metadata::{CropShape, Resize};
use tempfile::TempDir;
use trainer::dataset::Dataset;
use trainer::detect::recipe::Recipe;
use trainer::detect::{DetectError, Options, finished, train};
use trainer::net::Init;

use crate::common::say_species;

const QUICK: &str =
    "size = 64\nbatch = 8\nrate = 0.001\ncorruption = 0.2\nmargin = 0.25\nshape = \"square\"\n";

#[test]
fn a_detector_is_trained_and_comes_with_what_a_bundle_says_about_it() {
    let bench = Bench::new();
    // Photographs of the test split are not even read.
    let dataset = Dataset::open(&bench.path("data")).expect("a dataset");
    assert!(!dataset.test.is_empty());
    for photo in &dataset.test {
        fs::write(&photo.path, "no picture").expect("a temporary file");
    }
    let args = [
        "--negatives",
        "rooms",
        "--recipe",
        "quick.toml",
        "--epochs",
        "2",
    ];
    let output = bench.detect("run", &args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(!errors.contains("left out:"), "{errors}");
    let left_out = format!("not used: {} of the test split", dataset.test.len());
    assert!(errors.contains(&left_out), "{left_out}: {errors}");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        printed.starts_with("run/animals.safetensors: epoch"),
        "{printed}"
    );

    let table = fs::read_to_string(bench.path("run/metrics.csv")).expect("a table");
    assert_eq!(table.lines().count(), 3, "a header and two epochs: {table}");
    let run = finished(&bench.path("run")).expect("a finished run");
    let pictures = Tensor::zeros((2, 64, 64, 3), DType::F32, &Device::Cpu).expect("pictures");
    let cells = run.detector.cells(&pictures).expect("cells");
    assert_eq!(cells.dims(), [2, 2, 2, 24]);
    assert_eq!(
        (run.animals.margin, run.animals.shape),
        (0.25, CropShape::Square)
    );
    assert_eq!(
        (run.animals.input.size, run.animals.input.resize),
        (64, Resize::Squash)
    );
    let trained = dataset.trainval.len() - 2;
    assert_eq!(
        run.animals.trained.images, trained,
        "all but one of each breed"
    );
    assert_eq!(run.animals.trained.recipe["epochs"], 2);
}

#[test]
fn an_interrupted_run_is_resumed_to_the_same_detector() {
    let bench = Bench::new();
    let options = |run: &str, resume: bool| Options {
        boxes: bench.path("boxes.csv"),
        data: bench.path("data").into(),
        extra: vec![],
        negatives: vec![bench.path("rooms")],
        run: bench.path(run),
        init: Init::Random(3),
        recipe: Recipe {
            size: 64,
            epochs: 3,
            batch: 8,
            ..Recipe::default()
        },
        resume,
    };
    let go = AtomicBool::new(false);
    let bar = ProgressBar::hidden();
    train(&options("whole", false), &bar, &go).expect("a detector");

    let stop = AtomicBool::new(false);
    let table = bench.path("stopped/metrics.csv");
    let stopped = std::thread::scope(|scope| {
        let training = scope.spawn(|| train(&options("stopped", false), &bar, &stop));
        while !table.exists() && !training.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        stop.store(true, Ordering::Relaxed);
        training.join().expect("no panic")
    });
    assert!(
        matches!(stopped, Err(DetectError::Stopped { .. })),
        "{stopped:?}"
    );
    let unfinished = finished(&bench.path("stopped")).err();
    assert!(matches!(unfinished, Some(DetectError::Unfinished { .. })));

    train(&options("stopped", true), &bar, &go).expect("a detector");
    for file in ["animals.safetensors", "detector.json", "recipe.toml"] {
        assert_eq!(
            bench.bytes(&format!("whole/{file}")),
            bench.bytes(&format!("stopped/{file}")),
            "{file}"
        );
    }

    // Other boxes, and a folder that is in use.
    let boxes = fs::read_to_string(bench.path("boxes.csv")).expect("a table");
    fs::write(bench.path("boxes.csv"), boxes.replace("0.9", "0.8")).expect("a temporary file");
    let other = train(&options("whole", true), &bar, &go).err();
    assert!(
        matches!(other, Some(DetectError::OtherData { .. })),
        "{other:?}"
    );
    let again = train(&options("whole", false), &bar, &go).err();
    assert!(
        matches!(again, Some(DetectError::Exists { .. })),
        "{again:?}"
    );
}

#[test]
fn what_cannot_be_used_is_refused_in_one_line() {
    let bench = Bench::new();
    fs::create_dir(bench.path("other")).expect("a temporary folder");
    let recipe = trainer::train::recipe::Recipe::default().to_toml();
    fs::write(bench.path("other/recipe.toml"), recipe).expect("a temporary file");
    fs::write(bench.path("bad.toml"), "trunk = 4\n").expect("a temporary file");
    fs::write(bench.path("people.csv"), "file,kind,score,x1,y1,x2,y2\n").expect("a temporary file");
    for (run, args, message) in [
        (
            "other",
            vec!["--resume"],
            "other holds a run of `trainer train`",
        ),
        (
            "none",
            vec!["--resume"],
            "none holds no run of `trainer detect`",
        ),
        ("run", vec!["--recipe", "bad.toml"], "trunk must be 5 or 6"),
        (
            "run",
            vec!["--boxes", "none.csv"],
            "cannot read the boxes none.csv",
        ),
        (
            "run",
            vec!["--boxes", "people.csv"],
            "people.csv has sure boxes of animals for 0 photographs",
        ),
        (
            "run",
            vec!["--negatives", "data"],
            "data has no photograph without an animal",
        ),
        ("run", vec!["--negatives", "nowhere"], "cannot read nowhere"),
    ] {
        let output = bench.detect(run, &args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {errors}");
        let said = errors.lines().filter(|line| line.starts_with("trainer: "));
        let said: Vec<&str> = said.collect();
        assert!(
            said.len() == 1 && said[0].contains(message),
            "{message}: {errors}"
        );
        assert!(
            !bench.path("run").exists(),
            "{args:?} leaves nothing behind"
        );
    }
}

/// A folder with a dataset of red cats and blue dogs, their boxes, and rooms without an animal.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(TempDir::new().expect("a temporary folder"));
        let mut table = "file,kind,score,x1,y1,x2,y2\n".to_owned();
        for (breed, kind, colour) in [
            ("Red", "cat", [200, 60, 50]),
            ("blue", "dog", [50, 70, 200]),
        ] {
            fs::create_dir_all(bench.path(&format!("data/{breed}"))).expect("a temporary folder");
            for number in 0..14 {
                let name = format!("data/{breed}/{number}.png");
                let [left, top, right, bottom] = draw(&bench.path(&name), Some(colour), number);
                table += &format!("{name},{kind},0.9,{left},{top},{right},{bottom}\n");
            }
        }
        say_species(&bench.path("data"), &[("red", "cat"), ("blue", "dog")]);
        fs::create_dir(bench.path("rooms")).expect("a temporary folder");
        for number in 0..6 {
            draw(&bench.path(&format!("rooms/{number}.png")), None, number);
        }
        fs::write(bench.path("boxes.csv"), table).expect("a temporary file");
        fs::write(bench.path("quick.toml"), QUICK).expect("a temporary file");
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("a file of the run")
    }

    fn detect(&self, run: &str, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
        command.current_dir(self.0.path());
        command.args(["detect", "--data", "data", "--out", run, "--init", "none"]);
        if !args.contains(&"--boxes") {
            command.args(["--boxes", "boxes.csv"]);
        }
        command.args(args).output().expect("the trainer starts")
    }
}

/// Draws a disk of the colour on grey, with noise; gives the corners of its box.
fn draw(path: &Path, colour: Option<[u8; 3]>, seed: u64) -> [f32; 4] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let centre = [0, 1].map(|_| rng.random_range(14.0..34.0f32));
    let picture = RgbImage::from_fn(48, 48, |x, y| {
        let inside = (x as f32 + 0.5 - centre[0]).hypot(y as f32 + 0.5 - centre[1]) < 12.0;
        let base = colour.filter(|_| inside).unwrap_or([128; 3]);
        Rgb(base.map(|value| value.saturating_add_signed(rng.random_range(-20..=20))))
    });
    picture.save(path).expect("a temporary file");
    let [x, y] = centre;
    [x - 12.0, y - 12.0, x + 12.0, y + 12.0].map(|side| side / 48.0)
}
