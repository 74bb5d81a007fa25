//! `trainer quantise`: from an f32 bundle to an int8 one.

use std::path::PathBuf;

use anyhow::Result;

use super::data::Data;
use super::{progress, report_unreadable};
use crate::quantise::{DetectorRun, Sources, quantise};

/// Quantise a run's network to int8 and compare the two.
///
/// Writes breeds-int8.onnx, a quarter of the size, into the run folder. The network is calibrated on photographs that
/// the run trained on. Prints accuracy and size of both networks as the kiosk's engine runs them. With --detector the
/// bundle also finds animals; then what both detectors find is compared, too.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of a finished run
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    data: Data,
    /// The folder of a finished run of `trainer detect`, for a bundle that also finds animals
    #[arg(long, value_name = "RUN", requires = "boxes")]
    detector: Option<PathBuf>,
    /// The list of boxes that the detector was trained on
    #[arg(long, value_name = "FILE", requires = "detector")]
    boxes: Option<PathBuf>,
    /// Folder with photographs of animals that came several times, as evaluate --individuals reads it: every second
    /// animal calibrates how guests are known again, and the others show what that is worth
    #[arg(long, value_name = "DIR")]
    individuals: Option<PathBuf>,
}

/// Quantises the network and prints the comparison.
///
/// # Errors
/// When the run or the data cannot be used, or the bundle cannot be written.
pub fn run(args: &Args) -> Result<()> {
    let detector = args.detector.clone().zip(args.boxes.clone());
    let sources = Sources {
        run: args.run.clone(),
        data: args.data.source(),
        detector: detector.map(|(run, boxes)| DetectorRun { run, boxes }),
        individuals: args.individuals.clone(),
    };
    let report = progress::shown("quantising", |bar| quantise(&sources, bar))?;
    report_unreadable(&report.unreadable);
    println!("{report}{}", report.bundle.display());
    Ok(())
}
