//! Trains several times, to know how far the figures of a run depend on chance: on which photographs it validates on
//! (folds), or on its random choices (seeds). Each run is one of [`super::train`]'s, in a folder of its own.
//!
//! Any two folds share most of the photographs that they train on, so their figures vary less than those of independent
//! sets of photographs would, and the interval of their mean is somewhat too narrow (Bengio and Grandvalet, "No Unbiased
//! Estimator of the Variance of K-Fold Cross-Validation", Journal of Machine Learning Research 5, 2004).

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use indicatif::ProgressBar;
use recognise::BreedId;
use recognise::metadata::Measured;
use serde::{Deserialize, Serialize};

use super::photos::{Listed, Photos};
use super::recipe::Recipe;
use super::{
    CHECKPOINT, Intervals, Options, RECIPE, SPLIT_SEED, Start, TrainError, train_on, warn,
    write_recipe,
};
use crate::dataset::{Dataset, DatasetError, Photo, digest};
use crate::metrics::Spread;
use crate::net::Init;
use crate::replace::{WriteError, replace};

/// The name of the file with the figures of the finished runs, in the folder of all runs.
pub const FILE: &str = "repeats.json";

/// In what the runs differ, and how many there are, at least 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// Cross-validation: each run validates on another part of the photographs, and each photograph is validated on once.
    Folds(usize),
    /// Each run has another seed: that of the recipe, and those that follow it.
    Seeds(usize),
}

/// The runs so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeats {
    /// In what they differ.
    pub plan: Plan,
    /// What the weights that they start from are called.
    start: String,
    /// The finished runs, in order.
    pub runs: Vec<Run>,
}

/// A finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The name of its folder, such as `fold-1` or `seed-1`.
    pub name: String,
    /// Its figures on the photographs that it validated on.
    pub measured: Measured,
    /// How far these figures can be trusted.
    pub intervals: Intervals,
    /// Identifies its photographs.
    digest: String,
    /// Identifies its table of boxes.
    boxes: Option<String>,
}

impl Plan {
    /// The plan of the runs in a folder; `None` if no runs were started in it.
    ///
    /// # Errors
    /// If the file that says so cannot be read.
    pub fn begun_in(folder: &Path) -> Result<Option<Self>, TrainError> {
        let is_begun = folder.join(FILE).exists();
        let repeats = is_begun.then(|| Repeats::read(folder));
        Ok(repeats.transpose()?.map(|repeats| repeats.plan))
    }

    /// Whether a folder is that of a fold, which trained on photographs that others validate on.
    pub(crate) fn is_fold(run: &Path) -> bool {
        let run = run.canonicalize().unwrap_or_else(|_| run.to_owned());
        let plan = run.parent().map(Self::begun_in);
        let Some(Ok(Some(Self::Folds(count)))) = plan else {
            return false;
        };
        (0..count).any(|index| run.ends_with(fold(index)))
    }

    /// How many runs there are.
    fn count(self) -> usize {
        match self {
            Self::Folds(count) | Self::Seeds(count) => count,
        }
    }

    /// The recipe of a run, counted from 0, and the name of its folder.
    fn of_run(self, index: usize, recipe: &Recipe) -> (Recipe, String) {
        let mut recipe = recipe.clone();
        let name = match self {
            Self::Folds(_) => fold(index),
            Self::Seeds(_) => {
                recipe.seed = recipe.seed.wrapping_add(index as u64);
                format!("seed-{}", recipe.seed)
            }
        };
        (recipe, name)
    }

    /// Whether one of its runs has begun in this folder.
    fn has_begun(self, folder: &Path, recipe: &Recipe) -> bool {
        let mut runs = (0..self.count()).map(|index| self.of_run(index, recipe));
        runs.any(|(_, name)| folder.join(name).join(CHECKPOINT).exists())
    }
}

/// The name of the folder of a fold, counted from 0.
fn fold(index: usize) -> String {
    format!("fold-{}", index + 1)
}

/// The option that asks for it.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folds(count) => write!(f, "--folds {count}"),
            Self::Seeds(count) => write!(f, "--seeds {count}"),
        }
    }
}

