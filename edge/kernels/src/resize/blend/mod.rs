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

use super::{Pixels, ROWS};

#[cfg(target_arch = "aarch64")]
use neon as processor;
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
use plain as processor;
#[cfg(target_arch = "x86_64")]
use sse2 as processor;

/// How many values of a row are blended at once.
const BLOCK: usize = 64;

/// The lines that a row is blended from.
pub(super) struct Lines<'a> {
    /// At least `length` from each line's start on.
    bytes: &'a [u8],
    stride: usize,
    weights: &'a [i16],
    length: usize,
}

impl<'a> Lines<'a> {
    /// As many lines as `weights`, of `length` bytes each: the first one at the start of `bytes`, the
    /// others `stride` bytes apart.
    ///
    /// # Panics
    /// If there are too few bytes.
    pub(super) fn new(bytes: &'a [u8], stride: usize, weights: &'a [i16], length: usize) -> Self {
        let last = weights.len().saturating_sub(1).saturating_mul(stride);
        assert!(last.saturating_add(length) <= bytes.len(), "too few bytes");
        Self {
            bytes,
            stride,
            weights,
            length,
        }
    }
}

/// Blends rows, and writes their values side by side.
///
/// # Panics
/// If lines are shorter than `blended`.
#[inline(always)]
pub(super) fn blend_rows(rows: &[Lines; ROWS], blended: &mut [[i16; ROWS]]) {
    let Some(last) = blended.len().checked_sub(BLOCK) else {
        for (index, blended) in blended.iter_mut().enumerate() {
            *blended = rows.each_ref().map(|lines| {
                let [value] = blend_values(lines, index);
                value
            });
        }
        return;
    };
    for block in 0..blended.len().div_ceil(BLOCK) {
        // The last block overlaps the one before it.
        let first = last.min(block * BLOCK);
        let rows = rows
            .each_ref()
            .map(|lines| processor::blend_block(lines, first));
        processor::interleave(&rows, &mut blended[first..].as_chunks_mut().0[0]);
    }
}

/// Blends the values of a row from `first` on, `N` of them.
///
/// # Panics
/// If there are fewer.
fn blend_values<const N: usize>(lines: &Lines, first: usize) -> [i16; N] {
    let mut sums = [1 << 6; N];
    for (line, &weight) in lines.weights.iter().enumerate() {
        let values = &lines.bytes[line * lines.stride..][..lines.length];
        for (sum, &value) in sums.iter_mut().zip(&values[first..][..N]) {
            *sum += i32::from(value) * i32::from(weight);
        }
    }
    sums.map(|sum: i32| (sum >> 7) as i16)
}

/// Blends the first pixels, as many as there are weights.
///
/// # Panics
/// If there are fewer.
#[inline(always)]
pub(super) fn blend_columns(pixels: &[Pixels<i16>], weights: &[i16]) -> Pixels<u8> {
    processor::blend_columns(&pixels[..weights.len()], weights)
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::SplitMix64;
    use rand_xoshiro::rand_core::{Rng, SeedableRng};

    use super::*;

    #[test]
    fn the_processor_blends_as_plain_rust_does() {
        let mut random = SplitMix64::from_seed([1; 8]);
        let bytes: Vec<u8> = (0..4000).map(|_| random.next_u64() as u8).collect();
        let values = [0; 15 * 3 * ROWS].map(|_| (random.next_u64() % (255 * 128 + 1)) as i16);
        let pixels = values.as_chunks().0.as_chunks().0;
        for weights in [
            vec![16_384],
            vec![8192, 8192],
            vec![1, 16_382, 1],
            vec![2048; 8],
            vec![1092; 15],
        ] {
            for (stride, first) in [(0, 0), (64, 1), (200, 3), (271, 136)] {
                let lines = Lines::new(&bytes, stride, &weights, 200);
                let ours = processor::blend_block(&lines, first);
                assert_eq!(ours, plain::blend_block(&lines, first), "{weights:?}");
            }
            let ours = blend_columns(pixels, &weights);
            assert_eq!(ours, plain::blend_columns(pixels, &weights), "{weights:?}");
        }
        let rows = std::array::from_fn(|row| std::array::from_fn(|index| values[5 * index + row]));
        let [mut ours, mut plain] = [[[0; ROWS]; BLOCK]; 2];
        processor::interleave(&rows, &mut ours);
        plain::interleave(&rows, &mut plain);
        assert_eq!(ours, plain);
    }

    #[test]
    #[should_panic(expected = "too few bytes")]
    fn lines_end_where_their_bytes_do() {
        Lines::new(&[0; 399], 100, &[4096; 4], 100);
    }

    #[test]
    #[should_panic(expected = "too few bytes")]
    fn blocks_end_where_their_lines_do() {
        let lines = Lines::new(&[0; 400], 100, &[4096; 4], 100);
        processor::blend_block(&lines, 100 - BLOCK + 1);
    }
}
