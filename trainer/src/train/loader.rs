//! Loads batches of photographs on all cores, ahead of the network.

use std::convert::Infallible;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use candle_core::{Device, Result, Tensor};
use image::RgbImage;
use indicatif::ProgressBar;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution};
use rayon::prelude::*;
use recognise::metadata::InputSpec;
use recognise::photo::{self, PhotoError};
use recognise::preprocess::Preprocessor;

use super::recipe::Recipe;
use crate::augment::augment;
use crate::dataset::{Photo, read_each};

/// Number of batches loaded ahead of the network.
const AHEAD: usize = 3;

/// Views of photographs with their targets.
pub(super) struct Batch {
    /// Normalised views `[images, size, size, 3]`.
    pub(super) pictures: Tensor,
    /// Weighted probabilities `[images, breeds]`. A row sums to the weight of its view, all rows to the batch size.
    pub(super) targets: Tensor,
    /// Why photographs could not be read. They are not in the batch.
    pub(super) unreadable: Vec<PhotoError>,
}

/// The generator of one random decision. It does not depend on decisions before, so a resumed run makes the same ones.
pub(super) fn rng(seed: u64, epoch: usize, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((epoch as u64) << 32 | stream);
    rng
}

const SHUFFLE: u64 = 1 << 31;
const MIXUP: u64 = SHUFFLE + 1;
pub(super) const DROPOUT: u64 = SHUFFLE + (1 << 30);

/// The batches of an epoch: a random view of each photograph, in random order.
pub(super) fn epoch<'scope>(
    scope: &'scope Scope<'scope, '_>,
    photos: &'scope [Photo],
    breed_weights: &'scope [f32],
    recipe: &'scope Recipe,
    epoch: usize,
) -> Receiver<Result<Batch>> {
    let (sender, receiver) = sync_channel(AHEAD);
    scope.spawn(move || produce(&sender, photos, breed_weights, recipe, epoch));
    receiver
}

fn produce(
    sender: &SyncSender<Result<Batch>>,
    photos: &[Photo],
    breed_weights: &[f32],
    recipe: &Recipe,
    epoch: usize,
) {
    let mut order: Vec<usize> = (0..photos.len()).collect();
    order.shuffle(&mut rng(recipe.seed, epoch, SHUFFLE));
    for (index, chosen) in order.chunks(recipe.batch).enumerate() {
        let loaded: Vec<_> = chosen
            .par_iter()
            .map(|&index| load(&photos[index], index, recipe, epoch))
            .collect();
        let mut mixup = rng(recipe.seed, epoch, MIXUP + index as u64);
        let blend = blend_share(recipe.augment.mixup, &mut mixup);
        let batch = assemble(loaded, breed_weights, recipe, blend);
        // Sending fails once training has stopped and the receiver is gone.
        if sender.send(batch).is_err() {
            return;
        }
    }
}

/// A view with its breed, or why the photograph could not be read.
type Loaded = std::result::Result<(Vec<f32>, usize), PhotoError>;

fn load(photo: &Photo, index: usize, recipe: &Recipe, epoch: usize) -> Loaded {
    let picture = photo::open(&photo.path)?;
    let mut rng = rng(recipe.seed, epoch, index as u64);
    let view = augment(
        &picture,
        recipe.train_size,
        &recipe.input(),
        &recipe.augment,
        &mut rng,
    );
    Ok((view, photo.breed))
}

/// The weight that each view keeps when the next one is blended in: 0.5 to 1.
fn blend_share(mixup: f64, rng: &mut ChaCha8Rng) -> f32 {
    match Beta::new(mixup, mixup) {
        Ok(beta) => {
            let share: f64 = beta.sample(rng);
            share.max(1.0 - share) as f32
        }
        // The distribution has no parameter of zero, which stands for no blending.
        Err(_) => 1.0,
    }
}

/// Makes a batch of the views that could be loaded, blending each with the next one.
fn assemble(
    loaded: Vec<Loaded>,
    breed_weights: &[f32],
    recipe: &Recipe,
    keep: f32,
) -> Result<Batch> {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    for loaded in loaded {
        match loaded {
            Ok(view) => read.push(view),
            Err(error) => unreadable.push(error),
        }
    }
    let (images, breeds) = (read.len(), breed_weights.len());

    let row = |breed: usize| {
        let spread = recipe.smoothing as f32 / breeds as f32;
        let mut row = vec![spread * breed_weights[breed]; breeds];
        row[breed] += (1.0 - recipe.smoothing as f32) * breed_weights[breed];
        row
    };
    let mut pictures = Vec::with_capacity(images * recipe.train_size * recipe.train_size * 3);
    let mut targets = Vec::with_capacity(images * breeds);
    for (index, (picture, breed)) in read.iter().enumerate() {
        let (other_picture, other_breed) = &read[(index + 1) % images];
        let blend = |a: &f32, b: &f32| a * keep + b * (1.0 - keep);
        pictures.extend(picture.iter().zip(other_picture).map(|(a, b)| blend(a, b)));
        targets.extend(
            row(*breed)
                .iter()
                .zip(&row(*other_breed))
                .map(|(a, b)| blend(a, b)),
        );
    }
    let total: f32 = targets.iter().sum();
    targets
        .iter_mut()
        .for_each(|target| *target *= images as f32 / total);

    let size = recipe.train_size;
    Ok(Batch {
        pictures: Tensor::from_vec(pictures, (images, size, size, 3), &Device::Cpu)?,
        targets: Tensor::from_vec(targets, (images, breeds), &Device::Cpu)?,
        unreadable,
    })
}

/// The factors of dropout `[images, features]`: 0, or the factor that keeps the mean.
pub(super) fn dropout_mask(
    images: usize,
    features: usize,
    share: f64,
    rng: &mut ChaCha8Rng,
) -> Result<Tensor> {
    let kept = 1.0 / (1.0 - share) as f32;
    let mask = (0..images * features).map(|_| if rng.random_bool(share) { 0.0 } else { kept });
    Tensor::from_vec(mask.collect(), (images, features), &Device::Cpu)
}

/// The photographs that can be read with their breeds, and why the others cannot.
pub(crate) fn readable(photos: &[Photo]) -> (Vec<(RgbImage, usize)>, Vec<PhotoError>) {
    let read = |_: usize, photo: &Photo, picture| Ok::<_, Infallible>((picture, photo.breed));
    let Ok(readable) = read_each(photos, &ProgressBar::hidden(), read);
    readable
}

/// Pictures preprocessed as the kiosk does it, `[images, size, size, 3]`.
pub(super) fn plain(pictures: &[(RgbImage, usize)], spec: &InputSpec) -> Result<Tensor> {
    let planes = |(picture, _): &(RgbImage, usize)| {
        let mut planes = Vec::new();
        Preprocessor::new(spec).run(picture, &mut planes);
        planes
    };
    let planes: Vec<Vec<f32>> = pictures.par_iter().map(planes).collect();
    let shape = (planes.len(), 3, spec.size, spec.size);
    let pictures = Tensor::from_vec(planes.concat(), shape, &Device::Cpu)?;
    pictures.permute((0, 2, 3, 1))?.contiguous()
}
