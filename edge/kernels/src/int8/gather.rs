//! Gathers the pixels that a convolution reads, so that a pointwise convolution can follow.

use super::map::{Rows, View};
use super::window::Window;

/// Puts the pixels of each window side by side, as the channels of a pixel of `to`.
///
/// # Panics
/// If a window extends beyond `from` and its border, or does not have as many bytes as a pixel of
/// `to`.
#[inline(never)]
pub fn gather(window: &Window, from: View<'_>, to: &mut Rows<'_>) {
    window.check(from, to);
    let channels = from.map.channels;
    assert_eq!(to.map.channels, window.pixels() * channels);
    let [rows, columns] = window.taps;
    // Pixels that lie side by side are copied together.
    let (pieces, bytes) = match window.dilation[1] {
        1 => (1, columns * channels),
        _ => (columns, channels),
    };
    for (index, y) in to.rows.clone().enumerate() {
        for row in 0..rows {
            for piece in 0..pieces {
                let pixels = window.corner(from.map, y, 0) + window.tap(from.map, row, piece);
                let patches = to.at(index, 0) + (row * pieces + piece) * bytes;
                let lines = Lines {
                    from: &from.bytes[pixels..],
                    from_step: window.stride[1] * channels,
                    to: &mut to.bytes[patches..],
                    to_step: to.map.channels,
                    count: to.map.width,
                };
                match bytes {
                    // The first convolution of nearly every network: a constant length takes a
                    // third of the time.
                    9 => lines.copy(9),
                    bytes => lines.copy(bytes),
                }
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
