//! The layout of activations in memory.

use std::ops::Range;

/// Kernels may read a pixel and this many bytes behind a map, but never use them.
const SLACK: usize = 64;

/// The shape of activations: rows of pixels of channels, one byte each, with a border around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Map {
    /// Rows, without the border.
    pub height: usize,
    /// Pixels of a row, without the border.
    pub width: usize,
    /// Bytes of a pixel.
    pub channels: usize,
    /// Width of the border in pixels. It is filled with the zero point, which is zero padding.
    pub border: usize,
}

impl Map {
    /// The distance from a row to the next, in bytes.
    pub fn row(&self) -> usize {
        (self.width + 2 * self.border) * self.channels
    }

    /// The total size in bytes, with the border.
    pub fn bytes(&self) -> usize {
        (self.height + 2 * self.border) * self.row()
    }

    /// The size in bytes of a buffer that kernels may read it from.
    ///
    /// # Panics
    /// If the size overflows.
    pub fn buffer(&self) -> usize {
        let sides = [self.height, self.width].map(|side| {
            let borders = self.border.checked_mul(2)?;
            side.checked_add(borders)
        });
        let bytes = || {
            let pixels = sides[0]?.checked_mul(sides[1]?)?;
            let behind = self.channels.checked_add(SLACK)?;
            pixels.checked_mul(self.channels)?.checked_add(behind)
        };
        bytes().expect("memory holds activations of this shape")
    }

    /// The same pixels, each as a row of its own: more rows to be shared out. `None` if there is a border.
    #[must_use]
    pub fn by_pixels(self) -> Option<Self> {
        (self.border == 0).then_some(Self {
            height: self.height * self.width,
            width: 1,
            ..self
        })
    }

    /// The index of a pixel's first byte. Coordinates count from the border's corner.
    pub fn bordered(&self, y: usize, x: usize) -> usize {
        y * self.row() + x * self.channels
    }

    /// The index of a pixel's first byte. Coordinates count from the first pixel within the border.
    pub fn at(&self, y: usize, x: usize) -> usize {
        self.bordered(y + self.border, x + self.border)
    }

    /// Sets the border of a map to `zero`.
    #[inline(never)]
    pub fn fill_border(&self, bytes: &mut [u8], zero: u8) {
        let (row, side) = (self.row(), self.border * self.channels);
        if side == 0 {
            return;
        }
        let (top, bottom) = (self.border * row, (self.border + self.height) * row);
        bytes[..top].fill(zero);
        bytes[bottom..self.bytes()].fill(zero);
        for line in bytes[top..bottom].chunks_exact_mut(row) {
            line[..side].fill(zero);
            line[row - side..].fill(zero);
        }
    }
}

/// Activations to read.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// At least [`Map::buffer`] of them.
    pub bytes: &'a [u8],
    /// The shape of the activations.
    pub map: Map,
}

/// Rows of activations to write.
pub struct Rows<'a> {
    /// The bytes of these rows, including the borders left and right.
    pub bytes: &'a mut [u8],
    /// The shape of all activations.
    pub map: Map,
    /// Which rows these are, counted within the border.
    pub rows: Range<usize>,
}

impl<'a> Rows<'a> {
    /// All rows of a map.
    pub fn all(bytes: &'a mut [u8], map: Map) -> Self {
        let (first, end) = (map.border, map.border + map.height);
        Self {
            bytes: &mut bytes[first * map.row()..end * map.row()],
            map,
            rows: 0..map.height,
        }
    }

    /// Whether the rows are in the map, and `bytes` has all of them and nothing else.
    pub(super) fn is_sound(&self) -> bool {
        // `buffer` panics on overflow, so the product below cannot overflow.
        self.map.buffer() > 0
            && self.rows.end <= self.map.height
            && self.bytes.len() == self.rows.len() * self.map.row()
    }

    /// Divides the rows after `share` of `parts`, into the upper ones and the rest.
    pub fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let (map, rows) = (self.map, self.rows);
        let middle = rows.start + rows.len() * share / parts;
        let (upper, lower) = self.bytes.split_at_mut((middle - rows.start) * map.row());
        let part = |bytes, rows| Self { bytes, map, rows };
        (
            part(upper, rows.start..middle),
            part(lower, middle..rows.end),
        )
    }

    /// The index of a pixel's first byte in `bytes`, in the row `index` of these rows.
    pub fn at(&self, index: usize, x: usize) -> usize {
        self.map.bordered(index, x + self.map.border)
    }
}

/// All pixels of `to`, row by row, `N` at a time: the indices of their first bytes in the map `from`
/// and in the bytes of `to`. If fewer are left, the last pixel is repeated.
#[inline(always)]
pub(super) fn tiles<const N: usize>(
    from: Map,
    to: &Rows<'_>,
) -> impl Iterator<Item = ([usize; N], [usize; N])> + use<N> {
    let width = to.map.width;
    let mut left = to.rows.len() * width;
    let mut pixel = [from.at(to.rows.start, 0), to.at(0, 0)];
    let next = [from, to.map].map(|map| map.channels);
    let next_row = [from, to.map].map(|map| (1 + 2 * map.border) * map.channels);
    let mut x = 0;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        if left > N && x + N < width {
            // Within a row.
            let tile =
                [0, 1].map(|map| std::array::from_fn(|index| pixel[map] + index * next[map]));
            pixel = [0, 1].map(|map| pixel[map] + N * next[map]);
            x += N;
            left -= N;
            return Some(tile.into());
        }
        let (mut inputs, mut outputs) = ([0; N], [0; N]);
        for (input, output) in inputs.iter_mut().zip(&mut outputs) {
            [*input, *output] = pixel;
            if left > 1 {
                left -= 1;
                x += 1;
                let ends = x == width;
                let step = if ends { next_row } else { next };
                x = if ends { 0 } else { x };
                pixel = [pixel[0] + step[0], pixel[1] + step[1]];
            } else {
                left = 0;
            }
        }
        Some((inputs, outputs))
    })
}
