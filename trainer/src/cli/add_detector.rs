//! `trainer add-detector`: gives a bundle another detector.

use std::path::PathBuf;

use anyhow::Result;

use super::data::Data;
use super::{progress, report_unreadable};
use crate::quantise::{DetectorRun, add_detector};

/// Give a model bundle another detector, and leave its network for breeds as it is.
///
/// Quantises the detector of a run and writes the bundle with it to --out. Prints what the detector finds in f32 and in
/// int8 as the kiosk's engine runs it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model bundle
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The folder of a finished run of `trainer detect`
    #[arg(long, value_name = "RUN")]
    detector: PathBuf,
    /// The list of boxes that the detector was trained on
    #[arg(long, value_name = "FILE")]
    boxes: PathBuf,
    #[command(flatten)]
    data: Data,
    /// The new bundle
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the bundle and prints the comparison.
///
/// # Errors
/// When the bundle, the run or the data cannot be used, or the bundle cannot be written.
pub fn run(args: &Args) -> Result<()> {
    let files = DetectorRun {
        run: args.detector.clone(),
        boxes: args.boxes.clone(),
    };
    let added = progress::shown("quantising", |bar| {
        let data = args.data.source();
        add_detector(&args.model, &data, &files, &args.out, bar)
    })?;
    report_unreadable(&added.unreadable);
    println!("{}{}", added.found, added.bundle.display());
    Ok(())
}
