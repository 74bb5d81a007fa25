//! Transfer learning: trains a new head on frozen features first, then the whole network at a low rate. Where the boxes
//! of the animals are known, crops are learnt as well, and individual animals by [`contrast`].
//!
//! [`train`] writes the recipe, a sheet of augmented photographs, a checkpoint, a table and a plot of the curves into the
//! run folder, and finally the bundle. The result depends only on recipe, weights and photographs, even if the run was
//! interrupted and resumed.

mod animals;
mod augmented;
pub mod average;
pub mod calibrate;
pub(crate) mod checkpoint;
pub mod contrast;
pub mod distillation;
mod epoch;
pub(crate) mod few;
mod finish;
mod folds;
pub mod history;
pub(crate) mod loader;
pub(crate) mod optimiser;
mod photos;
pub mod recipe;
pub mod repeat;
mod start;
mod tensorboard;
pub(crate) mod views;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use indicatif::ProgressBar;
use recognise::metadata::Measured;
use recognise::photo::PhotoError;
use recognise::{BreedId, printable};
use serde::{Deserialize, Serialize};

use crate::dataset::boxes::BoxesError;
use crate::dataset::{DatasetError, Source};
use crate::metrics::Interval;
use crate::net::{Architecture, Init, Network, WeightsError};
use crate::replace::{WriteError, replace};
use checkpoint::{Checkpoint, Progress};
use epoch::Learner;
use finish::Origin;
use history::Epoch;
use photos::Photos;
use recipe::{Recipe, RecipeError};
use repeat::Plan;
use tensorboard::Events;
use watch::Watch;

pub use checkpoint::{CheckpointError, FILE as CHECKPOINT};
pub use start::Start;

/// The bundle's name in a run folder.
pub const BUNDLE: &str = "breeds.onnx";
/// The recipe's name in a run folder.
pub const RECIPE: &str = "recipe.toml";

/// The seed of the validation split. It is the same for all runs, whatever their seed, so that they can be compared.
pub(crate) const SPLIT_SEED: u64 = 1;

/// The data, the settings and the folder of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The dataset.
    pub data: Source,
    /// Folder of additional photographs to train on, with a folder for each breed.
    pub extra: Option<PathBuf>,
    /// Table of the animals' boxes in the photographs: see [`crate::dataset::boxes`].
    pub boxes: Option<PathBuf>,
    /// Run folder; it is created if it does not exist.
    pub run: PathBuf,
    /// Folder in which the results of the epochs are written for TensorBoard as well.
    pub tensorboard: Option<PathBuf>,
    /// What a new run starts from; `None` to continue from the run folder's checkpoint.
    pub start: Option<Start>,
    /// The settings. A resumed run must have the same, or be made [`Recipe::longer`].
    pub recipe: Recipe,
}

/// The result of a finished run.
#[derive(Debug)]
pub struct Outcome {
    /// The bundle.
    pub bundle: PathBuf,
    /// Its figures on the validation split, measured by the kiosk's engine.
    pub measured: Measured,
    /// How far these figures can be trusted.
    pub intervals: Intervals,
    /// The agreement of that engine with candle.
    pub parity: Parity,
    /// Photographs that could not be read for prototypes, classifier and calibration.
    pub unreadable: Vec<PhotoError>,
}

/// The 95 % confidence intervals of the figures of the same names in [`Measured`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    /// Interval of [`Measured::top1`].
    pub top1: Interval,
    /// Interval of [`Measured::top3`].
    pub top3: Interval,
    /// Interval of [`Measured::mean_per_class`].
    pub mean_per_class: Interval,
}

/// Agreement of the bundle in the kiosk's engine with the network in candle.
#[derive(Clone, Copy, Debug)]
pub struct Parity {
    /// Number of photographs compared.
    pub photographs: usize,
    /// Largest difference of two logits.
    pub largest_difference: f32,
    /// Number of photographs with different most probable breeds.
    pub disagreements: usize,
}

