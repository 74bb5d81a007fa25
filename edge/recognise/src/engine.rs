//! Runs a bundle's network on tract, one picture at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use thiserror::Error;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::bail;

use crate::bundle::Bundle;
use crate::error::{BundleError, Fault};
use crate::int8::{self, Parts};
use crate::{graph, model};

/// A network that is ready to run. Many threads may use it at once.
#[derive(Debug)]
pub struct Engine {
    plan: Arc<TypedRunnableModel>,
    /// `[1, 3, S, S]`.
    input: [usize; 4],
    int8: bool,
    similarity: bool,
}

/// A network's raw output for a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// One logit for each breed.
    pub logits: Vec<f32>,
    /// Prototype similarities, see [`Prediction::similarity`](crate::Prediction::similarity); empty
    /// if the network has no such output.
    pub similarity: Vec<f32>,
    /// The input of the classifier; empty if the logits are not made by a product with weights.
    pub features: Vec<f32>,
}

/// Why a run failed.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The input is not of the network's size.
    #[error("the network takes {expected} values, not {found}")]
    InputSize {
        /// How many values the network takes.
        expected: usize,
        /// How many values were given.
        found: usize,
    },
    /// An operator failed.
    #[error("the network failed: {0}")]
    Run(String),
}

impl Engine {
    /// Prepares the bundle's network and tries it. A quantised network runs in int8 if its form
    /// allows that; any other runs on tract alone.
    ///
    /// # Errors
    /// A [`BundleError`] that names the bundle, if the network cannot be run.
    pub fn load(bundle: &Bundle) -> Result<Self, BundleError> {
        Self::on_threads(bundle, 1)
    }

    /// Like [`Engine::load`], but each run uses `threads` threads.
    ///
    /// # Errors
    /// Those of [`Engine::load`]; also if `threads` is more than 1 and the network does not run in
    /// int8.
    pub fn on_threads(bundle: &Bundle, threads: usize) -> Result<Self, BundleError> {
        guarded(bundle, || {
            let size = bundle.metadata.input.size;
            if let Some(parts) = int8::split(&bundle.proto, size, threads)? {
                return Self::in_int8(bundle, parts);
            }
            if threads > 1 {
                bail!("only networks in int8 run on {threads} threads");
            }
            Self::plain(bundle)
        })
    }

    /// Prepares the network to run on tract alone, even if it is quantised. That is slower; int8 is
    /// tested against it.
    ///
    /// # Errors
    /// Those of [`Engine::load`].
    pub fn reference(bundle: &Bundle) -> Result<Self, BundleError> {
        guarded(bundle, || Self::plain(bundle))
    }

    fn in_int8(bundle: &Bundle, parts: Parts) -> TractResult<Self> {
        // The int8 part was checked layer by layer: only the rest needs a trial.
        let head = parts.head.clone().into_runnable()?;
        try_out(&head, &parts.head_input(), bundle)?;
        Ok(Self {
            plan: parts.join()?.into_runnable()?,
            input: input_shape(bundle),
            int8: true,
            similarity: has_similarity(bundle),
        })
    }

    fn plain(bundle: &Bundle) -> TractResult<Self> {
        let input = input_shape(bundle);
        let plan = model::parse(&bundle.proto, &input)?.into_runnable()?;
        try_out(&plan, &input, bundle)?;
        Ok(Self {
            plan,
            input,
            int8: false,
            similarity: has_similarity(bundle),
        })
    }

    /// Whether the network runs in int8.
    #[must_use]
    pub fn is_int8(&self) -> bool {
        self.int8
    }

    /// The network's output for one preprocessed picture, f32 `[3, S, S]`.
    ///
    /// # Errors
    /// If `image` is of another size, or an operator fails.
    pub fn run(&self, image: &[f32]) -> Result<Output, EngineError> {
        let expected = self.input.iter().product();
        if image.len() != expected {
            let found = image.len();
            return Err(EngineError::InputSize { expected, found });
        }
        run(&self.plan, &self.input, image)
            .and_then(|outputs| self.read(&outputs))
            .map_err(|error| EngineError::Run(one_line(error)))
    }

    fn read(&self, outputs: &[TValue]) -> TractResult<Output> {
        let (similarity, features) = if self.similarity {
            (outputs.get(1), outputs.get(2))
        } else {
            (None, outputs.get(1))
        };
        Ok(Output {
            logits: floats(outputs.first())?,
            similarity: floats(similarity)?,
            features: floats(features)?,
        })
    }
}

fn has_similarity(bundle: &Bundle) -> bool {
    bundle
        .proto
        .graph
        .as_ref()
        .is_some_and(graph::has_similarity)
}

fn input_shape(bundle: &Bundle) -> [usize; 4] {
    let size = bundle.metadata.input.size;
    [1, 3, size, size]
}

/// Makes an engine. Bundles are checked, but unusual attributes can still make tract panic, which
/// must be reported as the bundle's fault.
fn guarded(
    bundle: &Bundle,
    make: impl FnOnce() -> TractResult<Engine>,
) -> Result<Engine, BundleError> {
    let made = match catch_unwind(AssertUnwindSafe(make)) {
        Ok(made) => made.map_err(one_line),
        Err(_) => Err("an operator is set up in an impossible way".to_owned()),
    };
    made.map_err(|reason| Fault::Engine(reason).of(&bundle.name))
}

/// Runs a plan on a blank input. It must give as many logits as there are breeds, and as many
/// similarities if it has them.
fn try_out(plan: &Arc<TypedRunnableModel>, input: &[usize], bundle: &Bundle) -> TractResult<()> {
    let blank = vec![0.0; input.iter().product()];
    let outputs = run(plan, input, &blank)?;
    let breeds = bundle.metadata.breeds.len();
    let checked = 1 + usize::from(has_similarity(bundle));
    let names = ["logits", "similarities"];
    for (output, name) in outputs.iter().zip(names).take(checked) {
        let given = floats(Some(output))?.len();
        if given != breeds {
            bail!("it gives {given} {name} for {breeds} breeds");
        }
    }
    Ok(())
}

fn run(
    plan: &Arc<TypedRunnableModel>,
    shape: &[usize],
    input: &[f32],
) -> TractResult<TVec<TValue>> {
    let input = Tensor::from_shape(shape, input)?;
    plan.run(tvec!(input.into_tvalue()))
}

/// The numbers of an output; none if there is no such output.
fn floats(output: Option<&TValue>) -> TractResult<Vec<f32>> {
    let Some(output) = output else {
        return Ok(Vec::new());
    };
    Ok(output.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
}

/// The error with its causes, on one line.
fn one_line(error: TractError) -> String {
    format!("{error:#}")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
