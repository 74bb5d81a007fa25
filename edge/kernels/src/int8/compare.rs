//! Compares an embedding with many others.

use crate::Isa;

/// The most numbers that an embedding may have: the sums of so many products fit 32 bits.
const LONGEST: usize = 100_000;

/// The dot product of `probe` with each of `rows`, which lie one behind the other: their bytes are signed numbers.
///
/// ```
/// use kernels::{Isa, int8::dots};
///
/// let mut sums = [0; 2];
/// let rows = [1, 2, 3, 4].map(i8::cast_unsigned);
/// dots(Isa::detect(), &rows, &[10, -1].map(i8::cast_unsigned), &mut sums);
/// assert_eq!(sums, [8, 26]);
/// ```
///
/// # Panics
/// If there is not one of `sums` for each row, `probe` is empty or has more than 100,000 numbers, or the processor does
/// not have the instructions `isa`.
#[inline(never)]
pub fn dots(isa: Isa, rows: &[u8], probe: &[u8], sums: &mut [i32]) {
    assert!(isa.is_available());
    assert!((1..=LONGEST).contains(&probe.len()));
    assert_eq!(rows.len(), sums.len() * probe.len());
    match isa {
        // SAFETY: the processor has these instructions, asserted above.
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "a call that needs the processor's features")]
        Isa::Avx512Vnni => unsafe { x86::dots(rows, probe, sums) },
        // SAFETY: likewise.
        #[cfg(target_arch = "aarch64")]
        #[expect(unsafe_code, reason = "a call that needs the processor's features")]
        Isa::NeonDot => unsafe { arm::dots(rows, probe, sums) },
        isa => isa.vectorised(|| {
            for (row, sum) in rows.chunks_exact(probe.len()).zip(sums) {
                *sum = plain(row, probe);
            }
        }),
    }
}

#[inline(always)]
fn plain(a: &[u8], b: &[u8]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| value(a) * value(b)).sum()
}

#[inline(always)]
fn value(byte: u8) -> i32 {
    i32::from(byte.cast_signed())
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "intrinsics on raw pointers")]
mod x86 {
    use std::arch::x86_64::*;

    use super::value;

    /// Bytes of a vector.
    const VECTOR: usize = 64;

    /// `vpdpbusd` takes unsigned numbers on one side: those of the rows get 128 more, and the sums 128 times the sum of
    /// the probe, which fits 32 bits.
    #[target_feature(enable = "avx512bw,avx512vl,avx512vnni")]
    pub(super) fn dots(rows: &[u8], probe: &[u8], sums: &mut [i32]) {
        let excess = 128 * probe.iter().map(|&byte| value(byte)).sum::<i32>();
        let (probe_vectors, probe_rest) = probe.as_chunks::<VECTOR>();
        let probe_rest = part(probe_rest);
        let flip = _mm512_set1_epi8(i8::MIN);
        for (row, sum) in rows.chunks_exact(probe.len()).zip(sums) {
            let (vectors, rest) = row.as_chunks::<VECTOR>();
            let flipped = _mm512_xor_si512(part(rest), flip);
            let mut total = _mm512_dpbusd_epi32(_mm512_setzero_si512(), flipped, probe_rest);
            for (vector, probe) in vectors.iter().zip(probe_vectors) {
                let flipped = _mm512_xor_si512(whole(vector), flip);
                total = _mm512_dpbusd_epi32(total, flipped, whole(probe));
            }
            *sum = _mm512_reduce_add_epi32(total).wrapping_sub(excess);
        }
    }

    #[inline]
    #[target_feature(enable = "avx512bw")]
    fn whole(bytes: &[u8; VECTOR]) -> __m512i {
        // SAFETY: an array has as many bytes as are read.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    /// Fewer bytes than a vector has, and zeros.
    #[inline]
    #[target_feature(enable = "avx512bw")]
    fn part(bytes: &[u8]) -> __m512i {
        let mask = (1 << bytes.len()) - 1;
        // SAFETY: the mask selects as many bytes as there are.
        unsafe { _mm512_maskz_loadu_epi8(mask, bytes.as_ptr().cast()) }
    }
}

#[cfg(target_arch = "aarch64")]
#[expect(unsafe_code, reason = "intrinsics on raw pointers")]
mod arm {
    use std::arch::aarch64::*;

    use super::super::neon_dot::dot;
    use super::plain;

    /// Bytes of a vector.
    const VECTOR: usize = 16;

    #[target_feature(enable = "neon,dotprod")]
    pub(super) fn dots(rows: &[u8], probe: &[u8], sums: &mut [i32]) {
        let (probe_vectors, probe_rest) = probe.as_chunks::<VECTOR>();
        for (row, sum) in rows.chunks_exact(probe.len()).zip(sums) {
            let (vectors, rest) = row.as_chunks::<VECTOR>();
            let mut total = vdupq_n_s32(0);
            for (vector, probe) in vectors.iter().zip(probe_vectors) {
                total = dot(total, whole(vector), whole(probe));
            }
            *sum = vaddvq_s32(total) + plain(rest, probe_rest);
        }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn whole(bytes: &[u8; VECTOR]) -> int8x16_t {
        // SAFETY: an array has as many bytes as are read.
        unsafe { vld1q_s8(bytes.as_ptr().cast()) }
    }
}
