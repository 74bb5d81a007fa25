//! A picture in, calibrated probabilities out.
//!
//! [`Recogniser`] is the whole of it. Its parts stand alone for whoever measures or builds them:
//! [`bundle`] reads and checks a model file, [`metadata`] is what the file says about itself,
//! [`preprocess`] makes the network's input of a picture, [`engine`] runs the network,
//! [`embedding`] is by what animals of a breed are told apart.

mod breed;
pub mod bundle;
pub mod embedding;
pub mod engine;
mod graph;
mod int8;
mod language;
pub mod metadata;
mod operators;
pub mod photo;
pub mod preprocess;
mod source;
pub mod verdict;

use image::RgbImage;

pub use breed::{BreedId, Candidate};
pub use bundle::{Bundle, BundleError};
pub use engine::{Engine, EngineError, Output};
pub use language::Language;
pub use metadata::Metadata;
pub use preprocess::Preprocessor;
pub use source::Source;
pub use verdict::{Verdict, VerdictKind};

/// What the network makes of a picture: all that an answer rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Calibrated probabilities: one a breed, in the order of [`Metadata::breeds`], sum 1.
    pub probabilities: Vec<f32>,
    /// How much the picture is like those of each breed that the network was trained on, 0 to 1 or
    /// so: the dot product of its features, scaled to length 1, with the mean of theirs. What is
    /// like none is nothing that the network knows, however sure it sounds. Empty where the bundle
    /// does not say. (Nearest class means: Mensink et al., "Distance-Based Image Classification",
    /// PAMI 2013; on their distance as a sign of the unknown: Lee et al., "A Simple Unified Framework for
    /// Detecting Out-of-Distribution Samples and Adversarial Attacks", NeurIPS 2018.)
    pub similarity: Vec<f32>,
}

impl Prediction {
    /// What the bundle with this metadata means by its network's output.
    #[must_use]
    pub fn of(output: &Output, metadata: &Metadata) -> Self {
        Self {
            probabilities: softmax(&output.logits, metadata.calibration.temperature),
            similarity: output.similarity.clone(),
        }
    }

    /// The largest similarity; 0 where there is none.
    #[must_use]
    pub fn nearest(&self) -> f32 {
        self.similarity.iter().copied().fold(0.0, f32::max)
    }
}

/// An prediction, and what it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognition {
    /// What the network makes of the picture.
    pub prediction: Prediction,
    features: Vec<f32>,
}

impl Recognition {
    /// What the network's classifier reads; empty where it has none.
    #[must_use]
    pub fn features(&self) -> &[f32] {
        &self.features
    }

    /// What the animal looks like: [`embedding::LENGTH`] numbers whose squares sum up to 1. The
    /// more alike two animals are, the larger the dot product of theirs. Only those of the same
    /// network compare. Empty where the network has no classifier whose input could tell.
    #[must_use]
    pub fn embedding(&self) -> Vec<f32> {
        embedding::embed(&self.features)
    }
}

/// A loaded network with all that it needs to answer for a picture.
///
/// Answers depend on the picture alone, and many threads may ask at once.
#[derive(Debug)]
pub struct Recogniser {
    metadata: Metadata,
    engine: Engine,
}

impl Recogniser {
    /// Makes the bundle's network ready to run; its file form is dropped.
    ///
    /// # Errors
    /// Where the engine cannot run the network.
    pub fn new(bundle: Bundle) -> Result<Self, BundleError> {
        let engine = Engine::load(&bundle)?;
        Ok(Self {
            metadata: bundle.metadata,
            engine,
        })
    }

    /// What the bundle says about itself.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The network's raw output.
    ///
    /// # Errors
    /// Where the engine fails.
    pub fn output(&self, photo: &RgbImage) -> Result<Output, EngineError> {
        let mut image = Vec::new();
        Preprocessor::new(&self.metadata.input).run(photo, &mut image);
        self.engine.run(&image)
    }

    /// What the network makes of a picture.
    ///
    /// # Errors
    /// Where the engine fails.
    pub fn predict(&self, photo: &RgbImage) -> Result<Prediction, EngineError> {
        Ok(self.recognise(photo)?.prediction)
    }

    /// The same, and what the animal looks like.
    ///
    /// # Errors
    /// Where the engine fails.
    pub fn recognise(&self, photo: &RgbImage) -> Result<Recognition, EngineError> {
        let output = self.output(photo)?;
        Ok(Recognition {
            prediction: Prediction::of(&output, &self.metadata),
            features: output.features,
        })
    }
}

/// Softmax of `logits / temperature`: a temperature above 1 makes the network humbler, below 1
/// bolder. (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.)
#[must_use]
pub fn softmax(logits: &[f32], temperature: f32) -> Vec<f32> {
    // Less the largest, so that no power overflows.
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut powers: Vec<f32> = logits
        .iter()
        .map(|logit| ((logit - largest) / temperature).exp())
        .collect();
    let sum: f32 = powers.iter().sum();
    for power in &mut powers {
        *power /= sum;
    }
    powers
}
