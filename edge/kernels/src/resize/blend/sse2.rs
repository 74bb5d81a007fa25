//! Blends sixteen values of two lines, and the three channels of two pixels, at once.

#![expect(unsafe_code, reason = "intrinsics on raw pointers")]

use std::arch::x86_64::*;

use super::{GROUP, blend_rest};

/// See [`super::blend_rows`].
#[inline(always)]
pub(super) fn blend_rows<'a>(
    lines: impl Iterator<Item = &'a [u8]> + Clone,
    weights: &[i16],
    blended: &mut [i16],
) {
    const BLOCK: usize = 16;
    let (blocks, _) = blended.as_chunks_mut::<BLOCK>();
    for (block, blended) in blocks.iter_mut().enumerate() {
        // SAFETY: every 64-bit x86 has these instructions. `line` has 16 bytes, which are read at
        // once; `blended` has 16 numbers, of which 8 each are written at 0 and 8.
        unsafe {
            let mut sums = [_mm_set1_epi32(1 << 6); 4];
            let mut lines = lines.clone();
            let mut next = || {
                let line = lines.next().map(|line| &line[block * BLOCK..][..BLOCK]);
                line.map(|line| _mm_loadu_si128(line.as_ptr().cast()))
            };
            for weights in weights.chunks(2) {
                let first = next().unwrap_or_else(|| _mm_setzero_si128());
                let (second, weight) = match weights.get(1) {
                    Some(&weight) => (next().unwrap_or_else(|| _mm_setzero_si128()), weight),
                    None => (_mm_setzero_si128(), 0),
                };
                let weights = pair(weights[0], weight);
                let zero = _mm_setzero_si128();
                let (low, high) = (
                    _mm_unpacklo_epi8(first, second),
                    _mm_unpackhi_epi8(first, second),
                );
                let values = [
                    _mm_unpacklo_epi8(low, zero),
                    _mm_unpackhi_epi8(low, zero),
                    _mm_unpacklo_epi8(high, zero),
                    _mm_unpackhi_epi8(high, zero),
                ];
                for (sum, values) in sums.iter_mut().zip(values) {
                    *sum = _mm_add_epi32(*sum, _mm_madd_epi16(values, weights));
                }
            }
            let [a, b, c, d] = sums.map(|sum| _mm_srai_epi32::<7>(sum));
            let blended = blended.as_mut_ptr().cast::<__m128i>();
            _mm_storeu_si128(blended, _mm_packs_epi32(a, b));
            _mm_storeu_si128(blended.add(1), _mm_packs_epi32(c, d));
        }
    }
    let whole = blended.len() / BLOCK * BLOCK;
    blend_rest(lines, weights, whole, blended);
}

/// See [`super::blend_columns`].
#[inline(always)]
pub(super) fn blend_columns(mut values: &[i16], weights: &[[i16; GROUP]]) -> [u8; 3] {
    // SAFETY: every 64-bit x86 has these instructions. `pixels` has 25 numbers: four each are read
    // at 0, 3, ... and 21.
    unsafe {
        let mut sums = _mm_set1_epi32(1 << 20);
        for weights in weights {
            let Some(pixels) = values.first_chunk::<{ 3 * GROUP + 1 }>() else {
                break;
            };
            for (index, &[first, second]) in weights.as_chunks::<2>().0.iter().enumerate() {
                let pixel = |tap: usize| _mm_loadl_epi64(pixels.as_ptr().add(3 * tap).cast());
                let both = _mm_unpacklo_epi16(pixel(2 * index), pixel(2 * index + 1));
                sums = _mm_add_epi32(sums, _mm_madd_epi16(both, pair(first, second)));
            }
            values = &values[3 * GROUP..];
        }
        let sums = _mm_srai_epi32::<21>(sums);
        let bytes = _mm_packs_epi32(sums, sums);
        [
            _mm_extract_epi16::<0>(bytes) as u8,
            _mm_extract_epi16::<1>(bytes) as u8,
            _mm_extract_epi16::<2>(bytes) as u8,
        ]
    }
}

/// Two weights side by side, four times.
#[inline(always)]
fn pair(first: i16, second: i16) -> __m128i {
    let both = i32::from(first as u16) | i32::from(second) << 16;
    // SAFETY: every 64-bit x86 has this instruction.
    unsafe { _mm_set1_epi32(both) }
}
