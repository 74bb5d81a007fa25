//! The definition of blending, for tests and for processors without kernels of their own.

use super::{GROUP, blend_rest};

/// See [`super::blend_rows`].
pub(crate) fn blend_rows<'a>(
    lines: impl Iterator<Item = &'a [u8]> + Clone,
    weights: &[i16],
    blended: &mut [i16],
) {
    blend_rest(lines, weights, 0, blended);
}

/// See [`super::blend_columns`].
pub(crate) fn blend_columns(values: &[i16], weights: &[[i16; GROUP]]) -> [u8; 3] {
    let mut sums = [1 << 20; 3];
    let pixels = values.as_chunks::<3>().0.iter();
    for (pixel, &weight) in pixels.zip(weights.as_flattened()) {
        for (sum, &value) in sums.iter_mut().zip(pixel) {
            *sum += i32::from(value) * i32::from(weight);
        }
    }
    sums.map(|sum: i32| (sum >> 21) as u8)
}
