//! Tries the parsers of foreign bytes on damaged input, on any toolchain, and prints the figures. The damage
//! is to whole input and to what the corpus in the repository has.
//!
//! ```sh
//! cargo run --release -p tests --bin fuzz                                  # ten seconds each
//! cargo run --release -p tests --bin fuzz -- --seconds 3600 photograph     # one of them
//! cargo run --release -p tests --bin fuzz -- --corpus tests/fuzz/corpus    # input for libFuzzer
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Parser;
use tests::figures::Figures;
use tests::fuzz::{TARGETS, Target};

/// Tries the parsers of foreign bytes on damaged input
#[derive(Debug, Parser)]
struct Arguments {
    /// The parsers to try; all of them if none is named
    #[arg(value_name = "PARSER", value_parser = TARGETS.map(|target| target.name))]
    parsers: Vec<String>,
    /// How long each one is tried
    #[arg(long, value_name = "N", default_value_t = 10)]
    seconds: u64,
    /// What the damage depends on
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Only write whole input to this folder, for `cargo fuzz` to begin with
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

fn main() {
    let arguments = Arguments::parse();
    let is_chosen = |target: &&Target| {
        let chosen = &arguments.parsers;
        chosen.is_empty() || chosen.iter().any(|name| name == target.name)
    };
    let targets = TARGETS.iter().filter(is_chosen);
    if let Some(folder) = &arguments.corpus {
        targets.for_each(|target| write_seeds(target, folder));
        return;
    }
    let mut figures = Figures::default();
    for target in targets {
        let due = Instant::now() + Duration::from_secs(arguments.seconds);
        let tried = target.attack(arguments.seed, |_| Instant::now() < due);
        let slowest = tried.slowest.as_secs_f64() * 1000.0;
        for (figure, unit, value) in [
            ("accepted", "", tried.accepted as f64),
            ("refused", "", tried.refused as f64),
            ("slowest", "ms", slowest),
        ] {
            figures.add(&format!("{}: {figure}", target.name), unit, value);
        }
    }
    figures.print();
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
