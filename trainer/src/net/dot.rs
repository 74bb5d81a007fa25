//! The dot product of two rows.

use std::ops::{AddAssign, Mul};

/// Sums that are taken side by side, which a processor's vectors can do.
const LANES: usize = 16;

/// The dot product of two rows of the same length. Its terms are always added in the same order.
pub(crate) fn dot<T>(a: &[T], b: &[T]) -> T
where
    T: Copy + Default + AddAssign + Mul<Output = T>,
{
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [T::default(); LANES];
    for (a, b) in a.iter().zip(b) {
        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let mut whole = T::default();
    for sum in sums {
        whole += sum;
    }
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        whole += a * b;
    }
    whole
}
