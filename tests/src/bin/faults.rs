//! Plays faults on the real kiosk, prints what they have shown, and fails if anything was lost.
//!
//! ```sh
//! cargo run --release -p tests --bin faults                # 500 kills, 200 power cuts, and all other faults
//! cargo run --release -p tests --bin faults -- --short     # 20 kills, 5 power cuts, 12 refused calls to the disk
//! cargo run --release -p tests --bin faults -- --arrivals 60000    # a week at one kiosk instead
//! ```
//!
//! Without arguments it takes many hours: the camera sends garbage for one, and for each call to the disk, and each
//! error, there is a day in which that call fails.
//!
//! Some faults need root (a small disk, a disk that can only be read), libfaketime (Debian: faketime) or a
//! C compiler (`cc`). The power cuts need root, FUSE, loop devices and `mkfs.ext4` (Debian: e2fsprogs). Without these
//! they are skipped, and the output says so.

use std::process::ExitCode;
use std::time::Duration;

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

/// Starts with refused calls with `--short`; otherwise there is one for each call, too.
const STARTS_OF_SHORT: usize = 3;

/// How long the camera sends garbage, in seconds, unless the arguments say otherwise.
const GARBAGE: u64 = 3600;

/// The same with `--short`.
const GARBAGE_OF_SHORT: u64 = 20;

/// Plays faults on the real kiosk
#[derive(Debug, Parser)]
struct Arguments {
    /// Kill the kiosk 20 times instead of 500 times, cut its disk's power 5 times instead of 200 times, and
    /// refuse 12 calls to the disk instead of each
    #[arg(long, conflicts_with = "arrivals")]
    short: bool,
    /// Play so many arrivals at one kiosk instead, and see whether its memory grows; a busy week has 60000
    #[arg(long, value_name = "N")]
    arrivals: Option<u64>,
    /// How long the camera sends garbage, in seconds [default: 3600, or 20 with --short]
    #[arg(long, value_name = "N", conflicts_with = "arrivals")]
    seconds: Option<u64>,
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
    faults::wrong_clock(findings).await;
    let (kills, cuts, garbage) = if arguments.short {
        (KILLS_OF_SHORT, CUTS_OF_SHORT, GARBAGE_OF_SHORT)
    } else {
        (KILLS, CUTS, GARBAGE)
    };
    let days = arguments.short.then_some(DAYS_OF_SHORT);
    let starts = arguments.short.then_some(STARTS_OF_SHORT);
    let garbage = Duration::from_secs(arguments.seconds.unwrap_or(garbage));
    faults::garbage(seed, garbage, findings).await;
    faults::kills(seed, kills, findings).await;
    faults::cuts(seed, cuts, findings).await;
    faults::refused_starts(seed, starts, findings).await;
    faults::refused_calls(seed, days, findings).await;
}
