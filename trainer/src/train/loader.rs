//! Loads batches of photographs on all cores, ahead of the network.

use std::convert::Infallible;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use candle_core::{Device, Result, Tensor};
use image::RgbImage;
use indicatif::ProgressBar;
use rand::seq::SliceRandom;
use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution};
use rayon::prelude::*;
use recognise::Region;
use recognise::metadata::InputSpec;
use recognise::photo::{self, PhotoError};
use recognise::preprocess::Preprocessor;

use super::Photos;
use super::animals::Located;
use super::recipe::Recipe;
use crate::augment::{animal, augment, augment_animal, backdrop, identity};
use crate::dataset::{Photo, read_each};

/// Number of batches loaded ahead of the network.
pub(crate) const AHEAD: usize = 3;
/// The same if each photograph gives three views: these batches take more memory.
const AHEAD_OF_CONTRAST: usize = 1;

/// Number of breeds in a batch that is contrasted. The more photographs of one breed there are, the more have to be told
/// apart by more than their breed.
const BREEDS: usize = 8;
/// Weight of the breeds of the two views for contrast, together, in relation to the first view's.
const CONTRASTED: f32 = 0.5;

/// Views of photographs with their targets.
pub(super) struct Batch {
    /// Normalised views `[views, size, size, 3]`: one of each photograph; in a run with contrast then the first view for
    /// it of each photograph, and then the second.
    pub(super) pictures: Tensor,
    /// Weighted probabilities `[views, breeds]`. A row sums to the weight of its view, those of the first views to the
    /// number of photographs.
    pub(super) targets: Tensor,
    /// The breed of each photograph.
    pub(super) breeds: Vec<usize>,
    /// Why photographs could not be read. They are not in the batch.
    pub(super) unreadable: Vec<PhotoError>,
}

/// The generator of one random decision. It does not depend on decisions before, so a resumed run makes the same ones.
pub(crate) fn rng(seed: u64, epoch: usize, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((epoch as u64) << 32 | stream);
    rng
}

/// The stream that decides the order of an epoch. Those of photographs are smaller.
pub(crate) const SHUFFLE: u64 = 1 << 31;
const MIXUP: u64 = SHUFFLE + 1;
pub(super) const DROPOUT: u64 = SHUFFLE + (1 << 30);

/// The batches of an epoch: a random view of each photograph, in random order. With contrast, photographs are drawn as
/// [`of_few_breeds`] says.
pub(super) fn epoch<'scope>(
    scope: &'scope Scope<'scope, '_>,
    photos: &'scope Photos,
    breed_weights: &'scope [f32],
    recipe: &'scope Recipe,
    epoch: usize,
) -> Receiver<Result<Batch>> {
    let ahead = if recipe.contrast > 0.0 {
        AHEAD_OF_CONTRAST
    } else {
        AHEAD
    };
    let (sender, receiver) = sync_channel(ahead);
    scope.spawn(move || produce(&sender, photos, breed_weights, recipe, epoch));
    receiver
}

fn produce(
    sender: &SyncSender<Result<Batch>>,
    photos: &Photos,
    breed_weights: &[f32],
    recipe: &Recipe,
    epoch: usize,
) {
    let mut shuffle = rng(recipe.seed, epoch, SHUFFLE);
    let batches = if recipe.contrast > 0.0 {
        of_few_breeds(&photos.train, breed_weights.len(), recipe, &mut shuffle)
    } else {
        shuffled(photos.train.len(), recipe.batch, &mut shuffle)
    };
    for (index, chosen) in batches.iter().enumerate() {
        let batch = batch(photos, chosen, breed_weights, recipe, (epoch, index));
        // Sending fails once training has stopped and the receiver is gone.
        if sender.send(batch).is_err() {
            return;
        }
    }
}

/// A batch of these photographs, each with one view, or three with contrast, as an epoch might have it.
pub(super) fn batch_of(
    photos: &Photos,
    indices: &[usize],
    recipe: &Recipe,
    epoch: usize,
) -> Result<Batch> {
    let chosen = indices.iter().map(|&photo| Chosen {
        photo,
        stream: photo as u64,
    });
    let breed_weights = vec![1.0; photos.breeds.len()];
    let chosen: Vec<Chosen> = chosen.collect();
    batch(photos, &chosen, &breed_weights, recipe, (epoch, 0))
}

/// The batch of an epoch that comes at this index.
fn batch(
    photos: &Photos,
    chosen: &[Chosen],
    breed_weights: &[f32],
    recipe: &Recipe,
    (epoch, index): (usize, usize),
) -> Result<Batch> {
    let loaded = chosen.par_iter();
    let loaded = loaded.map(|&chosen| load(photos, chosen, recipe, epoch));
    let mut mixup = rng(recipe.seed, epoch, MIXUP + index as u64);
    let blend = blend_share(recipe.augment.mixup, &mut mixup);
    assemble(loaded.collect(), breed_weights, recipe, blend)
}

