//! Makes single calls to the disk fail: a small library in C (`refusing.c`) refuses the calls that make, write, sync,
//! rename or remove files below a folder, and those that read what a disk has lost. The kiosk makes all of them through
//! the C library: rustix has the feature `use-libc`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use rand::seq::SliceRandom;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::SeedableRng;
use rustix::io::Errno;

use super::preloaded::Preloaded;

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

/// Which of the calls fail, and with what: each of them with each error, in random order, so that a part of
/// it says something about the whole. With a number, it is only the first ones.
pub(super) fn plan(seed: u64, times: Option<usize>, calls: u64) -> Vec<(Refusal, u64)> {
    let mut order: Vec<_> = (1..=calls).collect();
    order.shuffle(&mut SplitMix64::seed_from_u64(seed));
    let errors = REFUSALS.len();
    // A run that stops early has had each error as often.
    let each = (0..errors).flat_map(|round| {
        let calls = order.iter().enumerate();
        calls.map(move |(place, &call)| (REFUSALS[(place + round) % errors], call))
    });
    each.take(times.unwrap_or(usize::MAX)).collect()
}

/// The name of what happens.
pub(super) fn name_of(fault: Option<(Refusal, u64)>) -> String {
    match fault {
        Some((refusal, call)) => format!("with {} at call {call}", refusal.name),
        None => "without faults".to_owned(),
    }
}

/// The library that refuses calls. Its numbers are how many calls there were, the first and the last one that fails,
/// the error, and the inode of a file that the disk has lost.
pub(super) struct Library(Preloaded);

impl Library {
    /// Compiles the library into a folder; `None` where there is no compiler.
    pub(super) fn compile(folder: &Path) -> Option<Self> {
        Preloaded::compile("refusing.c", 5, folder).map(Self)
    }

    /// What runs a program with the library, for the files below a folder, which /proc shows by this path.
    pub(super) fn loaded(&self, folder: &Path) -> Command {
        let mut env = self.0.command();
        env.arg(format!("FAULTS_FOLDER={}", folder.display()));
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
        self.0.tell(&numbers, 0);
    }

    /// Lets all calls succeed. Returns how many there were.
    pub(super) fn disarm(&self) -> u64 {
        // The number of calls stays.
        self.0.tell(&[0; 3], 1);
        self.0.numbers()[0]
    }

    /// From now on the disk can read the first two pages of a file at most.
    pub(super) fn lose_blocks(&self, file: &Path) {
        let about = fs::metadata(file).expect("the file");
        self.0.tell(&[about.ino()], 4);
    }
}
