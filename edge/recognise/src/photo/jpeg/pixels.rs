//! Makes a picture of the coefficients of a JPEG's blocks, at its size or smaller (ITU-T T.81,
//! annex A.3).

use std::f32::consts::PI;

use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};

use super::header::Header;
use super::scans::{PLACES, Plane};

/// The values of a component: one byte each, row after row.
struct Samples {
    width: usize,
    values: Vec<u8>,
    /// Which value of a row belongs to each column of the picture.
    columns: Vec<usize>,
    /// How many rows of values there are for how many rows of the picture.
    rows: [usize; 2],
}

impl Samples {
    fn at(&self, x: u32, y: u32) -> u8 {
        let row = y as usize * self.rows[0] / self.rows[1];
        self.values[row * self.width + self.columns[x as usize]]
    }
}

/// The picture of a JPEG with one or three components, whose blocks become `size` pixels wide and
/// high. Of each block, the lowest `size` x `size` coefficients are needed. A component with fewer
/// values than the picture has pixels gives neighbouring pixels the same value.
pub(super) fn picture(header: &Header<'_>, planes: Vec<Plane>, size: usize) -> DynamicImage {
    let frame = &header.frame;
    let [width, height] = [frame.width, frame.height].map(|side| (side * size).div_ceil(8));
    let [across, down] = frame.sampling();
    let samples: Vec<Samples> = (planes.into_iter().zip(&frame.components))
        .map(|(plane, component)| {
            let [own_across, own_down] = component.sampling;
            Samples {
                width: plane.blocks[0] * size,
                values: values(&plane, size),
                columns: (0..width).map(|x| x * own_across / across).collect(),
                rows: [own_down, down],
            }
        })
        .collect();
    // No side is longer than 65,535.
    let (width, height) = (width as u32, height as u32);
    match &samples[..] {
        [first, second, third] => {
            let pixel = |x, y| {
                let values = [first.at(x, y), second.at(x, y), third.at(x, y)];
                Rgb(if header.is_rgb { values } else { rgb(values) })
            };
            DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel))
        }
        others => {
            let pixel = |x, y| Luma([others.first().map_or(0, |grey| grey.at(x, y))]);
            DynamicImage::ImageLuma8(GrayImage::from_fn(width, height, pixel))
        }
    }
}

/// The values of a component: `size` x `size` for each block.
fn values(plane: &Plane, size: usize) -> Vec<u8> {
    let [across, down] = plane.blocks;
    let width = across * size;
    let mut values = vec![0; width * down * size];
    let waves = Waves::new(size, &plane.quantisation);
    for (index, block) in plane.coefficients.chunks_exact(size * size).enumerate() {
        let (top, left) = (index / across * size, index % across * size);
        let sums = waves.sum(block);
        for (row, sums) in sums[..size * size].chunks_exact(size).enumerate() {
            let start = (top + row) * width + left;
            for (value, sum) in values[start..start + size].iter_mut().zip(sums) {
                // Rounded; what is beyond black and white becomes black or white.
                *value = (sum + 128.5) as u8;
            }
        }
    }
    values
}

/// The cosine waves of which a block is the sum: an inverse discrete cosine transform.
struct Waves {
    size: usize,
    /// For each place in a row, the value of each wave there.
    heights: [f32; 64],
    /// What each coefficient is multiplied with.
    factors: [f32; 64],
}

impl Waves {
    fn new(size: usize, quantisation: &[u16; 64]) -> Self {
        let mut waves = Self {
            size,
            heights: [0.0; 64],
            factors: [0.0; 64],
        };
        for place in 0..size {
            for wave in 0..size {
                let share: f32 = if wave == 0 { 1.0 } else { 2.0 };
                let angle = ((2 * place + 1) * wave) as f32 * PI / (2 * size) as f32;
                waves.heights[place * size + wave] = (share / 8.0).sqrt() * angle.cos();
            }
        }
        for (place, &factor) in PLACES.iter().zip(quantisation) {
            let (row, column) = (usize::from(place / 8), usize::from(place % 8));
            if row < size && column < size {
                waves.factors[row * size + column] = f32::from(factor);
            }
        }
        waves
    }

    /// The values of a block, `size` x `size` of them, with 0 for middle grey.
    fn sum(&self, block: &[i16]) -> [f32; 64] {
        let size = self.size;
        let mut coefficients = [0.0; 64];
        for ((to, &from), factor) in coefficients.iter_mut().zip(block).zip(&self.factors) {
            *to = f32::from(from) * factor;
        }
        let mut rows = [0.0; 64];
        let mut sums = [0.0; 64];
        for row in 0..size {
            let coefficients = &coefficients[row * size..][..size];
            for x in 0..size {
                let heights = &self.heights[x * size..][..size];
                rows[row * size + x] = heights.iter().zip(coefficients).map(|(a, b)| a * b).sum();
            }
        }
        for y in 0..size {
            for row in 0..size {
                let height = self.heights[y * size + row];
                for x in 0..size {
                    sums[y * size + x] += height * rows[row * size + x];
                }
            }
        }
        sums
    }
}

/// Red, green and blue of brightness and two differences (ITU-T T.871, chapter 7).
fn rgb([luma, blue, red]: [u8; 3]) -> [u8; 3] {
    let luma = f32::from(luma);
    let [blue, red] = [blue, red].map(|difference| f32::from(difference) - 128.0);
    let green = luma - 0.344_136 * blue - 0.714_136 * red;
    [luma + 1.402 * red, green, luma + 1.772 * blue].map(|value| (value + 0.5) as u8)
}
