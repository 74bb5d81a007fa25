//! A picture of any shape in, the network's input out.
//!
//! A camera's frame is resized for each look, so this is done here in less than half of the instructions
//! that a library for any resizing needs: rows are blended first, while they are bytes in a row,
//! and only then columns, of which as few are left as can be.

mod blend;

use image::RgbImage;

use super::metadata::{InputSpec, Resize};

use blend::{blend_columns, blend_rows};

/// What the weights of a sample sum up to: 1 with 14 bits behind the point.
const ONE: i16 = 1 << 14;
/// Weights of a sample stand in groups, filled up with zeros, so that loops have a fixed length.
const GROUP: usize = 8;

/// Makes the network's input of pictures, one after another. Keeps its buffers.
#[derive(Debug)]
pub struct Preprocessor {
    resize: Resize,
    size: usize,
    rows: Triangles,
    columns: Triangles,
    /// A row of the picture blended from several: 7 bits behind the point, channels side by side.
    /// Behind it is room for a group of columns that count nothing.
    blended: Vec<i16>,
    /// What each of a channel's 256 values becomes.
    normalised: [[f32; 256]; 3],
}

impl Preprocessor {
    /// A preprocessor for networks with the input `spec`.
    #[must_use]
    pub fn new(spec: &InputSpec) -> Self {
        let normalised = std::array::from_fn(|channel| {
            std::array::from_fn(|value| {
                (value as f32 / 255.0 - spec.mean[channel]) / spec.std[channel]
            })
        });
        Self {
            resize: spec.resize,
            size: spec.size,
            rows: Triangles::default(),
            columns: Triangles::default(),
            blended: Vec::new(),
            normalised,
        }
    }

    /// Replaces `out` by the network's input for `photo`: f32 `[3, size, size]`, channels red,
    /// green, blue, each `(value / 255 - mean) / std`. A picture without pixels counts as black.
    pub fn run(&mut self, photo: &RgbImage, out: &mut Vec<f32>) {
        let plane = self.size * self.size;
        out.clear();
        for values in &self.normalised {
            out.resize(out.len() + plane, values[0]);
        }
        let (left, top, width, height) = crop_box(self.resize, photo.width(), photo.height());
        if width == 0 || height == 0 {
            return;
        }
        let [left, top, width, height] = [left, top, width, height].map(|it| it as usize);
        self.rows.prepare(height, self.size);
        self.columns.prepare(width, self.size);
        self.blended.resize(3 * (width + GROUP) + 1, 0);

        let seen = &photo.as_raw()[3 * (top * photo.width() as usize + left)..];
        self.blend(seen, 3 * photo.width() as usize, out);
    }

    /// Blends what is seen, whose lines begin `stride` apart, into the three planes of `out`.
    fn blend(&mut self, seen: &[u8], stride: usize, out: &mut [f32]) {
        let plane = self.size * self.size;
        let values = 3 * self.columns.from;
        let (red, others) = out.split_at_mut(plane);
        let (green, blue) = others.split_at_mut(plane);
        let planes = red
            .chunks_exact_mut(self.size)
            .zip(green.chunks_exact_mut(self.size));
        let planes = planes.zip(blue.chunks_exact_mut(self.size));
        for (((red, green), blue), (first, weights)) in planes.zip(self.rows.iter()) {
            let lines = seen[first * stride..].chunks(stride);
            let weights = &weights.as_flattened()[..self.rows.taps];
            blend_rows(lines, weights, &mut self.blended[..values]);
            let pixels = red.iter_mut().zip(green).zip(blue);
            for (((red, green), blue), (first, weights)) in pixels.zip(self.columns.iter()) {
                let [r, g, b] = blend_columns(&self.blended[3 * first..], weights);
                *red = self.normalised[0][usize::from(r)];
                *green = self.normalised[1][usize::from(g)];
                *blue = self.normalised[2][usize::from(b)];
            }
        }
    }
}

/// The part of a picture that the network sees: left, top, width and height in pixels.
#[must_use]
pub fn crop_box(resize: Resize, width: u32, height: u32) -> (u32, u32, u32, u32) {
    match resize {
        Resize::Squash => (0, 0, width, height),
        Resize::Crop => {
            let side = width.min(height);
            ((width - side) / 2, (height - side) / 2, side, side)
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
