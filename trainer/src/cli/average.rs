//! `trainer average`: one bundle of several runs.

use std::path::PathBuf;

use anyhow::Result;

use super::train::{self, Photographs};
use crate::train::average::{Average, average};

/// Average the weights of finished runs and write the model bundle.
///
/// The runs have the same photographs and start weights, and differ in seed or recipe: their mean is more often right
/// than each of them, and no slower. `trainer quantise` goes on from the folder.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folders of finished runs
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    photographs: Photographs,
    /// The folder for the bundle
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
}

/// Averages, and prints what came out.
///
/// # Errors
/// When a run or the data cannot be used, or the bundle cannot be written.
pub fn run(args: &Args) -> Result<()> {
    let outcome = average(&Average {
        runs: args.runs.clone(),
        data: args.photographs.data.clone(),
        extra: args.photographs.extra.clone(),
        out: args.out.clone(),
    })?;
    train::print(&outcome);
    Ok(())
}