/// Why a run ends without a bundle.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The data cannot be used.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The dataset has no photographs to train on or none to validate on.
    #[error("{data} has {train} photographs to train on and {validation} to validate on: at least one of each is needed", data = data.display())]
    TooFew {
        /// The folder.
        data: PathBuf,
        /// Photographs to train on.
        train: usize,
        /// Photographs to validate on.
        validation: usize,
    },
    /// No photograph of some breeds is there to train on, or none that can be read.
    #[error("{who} no photograph to train on in {data}, or none that can be read: add some, or remove the breed; photographs of the test split do not count", who = have(breeds), data = data.display())]
    Unseen {
        /// The folder.
        data: PathBuf,
        /// The breeds.
        breeds: Vec<BreedId>,
    },
    /// The dataset has fewer than two breeds.
    #[error("{data} has photographs of fewer than two breeds: at least two are needed", data = .0.display())]
    OneBreed(PathBuf),
    /// The table of boxes cannot be used.
    #[error(transparent)]
    Boxes(#[from] BoxesError),
    /// The table of boxes has none for the photographs to train on.
    #[error("{} has no box of an animal for any photograph to train on: its paths are relative to its own folder", printable(.0))]
    NoAnimals(PathBuf),
    /// The recipe needs boxes, and there are none.
    #[error(
        "the recipe's box_views and contrast need the boxes of the animals: name their table with --boxes, or set both \
         to 0"
    )]
    NoBoxes,
    /// No photograph of the training or of the validation split can be read.
    #[error("no photograph {of} can be read; `trainer check` says why", of = .0)]
    Unreadable(&'static str),
    /// The initial weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The bundle to start from does not say how it was trained.
    #[error("cannot start from {path}: `trainer train` did not make it, since its training recipe cannot be read: {source}; start from one that it made, or from weights with timm's names", path = path.display())]
    NotOurs {
        /// The bundle.
        path: PathBuf,
        /// The cause.
        source: serde_json::Error,
    },
    /// The checkpoint to start from is of an earlier trainer, which did not write down the breeds.
    #[error("cannot start from {path}, which does not say its breeds: start from the bundle of its run, {bundle}", path = .0.display(), bundle = BUNDLE)]
    NoBreeds(PathBuf),
    /// The recipe cannot be used.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The checkpoint cannot be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The run folder already holds a run.
    #[error("{run} already holds a run: continue it with --resume, or name another folder", run = run.display())]
    Exists {
        /// The run folder.
        run: PathBuf,
    },
    /// The photographs are not those that the run started with.
    #[error("the photographs are not those that the run in {run} started with: give the same --data, --extra and --boxes", run = run.display())]
    OtherData {
        /// The run folder.
        run: PathBuf,
    },
    /// The file with the figures of several runs cannot be read.
    #[error("cannot resume from {path}: {source}; train into another folder", path = path.display())]
    Repeats {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: WriteError,
    },
    /// Several runs are not continued as they were started.
    #[error("the runs in {run} were started with {plan}: resume them with that, and with the same --init, --network, --epochs and --seed", run = run.display())]
    OtherRepeats {
        /// The folder of the runs.
        run: PathBuf,
        /// In what they differ.
        plan: Plan,
    },
    /// There are no runs to average.
    #[error("name the folders of the runs to average")]
    NoRuns,
    /// A run to average is not finished.
    #[error("the run in {run} is not finished: continue it with `trainer train --resume`", run = run.display())]
    Unfinished {
        /// The run folder.
        run: PathBuf,
    },
    /// A checkpoint is of another network.
    #[error("the checkpoint in {run} is of {found}, not of {network}: name a run of {network}", run = run.display())]
    OtherNetwork {
        /// The run folder.
        run: PathBuf,
        /// The network of the checkpoint.
        found: Architecture,
        /// The network of the recipe, or of the first run to average.
        network: Architecture,
    },
    /// A run to average started from other weights, so that the average would be meaningless.
    #[error("the run in {run} started from other weights than the first run: only runs from the same weights can be averaged", run = run.display())]
    OtherStart {
        /// The run folder.
        run: PathBuf,
    },
    /// A file of the run folder cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: WriteError,
    },
    /// The run was stopped.
    #[error("stopped in epoch {epoch}; {run} keeps the epochs before it: continue with --resume", run = run.display())]
    Stopped {
        /// The epoch that was not finished.
        epoch: usize,
        /// The run folder.
        run: PathBuf,
    },
    /// The run was stopped after its last epoch.
    #[error("stopped before the bundle was written; {run} keeps all epochs: continue with --resume", run = run.display())]
    StoppedAtEnd {
        /// The run folder.
        run: PathBuf,
    },
    /// The loss or a weight is not a finite number.
    #[error("training diverged in epoch {epoch}: start again with a lower `rate` in a --recipe")]
    Diverged {
        /// The epoch in which it happened.
        epoch: usize,
    },
    /// The kiosk refuses the bundle.
    #[error(transparent)]
    Bundle(#[from] recognise::BundleError),
    /// The kiosk's engine fails on the bundle.
    #[error(transparent)]
    Engine(#[from] recognise::EngineError),
    /// The kiosk's engine does not agree with candle.
    #[error("{bundle} gives other results than the network it was made from: logits differ by up to {difference}, and {disagreements} of {photographs} photographs get another breed", bundle = bundle.display(), difference = .parity.largest_difference, disagreements = .parity.disagreements, photographs = .parity.photographs)]
    Disagreement {
        /// The bundle.
        bundle: PathBuf,
        /// The size of the disagreement.
        parity: Parity,
    },
    /// candle fails.
    #[error("the network failed: {0}")]
    Tensor(#[from] candle_core::Error),
}

/// Trains a network and writes its bundle. `bar` counts photographs, those of the epochs and then those of the end;
/// setting `stop` ends the run after the current step, or after the current photographs.
///
/// # Errors
/// See [`TrainError`]. The last checkpoint is always kept, and a run without [`Options::start`] continues from it.
pub fn train(
    options: &Options,
    bar: &ProgressBar,
    stop: &AtomicBool,
) -> Result<Outcome, TrainError> {
    options.recipe.check()?;
    let (extra, boxes) = (options.extra.as_deref(), options.boxes.as_deref());
    let recipes = std::slice::from_ref(&options.recipe);
    let photos = Photos::open(&options.data, extra, boxes, recipes, bar)?;
    train_on(options, &photos, bar, stop)
}

/// Trains once on these photographs.
fn train_on(
    options: &Options,
    photos: &Photos,
    bar: &ProgressBar,
    stop: &AtomicBool,
) -> Result<Outcome, TrainError> {
    let recipe = &options.recipe;
    let (mut learner, mut progress) = begin(options, photos)?;
    if progress.epochs.is_empty() {
        augmented::write(&options.run, photos, recipe, bar)?;
    }
    // A finished run has no more epochs to write.
    let folder = options.tensorboard.as_deref();
    let folder = folder.filter(|_| !is_finished(recipe, &progress.epochs));
    let mut events = folder.map(event_file).transpose()?;
    let epochs = recipe.head_epochs + recipe.epochs;
    // A run before may have left it at its end.
    bar.reset();
    bar.set_length(((epochs - progress.epochs.len().min(epochs)) * photos.train.len()) as u64);
    while !is_finished(recipe, &progress.epochs) {
        let epoch = learner.epoch(photos, &mut progress, bar, stop)?;
        bar.suspend(|| eprintln!("{}", summary(&epoch, photos.train.len())));
        progress.epochs.push(epoch);
        learner.keep_best(&progress.epochs)?;
        checkpoint::write(&options.run, &progress, &learner.state()?)?;
        write_history(&options.run, &progress.epochs)?;
        if let (Some(events), Some(epoch)) = (&mut events, progress.epochs.last()) {
            events.write(epoch).map_err(unwritten(&events.path))?;
        }
    }
    bar.finish_and_clear();
    // Repeated for a resumed run: a full disk may have prevented it before.
    write_history(&options.run, &progress.epochs)?;
    let origin = Origin {
        run: &options.run,
        recipes: std::slice::from_ref(recipe),
        pretrained: &progress.pretrained,
    };
    let run = &options.run;
    finish::bundle(&learner.best, photos, &origin, &Watch { run, bar, stop })
}

/// The file for TensorBoard.
fn event_file(folder: &Path) -> Result<Events, TrainError> {
    Events::create(folder).map_err(unwritten(folder))
}

/// The error for a file that the system does not let be written.
fn unwritten(path: &Path) -> impl FnOnce(std::io::Error) -> TrainError {
    let path = path.to_owned();
    move |source| TrainError::Write {
        path,
        source: source.into(),
    }
}

fn write_history(run: &Path, epochs: &[Epoch]) -> Result<(), TrainError> {
    let path = run.join(history::TABLE);
    history::write(run, epochs).map_err(|source| TrainError::Write { path, source })
}

pub(crate) fn warn(note: &impl std::fmt::Display) {
    eprintln!("warning: {note}");
}

/// The breeds as the subject of a sentence about what they have.
fn have(breeds: &[BreedId]) -> String {
    let names: Vec<&str> = breeds.iter().map(BreedId::as_str).collect();
    let verb = if names.len() == 1 { "has" } else { "have" };
    format!("{} {verb}", names.join(", "))
}

/// The state at the start of the run, or that of its checkpoint.
fn begin<'a>(options: &'a Options, photos: &Photos) -> Result<(Learner<'a>, Progress), TrainError> {
    match &options.start {
        Some(start) => begin_new(options, start, photos),
        None => resume(options, photos),
    }
}

/// The state at the start of a new run.
fn begin_new<'a>(
    options: &'a Options,
    start: &Start,
    photos: &Photos,
) -> Result<(Learner<'a>, Progress), TrainError> {
    let run = &options.run;
    if run.join(CHECKPOINT).exists() || run.join(repeat::FILE).exists() {
        return Err(TrainError::Exists { run: run.clone() });
    }
    let architecture = options.recipe.network;
    let network = start.network(architecture, &photos.breeds)?;
    std::fs::create_dir_all(run).map_err(|source| TrainError::Write {
        path: run.clone(),
        source: source.into(),
    })?;
    write_recipe(run, &options.recipe)?;
    let progress = Progress {
        data_digest: photos.digest.clone(),
        boxes: photos.boxes(),
        network: architecture,
        breeds: photos.ids(),
        pretrained: start.name(architecture),
        ..Progress::default()
    };
    let learner = Learner::new(network, options)?;
    // From now on the run can be resumed whenever it stops.
    checkpoint::write(run, &progress, &learner.state()?)?;
    Ok((learner, progress))
}

