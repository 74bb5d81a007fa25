//! What is between the camera and the animal, and the light.

use std::f32::consts::{FRAC_PI_3, TAU};

use image::RgbImage;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use super::Severity;
use super::plane::{Plane, byte, join, split};

/// Edge of the squares in which fog repeats its coarsest structure, in pixels; a power of two.
const PLASMA: usize = 256;
/// The colour of full frost: a little blue.
const ICE: [f32; 3] = [0.90, 0.97, 1.0];
/// There is a crystal for so many pixels.
const PIXELS_A_CRYSTAL: usize = 600;

/// Flakes: normal noise of a mean and a deviation, enlarged by a factor, of which what is below a threshold
/// goes, blurred along a line that falls; the picture keeps a share of its colours.
pub(super) fn snow(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let strengths = [
        (0.1, 0.3, 3.0, 0.5, 10, 4.0, 0.8),
        (0.2, 0.3, 2.0, 0.5, 12, 4.0, 0.7),
        (0.55, 0.3, 4.0, 0.9, 12, 8.0, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12, 8.0, 0.65),
        (0.55, 0.3, 2.5, 0.85, 12, 12.0, 0.55),
    ];
    let (mean, deviation, size, threshold, radius, sigma, colour) = severity.of(strengths);
    let planes = split(picture);
    let [red, green, blue] = &planes;
    let (width, height) = (red.width, red.height);

    let small = |side: usize| (side as f32 / size) as usize + 2;
    let noise = Plane::from_fn(small(width), small(height), |_, _| {
        let normal: f32 = StandardNormal.sample(rng);
        mean + normal * deviation
    });
    let mut flakes = Plane::from_fn(width, height, |x, y| {
        let value = noise.sample(x as f32 / size, y as f32 / size);
        if value < threshold {
            0.0
        } else {
            value.min(1.0)
        }
    });
    let angle = rng.random_range(45.0..135.0f32).to_radians();
    flakes = flakes.motion(radius, sigma, angle);

    let grey: Vec<f32> = (red.values.iter().zip(&green.values).zip(&blue.values))
        .map(|((red, green), blue)| 0.299 * red + 0.587 * green + 0.114 * blue)
        .collect();
    let snowed = planes.each_ref().map(|plane| {
        // The same flakes fall once more, turned around.
        let fallen = flakes.values.iter().zip(flakes.values.iter().rev());
        let mut plane = plane.clone();
        for ((value, grey), (flake, other)) in plane.values.iter_mut().zip(&grey).zip(fallen) {
            let white = value.max(grey * 1.5 + 0.5);
            *value = colour * *value + (1.0 - colour) * white + flake + other;
        }
        plane
    });
    join(&snowed)
}

/// Shares of the picture and of frost in their sum.
///
/// The benchmark takes its frost from photographs; this one is drawn: haze, and crystals that branch at 60
/// degrees as ice does.
pub(super) fn frost(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let (kept, share) = severity.of([(1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)]);
    let mut planes = split(picture);
    let ice = crystals(planes[0].width, planes[0].height, rng);
    for (plane, tint) in planes.iter_mut().zip(ICE) {
        for (value, ice) in plane.values.iter_mut().zip(&ice.values) {
            *value = kept * *value + share * ice * tint;
        }
    }
    join(&planes)
}

/// How much ice there is, 0 to 1.
fn crystals(width: usize, height: usize, rng: &mut impl Rng) -> Plane {
    let mut ice = plasma(width, height, 1.5, rng);
    let mut lines = Plane::from_fn(width, height, |_, _| 0.0);
    for _ in 0..(width * height).div_ceil(PIXELS_A_CRYSTAL) {
        let root = Twig {
            x: rng.random_range(0.0..width as f32),
            y: rng.random_range(0.0..height as f32),
            angle: rng.random_range(0.0..TAU),
            length: rng.random_range(20..110),
            light: rng.random_range(0.2..0.9),
        };
        root.grow(&mut lines, 2, rng);
    }
    for (haze, line) in ice.values.iter_mut().zip(lines.gaussian(0.8).values) {
        // Where crystals lie over one another, each hides a share of what is behind.
        *haze = 1.0 - (-0.2 - 0.5 * *haze - line * (0.5 + 2.0 * *haze)).exp();
    }
    ice
}

/// A line of ice.
struct Twig {
    x: f32,
    y: f32,
    /// Radians.
    angle: f32,
    /// Pixels.
    length: u32,
    /// What it adds to each pixel at its root.
    light: f32,
}

