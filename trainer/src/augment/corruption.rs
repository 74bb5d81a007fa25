//! Corrupts a view at random, as cameras, distance and weather do, so that the network does not rely on details that a
//! kiosk's camera loses.
//!
//! These are not the corruptions of [`crate::corrupt`], which robustness is measured with: they are simpler and have no
//! fixed severity. Still, noise, blur, contrast, coarse pixels and JPEG resemble some of those; the model card says so
//! where it gives figures.

use std::f32::consts::TAU;

use image::imageops::{self, FilterType};
use image::{Rgb, Rgb32FImage, RgbImage};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use crate::corrupt::jpeg;

/// Applies one or two random corruptions of random strength to a square picture.
pub(crate) fn corrupt(picture: RgbImage, rng: &mut impl Rng) -> RgbImage {
    let times = if rng.random_bool(0.3) { 2 } else { 1 };
    (0..times).fold(picture, |picture, _| once(picture, rng))
}

fn once(mut picture: RgbImage, rng: &mut impl Rng) -> RgbImage {
    let strength: f32 = rng.random_range(0.0..=1.0);
    match rng.random_range(0..9) {
        0 => grain(&mut picture, 0.02 + 0.2 * strength, rng),
        1 => specks(&mut picture, 0.15 * f64::from(strength), rng),
        2 => return imageops::fast_blur(&picture, 0.5 + 3.5 * strength),
        3 => return smear(&picture, 2.0 + 14.0 * strength, rng),
        4 => return coarse(&picture, 0.7 - 0.5 * strength, rng),
        5 => return jpeg(&picture, 50 - (43.0 * strength) as u8),
        6 => veil(&mut picture, 0.8 * strength, rng),
        7 => recast(&mut picture, strength, rng),
        _ => return wobble(&picture, 1.0 + 3.0 * strength, rng),
    }
    picture
}

/// Adds a sensor's normal noise of this standard deviation, on a scale of 0 to 1.
pub(super) fn grain(picture: &mut RgbImage, deviation: f32, rng: &mut impl Rng) {
    for value in picture.iter_mut() {
        let noise: f32 = StandardNormal.sample(rng);
        *value = (f32::from(*value) + 255.0 * deviation * noise) as u8;
    }
}

/// Sets this share of the values to black or white.
fn specks(picture: &mut RgbImage, share: f64, rng: &mut impl Rng) {
    for value in picture.iter_mut() {
        if rng.random_bool(share) {
            *value = if rng.random_bool(0.5) { 255 } else { 0 };
        }
    }
}

/// Averages along a line of this many pixels in a random direction, as if animal or camera moved.
fn smear(picture: &RgbImage, length: f32, rng: &mut impl Rng) -> RgbImage {
    let (sin, cos) = rng.random_range(0.0..TAU).sin_cos();
    let steps: Vec<(i32, i32)> = (0..length as i32)
        .map(|step| step as f32 - length / 2.0)
        .map(|at| ((at * cos).round() as i32, (at * sin).round() as i32))
        .collect();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let mut sum = [0u32; 3];
        for (dx, dy) in &steps {
            let Rgb(pixel) = near(picture, x as i32 + dx, y as i32 + dy);
            sum.iter_mut()
                .zip(pixel)
                .for_each(|(sum, value)| *sum += u32::from(value));
        }
        Rgb(sum.map(|sum| (sum / steps.len() as u32) as u8))
    })
}

/// Reduces the picture by this factor and enlarges it again, as if the animal were far away or badly scaled.
fn coarse(picture: &RgbImage, factor: f32, rng: &mut impl Rng) -> RgbImage {
    let (width, height) = picture.dimensions();
    let less = |side: u32| ((side as f32 * factor) as u32).max(1);
    let small = imageops::resize(picture, less(width), less(height), FilterType::Triangle);
    let back = [FilterType::Nearest, FilterType::Triangle][usize::from(rng.random_bool(0.5))];
    imageops::resize(&small, width, height, back)
}

/// Adds a veil of fog, glare or dirt, even or uneven, that takes away up to this share of the contrast.
fn veil(picture: &mut RgbImage, most: f32, rng: &mut impl Rng) {
    let level: f32 = rng.random_range(0.3..=1.0);
    let even = rng.random_bool(0.5);
    let thickness = cloud(picture.dimensions(), 4, rng);
    for (pixel, Rgb([thick, ..])) in picture.pixels_mut().zip(thickness.pixels()) {
        let share = if even { most } else { most * thick };
        for value in &mut pixel.0 {
            *value = (f32::from(*value) * (1.0 - share) + 255.0 * level * share) as u8;
        }
    }
}

/// Adds the colour cast of a lamp or a cheap sensor: a gain for each channel and a gamma curve.
fn recast(picture: &mut RgbImage, strength: f32, rng: &mut impl Rng) {
    let mut around_one = |most: f32| (1.0 + most).powf(rng.random_range(-strength..=strength));
    let curve = around_one(1.0);
    let gains = [around_one(0.6), around_one(0.3), around_one(0.6)];
    for pixel in picture.pixels_mut() {
        for (value, gain) in pixel.0.iter_mut().zip(gains) {
            *value = (255.0 * (f32::from(*value) / 255.0 * gain).powf(curve)) as u8;
        }
    }
}

/// Displaces pixels smoothly, by about this many pixels, as if seen through uneven glass.
fn wobble(picture: &RgbImage, reach: f32, rng: &mut impl Rng) -> RgbImage {
    let cells = rng.random_range(6..=40);
    let displacement = cloud(picture.dimensions(), cells, rng);
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let Rgb([across, down, _]) = *displacement.get_pixel(x, y);
        let shift = |along: f32| ((along - 0.5) * 4.0 * reach).round() as i32;
        near(picture, x as i32 + shift(across), y as i32 + shift(down))
    })
}

/// Smooth random values of 0 to 1 in three independent channels, interpolated from `cells` by `cells` random ones.
pub(crate) fn cloud((width, height): (u32, u32), cells: u32, rng: &mut impl Rng) -> Rgb32FImage {
    let seeds = Rgb32FImage::from_fn(cells, cells, |_, _| {
        Rgb(std::array::from_fn(|_| rng.random_range(0.0..=1.0)))
    });
    imageops::resize(&seeds, width, height, FilterType::Triangle)
}

/// The pixel at these coordinates, or the nearest one within the picture.
fn near(picture: &RgbImage, x: i32, y: i32) -> Rgb<u8> {
    let (width, height) = (picture.width() as i32, picture.height() as i32);
    *picture.get_pixel(x.clamp(0, width - 1) as u32, y.clamp(0, height - 1) as u32)
}
