//! What happens within an epoch: steps over the training photographs, then a look at validation.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use candle_core::{D, Result, Tensor, Var};
use candle_nn::ops::log_softmax;
use recognise::metadata::{Breed, InputSpec};
use recognise::softmax;
use image::RgbImage;
use indicatif::ProgressBar;

use super::calibrate::temperature;
use super::checkpoint::{Checkpoint, Progress};
use super::history::Epoch;
use super::loader::{self, Batch, DROPOUT};
use super::optimiser::{AdamW, Named, average_in, rate_share};
use super::recipe::Recipe;
use super::{Options, Photos, TrainError, best};
use crate::dataset::Photo;
use crate::evaluate::metrics::Summary;
use crate::net::{FEATURES, Init, Network};

/// Under which a checkpoint keeps the weights of the best epoch.
pub(super) const BEST: &str = "best";

/// Pictures a look at validation takes at a time.
const VALIDATION_BATCH: usize = 32;

/// A network on its way: as it is, as its average, and as the average was at its best.
pub(super) struct Learner<'a> {
    options: &'a Options,
    network: Network,
    average: Network,
    pub(super) best: Network,
    optimiser: AdamW,
}

impl<'a> Learner<'a> {
    pub(super) fn new(
        network: Network,
        options: &'a Options,
    ) -> std::result::Result<Self, TrainError> {
        let optimiser = AdamW::new(network.variables(), options.recipe.weight_decay)?;
        let copy = || -> std::result::Result<Network, TrainError> {
            let copy = Network::new(network.breeds(), &Init::Random(0))?;
            assign(copy.variables(), network.variables())?;
            Ok(copy)
        };
        let (average, best) = (copy()?, copy()?);
        Ok(Self {
            options,
            network,
            average,
            best,
            optimiser,
        })
    }

