//! Averages the weights of several runs, which is more often right than any one of them and costs the kiosk nothing
//! (Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing
//! inference time", ICML 2022). The runs start from the same weights and differ in seed or settings.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use indicatif::ProgressBar;

use super::checkpoint::Checkpoint;
use super::epoch::BEST;
use super::finish::{self, Origin};
use super::recipe::Recipe;
use super::watch::Watch;
use super::{CHECKPOINT, Outcome, Photos, RECIPE, TrainError, is_finished};
use crate::dataset::Source;
use crate::net::{Init, Network};

/// The runs to average and the folder to write to.
#[derive(Clone, Debug)]
pub struct Average {
    /// Folders of finished runs, all of one network. The recipe of the first one decides how photographs are split and
    /// preprocessed.
    pub runs: Vec<PathBuf>,
    /// The dataset that they were trained on.
    pub data: Source,
    /// The additional photographs that they were trained on.
    pub extra: Option<PathBuf>,
    /// The table of boxes that they were trained with.
    pub boxes: Option<PathBuf>,
    /// Folder for the bundle; it is created if it does not exist.
    pub out: PathBuf,
}

/// Averages the weights of each run's best epoch and writes the bundle. `bar` counts photographs.
///
/// # Errors
/// See [`TrainError`]: among others if a run is not finished, was trained on other photographs than the rest, or
/// started from other weights.
pub fn average(options: &Average, bar: &ProgressBar) -> Result<Outcome, TrainError> {
    let recipes = options
        .runs
        .iter()
        .map(|run| Recipe::read(&run.join(RECIPE)));
    let recipes: Vec<Recipe> = recipes.collect::<Result<_, _>>()?;
    if recipes.is_empty() {
        return Err(TrainError::NoRuns);
    }
    if options.out.join(CHECKPOINT).exists() {
        let run = options.out.clone();
        return Err(TrainError::Exists { run });
    }
    let (extra, boxes) = (options.extra.as_deref(), options.boxes.as_deref());
    let photos = Photos::open(&options.data, extra, boxes, &recipes, bar)?;
    let network = recipes[0].network;
    let mean = Network::new(network, photos.breeds.len(), &Init::Random(0))?;
    let mut pretrained = None;
    for (index, (run, recipe)) in options.runs.iter().zip(&recipes).enumerate() {
        let checkpoint: Checkpoint = Checkpoint::read(run)?;
        let run = run.clone();
        checkpoint.progress.check_network(&run, network)?;
        if checkpoint.progress.data_digest != photos.digest {
            return Err(TrainError::OtherData { run });
        }
        if !is_finished(recipe, &checkpoint.progress.epochs) {
            return Err(TrainError::Unfinished { run });
        }
        let start = &checkpoint.progress.pretrained;
        let is_same = pretrained.get_or_insert_with(|| start.clone()) == start;
        // A file with the same name may be another one.
        if !is_same || recipe.init != recipes[0].init {
            return Err(TrainError::OtherStart { run });
        }
        for (name, variable) in mean.variables() {
            let own = checkpoint.tensor(&format!("{BEST}/{name}"), variable)?;
            let share = 1.0 / (index + 1) as f64;
            let sum = (variable.as_detached_tensor() * (1.0 - share))? + (own * share)?;
            variable.set(&sum?)?;
        }
    }
    std::fs::create_dir_all(&options.out).map_err(|source| TrainError::Write {
        path: options.out.clone(),
        source: source.into(),
    })?;
    let origin = Origin {
        run: &options.out,
        recipes: &recipes,
        pretrained: &pretrained.unwrap_or_default(),
    };
    // Nothing asks it to stop: it can be done again at any time.
    let watch = Watch {
        run: &options.out,
        bar,
        stop: &AtomicBool::new(false),
    };
    finish::bundle(&mean, &photos, &origin, &watch)
}
