//! The definition of blending, for tests and for processors without kernels of their own.

use super::{BLOCK, Lines, Pixels, ROWS, blend_values};

/// Blends the values of a row from `first` on.
///
/// # Panics
/// If there are fewer than `BLOCK`.
pub(super) fn blend_block(lines: &Lines, first: usize) -> [i16; BLOCK] {
    blend_values(lines, first)
}

/// Writes the values of rows side by side.
pub(super) fn interleave(rows: &[[i16; BLOCK]; ROWS], out: &mut [[i16; ROWS]; BLOCK]) {
    *out = std::array::from_fn(|index| rows.map(|row| row[index]));
}

/// Blends pixels with weights, one each.
pub(super) fn blend_columns(pixels: &[Pixels<i16>], weights: &[i16]) -> Pixels<u8> {
    let mut sums = [[1 << 20; ROWS]; 3];
    for (pixel, &weight) in pixels.iter().zip(weights) {
        for (sum, &value) in sums.as_flattened_mut().iter_mut().zip(pixel.as_flattened()) {
            *sum += i32::from(value) * i32::from(weight);
        }
    }
    sums.map(|sums| sums.map(|sum: i32| (sum >> 21) as u8))
}
