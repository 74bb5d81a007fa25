//! A picture of any size to three planes of one size, its channels.
//!
//! A camera's frame is resized for each look, so this is done here in less than half of the instructions
//! that a library for any resizing needs: rows are blended first, while they are bytes in a row,
//! and only then columns, of which as few are left as can be.

mod blend;

use blend::{blend_columns, blend_rows};

/// What the weights of a sample sum up to: 1 with 14 bits behind the point.
const ONE: i16 = 1 << 14;
/// Weights of a sample stand in groups, filled up with zeros, so that loops have a fixed length.
const GROUP: usize = 8;

/// Resizes pictures to squares, one after another. Keeps its buffers.
#[derive(Debug)]
pub struct Resizer {
    size: usize,
    rows: Triangles,
    columns: Triangles,
    /// A row of the picture blended from several: 7 bits behind the point, channels side by side.
    /// Behind it is room for a group of columns that count nothing.
    blended: Vec<i16>,
}

impl Resizer {
    /// One for squares of `size` pixels a side.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self {
            size,
            rows: Triangles::default(),
            columns: Triangles::default(),
            blended: Vec::new(),
        }
    }

    /// Replaces `out` by the square, `[3, size, size]`, with what `values` makes of the 256 values of each channel.
    ///
    /// The picture is RGB, its first pixel at the start of `seen`, its lines `stride` bytes apart, `[width, height]` in
    /// size. One without pixels counts as black.
    ///
    /// # Panics
    /// Where `seen` has fewer pixels.
    #[inline(never)]
    pub fn run(
        &mut self,
        seen: &[u8],
        stride: usize,
        [width, height]: [usize; 2],
        values: &[[f32; 256]; 3],
        out: &mut Vec<f32>,
    ) {
        let plane = self.size * self.size;
        out.clear();
        for values in values {
            out.resize(out.len() + plane, values[0]);
        }
        if width == 0 || height == 0 {
            return;
        }
        self.rows.prepare(height, self.size);
        self.columns.prepare(width, self.size);
        self.blended.resize(3 * (width + GROUP) + 1, 0);
        self.blend(seen, stride, values, out);
    }

    /// Blends what is seen, whose lines begin `stride` apart, into the three planes of `out`.
    fn blend(&mut self, seen: &[u8], stride: usize, values: &[[f32; 256]; 3], out: &mut [f32]) {
        let plane = self.size * self.size;
        let line = 3 * self.columns.from;
        let (red, others) = out.split_at_mut(plane);
        let (green, blue) = others.split_at_mut(plane);
        let planes = red
            .chunks_exact_mut(self.size)
            .zip(green.chunks_exact_mut(self.size));
        let planes = planes.zip(blue.chunks_exact_mut(self.size));
        for (((red, green), blue), (first, weights)) in planes.zip(self.rows.iter()) {
            let lines = seen[first * stride..].chunks(stride);
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

/// Of which samples each sample of a resized line is made: a triangle filter, as wide as the
/// reduction, so that fine patterns do not alias.
#[derive(Debug, Default)]
struct Triangles {
    from: usize,
    /// The first sample that each is made of.
    first: Vec<usize>,
    /// Samples that each is made of.
    taps: usize,
    /// Weights of `taps` samples, filled up to whole groups; those of one sum up to [`ONE`].
    weights: Vec<[i16; GROUP]>,
}

impl Triangles {
    /// For `to` samples made of `from`, neither 0. Pictures of one size follow each other: nothing
    /// is computed again for them.
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
            // Rounding the sums of weights, not the weights, makes them end at `ONE`.
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

    /// For each sample the first one that it is made of, and the weights from there on.
    fn iter(&self) -> impl Iterator<Item = (usize, &[[i16; GROUP]])> {
        let groups = self.weights.chunks_exact(self.taps.div_ceil(GROUP).max(1));
        self.first.iter().copied().zip(groups)
    }
}
