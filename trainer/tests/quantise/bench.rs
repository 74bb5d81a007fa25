//! Runs the real program.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use candle_core::Tensor;
use recognise::Bundle;
use recognise::metadata::Animals;
use tempfile::TempDir;
use trainer::detect::recipe::Recipe;
use trainer::detect::{METADATA, WEIGHTS};
use trainer::export::to_onnx;
use trainer::net::{Architecture, Classifier, Detector, Network, Prototypes};
use trainer::train::RECIPE;

use super::{embedder, embedding};
use crate::common::{QUICK, draw, draw_breeds};

/// A folder with a dataset, in which the trainer runs.
pub(super) struct Bench(TempDir);

impl Bench {
    pub(super) fn new(photographs: u64) -> Self {
        let bench = Self(TempDir::new().expect("a temporary folder"));
        draw_breeds(&bench.path("data"), photographs);
        fs::write(bench.path("quick.toml"), QUICK).expect("a temporary file");
        bench
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("a file of the run")
    }

    /// Draws a dataset in Oxford's layout with 26 photographs of each breed and none to test on.
    pub(super) fn draw_without_test_split(&self, name: &str) {
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

    pub(super) fn trainer(&self, args: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
        command.current_dir(self.0.path()).args(args);
        Ended(command.output().expect("the trainer starts"))
    }

    pub(super) fn train(&self, epochs: &str) {
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

    /// Exports the run's network again, with an embedder.
    pub(super) fn add_embedder(&self, run: &str) {
        let path = self.path(run).join("breeds.onnx");
        let bundle = Bundle::read(&path).expect("the run's bundle");
        let mut metadata = bundle.metadata.clone();
        metadata.embedding = Some(embedding());
        let file = to_onnx(
            &Network::from_bundle(Architecture::MobileNetV2, &bundle).expect("its network"),
            &Classifier::from_bundle(&bundle).expect("its classifier"),
            &Prototypes::from_bundle(&bundle).expect("its prototypes"),
            Some(&embedder()),
            None,
            &metadata,
        );
        fs::write(path, file.expect("a file")).expect("a temporary file");
    }

    pub(super) fn quantise(&self, run: &str, data: &str) -> Ended {
        self.trainer(&["quantise", "--run", run, "--data", data])
    }

    /// Quantises the run on `data`, with a detector.
    pub(super) fn quantise_with(&self, detector: &str, boxes: &str) -> Ended {
        let breeds = ["quantise", "--run", "run", "--data", "data"];
        let detector = ["--detector", detector, "--boxes", boxes];
        self.trainer(&[&breeds[..], &detector].concat())
    }

    /// Writes a finished run of `trainer detect`.
    pub(super) fn write_detector(&self, run: &str, detector: &Detector, animals: &Animals) {
        let run = self.path(run);
        fs::create_dir_all(&run).expect("a temporary folder");
        let recipe = Recipe {
            size: animals.input.size,
            ..Recipe::default()
        };
        fs::write(run.join(RECIPE), recipe.to_toml()).expect("a temporary file");
        let tensors = detector.variables().iter();
        let tensors = tensors.map(|(name, variable)| (name.as_str(), variable.as_tensor().clone()));
        let tensors: HashMap<&str, Tensor> = tensors.collect();
        candle_core::safetensors::save(&tensors, run.join(WEIGHTS)).expect("a temporary file");
        let json = serde_json::to_string(animals).expect("plain data");
        fs::write(run.join(METADATA), json).expect("a temporary file");
    }

    /// Writes a table with one box, of a cat, for each photograph of `data`.
    pub(super) fn write_boxes(&self, name: &str) {
        let mut table = "file,kind,score,x1,y1,x2,y2\n".to_owned();
        for breed in ["Red", "blue"] {
            for photo in fs::read_dir(self.path("data").join(breed)).expect("a folder") {
                let photo = photo.expect("a file").file_name();
                let photo = photo.to_string_lossy();
                table += &format!("data/{breed}/{photo},cat,0.9,0.2,0.2,0.8,0.8\n");
            }
        }
        fs::write(self.path(name), table).expect("a temporary file");
    }

    /// Writes a run whose bundle is a damaged copy of a sound one.
    pub(super) fn damage(&self, run: &str, damage: impl Fn(&[u8]) -> Vec<u8>, bundle: &[u8]) {
        fs::create_dir_all(self.path(run)).expect("a temporary folder");
        let path = self.path(run).join("breeds.onnx");
        fs::write(path, damage(bundle)).expect("a temporary file");
    }
}

/// The end of a run of the program.
pub(super) struct Ended(Output);

impl Ended {
    /// Exit code 0; gives the text on stdout.
    pub(super) fn succeeds(&self) -> String {
        let errors = String::from_utf8_lossy(&self.0.stderr);
        assert!(self.0.status.success(), "{errors}");
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// Exit code 1, and one line on stderr with `message`.
    pub(super) fn fails_with(&self, message: &str) {
        let errors = String::from_utf8_lossy(&self.0.stderr);
        assert_eq!(self.0.status.code(), Some(1), "{message}: {errors}");
        assert_eq!(errors.lines().count(), 1, "one line: {errors}");
        assert!(errors.contains(message), "{message} is not in: {errors}");
    }

    /// Exit code 2, and `message` on stderr.
    pub(super) fn is_wrong_usage(&self, message: &str) {
        let errors = String::from_utf8_lossy(&self.0.stderr);
        assert_eq!(self.0.status.code(), Some(2), "{message}: {errors}");
        assert!(errors.contains(message), "{message} is not in: {errors}");
    }
}
