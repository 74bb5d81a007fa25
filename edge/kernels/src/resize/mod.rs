//! Resizes pictures to the network's input: three square planes, one for each channel.
//!
//! Rows are blended first, as long as they are contiguous bytes, and columns afterwards, when only
//! the square's rows are left of them. Eight rows are computed together: their values lie side by
//! side, so that a column's vectors are full. That takes less than half of the instructions of
//! `fast_image_resize`, a general-purpose library.

mod blend;
#[cfg(test)]
mod tests;

use blend::{Lines, blend_columns, blend_rows};

/// The sum of a sample's weights: 1 with 14 fractional bits.
const ONE: i16 = 1 << 14;
/// How many rows of the square are computed together.
const ROWS: usize = 8;

/// A pixel of each of these rows: for each channel, its value in every row.
type Pixels<T> = [[T; ROWS]; 3];

/// Resizes pictures to squares, one after another. Its buffers are used again.
///
/// ```
/// use kernels::resize::Resizer;
///
/// let grey = [100; 3 * 64 * 48];
/// let values = [std::array::from_fn(|value| value as f32 / 255.0); 3];
/// let mut planes = Vec::new();
/// Resizer::new(16).run(&grey, 3 * 64, [64, 48], &values, &mut planes);
/// assert_eq!(planes, [100.0 / 255.0; 3 * 16 * 16]);
/// ```
#[derive(Debug)]
pub struct Resizer {
    size: usize,
    rows: Triangles,
    columns: Triangles,
    /// Rows blended from several of the picture's: 7 fractional bits.
    blended: Vec<Pixels<i16>>,
    /// Rows of the square.
    square: Vec<Pixels<u8>>,
}

impl Resizer {
    /// A resizer for squares of `size` pixels a side.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self {
            size,
            rows: Triangles::default(),
            columns: Triangles::default(),
            blended: Vec::new(),
            square: vec![Pixels::default(); size],
        }
    }

    /// Replaces `out` by the square, `[3, size, size]`, in which each 8-bit value is replaced by the
    /// number that `values` has for it and its channel.
    ///
    /// The picture is RGB, its size `[width, height]`; its first pixel is at the start of `pixels`,
    /// and its lines are `stride` bytes apart. One without pixels counts as black.
    ///
    /// # Panics
    /// If `pixels` is too short.
    #[inline(never)]
    pub fn run(
        &mut self,
        pixels: &[u8],
        stride: usize,
        [width, height]: [usize; 2],
        values: &[[f32; 256]; 3],
        out: &mut Vec<f32>,
    ) {
        let plane = self.size * self.size;
        // What is there already is overwritten.
        out.resize(3 * plane, 0.0);
        if width == 0 || height == 0 {
            for (channel, values) in values.iter().enumerate() {
                out[channel * plane..][..plane].fill(values[0]);
            }
            return;
        }
        self.rows.prepare(height, self.size);
        self.columns.prepare(width, self.size);
        self.blended.resize(width, Pixels::default());
        for first in (0..self.size).step_by(ROWS) {
            self.blend(pixels, stride, first);
            self.look_up(values, first, out);
        }
    }

    /// Computes the square's rows from `first` on, the last one again and again where there are no
    /// more, from a picture whose lines are `stride` bytes apart.
    fn blend(&mut self, picture: &[u8], stride: usize, first: usize) {
        let blended = self.blended.as_flattened_mut();
        let rows = std::array::from_fn(|row| {
            let (line, weights) = self.rows.get((first + row).min(self.size - 1));
            Lines::new(&picture[line * stride..], stride, weights, blended.len())
        });
        blend_rows(&rows, blended);
        for (square, (first, weights)) in self.square.iter_mut().zip(self.columns.iter()) {
            *square = blend_columns(&self.blended[first..], weights);
        }
    }

    /// Writes the numbers that `values` has for these rows.
    fn look_up(&self, values: &[[f32; 256]; 3], first: usize, out: &mut [f32]) {
        let planes = out.chunks_exact_mut(self.size * self.size);
        for (channel, (plane, values)) in planes.zip(values).enumerate() {
            let lines = plane[first * self.size..].chunks_exact_mut(self.size);
            for (row, line) in lines.take(ROWS).enumerate() {
                let look_up = |pixels: &Pixels<u8>| values[usize::from(pixels[channel][row])];
                let (out, rest) = line.as_chunks_mut::<8>();
                let (pixels, last) = self.square.as_chunks::<8>();
                for (out, pixels) in out.iter_mut().zip(pixels) {
                    *out = pixels.each_ref().map(look_up);
                }
                for (out, pixels) in rest.iter_mut().zip(last) {
                    *out = look_up(pixels);
                }
            }
        }
    }
}

/// The weights of the samples that each sample of a resized line is blended from: a triangle filter,
/// scaled with the reduction so that fine patterns do not alias.
#[derive(Debug, Default)]
struct Triangles {
    from: usize,
    /// The index of the first sample for each.
    first: Vec<usize>,
    /// How many samples each is blended from.
    taps: usize,
    /// The weights of `taps` samples for each; their sum is [`ONE`].
    weights: Vec<i16>,
}

impl Triangles {
    /// Computes the weights for `to` samples blended from `from`, neither of them 0. They are kept for
    /// the next picture of the same size.
    fn prepare(&mut self, from: usize, to: usize) {
        if (self.from, self.first.len()) == (from, to) {
            return;
        }
        let scale = from as f64 / to as f64;
        let reach = scale.max(1.0);
        let taps = ((2.0 * reach).ceil() as usize).min(from);
        (self.from, self.taps) = (from, taps);
        self.first.clear();
        self.weights.clear();
        for index in 0..to {
            let centre = (index as f64 + 0.5) * scale;
            let first = (centre - reach + 0.5).max(0.0) as usize;
            let first = first.min(from - taps);
            self.first.push(first);
            let weight = |tap: usize| {
                let distance = (first + tap) as f64 + 0.5 - centre;
                (1.0 - (distance / reach).abs()).max(0.0)
            };
            let sum: f64 = (0..taps).map(weight).sum();
            // Partial sums are rounded, not weights, so that the total is exactly `ONE`.
            let (mut exact, mut given) = (0.0, 0);
            self.weights.extend((0..taps).map(|tap| {
                exact += weight(tap) / sum;
                let rounded = (exact * f64::from(ONE)).round() as i16;
                rounded - std::mem::replace(&mut given, rounded)
            }));
        }
    }

    /// For each sample, the index of the first sample it is blended from, and the weights from there
    /// on.
    fn iter(&self) -> impl Iterator<Item = (usize, &[i16])> {
        let weights = self.weights.chunks_exact(self.taps.max(1));
        self.first.iter().copied().zip(weights)
    }

    /// The same for one sample, without the weights of 0 at the end.
    fn get(&self, index: usize) -> (usize, &[i16]) {
        let weights = &self.weights[index * self.taps..][..self.taps];
        let last = weights.iter().rposition(|&weight| weight != 0);
        (self.first[index], &weights[..=last.unwrap_or(0)])
    }
}
