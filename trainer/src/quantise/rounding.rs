//! Second-order rounding of weights.
//!
//! Rounding to the nearest minimises the error of each weight, but not that of a layer's output, in which the errors of
//! the weights add up or cancel. The squared error of the output is a quadratic form of the weights' errors, whose
//! matrix is the covariance of the inputs (Frantar et al., "GPTQ", ICLR 2023). Coordinate descent reduces it weight by
//! weight (Behdin et al., "QuantEase: Optimization-based Quantization for Language Models", 2023). Unlike GPTQ it needs
//! no inverse of the covariance and never increases the error.

use rayon::prelude::*;

use super::moments::Moments;
use crate::net::int8::{dequantised, nearest, nearest_rows};
use crate::net::short_sums::{self, ShortSums};
use crate::net::{Matrix, Update, matmul, vectorised};

/// Largest number of passes over a row's weights. Most rows stop changing earlier.
const SWEEPS: usize = 12;

/// Rounds weights `[rows, n]` to units of their row's scale, so that the layer's outputs on the actual inputs come
/// close to those of the exact weights, up to a constant, which the bias corrects.
///
/// The mean squared error is never larger than with rounding to the nearest. Short sums that fit with that still fit.
#[must_use]
pub fn round(weight: &[f32], scales: &[f32], moments: &Moments, short_sums: &ShortSums) -> Vec<i8> {
    let inputs = moments.actual_mean.len();
    let mut rounded = nearest_rows(weight, scales);

    // Half of the derivative of the error with respect to each weight.
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
        Update::Overwrite,
        Matrix::new(&errors, inputs),
        covariance,
    );

    let rows = rounded
        .par_chunks_exact_mut(inputs)
        .zip(slopes.par_chunks_exact_mut(inputs));
    rows.zip(scales).for_each(|((row, slopes), &scale)| {
        let mut sums = short_sums.of_row(row, magnitude);
        for _ in 0..SWEEPS {
            let sums = (short_sums, &mut sums[..]);
            if !sweep(row, slopes, scale, &moments.covariance, sums) {
                break;
            }
        }
    });
    rounded
}

/// Sets each weight of a row to its best value given all others; returns whether any changed. `sums` are those of the
/// row's magnitudes.
fn sweep(
    row: &mut [i8],
    slopes: &mut [f32],
    scale: f32,
    covariance: &[f32],
    (short_sums, sums): (&ShortSums, &mut [i32]),
) -> bool {
    let mut changed = false;
    for (index, curvatures) in covariance.chunks_exact(row.len()).enumerate() {
        let curvature = curvatures[index];
        if curvature <= 0.0 {
            continue;
        }
        let now = f32::from(row[index]) * scale;
        let sum = &mut sums[short_sums.set(index)];
        let others = *sum - magnitude(row[index]);
        let room = (short_sums::LARGEST - others).clamp(magnitude(row[index]), 127) as i8;
        let better = nearest(now - slopes[index] / curvature, scale).clamp(-room, room);
        if better != row[index] {
            *sum = others + magnitude(better);
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

fn magnitude(weight: i8) -> i32 {
    i32::from(weight.unsigned_abs())
}
