//! The command line, a file for each subcommand.

pub mod average;
pub mod check;
pub mod evaluate;
pub mod fetch;
pub mod quantise;
pub mod train;

use std::process::ExitCode;

use clap::Parser;

/// Fine-tunes, quantises and measures the network that the check-in kiosk runs.
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
    Average(average::Args),
    Quantise(quantise::Args),
    Evaluate(evaluate::Args),
}

/// Runs the command line: 0 done, 1 failed with one line that says why, 2 wrong usage.
#[must_use]
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Fetch(args) => fetch::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Average(args) => average::run(&args),
        Command::Quantise(args) => quantise::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trainer: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes, each its first line, those left out that were said already.
fn one_line(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        let cause = cause.lines().next().unwrap_or_default();
        if !said.contains(cause) {
            let colon = if said.is_empty() { "" } else { ": " };
            said = format!("{said}{colon}{cause}");
        }
    }
    said
}
