//! `trainer detect`: from photographs with boxes to a network that finds animals.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::data::Data;
use super::progress;
use super::train::{init, stop_on_ctrl_c};
use crate::detect::recipe::Recipe;
use crate::detect::{Options, recipe_of, train};

/// Train the network that finds animals in a picture.
///
/// It learns from boxes around whole cats and dogs in photographs of the dataset's trainval split; a tenth of these is
/// for validation. The run folder keeps the recipe, a checkpoint after each epoch and metrics.csv, and finally
/// animals.safetensors and detector.json, which `trainer quantise --detector RUN` makes a part of a bundle. Ctrl-C stops
/// the run; --resume continues it to the same result.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The table of boxes: a CSV file with the columns file,kind,score,x1,y1,x2,y2
    #[arg(long, value_name = "FILE")]
    boxes: PathBuf,
    #[command(flatten)]
    data: Data,
    /// More photographs to train on, if the table has boxes for them; may be given several times
    #[arg(long, value_name = "DIR")]
    extra: Vec<PathBuf>,
    /// Photographs without an animal to train on, also in the folders in it; may be given several times
    #[arg(long, value_name = "DIR")]
    negatives: Vec<PathBuf>,
    /// The run folder
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
    /// Start weights of MobileNetV2: a safetensors or .pth file with timm's names, `hub`
    /// (timm/mobilenetv2_100.ra_in1k), or `none` for random ones
    #[arg(long, value_name = "FILE|hub|none", default_value = "hub")]
    init: String,
    /// Epochs [default: the recipe's, 12]
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

/// Trains until the detector is written or Ctrl-C is pressed.
///
/// # Errors
/// When the settings, the weights, the data or the run folder cannot be used, and when the run is stopped.
pub fn run(args: &Args) -> Result<()> {
    let options = options(args)?;
    let stop = stop_on_ctrl_c()?;
    let outcome = progress::shown("training", |bar| train(&options, bar, &stop))?;
    println!("{}: {}", outcome.weights.display(), outcome.best);
    Ok(())
}

fn options(args: &Args) -> Result<Options> {
    let base = if args.resume {
        recipe_of(&args.out)?
    } else if let Some(file) = &args.recipe {
        Recipe::read(file)?
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
    Ok(Options {
        boxes: args.boxes.clone(),
        data: args.data.source(),
        extra: args.extra.clone(),
        negatives: args.negatives.clone(),
        run: args.out.clone(),
        init: init(&args.init, recipe.seed),
        recipe,
        resume: args.resume,
    })
}
