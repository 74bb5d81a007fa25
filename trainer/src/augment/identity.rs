//! Views of one animal to learn individual animals from: what the views of a photograph have in common should be the
//! animal alone. So the animal is cropped, and its background is mostly replaced, since otherwise place and light would
//! tell photographs apart. Colours change little, since coat colour and pattern are what animals are known by.

use std::f32::consts::PI;
use std::ops::RangeInclusive;

use image::{Rgb, RgbImage, imageops};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use recognise::Region;
use recognise::metadata::InputSpec;

use super::{corruption, crop, flip, normalise, resized, whole};

/// How far each side of a box moves outwards, as a share of the box's width or height. Boxes that a detector finds are
/// not exact, and the kiosk crops with a margin.
const OUTWARDS: RangeInclusive<f32> = -0.08..=0.28;
/// The smallest share of the box's area that a crop shows.
const LEAST_AREA: f64 = 0.5;
/// Largest rotation, in radians.
const TURN: f32 = 14.0 / 180.0 * PI;
/// Probability that the background is replaced.
const REPLACED: f64 = 0.7;
/// Semi-axes of the ellipse in which the animal is kept, as shares of the view's half side.
const AXIS: RangeInclusive<f32> = 0.75..=1.25;
/// Its centre, in half sides from the view's.
const SHIFT: RangeInclusive<f32> = -0.15..=0.15;
/// How steep its edge is: the factor within a logistic function.
const STEEPNESS: f32 = 8.0;
/// Changes of the light.
const BRIGHTNESS: RangeInclusive<f32> = 0.7..=1.3;
const CONTRAST: RangeInclusive<f32> = 0.75..=1.25;
const WHITE_BALANCE: RangeInclusive<f32> = 0.88..=1.12;
/// Probability of blur or noise.
const WORSE: f64 = 0.3;
/// Deviation of a blur in pixels, and of noise on a scale of 0 to 1.
const BLUR: RangeInclusive<f32> = 0.5..=2.0;
const NOISE: RangeInclusive<f32> = 0.02..=0.1;
/// Narrower parts of a photograph, as shares of its side, make no backdrop.
const NARROWEST: f32 = 0.15;
/// The smallest share of such a part's area that a backdrop shows.
const LEAST_BACKDROP: f64 = 0.3;
/// Side of what a blurred picture is enlarged from, in pixels.
const BLURRED: u32 = 6;
/// Side of what noise is enlarged from, in pixels.
const CELLS: RangeInclusive<u32> = 2..=8;

/// A random crop of an animal, `size` pixels a side.
pub fn animal(photo: &RgbImage, region: Region, size: usize, rng: &mut impl Rng) -> RgbImage {
    let [left, top, right, bottom] = region.corners();
    let (width, height) = (region.width(), region.height());
    let mut outwards = |side: f32| side * rng.random_range(OUTWARDS);
    let (left, top) = (left - outwards(width), top - outwards(height));
    let (right, bottom) = (right + outwards(width), bottom + outwards(height));
    let around = Region::new(left, top, right, bottom).unwrap_or(region);
    crop(photo, pixels(around, photo), size as u32, LEAST_AREA, rng)
}

/// What may stand behind an animal of another photograph, `size` pixels a side: a part of this one beside its animals,
/// or all of it, blurred, where there is none. Without animals it is not known what is beside them.
pub fn backdrop(photo: &RgbImage, animals: &[Region], size: usize, rng: &mut impl Rng) -> RgbImage {
    match beside(animals).choose(rng) {
        Some(&part) => {
            let part = pixels(part, photo);
            crop(photo, part, size as u32, LEAST_BACKDROP, rng)
        }
        None => blurred(photo, (size as u32, size as u32)),
    }
}

/// A random view of an animal as the network's input: normalised, `[size, size, 3]`. `crop` is a crop of it by
/// [`animal`], `backdrop` is of another photograph by [`backdrop`] and as large.
pub fn identity(
    crop: &RgbImage,
    backdrop: Option<&RgbImage>,
    spec: &InputSpec,
    rng: &mut impl Rng,
) -> Vec<f32> {
    let mut view = turned(crop, rng.random_range(-TURN..=TURN));
    if rng.random_bool(REPLACED) {
        replace_background(&mut view, backdrop, rng);
    }
    if rng.random_bool(WORSE) {
        if rng.random_bool(0.5) {
            view = imageops::fast_blur(&view, rng.random_range(BLUR));
        } else {
            corruption::grain(&mut view, rng.random_range(NOISE), rng);
        }
    }
    let mut pixels = relit(&view, rng);
    if rng.random_bool(0.5) {
        flip(&mut pixels, view.width() as usize);
    }
    normalise(&mut pixels, spec);
    pixels
}

/// The region of the photograph in pixels: left, top, width and height.
fn pixels(region: Region, photo: &RgbImage) -> [f64; 4] {
    region.pixels(photo.width(), photo.height()).map(f64::from)
}

