//! A second classifier, computed in closed form instead of by gradient descent: linear discriminant analysis (Fisher,
//! "The Use of Multiple Measurements in Taxonomic Problems", Annals of Eugenics 7, 1936), regularised as proposed by
//! Friedman ("Regularized Discriminant Analysis", Journal of the American Statistical Association 84, 1989).
//!
//! Gradient descent learns anything that separates the training photographs. The discriminant gives the least weight to
//! the directions in which photographs of one breed vary most. The two make different mistakes, and their mean is right
//! more often than either.

use rayon::prelude::*;

use super::dot::dot;
use super::prototypes::{Prototypes, direction};
use super::{Classifier, Matrix, Update, add, matmul};

/// The photographs are summed in this many parts, whatever the number of cores, so that the sums are the same on every
/// machine.
const PARTS: usize = 4;

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
        let embeddings: Vec<&[f32]> = embeddings.map(|(embedding, _)| embedding).collect();
        let variances = embeddings.par_iter();
        let variances = variances.map(|embedding| variance(&made.logits(embedding)));
        let variances: Vec<f32> = variances.collect();
        let count = variances.len().max(1) as f32;
        let scale = (variances.iter().sum::<f32>() / count).sqrt().recip();
        // Logits that do not vary cannot be scaled.
        let scale = if scale.is_finite() { scale } else { 1.0 };
        let values = made.weight.iter_mut().chain(&mut made.bias);
        values.for_each(|value| *value *= scale);
        let mut values = made.weight.iter().chain(&made.bias);
        values.all(|value| value.is_finite()).then_some(made)
    }
}

/// The covariance of photographs within a breed, a matrix `[features, features]` with the mean variance, the ridge, added
/// to each variance: there are hardly more photographs than features.
struct Covariance {
    /// The photographs, if there are no more of them than features. Then it is cheaper to solve for the photographs than
    /// for the features: with the deviations D of n photographs, the matrix is ridge + DᵀD / n, and by Woodbury's
    /// identity its inverse is (1 - Dᵀ (n ridge + DDᵀ)⁻¹ D) / ridge.
    deviations: Option<Vec<Vec<f64>>>,
    /// The factor of the matrix, or of n ridge + DDᵀ.
    factor: Factor,
    ridge: f64,
}

impl Covariance {
    fn of(deviations: Vec<Vec<f64>>, features: usize) -> Self {
        let sum: f64 = deviations.iter().map(|row| dot(row, row)).sum();
        let count = deviations.len();
        let ridge = sum / (count.max(1) * features) as f64;
        // If nothing varies, all directions count alike.
        let ridge = if ridge == 0.0 { 1.0 } else { ridge };
        if count > features {
            let factor = Factor::of(products(&deviations, features), ridge);
            return Self {
                deviations: None,
                factor,
                ridge,
            };
        }
        let rows = deviations.par_iter().enumerate();
        let rows = rows.map(|(index, row)| {
            let others = deviations[..=index].iter();
            others.map(|other| dot(row, other)).collect::<Vec<f64>>()
        });
        Self {
            factor: Factor::of(rows.collect(), count as f64 * ridge),
            deviations: Some(deviations),
            ridge,
        }
    }

    /// The vector whose product with the matrix is `product`.
    fn solve(&self, product: &[f64]) -> Vec<f64> {
        let mut solution = product.to_vec();
        let Some(deviations) = &self.deviations else {
            self.factor.solve(&mut solution);
            return solution;
        };
        let mut shares: Vec<f64> = deviations.iter().map(|row| dot(row, product)).collect();
        self.factor.solve(&mut shares);
        for (row, share) in deviations.iter().zip(shares) {
            add_scaled(&mut solution, -share, row);
        }
        solution.iter_mut().for_each(|value| *value /= self.ridge);
        solution
    }
}

/// The lower triangle of the Cholesky factor of a symmetric, positive definite matrix. One factor serves all breeds.
struct Factor(Vec<Vec<f64>>);

impl Factor {
    /// The factor of a matrix whose lower triangle is given, row by row, with `ridge` added to its diagonal.
    fn of(mut rows: Vec<Vec<f64>>, ridge: f64) -> Self {
        for index in 0..rows.len() {
            let (before, rest) = rows.split_at_mut(index);
            let row = &mut rest[0];
            for (column, other) in before.iter().enumerate() {
                let remaining = row[column] - dot(&row[..column], &other[..column]);
                row[column] = remaining / other[column];
            }
            let remaining = row[index] + ridge - dot(&row[..index], &row[..index]);
            row[index] = remaining.sqrt();
        }
        Self(rows)
    }

    /// Replaces the product of the matrix with a vector by that vector.
    fn solve(&self, values: &mut [f64]) {
        for (index, row) in self.0.iter().enumerate() {
            values[index] = (values[index] - dot(&row[..index], &values[..index])) / row[index];
        }
        for (index, row) in self.0.iter().enumerate().rev() {
            values[index] /= row[index];
            let (before, rest) = values.split_at_mut(index);
            add_scaled(before, -rest[0], &row[..index]);
        }
    }
}

/// The mean products of each two features: the lower triangle of a matrix `[features, features]`, row by row.
fn products(deviations: &[Vec<f64>], features: usize) -> Vec<Vec<f64>> {
    let part = |deviations: &[Vec<f64>]| {
        let narrow = deviations.iter().flatten().map(|&value| value as f32);
        let narrow: Vec<f32> = narrow.collect();
        let all = Matrix::new(&narrow, features);
        let mut sums = vec![0.0; features * features];
        matmul(&mut sums, Update::Overwrite, all.transposed(), all);
        sums
    };
    let parts = deviations.par_chunks(deviations.len().div_ceil(PARTS).max(1));
    let parts: Vec<Vec<f32>> = parts.map(part).collect();
    let mut sums = vec![0.0; features * features];
    parts.iter().for_each(|part| add(&mut sums, part));
    let count = deviations.len() as f64;
    let rows = sums.chunks_exact(features).enumerate();
    rows.map(|(index, row)| {
        let values = row[..=index].iter();
        values.map(|&value| f64::from(value) / count).collect()
    })
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

/// `sum += factor * row`.
fn add_scaled(sum: &mut [f64], factor: f64, row: &[f64]) {
    let both = sum.iter_mut().zip(row);
    both.for_each(|(sum, value)| *sum += factor * value);
}
