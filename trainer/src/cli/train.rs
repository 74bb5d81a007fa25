//! `trainer train`: from photographs to a bundle.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::net::Init;
use crate::train::recipe::Recipe;
use crate::train::{Options, Outcome, RECIPE, train};

/// Fine-tune the network on photographs and write the model bundle.
///
/// The run folder keeps the recipe, a checkpoint after each epoch, metrics.csv, curves.svg and, in the end,
/// breeds.onnx. Ctrl-C stops the run; --resume goes on to the same result.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    photographs: Photographs,
    /// The run folder
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
    /// Start weights: a safetensors file, `hub` (timm/mobilenetv2_100.ra_in1k), or `none` for random ones
    #[arg(long, value_name = "FILE|hub|none", default_value = "hub")]
    init: String,
    /// Epochs in which the whole network learns [default: the recipe's, 14]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Seed of every random choice [default: the recipe's, 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Settings other than the defaults, in the form of a run folder's recipe.toml
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    recipe: Option<PathBuf>,
    /// Go on from the run folder's checkpoint
    #[arg(long)]
    resume: bool,
}

// What runs are trained on. No comment of documentation, which clap would take for the subcommand's.
#[derive(Debug, clap::Args)]
pub(super) struct Photographs {
    /// The dataset: Oxford's layout, or one folder a breed
    #[arg(long, value_name = "DIR")]
    pub(super) data: PathBuf,
    /// More photographs to train on, one folder a breed, named as the dataset names it
    #[arg(long, value_name = "DIR")]
    pub(super) extra: Option<PathBuf>,
}

/// Trains until the bundle is there, or Ctrl-C.
pub fn run(args: &Args) -> Result<()> {
    let options = options(args)?;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        // The first time after the step under way, the second at once: every file is whole anyway.
        if asked.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
    })
    .context("cannot listen for Ctrl-C")?;

    let style =
        ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} images, {per_sec}, {eta} left")?;
    let bar = ProgressBar::new(0).with_style(style);
    let outcome = train(&options, &bar, &stop);
    bar.finish_and_clear();
    print(&outcome?);
    Ok(())
}

pub(super) fn print(outcome: &Outcome) {
    eprintln!(
        "candle and the kiosk agree on {} photographs: every breed, logits to {:.1e}",
        outcome.parity.photographs, outcome.parity.largest_difference
    );
    println!(
        "{}: validation top-1 {:.1} %, top-3 {:.1} %, mean per class {:.1} % of {} photographs",
        outcome.bundle.display(),
        100.0 * outcome.measured.top1,
        100.0 * outcome.measured.top3,
        100.0 * outcome.measured.mean_per_class,
        outcome.measured.images
    );
}

fn options(args: &Args) -> Result<Options> {
    let mut recipe = match (&args.recipe, args.resume) {
        (_, true) => Recipe::read(&args.out.join(RECIPE))?,
        (Some(file), false) => Recipe::read(file)?,
        (None, false) if args.init == "none" => Recipe::from_scratch(),
        (None, false) => Recipe::default(),
    };
    let asked = Recipe {
        epochs: args.epochs.unwrap_or(recipe.epochs),
        seed: args.seed.unwrap_or(recipe.seed),
        ..recipe.clone()
    };
    if args.resume && asked != recipe {
        bail!(
            "the run in {} was begun with --epochs {} --seed {}: resume with the same",
            args.out.display(),
            recipe.epochs,
            recipe.seed
        );
    }
    recipe = asked;
    let init = match args.init.as_str() {
        "hub" => Init::Hub,
        "none" => Init::Random(recipe.seed),
        file => Init::File(file.into()),
    };
    Ok(Options {
        data: args.photographs.data.clone(),
        extra: args.photographs.extra.clone(),
        run: args.out.clone(),
        init,
        recipe,
        resume: args.resume,
    })
}
