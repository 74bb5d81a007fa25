//! Makes a film of the entrance: animals and a person who walk through a room.

use std::ops::Range;
use std::time::Duration;

use image::RgbImage;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use recognise::Region;

use super::actor::{Actor, Walk};
use super::part::{Part, WIDEST, side};
use crate::evaluate::animals::share_inside;
use crate::evaluate::scenes::{HEIGHT, WIDTH, room};

/// Frames per second.
const PER_SECOND: u32 = 10;
/// Standard deviation of the noise, on a scale of 255.
const NOISE: f32 = 2.0;
/// Number of its values, and how many further each frame begins with them: both are prime, so that no pattern shows.
const NOISES: usize = 65_521;
const NOISE_STEP: usize = 7_919;

/// How long the room is empty at first, in seconds: so long that the kiosk knows it.
const EMPTY: f32 = 0.6;
/// How long all stand still at the end, in seconds: longer than the kiosk waits for an animal that it lost.
const STAND: f32 = 6.0;

/// Where their feet are, as shares of the frame's height.
const BACK_ROW: f32 = 0.90;
const FRONT_ROW: f32 = 0.95;

/// Speed of an animal, in widths of the frame a second.
const SPEED: Range<f32> = 0.2..0.35;
/// How far from the middle of the frame two animals meet at most, as a share of its width.
const OFF_CENTRE: f32 = 0.05;
/// How far from the middle they stand at the end.
const APART: Range<f32> = 0.24..0.28;

/// How long an animal stands before a person comes, in seconds.
const BEFORE: Range<f32> = 1.5..2.5;

/// The frames of a camera at the entrance. The same parts and seed give the same film.
#[derive(Clone, Debug)]
pub struct EntranceFilm {
    /// The room without anybody.
    room: RgbImage,
    /// Who walks through it, from back to front.
    actors: Vec<Actor>,
    /// The numbers of the animals, which are the first of the actors.
    animals: Vec<usize>,
    noise: Vec<i8>,
    frames: usize,
}

impl EntranceFilm {
    /// Two animals come in from both sides, cross in the middle and stand still where the other one came from. The
    /// wider one passes in front. Their numbers are 0 and 1, in the given order.
    #[must_use]
    pub fn crossing(animals: [Part; 2], seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let pictures = animals.map(|part| part.animal(&mut rng));
        let order = if pictures[0].width() <= pictures[1].width() {
            [0, 1]
        } else {
            [1, 0]
        };
        let meeting = 0.5 + rng.random_range(-OFF_CENTRE..OFF_CENTRE);
        let side = side(&mut rng);
        // From the side to the meeting, and from there to where it stands, with the speed.
        let paths = [-side, side].map(|side: f32| {
            let outside = 0.5 + side * (0.5 + WIDEST / 2.0);
            let stand = 0.5 - side * rng.random_range(APART);
            (outside, stand, rng.random_range(SPEED))
        });
        let approach = paths.map(|(outside, _, speed)| (meeting - outside).abs() / speed);
        let meets = EMPTY + approach[0].max(approach[1]);
        let walks = [0, 1].map(|index| {
            let (outside, stand, speed) = paths[index];
            Walk {
                from: (outside, meets - approach[index]),
                to: (stand, meets + (stand - meeting).abs() / speed),
            }
        });
        let ends = walks[0].ends().max(walks[1].ends());
        let rows = [BACK_ROW, FRONT_ROW];
        let actors = order.iter().zip(rows).map(|(&index, row)| {
            let ground = row * HEIGHT as f32;
            Actor::new(pictures[index].clone(), ground, walks[index])
        });
        let actors = actors.collect();
        Self::new(actors, order.to_vec(), ends, rng)
    }

