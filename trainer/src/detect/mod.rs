//! Trains the network that finds animals in a picture.
//!
//! Each cell of a grid says whether it is on a cat or a dog, and how far the sides of the animal's box are; there are no
//! anchors (Tian et al., "FCOS: Fully Convolutional One-Stage Object Detection", ICCV 2019). [`recognise::locate`] reads
//! that output at the kiosk. The network is [`Detector`], the first stages of the one that names breeds with a small
//! head. [`scenes`] makes pictures to train on, [`mod@targets`] says which cell answers for which animal, and [`mod@loss`]
//! compares the two.
//!
//! Boxes are drawn around whole animals, not heads: then what is recognised shows the coat, and a dog that looks away is
//! found as well. They are made by a machine, so those with a low score count neither as an animal nor as none. Pictures
//! without an animal come from folders given for that purpose, and from backgrounds and persons in the other
//! photographs. A photograph of an animal without a box is not used: it would teach that nothing is there.
//!
//! [`fn@train`] writes the recipe, a checkpoint and a table of the epochs into the run folder, and finally the weights and
//! what a bundle says about them. The result depends only on recipe, weights, photographs and boxes, even if the run was
//! interrupted and resumed.

pub mod history;
mod learner;
mod loader;
pub mod loss;
mod photos;
pub mod recipe;
pub mod scenes;
pub mod targets;
mod validation;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use indicatif::ProgressBar;
use recognise::metadata::{Animals, TrainedDetector};
use recognise::printable;

use crate::dataset::boxes::BoxesError;
use crate::dataset::{DatasetError, Source};
use crate::net::{Detector, Init, WeightsError};
use crate::replace::{WriteError, replace};
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::history::TABLE;
use crate::train::recipe::RecipeError;
use crate::train::{CHECKPOINT, CheckpointError, RECIPE};
use history::Epoch;
use learner::{Learner, Progress};
use photos::{Photos, photos};
use recipe::Recipe;
use validation::{threshold, validate};

/// The name of the weights in a run folder.
pub const WEIGHTS: &str = "animals.safetensors";
/// The name of the metadata in a run folder: [`Animals`] as JSON. It is written last.
pub const METADATA: &str = "detector.json";

/// The data, the settings and the folder of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The table of boxes.
    pub boxes: PathBuf,
    /// The dataset. Its test split is not used.
    pub data: Source,
    /// Folders of additional photographs with boxes to train on.
    pub extra: Vec<PathBuf>,
    /// Folders of photographs without an animal.
    pub negatives: Vec<PathBuf>,
    /// Run folder; it is created if it does not exist.
    pub run: PathBuf,
    /// The initial weights of the trunk.
    pub init: Init,
    /// The settings. A resumed run must have the same.
    pub recipe: Recipe,
    /// Whether to continue from the run folder's checkpoint.
    pub resume: bool,
}

/// The result of a finished run.
#[derive(Debug)]
pub struct Outcome {
    /// The weights.
    pub weights: PathBuf,
    /// The figures of the epoch that they are of, with the scores of the finished detector.
    pub best: Epoch,
}

/// A trained detector.
pub struct Finished {
    /// The network.
    pub detector: Detector,
    /// What a bundle says about it.
    pub animals: Animals,
}

