//! Makes a picture of the coefficients of a JPEG's blocks, at its size or smaller (ITU-T T.81,
//! annex A.3).

use std::f32::consts::PI;

use image::{DynamicImage, GrayImage, RgbImage};

use super::header::Header;
use super::scans::{PLACES, Plane};

/// How many pixels are converted at once, so that the compiler uses vectors for them.
const LANES: usize = 16;

/// The picture of a JPEG with one or three components, whose blocks become `size` pixels wide and
/// high: 1, 2, 4 or 8. Of each block, the lowest `size` x `size` coefficients are needed. A component
/// with fewer values than the picture has pixels gives neighbouring pixels the same value.
pub(super) fn picture(header: &Header<'_>, planes: &[Plane], size: usize) -> DynamicImage {
    match size {
        1 => sized::<1>(header, planes),
        2 => sized::<2>(header, planes),
        4 => sized::<4>(header, planes),
        _ => sized::<8>(header, planes),
    }
}

/// The same for one size, which the compiler then knows.
fn sized<const SIZE: usize>(header: &Header<'_>, planes: &[Plane]) -> DynamicImage {
    let frame = &header.frame;
    let [width, height] = [frame.width, frame.height].map(|side| (side * SIZE).div_ceil(8));
    let sampling = frame.sampling();
    let parts = planes.iter().zip(&frame.components);
    let mut bands: Vec<Band<'_, SIZE>> = parts
        .map(|(plane, component)| Band::new(plane, component.sampling, sampling))
        .collect();
    // No side is longer than 65,535.
    let (across, down) = (width as u32, height as u32);
    if let [first, second, third] = &mut bands[..] {
        let colours = if header.is_rgb { interleave } else { convert };
        let mut picture = RgbImage::new(across, down);
        let rows = picture.chunks_exact_mut(3 * width);
        for (y, row) in rows.enumerate() {
            colours([first.row(y), second.row(y), third.row(y)], row);
        }
        return DynamicImage::ImageRgb8(picture);
    }
    let mut picture = GrayImage::new(across, down);
    if let Some(grey) = bands.first_mut() {
        for (y, row) in picture.chunks_exact_mut(width).enumerate() {
            row.copy_from_slice(&grey.row(y)[..width]);
        }
    }
    DynamicImage::ImageLuma8(picture)
}

/// The values of a component in one row of its blocks: all that a row of the picture needs.
struct Band<'a, const SIZE: usize> {
    plane: &'a Plane,
    waves: Waves<SIZE>,
    /// How many values there are for how many pixels, across and down.
    own: [usize; 2],
    most: [usize; 2],
    /// The rows of values, each of `stride` bytes, and which row of blocks they are of. A row has a byte for every
    /// pixel, even where the component has fewer values.
    values: Vec<u8>,
    stride: usize,
    blocks: Option<usize>,
    /// A row with a value for every pixel, where the component has fewer.
    wide: Vec<u8>,
}

impl<'a, const SIZE: usize> Band<'a, SIZE> {
    fn new(plane: &'a Plane, own: [usize; 2], most: [usize; 2]) -> Self {
        // The pixels of all groups, and those that are converted with the last ones.
        let pixels = (plane.blocks[0] * SIZE / own[0] * most[0]).next_multiple_of(LANES);
        Self {
            plane,
            waves: Waves::new(&plane.quantisation),
            own,
            most,
            values: vec![0; pixels * SIZE],
            stride: pixels,
            blocks: None,
            wide: vec![0; if own[0] == most[0] { 0 } else { pixels }],
        }
    }

    /// The values of a row of the picture, at least one for each pixel. Rows are asked for in turn.
    fn row(&mut self, y: usize) -> &[u8] {
        let y = y * self.own[1] / self.most[1];
        if self.blocks != Some(y / SIZE) {
            self.fill(y / SIZE);
        }
        let row = &self.values[y % SIZE * self.stride..][..self.stride];
        let (own, most) = (self.own[0], self.most[0]);
        if own == most {
            return row;
        }
        if 2 * own == most {
            let (pairs, _) = self.wide.as_chunks_mut::<2>();
            for (pair, &value) in pairs.iter_mut().zip(row) {
                *pair = [value; 2];
            }
        } else {
            for (x, to) in self.wide.iter_mut().enumerate() {
                *to = row[x * own / most];
            }
        }
        &self.wide
    }

    /// Computes the values of a row of blocks.
    fn fill(&mut self, row: usize) {
        let [across, _] = self.plane.blocks;
        let kept = SIZE * SIZE;
        let blocks = &self.plane.coefficients[row * across * kept..][..across * kept];
        for (x, block) in blocks.chunks_exact(kept).enumerate() {
            let values = self.waves.sum(block);
            let rows = self.values.chunks_exact_mut(self.stride);
            for (to, values) in rows.zip(values) {
                to[x * SIZE..][..SIZE].copy_from_slice(&values);
            }
        }
        self.blocks = Some(row);
    }
}

/// The cosine waves of which a block is the sum: an inverse discrete cosine transform.
struct Waves<const SIZE: usize> {
    /// For each wave, its value at each place in a row.
    heights: [[f32; SIZE]; SIZE],
    /// What each coefficient is multiplied with, row after row.
    factors: [[f32; SIZE]; SIZE],
}

