//! Corruptions of the group weather, which change the light or put something between camera and animal.

use std::f32::consts::{FRAC_PI_3, TAU};

use image::RgbImage;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use super::Severity;
use super::plane::{Plane, byte, join, split};

/// Side of the squares in which fog repeats its coarsest structure, in pixels; a power of two.
const PLASMA: usize = 256;
/// The colour of full frost, slightly blue.
const ICE: [f32; 3] = [0.90, 0.97, 1.0];
/// Pixels of the picture for each ice crystal.
const PIXELS_PER_CRYSTAL: usize = 600;

/// Adds flakes: enlarged normal noise above a threshold, blurred along a falling line. Strengths: mean and deviation of
/// the noise, its enlargement, the threshold, radius and sigma of the blur, and the share of colour that the picture
/// keeps.
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
        // The flakes are added a second time, rotated by 180 degrees.
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

/// Adds frost. Strengths: the weights of the picture and of the frost in their sum.
///
/// The benchmark takes its frost from photographs. This one is generated: haze, and crystals that branch at 60 degrees
/// as ice does.
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

/// The amount of ice at each pixel, 0 to 1.
fn crystals(width: usize, height: usize, rng: &mut impl Rng) -> Plane {
    let mut ice = plasma(width, height, 1.5, rng);
    let mut lines = Plane::from_fn(width, height, |_, _| 0.0);
    for _ in 0..(width * height).div_ceil(PIXELS_PER_CRYSTAL) {
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
        // Where crystals overlap, each covers a share of those behind it.
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
    /// The amount that it adds to a pixel at its root.
    light: f32,
}

impl Twig {
    /// Draws the line, fainter towards its tip, and lines that branch off on both sides, to this depth.
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

/// Adds fog. Strengths: its light and its decay; a larger decay makes it smoother.
pub(super) fn fog(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let (light, decay) = severity.of([(1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)]);
    let mut planes = split(picture);
    let brightest = planes.iter().flat_map(|plane| &plane.values);
    let brightest = brightest.copied().fold(0.0, f32::max);
    let fog = plasma(planes[0].width, planes[0].height, decay, rng);
    // Keeps the brightest pixel under the thickest fog as bright as it was.
    let share = brightest / (brightest + light);
    for plane in &mut planes {
        for (value, fog) in plane.values.iter_mut().zip(&fog.values) {
            *value = (*value + light * fog) * share;
        }
    }
    join(&planes)
}

/// A plasma fractal, 0 to 1, by the diamond-square algorithm on a torus of as many squares as cover the picture. The
/// amplitude is divided by the square of `decay` each time the size of the structures halves.
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
        // The centre of each square, from its corners.
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
        // The centre of each edge, from its ends and the centres of the squares on both sides.
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
    // A map with a single value becomes 0 throughout.
    let scale = 1.0 / (most - least).max(f32::MIN_POSITIVE);
    Plane::from_fn(width, height, |x, y| (map[at(x, y)] - least) * scale)
}

/// Brightens the picture in HSV. Strength: the amount added to the value, which is 0 to 1.
pub(super) fn brightness(picture: &RgbImage, severity: Severity) -> RgbImage {
    let light = severity.of([0.1, 0.2, 0.3, 0.4, 0.5]);
    let mut picture = picture.clone();
    for pixel in picture.pixels_mut() {
        let value = f32::from(pixel.0.into_iter().max().unwrap_or(0)) / 255.0;
        let brighter = (value + light).min(1.0);
        pixel.0 = pixel.0.map(|channel| {
            // Black has no hue: it becomes grey.
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
