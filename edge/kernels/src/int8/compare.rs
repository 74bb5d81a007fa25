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
/// If there is not one of `sums` for each row, or `probe` is empty or has more than 100,000 numbers.
#[inline(never)]
pub fn dots(isa: Isa, rows: &[u8], probe: &[u8], sums: &mut [i32]) {
    assert!((1..=LONGEST).contains(&probe.len()));
    assert_eq!(rows.len(), sums.len() * probe.len());
    isa.vectorised(|| {
        for (row, sum) in rows.chunks_exact(probe.len()).zip(sums) {
            let products = row.iter().zip(probe);
            *sum = products.map(|(&a, &b)| value(a) * value(b)).sum();
        }
    });
}

#[inline(always)]
fn value(byte: u8) -> i32 {
    i32::from(byte.cast_signed())
}
