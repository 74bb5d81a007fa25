//! `trainer train`: from photographs to a model bundle.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use recognise::metadata::Measured;

use super::data::Data;
use super::{progress, repeat, report_unreadable};
use crate::metrics::{Interval, percent};
use crate::net::{Architecture, Init};
use crate::train::recipe::Recipe;
use crate::train::repeat::Plan;
use crate::train::{Intervals, Options, Outcome, RECIPE, Start, train};

/// Fine-tune a network on photographs and write the model bundle.
///
/// The run folder keeps the recipe, augmented.jpg (photographs as training sees them), a checkpoint after each epoch,
/// metrics.csv, curves.svg and finally breeds.onnx.
/// Ctrl-C stops the run; --resume continues it to the same result.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    photographs: Photographs,
    /// A table of the animals' boxes in the photographs (file,kind,score,x1,y1,x2,y2); with it, crops are learnt as
    /// well, and individual animals
    #[arg(long, value_name = "FILE")]
    boxes: Option<PathBuf>,
    /// The run folder
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
    /// The network [default: the recipe's, or that of the bundle to start from, or mobilenetv2_100]
    #[arg(long, value_enum, value_name = "NAME")]
    network: Option<Architecture>,
    /// What to start from: a bundle of the trainer's (.onnx, f32 or int8) or the checkpoint.safetensors of a run, whose
    /// breeds stay where the data have them; weights with timm's names (safetensors or .pth); `hub` (timm's own weights
    /// of the network); or `none` for random ones
    #[arg(long, value_name = "FILE|hub|none", default_value = "hub")]
    init: String,
    /// Epochs in which the whole network learns [default: the recipe's, 14, or 8 with boxes]; with a larger number, a
    /// resumed run continues, but not the runs of --folds and --seeds
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Seed of every random choice [default: the recipe's, 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Settings to use instead of the defaults, in the form of a run folder's recipe.toml
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    recipe: Option<PathBuf>,
    /// Write the curves for TensorBoard into this folder, too; a resumed run adds a file to those of before
    #[arg(long, value_name = "DIR")]
    tensorboard: Option<PathBuf>,
    /// Cross-validate: train K times in the folders fold-1, fold-2, ... of the run folder, each time validating on
    /// another part of the photographs, and print mean and spread of the figures
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(2..=100), conflicts_with = "seeds")]
    folds: Option<u8>,
    /// Train N times in the folders seed-1, seed-2, ... of the run folder, with as many seeds from --seed on, and print
    /// mean and spread of the figures
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=100))]
    seeds: Option<u8>,
    /// Continue from the run folder's checkpoint
    #[arg(long)]
    resume: bool,
}

// The photographs that a run trains on. Not a doc comment: clap would show it as the help of the subcommand.
#[derive(Debug, clap::Args)]
pub(super) struct Photographs {
    #[command(flatten)]
    pub(super) data: Data,
    /// More photographs to train on, one folder a breed, named as the dataset names it; a kiosk's training/ is one.
    /// Those that look nearly like a photograph to validate or to test on are left out
    #[arg(long, value_name = "DIR")]
    pub(super) extra: Option<PathBuf>,
}

/// Trains until the bundle is written or Ctrl-C is pressed.
///
/// # Errors
/// When the settings, the weights, the data or the run folder cannot be used, and when the run is stopped.
pub fn run(args: &Args) -> Result<()> {
    let options = options(args)?;
    let stop = stop_on_ctrl_c()?;
    if let Some(plan) = plan(args)? {
        let init = init(&args.init, options.recipe.seed);
        return repeat::run(&options, plan, &init, &stop);
    }
    let outcome = progress::shown("training", |bar| train(&options, bar, &stop))?;
    if args.resume {
        // Otherwise the first epoch has named them.
        report_unreadable(&outcome.unreadable);
    }
    print(&outcome);
    Ok(())
}

/// What becomes true when Ctrl-C is pressed.
pub(super) fn stop_on_ctrl_c() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        // The first Ctrl-C stops after the current step, the second at once: files are always replaced as a whole.
        if asked.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(stop)
}

/// The initial weights that `--init` names.
pub(super) fn init(named: &str, seed: u64) -> Init {
    match named {
        "hub" => Init::Hub,
        "none" => Init::Random(seed),
        file => Init::File(file.into()),
    }
}

