//! Values mixed with those around them.

use fast_image_resize::{FilterType, ResizeAlg};
use image::RgbImage;
use rand::{Rng, RngExt};

use super::Severity;
use super::plane::{join, split};
use super::scale::resized;

/// A disk of this many pixels' radius, its rim smoothed by a Gaussian of so many pixels.
pub(super) fn defocus(picture: &RgbImage, severity: Severity) -> RgbImage {
    let (radius, rim) = severity.of([(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)]);
    join(&split(picture).map(|plane| plane.disk(radius).gaussian(rim)))
}

/// Blurred before and after by a Gaussian of so many pixels; between that, each pixel changes places with
/// one up to so far away, so many times.
pub(super) fn glass(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let strengths = [
        (0.7, 1, 2),
        (0.9, 2, 1),
        (1.0, 2, 3),
        (1.1, 3, 2),
        (1.5, 4, 2),
    ];
    let (sigma, reach, times) = severity.of(strengths);
    let blurred = |picture: &RgbImage| join(&split(picture).map(|plane| plane.gaussian(sigma)));
    let mut shuffled = blurred(picture);
    let (width, height) = shuffled.dimensions();
    for _ in 0..times {
        // Backwards, and never so far right or down as left or up, as in the benchmark.
        for y in (reach..height.saturating_sub(reach)).rev() {
            for x in (reach..width.saturating_sub(reach)).rev() {
                let other_x = x - reach + rng.random_range(0..2 * reach);
                let other_y = y - reach + rng.random_range(0..2 * reach);
                let (one, other) = (shuffled[(x, y)], shuffled[(other_x, other_y)]);
                shuffled[(x, y)] = other;
                shuffled[(other_x, other_y)] = one;
            }
        }
    }
    blurred(&shuffled)
}

/// Along a line of twice so many pixels, by half of a Gaussian of so many, up to 45 degrees from level.
pub(super) fn motion(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let (radius, sigma) = severity.of([(10, 3.0), (15, 5.0), (15, 8.0), (15, 12.0), (20, 15.0)]);
    let angle = rng.random_range(-45.0..45.0f32).to_radians();
    join(&split(picture).map(|plane| plane.motion(radius, sigma, angle)))
}

/// The mean of the picture, once more the picture, and its middle enlarged by each step up to a factor.
pub(super) fn zoom(picture: &RgbImage, severity: Severity) -> RgbImage {
    let (steps, step) = severity.of([(11, 0.01), (16, 0.01), (11, 0.02), (13, 0.02), (11, 0.03)]);
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let filter = ResizeAlg::Interpolation(FilterType::Bilinear);
    let mut sums: Vec<u32> = picture.iter().map(|&value| value.into()).collect();
    for index in 0..steps {
        let factor = 1.0 + f64::from(index) * step;
        let (part_width, part_height) = (width / factor, height / factor);
        let left = (width - part_width) / 2.0;
        let top = (height - part_height) / 2.0;
        let part = [left, top, part_width, part_height];
        let zoomed = resized(picture, part, picture.dimensions(), filter);
        for (sum, &value) in sums.iter_mut().zip(zoomed.iter()) {
            *sum += u32::from(value);
        }
    }
    let mut blurred = picture.clone();
    for (value, sum) in blurred.iter_mut().zip(sums) {
        *value = (f64::from(sum) / f64::from(steps + 1)).round() as u8;
    }
    blurred
}
