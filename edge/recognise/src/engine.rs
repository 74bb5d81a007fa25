//! Runs a bundle's network, one picture at a time, on tract.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use thiserror::Error;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::bail;

use super::bundle::{Bundle, BundleError, Fault};
use super::{graph, int8};

/// A network ready to run. One can serve many callers at once.
#[derive(Debug)]
pub struct Engine {
    plan: Arc<TypedRunnableModel>,
    /// `[1, 3, S, S]`.
    input: [usize; 4],
    int8: bool,
    similarity: bool,
}

/// What a network gives for a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// One logit a breed.
    pub logits: Vec<f32>,
    /// How much the picture is like each breed's, see [`super::Prediction::similarity`]; empty where the
    /// network does not say.
    pub similarity: Vec<f32>,
    /// What its classifier reads; empty where no product with weights ends in the logits.
    pub features: Vec<f32>,
}

/// Why a run failed.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The input has not the network's size.
    #[error("the network takes {expected} values, not {found}")]
    InputSize {
        /// Values the network takes.
        expected: usize,
        /// Values that were given.
        found: usize,
    },
    /// An operator failed.
    #[error("the network failed: {0}")]
    Run(String),
}

impl Engine {
    /// Makes the bundle's network ready for one picture at a time, and tries it. A quantised one
    /// runs in int8 where its form allows, any other as tract runs it.
    ///
    /// # Errors
    /// A [`BundleError`] that names the bundle, where the network cannot be run.
    pub fn load(bundle: &Bundle) -> Result<Self, BundleError> {
        Self::on_threads(bundle, 1)
    }

    /// Like [`Engine::load`]; each run then takes `threads` threads.
    ///
    /// # Errors
    /// As there; also where `threads` is more than 1 and the network does not run in int8.
    pub fn on_threads(bundle: &Bundle, threads: usize) -> Result<Self, BundleError> {
        guarded(bundle, || match int8::split(bundle, threads)? {
            Some(parts) => {
                // The int8 part was checked piece by piece: a trial of the rest will do.
                let head = parts.head.clone().into_optimized()?.into_runnable()?;
                try_out(&head, &parts.head_input(), bundle)?;
                Ok(Self {
                    plan: parts.join()?.into_optimized()?.into_runnable()?,
                    input: input_shape(bundle),
                    int8: true,
                    similarity: has_similarity(bundle),
                })
            }
            None if threads > 1 => bail!("only what runs in int8 runs on {threads} threads"),
            None => Self::plain(bundle),
        })
    }

    /// The network as tract runs it on its own, even where it is quantised: slower, and what int8
    /// is judged by.
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub fn reference(bundle: &Bundle) -> Result<Self, BundleError> {
        guarded(bundle, || Self::plain(bundle))
    }

    fn plain(bundle: &Bundle) -> TractResult<Self> {
        let input = input_shape(bundle);
        let plan = graph::parse(&bundle.proto, &input)?
            .into_optimized()?
            .into_runnable()?;
        try_out(&plan, &input, bundle)?;
        Ok(Self {
            plan,
            input,
            int8: false,
            similarity: has_similarity(bundle),
        })
    }

    /// Whether it runs in int8.
    #[must_use]
    pub fn is_int8(&self) -> bool {
        self.int8
    }

    /// The network's output for one preprocessed picture, f32 `[3, S, S]`.
    ///
    /// # Errors
    /// Where `image` is of another size, or an operator fails.
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
        let (similarity, features) = match self.similarity {
            true => (outputs.get(1), outputs.get(2)),
            false => (None, outputs.get(1)),
        };
        Ok(Output {
            logits: floats(outputs.first())?,
            similarity: floats(similarity)?,
            features: floats(features)?,
        })
    }
}

fn has_similarity(bundle: &Bundle) -> bool {
    bundle.proto.graph.as_ref().is_some_and(graph::has_similarity)
}

fn input_shape(bundle: &Bundle) -> [usize; 4] {
    let size = bundle.metadata.input.size;
    [1, 3, size, size]
}

/// Makes an engine. Bundles are checked, but an operator with odd attributes can still make tract
/// panic: that must come out here, and not before a guest.
fn guarded(
    bundle: &Bundle,
    make: impl FnOnce() -> TractResult<Engine>,
) -> Result<Engine, BundleError> {
    let made = match catch_unwind(AssertUnwindSafe(make)) {
        Ok(made) => made.map_err(one_line),
        Err(_) => Err("an operator makes no sense".to_owned()),
    };
    made.map_err(|reason| Fault::Engine(reason).of(&bundle.name))
}

/// Runs a plan on nothing, which must give as many logits as there are breeds, and as many
/// similarities if any.
fn try_out(plan: &Arc<TypedRunnableModel>, input: &[usize], bundle: &Bundle) -> TractResult<()> {
    let blank = vec![0.0; input.iter().product()];
    let outputs = run(plan, input, &blank)?;
    let breeds = bundle.metadata.breeds.len();
    let own = ["logits", "similarities"];
    for (output, name) in outputs
        .iter()
        .zip(own)
        .take(1 + usize::from(has_similarity(bundle)))
    {
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

/// The numbers of an output; none where there is no such output.
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
