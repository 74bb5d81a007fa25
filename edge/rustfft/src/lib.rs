//! Discrete Fourier transforms, as far as tract calls for them: correct, and slow.
//!
//! tract links its operators for sound whether or not a network has any, and with them transforms for every length and
//! processor. No network of pictures has any; the definition takes their place.

use std::f64::consts::TAU;
use std::marker::PhantomData;

pub use num_complex;
pub use num_traits;

use num_complex::Complex;
use num_traits::{FromPrimitive, Signed};

/// Numbers that can be transformed.
pub trait FftNum: Copy + FromPrimitive + Signed + Send + Sync + 'static {}

impl<T: Copy + FromPrimitive + Signed + Send + Sync + 'static> FftNum for T {}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FftDirection {
    /// From time to frequency.
    Forward,
    /// And back, times the length.
    Inverse,
}

/// Makes transforms.
#[derive(Debug, Default)]
pub struct FftPlanner<T>(PhantomData<T>);

impl<T: FftNum> FftPlanner<T> {
    /// A planner.
    #[must_use]
    pub fn new() -> Self {
        Self(PhantomData)
    }

    /// The transform of `len` numbers.
    #[must_use]
    pub fn plan_fft(&mut self, len: usize, direction: FftDirection) -> Transform<T> {
        let sign = match direction {
            FftDirection::Forward => -1.0,
            FftDirection::Inverse => 1.0,
        };
        let root = |index| Complex::cis(sign * TAU * index as f64 / len as f64);
        let number = |value| T::from_f64(value).unwrap_or_else(T::zero);
        let roots = (0..len).map(root);
        let roots = roots.map(|root| Complex::new(number(root.re), number(root.im)));
        Transform(roots.collect())
    }

    /// The transform of `len` numbers from time to frequency.
    #[must_use]
    pub fn plan_fft_forward(&mut self, len: usize) -> Transform<T> {
        self.plan_fft(len, FftDirection::Forward)
    }
}

/// A transform of one length: the roots of 1.
#[derive(Debug)]
pub struct Transform<T>(Vec<Complex<T>>);

impl<T: FftNum> Transform<T> {
    /// Replaces the numbers, and each further as many, by their transform.
    ///
    /// # Panics
    /// Where the length is not a multiple of the transform's.
    pub fn process(&self, buffer: &mut [Complex<T>]) {
        let Self(roots) = self;
        assert_eq!(buffer.len() % roots.len().max(1), 0);
        for numbers in buffer.chunks_exact_mut(roots.len().max(1)) {
            let of = |frequency: usize| {
                let products = numbers.iter().enumerate();
                let products =
                    products.map(|(time, number)| number * roots[time * frequency % roots.len()]);
                products.fold(Complex::new(T::zero(), T::zero()), |sum, it| sum + it)
            };
            let transformed: Vec<_> = (0..roots.len()).map(of).collect();
            numbers[..roots.len()].copy_from_slice(&transformed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_one_frequency_and_comes_back() {
        for len in [1, 2, 7, 12] {
            let mut planner = FftPlanner::new();
            for frequency in 0..len {
                let wave = |time: usize| Complex::cis(TAU * (frequency * time) as f64 / len as f64);
                let wave: Vec<_> = (0..len).map(wave).collect();
                let mut buffer = wave.repeat(2);
                planner.plan_fft_forward(len).process(&mut buffer);
                for (index, number) in buffer.iter().enumerate() {
                    let expected = if index % len == frequency { len } else { 0 };
                    assert!(
                        (number - expected as f64).norm() < 1e-9,
                        "{len}, {frequency}: {buffer:?}"
                    );
                }
                planner
                    .plan_fft(len, FftDirection::Inverse)
                    .process(&mut buffer);
                for (number, wave) in buffer.iter().zip(wave.repeat(2)) {
                    assert!(
                        (number / len as f64 - wave).norm() < 1e-9,
                        "{len}, {frequency}"
                    );
                }
            }
        }
    }
}
