//! Tries the parsers of foreign bytes on damaged input, on any toolchain and all cores, prints the figures, and fails if
//! a parser panics or takes too long. The damage is to whole input and to what the corpus in the repository has.
//!
//! ```sh
//! cargo run --release -p tests --bin fuzz                                  # ten seconds each
//! cargo run --release -p tests --bin fuzz -- --seconds 3600                # an hour each
//! cargo run --release -p tests --bin fuzz -- --seconds 3600 --runs 10000000 photograph
//! cargo run --release -p tests --bin fuzz -- --corpus tests/fuzz/corpus    # input for libFuzzer
//! ```

use std::fs;
use std::panic;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use tests::faults::Findings;
use tests::fuzz::{LONGEST, TARGETS, Target};

/// Tries the parsers of foreign bytes on damaged input
#[derive(Debug, Parser)]
struct Arguments {
    /// The parsers to try; all of them if none is named
    #[arg(value_name = "PARSER", value_parser = TARGETS.map(|target| target.name))]
    parsers: Vec<String>,
    /// How long each one is tried
    #[arg(long, value_name = "N", default_value_t = 10)]
    seconds: u64,
    /// How often each one is tried at most
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    runs: usize,
    /// What the damage depends on
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Only write whole input to this folder, for `cargo fuzz` to begin with
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_chosen = |target: &&Target| {
        let chosen = &arguments.parsers;
        chosen.is_empty() || chosen.iter().any(|name| name == target.name)
    };
    let targets = TARGETS.iter().filter(is_chosen);
    if let Some(folder) = &arguments.corpus {
        targets.for_each(|target| write_seeds(target, folder));
        return ExitCode::SUCCESS;
    }
    let left = Mutex::new(targets);
    let findings = Mutex::new(Findings::default());
    let work = || {
        while let Some(target) = lock(&left).next() {
            attack(target, &arguments, &findings);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(work);
        }
    });
    let findings = lock(&findings);
    findings.print();
    if findings.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Tries a parser for as long as was asked, or until it panics.
fn attack(target: &Target, arguments: &Arguments, findings: &Mutex<Findings>) {
    let start = Instant::now();
    let due = start + Duration::from_secs(arguments.seconds);
    let goes_on = |round| round < arguments.runs && Instant::now() < due;
    let tried = panic::catch_unwind(|| target.attack(arguments.seed, goes_on));
    let mut findings = lock(findings);
    let Ok(tried) = tried else {
        return findings.problem(format!("{}: it panics", target.name));
    };
    if tried.slowest > LONGEST {
        let slowest = tried.slowest;
        findings.problem(format!("{}: an input takes {slowest:.1?}", target.name));
    }
    for (figure, unit, value) in [
        ("accepted", "", tried.accepted as f64),
        ("refused", "", tried.refused as f64),
        ("slowest", "ms", tried.slowest.as_secs_f64() * 1000.0),
        ("time", "min", start.elapsed().as_secs_f64() / 60.0),
    ] {
        let figure = format!("{}: {figure}", target.name);
        findings.figures.add(&figure, unit, value);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes whole input to the folder's subfolder for this parser.
fn write_seeds(target: &Target, folder: &Path) {
    let folder = folder.join(target.name);
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for (index, bytes) in (target.seeds)().into_iter().enumerate() {
        let file = folder.join(format!("seed-{index}"));
        fs::write(&file, bytes).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        println!("{}", file.display());
    }
}
