//! Transfer learning: first a new head on frozen features, then everything at a low rate.
//!
//! [`train`] leaves in the run folder the recipe, a checkpoint, the table and the picture of the curves, and in the
//! end the bundle. What a run comes to depends on recipe, weights and photographs alone, wherever it was interrupted.

pub mod average;
pub mod calibrate;
mod checkpoint;
mod epoch;
mod finish;
pub mod history;
pub(crate) mod loader;
mod optimiser;
pub mod recipe;
pub(crate) mod replace;
pub(crate) mod views;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use recognise::metadata::{Breed, Measured};
use indicatif::ProgressBar;

use crate::dataset::{Dataset, DatasetError, Photo, carve, digest, read_extra};
use crate::net::{Init, Network, WeightsError};
use checkpoint::{Checkpoint, Progress};
use epoch::Learner;
use finish::Origin;
use history::Epoch;
use recipe::{Recipe, RecipeError};

pub use checkpoint::{CheckpointError, FILE as CHECKPOINT};

/// The bundle's name inside of a run folder.
pub const BUNDLE: &str = "breeds.onnx";
/// The recipe's.
pub const RECIPE: &str = "recipe.toml";

/// The same photographs validate every run, whatever its seed: so runs can be compared.
pub(crate) const SPLIT_SEED: u64 = 1;

/// What to train on and where to.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of the data set.
    pub data: PathBuf,
    /// More photographs to train on, in folders named as the breeds.
    pub extra: Option<PathBuf>,
    /// Run folder; it is made where it does not exist.
    pub run: PathBuf,
    /// Where the network starts.
    pub init: Init,
    /// The settings. A resumed run must have the same.
    pub recipe: Recipe,
    /// Whether to go on from the run folder's checkpoint.
    pub resume: bool,
}

/// What a finished run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The bundle.
    pub bundle: PathBuf,
    /// Its figures on the validation split, by the kiosk's engine.
    pub measured: Measured,
    /// How well that engine and candle agree.
    pub parity: Parity,
}

/// Agreement of the bundle in the kiosk's engine with the network in candle.
#[derive(Clone, Copy, Debug)]
pub struct Parity {
    /// Photographs compared.
    pub photographs: usize,
    /// Largest difference between two logits.
    pub largest_difference: f32,
    /// Photographs on which another breed comes first.
    pub disagreements: usize,
}

