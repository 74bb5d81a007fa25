//! Runs an epoch: steps over the training photographs, then validation.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use candle_core::{D, Result, Tensor, Var};
use candle_nn::ops::log_softmax;
use image::RgbImage;
use indicatif::ProgressBar;
use recognise::metadata::Breed;
use recognise::verdict::top;
use recognise::{Region, softmax};

use super::animals::Located;
use super::calibrate::temperature;
use super::checkpoint::{Checkpoint, Progress};
use super::contrast::Projections;
use super::distillation::Teacher;
use super::history::Epoch;
use super::loader::{self, Batch, DROPOUT, warn_unreadable};
use super::optimiser::{AdamW, Named, all_finite, assign, average_in};
use super::recipe::Recipe;
use super::{Options, Photos, TrainError, best};
use crate::dataset::Photo;
use crate::metrics::Summary;
use crate::net::{Init, Network};

/// The prefix of the best epoch's weights in a checkpoint.
pub(super) const BEST: &str = "best";

/// Number of photographs validated at a time.
const VALIDATION_BATCH: usize = 32;

/// With contrast, classifier and projections learn at this many times the rate of the convolutions: they start from
/// nothing, and there are no epochs for them alone.
const HEAD_RATE: f64 = 10.0;

/// The state of a run: the network, the moving average of its weights, and that average after the best epoch.
pub(super) struct Learner<'a> {
    options: &'a Options,
    network: Network,
    /// Only in a run with contrast.
    projections: Option<Projections>,
    /// Only in a run with distillation.
    teacher: Option<Teacher>,
    average: Network,
    pub(super) best: Network,
    /// Of the convolutions.
    trunk: AdamW,
    /// Of classifier and projections.
    head: AdamW,
}

/// A pass over the training photographs.
struct Pass {
    /// The last learning rate.
    rate: f64,
    /// The mean loss.
    loss: f64,
    /// How long training waited for photographs.
    waited: Duration,
}

