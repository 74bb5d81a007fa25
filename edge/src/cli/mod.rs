//! The command line of the `kiosk` program: one file a subcommand.

mod address;
mod bench;
mod cameras;
mod catalogue;
mod classify;
mod demo;
mod doctor;
mod hub;
mod lock;
mod log;
mod model;
mod page;
mod password;
mod run;
mod settings;
mod source;
mod tls;
mod update;
mod watchdog;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use rustix::fs::Mode;
use rustix::process::umask;

use recognise::{Bundle, BundleError, printable};

/// The check-in kiosk: recognises the breed of the animal before its camera
#[derive(Debug, Parser)]
#[command(name = "kiosk", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::Run,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the kiosk: what `kiosk` alone does too
    Run(run::Run),
    /// Name the breed on photographs
    Classify(classify::Classify),
    /// Measure how fast this machine recognises
    Bench(bench::Bench),
    /// List the cameras of this machine, or save what one sees
    Cameras(cameras::Cameras),
    /// Show, install or roll back the model bundle
    Model(model::Model),
    /// Export, back up, restore or check what is kept
    Catalogue(catalogue::CatalogueArgs),
    /// Set up the hub of a chain, say how it is, or give it a model bundle
    Hub(hub::Hub),
    /// Install another version of the program, and the former one again if it does not work
    Update(update::Update),
    /// Say what is right with this kiosk, what is not, and what to do about it
    Doctor(doctor::Doctor),
    /// Set the password of the owner, of the staff, or of an account
    Password(password::Password),
}

/// Runs the program on the process's arguments. The exit code is 0 when all is done and 1 when
/// something failed; wrong usage exits with 2 at once.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    // What it writes tells of people, and is for its user alone.
    umask(Mode::RWXG | Mode::RWXO);
    let result = match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(run) => run.run(),
        Command::Classify(classify) => classify.run(),
        Command::Bench(bench) => bench.run(),
        Command::Cameras(cameras) => cameras.run(),
        Command::Model(model) => model.run(),
        Command::Catalogue(catalogue) => catalogue.run(),
        Command::Hub(hub) => hub.run(),
        Command::Update(update) => update.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Password(password) => password.run(),
    };
    result.unwrap_or_else(|error| match error.downcast_ref::<io::Error>() {
        // The reader of the answers has seen enough, as `head` does.
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        _ => {
            eprintln!("kiosk: {}", one_line(&error));
            ExitCode::FAILURE
        }
    })
}

/// An error and its causes, except for those that the text has already.
fn one_line(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    plain(text)
}

/// A line of text without what a terminal would obey and what would break the line: the names of files
/// and devices in it, and what others wrote, come from outside.
fn plain(line: impl fmt::Display) -> String {
    printable(Path::new(&line.to_string()))
}

/// Which network to use.
#[derive(Debug, Args)]
struct ModelArg {
    /// Use this bundle instead of the embedded one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

impl ModelArg {
    fn bundle(&self) -> Result<Bundle, BundleError> {
        match &self.model {
            Some(path) => Bundle::read(path),
            None => Bundle::embedded(),
        }
    }
}
