//! What the photographs of each breed have in common, as the network sees them: by their similarity to it, pictures of
//! what is none of the breeds are told.

use recognise::Bundle;

use super::bundle::file;
use super::{FEATURES, WeightsError, add};

/// For each breed the mean of its photographs' embeddings, each scaled to length 1: `[breeds, FEATURES]`.
///
/// The mean is the shorter, the less the photographs agree; so the dot product with it, which is the similarity, is the
/// mean of their cosines with a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Means(Vec<f32>);

/// Embeddings that are shorter have no direction.
pub(crate) const SHORTEST: f32 = 1e-12;

/// The embedding scaled to length 1; one of zeros stays as it is.
pub(crate) fn direction(embedding: &[f32]) -> Vec<f32> {
    let squares = embedding.iter().map(|value| value * value);
    let length = squares.sum::<f32>().sqrt().max(SHORTEST);
    embedding.iter().map(|value| value / length).collect()
}

/// The tensor's name in a bundle.
pub(crate) const MEANS: &str = "similarity.weight";

impl Means {
    /// Of embeddings with their breeds. A breed without any has the mean 0, which nothing is like.
    #[must_use]
    pub fn of<'a>(breeds: usize, embeddings: impl IntoIterator<Item = (&'a [f32], usize)>) -> Self {
        let mut sums = vec![0.0; breeds * FEATURES];
        let mut counts = vec![0u32; breeds];
        for (embedding, breed) in embeddings {
            add(
                &mut sums[breed * FEATURES..][..FEATURES],
                &direction(embedding),
            );
            counts[breed] += 1;
        }
        for (sum, count) in sums.chunks_exact_mut(FEATURES).zip(counts) {
            sum.iter_mut()
                .for_each(|value| *value /= count.max(1) as f32);
        }
        Self(sums)
    }

    /// Those of an f32 bundle that [`crate::export::to_onnx`] wrote.
    ///
    /// # Errors
    /// If the bundle has none, or of another shape: the message names the bundle and the tensor.
    pub fn from_bundle(bundle: &Bundle) -> Result<Self, WeightsError> {
        let means = file(bundle)?.tensor(MEANS, &[bundle.metadata.breeds.len(), FEATURES])?;
        Ok(Self(means.flatten_all()?.to_vec1()?))
    }

    /// `[breeds, FEATURES]`, a breed after the other.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.0
    }
}
