//! The parsers of foreign bytes, tried on damaged ones: nothing that a stranger sends, an owner
//! restores, a camera gives or the other side of a link says may make the kiosk panic, hang or forget
//! its limits.
//!
//! The same functions run here on mutated seeds, on any toolchain, and in `tests/fuzz/` under
//! libFuzzer, which finds its way by coverage and needs a nightly one. Both begin with whole input that is
//! made here, and with a corpus: input in `tests/fuzz/corpus/` that somebody chose, damaged or not.

mod backups;
mod certificate;
mod daycare;
mod encrypted;
mod front;
mod links;
mod mutate;
mod network_camera;
mod renewed;
mod requests;
mod seeds;
mod signature;
mod targets;

use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs, panic};

use crate::workspace;

pub use backups::{backup, database};
pub use certificate::certificate;
pub use encrypted::encrypted;
pub use front::{api, forms};
pub use links::{hub, mqtt};
pub use mutate::mutant;
pub use seeds::photographs;
pub use signature::signature;
pub use targets::{bookings, bundle, child, frame, http, keys, photograph, settings};

/// No input may take longer than this, even in a development build on a busy machine.
pub const LONGEST: Duration = Duration::from_secs(10);

/// A parser, and input that it accepts.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, also that of its libFuzzer target.
    pub name: &'static str,
    /// Makes whole input, from which damaged input is made.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Gives the parser some bytes. Returns whether it accepts them, and panics if it breaks a
    /// promise.
    pub run: fn(&[u8]) -> bool,
}

/// All of them.
pub static TARGETS: [Target; 17] = [
    Target {
        name: "api",
        seeds: requests::api,
        run: api,
    },
    Target {
        name: "backup",
        seeds: backups::backups,
        run: backup,
    },
    Target {
        name: "bookings",
        seeds: seeds::bookings,
        run: bookings,
    },
    Target {
        name: "bundle",
        seeds: seeds::bundles,
        run: bundle,
    },
    Target {
        name: "certificate",
        seeds: certificate::certificates,
        run: certificate,
    },
    Target {
        name: "child",
        seeds: seeds::streams,
        run: child,
    },
    Target {
        name: "database",
        seeds: backups::databases,
        run: database,
    },
    Target {
        name: "encrypted",
        seeds: encrypted::files,
        run: encrypted,
    },
    Target {
        name: "forms",
        seeds: requests::forms,
        run: forms,
    },
    Target {
        name: "frame",
        seeds: seeds::frames,
        run: frame,
    },
    Target {
        name: "http",
        seeds: seeds::network_cameras,
        run: http,
    },
    Target {
        name: "hub",
        seeds: links::rows,
        run: hub,
    },
    Target {
        name: "keys",
        seeds: seeds::keys,
        run: keys,
    },
    Target {
        name: "mqtt",
        seeds: links::messages,
        run: mqtt,
    },
    Target {
        name: "photograph",
        seeds: photographs,
        run: photograph,
    },
    Target {
        name: "settings",
        seeds: seeds::settings,
        run: settings,
    },
    Target {
        name: "signature",
        seeds: signature::signatures,
        run: signature,
    },
];

/// What became of damaged input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tried {
    /// How often the parser accepted it: what was damaged did not matter.
    pub accepted: usize,
    /// How often it was refused.
    pub refused: usize,
    /// The longest time that one took.
    pub slowest: Duration,
}

impl Target {
    /// The chosen input and the files that it is in, in the order of their names. There is none where the
    /// source code is not. What libFuzzer adds to the folder is left out: its names have no extension.
    ///
    /// # Panics
    /// If a file cannot be read.
    #[must_use]
    pub fn corpus(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = workspace().join("tests/fuzz/corpus").join(self.name);
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let files = entries.map(|entry| entry.path());
        let mut files: Vec<_> = files.filter(|file| file.extension().is_some()).collect();
        files.sort();
        let read = |file: PathBuf| {
            let bytes =
                fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            (file, bytes)
        };
        files.into_iter().map(read).collect()
    }

    /// Tries damaged input, round after round, for as long as `goes_on` says so of the number of
    /// rounds that are done. The input depends on the seed and the round alone.
    ///
    /// # Panics
    /// If the parser does. Its input is then in the folder of temporary files, and a line on standard
    /// error says where.
    pub fn attack(&self, seed: u64, goes_on: impl Fn(usize) -> bool) -> Tried {
        let mut seeds = (self.seeds)();
        seeds.extend(self.corpus().into_iter().map(|(_, bytes)| bytes));
        let mut tried = Tried::default();
        let mut round = 0;
        while goes_on(round) {
            let bytes = mutant(&seeds, seed, round);
            let start = Instant::now();
            if self.survives(&bytes) {
                tried.accepted += 1;
            } else {
                tried.refused += 1;
            }
            tried.slowest = tried.slowest.max(start.elapsed());
            round += 1;
        }
        tried
    }

    /// Runs the parser; if it panics, its input is kept.
    fn survives(&self, bytes: &[u8]) -> bool {
        let run = self.run;
        panic::catch_unwind(|| run(bytes)).unwrap_or_else(|cause| {
            let file = env::temp_dir().join(format!("kiosk-fuzz-{}", self.name));
            match fs::write(&file, bytes) {
                Ok(()) => eprintln!("{}: its input is in {}", self.name, file.display()),
                Err(error) => eprintln!("{}: its input is lost: {error}", self.name),
            }
            panic::resume_unwind(cause)
        })
    }
}
