//! Plays faults on the real kiosk, prints what they have shown, and fails if anything was lost.
//!
//! ```sh
//! cargo run --release -p tests --bin faults                # 500 kills, and all other faults
//! cargo run --release -p tests --bin faults -- --short     # 20 kills
//! ```
//!
//! Some faults need root (a small disk, a disk that can only be read) or libfaketime (Debian:
//! faketime). Without these they are skipped, and the output says so.

use std::process::ExitCode;

use clap::Parser;
use tests::faults::{self, Findings};
use tests::program;

/// Kills, unless the arguments say otherwise.
const KILLS: usize = 500;

/// The same with `--short`.
const KILLS_OF_SHORT: usize = 20;

/// Plays faults on the real kiosk
#[derive(Debug, Parser)]
struct Arguments {
    /// Kill the kiosk 20 times instead of 500 times
    #[arg(long)]
    short: bool,
    /// What random moments and damage depend on
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Arguments { short, seed } = Arguments::parse();
    program::build();
    let mut findings = Findings::default();
    faults::refused_writes(&mut findings).await;
    faults::full_disk(&mut findings).await;
    faults::read_only_disk(&mut findings).await;
    faults::no_descriptors(&mut findings).await;
    faults::damaged_photographs(seed, &mut findings).await;
    faults::wrong_clock(&mut findings).await;
    let times = if short { KILLS_OF_SHORT } else { KILLS };
    faults::kills(seed, times, &mut findings).await;
    // A copy of a file system in use mixes many moments, and none of them is that of a power cut.
    findings.skip(
        "cuts of a block device",
        "no snapshots of a device at one moment without device-mapper",
    );
    findings.print();
    if findings.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
