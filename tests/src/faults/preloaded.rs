//! Libraries in C for `LD_PRELOAD`, which stand between a program and the C library, and are told by a file of
//! numbers, in `FAULTS_CONTROL`, which calls fail.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace;

/// A number's size in bytes.
const NUMBER: usize = size_of::<u64>();

/// A library, and the numbers that it shares with the player of faults.
pub(super) struct Preloaded {
    file: PathBuf,
    control: PathBuf,
}

impl Preloaded {
    /// Compiles a source of this folder into another one, with this many numbers, all zero; `None` where
    /// there is no compiler.
    pub(super) fn compile(source: &str, numbers: usize, folder: &Path) -> Option<Self> {
        let [file, control] = ["preloaded.so", "control"].map(|name| folder.join(name));
        let mut compiler = Command::new("cc");
        compiler
            .args(["-shared", "-fPIC", "-O1", "-U_FORTIFY_SOURCE", "-o"])
            .arg(&file)
            .arg(workspace().join("tests/src/faults").join(source))
            .arg("-ldl");
        let compiled = compiler.status().ok()?;
        assert!(compiled.success(), "cc does not compile {source}");
        fs::write(&control, vec![0; numbers * NUMBER]).expect("a file of numbers");
        Some(Self { file, control })
    }

    /// What runs the program in its arguments with the library.
    pub(super) fn command(&self) -> Command {
        let mut env = Command::new("env");
        for (name, path) in [
            ("LD_PRELOAD", &self.file),
            ("FAULTS_CONTROL", &self.control),
        ] {
            env.arg(format!("{name}={}", path.display()));
        }
        env
    }

    /// The numbers.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let bytes = fs::read(&self.control).expect("the file of numbers");
        let (numbers, _) = bytes.as_chunks();
        numbers
            .iter()
            .map(|&bytes| u64::from_ne_bytes(bytes))
            .collect()
    }

    /// Replaces the numbers from one place on.
    pub(super) fn tell(&self, numbers: &[u64], place: usize) {
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_ne_bytes())
            .collect();
        let control = File::options().write(true).open(&self.control);
        let written = control.and_then(|file| file.write_all_at(&bytes, (place * NUMBER) as u64));
        written.expect("the library is told");
    }
}
