//! From a picture to a prediction and an embedding.

use std::sync::{Mutex, PoisonError};

use image::RgbImage;

use crate::bundle::Bundle;
use crate::embedding;
use crate::engine::{Engine, EngineError, Output};
use crate::error::BundleError;
use crate::metadata::Metadata;
use crate::prediction::Prediction;
use crate::preprocess::Preprocessor;

/// A loaded network and all that it needs to make predictions.
///
/// Its results depend on the picture alone, and many threads may use it at once. See the
/// [crate's example](crate).
#[derive(Debug)]
pub struct Recogniser {
    metadata: Metadata,
    engine: Engine,
    /// Those of runs that have ended, each with the input that it made: a run takes one, or makes one
    /// if all are in use.
    preprocessors: Mutex<Vec<(Preprocessor, Vec<f32>)>>,
}

/// A prediction, and the features that it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognition {
    /// The network's prediction.
    pub prediction: Prediction,
    features: Vec<f32>,
}

impl Recogniser {
    /// Prepares the bundle's network for running.
    ///
    /// # Errors
    /// If the engine cannot run the network.
    pub fn new(bundle: Bundle) -> Result<Self, BundleError> {
        let engine = Engine::load(&bundle)?;
        Ok(Self {
            metadata: bundle.metadata,
            engine,
            preprocessors: Mutex::default(),
        })
    }

    /// The bundle's metadata.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The network's raw output.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn output(&self, photo: &RgbImage) -> Result<Output, EngineError> {
        let preprocessors = || {
            let all = self.preprocessors.lock();
            all.unwrap_or_else(PoisonError::into_inner)
        };
        let used = preprocessors().pop();
        let (mut preprocessor, mut image) =
            used.unwrap_or_else(|| (Preprocessor::new(&self.metadata.input), Vec::new()));
        preprocessor.run(photo, &mut image);
        let output = self.engine.run(&image);
        preprocessors().push((preprocessor, image));
        output
    }

    /// The network's prediction for a picture.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn predict(&self, photo: &RgbImage) -> Result<Prediction, EngineError> {
        Ok(self.recognise(photo)?.prediction)
    }

    /// The network's prediction for a picture, and what the animal's embedding is made from.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn recognise(&self, photo: &RgbImage) -> Result<Recognition, EngineError> {
        let output = self.output(photo)?;
        Ok(Recognition {
            prediction: Prediction::of(&output, &self.metadata),
            features: output.features,
        })
    }
}

impl Recognition {
    /// The input of the network's classifier; empty if it has none.
    #[must_use]
    pub fn features(&self) -> &[f32] {
        &self.features
    }

    /// The animal's embedding: [`embedding::LENGTH`] numbers whose squares sum up to 1. The more
    /// alike two animals are, the larger is the dot product of their embeddings; only embeddings by
    /// the same network can be compared. Empty if the network has no classifier.
    #[must_use]
    pub fn embedding(&self) -> Vec<f32> {
        embedding::embed(&self.features)
    }
}
