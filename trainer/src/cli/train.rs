//! `trainer train`: from photographs to a model bundle.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::report_unreadable;
use crate::net::Init;
use crate::train::recipe::Recipe;
use crate::train::{Options, Outcome, RECIPE, train};

/// Fine-tune the network on photographs and write the model bundle.
///
/// The run folder keeps the recipe, a checkpoint after each epoch, metrics.csv, curves.svg and finally breeds.onnx.
/// Ctrl-C stops the run; --resume continues it to the same result.
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
    /// Settings to use instead of the defaults, in the form of a run folder's recipe.toml
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    recipe: Option<PathBuf>,
    /// Continue from the run folder's checkpoint
    #[arg(long)]
    resume: bool,
}

// The photographs that a run trains on. Not a doc comment: clap would show it as the help of the subcommand.
#[derive(Debug, clap::Args)]
pub(super) struct Photographs {
    /// The dataset: Oxford's layout, or one folder a breed
    #[arg(long, value_name = "DIR")]
    pub(super) data: PathBuf,
    /// More photographs to train on, one folder a breed, named as the dataset names it; a kiosk's training/ is one
    #[arg(long, value_name = "DIR")]
    pub(super) extra: Option<PathBuf>,
}

/// Trains until the bundle is written or Ctrl-C is pressed.
///
/// # Errors
/// When the settings, the weights, the data or the run folder cannot be used, and when the run is stopped.
pub fn run(args: &Args) -> Result<()> {
    let options = options(args)?;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        // The first Ctrl-C stops after the current step, the second at once: files are always replaced as a whole.
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
    let outcome = outcome?;
    if args.resume {
        // Otherwise the first epoch has named them.
        report_unreadable(&outcome.unreadable);
    }
    print(&outcome);
    Ok(())
}

/// Prints the figures of the bundle on stdout, and on stderr what else there is to know about it.
pub(super) fn print(outcome: &Outcome) {
    eprintln!(
        "candle and the kiosk agree on {} photographs: same breed on each, logits to within {:.1e}",
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
    let base = if args.resume {
        Recipe::read(&args.out.join(RECIPE))?
    } else if let Some(file) = &args.recipe {
        Recipe::read(file)?
    } else if args.init == "none" {
        Recipe::from_scratch()
    } else {
        Recipe::default()
    };
    let recipe = Recipe {
        epochs: args.epochs.unwrap_or(base.epochs),
        seed: args.seed.unwrap_or(base.seed),
        ..base.clone()
    };
    if args.resume && recipe != base {
        bail!(
            "the run in {} was started with --epochs {} --seed {}: resume with the same values",
            args.out.display(),
            base.epochs,
            base.seed
        );
    }
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
