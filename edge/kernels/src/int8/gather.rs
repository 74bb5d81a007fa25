//! Gathers the pixels that a convolution reads, so that a pointwise convolution can follow.

use super::map::{Rows, View};

/// The square of pixels that a convolution reads for each output pixel.
#[derive(Clone, Copy, Debug)]
pub struct Square {
    /// Its side in pixels.
    pub side: usize,
    /// The distance from a square to the next, in pixels.
    pub stride: usize,
    /// The distance of the first square from the corner of the border, in pixels.
    pub inset: usize,
}

/// Puts the pixels of each square side by side, as the channels of a pixel of `to`.
///
/// # Panics
/// If a square extends beyond `from`, or does not have as many bytes as a pixel of `to`.
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
                // The first convolution of nearly every network: a constant length takes a third
                // of the time.
                9 => lines.copy(9),
                bytes => lines.copy(bytes),
            }
        }
    }
}

/// Pieces of one buffer to be copied to another.
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
