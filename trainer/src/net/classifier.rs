//! The classifier of a bundle. It is linear in the direction of an embedding, whose length depends more on the
//! picture's contrast than on the breed (Ranjan et al., "L2-constrained Softmax Loss for Discriminative Face
//! Verification", 2017).

use candle_core::Result;
use recognise::Bundle;

use super::bundle::file;
use super::dot::dot;
use super::prototypes::direction;
use super::{CLASSIFIER_BIAS, CLASSIFIER_WEIGHT, Network, WeightsError};

/// Usual length of a trained network's embeddings: 13.1 on average over the training photographs of one network, with a
/// standard deviation of 1.5.
pub(super) const LENGTH: f32 = 13.0;

/// A classifier that is linear in the direction of an embedding.
#[derive(Clone, Debug, PartialEq)]
pub struct Classifier {
    /// Weights `[breeds, features]`.
    pub weight: Vec<f32>,
    /// Biases `[breeds]`.
    pub bias: Vec<f32>,
}

impl Classifier {
    /// The network's own classifier, applied to embeddings of the usual length.
    ///
    /// # Errors
    /// If its parameters cannot be read.
    pub fn learnt(network: &Network) -> Result<Self> {
        let [weight, bias] = network.classifier()?;
        Ok(Self {
            weight: weight.iter().map(|value| LENGTH * value).collect(),
            bias,
        })
    }

    /// The classifier of an f32 bundle that the trainer exported.
    ///
    /// # Errors
    /// If the bundle lacks its tensors or has them in another shape: the message names the bundle and the tensor.
    pub fn from_bundle(bundle: &Bundle) -> std::result::Result<Self, WeightsError> {
        let (file, breeds) = (file(bundle)?, bundle.metadata.breeds.len());
        let features = file.features()?;
        let values = |name, shape: &[usize]| {
            let tensor = file.tensor(name, shape)?;
            Ok::<_, WeightsError>(tensor.flatten_all()?.to_vec1()?)
        };
        Ok(Self {
            weight: values(CLASSIFIER_WEIGHT, &[breeds, features])?,
            bias: values(CLASSIFIER_BIAS, &[breeds])?,
        })
    }

    /// The logits of an embedding, which has all features; one for each breed.
    #[must_use]
    pub fn logits(&self, embedding: &[f32]) -> Vec<f32> {
        let direction = direction(embedding);
        let rows = self.weight.chunks_exact(embedding.len()).zip(&self.bias);
        rows.map(|(row, bias)| bias + dot(row, &direction))
            .collect()
    }

    /// The weighted mean of two classifiers; `other` has the weight `share`, 0 to 1.
    #[must_use]
    pub fn mean(&self, other: &Self, share: f32) -> Self {
        Self {
            weight: mean(&self.weight, &other.weight, share),
            bias: mean(&self.bias, &other.bias, share),
        }
    }
}

/// The weighted mean of two rows; `other` has the weight `share`.
pub(crate) fn mean(one: &[f32], other: &[f32], share: f32) -> Vec<f32> {
    let both = one.iter().zip(other);
    both.map(|(one, other)| one + share * (other - one))
        .collect()
}