/// Why a run ends without a bundle.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The data cannot be used.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The data set gives nothing to train on, or nothing to validate on.
    #[error("{data} has {train} photographs to train on and {validation} to validate on: at least one of each is needed", data = data.display())]
    TooFew {
        /// The folder.
        data: PathBuf,
        /// Photographs to train on.
        train: usize,
        /// Photographs to validate on.
        validation: usize,
    },
    /// There is nothing to tell apart.
    #[error("{data} has photographs of fewer than two breeds: there is nothing to tell apart", data = .0.display())]
    OneBreed(PathBuf),
    /// Not one photograph of the training or the validation split can be read.
    #[error("no photograph {of} can be read; `trainer check` says why", of = .0)]
    Unreadable(&'static str),
    /// The start weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The recipe cannot be followed.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The checkpoint cannot be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The run folder holds a run already.
    #[error("{run} holds a run already: go on with --resume, or name another folder", run = run.display())]
    Exists {
        /// The run folder.
        run: PathBuf,
    },
    /// The photographs are not those that the run began with.
    #[error("the photographs are not those that the run in {run} began with: give the same --data and --extra", run = run.display())]
    OtherData {
        /// The run folder.
        run: PathBuf,
    },
    /// There are no runs to average.
    #[error("name the folders of the runs to average")]
    NoRuns,
    /// A run to average has epochs to go.
    #[error("the run in {run} is not finished: go on with `trainer train --resume`", run = run.display())]
    Unfinished {
        /// The run folder.
        run: PathBuf,
    },
    /// A run to average started elsewhere, so that its weights mean something else.
    #[error("the run in {run} started from other weights than the first one: only runs from the same ones can be averaged", run = run.display())]
    OtherStart {
        /// The run folder.
        run: PathBuf,
    },
    /// A file of the run folder cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody asked to stop.
    #[error("stopped in epoch {epoch}; {run} keeps the epochs before it: go on with --resume", run = run.display())]
    Stopped {
        /// The epoch that was not finished.
        epoch: usize,
        /// The run folder.
        run: PathBuf,
    },
    /// The loss is not a number any more.
    #[error(
        "the loss is no number any more in epoch {epoch}: train anew with a lower `rate` in a --recipe"
    )]
    Diverged {
        /// When it happened.
        epoch: usize,
    },
    /// The kiosk refuses the bundle.
    #[error(transparent)]
    Bundle(#[from] recognise::BundleError),
    /// The kiosk's engine fails on the bundle.
    #[error(transparent)]
    Engine(#[from] recognise::EngineError),
    /// The kiosk's engine does not agree with candle.
    #[error("{bundle} gives other answers than the network it was made of: logits differ by up to {difference}, {disagreements} of {photographs} photographs change their breed", bundle = bundle.display(), difference = .parity.largest_difference, disagreements = .parity.disagreements, photographs = .parity.photographs)]
    Disagreement {
        /// The bundle.
        bundle: PathBuf,
        /// How far apart they are.
        parity: Parity,
    },
    /// candle fails.
    #[error("the network failed: {0}")]
    Tensor(#[from] candle_core::Error),
}

/// The photographs of a run by their purpose.
pub(crate) struct Photos {
    pub(crate) breeds: Vec<Breed>,
    /// The dataset's own, then the extra ones.
    pub(crate) train: Vec<Photo>,
    /// How many are the dataset's own.
    pub(crate) own: usize,
    pub(crate) validation: Vec<Photo>,
    pub(crate) digest: String,
}

/// Trains, and writes the bundle. `bar` counts pictures; setting `stop` ends the run after the step under way.
///
/// # Errors
/// See [`TrainError`]. Whatever happens, the last checkpoint stands and `resume` goes on from it.
pub fn train(
    options: &Options,
    bar: &ProgressBar,
    stop: &AtomicBool,
) -> Result<Outcome, TrainError> {
    options.recipe.check()?;
    let (extra, share) = (options.extra.as_deref(), options.recipe.validation);
    let photos = photos(&options.data, extra, share)?;
    let (mut learner, mut progress) = begin(options, &photos)?;
    let recipe = &options.recipe;
    let epochs = recipe.head_epochs + recipe.epochs;
    bar.set_length(((epochs - progress.epochs.len().min(epochs)) * photos.train.len()) as u64);
    while !is_finished(recipe, &progress.epochs) {
        let epoch = learner.epoch(&photos, &mut progress, bar, stop)?;
        bar.suspend(|| eprintln!("{}", summary(&epoch, photos.train.len())));
        progress.epochs.push(epoch);
        learner.keep_best(&progress.epochs)?;
        checkpoint::write(&options.run, &progress, &learner.state()?)?;
        write_history(&options.run, &progress.epochs)?;
    }
    bar.finish_and_clear();
    // Once more: where a full disk kept it from being written, there may be room by now.
    write_history(&options.run, &progress.epochs)?;
    let origin = Origin {
        run: &options.run,
        recipes: std::slice::from_ref(recipe),
        pretrained: &progress.pretrained,
    };
    finish::bundle(&learner.best, &photos, &origin)
}

fn write_history(run: &Path, epochs: &[Epoch]) -> Result<(), TrainError> {
    let path = run.join(history::TABLE);
    history::write(run, epochs).map_err(|source| TrainError::Write { path, source })
}

/// Opens the data and carves the validation split, this share, from what is there to train on.
fn photos(data: &Path, extra: Option<&Path>, share: f64) -> Result<Photos, TrainError> {
    let dataset = Dataset::open(data)?;
    let breeds = dataset.breeds;
    if breeds.len() < 2 {
        return Err(TrainError::OneBreed(data.to_owned()));
    }
    let (mut train, validation) = carve(&dataset.trainval, breeds.len(), share, SPLIT_SEED);
    let own = train.len();
    if let Some(extra) = extra {
        train.extend(read_extra(extra, &breeds)?);
    }
    if train.is_empty() || validation.is_empty() {
        let (train, validation) = (train.len(), validation.len());
        return Err(TrainError::TooFew {
            data: data.to_owned(),
            train,
            validation,
        });
    }
    let digest = digest(train.iter().chain(&validation));
    Ok(Photos {
        breeds,
        train,
        own,
        validation,
        digest,
    })
}

/// A learner at the run's beginning, or where its checkpoint left it.
fn begin<'a>(options: &'a Options, photos: &Photos) -> Result<(Learner<'a>, Progress), TrainError> {
    let run = &options.run;
    if options.resume {
        let checkpoint = Checkpoint::read(run)?;
        if checkpoint.progress.data_digest != photos.digest {
            return Err(TrainError::OtherData { run: run.clone() });
        }
        let network = Network::new(photos.breeds.len(), &Init::Random(0))?;
        let mut learner = Learner::new(network, options)?;
        learner.restore(&checkpoint)?;
        return Ok((learner, checkpoint.progress));
    }
    if run.join(CHECKPOINT).exists() {
        return Err(TrainError::Exists { run: run.clone() });
    }
    let network = Network::new(photos.breeds.len(), &options.init)?;
    let path = run.join(RECIPE);
    std::fs::create_dir_all(run)
        .and_then(|()| std::fs::write(&path, options.recipe.to_toml()))
        .map_err(|source| TrainError::Write {
            path,
            source: source.into(),
        })?;
    let progress = Progress {
        data_digest: photos.digest.clone(),
        pretrained: options.init.to_string(),
        ..Progress::default()
    };
    let learner = Learner::new(network, options)?;
    // Whenever the run stops from now on, there is something to go on from.
    checkpoint::write(run, &progress, &learner.state()?)?;
    Ok((learner, progress))
}

/// Whether there is no epoch to come.
fn is_finished(recipe: &Recipe, epochs: &[Epoch]) -> bool {
    epochs.len() >= recipe.head_epochs + recipe.epochs || is_over(recipe, epochs)
}

/// Whether validation has not improved for too long.
fn is_over(recipe: &Recipe, epochs: &[Epoch]) -> bool {
    let learning = epochs.get(recipe.head_epochs..).unwrap_or_default();
    best(learning).is_some_and(|best| learning.len() - 1 - best >= recipe.patience)
}

/// Index of the epoch with the least validation loss.
fn best(epochs: &[Epoch]) -> Option<usize> {
    let losses = epochs.iter().map(|epoch| epoch.validation_loss).enumerate();
    losses
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(index, _)| index)
}

fn summary(epoch: &Epoch, images: usize) -> String {
    format!(
        "epoch {:3} ({:4})  loss {:.3}  validation: loss {:.3}, top-1 {:.1} %, mean per class {:.1} %  {:.0} images/s",
        epoch.epoch,
        epoch.stage,
        epoch.train_loss,
        epoch.validation_loss,
        100.0 * epoch.top1,
        100.0 * epoch.mean_per_class,
        images as f64 / epoch.seconds,
    )
}
