//! Corruptions of the group digital, which happen to a picture after it was taken.

use std::io::Cursor;

use fast_image_resize::{FilterType, ResizeAlg};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};
use rand::{Rng, RngExt};

use super::Severity;
use super::plane::{Plane, join, split};
use super::scale::resized;

/// Moves values towards their channel's mean. Strength: the share of the distance that remains.
pub(super) fn contrast(picture: &RgbImage, severity: Severity) -> RgbImage {
    let share = severity.of([0.4, 0.3, 0.2, 0.1, 0.05]);
    let flattened = split(picture).map(|mut plane| {
        let sum: f64 = plane.values.iter().copied().map(f64::from).sum();
        let mean = (sum / plane.values.len() as f64) as f32;
        for value in &mut plane.values {
            *value = mean + (*value - mean) * share;
        }
        plane
    });
    join(&flattened)
}

/// Applies a random affine map, then displaces pixels by smoothed noise. Strengths, as shares of 244 pixels: factor of
/// the noise, sigma of the Gaussian that smooths it, and largest displacement of the three points that define the map.
pub(super) fn elastic(picture: &RgbImage, severity: Severity, rng: &mut impl Rng) -> RgbImage {
    let strengths = [
        (2.0, 0.7, 0.1),
        (2.0, 0.08, 0.2),
        (0.05, 0.01, 0.02),
        (0.07, 0.01, 0.02),
        (0.12, 0.01, 0.02),
    ];
    let (factor, sigma, reach) = severity.of(strengths);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let stretch = Stretch::random(width, height, 244.0 * reach, rng);
    let mut bend = || {
        Plane::from_fn(width, height, |_, _| rng.random_range(-1.0..1.0)).gaussian(244.0 * sigma)
    };
    let (across, down) = (bend(), bend());
    let planes = split(picture);
    let moved = planes.each_ref().map(|plane| {
        Plane::from_fn(width, height, |x, y| {
            let at = y * width + x;
            let x = x as f32 + 244.0 * factor * across.values[at];
            let y = y as f32 + 244.0 * factor * down.values[at];
            let (x, y) = stretch.source(x, y);
            plane.sample(x, y)
        })
    });
    join(&moved)
}

/// The inverse of a random affine map: from a pixel of the result to its source.
struct Stretch {
    /// The first of three corners after the map and before it.
    corner: [(f32, f32); 2],
    /// The steps in the source for a step to the right and a step down in the result.
    steps: [(f32, f32); 2],
}

impl Stretch {
    /// The map that moves three corners of a square by up to `reach` pixels each. The square lies in the centre and is
    /// two thirds of the short side wide.
    fn random(width: usize, height: usize, reach: f32, rng: &mut impl Rng) -> Self {
        let (x, y) = (width as f32 / 2.0, height as f32 / 2.0);
        let half = width.min(height) as f32 / 3.0;
        let corner = (x - half, y - half);
        let mut moved = |(x, y): (f32, f32)| {
            let mut shift = || rng.random_range(-reach..=reach);
            (x + shift(), y + shift())
        };
        let origin = moved(corner);
        let right = moved((x + half, y - half));
        let low = moved((x - half, y + half));
        let (right_x, right_y) = (right.0 - origin.0, right.1 - origin.1);
        let (low_x, low_y) = (low.0 - origin.0, low.1 - origin.1);
        // The square's sides become these two vectors; the inverse of their matrix leads back.
        let area = right_x * low_y - low_x * right_y;
        let scale = 2.0 * half / area;
        let steps = if scale.is_finite() {
            [
                (low_y * scale, -right_y * scale),
                (-low_x * scale, right_x * scale),
            ]
        } else {
            [(1.0, 0.0), (0.0, 1.0)]
        };
        Self {
            corner: [origin, corner],
            steps,
        }
    }

    fn source(&self, x: f32, y: f32) -> (f32, f32) {
        let [origin, corner] = self.corner;
        let [across, down] = self.steps;
        let (x, y) = (x - origin.0, y - origin.1);
        (
            corner.0 + x * across.0 + y * down.0,
            corner.1 + x * across.1 + y * down.1,
        )
    }
}

/// Reduces the picture and enlarges it again. Strength: the factor of width and height.
pub(super) fn pixelate(picture: &RgbImage, severity: Severity) -> RgbImage {
    let share = severity.of([0.6, 0.5, 0.4, 0.3, 0.25]);
    let whole = |picture: &RgbImage| {
        let (width, height) = picture.dimensions();
        [0.0, 0.0, f64::from(width), f64::from(height)]
    };
    let (width, height) = picture.dimensions();
    let reduced = |side: u32| ((f64::from(side) * share) as u32).max(1);
    let filter = ResizeAlg::Convolution(FilterType::Box);
    let size = (reduced(width), reduced(height));
    let small = resized(picture, whole(picture), size, filter);
    resized(&small, whole(&small), (width, height), filter)
}

/// Compresses the picture as a JPEG. Strength: the JPEG's quality.
pub(super) fn compress(picture: &RgbImage, severity: Severity) -> RgbImage {
    jpeg(picture, severity.of([25, 18, 15, 10, 7]))
}

/// The picture after compression as a JPEG of a quality from 1 to 100. A picture with a side beyond 65535 pixels, which
/// no JPEG can hold, is returned unchanged.
pub(crate) fn jpeg(picture: &RgbImage, quality: u8) -> RgbImage {
    let mut file = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut file, quality);
    match picture.write_with_encoder(encoder) {
        Ok(()) => image::load_from_memory_with_format(file.get_ref(), ImageFormat::Jpeg)
            .map_or_else(|_| picture.clone(), |decoded| decoded.into_rgb8()),
        Err(_) => picture.clone(),
    }
}
