//! Makes single calls to the disk fail: a small library in C (`refusing.c`), compiled with `cc` and loaded by
//! `LD_PRELOAD`, refuses the calls that make, write, sync, rename or remove files below a folder, and those that read
//! what a disk has lost. The few that Rust programs make without the C library, such as those that give finished
//! temporary files their names, are not seen.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use rand::seq::SliceRandom;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::SeedableRng;
use rustix::io::Errno;

use crate::workspace;

/// What calls fail with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) name: &'static str,
    error: Errno,
    /// Whether all calls fail from the first one on, until the library is disarmed.
    lasts: bool,
}

const REFUSALS: [Refusal; 3] = [
    Refusal {
        name: "ENOSPC",
        error: Errno::NOSPC,
        lasts: true,
    },
    Refusal {
        name: "EIO",
        error: Errno::IO,
        lasts: false,
    },
    Refusal {
        name: "EROFS",
        error: Errno::ROFS,
        lasts: true,
    },
];

/// Which of so many calls fail, and with what: each of them with each error, in random order, so that a part of
/// it says something about the whole. With a number, it is only the first ones.
pub(super) fn plan(seed: u64, times: Option<usize>, calls: u64) -> Vec<(Refusal, u64)> {
    let mut order: Vec<_> = (1..=calls).collect();
    order.shuffle(&mut SplitMix64::seed_from_u64(seed));
    let errors = REFUSALS.len();
    // Whoever stops early has had each error as often.
    let each = (0..errors).flat_map(|round| {
        let calls = order.iter().enumerate();
        calls.map(move |(place, &call)| (REFUSALS[(place + round) % errors], call))
    });
    each.take(times.unwrap_or(usize::MAX)).collect()
}

/// The name of what happens.
pub(super) fn name_of(fault: Option<(Refusal, u64)>) -> String {
    match fault {
        Some((refusal, call)) => format!("{} at call {call}", refusal.name),
        None => "without faults".to_owned(),
    }
}

/// The library that refuses calls, and the file by which it is told which ones.
pub(super) struct Library {
    file: PathBuf,
    control: PathBuf,
}

impl Library {
    /// Compiles the library into a folder; `None` where there is no compiler.
    pub(super) fn compile(folder: &Path) -> Option<Self> {
        let [file, control] = ["refusing.so", "control"].map(|name| folder.join(name));
        let mut compiler = Command::new("cc");
        compiler
            .args(["-shared", "-fPIC", "-O1", "-U_FORTIFY_SOURCE", "-o"])
            .arg(&file)
            .arg(workspace().join("tests/src/faults/refusing.c"))
            .arg("-ldl");
        let compiled = compiler.status().ok()?;
        assert!(compiled.success(), "cc does not compile refusing.c");
        fs::write(&control, [0; 40]).expect("a file of numbers");
        Some(Self { file, control })
    }

    /// What runs a program with the library, for the files below a folder, which /proc shows by this path.
    pub(super) fn loaded(&self, folder: &Path) -> Command {
        let mut env = Command::new("env");
        for (name, path) in [
            ("LD_PRELOAD", &*self.file),
            ("FAULTS_CONTROL", &*self.control),
            ("FAULTS_FOLDER", folder),
        ] {
            env.arg(format!("{name}={}", path.display()));
        }
        env
    }

    /// Counts the calls from zero, and makes them fail from one on.
    pub(super) fn arm(&self, fault: Option<(Refusal, u64)>) {
        let numbers = match fault {
            Some((refusal, call)) => {
                let last = if refusal.lasts { u64::MAX } else { call };
                [
                    0,
                    call,
                    last,
                    refusal.error.raw_os_error().unsigned_abs().into(),
                ]
            }
            None => [0; 4],
        };
        self.tell(&numbers, 0);
    }

    /// Lets all calls succeed. Returns how many there were.
    pub(super) fn disarm(&self) -> u64 {
        // The number of calls stays.
        self.tell(&[0; 3], 8);
        let mut calls = [0; 8];
        let read = self.open().read_exact_at(&mut calls, 0);
        read.expect("the number of calls");
        u64::from_ne_bytes(calls)
    }

    /// From now on the disk can read the first two pages of a file at most.
    pub(super) fn lose_blocks(&self, file: &Path) {
        let about = fs::metadata(file).expect("the file");
        self.tell(&[about.ino()], 32);
    }

    fn tell(&self, numbers: &[u64], at: u64) {
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_ne_bytes())
            .collect();
        let written = self.open().write_all_at(&bytes, at);
        written.expect("the library is told");
    }

    fn open(&self) -> File {
        let opened = File::options().read(true).write(true).open(&self.control);
        opened.expect("the file of numbers")
    }
}
