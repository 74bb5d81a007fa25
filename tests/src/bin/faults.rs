//! Plays faults on the real kiosk, prints what they have shown, and fails if anything was lost.
//!
//! ```sh
//! cargo run --release -p tests --bin faults                # 500 kills, 200 power cuts, and all other faults
//! cargo run --release -p tests --bin faults -- --short     # 20 kills, 5 power cuts, 12 refused calls to the disk
//! cargo run --release -p tests --bin faults -- kills cuts          # these two alone
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

use clap::{Parser, ValueEnum};
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
    /// The faults to play, in this order; all of them if none is named
    #[arg(value_name = "FAULT", conflicts_with = "arrivals")]
    faults: Vec<Fault>,
    /// Kill the kiosk 20 times instead of 500 times, cut its disk's power 5 times instead of 200 times, and
    /// refuse 12 calls to the disk instead of each
    #[arg(long, conflicts_with = "arrivals")]
    short: bool,
    /// Play this many arrivals at one kiosk instead, and see whether its memory grows; a busy week has 60000
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
    let faults = match &arguments.faults[..] {
        [] => Fault::value_variants(),
        chosen => chosen,
    };
    for fault in faults {
        fault.play(arguments, findings).await;
    }
}

/// What can go wrong, the longest last.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Fault {
    RefusedWrites,
    FullDisk,
    ReadOnlyDisk,
    BadBlocks,
    RefusedBackups,
    NoDescriptors,
    NoMemory,
    Panics,
    WrongClock,
    Garbage,
    Kills,
    Cuts,
    RefusedStarts,
    RefusedCalls,
}

impl Fault {
    async fn play(self, arguments: &Arguments, findings: &mut Findings) {
        let &Arguments { short, seed, .. } = arguments;
        let either = |long, in_short| if short { in_short } else { long };
        match self {
            Self::RefusedWrites => faults::refused_writes(findings).await,
            Self::FullDisk => faults::full_disk(findings).await,
            Self::ReadOnlyDisk => faults::read_only_disk(findings).await,
            Self::BadBlocks => faults::bad_blocks(findings).await,
            Self::RefusedBackups => faults::refused_backups(findings),
            Self::NoDescriptors => faults::no_descriptors(findings).await,
            Self::NoMemory => faults::no_memory(findings).await,
            Self::Panics => faults::panics(short, findings).await,
            Self::WrongClock => faults::wrong_clock(findings).await,
            Self::Garbage => {
                let seconds = if short { GARBAGE_OF_SHORT } else { GARBAGE };
                let seconds = Duration::from_secs(arguments.seconds.unwrap_or(seconds));
                faults::garbage(seed, seconds, findings).await;
            }
            Self::Kills => faults::kills(seed, either(KILLS, KILLS_OF_SHORT), findings).await,
            Self::Cuts => faults::cuts(seed, either(CUTS, CUTS_OF_SHORT), findings).await,
            Self::RefusedStarts => {
                let starts = short.then_some(STARTS_OF_SHORT);
                faults::refused_starts(seed, starts, findings).await;
            }
            Self::RefusedCalls => {
                let days = short.then_some(DAYS_OF_SHORT);
                faults::refused_calls(seed, days, findings).await;
            }
        }
    }
}
