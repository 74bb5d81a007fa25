//! How photographs of one breed differ, as a matrix that gives such differences less weight.

use rayon::prelude::*;

use super::dot::dot;
use super::prototypes::{Prototypes, direction};
use super::{Matrix, Update, add, matmul};

/// The photographs are summed in this many parts, whatever the number of cores, so that the sums are the same on every
/// machine.
const PARTS: usize = 4;

/// The covariance of photographs within a breed, a matrix `[features, features]` with the mean variance, the ridge, added
/// to each variance: there are hardly more photographs than features.
pub(super) struct Covariance {
    /// The photographs, if there are no more of them than features. Then it is cheaper to solve for the photographs than
    /// for the features: with the deviations D of n photographs, the matrix is ridge + DᵀD / n, and by Woodbury's
    /// identity its inverse is (1 - Dᵀ (n ridge + DDᵀ)⁻¹ D) / ridge.
    deviations: Option<Vec<Vec<f64>>>,
    /// The factor of the matrix, or of n ridge + DDᵀ.
    factor: Factor,
    ridge: f64,
}

impl Covariance {
    /// The covariance of embeddings with their breeds, each scaled to length 1, given the `prototypes` of the breeds.
    pub(super) fn within<'a>(
        prototypes: &Prototypes,
        embeddings: impl Iterator<Item = (&'a [f32], usize)>,
    ) -> Self {
        let features = prototypes.features();
        let prototypes: Vec<&[f32]> = prototypes.values().chunks_exact(features).collect();
        let deviations = embeddings.map(|(embedding, breed)| {
            let values = direction(embedding).into_iter().zip(prototypes[breed]);
            let deviations = values.map(|(value, mean)| f64::from(value) - f64::from(*mean));
            deviations.collect()
        });
        Self::of(deviations.collect(), features)
    }

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

    /// Replaces the rows `[features, columns]` by such combinations of them that what they give for photographs varies
    /// within a breed as if by the identity instead of the matrix: the rows, divided by the matrix' Cholesky factor, and
    /// scaled so that rows along which photographs vary as much as on average stay of the same size.
    ///
    /// If there are no more photographs than features, too little is known, and the rows stay as they are.
    pub(super) fn whiten(&self, rows: &mut [f32], columns: usize) {
        if self.deviations.is_some() {
            return;
        }
        for index in 0..rows.len() / columns {
            let (before, rest) = rows.split_at_mut(index * columns);
            let row = &mut rest[..columns];
            let factors = &self.factor.0[index];
            for (other, factor) in before.chunks_exact(columns).zip(factors) {
                let values = row.iter_mut().zip(other);
                values.for_each(|(value, other)| *value -= *factor as f32 * other);
            }
            row.iter_mut()
                .for_each(|value| *value /= factors[index] as f32);
        }
        let scale = (2.0 * self.ridge).sqrt() as f32;
        rows.iter_mut().for_each(|value| *value *= scale);
    }

    /// The vector whose product with the matrix is `product`.
    pub(super) fn solve(&self, product: &[f64]) -> Vec<f64> {
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

/// `sum += factor * row`.
fn add_scaled(sum: &mut [f64], factor: f64, row: &[f64]) {
    let both = sum.iter_mut().zip(row);
    both.for_each(|(sum, value)| *sum += factor * value);
}
