//! The prototype of each breed: the mean embedding of its photographs. Pictures that are similar to no prototype show
//! none of the breeds.

use recognise::Bundle;

use super::bundle::file;
use super::{WeightsError, add};

/// For each breed the mean of its photographs' embeddings, each scaled to length 1.
///
/// The more a breed's photographs differ, the shorter is its prototype. The dot product of a prototype with a picture's
/// embedding of length 1, the prototype similarity, is the mean cosine of the picture with the breed's photographs.
#[derive(Clone, Debug, PartialEq)]
pub struct Prototypes {
    /// `[breeds, features]`
    values: Vec<f32>,
    features: usize,
}

/// Shorter embeddings have no direction.
pub(crate) const SHORTEST: f32 = 1e-12;

/// The embedding scaled to length 1. An embedding of zeros stays as it is.
pub(crate) fn direction(embedding: &[f32]) -> Vec<f32> {
    let squares = embedding.iter().map(|value| value * value);
    let length = squares.sum::<f32>().sqrt().max(SHORTEST);
    embedding.iter().map(|value| value / length).collect()
}

/// The tensor's name in a bundle.
pub(crate) const PROTOTYPES: &str = "similarity.weight";

impl Prototypes {
    /// The prototypes of embeddings of this many features, at least 1, with their breeds. A breed without
    /// photographs has the prototype 0, which no picture is similar to.
    #[must_use]
    pub fn of<'a>(
        breeds: usize,
        features: usize,
        embeddings: impl IntoIterator<Item = (&'a [f32], usize)>,
    ) -> Self {
        let mut sums = vec![0.0; breeds * features];
        let mut counts = vec![0u32; breeds];
        for (embedding, breed) in embeddings {
            add(
                &mut sums[breed * features..][..features],
                &direction(embedding),
            );
            counts[breed] += 1;
        }
        for (sum, count) in sums.chunks_exact_mut(features).zip(counts) {
            sum.iter_mut()
                .for_each(|value| *value /= count.max(1) as f32);
        }
        Self {
            values: sums,
            features,
        }
    }

    /// The prototypes in an f32 bundle that the trainer exported.
    ///
    /// # Errors
    /// If the bundle has none, or they have another shape: the message names the bundle and the tensor.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, WeightsError> {
        let file = file(bundle)?;
        let features = file.features()?;
        let prototypes = file.tensor(PROTOTYPES, &[bundle.metadata.breeds.len(), features])?;
        Ok(Self {
            values: prototypes.flatten_all()?.to_vec1()?,
            features,
        })
    }

    /// The values `[breeds, features]`, breed after breed.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The number of features of a prototype.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features
    }
}