impl Twig {
    /// Draws it, thinner towards its tip, with twigs of its own on both sides, `depth` times over.
    fn grow(&self, lines: &mut Plane, depth: u32, rng: &mut impl Rng) {
        let (sin, cos) = self.angle.sin_cos();
        for step in 0..self.length {
            let (x, y) = (self.x + step as f32 * cos, self.y + step as f32 * sin);
            let left = 1.0 - step as f32 / self.length as f32;
            let inside =
                (0.0..lines.width as f32).contains(&x) && (0.0..lines.height as f32).contains(&y);
            if inside {
                lines.values[y as usize * lines.width + x as usize] += self.light * left;
            }
            if depth == 0 || rng.random_bool(0.7) {
                continue;
            }
            for side in [-FRAC_PI_3, FRAC_PI_3] {
                let side = side + rng.random_range(-0.15..0.15);
                let reach = left * 0.5 * self.length as f32 * rng.random_range(0.3..1.0);
                let twig = Self {
                    x,
                    y,
                    angle: self.angle + side,
                    length: reach as u32,
                    light: self.light * left * 0.8,
                };
                twig.grow(lines, depth - 1, rng);
            }
        }
    }
}

/// Fog of so much light, its structures smoother the greater the second number.
pub(super) fn fog(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let (light, decay) = severity.of([(1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)]);
    let mut planes = split(picture);
    let brightest = planes.iter().flat_map(|plane| &plane.values);
    let brightest = brightest.copied().fold(0.0, f32::max);
    let fog = plasma(planes[0].width, planes[0].height, decay, rng);
    // The brightest place under the thickest fog is as bright as it was.
    let share = brightest / (brightest + light);
    for plane in &mut planes {
        for (value, fog) in plane.values.iter_mut().zip(&fog.values) {
            *value = (*value + light * fog) * share;
        }
    }
    join(&planes)
}

/// A plasma fractal, 0 to 1: diamond-square on a torus of as many squares as cover the picture. The
/// amplitude is divided by the square of `decay` from one size of structure to the half of it.
fn plasma(width: usize, height: usize, decay: f32, rng: &mut impl Rng) -> Plane {
    let across = width.next_multiple_of(PLASMA);
    let down = height.next_multiple_of(PLASMA);
    let mut map = vec![0.0f32; across * down];
    let mut step = PLASMA;
    let mut amplitude = 1.0;
    let at = |x: usize, y: usize| y % down * across + x % across;
    for y in (0..down).step_by(step) {
        for x in (0..across).step_by(step) {
            map[at(x, y)] = rng.random_range(-amplitude..amplitude);
        }
    }
    while step > 1 {
        let half = step / 2;
        // The middle of each square, from its corners.
        for y in (0..down).step_by(step) {
            for x in (0..across).step_by(step) {
                let corners = map[at(x, y)]
                    + map[at(x + step, y)]
                    + map[at(x, y + step)]
                    + map[at(x + step, y + step)];
                map[at(x + half, y + half)] =
                    corners / 4.0 + rng.random_range(-amplitude..amplitude);
            }
        }
        // The middle of each edge, from its ends and the middles at its sides.
        for y in (0..down).step_by(half) {
            let first = if y % step == 0 { half } else { 0 };
            for x in (first..across).step_by(step) {
                let around = map[at(x + half, y)]
                    + map[at(x + across - half, y)]
                    + map[at(x, y + half)]
                    + map[at(x, y + down - half)];
                map[at(x, y)] = around / 4.0 + rng.random_range(-amplitude..amplitude);
            }
        }
        step = half;
        amplitude /= decay * decay;
    }
    let least = map.iter().copied().fold(f32::INFINITY, f32::min);
    let most = map.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    // A map of one value is 0 throughout.
    let scale = 1.0 / (most - least).max(f32::MIN_POSITIVE);
    Plane::from_fn(width, height, |x, y| (map[at(x, y)] - least) * scale)
}

/// What is added to the value of hue, saturation and value.
pub(super) fn brightness(picture: &RgbImage, severity: Severity) -> RgbImage {
    let light = severity.of([0.1, 0.2, 0.3, 0.4, 0.5]);
    let mut picture = picture.clone();
    for pixel in picture.pixels_mut() {
        let value = f32::from(pixel.0.into_iter().max().unwrap_or(0)) / 255.0;
        let brighter = (value + light).min(1.0);
        pixel.0 = pixel.0.map(|channel| {
            // Black has no hue and becomes grey.
            let share = if value > 0.0 {
                f32::from(channel) / 255.0 / value
            } else {
                1.0
            };
            byte(share * brighter)
        });
    }
    picture
}
