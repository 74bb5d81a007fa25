//! `trainer evaluate`: how good a bundle is, measured with the kiosk's own code.

use std::path::PathBuf;

use crate::dataset::{Dataset, Split};
use crate::evaluate::evaluate;
use anyhow::Result;
use edge::recognise::{Bundle, Recogniser};
use indicatif::{ProgressBar, ProgressStyle};

/// Measure a model bundle on photographs whose breed is known.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model bundle [default: the one that the kiosk is built with]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Folder in the layout of the Oxford-IIIT Pet dataset, or with one folder a breed
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Which photographs of the data folder
    #[arg(long, value_enum, default_value_t = Split::Test)]
    split: Split,
    /// Folder with photographs of what is none of the breeds, one folder a kind
    #[arg(long, value_name = "DIR")]
    outliers: Option<PathBuf>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the bundle or a folder cannot be used; photographs that cannot be read are named on stderr and left out.
pub fn run(args: &Args) -> Result<()> {
    let dataset = Dataset::open(&args.data)?;
    let outliers = args.outliers.as_deref().map(Dataset::open).transpose()?;
    let bundle = match &args.model {
        Some(file) => Bundle::read(file)?,
        None => Bundle::embedded()?,
    };
    let recogniser = Recogniser::new(bundle)?;

    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} photographs, {eta} left")?;
    let progress = ProgressBar::no_length().with_style(style);
    let evaluation = evaluate(
        &recogniser,
        &dataset,
        args.split,
        outliers.as_ref(),
        &progress,
    );
    progress.finish_and_clear();
    let evaluation = evaluation?;

    for error in &evaluation.unreadable {
        eprintln!("{error}");
    }
    if args.json {
        println!("{}", serde_json::to_string(&evaluation.figures)?);
    } else {
        print!("{evaluation}");
    }
    Ok(())
}
