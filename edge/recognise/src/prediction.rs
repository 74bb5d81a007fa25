//! The network's output as calibrated probabilities and prototype similarities.

use crate::engine::Output;
use crate::metadata::Metadata;
use crate::softmax::softmax;

/// The result of running the network once on a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Calibrated probabilities, one for each breed, in the order of [`Metadata::breeds`]; their
    /// sum is 1.
    pub probabilities: Vec<f32>,
    /// Prototype similarities, one for each breed, about 0 to 1: the dot product of the picture's
    /// features, scaled to length 1, with the breed's prototype, which is the mean of such features
    /// over its training photographs. A picture that is similar to no prototype is out of
    /// distribution, however high its probabilities are. Empty if the network has no such output.
    ///
    /// Nearest class means: Mensink et al., "Distance-Based Image Classification", PAMI 2013. Their
    /// distance as an out-of-distribution score: Lee et al., "A Simple Unified Framework for
    /// Detecting Out-of-Distribution Samples and Adversarial Attacks", NeurIPS 2018.
    pub similarity: Vec<f32>,
}

impl Prediction {
    /// Interprets the output of the network that has this metadata.
    #[must_use]
    pub fn of(output: &Output, metadata: &Metadata) -> Self {
        Self {
            probabilities: softmax(&output.logits, metadata.calibration.temperature),
            similarity: output.similarity.clone(),
        }
    }

    /// The probability of the most probable breed; 0 if there are none. NaN does not count.
    #[must_use]
    pub fn greatest_probability(&self) -> f32 {
        self.probabilities.iter().copied().fold(0.0, f32::max)
    }

    /// The similarity to the most similar prototype; 0 if there are none.
    #[must_use]
    pub fn greatest_similarity(&self) -> f32 {
        self.similarity.iter().copied().fold(0.0, f32::max)
    }
}
