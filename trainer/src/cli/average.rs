//! `trainer average`: one bundle from several runs.

use std::path::PathBuf;

use anyhow::Result;

use super::train::{self, Photographs};
use super::{progress, report_unreadable};
use crate::train::average::{Average, average};

/// Average the weights of finished runs and write the model bundle.
///
/// The runs must share photographs and start weights, and differ in seed or recipe. Their average is more often right
/// than any one of them, and just as fast. Run `trainer quantise` on the folder next.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folders of finished runs
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    photographs: Photographs,
    /// The table of the animals' boxes that the runs were trained with
    #[arg(long, value_name = "FILE")]
    boxes: Option<PathBuf>,
    /// The folder for the bundle
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
}

/// Averages the runs and prints the figures of the bundle.
///
/// # Errors
/// When a run or the data cannot be used, or the bundle cannot be written.
pub fn run(args: &Args) -> Result<()> {
    let options = Average {
        runs: args.runs.clone(),
        data: args.photographs.data.source(),
        extra: args.photographs.extra.clone(),
        boxes: args.boxes.clone(),
        out: args.out.clone(),
    };
    let outcome = progress::shown("averaging", |bar| average(&options, bar))?;
    report_unreadable(&outcome.unreadable);
    train::print(&outcome);
    Ok(())
}
