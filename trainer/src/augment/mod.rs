//! Random views of a photograph to train on: crops or distant views, flips, colour changes, corruptions and blanked
//! rectangles. Individual animals are learnt from other views, see [`identity()`].

mod corruption;
mod identity;

use fast_image_resize::{FilterType, ResizeAlg};
use image::{Rgb, RgbImage, imageops};
use rand::{Rng, RngExt};
use recognise::Region;
use recognise::metadata::InputSpec;
use serde::{Deserialize, Serialize};

use crate::corrupt;

pub use identity::{animal, backdrop, identity};

pub(crate) use corruption::{cloud, corrupt as corrupt_view};

/// The largest aspect ratio of a crop, wide or high.
const ASPECT: f64 = 4.0 / 3.0;
/// Share of the picture that a blanked rectangle covers.
const BLANK: std::ops::Range<f64> = 0.02..0.25;
/// Width and height of a distant view, as shares of the frame's.
const DISTANT: std::ops::Range<f64> = 0.4..0.9;

/// Strengths of the random changes. Zero switches a change off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augment {
    /// The smallest share of the picture's area that a crop shows.
    pub crop: f64,
    /// Probability that the view shows the whole picture, reduced, on a plain background instead of a crop.
    pub distance: f64,
    /// Probability that the view is corrupted: noise, blur, JPEG, fog, coloured light.
    ///
    /// Recipes of earlier versions call it `spoil`.
    #[serde(alias = "spoil")]
    pub corruption: f64,
    /// Probability that the view is turned upside down.
    pub upside_down: f64,
    /// Largest relative change of brightness, of contrast and of saturation.
    pub colour: f64,
    /// Probability that a rectangle is blanked (Zhong et al., "Random Erasing", AAAI 2020).
    pub erasing: f64,
    /// Parameter of the beta distribution by which two views are blended (Zhang et al., "mixup", ICLR 2018).
    pub mixup: f64,
}

impl Default for Augment {
    fn default() -> Self {
        Self {
            crop: 0.35,
            distance: 0.1,
            corruption: 0.5,
            upside_down: 0.05,
            colour: 0.3,
            erasing: 0.25,
            mixup: 0.2,
        }
    }
}

/// A random view of `photo` as the network's input: normalised, `[size, size, 3]`.
///
/// Blending two views ([`Augment::mixup`]) is left to the caller.
pub fn augment(
    photo: &RgbImage,
    size: usize,
    spec: &InputSpec,
    strength: &Augment,
    rng: &mut impl Rng,
) -> Vec<f32> {
    let square = if rng.random_bool(strength.distance) {
        distant(photo, size as u32, rng)
    } else {
        crop(photo, whole(photo), size as u32, strength.crop, rng)
    };
    varied(square, spec, strength, rng)
}

/// A random view of the animal in a region of `photo` as the network's input: as [`augment`], but for a crop of the
/// region. Its sides move at random, as those of found boxes do.
pub fn augment_animal(
    photo: &RgbImage,
    region: Region,
    size: usize,
    spec: &InputSpec,
    strength: &Augment,
    rng: &mut impl Rng,
) -> Vec<f32> {
    varied(animal(photo, region, size, rng), spec, strength, rng)
}

/// Applies all changes behind the crop to a square, and makes it the network's input.
fn varied(
    mut square: RgbImage,
    spec: &InputSpec,
    strength: &Augment,
    rng: &mut impl Rng,
) -> Vec<f32> {
    let size = square.width() as usize;
    if rng.random_bool(strength.corruption) {
        square = corruption::corrupt(square, rng);
    }
    if rng.random_bool(strength.upside_down) {
        imageops::rotate180_in_place(&mut square);
    }
    let mut pixels = recolour(&square, strength.colour, rng);
    if rng.random_bool(0.5) {
        flip(&mut pixels, size);
    }
    normalise(&mut pixels, spec);
    if rng.random_bool(strength.erasing) {
        blank(&mut pixels, size, rng);
    }
    pixels
}

/// Random resized crop of a part of the photograph (Szegedy et al., "Going deeper with convolutions", CVPR 2015).
fn crop(
    photo: &RgbImage,
    [left, top, width, height]: [f64; 4],
    size: u32,
    least_area: f64,
    rng: &mut impl Rng,
) -> RgbImage {
    let area = width * height * rng.random_range(least_area..=1.0);
    let aspect = ASPECT.powf(rng.random_range(-1.0..=1.0));
    let crop_width = (area * aspect).sqrt().min(width);
    let crop_height = (area / aspect).sqrt().min(height);
    let left = left + rng.random_range(0.0..=width - crop_width);
    let top = top + rng.random_range(0.0..=height - crop_height);
    resized(photo, [left, top, crop_width, crop_height], (size, size))
}