impl<'a> Learner<'a> {
    /// The state before the first epoch.
    pub(super) fn new(
        network: Network,
        options: &'a Options,
    ) -> std::result::Result<Self, TrainError> {
        let recipe = &options.recipe;
        let pooled = network.architecture().pooled();
        let projections = (recipe.contrast > 0.0).then(|| Projections::new(pooled, recipe.seed));
        let projections = projections.transpose()?;
        // The classifier's weights and biases come last.
        let variables = network.variables();
        let (trunk, head) = variables.split_at(variables.len() - 2);
        let contrast = projections.as_ref().map_or(&[][..], Projections::variables);
        let head = [head, contrast].concat();
        let (trunk, head) = (
            AdamW::new(trunk, recipe.weight_decay)?,
            AdamW::new(&head, recipe.weight_decay)?,
        );
        let copy = || -> std::result::Result<Network, TrainError> {
            let copy = Network::new(network.architecture(), network.breeds(), &Init::Random(0))?;
            assign(copy.variables(), network.variables())?;
            Ok(copy)
        };
        let (average, best) = (copy()?, copy()?);
        let teacher = (recipe.distillation > 0.0).then(copy).transpose()?;
        let teacher = teacher.map(Teacher::new);
        Ok(Self {
            options,
            network,
            projections,
            teacher,
            average,
            best,
            trunk,
            head,
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
        let epoch = progress.epochs.len() + 1;
        let head_only = epoch <= self.options.recipe.head_epochs;
        let pass = self.learn(photos, progress, bar, stop)?;
        if !all_finite(self.network.variables())? {
            return Err(TrainError::Diverged { epoch });
        }
        let (validation, crop_top1) = self.validate(photos, epoch, bar, stop)?;
        Ok(Epoch {
            epoch,
            stage: if head_only { "head" } else { "all" }.to_owned(),
            rate: pass.rate,
            train_loss: pass.loss,
            validation_loss: validation.nll,
            top1: validation.top1,
            crop_top1,
            mean_per_class: validation.mean_per_class,
            seconds: started.elapsed().as_secs_f64(),
            waited: Some(pass.waited.as_secs_f64()),
        })
    }

    /// One pass over the training photographs.
    fn learn(
        &mut self,
        photos: &Photos,
        progress: &mut Progress,
        bar: &ProgressBar,
        stop: &AtomicBool,
    ) -> std::result::Result<Pass, TrainError> {
        let options = self.options;
        let recipe = &options.recipe;
        let epoch = progress.epochs.len() + 1;
        let weights = breed_weights(&photos.train, &photos.breeds, recipe);
        let steps = photos.train.len().div_ceil(recipe.batch);
        let (mut loss_sum, mut images, mut rate) = (0.0, 0, recipe.head_rate);
        let mut waited = Duration::ZERO;
        let mut named = HashSet::new();
        std::thread::scope(|scope| {
            let batches = loader::epoch(scope, photos, &weights, recipe, epoch);
            let batches = std::iter::from_fn(|| {
                let asked = Instant::now();
                let batch = batches.recv().ok();
                waited += asked.elapsed();
                batch
            });
            for (step, batch) in batches.enumerate() {
                self.go_on(epoch, stop)?;
                let mut batch = batch?;
                let count = batch.breeds.len();
                bar.inc((count + batch.unreadable.len()) as u64);
                // With contrast, a photograph may be in several batches.
                let unreadable = &mut batch.unreadable;
                unreadable.retain(|error| named.insert(error.path.clone()));
                warn_unreadable(unreadable, epoch, bar);
                if count == 0 {
                    continue;
                }
                if epoch > recipe.head_epochs {
                    let done = (epoch - 1 - recipe.head_epochs) as f64
                        + (step as f64 + 0.5) / steps as f64;
                    rate = recipe.rate_after(done);
                }
                loss_sum += self.advance(&batch, rate, (epoch, step), progress)? * count as f64;
                images += count;
                let mean = loss_sum / images as f64;
                bar.set_message(format!("epoch {epoch}, loss {mean:.3}"));
            }
            Ok::<(), TrainError>(())
        })?;
        if images == 0 {
            return Err(TrainError::Unreadable("to train on"));
        }
        Ok(Pass {
            rate,
            loss: loss_sum / images as f64,
            waited,
        })
    }

    /// Learns from a batch and averages the weights; gives the loss.
    fn advance(
        &mut self,
        batch: &Batch,
        rate: f64,
        (epoch, step): (usize, usize),
        progress: &mut Progress,
    ) -> std::result::Result<f64, TrainError> {
        let options = self.options;
        let recipe = &options.recipe;
        let head_only = epoch <= recipe.head_epochs;
        let loss = self.step(batch, head_only, rate, (epoch, step))?;
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
        Ok(loss)
    }

    /// That the run is not to stop.
    fn go_on(&self, epoch: usize, stop: &AtomicBool) -> std::result::Result<(), TrainError> {
        if stop.load(Ordering::Relaxed) {
            let run = self.options.run.clone();
            return Err(TrainError::Stopped { epoch, run });
        }
        Ok(())
    }

    /// One step of the optimisers; gives the loss.
    fn step(
        &mut self,
        batch: &Batch,
        head_only: bool,
        rate: f64,
        (epoch, step): (usize, usize),
    ) -> Result<f64> {
        let recipe = &self.options.recipe;
        let photographs = batch.breeds.len();
        let detached = head_only.then(|| self.network.detached());
        let trunk = detached.as_ref().unwrap_or(&self.network);
        let (mut features, maxima) = if self.projections.is_some() || self.teacher.is_some() {
            let (features, maxima) = trunk.pooled(&batch.pictures)?;
            (features, Some(maxima))
        } else {
            (trunk.features(&batch.pictures)?, None)
        };
        let contrast = match (&self.projections, &maxima) {
            (Some(projections), Some(maxima)) => {
                let pooled = Tensor::cat(&[&features, maxima], 1)?;
                // The first views are not compared.
                let pooled = pooled.narrow(0, photographs, 2 * photographs)?;
                Some((projections.loss(&pooled, &batch.breeds)? * recipe.contrast)?)
            }
            _ => None,
        };
        let distillation = match (&self.teacher, &maxima) {
            (Some(teacher), Some(maxima)) if !head_only => {
                // The views after the first have other surroundings, which the teacher would want to be kept.
                let first = |tensor: &Tensor| tensor.narrow(0, 0, photographs);
                let pooled = [&first(&features)?, &first(maxima)?];
                let loss = teacher.loss(&first(&batch.pictures)?, pooled)?;
                Some((loss * recipe.distillation)?)
            }
            _ => None,
        };
        if recipe.dropout > 0.0 {
            let mut rng = loader::rng(recipe.seed, epoch, DROPOUT + step as u64);
            features = (features
                * loader::dropout_mask(
                    batch.pictures.dim(0)?,
                    self.network.architecture().features(),
                    recipe.dropout,
                    &mut rng,
                )?)?;
        }
        let log_probabilities = log_softmax(&self.network.classify(&features)?, D::Minus1)?;
        let losses = (&batch.targets * log_probabilities)?.sum_all()?;
        let mut loss = (losses * (-1.0 / photographs as f64))?;
        let mut head_rate = rate;
        if let Some(contrast) = contrast {
            loss = (loss + contrast)?;
            if !head_only {
                head_rate *= HEAD_RATE;
            }
        }
        if let Some(distillation) = distillation {
            loss = (loss + distillation)?;
        }
        let gradients = loss.backward()?;
        self.trunk.step(&gradients, rate)?;
        self.head.step(&gradients, head_rate)?;
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }

    /// The averaged network's figures on photographs preprocessed as the kiosk does it, and if there are boxes, the
    /// share of animals recognised in their crops.
    fn validate(
        &self,
        photos: &Photos,
        epoch: usize,
        bar: &ProgressBar,
        stop: &AtomicBool,
    ) -> std::result::Result<(Summary, Option<f64>), TrainError> {
        let input = self.options.recipe.input();
        let (mut rows, mut labels, mut right) = (Vec::new(), Vec::new(), 0);
        for (index, chunk) in photos.validation.chunks(VALIDATION_BATCH).enumerate() {
            self.go_on(epoch, stop)?;
            let (pictures, unreadable) = loader::opened(chunk);
            warn_unreadable(&unreadable, epoch, bar);
            if pictures.is_empty() {
                continue;
            }
            let breeds = pictures.iter().map(|&(_, index)| chunk[index].breed);
            let breeds: Vec<usize> = breeds.collect();
            rows.extend(logits(&self.average, &loader::plain(&pictures, &input)?)?);
            if let Some(animals) = &photos.animals {
                let located = &animals.validation[index * VALIDATION_BATCH..];
                right += self.right_in_crops(&pictures, located, &breeds)?;
            }
            labels.extend(breeds);
        }
        if labels.is_empty() {
            return Err(TrainError::Unreadable("to validate on"));
        }
        // Smoothed labels and blended views make a network underconfident. So its loss is measured after calibration,
        // as at the kiosk.
        let temperature = temperature(&rows, &labels);
        let calibrated = rows.iter().map(|logits| softmax(logits, temperature));
        let probabilities: Vec<Vec<f32>> = calibrated.collect();
        let summary = Summary::of(&probabilities, &labels, self.average.breeds());
        let crops = photos.animals.as_ref();
        let crop_top1 = crops.map(|_| right as f64 / labels.len() as f64);
        Ok((summary, crop_top1))
    }

    /// How many of the animals the averaged network recognises in their crops. Pictures have their index in `located`.
    fn right_in_crops(
        &self,
        pictures: &[(RgbImage, usize)],
        located: &[Located],
        breeds: &[usize],
    ) -> Result<usize> {
        let crops = pictures.iter();
        let crops = crops.map(|(picture, index)| (picture, located[*index].crop()));
        let crops: Vec<(&RgbImage, Region)> = crops.collect();
        let crops = loader::preprocessed_in(&crops, &self.options.recipe.input())?;
        let logits = logits(&self.average, &crops)?;
        let first = |logits: &Vec<f32>| top(logits, 1).first().map(|&(breed, _)| breed);
        let answers = logits.iter().map(first).zip(breeds);
        Ok(answers
            .filter(|&(first, &breed)| first == Some(breed))
            .count())
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
        let mut state = self.trunk.state()?;
        state.extend(self.head.state()?);
        for (kind, variables) in self.variables() {
            let named = variables.iter().map(|(name, variable)| {
                let name = format!("{kind}/{name}");
                (name, variable.as_tensor().clone())
            });
            state.extend(named);
        }
        Ok(state)
    }

    /// Restores the state from a checkpoint.
    pub(super) fn restore(
        &mut self,
        checkpoint: &Checkpoint,
    ) -> std::result::Result<(), TrainError> {
        for (kind, variables) in self.variables() {
            for (name, variable) in variables {
                variable.set(&checkpoint.tensor(&format!("{kind}/{name}"), variable)?)?;
            }
        }
        for optimiser in [&mut self.trunk, &mut self.head] {
            optimiser.restore(|name, like| Ok::<_, TrainError>(checkpoint.tensor(name, like)?))?;
        }
        Ok(())
    }

    /// All variables with what their names begin with in a checkpoint.
    fn variables(&self) -> [(&'static str, &[(String, Var)]); 5] {
        let projections = self.projections.as_ref();
        let projections = projections.map_or(&[][..], Projections::variables);
        let teacher = self.teacher.as_ref();
        let teacher = teacher.map_or(&[][..], Teacher::variables);
        [
            ("current", self.network.variables()),
            ("current", projections),
            ("average", self.average.variables()),
            (BEST, self.best.variables()),
            ("start", teacher),
        ]
    }
}

/// The weight of each breed in the loss: `count ^ -balance`. The loader scales the weights of a batch to its size.
fn breed_weights(photos: &[Photo], breeds: &[Breed], recipe: &Recipe) -> Vec<f32> {
    let mut counts = vec![0usize; breeds.len()];
    photos.iter().for_each(|photo| counts[photo.breed] += 1);
    let weight = |count: &usize| (*count.max(&1) as f64).powf(-recipe.balance) as f32;
    counts.iter().map(weight).collect()
}

/// The logits of preprocessed pictures, a row for each.
fn logits(network: &Network, pictures: &Tensor) -> Result<Vec<Vec<f32>>> {
    let network = network.detached();
    let features = network.features(pictures)?;
    network.classify(&features)?.to_vec2::<f32>()
}
