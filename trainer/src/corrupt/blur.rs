//! Corruptions of the group blur, which mix values with those of neighbouring pixels.

use fast_image_resize::{FilterType, ResizeAlg};
use image::RgbImage;
use rand::{Rng, RngExt};

use super::Severity;
use super::plane::{join, split};
use super::scale::resized;

/// Convolves with a disk. Strengths: the disk's radius and the sigma of the Gaussian that smooths it, in pixels.
pub(super) fn defocus(picture: &RgbImage, severity: Severity) -> RgbImage {
    let (radius, rim) = severity.of([(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)]);
    join(&split(picture).map(|plane| plane.disk(radius).gaussian(rim)))
}

/// Swaps each pixel with one nearby, between two Gaussian blurs. Strengths: sigma of the blurs and largest distance of
/// a swap, in pixels, and number of passes.
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
        // As in the benchmark: backwards, and one pixel less far to the right and down than to the left and up.
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

/// Blurs along a line at up to 45 degrees from the horizontal. Strengths: half of the line's length and the sigma of
/// the half Gaussian that weighs it, in pixels.
pub(super) fn motion(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let (radius, sigma) = severity.of([(10, 3.0), (15, 5.0), (15, 8.0), (15, 12.0), (20, 15.0)]);
    let angle = rng.random_range(-45.0..45.0f32).to_radians();
    join(&split(picture).map(|plane| plane.motion(radius, sigma, angle)))
}

/// Averages the picture with itself, magnified step by step about its centre. Strengths: number of steps and increase
/// of the factor with each.
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
