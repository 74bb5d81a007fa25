//! Blends sixteen values of two lines, and two pixels of eight rows, at once.

#![expect(unsafe_code, reason = "intrinsics on raw pointers")]

use std::arch::x86_64::*;

use super::{BLOCK, Lines, Pixels, ROWS};

/// See `plain::blend_block`.
#[inline(always)]
pub(super) fn blend_block(lines: &Lines, first: usize) -> [i16; BLOCK] {
    assert!(first.saturating_add(BLOCK) <= lines.length, "too few bytes");
    let mut blended = [0; BLOCK];
    for (part, blended) in blended.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        // SAFETY: every 64-bit x86 has these instructions. `Lines::new` asserted that `bytes` has as
        // many lines as there are weights; the assert above, that each has 64 bytes from `first` on,
        // of which 16 are read at 0, 16, 32 or 48. `blended` has 16 numbers, of which 8 each are
        // written at 0 and 8.
        unsafe {
            let mut sums = [_mm_set1_epi32(1 << 6); 4];
            let zero = _mm_setzero_si128();
            for (index, weights) in lines.weights.chunks(2).enumerate() {
                let line = lines.bytes.as_ptr().add(2 * index * lines.stride);
                let line = line.add(first + 16 * part);
                let first = _mm_loadu_si128(line.cast());
                let (second, weight) = match weights.get(1) {
                    Some(&weight) => (_mm_loadu_si128(line.add(lines.stride).cast()), weight),
                    None => (zero, 0),
                };
                let weights = pair([weights[0], weight]);
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
    blended
}

/// See `plain::interleave`.
#[inline(always)]
pub(super) fn interleave(rows: &[[i16; BLOCK]; ROWS], out: &mut [[i16; ROWS]; BLOCK]) {
    for (part, out) in out.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        // SAFETY: every 64-bit x86 has these instructions. `part` is less than 8, and 8 values of 64
        // are read at 8 times that; `out` has 8 times 8 numbers, which are written 8 at once.
        unsafe {
            let rows = rows.each_ref();
            let rows = rows.map(|row| _mm_loadu_si128(row.as_ptr().add(8 * part).cast()));
            // Side by side are two rows, then four, then all eight.
            let [a, b, c, d, e, f, g, h] = rows;
            let two = |a, b| [_mm_unpacklo_epi16(a, b), _mm_unpackhi_epi16(a, b)];
            let ([a, b], [c, d], [e, f], [g, h]) = (two(a, b), two(c, d), two(e, f), two(g, h));
            let four = |a, b| [_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b)];
            let ([a, b], [c, d], [e, f], [g, h]) = (four(a, c), four(b, d), four(e, g), four(f, h));
            let eight = |a, b| [_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b)];
            let columns = [eight(a, e), eight(b, f), eight(c, g), eight(d, h)];
            for (column, out) in columns.as_flattened().iter().zip(out) {
                _mm_storeu_si128(out.as_mut_ptr().cast(), *column);
            }
        }
    }
}

/// See `plain::blend_columns`.
#[inline(always)]
pub(super) fn blend_columns(pixels: &[Pixels<i16>], weights: &[i16]) -> Pixels<u8> {
    // SAFETY: every 64-bit x86 has this instruction.
    let mut sums = [[unsafe { _mm_set1_epi32(1 << 20) }; 2]; 3];
    let (pixels, last_pixel) = pixels.as_chunks::<2>();
    let (weights, last_weight) = weights.as_chunks::<2>();
    for (pixels, &weights) in pixels.iter().zip(weights) {
        add_pixels(&mut sums, pixels.each_ref(), pair(weights));
    }
    if let ([pixel], &[weight]) = (last_pixel, last_weight) {
        add_pixels(&mut sums, [pixel; 2], pair([weight, 0]));
    }
    let mut blended = Pixels::<u8>::default();
    for ([low, high], blended) in sums.into_iter().zip(&mut blended) {
        // SAFETY: every 64-bit x86 has these instructions. `blended` has 8 bytes.
        unsafe {
            let sums = _mm_packs_epi32(_mm_srai_epi32::<21>(low), _mm_srai_epi32::<21>(high));
            _mm_storel_epi64(blended.as_mut_ptr().cast(), _mm_packus_epi16(sums, sums));
        }
    }
    blended
}

/// Adds two pixels, multiplied by their weights.
#[inline(always)]
fn add_pixels(sums: &mut [[__m128i; 2]; 3], [first, second]: [&Pixels<i16>; 2], weights: __m128i) {
    for ([low, high], (first, second)) in sums.iter_mut().zip(first.iter().zip(second)) {
        // SAFETY: every 64-bit x86 has these instructions. There are 8 values each, which are read at
        // once.
        unsafe {
            let first = _mm_loadu_si128(first.as_ptr().cast());
            let second = _mm_loadu_si128(second.as_ptr().cast());
            let pairs = _mm_unpacklo_epi16(first, second);
            *low = _mm_add_epi32(*low, _mm_madd_epi16(pairs, weights));
            let pairs = _mm_unpackhi_epi16(first, second);
            *high = _mm_add_epi32(*high, _mm_madd_epi16(pairs, weights));
        }
    }
}

/// Two weights side by side, four times.
#[inline(always)]
fn pair([first, second]: [i16; 2]) -> __m128i {
    let both = i32::from(first as u16) | i32::from(second) << 16;
    // SAFETY: every 64-bit x86 has this instruction.
    unsafe { _mm_set1_epi32(both) }
}
