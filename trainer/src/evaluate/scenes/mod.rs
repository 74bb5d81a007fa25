//! Measures the kiosk on wide pictures: photographs placed in a room at decreasing sizes.

mod scene;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use image::RgbImage;
use indicatif::ProgressBar;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use recognise::locate::CERTAIN;
use recognise::verdict::top;
use recognise::{EngineError, Recogniser, Region};
use serde::Serialize;

use super::EvaluateError;
use super::animals::{Truths, contains, share_inside};
use crate::dataset::{Photo, read_each};

pub use scene::Scene;
pub(super) use scene::{HEIGHT, WIDTH, room};

/// The heights of the photographs, as names and as shares of the frame's height.
pub(super) const SIZES: [(&str, f32); 4] = [("100", 1.0), ("50", 0.5), ("35", 0.35), ("25", 0.25)];
const SEED: u64 = 1;

/// The figures on photographs placed in a room.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SceneFigures {
    /// The figures by the height of the photograph in per cent of the frame's: `100`, `50`, `35` and `25`.
    #[serde(flatten)]
    pub sizes: BTreeMap<&'static str, AtSize>,
    /// The figures of the rooms alone.
    pub none: EmptyRooms,
}

/// The figures on photographs of one size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AtSize {
    /// Share of scenes whose most probable breed is the right one, 0 to 1.
    pub top1: f64,
    /// Share of scenes whose animal is found with certainty, 0 to 1. See [`finds`].
    pub found: f64,
}

/// The figures on rooms without a photograph.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EmptyRooms {
    /// Mean number of animals that are found with certainty.
    pub false_per_image: f64,
}

/// Measures the recogniser's bundle on scenes made of the photographs, on all cores. Each photograph has a room of its
/// own, and a place for each size. The same photographs always give the same scenes.
///
/// The breeds of `photos` are indices into the bundle's breeds. Photographs that cannot be read count in no figure;
/// [`super::evaluate`] lists them. `progress` advances by one for each photograph.
///
/// # Errors
/// When the network fails.
pub fn scenes(
    recogniser: &Recogniser,
    photos: &[Photo],
    truths: Option<&Truths>,
    progress: &ProgressBar,
) -> Result<SceneFigures, EvaluateError> {
    let animals = truths.map(Truths::largest).unwrap_or_default();
    progress.set_length(photos.len() as u64);
    let (counts, _) = read_each(photos, progress, |index, photo, picture| {
        count(recogniser, index, photo, &picture, &animals)
            .map_err(|source| EvaluateError::of_engine(&photo.path, source))
    })?;
    let share = |value: &dyn Fn(&Counts) -> usize| {
        let sum: usize = counts.iter().map(value).sum();
        sum as f64 / counts.len() as f64
    };
    let at_size = |size: usize| AtSize {
        top1: share(&|counts| usize::from(counts.sizes[size].is_right)),
        found: share(&|counts| usize::from(counts.sizes[size].is_found)),
    };
    Ok(SceneFigures {
        sizes: (SIZES.iter().enumerate())
            .map(|(size, &(name, _))| (name, at_size(size)))
            .collect(),
        none: EmptyRooms {
            false_per_image: share(&|counts| counts.in_room),
        },
    })
}

/// Whether a detection finds the photograph's animal: with an intersection over union of at least 0.5 with its box,
/// where that is known. Elsewhere the detection must have one of at least 0.3 with the whole photograph, or hold its
/// centre and reach out of it by less than a fifth of its own area.
pub fn finds(detection: Region, photograph: Region, animal: Option<Region>) -> bool {
    match animal {
        Some(animal) => detection.iou(animal) >= 0.5,
        None => {
            let is_within = share_inside(detection, photograph) > 0.8;
            detection.iou(photograph) >= 0.3
                || (is_within && contains(detection, photograph.centre()))
        }
    }
}

/// What is recognised and found in the scenes of a photograph.
struct Counts {
    sizes: [AtOne; SIZES.len()],
    /// Number of animals found in the room alone.
    in_room: usize,
}

#[derive(Clone, Copy, Default)]
struct AtOne {
    is_right: bool,
    is_found: bool,
}

fn count(
    recogniser: &Recogniser,
    index: usize,
    photo: &Photo,
    picture: &RgbImage,
    animals: &HashMap<&Path, Region>,
) -> Result<Counts, EngineError> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    rng.set_stream(index as u64);
    let room = room(&mut rng);
    let animal = animals.get(photo.path.as_path());
    let mut sizes = [AtOne::default(); SIZES.len()];
    for (at, (_, share)) in sizes.iter_mut().zip(SIZES) {
        let scene = Scene::new(&room, picture, share, &mut rng);
        let examined = recogniser.examine(&scene.picture)?;
        let first = top(&examined.main().prediction.probabilities, 1).pop();
        let animal = animal.and_then(|&animal| scene.place_of(animal));
        let mut found = examined.animals.iter();
        *at = AtOne {
            is_right: first.is_some_and(|(breed, _)| breed == photo.breed),
            is_found: found.any(|it| finds(it.detection.region, scene.photograph, animal)),
        };
    }
    let in_room = recogniser.locate(&room)?;
    let in_room = in_room
        .iter()
        .filter(|detection| detection.score >= CERTAIN);
    Ok(Counts {
        sizes,
        in_room: in_room.count(),
    })
}
