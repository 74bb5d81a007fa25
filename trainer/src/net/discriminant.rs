//! A second classifier, computed in closed form instead of by gradient descent: linear discriminant analysis (Fisher,
//! "The Use of Multiple Measurements in Taxonomic Problems", Annals of Eugenics 7, 1936), regularised as proposed by
//! Friedman ("Regularized Discriminant Analysis", Journal of the American Statistical Association 84, 1989).
//!
//! Gradient descent learns anything that separates the training photographs. The discriminant gives the least weight to
//! the directions in which photographs of one breed vary most. The two make different mistakes, and their mean is right
//! more often than either.

use rayon::prelude::*;

use super::Classifier;
use super::covariance::Covariance;
use super::dot::dot;
use super::prototypes::Prototypes;

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
        let within = Covariance::within(prototypes, embeddings.clone());
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

fn variance(values: &[f32]) -> f32 {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f32>()
        / count
}