    /// One pass over the training photographs and one over the validation split.
    pub(super) fn epoch(
        &mut self,
        photos: &Photos,
        progress: &mut Progress,
        bar: &ProgressBar,
        stop: &AtomicBool,
    ) -> std::result::Result<Epoch, TrainError> {
        let started = Instant::now();
        let options = self.options;
        let recipe = &options.recipe;
        let epoch = progress.epochs.len() + 1;
        let head_only = epoch <= recipe.head_epochs;
        let weights = breed_weights(&photos.train, &photos.breeds, recipe);
        let steps = photos.train.len().div_ceil(recipe.batch);
        let (mut loss_sum, mut images, mut rate) = (0.0, 0, recipe.head_rate);
        std::thread::scope(|scope| {
            let batches = loader::epoch(scope, &photos.train, &weights, recipe, epoch);
            for (step, batch) in batches.iter().enumerate() {
                if stop.load(Ordering::Relaxed) {
                    return Err(TrainError::Stopped {
                        epoch,
                        run: options.run.clone(),
                    });
                }
                let batch = batch?;
                warn_unreadable(&batch.unreadable, epoch, bar);
                let count = batch.pictures.dim(0)?;
                bar.inc((count + batch.unreadable.len()) as u64);
                if count == 0 {
                    continue;
                }
                if !head_only {
                    let done = (epoch - 1 - recipe.head_epochs) as f64
                        + (step as f64 + 0.5) / steps as f64;
                    rate = recipe.rate * rate_share(done, recipe.warmup, recipe.epochs as f64);
                }
                let loss = self.step(&batch, head_only, rate, (epoch, step))?;
                if !loss.is_finite() {
                    return Err(TrainError::Diverged { epoch });
                }
                progress.steps += 1;
                average_in(
                    self.average.variables(),
                    self.network.variables(),
                    recipe.average,
                    progress.steps,
                )?;
                loss_sum += loss * count as f64;
                images += count;
                bar.set_message(format!(
                    "epoch {epoch}, loss {:.3}",
                    loss_sum / images as f64
                ));
            }
            Ok(())
        })?;
        if images == 0 {
            return Err(TrainError::Unreadable("to train on"));
        }
        self.check_finite(epoch)?;
        let validation = self.validate(&photos.validation, epoch, bar)?;
        Ok(Epoch {
            epoch,
            stage: if head_only { "head" } else { "all" }.to_owned(),
            rate,
            train_loss: loss_sum / images as f64,
            validation_loss: validation.nll,
            top1: validation.top1,
            mean_per_class: validation.mean_per_class,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    fn step(
        &mut self,
        batch: &Batch,
        head_only: bool,
        rate: f64,
        (epoch, step): (usize, usize),
    ) -> Result<f64> {
        let recipe = &self.options.recipe;
        let mut features = self.network.features(&batch.pictures)?;
        if head_only {
            features = features.detach();
        }
        if recipe.dropout > 0.0 {
            let mut rng = loader::rng(recipe.seed, epoch, DROPOUT + step as u64);
            features = (features
                * loader::dropout_mask(
                    batch.pictures.dim(0)?,
                    FEATURES,
                    recipe.dropout,
                    &mut rng,
                )?)?;
        }
        let log_probabilities = log_softmax(&self.network.classify(&features)?, D::Minus1)?;
        let losses = (&batch.targets * log_probabilities)?.sum(D::Minus1)?;
        let loss = losses.neg()?.mean_all()?;
        self.optimiser.step(&loss.backward()?, rate)?;
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }

    /// A diverged network must not take the place of a sound checkpoint.
    fn check_finite(&self, epoch: usize) -> std::result::Result<(), TrainError> {
        for (_, variable) in self.network.variables() {
            let sum = variable.as_detached_tensor().sum_all()?;
            if !sum.to_scalar::<f32>()?.is_finite() {
                return Err(TrainError::Diverged { epoch });
            }
        }
        Ok(())
    }

    /// The averaged network's figures on photographs as the kiosk sees them.
    fn validate(
        &self,
        photos: &[Photo],
        epoch: usize,
        bar: &ProgressBar,
    ) -> std::result::Result<Summary, TrainError> {
        let (mut answers, mut labels) = (Vec::new(), Vec::new());
        for photos in photos.chunks(VALIDATION_BATCH) {
            let (pictures, unreadable) = loader::readable(photos);
            warn_unreadable(&unreadable, epoch, bar);
            if pictures.is_empty() {
                continue;
            }
            let logits = logits(&self.average, &pictures, &self.options.recipe.input())?;
            answers.extend(logits.to_vec2::<f32>()?);
            labels.extend(pictures.iter().map(|&(_, breed)| breed));
        }
        if labels.is_empty() {
            return Err(TrainError::Unreadable("to validate on"));
        }
        // Smoothed labels and blended pictures make a network humble. Its loss is compared as the
        // kiosk will see it: calibrated.
        let temperature = temperature(&answers, &labels);
        let calibrated = answers.iter().map(|logits| softmax(logits, temperature));
        let probabilities: Vec<Vec<f32>> = calibrated.collect();
        Ok(Summary::of(&probabilities, &labels, self.average.breeds()))
    }

    /// Remembers the average where the last epoch's validation loss is the least so far.
    pub(super) fn keep_best(&mut self, epochs: &[Epoch]) -> Result<()> {
        if best(epochs) == epochs.len().checked_sub(1) {
            assign(self.best.variables(), self.average.variables())?;
        }
        Ok(())
    }

    /// Everything that a checkpoint must hold.
    pub(super) fn state(&self) -> Result<Named> {
        let mut state = self.optimiser.state()?;
        for (kind, network) in self.networks() {
            let variables = network.variables().iter();
            state.extend(
                variables.map(|(name, variable)| {
                    (format!("{kind}/{name}"), variable.as_tensor().clone())
                }),
            );
        }
        Ok(state)
    }

    pub(super) fn restore(
        &mut self,
        checkpoint: &Checkpoint,
    ) -> std::result::Result<(), TrainError> {
        for (kind, network) in self.networks() {
            for (name, variable) in network.variables() {
                variable.set(&checkpoint.tensor(&format!("{kind}/{name}"), variable)?)?;
            }
        }
        self.optimiser
            .restore(|name, like| Ok(checkpoint.tensor(name, like)?))
    }

    fn networks(&self) -> [(&'static str, &Network); 3] {
        [
            ("current", &self.network),
            ("average", &self.average),
            (BEST, &self.best),
        ]
    }
}

fn assign(to: &[(String, Var)], from: &[(String, Var)]) -> Result<()> {
    to.iter()
        .zip(from)
        .try_for_each(|((_, to), (_, from))| to.set(&from.as_detached_tensor()))
}

/// Rare breeds weigh more: `count ^ -balance`. A batch's weights are brought to its size later.
fn breed_weights(photos: &[Photo], breeds: &[Breed], recipe: &Recipe) -> Vec<f32> {
    let mut counts = vec![0usize; breeds.len()];
    photos.iter().for_each(|photo| counts[photo.breed] += 1);
    let weight = |count: &usize| (*count.max(&1) as f64).powf(-recipe.balance) as f32;
    counts.iter().map(weight).collect()
}

/// Once a run is enough.
fn warn_unreadable(paths: &[PathBuf], epoch: usize, bar: &ProgressBar) {
    if epoch == 1 {
        for path in paths {
            bar.suspend(|| eprintln!("left out, cannot be read: {}", path.display()));
        }
    }
}

/// Logits `[images, breeds]` of pictures as the kiosk sees them.
fn logits(network: &Network, pictures: &[(RgbImage, usize)], input: &InputSpec) -> Result<Tensor> {
    let pictures = loader::plain(pictures, input)?;
    let features = network.features(&pictures)?.detach();
    Ok(network.classify(&features)?.detach())
}