/// The state of the run's checkpoint.
fn resume<'a>(
    options: &'a Options,
    photos: &Photos,
) -> Result<(Learner<'a>, Progress), TrainError> {
    let (run, recipe) = (&options.run, &options.recipe);
    let mut checkpoint: Checkpoint = Checkpoint::read(run)?;
    let progress = &mut checkpoint.progress;
    progress.check_network(run, recipe.network)?;
    if progress.data_digest != photos.digest || progress.boxes != photos.boxes() {
        return Err(TrainError::OtherData { run: run.clone() });
    }
    // Checkpoints of earlier trainers lack them.
    progress.breeds = photos.ids();
    let network = Network::new(recipe.network, photos.breeds.len(), &Init::Random(0))?;
    let mut learner = Learner::new(network, options)?;
    learner.restore(&checkpoint)?;
    if Recipe::read(&run.join(RECIPE))? != *recipe {
        // The run was made longer, and stays so whenever it is resumed again.
        write_recipe(run, recipe)?;
    }
    Ok((learner, checkpoint.progress))
}

fn write_recipe(run: &Path, recipe: &Recipe) -> Result<(), TrainError> {
    let path = run.join(RECIPE);
    let written = replace(&path, |part| Ok(std::fs::write(part, recipe.to_toml())?));
    written.map_err(|source| TrainError::Write { path, source })
}