/// Prints the figures of the bundle on stdout, and on stderr what else there is to know about it.
pub(super) fn print(outcome: &Outcome) {
    eprintln!(
        "candle and the kiosk agree on {} photographs: same breed on each, logits to within {:.1e}",
        outcome.parity.photographs, outcome.parity.largest_difference
    );
    println!(
        "{}: {}",
        outcome.bundle.display(),
        figures(&outcome.measured, &outcome.intervals)
    );
}

/// The figures of a bundle, with their confidence intervals.
pub(super) fn figures(measured: &Measured, intervals: &Intervals) -> String {
    format!(
        "validation top-1 {}, top-3 {}, mean per class {} of {} photographs (95 % intervals)",
        with_interval(measured.top1, intervals.top1),
        with_interval(measured.top3, intervals.top3),
        with_interval(measured.mean_per_class, intervals.mean_per_class),
        measured.images
    )
}

/// A share with its confidence interval: `91.2 % (86.7 to 94.3)`.
fn with_interval(share: f64, interval: Interval) -> String {
    let ends = interval.map(|[low, high]| format!(" ({:.1} to {:.1})", 100.0 * low, 100.0 * high));
    format!("{}{}", percent(share), ends.unwrap_or_default())
}

/// In what the runs differ if there are several; those that are continued are what they were.
fn plan(args: &Args) -> Result<Option<Plan>> {
    let folds = args.folds.map(|count| Plan::Folds(count.into()));
    let asked = folds.or(args.seeds.map(|count| Plan::Seeds(count.into())));
    if asked.is_none() && args.resume {
        return Ok(Plan::begun_in(&args.out)?);
    }
    Ok(asked)
}

fn options(args: &Args) -> Result<Options> {
    let (recipe, start) = if args.resume {
        (resumed(args)?, None)
    } else {
        let (recipe, start) = begun(args)?;
        (recipe, Some(start))
    };
    Ok(Options {
        data: args.photographs.data.source(),
        extra: args.photographs.extra.clone(),
        boxes: args.boxes.clone(),
        run: args.out.clone(),
        tensorboard: args.tensorboard.clone(),
        start,
        recipe,
    })
}

/// The recipe of a new run, and what it starts from.
fn begun(args: &Args) -> Result<(Recipe, Start)> {
    let (base, chosen) = match &args.recipe {
        Some(file) => {
            let recipe = Recipe::read(file)?;
            let network = recipe.network;
            (recipe, Some(network))
        }
        None => (default_recipe(args), None),
    };
    let seed = args.seed.unwrap_or(base.seed);
    let start = Start::new(init(&args.init, seed))?;
    let network = args.network.or(chosen).or(start.architecture());
    let recipe = Recipe {
        network: network.unwrap_or(base.network),
        init: start.digest().map(str::to_owned),
        epochs: args.epochs.unwrap_or(base.epochs),
        seed,
        ..base
    };
    Ok((recipe, start))
}

/// The recipe of the run in the folder, made longer if more epochs are asked for.
fn resumed(args: &Args) -> Result<Recipe> {
    let base = Recipe::read(&args.out.join(RECIPE))?;
    let run = args.out.display();
    let (network, seed) = (base.network, base.seed);
    if args.network.unwrap_or(network) != network || args.seed.unwrap_or(seed) != seed {
        bail!(
            "the run in {run} was started with --network {network} --seed {seed}: resume with the same values"
        );
    }
    let epochs = args.epochs.unwrap_or(base.epochs);
    if epochs < base.epochs {
        bail!(
            "the run in {run} has {} epochs, and none can be taken back: resume with --epochs {} or more, or train \
             into another folder",
            base.epochs,
            base.epochs
        );
    }
    Ok(base.longer(epochs))
}

/// The recipe of a run for which none is given.
fn default_recipe(args: &Args) -> Recipe {
    let from_scratch = Recipe::from_scratch();
    match (args.boxes.is_some(), args.init == "none") {
        (false, false) => Recipe::default(),
        (false, true) => from_scratch,
        (true, false) => Recipe::with_boxes(),
        (true, true) => Recipe {
            rate: from_scratch.rate,
            distillation: from_scratch.distillation,
            ..Recipe::with_boxes()
        },
    }
}
