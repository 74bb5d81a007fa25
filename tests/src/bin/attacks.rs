//! Attacks the page of the real kiosk as strangers and people with a login can, prints what that costs, and fails if it
//! is too much: memory, open files and connections, pages that somebody waits for, and predictions of the network.
//!
//! ```sh
//! cargo run --release -p tests --bin attacks               # with the limits that are promised
//! cargo run --release -p tests --bin attacks -- --short    # in a minute, with limits for a busy machine
//! ```
//!
//! The attackers are on the same machine as the kiosk, and compete with it for the processor: nothing else should
//! keep that busy.

use std::process::ExitCode;

use clap::Parser;
use tests::attacks::{self, Plan};
use tests::faults::Findings;
use tests::program;

/// Attacks the page of the real kiosk
#[derive(Debug, Parser)]
struct Arguments {
    /// Attack for 4 seconds each instead of 20, by 400 connections instead of 1000, with limits that a busy
    /// machine keeps, too
    #[arg(long)]
    short: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    program::build();
    let plan = if arguments.short {
        Plan::short()
    } else {
        Plan::full()
    };
    let mut findings = Findings::default();
    attacks::play(&plan, &mut findings).await;
    findings.print();
    if findings.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