impl Repeats {
    /// Mean and spread of a figure over the runs.
    #[must_use]
    pub fn spread(&self, figure: impl Fn(&Measured) -> f64) -> Spread {
        let figures = self.runs.iter().map(|run| figure(&run.measured));
        Spread::of(&figures.collect::<Vec<f64>>())
    }

    fn read(folder: &Path) -> Result<Self, TrainError> {
        let path = folder.join(FILE);
        let read =
            || -> Result<Self, WriteError> { Ok(serde_json::from_slice(&std::fs::read(&path)?)?) };
        read().map_err(|source| TrainError::Repeats { path, source })
    }

    fn write(&self, folder: &Path) -> Result<(), TrainError> {
        let path = folder.join(FILE);
        let written = replace(&path, |part| {
            Ok(std::fs::write(part, serde_json::to_vec_pretty(self)?)?)
        });
        written.map_err(|source| TrainError::Write { path, source })
    }
}

/// Trains several times. [`Options::run`] is the folder of all runs, and each starts from `init`; with another seed, also
/// from other random weights. If [`Options::start`] is `None`, finished runs are left as they are, and the others go on
/// from their checkpoints.
///
/// # Errors
/// Those of [`super::train`]. When runs are continued, also if they were started in another way.
pub fn repeat(
    options: &Options,
    plan: Plan,
    init: &Init,
    bar: &ProgressBar,
    stop: &AtomicBool,
) -> Result<Repeats, TrainError> {
    options.recipe.check()?;
    let photos = photos(options, plan, bar)?;
    let start = match &options.start {
        Some(start) => start.clone(),
        None => Start::new(init.clone())?,
    };
    let mut repeats = begin(options, plan, &start)?;
    for (index, of_run) in photos.iter().cycle().take(plan.count()).enumerate() {
        if let Some(done) = repeats.runs.get(index) {
            if done.digest != of_run.digest || done.boxes != of_run.boxes() {
                let run = options.run.clone();
                return Err(TrainError::OtherData { run });
            }
            continue;
        }
        let (recipe, name) = plan.of_run(index, &options.recipe);
        bar.set_prefix(name.clone());
        let (train, validation) = (of_run.train.len(), of_run.validation.len());
        bar.suspend(|| {
            eprintln!("{name}: {train} photographs to train on, {validation} to validate on");
            // Runs that differ in their seeds have the same photographs.
            if index < photos.len() {
                of_run.warn();
            }
        });
        let own = own_options(options, recipe, &name, &start);
        let outcome = train_on(&own, of_run, bar, stop);
        let outcome = outcome.map_err(|error| of_all(error, &options.run))?;
        repeats.runs.push(Run {
            name,
            measured: outcome.measured,
            intervals: outcome.intervals,
            digest: of_run.digest.clone(),
            boxes: of_run.boxes(),
        });
        repeats.write(&options.run)?;
    }
    Ok(repeats)
}

/// The options of one run.
fn own_options(options: &Options, recipe: Recipe, name: &str, start: &Start) -> Options {
    let run = options.run.join(name);
    let is_begun = options.start.is_none() && run.join(CHECKPOINT).exists();
    let tensorboard = options.tensorboard.as_ref();
    Options {
        tensorboard: tensorboard.map(|folder| folder.join(name)),
        run,
        start: (!is_begun).then(|| start.with_seed(recipe.seed)),
        recipe,
        ..options.clone()
    }
}

/// The error of a run that was stopped: it is resumed with the others, by the folder of all.
fn of_all(error: TrainError, folder: &Path) -> TrainError {
    let run = folder.to_owned();
    match error {
        TrainError::Stopped { epoch, .. } => TrainError::Stopped { epoch, run },
        TrainError::StoppedAtEnd { .. } => TrainError::StoppedAtEnd { run },
        other => other,
    }
}

