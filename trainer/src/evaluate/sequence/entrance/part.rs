//! Cuts animals and persons out of photographs, in the sizes that they have in a film, and sends persons through it.

use std::ops::Range;

use image::RgbImage;
use rand::{Rng, RngExt};
use recognise::Region;

use super::actor::{Actor, Walk, cut_out};
use crate::evaluate::scenes::{HEIGHT, WIDTH};

/// Height of an animal as a share of the frame's.
const TALL: Range<f32> = 0.40..0.50;
/// The largest width of an animal as a share of the frame's.
pub(super) const WIDEST: f32 = 0.38;
/// How long a person is in front of a point, in seconds.
const PASSING: Range<f32> = 0.5..1.0;
/// Height of a person as a share of the frame's, and the largest width.
const PERSON: f32 = 0.97;
const PERSON_WIDTH: f32 = 0.5;

/// A part of a photograph that shows an animal or a person.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The photograph.
    pub picture: &'a RgbImage,
    /// Where in it the animal or the person is.
    pub region: Region,
}

impl Part<'_> {
    /// The animal in the size of one that stands in the room.
    pub(super) fn animal(self, rng: &mut impl Rng) -> RgbImage {
        self.sized([WIDEST, rng.random_range(TALL)])
    }

    /// A person who begins to walk through the picture at this time, and when the walk ends.
    pub(super) fn walks_through(self, begins: f32, rng: &mut impl Rng) -> (Actor, f32) {
        let picture = self.sized([PERSON_WIDTH, PERSON]);
        let width = picture.width() as f32 / WIDTH as f32;
        let outside = side(rng) * (0.5 + width / 2.0);
        let ends = begins + (1.0 + width) / width * rng.random_range(PASSING);
        let walk = Walk {
            from: (0.5 + outside, begins),
            to: (0.5 - outside, ends),
        };
        (Actor::new(picture, HEIGHT as f32, walk), ends)
    }

    /// The part, as large as fits these shares of a frame's width and height.
    fn sized(self, shares: [f32; 2]) -> RgbImage {
        let [across, down] = shares;
        let bounds = [across * WIDTH as f32, down * HEIGHT as f32];
        cut_out(self.picture, self.region, bounds.map(|side| side as u32))
    }
}

/// -1 for the left side, 1 for the right side.
pub(super) fn side(rng: &mut impl Rng) -> f32 {
    if rng.random_bool(0.5) { -1.0 } else { 1.0 }
}
