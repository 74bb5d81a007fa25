//! Resizes pictures to the network's input: three square planes, one for each channel.
//!
//! Rows are blended first, as long as they are contiguous bytes, and columns afterwards, when only
//! the output's rows are left of them. That takes less than half of the instructions of a
//! general-purpose library.

mod blend;

use blend::{blend_columns, blend_rows};

/// The sum of a sample's weights: 1 with 14 fractional bits.
const ONE: i16 = 1 << 14;
/// The weights of a sample are padded with zeros to whole groups, so that loops have a fixed length.
const GROUP: usize = 8;

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
    /// A row blended from several of the picture's: 7 fractional bits, channels side by side. It is
    /// followed by room for a group of columns with weights of 0.
    blended: Vec<i16>,
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
        out.clear();
        out.reserve(3 * plane);
        for values in values {
            out.resize(out.len() + plane, values[0]);
        }
        if width == 0 || height == 0 {
            return;
        }
        self.rows.prepare(height, self.size);
        self.columns.prepare(width, self.size);
        self.blended.resize(3 * (width + GROUP) + 1, 0);
        self.blend(pixels, stride, values, out);
    }

    /// Blends the picture, whose lines are `stride` bytes apart, into the three planes of `out`.
    fn blend(&mut self, picture: &[u8], stride: usize, values: &[[f32; 256]; 3], out: &mut [f32]) {
        let plane = self.size * self.size;
        let line = 3 * self.columns.from;
        let (red, others) = out.split_at_mut(plane);
        let (green, blue) = others.split_at_mut(plane);
        let planes = red
            .chunks_exact_mut(self.size)
            .zip(green.chunks_exact_mut(self.size));
        let planes = planes.zip(blue.chunks_exact_mut(self.size));
        for (((red, green), blue), (first, weights)) in planes.zip(self.rows.iter()) {
            let lines = picture[first * stride..].chunks(stride);
            let weights = &weights.as_flattened()[..self.rows.taps];
            blend_rows(lines, weights, &mut self.blended[..line]);
            let pixels = red.iter_mut().zip(green).zip(blue);
            for (((red, green), blue), (first, weights)) in pixels.zip(self.columns.iter()) {
                let [r, g, b] = blend_columns(&self.blended[3 * first..], weights);
                *red = values[0][usize::from(r)];
                *green = values[1][usize::from(g)];
                *blue = values[2][usize::from(b)];
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
    /// The weights of `taps` samples for each, padded to whole groups; their sum is [`ONE`].
    weights: Vec<[i16; GROUP]>,
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
            for group in 0..taps.div_ceil(GROUP) {
                self.weights.push(std::array::from_fn(|tap| {
                    let tap = group * GROUP + tap;
                    if tap < taps {
                        exact += weight(tap) / sum;
                    }
                    let rounded = (exact * f64::from(ONE)).round() as i16;
                    rounded - std::mem::replace(&mut given, rounded)
                }));
            }
        }
    }

    /// For each sample, the index of the first sample it is blended from, and the weights from there
    /// on.
    fn iter(&self) -> impl Iterator<Item = (usize, &[[i16; GROUP]])> {
        let groups = self.weights.chunks_exact(self.taps.div_ceil(GROUP).max(1));
        self.first.iter().copied().zip(groups)
    }
}