/// The runs that are done already.
fn begin(options: &Options, plan: Plan, start: &Start) -> Result<Repeats, TrainError> {
    let (run, recipe) = (&options.run, &options.recipe);
    let repeats = Repeats {
        plan,
        start: start.name(recipe.network),
        runs: Vec::new(),
    };
    if options.start.is_none() {
        let begun = Repeats::read(run)?;
        let is_same = begun.plan == plan
            && begun.start == repeats.start
            && start.digest() == recipe.init.as_deref()
            && Recipe::read(&run.join(RECIPE))? == *recipe;
        if is_same {
            return Ok(begun);
        }
        let (run, plan) = (run.clone(), begun.plan);
        return Err(TrainError::OtherRepeats { run, plan });
    }
    if holds_runs(options, plan)? {
        return Err(TrainError::Exists { run: run.clone() });
    }
    std::fs::create_dir_all(run).map_err(|source| TrainError::Write {
        path: run.clone(),
        source: source.into(),
    })?;
    write_recipe(run, recipe)?;
    repeats.write(run)?;
    Ok(repeats)
}

/// Whether the folder of all runs has any that has begun. One whose start was refused leaves none.
fn holds_runs(options: &Options, plan: Plan) -> Result<bool, TrainError> {
    let folder = &options.run;
    if folder.join(CHECKPOINT).exists() || plan.has_begun(folder, &options.recipe) {
        return Ok(true);
    }
    if !folder.join(FILE).exists() {
        return Ok(false);
    }
    let begun = Repeats::read(folder)?;
    let recipe = Recipe::read(&folder.join(RECIPE))?;
    Ok(!begun.runs.is_empty() || begun.plan.has_begun(folder, &recipe))
}

/// The photographs of each fold; of the only split if the runs differ in their seeds.
fn photos(options: &Options, plan: Plan, bar: &ProgressBar) -> Result<Vec<Photos>, TrainError> {
    let (extra, boxes) = (options.extra.as_deref(), options.boxes.as_deref());
    let recipes = std::slice::from_ref(&options.recipe);
    if let (Plan::Folds(count), Some(_)) = (plan, &options.data.validation) {
        let root = options.data.name();
        let why = "each photograph is validated on in one of them; leave out --val";
        return Err(DatasetError::Folds { root, count, why }.into());
    }
    let listed = Listed::open(&options.data, extra, boxes, recipes, bar)?;
    let Plan::Folds(count) = plan else {
        return Ok(vec![listed.carved(options.recipe.validation)?]);
    };
    let dataset = &listed.dataset;
    let folds = dataset.folds(count, SPLIT_SEED)?;
    warn_of_none(dataset, &folds);
    let of_fold = |fold: usize| -> Result<Photos, TrainError> {
        let mut photos = listed.by_purpose(sides(&dataset.trainval, &folds, fold))?;
        // The folds have the same photographs, on other sides.
        photos.digest = format!("{}/{}", photos.digest, digest(photos.validation.iter()));
        Ok(photos)
    };
    (0..count).map(of_fold).collect()
}

/// The photographs to train on and to validate on if this fold is held out.
fn sides(photos: &[Photo], folds: &[Option<usize>], fold: usize) -> (Vec<Photo>, Vec<Photo>) {
    let (held, rest): (Vec<_>, Vec<_>) =
        (photos.iter().zip(folds)).partition(|&(_, of)| *of == Some(fold));
    let owned = |side: Vec<(&Photo, &Option<usize>)>| -> Vec<Photo> {
        side.into_iter().map(|(photo, _)| photo.clone()).collect()
    };
    (owned(rest), owned(held))
}

/// Names the breeds of which no photograph is in a fold.
fn warn_of_none(dataset: &Dataset, folds: &[Option<usize>]) {
    let photos = dataset.trainval.iter().zip(folds);
    let held = photos.clone().filter(|(_, fold)| fold.is_some());
    let held: HashSet<usize> = held.map(|(photo, _)| photo.breed).collect();
    let none = photos.filter(|(photo, _)| !held.contains(&photo.breed));
    let none: BTreeSet<&BreedId> = none
        .map(|(photo, _)| &dataset.breeds[photo.breed].id)
        .collect();
    if !none.is_empty() {
        let names: Vec<&str> = none.into_iter().map(BreedId::as_str).collect();
        warn(&format!(
            "photographs of these breeds are not validated on: {}; all photographs of such a breed belong together, \
             and without them it could not be learnt",
            names.join(", ")
        ));
    }
}
