//! Replaces each byte by another one: any function of a single activation.

use super::map::{Rows, View};

/// Writes the bytes of each pixel of `from` into the same pixel of `to`, from the channel `first` on,
/// each replaced by the byte that `table` has in its place.
///
/// # Panics
/// If the maps differ in width, or the channels or rows of `from` do not suffice.
#[inline(never)]
pub fn look_up(table: &[u8; 256], first: usize, from: View<'_>, to: &mut Rows<'_>) {
    let channels = from.map.channels;
    assert!(from.map.width == to.map.width && to.rows.end <= from.map.height);
    assert!(first + channels <= to.map.channels);
    // Where both maps have the same pixels, a row of them lies in one piece.
    let (pieces, bytes) = if channels == to.map.channels {
        (1, to.map.width * channels)
    } else {
        (to.map.width, channels)
    };
    for (index, y) in to.rows.clone().enumerate() {
        for piece in 0..pieces {
            let start = to.at(index, piece) + first;
            let from = &from.bytes[from.map.at(y, piece)..][..bytes];
            for (out, &byte) in to.bytes[start..][..bytes].iter_mut().zip(from) {
                *out = table[usize::from(byte)];
            }
        }
    }
}
