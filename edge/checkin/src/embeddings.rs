//! The embeddings that were made of one animal during an arrival.

use std::collections::VecDeque;

use recognise::verdict::Evidence;

/// The embeddings of the last predictions for one animal, each of length 1, with its quality: the
/// weight that it has in the mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Embeddings {
    kept: VecDeque<(Vec<f32>, f32)>,
}

impl Embeddings {
    /// Adds an embedding. One without a direction, or without quality, says nothing and is left out.
    pub(crate) fn add(&mut self, embedding: &[f32], quality: f32) {
        let Some(embedding) = unit(embedding).filter(|_| quality > 0.0) else {
            return;
        };
        // Embeddings of different lengths cannot be compared.
        self.kept.retain(|(kept, _)| kept.len() == embedding.len());
        if self.kept.len() == Evidence::MOST {
            self.kept.pop_front();
        }
        self.kept.push_back((embedding, quality));
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Their mean, scaled to length 1; empty if there are none.
    pub(crate) fn mean(&self) -> Vec<f32> {
        let Some((first, _)) = self.kept.front() else {
            return Vec::new();
        };
        let mut sum = vec![0.0; first.len()];
        for (embedding, quality) in &self.kept {
            for (sum, value) in sum.iter_mut().zip(embedding) {
                *sum += quality * value;
            }
        }
        unit(&sum).unwrap_or_default()
    }

    /// The cosine between their mean and an embedding; `None` if they cannot be compared.
    pub(crate) fn similarity(&self, embedding: &[f32]) -> Option<f32> {
        let (mean, embedding) = (self.mean(), unit(embedding)?);
        let is_comparable = mean.len() == embedding.len();
        is_comparable.then(|| mean.iter().zip(&embedding).map(|(a, b)| a * b).sum())
    }
}

/// A vector scaled to length 1; `None` if it has no direction.
fn unit(vector: &[f32]) -> Option<Vec<f32>> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    (length.is_normal()).then(|| vector.iter().map(|value| value / length).collect())
}
