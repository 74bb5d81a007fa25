//! What makes a pointwise convolution of any other.

use super::map::{Rows, View};

/// The square of pixels that each pixel of a convolution is made of.
#[derive(Clone, Copy, Debug)]
pub struct Square {
    /// Its side in pixels.
    pub side: usize,
    /// From a square to the next, in pixels.
    pub stride: usize,
    /// Where the first one starts, counted from the corner of the border.
    pub inset: usize,
}

/// Puts the pixels of each square side by side, as the channels of a pixel of `to`.
///
/// # Panics
/// Where the squares reach beyond `from`, or hold not as much as a pixel of `to`.
#[inline(never)]
pub fn gather(square: &Square, from: View<'_>, to: &mut Rows<'_>) {
    let &Square {
        side,
        stride,
        inset,
    } = square;
    for (index, y) in to.rows.clone().enumerate() {
        for row in 0..side {
            let pixels = from.map.bordered(inset + y * stride + row, inset);
            let patches = to.at(index, 0) + row * side * from.map.channels;
            let lines = Lines {
                from: &from.bytes[pixels..],
                from_step: stride * from.map.channels,
                to: &mut to.bytes[patches..],
                to_step: to.map.channels,
                count: to.map.width,
            };
            match side * from.map.channels {
                // The first convolution of nearly every network. Known beforehand, a length costs
                // a third.
                9 => lines.copy(9),
                bytes => lines.copy(bytes),
            }
        }
    }
}

/// Pieces of one buffer that go to another.
struct Lines<'a> {
    from: &'a [u8],
    from_step: usize,
    to: &'a mut [u8],
    to_step: usize,
    count: usize,
}

impl Lines<'_> {
    #[inline(always)]
    fn copy(self, bytes: usize) {
        for index in 0..self.count {
            let line = &self.from[index * self.from_step..][..bytes];
            self.to[index * self.to_step..][..bytes].copy_from_slice(line);
        }
    }
}
