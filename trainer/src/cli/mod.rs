//! The command line: one file for each subcommand.

pub mod add_detector;
pub mod average;
pub mod check;
mod data;
pub mod detect;
pub mod evaluate;
pub mod fetch;
pub mod progress;
pub mod quantise;
mod repeat;
pub mod sign;
pub mod train;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use recognise::printable;

/// Trains, quantises and measures the networks that the check-in kiosk runs.
#[derive(Debug, Parser)]
#[command(name = "trainer", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Fetch(fetch::Args),
    Check(check::Args),
    Train(train::Args),
    Detect(detect::Args),
    Average(average::Args),
    Quantise(quantise::Args),
    AddDetector(add_detector::Args),
    Evaluate(evaluate::Args),
    Sign(sign::Args),
}

/// Runs the command line. Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage.
#[must_use]
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Fetch(args) => fetch::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Detect(args) => detect::run(&args),
        Command::Average(args) => average::run(&args),
        Command::Quantise(args) => quantise::run(&args),
        Command::AddDetector(args) => add_detector::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Sign(args) => sign::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trainer: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes on one line: the first line of each, unless the text has it already. The names of files in
/// them come from outside: a terminal obeys nothing of it.
fn one_line(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        let cause = cause.lines().next().unwrap_or_default();
        if !text.contains(cause) {
            let colon = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{colon}{cause}");
        }
    }
    printable(Path::new(&text))
}

/// Names on stderr the photographs that could not be read.
fn report_unreadable(unreadable: &[recognise::photo::PhotoError]) {
    for error in unreadable {
        eprintln!("left out: {error}");
    }
}
