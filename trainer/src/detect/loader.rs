//! Makes batches of pictures on all cores, ahead of the network.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use candle_core::{Device, Result, Tensor};
use image::RgbImage;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use recognise::photo::{self, PhotoError};

use super::photos::Photos;
use super::recipe::Recipe;
use super::scenes::{Animal, Scene, background, beside, composed, jumbled, placed, zoomed};
use super::targets::{Targets, targets};
use crate::augment::{corrupt_view, normalise, recolour};
use crate::train::loader::{AHEAD, SHUFFLE, rng};

/// The seed of the scenes to validate on. They are the same for all runs, whatever their seed, so that the runs can be
/// compared.
const VALIDATION_SEED: u64 = 1;
/// The streams of the pictures without an animal that are validated on; those of scenes are smaller.
const WITHOUT_ANIMAL: u64 = 1 << 30;
/// The heights of the photographs in scenes to validate on, as shares of the scene's, by turns.
const HEIGHTS: [f64; 4] = [1.0, 0.5, 0.35, 0.25];
/// The number of photographs for which one scene without an animal is validated on, if there are no
/// photographs without an animal.
const PHOTOS_PER_EMPTY: usize = 4;
/// How likely something without an animal is in a scene besides animals.
const WITH_THING: f64 = 0.5;
/// The most things in a scene without an animal.
const THINGS: usize = 3;
/// How likely a scene has a second and a third photograph.
const MORE: [f64; 2] = [0.4, 0.3];

/// Pictures with their targets.
pub(super) struct Batch {
    /// Normalised pictures `[images, size, size, 3]`.
    pub(super) pictures: Tensor,
    /// What the detector should say about each.
    pub(super) targets: Vec<Targets>,
    /// Why photographs could not be read. They are not in the batch.
    pub(super) unreadable: Vec<PhotoError>,
}

/// How many pictures an epoch has: one of each photograph of animals, and those without an animal.
pub(super) fn pictures(photos: &Photos, recipe: &Recipe) -> usize {
    let animals = photos.train.len();
    let negatives = animals as f64 * recipe.negatives / (1.0 - recipe.negatives);
    animals + negatives.round() as usize
}

/// The batches of an epoch, in random order.
pub(super) fn epoch<'scope>(
    scope: &'scope Scope<'scope, '_>,
    photos: &'scope Photos,
    recipe: &'scope Recipe,
    epoch: usize,
) -> Receiver<Result<Batch>> {
    let (sender, receiver) = sync_channel(AHEAD);
    scope.spawn(move || produce(&sender, photos, recipe, epoch));
    receiver
}

fn produce(sender: &SyncSender<Result<Batch>>, photos: &Photos, recipe: &Recipe, epoch: usize) {
    let mut order: Vec<usize> = (0..pictures(photos, recipe)).collect();
    order.shuffle(&mut rng(recipe.seed, epoch, SHUFFLE));
    for chosen in order.chunks(recipe.batch) {
        let loaded: Vec<Loaded> = chosen
            .par_iter()
            .map(|&index| load(photos, index, recipe, epoch))
            .collect();
        // Sending fails once training has stopped and the receiver is gone.
        if sender.send(assemble(loaded, recipe.size)).is_err() {
            return;
        }
    }
}

/// The network's input for a picture and its targets, or why the photograph could not be read.
type Loaded = std::result::Result<(Vec<f32>, Targets), PhotoError>;

fn load(photos: &Photos, index: usize, recipe: &Recipe, epoch: usize) -> Loaded {
    let mut rng = rng(recipe.seed, epoch, index as u64);
    let scene = picture(photos, index, recipe, &mut rng)?;
    Ok(view(&scene, recipe, &mut rng))
}

