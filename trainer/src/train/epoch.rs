//! Runs an epoch: steps over the training photographs, then validation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use candle_core::{D, Result, Tensor, Var};
use candle_nn::ops::log_softmax;
use image::RgbImage;
use indicatif::ProgressBar;
use recognise::metadata::{Breed, InputSpec};
use recognise::photo::PhotoError;
use recognise::softmax;

use super::calibrate::temperature;
use super::checkpoint::{Checkpoint, Progress};
use super::history::Epoch;
use super::loader::{self, Batch, DROPOUT};
use super::optimiser::{AdamW, Named, average_in, rate_share};
use super::recipe::Recipe;
use super::{Options, Photos, TrainError, best};
use crate::dataset::Photo;
use crate::metrics::Summary;
use crate::net::{FEATURES, Init, Network};

/// The prefix of the best epoch's weights in a checkpoint.
pub(super) const BEST: &str = "best";

/// Number of photographs validated at a time.
const VALIDATION_BATCH: usize = 32;

/// The state of a run: the network, the moving average of its weights, and that average after the best epoch.
pub(super) struct Learner<'a> {
    options: &'a Options,
    network: Network,
    average: Network,
    pub(super) best: Network,
    optimiser: AdamW,
}

impl<'a> Learner<'a> {
    /// The state before the first epoch.
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

    /// One step of the optimiser; gives the loss.
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

    /// Fails if a weight is not finite: a diverged network must not replace a good checkpoint.
    fn check_finite(&self, epoch: usize) -> std::result::Result<(), TrainError> {
        for (_, variable) in self.network.variables() {
            let sum = variable.as_detached_tensor().sum_all()?;
            if !sum.to_scalar::<f32>()?.is_finite() {
                return Err(TrainError::Diverged { epoch });
            }
        }
        Ok(())
    }

    /// The averaged network's figures on photographs preprocessed as the kiosk does it.
    fn validate(
        &self,
        photos: &[Photo],
        epoch: usize,
        bar: &ProgressBar,
    ) -> std::result::Result<Summary, TrainError> {
        let (mut rows, mut labels) = (Vec::new(), Vec::new());
        for photos in photos.chunks(VALIDATION_BATCH) {
            let (pictures, unreadable) = loader::readable(photos);
            warn_unreadable(&unreadable, epoch, bar);
            if pictures.is_empty() {
                continue;
            }
            let logits = logits(&self.average, &pictures, &self.options.recipe.input())?;
            rows.extend(logits.to_vec2::<f32>()?);
            labels.extend(pictures.iter().map(|&(_, breed)| breed));
        }
        if labels.is_empty() {
            return Err(TrainError::Unreadable("to validate on"));
        }
        // Smoothed labels and blended views make a network underconfident. So its loss is measured after calibration,
        // as at the kiosk.
        let temperature = temperature(&rows, &labels);
        let calibrated = rows.iter().map(|logits| softmax(logits, temperature));
        let probabilities: Vec<Vec<f32>> = calibrated.collect();
        Ok(Summary::of(&probabilities, &labels, self.average.breeds()))
    }

    /// Keeps the average if the last epoch has the smallest validation loss so far.
    pub(super) fn keep_best(&mut self, epochs: &[Epoch]) -> Result<()> {
        if best(epochs) == epochs.len().checked_sub(1) {
            assign(self.best.variables(), self.average.variables())?;
        }
        Ok(())
    }

    /// The tensors of a checkpoint.
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

    /// Restores the state from a checkpoint.
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

/// Copies the values of variables.
fn assign(to: &[(String, Var)], from: &[(String, Var)]) -> Result<()> {
    to.iter()
        .zip(from)
        .try_for_each(|((_, to), (_, from))| to.set(&from.as_detached_tensor()))
}

/// The weight of each breed in the loss: `count ^ -balance`. The loader scales the weights of a batch to its size.
fn breed_weights(photos: &[Photo], breeds: &[Breed], recipe: &Recipe) -> Vec<f32> {
    let mut counts = vec![0usize; breeds.len()];
    photos.iter().for_each(|photo| counts[photo.breed] += 1);
    let weight = |count: &usize| (*count.max(&1) as f64).powf(-recipe.balance) as f32;
    counts.iter().map(weight).collect()
}

/// Names photographs that cannot be read, once in a run.
fn warn_unreadable(unreadable: &[PhotoError], epoch: usize, bar: &ProgressBar) {
    if epoch == 1 {
        for error in unreadable {
            bar.suspend(|| eprintln!("left out: {error}"));
        }
    }
}

/// Logits `[images, breeds]` of pictures preprocessed as the kiosk does it.
fn logits(network: &Network, pictures: &[(RgbImage, usize)], input: &InputSpec) -> Result<Tensor> {
    let pictures = loader::plain(pictures, input)?;
    let features = network.features(&pictures)?.detach();
    Ok(network.classify(&features)?.detach())
}