impl<const SIZE: usize> Waves<SIZE> {
    /// What is added to the mean of a block, which counts eighths: the middle grey.
    const GREY: f32 = 8.0 * 128.0;

    fn new(quantisation: &[u16; 64]) -> Self {
        let mut waves = Self {
            heights: [[0.0; SIZE]; SIZE],
            factors: [[0.0; SIZE]; SIZE],
        };
        for (wave, heights) in waves.heights.iter_mut().enumerate() {
            let share: f32 = if wave == 0 { 1.0 } else { 2.0 };
            for (place, height) in heights.iter_mut().enumerate() {
                let angle = ((2 * place + 1) * wave) as f32 * PI / (2 * SIZE) as f32;
                *height = (share / 8.0).sqrt() * angle.cos();
            }
        }
        for (place, &factor) in PLACES.iter().zip(quantisation) {
            let (row, column) = (usize::from(place / 8), usize::from(place % 8));
            if row < SIZE && column < SIZE {
                waves.factors[row][column] = f32::from(factor);
            }
        }
        waves
    }

    /// The values of a block. What is beyond black and white becomes black or white.
    #[inline]
    fn sum(&self, block: &[i16]) -> [[u8; SIZE]; SIZE] {
        let (mean, others) = block.split_first().unwrap_or((&0, &[]));
        // Most blocks of colours have nothing but their mean.
        if others.iter().fold(0, |any, other| any | other) == 0 {
            let mean = f32::from(*mean) * self.factors[0][0] + Self::GREY;
            return [[byte(mean / 8.0); SIZE]; SIZE];
        }
        let mut coefficients = [[0.0; SIZE]; SIZE];
        let (rows, _) = block.as_chunks::<SIZE>();
        for ((to, from), factors) in coefficients.iter_mut().zip(rows).zip(&self.factors) {
            for x in 0..SIZE {
                to[x] = f32::from(from[x]) * factors[x];
            }
        }
        coefficients[0][0] += Self::GREY;
        let mut columns = [[0.0; SIZE]; SIZE];
        for (heights, coefficients) in self.heights.iter().zip(&coefficients) {
            for (sums, height) in columns.iter_mut().zip(heights) {
                for x in 0..SIZE {
                    sums[x] += height * coefficients[x];
                }
            }
        }
        columns.map(|waves| {
            let mut sums = [0.0; SIZE];
            for (wave, heights) in waves.iter().zip(&self.heights) {
                for x in 0..SIZE {
                    sums[x] += wave * heights[x];
                }
            }
            sums.map(byte)
        })
    }
}

/// The nearest whole number from 0 to 255. A cast takes several times as long on processors that
/// cannot do it for many numbers at once.
#[inline]
fn byte(value: f32) -> u8 {
    /// In numbers of this size, the lowest bit counts ones.
    const ONES: f32 = (1 << 23) as f32;
    (value.clamp(0.0, 255.0) + ONES).to_bits() as u8
}

/// Writes a row of pixels whose red, green and blue are given.
fn interleave(rows: [&[u8]; 3], to: &mut [u8]) {
    let [reds, greens, blues] = rows;
    let (pixels, _) = to.as_chunks_mut::<3>();
    for (((pixel, &red), &green), &blue) in pixels.iter_mut().zip(reds).zip(greens).zip(blues) {
        *pixel = [red, green, blue];
    }
}

/// Writes a row of pixels whose brightness and two differences are given (ITU-T T.871, chapter 7).
fn convert(rows: [&[u8]; 3], to: &mut [u8]) {
    let [lumas, blues, reds] = rows.map(|row| row.as_chunks::<LANES>().0);
    let chunks = to.chunks_mut(3 * LANES);
    for (((to, lumas), blues), reds) in chunks.zip(lumas).zip(blues).zip(reds) {
        let [mut red, mut green, mut blue] = [[0; LANES]; 3];
        for lane in 0..LANES {
            [red[lane], green[lane], blue[lane]] = rgb([lumas[lane], blues[lane], reds[lane]]);
        }
        interleave([&red, &green, &blue], to);
    }
}

/// Red, green and blue of brightness and two differences. Factors count 1 / 2^14, so that all of them
/// have 16 bits, for which processors multiply most numbers at once.
#[inline]
fn rgb([luma, blue, red]: [u8; 3]) -> [u8; 3] {
    const fn fixed(factor: f64) -> i16 {
        (factor * 16384.0 + 0.5) as i16
    }
    const RED: i16 = fixed(1.402);
    const GREEN: [i16; 2] = [fixed(0.344_136), fixed(0.714_136)];
    const BLUE: i16 = fixed(1.772);
    let [blue, red] = [blue, red].map(|value| i16::from(value) - 128);
    let product = |a: i16, b: i16| i32::from(a) * i32::from(b);
    let luma = (i32::from(luma) << 14) + (1 << 13);
    [
        luma + product(red, RED),
        luma - product(blue, GREEN[0]) - product(red, GREEN[1]),
        luma + product(blue, BLUE),
    ]
    .map(|value| (value >> 14).clamp(0, 255) as u8)
}
