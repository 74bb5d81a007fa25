//! Makes wide pictures: a photograph somewhere in a room with wall, floor and clutter.

use std::f32::consts::TAU;

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use recognise::Region;
use recognise::photo::fit;

/// Width and height of a frame in pixels.
pub(in super::super) const WIDTH: u32 = 640;
pub(in super::super) const HEIGHT: u32 = 480;

/// Standard deviation of the noise, on a scale of 255.
const NOISE: f32 = 3.0;
/// Cells of light and shade across and down.
const CELLS: [usize; 2] = [8, 6];

/// A photograph in a room.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The whole picture, 640 x 480 pixels.
    pub picture: RgbImage,
    /// Where the photograph is.
    pub photograph: Region,
}

impl Scene {
    /// Places a photograph anywhere in a room, with this share of the room's height, or as high as fits its width.
    pub fn new(room: &RgbImage, photo: &RgbImage, share: f32, rng: &mut impl Rng) -> Self {
        let [across, down] = [room.width(), room.height()];
        let highest = ((down as f32 * share).round() as u32).max(1);
        let [width, height] = fit([photo.width(), photo.height()], [across, highest]);
        let left = rng.random_range(0..=across - width);
        let top = rng.random_range(0..=down - height);
        let mut picture = room.clone();
        let photo = imageops::resize(photo, width, height, FilterType::Triangle);
        imageops::replace(&mut picture, &photo, i64::from(left), i64::from(top));
        let [across, down] = [across, down].map(|pixels| pixels as f32);
        let photograph = Region::new(
            left as f32 / across,
            top as f32 / down,
            (left + width) as f32 / across,
            (top + height) as f32 / down,
        );
        Self {
            picture,
            photograph: photograph.unwrap_or(Region::WHOLE),
        }
    }

    /// Where in the scene a region of the photograph is.
    pub(super) fn place_of(&self, region: Region) -> Option<Region> {
        let [left, top, ..] = self.photograph.corners();
        let (width, height) = (self.photograph.width(), self.photograph.height());
        let [x1, y1, x2, y2] = region.corners();
        let [x1, x2] = [x1, x2].map(|x| left + x * width);
        let [y1, y2] = [y1, y2].map(|y| top + y * height);
        Region::new(x1, y1, x2, y2)
    }
}

/// A room without animals: wall and floor, unevenly lit, with soft things of all colours, and noise.
pub(in super::super) fn room(rng: &mut impl Rng) -> RgbImage {
    let [wall, floor] = [(); 2].map(|()| muted(rng));
    let skirting = HEIGHT as f32 * rng.random_range(0.45..0.85_f32);
    let light = Light::new(rng);
    let count = rng.random_range(4..=10);
    let things: Vec<Thing> = (0..count).map(|_| Thing::new(rng)).collect();
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let at = [x as f32, y as f32];
        let below = (0.5 + (at[1] - skirting) / 4.0).clamp(0.0, 1.0);
        let mut colour = blend(wall, floor, below);
        for thing in &things {
            colour = blend(colour, thing.colour_at(at), thing.cover(at));
        }
        let gain = light.at(at);
        Rgb(colour.map(|value| {
            let noise: f32 = StandardNormal.sample(rng);
            (value * gain + noise * NOISE) as u8
        }))
    })
}

/// A colour of walls and floors: any shade, hardly saturated.
fn muted(rng: &mut impl Rng) -> [f32; 3] {
    let shade = rng.random_range(60.0..220.0_f32);
    [(); 3].map(|()| shade * rng.random_range(0.85..1.15_f32))
}

fn blend(below: [f32; 3], above: [f32; 3], share: f32) -> [f32; 3] {
    [0, 1, 2].map(|channel| below[channel] + (above[channel] - below[channel]) * share)
}

/// Light and shade that change smoothly over the room.
struct Light {
    gains: [[f32; CELLS[0] + 1]; CELLS[1] + 1],
}

impl Light {
    fn new(rng: &mut impl Rng) -> Self {
        let mut gains = [[1.0_f32; CELLS[0] + 1]; CELLS[1] + 1];
        for gain in gains.as_flattened_mut() {
            *gain += rng.random_range(-0.2..0.2_f32);
        }
        Self { gains }
    }

    /// The gain at a pixel, interpolated between the corners of its cell.
    fn at(&self, [x, y]: [f32; 2]) -> f32 {
        let x = x / WIDTH as f32 * CELLS[0] as f32;
        let y = y / HEIGHT as f32 * CELLS[1] as f32;
        let (column, row) = (
            (x as usize).min(CELLS[0] - 1),
            (y as usize).min(CELLS[1] - 1),
        );
        let [right, down] = [x - column as f32, y - row as f32].map(smooth);
        let across = |row: usize| {
            let [one, other] = [self.gains[row][column], self.gains[row][column + 1]];
            one + (other - one) * right
        };
        across(row) + (across(row + 1) - across(row)) * down
    }
}

/// Goes from 0 to 1 without a bend at either end.
fn smooth(share: f32) -> f32 {
    share * share * (3.0 - 2.0 * share)
}

/// A thing in the room: a box or an ellipse of one colour or with stripes.
struct Thing {
    centre: [f32; 2],
    /// Half of its width and height in pixels.
    half: [f32; 2],
    is_round: bool,
    /// Width of its edge in pixels.
    edge: f32,
    colours: [[f32; 3]; 2],
    /// Steps of a stripe across and down the picture, in radians for each pixel.
    stripes: [f32; 2],
}

impl Thing {
    fn new(rng: &mut impl Rng) -> Self {
        let colour = [(); 3].map(|()| rng.random_range(20.0..235.0_f32));
        let other = colour.map(|value| value * rng.random_range(0.6..1.2_f32));
        let (sin, cos) = rng.random_range(0.0..TAU).sin_cos();
        let step = rng.random_range(0.05..0.6_f32);
        Self {
            centre: [
                rng.random_range(0.0..WIDTH as f32),
                rng.random_range(0.0..HEIGHT as f32),
            ],
            half: [rng.random_range(12.0..130.0), rng.random_range(12.0..110.0)],
            is_round: rng.random_bool(0.5),
            edge: rng.random_range(1.5..14.0),
            colours: [colour, if rng.random_bool(0.5) { other } else { colour }],
            stripes: [cos * step, sin * step],
        }
    }

    /// How much of a pixel it covers, 0 to 1.
    fn cover(&self, at: [f32; 2]) -> f32 {
        let [x, y] = [0, 1].map(|axis| (at[axis] - self.centre[axis]).abs());
        let [across, down] = self.half;
        let outside = if self.is_round {
            ((x / across).hypot(y / down) - 1.0) * across.min(down)
        } else {
            (x - across).max(y - down)
        };
        (0.5 - outside / self.edge).clamp(0.0, 1.0)
    }

    fn colour_at(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        let wave = (x * self.stripes[0] + y * self.stripes[1]).sin();
        blend(self.colours[0], self.colours[1], 0.5 + 0.5 * wave)
    }
}