    /// An animal, number 0, comes in and stands in the middle, and a person walks through the picture in front of it.
    #[must_use]
    pub fn passing(animal: Part, person: Part, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let picture = animal.animal(&mut rng);
        let stand = 0.5 + rng.random_range(-OFF_CENTRE..OFF_CENTRE);
        let outside = 0.5 + side(&mut rng) * (0.5 + WIDEST / 2.0);
        let arrives = EMPTY + (stand - outside).abs() / rng.random_range(SPEED);
        let walk = Walk {
            from: (outside, EMPTY),
            to: (stand, arrives),
        };
        let animal = Actor::new(picture, BACK_ROW * HEIGHT as f32, walk);
        let comes = arrives + rng.random_range(BEFORE);
        let (person, ends) = person.walks_through(comes, &mut rng);
        Self::new(vec![animal, person], vec![0], ends, rng)
    }

    /// A person walks through the picture, and there is no animal.
    #[must_use]
    pub fn person(person: Part, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (person, ends) = person.walks_through(EMPTY, &mut rng);
        Self::new(vec![person], vec![], ends, rng)
    }

    fn new(actors: Vec<Actor>, animals: Vec<usize>, ends: f32, mut rng: ChaCha8Rng) -> Self {
        let noise = (0..NOISES).map(|_| {
            let value: f32 = StandardNormal.sample(&mut rng);
            (value * NOISE) as i8
        });
        Self {
            noise: noise.collect(),
            room: room(&mut rng),
            actors,
            animals,
            frames: ((ends + STAND) * PER_SECOND as f32) as usize,
        }
    }

    /// Number of frames, ten a second.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The time of a frame.
    #[must_use]
    pub fn time(&self, index: usize) -> Duration {
        Duration::from_secs(index as u64) / PER_SECOND
    }

    /// The frame of this index, 640 x 480 pixels. Frames may be requested in any order.
    #[must_use]
    pub fn frame(&self, index: usize) -> RgbImage {
        let mut frame = self.room.clone();
        let seconds = self.time(index).as_secs_f32();
        for actor in &self.actors {
            actor.draw(seconds, &mut frame);
        }
        // The same noise in all frames, from another place on in each: so a frame takes no time for random numbers.
        let noise = self.noise.iter().cycle().skip(index * NOISE_STEP % NOISES);
        for (value, noise) in frame.iter_mut().zip(noise) {
            *value = value.saturating_add_signed(*noise);
        }
        frame
    }

    /// Where an animal is in a frame, hidden or not; `None` outside of the picture.
    #[must_use]
    pub fn place(&self, animal: usize, index: usize) -> Option<Region> {
        let at = self.animals.iter().position(|&it| it == animal)?;
        self.region(&self.actors[at], index)
    }

    /// How much of an animal in the picture others hide, as a share of its area, 0 to 1; 0 outside of the picture.
    #[must_use]
    pub fn hidden(&self, animal: usize, index: usize) -> f32 {
        let Some(at) = self.animals.iter().position(|&it| it == animal) else {
            return 0.0;
        };
        let Some(own) = self.region(&self.actors[at], index) else {
            return 0.0;
        };
        let in_front = self.actors[at + 1..].iter();
        let hiding = in_front.filter_map(|actor| self.region(actor, index));
        let shares = hiding.map(|other| share_inside(own, other));
        shares.fold(0.0, f32::max)
    }

    /// The animal that a region of a frame shows: the one whose place it overlaps most.
    pub(super) fn animal_at(&self, region: Region, index: usize) -> Option<usize> {
        let places = self.animals.iter().filter_map(|&animal| {
            let overlap = self.place(animal, index)?.iou(region);
            (overlap > 0.0).then_some((animal, overlap))
        });
        let nearest = places.max_by(|a, b| a.1.total_cmp(&b.1));
        nearest.map(|(animal, _)| animal)
    }

    fn region(&self, actor: &Actor, index: usize) -> Option<Region> {
        let seconds = self.time(index).as_secs_f32();
        let [left, top, width, height] = actor.rectangle(seconds, WIDTH as f32);
        let [across, down] = [WIDTH, HEIGHT].map(|side| side as f32);
        Region::new(
            left / across,
            top / down,
            (left + width) / across,
            (top + height) / down,
        )
    }
}
