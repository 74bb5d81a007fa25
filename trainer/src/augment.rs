//! Random changes that leave an animal what it is: crop, flip, colour, a blanked rectangle.

use edge::recognise::metadata::InputSpec;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use rand::{Rng, RngExt};

use crate::train::recipe::Augment;

/// Crops are this much wider than high at most, or higher than wide.
const ASPECT: f64 = 4.0 / 3.0;
/// A blanked rectangle covers between these shares of the picture.
const BLANK: std::ops::Range<f64> = 0.02..0.25;

/// A random view of `photo` as the network is to see it: normalised, `[size, size, 3]`.
pub fn augment(
    photo: &RgbImage,
    size: usize,
    spec: &InputSpec,
    strength: &Augment,
    rng: &mut impl Rng,
) -> Vec<f32> {
    let square = crop(photo, size, strength.crop, rng);
    let mut pixels = recolour(&square, strength.colour, rng);
    if rng.random_bool(0.5) {
        flip(&mut pixels, size);
    }
    for pixel in pixels.chunks_exact_mut(3) {
        for ((value, mean), std) in pixel.iter_mut().zip(spec.mean).zip(spec.std) {
            *value = (*value - mean) / std;
        }
    }
    if rng.random_bool(strength.erasing) {
        blank(&mut pixels, size, rng);
    }
    pixels
}

/// Random resized crop (Szegedy et al., "Going deeper with convolutions", CVPR 2015).
fn crop(photo: &RgbImage, size: usize, least_area: f64, rng: &mut impl Rng) -> Vec<u8> {
    let (width, height) = (f64::from(photo.width()), f64::from(photo.height()));
    let area = width * height * rng.random_range(least_area..=1.0);
    let aspect = ASPECT.powf(rng.random_range(-1.0..=1.0));
    let crop_width = (area * aspect).sqrt().min(width);
    let crop_height = (area / aspect).sqrt().min(height);
    let left = rng.random_range(0.0..=width - crop_width);
    let top = rng.random_range(0.0..=height - crop_height);
    let mut square = Image::new(size as u32, size as u32, PixelType::U8x3);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .crop(left, top, crop_width, crop_height);
    if let Ok(photo) = ImageRef::new(photo.width(), photo.height(), photo, PixelType::U8x3) {
        // A crop within the picture always resizes; were it not so, the square stays black.
        let _ = Resizer::new().resize(&photo, &mut square, &options);
    }
    square.into_vec()
}

/// Changes brightness, contrast and saturation; values 0 to 1.
fn recolour(square: &[u8], strength: f64, rng: &mut impl Rng) -> Vec<f32> {
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

fn flip(pixels: &mut [f32], size: usize) {
    for row in pixels.chunks_exact_mut(size * 3) {
        for column in 0..size / 2 {
            for channel in 0..3 {
                row.swap(column * 3 + channel, (size - 1 - column) * 3 + channel);
            }
        }
    }
}

/// Blanks a rectangle to the dataset's mean colour, which is zero once normalised.
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