fn assemble(loaded: Vec<Loaded>, size: usize) -> Result<Batch> {
    let (mut values, mut targets, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
    for loaded in loaded {
        match loaded {
            Ok((own, target)) => {
                values.extend(own);
                targets.push(target);
            }
            Err(error) => unreadable.push(error),
        }
    }
    Ok(Batch {
        pictures: Tensor::from_vec(values, (targets.len(), size, size, 3), &Device::Cpu)?,
        targets,
        unreadable,
    })
}

/// Width and height of scenes: those of most cameras, and more than the network sees.
fn scene_size(recipe: &Recipe) -> (u32, u32) {
    let size = recipe.size as u32;
    (size * 2, size * 3 / 2)
}

/// The picture of this index in an epoch: a view of a photograph, a scene with it, or a picture without an animal.
fn picture(
    photos: &Photos,
    index: usize,
    recipe: &Recipe,
    rng: &mut ChaCha8Rng,
) -> std::result::Result<Scene, PhotoError> {
    let size = scene_size(recipe);
    let Some(photo) = photos.train.get(index) else {
        return without_animal(photos, recipe, rng);
    };
    let photo = photo.open()?;
    if !rng.random_bool(recipe.scenes) {
        return Ok(zoomed(&photo, size, recipe.crop, rng));
    }
    let ground = ground(&photo, photos, size, rng);
    let mut things = Vec::new();
    if rng.random_bool(WITH_THING) {
        things.extend(thing(photos, rng));
    }
    let mut shown = vec![photo];
    for likely in MORE {
        if !rng.random_bool(likely) {
            break;
        }
        let other = &photos.train[rng.random_range(0..photos.train.len())];
        // Those that cannot be read are named when it is their turn.
        shown.extend(other.open().ok());
    }
    Ok(composed(ground, &things, &shown, rng))
}

/// A photograph without an animal or, if there is none or as often, a scene without one.
fn without_animal(
    photos: &Photos,
    recipe: &Recipe,
    rng: &mut ChaCha8Rng,
) -> std::result::Result<Scene, PhotoError> {
    let size = scene_size(recipe);
    if rng.random_bool(0.5)
        && let Some(negative) = negative(photos, rng)
    {
        return Ok(zoomed(&negative, size, recipe.crop, rng));
    }
    let photo = photos.train[rng.random_range(0..photos.train.len())].open()?;
    let ground = ground(&photo, photos, size, rng);
    let number = rng.random_range(0..=THINGS);
    let things: Vec<Scene> = (0..number).filter_map(|_| thing(photos, rng)).collect();
    Ok(composed(ground, &things, &[], rng))
}

/// A photograph without an animal that can be read, if one is found.
fn negative(photos: &Photos, rng: &mut ChaCha8Rng) -> Option<Scene> {
    if photos.negatives.is_empty() {
        return None;
    }
    let path = &photos.negatives[rng.random_range(0..photos.negatives.len())];
    photo::open(path).ok().map(empty)
}

fn empty(picture: RgbImage) -> Scene {
    Scene {
        picture,
        animals: Vec::new(),
    }
}

/// A background: as often as not a part of a photograph without an animal, if there are any.
fn ground(photo: &Scene, photos: &Photos, size: (u32, u32), rng: &mut ChaCha8Rng) -> RgbImage {
    if rng.random_bool(0.5)
        && let Some(negative) = negative(photos, rng)
    {
        return zoomed(&negative, size, 0.2, rng).picture;
    }
    background(photo, size, rng)
}

/// Something without an animal that is pasted as animals are, so that pasting alone says nothing: a person, what is
/// beside the animals of a photograph, the pieces of an animal in a wrong order, or a part of a photograph without an
/// animal. `None` if what was chosen is not there.
fn thing(photos: &Photos, rng: &mut ChaCha8Rng) -> Option<Scene> {
    let chosen = rng.random_range(0..4);
    if chosen == 0 {
        return person(photos, rng);
    }
    if chosen == 1
        && let Some(negative) = negative(photos, rng)
    {
        let [_, _, width, height] = negative.whole();
        return Some(zoomed(&negative, (width, height), 0.1, rng));
    }
    let photo = &photos.train[rng.random_range(0..photos.train.len())];
    let photo = photo.open().ok()?;
    if chosen == 2 {
        return Some(empty(jumbled(&photo, rng)));
    }
    let mut side = || rng.random_range(64..=256);
    beside(&photo, (side(), side())).map(empty)
}

/// A person cut out of a photograph.
fn person(photos: &Photos, rng: &mut ChaCha8Rng) -> Option<Scene> {
    if photos.persons.is_empty() {
        return None;
    }
    let (index, region) = photos.persons[rng.random_range(0..photos.persons.len())];
    let photo = photos.train[index].open().ok()?;
    let [_, _, width, height] = photo.whole();
    let window = region.pixels(width, height);
    let person = photo.part(window, (window[2], window[3]));
    Some(empty(person.picture))
}

/// The network's input for a random view of a scene: squashed, mirrored, corrupted and recoloured.
fn view(scene: &Scene, recipe: &Recipe, rng: &mut ChaCha8Rng) -> (Vec<f32>, Targets) {
    let size = recipe.size as u32;
    let mut scene = scene.part(scene.whole(), (size, size));
    if rng.random_bool(0.5) {
        scene = scene.mirrored();
    }
    if rng.random_bool(recipe.corruption) {
        scene.picture = corrupt_view(scene.picture, rng);
    }
    let mut values = recolour(&scene.picture, recipe.colour, rng);
    normalise(&mut values, &recipe.input());
    let animals = scene.animals.iter();
    let animals: Vec<Animal> = animals.map(|it| it.widened(recipe.widening)).collect();
    (values, targets(&animals, recipe.grid()))
}

/// The photograph of this index to validate on, as it is.
pub(super) fn validation_photo(
    photos: &Photos,
    index: usize,
) -> std::result::Result<Scene, PhotoError> {
    photos.validation[index].open()
}

/// The photograph of this index to validate on, in a scene.
pub(super) fn validation_scene(
    photos: &Photos,
    index: usize,
    recipe: &Recipe,
) -> std::result::Result<Scene, PhotoError> {
    let mut rng = rng(VALIDATION_SEED, 0, index as u64);
    let photo = photos.validation[index].open()?;
    let ground = background(&photo, scene_size(recipe), &mut rng);
    let height = HEIGHTS[index % HEIGHTS.len()];
    Ok(placed(ground, &photo, height, &mut rng))
}

/// How many pictures without an animal are validated on.
pub(super) fn validation_negatives(photos: &Photos) -> usize {
    match photos.validation_negatives.len() {
        0 => photos.validation.len().div_ceil(PHOTOS_PER_EMPTY),
        some => some,
    }
}

/// The picture of this index without an animal to validate on: a photograph or, if there are none, a background with a
/// person.
pub(super) fn validation_negative(
    photos: &Photos,
    index: usize,
    recipe: &Recipe,
) -> std::result::Result<Scene, PhotoError> {
    if let Some(path) = photos.validation_negatives.get(index) {
        return photo::open(path).map(empty);
    }
    let mut rng = rng(VALIDATION_SEED, 0, WITHOUT_ANIMAL + index as u64);
    let photo = photos.validation[index].open()?;
    let ground = background(&photo, scene_size(recipe), &mut rng);
    let things: Vec<Scene> = thing(photos, &mut rng).into_iter().collect();
    Ok(composed(ground, &things, &[], &mut rng))
}
