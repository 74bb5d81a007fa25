//! Computes weighted sums: of rows of bytes first, then of columns of the result.
//!
//! Weights have 14 fractional bits, and their sum is 1. A blended row has 7. Both fit signed 16-bit
//! numbers, whose products every processor can add up fast.

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(any(test, not(any(target_arch = "aarch64", target_arch = "x86_64"))))]
mod plain;
#[cfg(target_arch = "x86_64")]
mod sse2;

use super::GROUP;

#[cfg(target_arch = "aarch64")]
use neon as processor;
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
use plain as processor;
#[cfg(target_arch = "x86_64")]
use sse2 as processor;

/// Blends as many lines as there are `weights` into `blended`.
///
/// # Panics
/// If a line is shorter than `blended`.
#[inline(always)]
pub(super) fn blend_rows<'a>(
    lines: impl Iterator<Item = &'a [u8]> + Clone,
    weights: &[i16],
    blended: &mut [i16],
) {
    processor::blend_rows(lines, weights, blended);
}

/// Blends as many pixels as there are weights, from the start of `values`, which must have one value
/// more: vectors of four are read.
#[inline(always)]
pub(super) fn blend_columns(values: &[i16], weights: &[[i16; GROUP]]) -> [u8; 3] {
    processor::blend_columns(values, weights)
}

/// Blends the values from `first` on, one by one.
fn blend_rest<'a>(
    lines: impl Iterator<Item = &'a [u8]> + Clone,
    weights: &[i16],
    first: usize,
    blended: &mut [i16],
) {
    for (index, blended) in blended.iter_mut().enumerate().skip(first) {
        let products = lines.clone().zip(weights);
        let products = products.map(|(line, &weight)| i32::from(line[index]) * i32::from(weight));
        *blended = ((products.sum::<i32>() + (1 << 6)) >> 7) as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_blends_as_plain_rust_does() {
        let bytes: Vec<u8> = (0..16 * 200u32).map(|i| (i * i / 7) as u8).collect();
        let values: Vec<i16> = bytes.iter().map(|&byte| i16::from(byte) * 128).collect();
        let halves = vec![8192, 8192, 0];
        for weights in [vec![16384], halves, vec![2048; 8], vec![1092; 15]] {
            let lines = bytes.chunks(200);
            for length in [1, 15, 63, 64, 200] {
                let (mut ours, mut plain) = (vec![0; length], vec![0; length]);
                blend_rows(lines.clone(), &weights, &mut ours);
                plain::blend_rows(lines.clone(), &weights, &mut plain);
                assert_eq!(ours, plain, "{length} values, {weights:?}");
            }
            let mut groups = vec![[0; GROUP]; weights.len().div_ceil(GROUP)];
            groups.as_flattened_mut()[..weights.len()].copy_from_slice(&weights);
            let plain = plain::blend_columns(&values, &groups);
            assert_eq!(blend_columns(&values, &groups), plain, "{weights:?}");
        }
    }
}
