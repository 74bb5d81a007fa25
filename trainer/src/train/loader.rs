//! Photographs become batches on all cores, ahead of the network.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use candle_core::{Device, Result, Tensor};
use recognise::metadata::InputSpec;
use recognise::preprocess::Preprocessor;
use image::RgbImage;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution};
use rayon::iter::Either;
use rayon::prelude::*;

use super::recipe::Recipe;
use crate::augment::augment;
use crate::dataset::Photo;

/// Batches that wait decoded for the network.
const AHEAD: usize = 3;

/// Pictures with what the network should say of them.
pub(super) struct Batch {
    /// Normalised, `[images, size, size, 3]`.
    pub(super) pictures: Tensor,
    /// Weighted probabilities, `[images, breeds]`: a row sums to the picture's weight, all rows to the batch's size.
    pub(super) targets: Tensor,
    /// Photographs that could not be read and are left out.
    pub(super) unreadable: Vec<PathBuf>,
}

/// The generator of one random decision, the same whatever came before it: what `--resume` rests on.
pub(super) fn rng(seed: u64, epoch: usize, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((epoch as u64) << 32 | stream);
    rng
}

const SHUFFLE: u64 = 1 << 31;
const MIXUP: u64 = SHUFFLE + 1;
pub(super) const DROPOUT: u64 = SHUFFLE + (1 << 30);

/// The batches of an epoch, each photograph once, in random order and each in a random view.
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
        // The network has stopped where nobody receives.
        if sender
            .send(assemble(loaded, breed_weights, recipe, blend))
            .is_err()
        {
            return;
        }
    }
}

type Loaded = std::result::Result<(Vec<f32>, usize), PathBuf>;

fn load(photo: &Photo, index: usize, recipe: &Recipe, epoch: usize) -> Loaded {
    let picture = recognise::photo::open(&photo.path).map_err(|_| photo.path.clone())?;
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

/// How much of each picture stays when its neighbour is blended in: 0.5 to 1.
fn blend_share(mixup: f64, rng: &mut ChaCha8Rng) -> f32 {
    match Beta::new(mixup, mixup) {
        Ok(beta) => {
            let share: f64 = beta.sample(rng);
            share.max(1.0 - share) as f32
        }
        // A parameter of zero: no blending.
        Err(_) => 1.0,
    }
}

fn assemble(
    loaded: Vec<Loaded>,
    breed_weights: &[f32],
    recipe: &Recipe,
    keep: f32,
) -> Result<Batch> {
    let (read, unreadable): (Vec<_>, Vec<_>) =
        loaded.into_iter().partition(std::result::Result::is_ok);
    let unreadable = unreadable
        .into_iter()
        .filter_map(std::result::Result::err)
        .collect();
    let read: Vec<(Vec<f32>, usize)> = read.into_iter().flatten().collect();
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

/// Which of the embedding's values survive, scaled so that their mean stays: `[images, features]`.
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

/// The photographs that can be read with their breeds, and the paths of the others.
pub(crate) fn readable(photos: &[Photo]) -> (Vec<(RgbImage, usize)>, Vec<PathBuf>) {
    photos
        .par_iter()
        .partition_map(|photo| match recognise::photo::open(&photo.path) {
            Ok(picture) => Either::Left((picture, photo.breed)),
            Err(_) => Either::Right(photo.path.clone()),
        })
}

/// Pictures as the kiosk sees them, `[images, size, size, 3]`.
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