/// Why there is no detector.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The data cannot be used.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The table of boxes cannot be used.
    #[error(transparent)]
    Boxes(#[from] BoxesError),
    /// There are no boxes to train on or none to validate on.
    #[error("{boxes} has sure boxes of animals for {train} photographs to train on and for {validation} to validate on: at least one of each is needed, the latter of {data}", boxes = printable(boxes), data = printable(data))]
    TooFew {
        /// The table.
        boxes: PathBuf,
        /// Folder of the dataset.
        data: PathBuf,
        /// Photographs to train on.
        train: usize,
        /// Photographs to validate on.
        validation: usize,
    },
    /// A folder has no photograph without an animal.
    #[error("{folder} has no photograph without an animal: name another folder with --negatives, or none", folder = printable(.0))]
    NoNegatives(PathBuf),
    /// No photograph to train on or to validate on can be read.
    #[error("no photograph {0} can be read")]
    Unreadable(&'static str),
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The recipe cannot be used.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The checkpoint cannot be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The run folder already holds a run.
    #[error("{run} already holds a run: continue it with --resume, or name another folder", run = printable(run))]
    Exists {
        /// The run folder.
        run: PathBuf,
    },
    /// The run folder holds a run of another kind.
    #[error("{run} holds a run of `trainer train`, not of `trainer detect`: name another folder", run = printable(run))]
    OtherKind {
        /// The run folder.
        run: PathBuf,
    },
    /// The photographs or boxes are not those that the run started with.
    #[error("the photographs or boxes are not those that the run in {run} started with: give the same --boxes, --data, --extra and --negatives", run = printable(run))]
    OtherData {
        /// The run folder.
        run: PathBuf,
    },
    /// The run is not finished.
    #[error("the run in {run} is not finished: continue it with `trainer detect --resume`", run = printable(run))]
    Unfinished {
        /// The run folder.
        run: PathBuf,
    },
    /// There is no run in the folder.
    #[error("{run} holds no run of `trainer detect`", run = printable(run))]
    NoRun {
        /// The folder.
        run: PathBuf,
    },
    /// The metadata of a run cannot be understood.
    #[error("cannot read {path}: {message}; continue the run with `trainer detect --resume` to write it again", path = printable(path))]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A file of the run folder cannot be written.
    #[error("cannot write {path}: {source}", path = printable(path))]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: WriteError,
    },
    /// The run was stopped.
    #[error("stopped in epoch {epoch}; {run} keeps the epochs before it: continue with --resume", run = printable(run))]
    Stopped {
        /// The epoch that was not finished.
        epoch: usize,
        /// The run folder.
        run: PathBuf,
    },
    /// The loss or a weight is not a finite number.
    #[error("training diverged in epoch {epoch}: start again with a lower `rate` in a --recipe")]
    Diverged {
        /// The epoch in which it happened.
        epoch: usize,
    },
    /// candle fails.
    #[error("the network failed: {0}")]
    Tensor(#[from] candle_core::Error),
}

/// Trains a detector. `bar` counts pictures; setting `stop` ends the run after the current step.
///
/// # Errors
/// See [`DetectError`]. The last checkpoint is always kept, and [`Options::resume`] continues from it.
pub fn train(
    options: &Options,
    bar: &ProgressBar,
    stop: &AtomicBool,
) -> Result<Outcome, DetectError> {
    let recipe = &options.recipe;
    recipe.check()?;
    if !options.resume && options.run.join(CHECKPOINT).exists() {
        let run = options.run.clone();
        return Err(DetectError::Exists { run });
    }
    let photos = photos(options, bar)?;
    eprintln!("{photos}");
    let (mut learner, mut progress) = begin(options, &photos)?;
    let left = recipe.epochs.saturating_sub(progress.epochs.len());
    bar.set_length((left * loader::pictures(&photos, recipe)) as u64);
    while progress.epochs.len() < recipe.epochs {
        let epoch = learner.epoch(&photos, &mut progress, bar, stop)?;
        bar.suspend(|| eprintln!("{epoch}"));
        progress.epochs.push(epoch);
        learner.keep_best(&progress.epochs)?;
        checkpoint::write(&options.run, &progress, &learner.state()?)?;
        write_history(&options.run, &progress.epochs)?;
    }
    bar.finish_and_clear();
    // Repeated for a resumed run: a full disk may have prevented it before.
    write_history(&options.run, &progress.epochs)?;
    let best = best(&progress.epochs).and_then(|index| progress.epochs.get(index));
    let best = best.ok_or_else(|| DetectError::Unfinished {
        run: options.run.clone(),
    })?;
    // Scores learn what overlap a box has, not how sure it is: the threshold that serves best becomes the kiosk's.
    if let Some(threshold) = threshold(&learner.best, &photos, recipe)? {
        learner.best.centre_scores(threshold)?;
    }
    let (figures, _) = validate(&learner.best, &photos, recipe)?;
    let weights = finish(options, &learner.best, photos.train.len())?;
    Ok(Outcome {
        weights,
        best: match figures {
            Some(figures) => Epoch {
                recall: figures.recall,
                scene_recall: figures.scene_recall,
                false_animals: figures.false_animals,
                ap50: figures.ap50,
                ..best.clone()
            },
            None => best.clone(),
        },
    })
}

/// Reads the recipe of the run in a folder.
///
/// # Errors
/// If there is none, it cannot be used, or the run is of another kind.
pub fn recipe_of(run: &Path) -> Result<Recipe, DetectError> {
    let path = run.join(RECIPE);
    Recipe::read(&path).map_err(|error| {
        let run = run.to_owned();
        if !path.exists() {
            DetectError::NoRun { run }
        } else if crate::train::recipe::Recipe::read(&path).is_ok() {
            DetectError::OtherKind { run }
        } else {
            error.into()
        }
    })
}

/// The detector of a finished run.
///
/// # Errors
/// If the folder holds no run of this kind, or one that is not finished, or its files cannot be read.
pub fn finished(run: &Path) -> Result<Finished, DetectError> {
    let recipe = recipe_of(run)?;
    let path = run.join(METADATA);
    if !path.exists() {
        let run = run.to_owned();
        return Err(DetectError::Unfinished { run });
    }
    let unread = |message| DetectError::Metadata {
        path: path.clone(),
        message,
    };
    let text = std::fs::read_to_string(&path).map_err(|error| unread(error.to_string()))?;
    let animals = serde_json::from_str(&text).map_err(|error| unread(error.to_string()))?;
    let detector = Detector::read(recipe.trunk, &run.join(WEIGHTS))?;
    Ok(Finished { detector, animals })
}

/// The state at the start of the run, or that of its checkpoint.
fn begin<'a>(
    options: &'a Options,
    photos: &Photos,
) -> Result<(Learner<'a>, Progress), DetectError> {
    let (run, recipe) = (&options.run, &options.recipe);
    if options.resume {
        let checkpoint: Checkpoint<Progress> = Checkpoint::read(run)?;
        if checkpoint.progress.data_digest != photos.digest {
            return Err(DetectError::OtherData { run: run.clone() });
        }
        let network = Detector::new(recipe.trunk, &Init::Random(0))?;
        let mut learner = Learner::new(network, options)?;
        learner.restore(&checkpoint)?;
        return Ok((learner, checkpoint.progress));
    }
    let network = Detector::new(recipe.trunk, &options.init)?;
    std::fs::create_dir_all(run).map_err(|source| DetectError::Write {
        path: run.clone(),
        source: source.into(),
    })?;
    write(run, RECIPE, recipe.to_toml())?;
    let progress = Progress {
        data_digest: photos.digest.clone(),
        ..Progress::default()
    };
    let learner = Learner::new(network, options)?;
    // From now on the run can be resumed whenever it stops.
    checkpoint::write(run, &progress, &learner.state()?)?;
    Ok((learner, progress))
}

