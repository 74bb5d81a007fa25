//! Runs the part of a bundle's network that names breeds, one picture at a time.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::bail;

use crate::bundle::Bundle;
use crate::error::BundleError;
use crate::graph;
use crate::int8::Coverage;
use crate::runner::{Part, Runner, floats};

pub use crate::error::EngineError;

/// A network that is ready to run. Many threads may use it at once.
#[derive(Debug)]
pub struct Engine {
    runner: Runner,
    outputs: Outputs,
}

/// A network's raw output for a picture.
///
/// ```
/// use image::RgbImage;
/// use recognise::{Bundle, Prediction, Recogniser};
///
/// let recogniser = Recogniser::new(Bundle::embedded()?)?;
/// let photo = RgbImage::new(64, 48);
/// let output = recogniser.output(&photo)?;
/// assert_eq!(output.logits.len(), 37);
/// let prediction = Prediction::of(&output, recogniser.metadata());
/// assert_eq!(prediction, recogniser.predict(&photo)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// One logit for each breed.
    pub logits: Vec<f32>,
    /// Prototype similarities, see [`Prediction::similarity`](crate::Prediction::similarity); empty
    /// if the network has no such output.
    pub similarity: Vec<f32>,
    /// The picture's embedding as the network gives it; empty if it has no such output.
    pub embedding: Vec<f32>,
    /// The input of the classifier; empty if the logits are not made by a product with weights.
    pub features: Vec<f32>,
}

impl Output {
    /// The mean with another output of the same network.
    pub(crate) fn mean(&self, other: &Self) -> Self {
        let mean = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a + b) / 2.0).collect();
        Self {
            logits: mean(&self.logits, &other.logits),
            similarity: mean(&self.similarity, &other.similarity),
            embedding: mean(&self.embedding, &other.embedding),
            features: mean(&self.features, &other.features),
        }
    }
}

impl Engine {
    /// Prepares the bundle's network and tries it. A quantised network runs in int8 as far as its
    /// form allows that, the rest of it on tract; any other network runs on tract alone.
    ///
    /// # Errors
    /// A [`BundleError`] that names the bundle, if the network cannot be run.
    pub fn load(bundle: &Bundle) -> Result<Self, BundleError> {
        Self::on_threads(bundle, 1)
    }

    /// Like [`Engine::load`], but each run uses `threads` threads.
    ///
    /// # Errors
    /// Those of [`Engine::load`]; also if `threads` is more than 1 and nothing of the network runs in
    /// int8.
    pub fn on_threads(bundle: &Bundle, threads: usize) -> Result<Self, BundleError> {
        let outputs = Outputs::of(bundle);
        let runner = part(bundle).load(threads, |values| outputs.check(values))?;
        Ok(Self { runner, outputs })
    }

    /// Prepares the network to run on tract alone, even if it is quantised. That is slower; int8 is
    /// tested against it.
    ///
    /// # Errors
    /// Those of [`Engine::load`].
    pub fn reference(bundle: &Bundle) -> Result<Self, BundleError> {
        let outputs = Outputs::of(bundle);
        let runner = part(bundle).reference(|values| outputs.check(values))?;
        Ok(Self { runner, outputs })
    }

    /// Whether the network runs in int8, at least in part: see [`Engine::coverage`].
    #[must_use]
    pub fn is_int8(&self) -> bool {
        self.coverage().in_int8 > 0
    }

    /// How much of the network runs in int8.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        self.runner.coverage()
    }

    /// The network's output for one preprocessed picture, f32 `[3, S, S]`.
    ///
    /// # Errors
    /// If `image` is of another size, or an operator fails.
    pub fn run(&self, image: &[f32]) -> Result<Output, EngineError> {
        self.runner.run(image, |values| self.outputs.read(values))
    }
}

fn part(bundle: &Bundle) -> Part<'_> {
    Part {
        bundle: &bundle.name,
        proto: &bundle.proto,
        size: bundle.metadata.input.size,
    }
}

/// The outputs that a network has, in this order; the features follow if there are any.
#[derive(Debug)]
struct Outputs {
    breeds: usize,
    similarity: bool,
    embedding: Option<usize>,
}

impl Outputs {
    fn of(bundle: &Bundle) -> Self {
        let graph = bundle.proto.graph.as_ref();
        Self {
            breeds: bundle.metadata.breeds.len(),
            similarity: graph.is_some_and(graph::has_similarity),
            embedding: graph.and_then(graph::embedding_length),
        }
    }

    fn read(&self, values: &[TValue]) -> TractResult<Output> {
        let mut values = values.iter();
        let mut next = |is_there| floats(if is_there { values.next() } else { None });
        Ok(Output {
            logits: next(true)?,
            similarity: next(self.similarity)?,
            embedding: next(self.embedding.is_some())?,
            features: next(true)?,
        })
    }

    /// There must be as many numbers as the metadata and the graph promise.
    fn check(&self, values: &[TValue]) -> TractResult<()> {
        let output = self.read(values)?;
        let breeds = self.breeds;
        let similarities = if self.similarity { breeds } else { 0 };
        for (given, wanted, name) in [
            (output.logits.len(), breeds, "logits"),
            (output.similarity.len(), similarities, "similarities"),
        ] {
            if given != wanted {
                bail!("it gives {given} {name} for {breeds} breeds");
            }
        }
        let (given, wanted) = (output.embedding.len(), self.embedding.unwrap_or(0));
        if given != wanted {
            bail!("it gives an embedding of {given} numbers instead of {wanted}");
        }
        Ok(())
    }
}