/// Whether the last epoch is done.
fn is_finished(recipe: &Recipe, epochs: &[Epoch]) -> bool {
    epochs.len() >= recipe.head_epochs + recipe.epochs || is_over(recipe, epochs)
}

/// Whether validation has not improved for too long.
fn is_over(recipe: &Recipe, epochs: &[Epoch]) -> bool {
    let learning = epochs.get(recipe.head_epochs..).unwrap_or_default();
    // What came before the last restart was to be done whatever came of it.
    let restart = recipe.restarts.last().copied().unwrap_or_default();
    best(learning).is_some_and(|best| {
        let since = restart.max(best + 1);
        learning.len().saturating_sub(since) >= recipe.patience
    })
}

/// Index of the epoch with the least validation loss.
fn best(epochs: &[Epoch]) -> Option<usize> {
    let losses = epochs.iter().map(|epoch| epoch.validation_loss).enumerate();
    losses
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(index, _)| index)
}

/// The line printed after an epoch.
fn summary(epoch: &Epoch, images: usize) -> String {
    let crops = |top1| format!(" (crops {:.1} %)", 100.0 * top1);
    let crops = epoch.crop_top1.map_or_else(String::new, crops);
    let waited = 100.0 * epoch.waited.unwrap_or(0.0) / epoch.seconds;
    format!(
        "epoch {:3} ({:4})  loss {:.3}  validation: loss {:.3}, top-1 {:.1} %{crops}, mean per class {:.1} %  {:.0} images/s, {waited:.0} % spent waiting for photographs",
        epoch.epoch,
        epoch.stage,
        epoch.train_loss,
        epoch.validation_loss,
        100.0 * epoch.top1,
        100.0 * epoch.mean_per_class,
        images as f64 / epoch.seconds,
    )
}