/// A photograph of a batch.
#[derive(Clone, Copy)]
struct Chosen {
    /// Its index.
    photo: usize,
    /// The random stream that decides its views.
    stream: u64,
}

/// Every photograph once, in random order. Its views do not depend on the order.
fn shuffled(photographs: usize, batch: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<Chosen>> {
    let mut order: Vec<usize> = (0..photographs).collect();
    order.shuffle(rng);
    let chosen = |&photo: &usize| Chosen {
        photo,
        stream: photo as u64,
    };
    order
        .chunks(batch)
        .map(|photos| photos.iter().map(chosen).collect())
        .collect()
}

/// Batches of several photographs each of a few random breeds. A breed's photographs come in random order, and again
/// from the start once fewer remain than a batch needs. No batch has a photograph twice.
fn of_few_breeds(
    photos: &[Photo],
    breeds: usize,
    recipe: &Recipe,
    rng: &mut ChaCha8Rng,
) -> Vec<Vec<Chosen>> {
    let mut of_breed = vec![Vec::new(); breeds];
    for (index, photo) in photos.iter().enumerate() {
        of_breed[photo.breed].push(index);
    }
    of_breed.retain(|photos| !photos.is_empty());
    let mut remaining = vec![Vec::new(); of_breed.len()];
    let together = BREEDS.min(of_breed.len()).min(recipe.batch);
    let mut stream = 0u64..;
    let steps = photos.len().div_ceil(recipe.batch);
    let batches = (0..steps).map(|_| {
        let mut batch = Vec::with_capacity(recipe.batch);
        for breed in sample(rng, of_breed.len(), together) {
            let wanted = (recipe.batch / together).min(of_breed[breed].len());
            let remaining: &mut Vec<usize> = &mut remaining[breed];
            if remaining.len() < wanted {
                remaining.clone_from(&of_breed[breed]);
                remaining.shuffle(rng);
            }
            let kept = remaining.len() - wanted;
            let photos = remaining.drain(kept..).zip(&mut stream);
            batch.extend(photos.map(|(photo, stream)| Chosen { photo, stream }));
        }
        batch
    });
    batches.collect()
}

/// What was made of a photograph.
struct Views {
    breed: usize,
    /// The view to learn its breed from.
    view: Vec<f32>,
    /// For contrast.
    crops: Option<Crops>,
}

/// What the views for contrast are made from, in a second step since they need other photographs' backdrops.
struct Crops {
    /// Two crops of the animal.
    animal: [RgbImage; 2],
    /// What may stand behind other animals.
    backdrop: RgbImage,
    /// Decides all that is random about the views.
    rng: ChaCha8Rng,
}

/// The views, or why the photograph could not be read.
type Loaded = std::result::Result<Views, PhotoError>;

fn load(photos: &Photos, chosen: Chosen, recipe: &Recipe, epoch: usize) -> Loaded {
    let Photo { path, breed } = &photos.train[chosen.photo];
    let picture = photo::open(path)?;
    let mut rng = rng(recipe.seed, epoch, chosen.stream);
    let located = photos
        .animals
        .as_ref()
        .map(|animals| &animals.train[chosen.photo]);
    let (size, spec, strength) = (recipe.train_size, recipe.input(), &recipe.augment);
    let view = match located {
        Some(located) if rng.random_bool(recipe.box_views) => {
            augment_animal(&picture, located.main, size, &spec, strength, &mut rng)
        }
        _ => augment(&picture, size, &spec, strength, &mut rng),
    };
    let located = located.filter(|_| recipe.contrast > 0.0);
    Ok(Views {
        breed: *breed,
        view,
        crops: located.map(|located| crops(&picture, located, size, rng)),
    })
}

fn crops(picture: &RgbImage, located: &Located, size: usize, mut rng: ChaCha8Rng) -> Crops {
    Crops {
        animal: std::array::from_fn(|_| animal(picture, located.main, size, &mut rng)),
        backdrop: backdrop(picture, &located.all, size, &mut rng),
        rng,
    }
}

/// The views for contrast, each on the backdrop of another photograph of the batch: the first of each photograph, then
/// the second.
fn contrasted(crops: &[Crops], spec: &InputSpec) -> Vec<Vec<f32>> {
    let pairs = crops.par_iter().enumerate().map(|(index, own)| {
        let mut rng = own.rng.clone();
        let [first, second] = own.animal.each_ref().map(|animal| {
            let another = (crops.len() > 1).then(|| {
                let further = rng.random_range(1..crops.len());
                &crops[(index + further) % crops.len()].backdrop
            });
            identity(animal, another, spec, &mut rng)
        });
        (first, second)
    });
    let (mut views, second): (Vec<_>, Vec<_>) = pairs.unzip();
    views.extend(second);
    views
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
    let (mut read, unreadable) = sorted(loaded);
    let crops = read.iter_mut().filter_map(|views| views.crops.take());
    let crops: Vec<Crops> = crops.collect();
    let (images, breeds) = (read.len(), breed_weights.len());
    let row = |breed: usize| smoothed(breed, breed_weights, recipe.smoothing as f32);
    let views = images + 2 * crops.len();
    let mut pictures = Vec::with_capacity(views * recipe.train_size * recipe.train_size * 3);
    let mut targets = Vec::with_capacity(views * breeds);
    for (index, one) in read.iter().enumerate() {
        let next = &read[(index + 1) % images];
        let blend = |a: &f32, b: &f32| a * keep + b * (1.0 - keep);
        pictures.extend(one.view.iter().zip(&next.view).map(|(a, b)| blend(a, b)));
        targets.extend(
            row(one.breed)
                .iter()
                .zip(&row(next.breed))
                .map(|(a, b)| blend(a, b)),
        );
    }
    let total: f32 = targets.iter().sum();
    targets
        .iter_mut()
        .for_each(|target| *target *= images as f32 / total);
    if !crops.is_empty() {
        // Views for contrast are not blended, and nor are the others then: the targets are the same.
        let shares = targets.iter().map(|target| CONTRASTED / 2.0 * target);
        let shares: Vec<f32> = shares.collect();
        targets.extend_from_slice(&shares);
        targets.extend_from_slice(&shares);
        for view in contrasted(&crops, &recipe.input()) {
            pictures.extend(view);
        }
    }

    let size = recipe.train_size;
    Ok(Batch {
        pictures: Tensor::from_vec(pictures, (views, size, size, 3), &Device::Cpu)?,
        targets: Tensor::from_vec(targets, (views, breeds), &Device::Cpu)?,
        breeds: read.iter().map(|views| views.breed).collect(),
        unreadable,
    })
}

/// The views that could be loaded, and why others could not.
fn sorted(loaded: Vec<Loaded>) -> (Vec<Views>, Vec<PhotoError>) {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    for loaded in loaded {
        match loaded {
            Ok(views) => read.push(views),
            Err(error) => unreadable.push(error),
        }
    }
    (read, unreadable)
}

/// The weighted probabilities of a view of this breed, some of them spread over all breeds.
fn smoothed(breed: usize, breed_weights: &[f32], smoothing: f32) -> Vec<f32> {
    let breeds = breed_weights.len();
    let spread = smoothing / breeds as f32;
    let mut row = vec![spread * breed_weights[breed]; breeds];
    row[breed] += (1.0 - smoothing) * breed_weights[breed];
    row
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

/// The photographs that can be read with their indices, and why the others cannot.
pub(super) fn opened(photos: &[Photo]) -> (Vec<(RgbImage, usize)>, Vec<PhotoError>) {
    let read = |index: usize, _: &Photo, picture| Ok::<_, Infallible>((picture, index));
    let Ok(opened) = read_each(photos, &ProgressBar::hidden(), read);
    opened
}

/// Names photographs that cannot be read, once in a run.
pub(crate) fn warn_unreadable(unreadable: &[PhotoError], epoch: usize, bar: &ProgressBar) {
    if epoch == 1 {
        for error in unreadable {
            bar.suspend(|| eprintln!("left out: {error}"));
        }
    }
}

/// Photographs preprocessed as the kiosk does it, `[images, size, size, 3]`.
pub(super) fn plain(photographs: &[(RgbImage, usize)], spec: &InputSpec) -> Result<Tensor> {
    let pictures: Vec<&RgbImage> = photographs.iter().map(|(picture, _)| picture).collect();
    preprocessed(&pictures, spec)
}

/// Pictures preprocessed as the kiosk does it, `[images, size, size, 3]`.
pub(crate) fn preprocessed(pictures: &[&RgbImage], spec: &InputSpec) -> Result<Tensor> {
    let parts = pictures.iter().map(|&picture| (picture, Region::WHOLE));
    preprocessed_in(&parts.collect::<Vec<_>>(), spec)
}

/// Parts of pictures preprocessed as the kiosk does it, `[images, size, size, 3]`.
pub(super) fn preprocessed_in(parts: &[(&RgbImage, Region)], spec: &InputSpec) -> Result<Tensor> {
    let planes = |&(picture, region): &(&RgbImage, Region)| {
        let mut planes = Vec::new();
        let rectangle = region.pixels(picture.width(), picture.height());
        Preprocessor::new(spec).run_in(picture, rectangle, &mut planes);
        planes
    };
    let planes: Vec<Vec<f32>> = parts.par_iter().map(planes).collect();
    let shape = (planes.len(), 3, spec.size, spec.size);
    let pictures = Tensor::from_vec(planes.concat(), shape, &Device::Cpu)?;
    pictures.permute((0, 2, 3, 1))?.contiguous()
}
