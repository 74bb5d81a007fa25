//! Which way each weight is rounded.
//!
//! To the nearest is best for each weight alone, not for a layer's output, where errors add up or cancel. What counts
//! is the squared error of the output, a quadratic form of the weights' errors in the covariance of the inputs
//! (Frantar et al., "GPTQ", ICLR 2023). Coordinate descent lowers it weight by weight (Behdin et al., "QuantEase:
//! Optimization-based Quantization for Language Models", 2023): unlike GPTQ it needs no inverse of the covariance,
//! and never ends above where it began.

use rayon::prelude::*;

use super::int8::{dequantised, nearest, nearest_rows};
use super::moments::Moments;
use crate::net::{Into, Matrix, matmul, vectorised};

/// Passes over a row's weights; most rows stand still before.
const SWEEPS: usize = 12;

/// The rounded weights `[rows, n]`, in units of their row's scale, with which the layer's outputs on its actual
/// inputs come near to those of `weight`, up to a constant: that is the bias' to put right.
///
/// The mean squared error is never larger than that of rounding to the nearest.
#[must_use]
pub fn round(weight: &[f32], scales: &[f32], moments: &Moments) -> Vec<i8> {
    let inputs = moments.actual_mean.len();
    let mut rounded = nearest_rows(weight, scales);

    // Half of the error's derivative by each weight.
    let mut slopes = vec![0.0; weight.len()];
    let actual = dequantised(&rounded, scales);
    let errors: Vec<f32> = actual
        .iter()
        .zip(weight)
        .map(|(actual, exact)| actual - exact)
        .collect();
    let covariance = Matrix::new(&moments.covariance, inputs);
    matmul(
        &mut slopes,
        Into::Overwrite,
        Matrix::new(&errors, inputs),
        covariance,
    );

    let rows = rounded
        .par_chunks_exact_mut(inputs)
        .zip(slopes.par_chunks_exact_mut(inputs));
    rows.zip(scales).for_each(|((row, slopes), &scale)| {
        for _ in 0..SWEEPS {
            if !sweep(row, slopes, scale, &moments.covariance) {
                break;
            }
        }
    });
    rounded
}

/// Sets each weight of a row to its best value while the others stand still; says whether one changed.
fn sweep(row: &mut [i8], slopes: &mut [f32], scale: f32, covariance: &[f32]) -> bool {
    let mut changed = false;
    for (index, curvatures) in covariance.chunks_exact(row.len()).enumerate() {
        let curvature = curvatures[index];
        if curvature <= 0.0 {
            continue;
        }
        let now = f32::from(row[index]) * scale;
        let better = nearest(now - slopes[index] / curvature, scale);
        if better != row[index] {
            let step = f32::from(better) * scale - now;
            vectorised(
                #[inline(always)]
                || {
                    for (slope, curvature) in slopes.iter_mut().zip(curvatures) {
                        *slope += step * curvature;
                    }
                },
            );
            row[index] = better;
            changed = true;
        }
    }
    changed
}
