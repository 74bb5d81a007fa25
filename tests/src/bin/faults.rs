//! Plays faults on the real kiosk, prints what they have shown, and fails if anything was lost.
//!
//! ```sh
//! cargo run --release -p tests --bin faults                # 500 kills, 200 power cuts, and all other faults
//! cargo run --release -p tests --bin faults -- --short     # 20 kills, 5 power cuts, 9 refused calls to the disk
//! cargo run --release -p tests --bin faults -- --arrivals 60000    # a week at one kiosk instead
//! ```
//!
//! Some faults need root (a small disk, a disk that can only be read), libfaketime (Debian: faketime) or a
//! C compiler (`cc`). The power cuts need root, FUSE, loop devices and `mkfs.ext4` (Debian: e2fsprogs). Without these
//! they are skipped, and the output says so.

use std::process::ExitCode;

use clap::Parser;
use tests::faults::{self, Findings};
use tests::program;

/// Kills, unless the arguments say otherwise.
const KILLS: usize = 500;

/// The same with `--short`.
const KILLS_OF_SHORT: usize = 20;

/// Cuts of the disk's power, unless the arguments say otherwise.
const CUTS: usize = 200;

/// The same with `--short`.
const CUTS_OF_SHORT: usize = 5;

/// Days with refused calls to the disk with `--short`; otherwise there is one for each call.
const DAYS_OF_SHORT: usize = 9;

/// Plays faults on the real kiosk
#[derive(Debug, Parser)]
struct Arguments {
    /// Kill the kiosk 20 times instead of 500 times, cut its disk's power 5 times instead of 200 times, and
    /// refuse 9 calls to the disk instead of each
    #[arg(long, conflicts_with = "arrivals")]
    short: bool,
    /// Play so many arrivals at one kiosk instead, and see whether its memory grows; a busy week has 60000
    #[arg(long, value_name = "N")]
    arrivals: Option<u64>,
    /// What random moments and damage depend on
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    program::build();
    let mut findings = Findings::default();
    match arguments.arrivals {
        Some(arrivals) => faults::week(arrivals, &mut findings).await,
        None => play(&arguments, &mut findings).await,
    }
    findings.print();
    if findings.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Plays one fault after the other.
async fn play(arguments: &Arguments, findings: &mut Findings) {
    let seed = arguments.seed;
    faults::refused_writes(findings).await;
    faults::full_disk(findings).await;
    faults::read_only_disk(findings).await;
    faults::no_descriptors(findings).await;
    faults::no_memory(findings).await;
    faults::damaged_photographs(seed, findings).await;
    faults::wrong_clock(findings).await;
    let (kills, cuts, days) = if arguments.short {
        (KILLS_OF_SHORT, CUTS_OF_SHORT, Some(DAYS_OF_SHORT))
    } else {
        (KILLS, CUTS, None)
    };
    faults::kills(seed, kills, findings).await;
    faults::cuts(seed, cuts, findings).await;
    faults::refused_calls(seed, days, findings).await;
}
