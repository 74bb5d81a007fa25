//! A folder with drawn photographs and a bundle that recognises them.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::process::{Command, Output};

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;

use crate::bundle;

pub(crate) const RED: [u8; 3] = [255, 0, 0];
pub(crate) const GREEN: [u8; 3] = [0, 255, 0];
pub(crate) const GREY: [u8; 3] = [128, 128, 128];

/// A folder with a bundle, data in Oxford's layout and outliers of one kind.
pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let bench = Self {
            folder: TempDir::new().unwrap(),
        };
        bench.write("bundle.onnx", &bundle::Draft::default().bytes());
        bench.write("data/annotations/trainval.txt", b"blue_dog_1 3 2 2\n");
        bench.write(
            "data/annotations/test.txt",
            b"red_cat_1 1 1 1\nred_cat_2 1 1 1\nred_cat_3 1 1 1\nred_cat_4 1 1 1\n\
              green_dog_1 2 2 1\nblue_dog_2 3 2 2\nblue_dog_3 3 2 2\n",
        );
        // One photograph shows another breed, and one is undecided.
        for (name, colour) in [
            ("red_cat_1", RED),
            ("red_cat_2", RED),
            ("red_cat_3", GREEN),
            ("red_cat_4", GREY),
        ] {
            bench.draw(&format!("data/images/{name}.jpg"), colour);
        }
        bench.draw("data/images/green_dog_1.jpg", GREEN);
        bench.write("data/images/blue_dog_2.jpg", b"no picture");
        bench.draw("outliers/fog/1.png", GREY);
        bench.draw("outliers/fog/2.png", GREY);
        bench
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn draw(&self, name: &str, colour: [u8; 3]) {
        let mut png = Cursor::new(Vec::new());
        RgbImage::from_pixel(48, 32, Rgb(colour))
            .write_to(&mut png, ImageFormat::Png)
            .unwrap();
        self.write(name, png.get_ref());
    }

    /// The path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The object that the command prints with `--json` and these arguments, and its messages on stderr.
    pub(crate) fn figures(&self, more: &[&str]) -> (Value, String) {
        let run = self.evaluate(&[more, &["--json"]].concat());
        let messages = text(&run.stderr);
        assert!(run.status.success(), "{messages}");
        let json = serde_json::from_slice(&run.stdout).expect("one JSON object");
        (json, messages)
    }

    pub(crate) fn evaluate(&self, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_trainer"))
            .args(["evaluate", "--model", "bundle.onnx", "--data", "data"])
            .args(more)
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }
}

/// The output of a program as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
