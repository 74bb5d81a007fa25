//! Runs an epoch: steps over the pictures, then validation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use candle_core::{Result, Var};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

use super::history::Epoch;
use super::loader::{self, Batch};
use super::loss::loss;
use super::photos::Photos;
use super::validation::validate;
use super::{DetectError, Options, best};
use crate::net::{DETECTOR_HEAD as HEAD, Detector, Init};
use crate::train::checkpoint::Checkpoint;
use crate::train::loader::warn_unreadable;
use crate::train::optimiser::{AdamW, Named, all_finite, assign, average_in, rate_share};

/// The progress of a run, apart from its tensors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Identifies the photographs and boxes.
    pub(super) data_digest: String,
    /// Steps in all epochs so far.
    pub(super) steps: usize,
    /// The results of all epochs so far.
    pub(super) epochs: Vec<Epoch>,
}

/// The state of a run: the network, the moving average of its weights, and that average after the best epoch.
pub(super) struct Learner<'a> {
    options: &'a Options,
    network: Detector,
    average: Detector,
    pub(super) best: Detector,
    /// Those of the trunk and of the head.
    optimisers: [AdamW; 2],
}

impl<'a> Learner<'a> {
    /// The state before the first epoch.
    pub(super) fn new(
        network: Detector,
        options: &'a Options,
    ) -> std::result::Result<Self, DetectError> {
        let variables = network.variables().iter().cloned();
        let (head, trunk): (Vec<_>, Vec<_>) =
            variables.partition(|(name, _)| name.starts_with(HEAD));
        let optimiser =
            |variables: &[(String, Var)]| AdamW::new(variables, options.recipe.weight_decay);
        let optimisers = [optimiser(&trunk)?, optimiser(&head)?];
        let copy = || -> std::result::Result<Detector, DetectError> {
            let copy = Detector::new(options.recipe.trunk, &Init::Random(0))?;
            assign(copy.variables(), network.variables())?;
            Ok(copy)
        };
        let (average, best) = (copy()?, copy()?);
        Ok(Self {
            options,
            network,
            average,
            best,
            optimisers,
        })
    }

    /// One pass over the pictures and one over the validation split.
    pub(super) fn epoch(
        &mut self,
        photos: &Photos,
        progress: &mut Progress,
        bar: &ProgressBar,
        stop: &AtomicBool,
    ) -> std::result::Result<Epoch, DetectError> {
        let started = Instant::now();
        let epoch = progress.epochs.len() + 1;
        let (rate, train_loss) = self.learn(photos, progress, bar, stop)?;
        if !all_finite(self.network.variables())? {
            return Err(DetectError::Diverged { epoch });
        }
        let (figures, unreadable) = validate(&self.average, photos, &self.options.recipe)?;
        warn_unreadable(&unreadable, epoch, bar);
        let figures = figures.ok_or(DetectError::Unreadable("to validate on"))?;
        Ok(Epoch {
            epoch,
            rate,
            train_loss,
            recall: figures.recall,
            scene_recall: figures.scene_recall,
            false_animals: figures.false_animals,
            ap50: figures.ap50,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// One pass over the pictures; gives the last learning rate and the mean loss.
    fn learn(
        &mut self,
        photos: &Photos,
        progress: &mut Progress,
        bar: &ProgressBar,
        stop: &AtomicBool,
    ) -> std::result::Result<(f64, f64), DetectError> {
        let options = self.options;
        let recipe = &options.recipe;
        let epoch = progress.epochs.len() + 1;
        let steps = loader::pictures(photos, recipe).div_ceil(recipe.batch);
        let (mut loss_sum, mut images, mut rate) = (0.0, 0, 0.0);
        std::thread::scope(|scope| {
            let batches = loader::epoch(scope, photos, recipe, epoch);
            for (step, batch) in batches.iter().enumerate() {
                if stop.load(Ordering::Relaxed) {
                    let run = options.run.clone();
                    return Err(DetectError::Stopped { epoch, run });
                }
                let batch = batch?;
                warn_unreadable(&batch.unreadable, epoch, bar);
                let count = batch.targets.len();
                bar.inc((count + batch.unreadable.len()) as u64);
                if count == 0 {
                    continue;
                }
                let done = (epoch - 1) as f64 + (step as f64 + 0.5) / steps as f64;
                rate = recipe.rate * rate_share(done, recipe.warmup, recipe.epochs as f64);
                loss_sum += self.advance(&batch, rate, epoch, progress)? * count as f64;
                images += count;
                let mean = loss_sum / images as f64;
                bar.set_message(format!("epoch {epoch}, loss {mean:.3}"));
            }
            Ok(())
        })?;
        if images == 0 {
            return Err(DetectError::Unreadable("to train on"));
        }
        Ok((rate, loss_sum / images as f64))
    }

    /// Learns from a batch and averages the weights; gives the loss.
    fn advance(
        &mut self,
        batch: &Batch,
        rate: f64,
        epoch: usize,
        progress: &mut Progress,
    ) -> std::result::Result<f64, DetectError> {
        let loss = self.step(batch, rate)?;
        if !loss.is_finite() {
            return Err(DetectError::Diverged { epoch });
        }
        progress.steps += 1;
        average_in(
            self.average.variables(),
            self.network.variables(),
            self.options.recipe.average,
            progress.steps,
        )?;
        Ok(loss)
    }

    /// One step of the optimiser; gives the loss.
    fn step(&mut self, batch: &Batch, rate: f64) -> Result<f64> {
        let cells = self.network.cells(&batch.pictures)?;
        let loss = loss(&cells, &batch.targets)?;
        let gradients = loss.backward()?;
        let [trunk, head] = &mut self.optimisers;
        trunk.step(&gradients, rate * self.options.recipe.trunk_rate)?;
        head.step(&gradients, rate)?;
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }

    /// Keeps the average if the last epoch is the best so far.
    pub(super) fn keep_best(&mut self, epochs: &[Epoch]) -> Result<()> {
        if best(epochs) == epochs.len().checked_sub(1) {
            assign(self.best.variables(), self.average.variables())?;
        }
        Ok(())
    }

    /// The tensors of a checkpoint.
    pub(super) fn state(&self) -> Result<Named> {
        let mut state = Named::new();
        for optimiser in &self.optimisers {
            state.extend(optimiser.state()?);
        }
        for (kind, network) in self.networks() {
            for (name, variable) in network.variables() {
                state.push((format!("{kind}/{name}"), variable.as_tensor().clone()));
            }
        }
        Ok(state)
    }

    /// Restores the state from a checkpoint.
    pub(super) fn restore(
        &mut self,
        checkpoint: &Checkpoint<Progress>,
    ) -> std::result::Result<(), DetectError> {
        for (kind, network) in self.networks() {
            for (name, variable) in network.variables() {
                variable.set(&checkpoint.tensor(&format!("{kind}/{name}"), variable)?)?;
            }
        }
        for optimiser in &mut self.optimisers {
            optimiser.restore(|name, like| Ok::<_, DetectError>(checkpoint.tensor(name, like)?))?;
        }
        Ok(())
    }

    fn networks(&self) -> [(&'static str, &Detector); 3] {
        [
            ("current", &self.network),
            ("average", &self.average),
            ("best", &self.best),
        ]
    }
}
