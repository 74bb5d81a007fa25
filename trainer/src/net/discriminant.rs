//! A second classifier, computed in closed form instead of by gradient descent: linear discriminant analysis (Fisher,
//! "The Use of Multiple Measurements in Taxonomic Problems", Annals of Eugenics 7, 1936), regularised as proposed by
//! Friedman ("Regularized Discriminant Analysis", Journal of the American Statistical Association 84, 1989).
//!
//! Gradient descent learns anything that separates the training photographs. The discriminant gives the least weight to
//! the directions in which photographs of one breed vary most. The two make different mistakes, and their mean is right
//! more often than either.

use rayon::prelude::*;

use super::prototypes::{Prototypes, direction};
use super::{Classifier, Matrix, Update, matmul};

/// The squared residual at which a solution is accurate enough, as a share of the initial one.
const ACCURATE: f64 = 1e-16;

impl Classifier {
    /// The discriminant of embeddings with their breeds, given their `prototypes`. All breeds are assumed equally
    /// likely. It is scaled so that the logits of an embedding have a variance of 1 on average.
    ///
    /// `None` if an embedding contains NaN or infinity.
    #[must_use]
    pub fn discriminant<'a>(
        prototypes: &Prototypes,
        embeddings: impl Iterator<Item = (&'a [f32], usize)> + Clone,
    ) -> Option<Self> {
        let wide = prototypes.values().iter().map(|&value| value.into());
        let wide: Vec<f64> = wide.collect();
        let wide: Vec<&[f64]> = wide.chunks_exact(prototypes.features()).collect();
        let deviations = embeddings.clone().map(|(embedding, breed)| {
            let values = direction(embedding).into_iter().zip(wide[breed]);
            values
                .map(|(value, mean)| f64::from(value) - mean)
                .collect()
        });
        let within = Covariance::of(deviations.collect(), prototypes.features());
        let solved: Vec<Vec<f64>> = wide.par_iter().map(|mean| within.solve(mean)).collect();
        let bias = solved
            .iter()
            .zip(&wide)
            .map(|(row, mean)| -dot(row, mean) / 2.0);
        let narrow = |value: f64| value as f32;
        let mut made = Self {
            bias: bias.map(narrow).collect(),
            weight: solved.concat().into_iter().map(narrow).collect(),
        };
        let (sum, count) = embeddings.fold((0.0, 0), |(sum, count), (embedding, _)| {
            (sum + variance(&made.logits(embedding)), count + 1)
        });
        let scale = (sum / count.max(1) as f32).sqrt().recip();
        // Logits that do not vary cannot be scaled.
        let scale = if scale.is_finite() { scale } else { 1.0 };
        let values = made.weight.iter_mut().chain(&mut made.bias);
        values.for_each(|value| *value *= scale);
        let mut values = made.weight.iter().chain(&made.bias);
        values.all(|value| value.is_finite()).then_some(made)
    }
}

/// The covariance of photographs within a breed, a matrix `[features, features]`.
struct Covariance {
    deviations: Vec<Vec<f64>>,
    /// The matrix itself, row by row, if that is faster to multiply with than the deviations: if there are more of them
    /// than features.
    rows: Option<Vec<f64>>,
    /// The mean variance, added to each variance: there are hardly more photographs than features.
    ridge: f64,
}

impl Covariance {
    fn of(deviations: Vec<Vec<f64>>, features: usize) -> Self {
        let sum: f64 = deviations.iter().map(|row| dot(row, row)).sum();
        let ridge = sum / (deviations.len().max(1) * features) as f64;
        // If nothing varies, all directions count alike.
        let ridge = if ridge == 0.0 { 1.0 } else { ridge };
        Self {
            rows: (deviations.len() > features).then(|| products(&deviations, features)),
            deviations,
            ridge,
        }
    }

    /// The matrix times a vector.
    fn times(&self, vector: &[f64]) -> Vec<f64> {
        let mut product: Vec<f64> = vector.iter().map(|value| self.ridge * value).collect();
        if let Some(rows) = &self.rows {
            let rows = rows.chunks_exact(vector.len());
            let sums = product.iter_mut().zip(rows);
            sums.for_each(|(sum, row)| *sum += dot(row, vector));
            return product;
        }
        for row in &self.deviations {
            add(
                &mut product,
                dot(row, vector) / self.deviations.len() as f64,
                row,
            );
        }
        product
    }

    /// The vector whose product with the matrix is `product`, by conjugate gradients (Hestenes and Stiefel, "Methods of
    /// Conjugate Gradients for Solving Linear Systems", 1952).
    fn solve(&self, product: &[f64]) -> Vec<f64> {
        let mut solution = vec![0.0; product.len()];
        let (mut residual, mut direction) = (product.to_vec(), product.to_vec());
        let mut squared = dot(&residual, &residual);
        let accurate = ACCURATE * squared;
        for _ in 0..product.len() {
            if squared <= accurate {
                break;
            }
            let image = self.times(&direction);
            let step = squared / dot(&direction, &image);
            add(&mut solution, step, &direction);
            add(&mut residual, -step, &image);
            let before = std::mem::replace(&mut squared, dot(&residual, &residual));
            direction
                .iter_mut()
                .for_each(|value| *value *= squared / before);
            add(&mut direction, 1.0, &residual);
        }
        solution
    }
}

/// The mean products of each two features, `[features, features]`.
fn products(deviations: &[Vec<f64>], features: usize) -> Vec<f64> {
    let narrow = deviations.iter().flatten().map(|&value| value as f32);
    let narrow: Vec<f32> = narrow.collect();
    let all = Matrix::new(&narrow, features);
    let mut sums = vec![0.0; features * features];
    matmul(&mut sums, Update::Overwrite, all.transposed(), all);
    let count = deviations.len() as f64;
    let mean = |row: usize, column: usize| {
        // Exactly symmetric, or conjugate gradients would not converge.
        let (one, other) = (row * features + column, column * features + row);
        (f64::from(sums[one]) + f64::from(sums[other])) / (2.0 * count)
    };
    let rows = 0..features;
    rows.flat_map(|row| (0..features).map(move |column| (row, column)))
        .map(|(row, column)| mean(row, column))
        .collect()
}

fn variance(values: &[f32]) -> f32 {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f32>()
        / count
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `sum += factor * row`.
fn add(sum: &mut [f64], factor: f64, row: &[f64]) {
    let both = sum.iter_mut().zip(row);
    both.for_each(|(sum, value)| *sum += factor * value);
}