/// The whole picture in a part of a square, as if seen from further away, on a background of similar colours.
fn distant(photo: &RgbImage, size: u32, rng: &mut impl Rng) -> RgbImage {
    let few = imageops::thumbnail(photo, 3, 3);
    let tint = corruption::cloud((3, 3), 3, rng);
    let ground = RgbImage::from_fn(3, 3, |x, y| {
        let (Rgb(own), Rgb(other)) = (few.get_pixel(x, y), tint.get_pixel(x, y));
        Rgb(std::array::from_fn(|channel| {
            (f32::from(own[channel]) * 0.6 + other[channel] * 255.0 * 0.4) as u8
        }))
    });
    let mut frame = resized(&ground, whole(&ground), (size, size));
    let mut side = || (f64::from(size) * rng.random_range(DISTANT)) as u32;
    let (width, height) = (side().max(1), side().max(1));
    let left = rng.random_range(0..=size - width);
    let top = rng.random_range(0..=size - height);
    let animal = resized(photo, whole(photo), (width, height));
    imageops::replace(&mut frame, &animal, i64::from(left), i64::from(top));
    frame
}

/// Resizes a part of the picture (left, top, width and height).
pub(crate) fn resized(photo: &RgbImage, part: [f64; 4], size: (u32, u32)) -> RgbImage {
    let filter = ResizeAlg::Convolution(FilterType::Bilinear);
    corrupt::resized(photo, part, size, filter)
}

fn whole(photo: &RgbImage) -> [f64; 4] {
    [
        0.0,
        0.0,
        f64::from(photo.width()),
        f64::from(photo.height()),
    ]
}

/// Changes brightness, contrast and saturation. The result has values of 0 to 1.
pub(crate) fn recolour(square: &[u8], strength: f64, rng: &mut impl Rng) -> Vec<f32> {
    let mut factor = || rng.random_range(1.0 - strength..=1.0 + strength) as f32;
    let (brightness, contrast, saturation) = (factor(), factor(), factor());
    let luma =
        |p: &[u8]| 0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2]);
    let pixels = square.chunks_exact(3);
    let mean = pixels.clone().map(|p| luma(p) / 255.0).sum::<f32>() / pixels.len().max(1) as f32;
    let mut recoloured = Vec::with_capacity(square.len());
    for pixel in pixels {
        let grey = luma(pixel) / 255.0;
        for &value in pixel {
            let value = grey + (f32::from(value) / 255.0 - grey) * saturation;
            let value = mean + (value - mean) * contrast;
            recoloured.push((value * brightness).clamp(0.0, 1.0));
        }
    }
    recoloured
}

/// Turns values of 0 to 1 into the network's input.
pub(crate) fn normalise(pixels: &mut [f32], spec: &InputSpec) {
    for pixel in pixels.chunks_exact_mut(3) {
        for ((value, mean), std) in pixel.iter_mut().zip(spec.mean).zip(spec.std) {
            *value = (*value - mean) / std;
        }
    }
}

/// Mirrors left and right.
fn flip(pixels: &mut [f32], size: usize) {
    for row in pixels.chunks_exact_mut(size * 3) {
        for column in 0..size / 2 {
            for channel in 0..3 {
                row.swap(column * 3 + channel, (size - 1 - column) * 3 + channel);
            }
        }
    }
}

/// Fills a rectangle with the mean colour, which is zero after normalisation.
fn blank(pixels: &mut [f32], size: usize, rng: &mut impl Rng) {
    let area = rng.random_range(BLANK) * (size * size) as f64;
    let aspect = 3f64.powf(rng.random_range(-1.0..=1.0));
    let width = ((area * aspect).sqrt() as usize).clamp(1, size);
    let height = ((area / aspect).sqrt() as usize).clamp(1, size);
    let left = rng.random_range(0..=size - width);
    let top = rng.random_range(0..=size - height);
    for row in pixels.chunks_exact_mut(size * 3).skip(top).take(height) {
        row[left * 3..(left + width) * 3].fill(0.0);
    }
}
