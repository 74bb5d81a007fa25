//! A cut-out of a photograph that walks through the picture.

use std::f32::consts::TAU;

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use recognise::{Region, photo};

/// What a cut-out shows beyond its box, as a share of the box's sides.
const MARGIN: f32 = 0.05;
/// The width of its soft edge in pixels.
const SOFT: f32 = 8.0;
/// Steps of an actor that walks the width of the frame, and how much each one lifts it, as a share of its height.
const STEPS: f32 = 6.0;
const LIFT: f32 = 0.01;

/// An animal or a person in a film.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    /// What is seen, in the size in which it is seen.
    picture: RgbImage,
    /// The row that its lower edge stands on.
    ground: f32,
    walk: Walk,
}

/// A walk along a straight line at constant speed. Places are those of the centre across the frame, as shares of its
/// width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    /// Where it begins, and when, in seconds.
    pub(super) from: (f32, f32),
    /// Where it ends, and when.
    pub(super) to: (f32, f32),
}

/// The part of a photograph in this region, enlarged or reduced to fit these bounds in pixels.
pub(super) fn cut_out(picture: &RgbImage, region: Region, bounds: [u32; 2]) -> RgbImage {
    let region = region.with_margin(MARGIN);
    let [left, top, width, height] = region.pixels(picture.width(), picture.height());
    let part = imageops::crop_imm(picture, left, top, width, height).to_image();
    let [width, height] = photo::fit([width, height], bounds);
    imageops::resize(&part, width, height, FilterType::Triangle)
}

impl Actor {
    /// An actor who stands on a row of the frame while walking.
    pub(super) fn new(picture: RgbImage, ground: f32, walk: Walk) -> Self {
        Self {
            picture,
            ground,
            walk,
        }
    }

    /// Left, top, width and height in pixels at this time, in a frame of this width: of all of the actor, even of what
    /// is outside of the frame.
    pub(super) fn rectangle(&self, seconds: f32, frame: f32) -> [f32; 4] {
        let [width, height] = [self.picture.width(), self.picture.height()].map(|side| side as f32);
        let x = self.walk.at(seconds);
        let lift = LIFT * height * (TAU * STEPS * x).sin().abs();
        let left = x * frame - width / 2.0;
        [
            left.round(),
            (self.ground - height - lift).round(),
            width,
            height,
        ]
    }

    /// Draws the actor into a frame.
    pub(super) fn draw(&self, seconds: f32, frame: &mut RgbImage) {
        let [left, top, width, height] = self.rectangle(seconds, frame.width() as f32);
        for (x, y, Rgb(above)) in self.picture.enumerate_pixels() {
            let place = [i64::from(x) + left as i64, i64::from(y) + top as i64].map(u32::try_from);
            let [Ok(column), Ok(row)] = place else {
                continue;
            };
            let Some(Rgb(below)) = frame.get_pixel_mut_checked(column, row) else {
                continue;
            };
            let inside = [(x, width), (y, height)].map(|(at, side)| {
                let at = at as f32 + 0.5;
                at.min(side - at) / SOFT
            });
            let cover = inside[0].min(1.0) * inside[1].min(1.0);
            for (below, above) in below.iter_mut().zip(above) {
                let (under, over) = (f32::from(*below), f32::from(*above));
                *below = (under + (over - under) * cover) as u8;
            }
        }
    }
}

impl Walk {
    /// When the walk ends.
    pub(super) fn ends(&self) -> f32 {
        self.to.1
    }

    fn at(&self, seconds: f32) -> f32 {
        let ((from, begins), (to, ends)) = (self.from, self.to);
        let share = ((seconds - begins) / (ends - begins)).clamp(0.0, 1.0);
        from + (to - from) * share
    }
}