/// The parts of a picture on each side of all animals, as far as they are wide enough. None if there are no animals.
fn beside(animals: &[Region]) -> Vec<Region> {
    let corners = animals.iter().map(|animal| animal.corners());
    let all = corners.reduce(|a, b| {
        let [left, top, right, bottom] = b;
        [
            a[0].min(left),
            a[1].min(top),
            a[2].max(right),
            a[3].max(bottom),
        ]
    });
    let Some([left, top, right, bottom]) = all else {
        return Vec::new();
    };
    let parts = [
        Region::new(0.0, 0.0, left, 1.0),
        Region::new(right, 0.0, 1.0, 1.0),
        Region::new(0.0, 0.0, 1.0, top),
        Region::new(0.0, bottom, 1.0, 1.0),
    ];
    let parts = parts.into_iter().flatten();
    parts
        .filter(|part| part.width().min(part.height()) >= NARROWEST)
        .collect()
}

/// All of a picture, so blurred that only its colours remain.
fn blurred(picture: &RgbImage, size: (u32, u32)) -> RgbImage {
    let few = resized(picture, whole(picture), (BLURRED, BLURRED));
    resized(&few, whole(&few), size)
}

/// Smooth random colours.
fn noise(size: (u32, u32), rng: &mut impl Rng) -> RgbImage {
    let cells = rng.random_range(CELLS);
    let few = RgbImage::from_fn(cells, cells, |_, _| {
        Rgb(std::array::from_fn(|_| rng.random_range(0..=255u8)))
    });
    resized(&few, whole(&few), size)
}

/// Puts the view on the backdrop, on a blurred one or on noise, except for an ellipse with a soft edge.
fn replace_background(view: &mut RgbImage, backdrop: Option<&RgbImage>, rng: &mut impl Rng) {
    let (width, height) = view.dimensions();
    let kind = rng.random_range(0..4);
    let made;
    let ground = match backdrop {
        Some(backdrop) if kind < 2 => backdrop,
        Some(backdrop) if kind == 2 => {
            made = blurred(backdrop, (width, height));
            &made
        }
        _ => {
            made = noise((width, height), rng);
            &made
        }
    };
    let axes = [rng.random_range(AXIS), rng.random_range(AXIS)];
    let centre = [rng.random_range(SHIFT), rng.random_range(SHIFT)];
    // From -1 to 1 along a side.
    let place = |pixel: u32, side: u32| (2.0 * pixel as f32 + 1.0) / side as f32 - 1.0;
    for ((x, y, pixel), Rgb(other)) in view.enumerate_pixels_mut().zip(ground.pixels()) {
        let across = (place(x, width) - centre[0]) / axes[0];
        let down = (place(y, height) - centre[1]) / axes[1];
        let radius = (across * across + down * down).sqrt();
        let kept = 1.0 / (1.0 + (STEEPNESS * (radius - 1.0)).exp());
        for (value, &other) in pixel.0.iter_mut().zip(other) {
            *value = (f32::from(*value) * kept + f32::from(other) * (1.0 - kept) + 0.5) as u8;
        }
    }
}

/// Changes brightness, white balance and contrast a little. The result has values of 0 to 1.
fn relit(view: &RgbImage, rng: &mut impl Rng) -> Vec<f32> {
    let brightness = rng.random_range(BRIGHTNESS);
    let contrast = rng.random_range(CONTRAST);
    let gains: [f32; 3] = std::array::from_fn(|_| brightness * rng.random_range(WHITE_BALANCE));
    let values = view.as_raw();
    let sum: u64 = values.iter().map(|&value| u64::from(value)).sum();
    let mean = sum as f32 / values.len().max(1) as f32;
    let mut relit = Vec::with_capacity(values.len());
    for pixel in values.chunks_exact(3) {
        for (&value, gain) in pixel.iter().zip(gains) {
            let value = mean + (f32::from(value) - mean) * contrast;
            relit.push((value / 255.0 * gain).clamp(0.0, 1.0));
        }
    }
    relit
}

/// The picture turned about its centre. What lies beyond its borders is its reflection.
fn turned(picture: &RgbImage, radians: f32) -> RgbImage {
    let (sin, cos) = radians.sin_cos();
    let (width, height) = picture.dimensions();
    let centre = [width, height].map(|side| (side as f32 - 1.0) / 2.0);
    RgbImage::from_fn(width, height, |x, y| {
        let (across, down) = (x as f32 - centre[0], y as f32 - centre[1]);
        let x = centre[0] + cos * across - sin * down;
        let y = centre[1] + sin * across + cos * down;
        between(picture, x, y)
    })
}

/// The colour at a place between pixels: bilinear interpolation.
fn between(picture: &RgbImage, x: f32, y: f32) -> Rgb<u8> {
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (x - left, y - top);
    let pixel = |right: i32, below: i32| {
        let x = reflected(left as i32 + right, picture.width());
        let y = reflected(top as i32 + below, picture.height());
        picture.get_pixel(x, y).0
    };
    let corners = [pixel(0, 0), pixel(1, 0), pixel(0, 1), pixel(1, 1)];
    Rgb(std::array::from_fn(|channel| {
        let [a, b, c, d] = corners.map(|corner| f32::from(corner[channel]));
        let (above, below) = (a + (b - a) * across, c + (d - c) * across);
        (above + (below - above) * down + 0.5) as u8
    }))
}

/// The pixel of a line of `length` pixels, at least one, that is seen at `place` if the line is reflected at both ends.
fn reflected(place: i32, length: u32) -> u32 {
    let length = length as i32;
    let place = place.rem_euclid(2 * length);
    place.min(2 * length - 1 - place) as u32
}
