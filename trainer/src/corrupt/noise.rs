//! Corruptions of the group noise, which change each value independently.

use image::RgbImage;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Poisson, StandardNormal};

use super::Severity;
use super::plane::byte;

/// Adds normal noise. Strength: its standard deviation, on a scale where white is 1.
pub(super) fn gaussian(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let deviation = severity.of([0.08, 0.12, 0.18, 0.26, 0.38]);
    changed(picture, |value| {
        let noise: f32 = StandardNormal.sample(rng);
        byte(f32::from(value) / 255.0 + noise * deviation)
    })
}

/// Replaces values by Poisson counts. Strength: the mean count for white.
pub(super) fn shot(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let photons = severity.of([60.0, 25.0, 12.0, 5.0, 3.0]);
    // `None` for black, which has a mean of zero.
    let counts: Vec<Option<Poisson<f32>>> = (0..=255u8)
        .map(|value| Poisson::new(f32::from(value) / 255.0 * photons).ok())
        .collect();
    changed(picture, |value| {
        let count = &counts[usize::from(value)];
        byte(count.map_or(0.0, |count| count.sample(rng)) / photons)
    })
}

/// Sets values to 0 or to the maximum, each equally often. Strength: the share of values set.
pub(super) fn impulse(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let share = severity.of([0.03, 0.06, 0.09, 0.17, 0.27]);
    changed(picture, |value| {
        let chance: f32 = rng.random();
        if chance < share / 2.0 {
            0
        } else if chance < share {
            255
        } else {
            value
        }
    })
}

fn changed(picture: &RgbImage, mut change: impl FnMut(u8) -> u8) -> RgbImage {
    let mut picture = picture.clone();
    picture.iter_mut().for_each(|value| *value = change(*value));
    picture
}
