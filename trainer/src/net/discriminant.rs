//! A second classifier, worked out instead of learnt: linear discriminant analysis (Fisher, "The Use of Multiple
//! Measurements in Taxonomic Problems", Annals of Eugenics 7, 1936), regularised as by Friedman ("Regularized
//! Discriminant Analysis", Journal of the American Statistical Association 84, 1989).
//!
//! Gradient descent learns whatever tells the photographs apart that it sees; this asks how those of a breed vary, and
//! trusts least what varies most. The two err elsewhere, and their mean is right more often than either.

use rayon::prelude::*;

use super::means::{Means, direction};
use super::{Classifier, FEATURES};

/// When a solution is near enough: its squared error, as a share of what it started with.
const NEAR: f64 = 1e-16;

impl Classifier {
    /// The discriminant of embeddings with their breeds, whose `means` are given. All breeds are thought equally
    /// likely. The logits of an embedding have, on average, a variance of 1.
    ///
    /// `None` where the embeddings hold what is no number.
    #[must_use]
    pub fn discriminant<'a>(
        means: &Means,
        embeddings: impl Iterator<Item = (&'a [f32], usize)> + Clone,
    ) -> Option<Self> {
        let wide: Vec<f64> = means.values().iter().map(|&value| value.into()).collect();
        let wide: Vec<&[f64]> = wide.chunks_exact(FEATURES).collect();
        let deviations = embeddings.clone().map(|(embedding, breed)| {
            let values = direction(embedding).into_iter().zip(wide[breed]);
            values
                .map(|(value, mean)| f64::from(value) - mean)
                .collect()
        });
        let within = Covariance::of(deviations.collect());
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
        // Where no logits vary, there is nothing to scale.
        let scale = if scale.is_finite() { scale } else { 1.0 };
        let values = made.weight.iter_mut().chain(&mut made.bias);
        values.for_each(|value| *value *= scale);
        let mut values = made.weight.iter().chain(&made.bias);
        values.all(|value| value.is_finite()).then_some(made)
    }
}

/// How photographs of one breed vary: a matrix `[FEATURES, FEATURES]` that is never written down.
struct Covariance {
    deviations: Vec<Vec<f64>>,
    /// Added to each variance: photographs are hardly more than features, so as much again as there is on average.
    ridge: f64,
}

impl Covariance {
    fn of(deviations: Vec<Vec<f64>>) -> Self {
        let sum: f64 = deviations.iter().map(|row| dot(row, row)).sum();
        let ridge = sum / (deviations.len().max(1) * FEATURES) as f64;
        // Where nothing varies, all directions are as good.
        let ridge = if ridge == 0.0 { 1.0 } else { ridge };
        Self { deviations, ridge }
    }

    fn times(&self, vector: &[f64]) -> Vec<f64> {
        let mut product: Vec<f64> = vector.iter().map(|value| self.ridge * value).collect();
        for row in &self.deviations {
            add(
                &mut product,
                dot(row, vector) / self.deviations.len() as f64,
                row,
            );
        }
        product
    }

    /// What must be multiplied to give `product`: conjugate gradients (Hestenes and Stiefel, "Methods of Conjugate
    /// Gradients for Solving Linear Systems", 1952).
    fn solve(&self, product: &[f64]) -> Vec<f64> {
        let mut solution = vec![0.0; product.len()];
        let (mut error, mut way) = (product.to_vec(), product.to_vec());
        let mut size = dot(&error, &error);
        let near = NEAR * size;
        for _ in 0..FEATURES {
            if size <= near {
                break;
            }
            let moved = self.times(&way);
            let step = size / dot(&way, &moved);
            add(&mut solution, step, &way);
            add(&mut error, -step, &moved);
            let before = std::mem::replace(&mut size, dot(&error, &error));
            way.iter_mut().for_each(|value| *value *= size / before);
            add(&mut way, 1.0, &error);
        }
        solution
    }
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