/// Writes the weights, which it gives the path of, and the metadata.
fn finish(options: &Options, network: &Detector, images: usize) -> Result<PathBuf, DetectError> {
    let recipe = &options.recipe;
    let path = options.run.join(WEIGHTS);
    let written = replace(&path, |part| {
        let tensors = network.variables().iter();
        let tensors = tensors.map(|(name, variable)| (name, variable.as_tensor()));
        Ok(safetensors::serialize_to_file(tensors, None, part)?)
    });
    if let Err(source) = written {
        return Err(DetectError::Write { path, source });
    }
    let animals = Animals {
        input: recipe.input(),
        margin: recipe.margin,
        shape: recipe.shape,
        resemblance: None,
        trained: TrainedDetector {
            images,
            recipe: serde_json::to_value(recipe).expect("numbers and names have a JSON form"),
        },
    };
    let json = serde_json::to_string_pretty(&animals).expect("plain data has a JSON form");
    write(&options.run, METADATA, json)?;
    Ok(path)
}

/// Replaces a text file of the run folder.
fn write(run: &Path, name: &str, text: String) -> Result<(), DetectError> {
    let path = run.join(name);
    let written = replace(&path, |part| Ok(std::fs::write(part, text)?));
    written.map_err(|source| DetectError::Write { path, source })
}

fn write_history(run: &Path, epochs: &[Epoch]) -> Result<(), DetectError> {
    let path = run.join(TABLE);
    history::write(run, epochs).map_err(|source| DetectError::Write { path, source })
}

/// Index of the epoch with the highest average precision.
fn best(epochs: &[Epoch]) -> Option<usize> {
    let precisions = epochs.iter().map(|epoch| epoch.ap50).enumerate();
    precisions
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(index, _)| index)
}
