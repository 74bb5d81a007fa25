//! Runs a bundle's network, one picture at a time, on tract.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use thiserror::Error;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::bail;

use super::bundle::{Bundle, BundleError, Fault};
use super::int8;

/// A network ready to run. One can serve many callers at once.
#[derive(Debug)]
pub struct Engine {
    plan: Arc<TypedRunnableModel>,
    /// `[1, 3, S, S]`.
    input: [usize; 4],
    int8: bool,
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
    /// Makes the bundle's network ready for one picture at a time, and tries it once. A quantised
    /// one runs in int8 where its form allows, any other as tract runs it.
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
        Self::tried(bundle, || match int8::with_int8(bundle, threads)? {
            Some(model) => Ok((model, true)),
            None if threads > 1 => bail!("it is not quantised, or not in the form that int8 needs: give it one thread"),
            None => Ok((plain(bundle)?, false)),
        })
    }

    /// The network as tract runs it on its own, even where it is quantised: slower, and what int8
    /// is judged by.
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub fn reference(bundle: &Bundle) -> Result<Self, BundleError> {
        Self::tried(bundle, || Ok((plain(bundle)?, false)))
    }

    /// Whether it runs in int8.
    #[must_use]
    pub fn is_int8(&self) -> bool {
        self.int8
    }

    fn tried(
        bundle: &Bundle,
        model: impl FnOnce() -> TractResult<(TypedModel, bool)>,
    ) -> Result<Self, BundleError> {
        // Bundles are checked, but an operator with odd attributes can still make the engine
        // panic. The trial run brings that out here, and not before a guest.
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let engine = Self::build(bundle, model).map_err(one_line)?;
            let blank = vec![0.0; engine.input.iter().product()];
            let logits = engine.logits(&blank).map_err(|error| error.to_string())?;
            Ok((engine, logits.len()))
        }));
        let breeds = bundle.metadata.breeds.len();
        let result = match tried {
            Ok(Ok((engine, logits))) if logits == breeds => Ok(engine),
            Ok(Ok((_, logits))) => Err(format!("it gives {logits} logits for {breeds} breeds")),
            Ok(Err(reason)) => Err(reason),
            Err(_) => Err("an operator makes no sense".to_owned()),
        };
        result.map_err(|reason| Fault::Engine(reason).of(&bundle.name))
    }

    fn build(
        bundle: &Bundle,
        model: impl FnOnce() -> TractResult<(TypedModel, bool)>,
    ) -> TractResult<Self> {
        let (model, int8) = model()?;
        let size = bundle.metadata.input.size;
        Ok(Self {
            plan: model.into_optimized()?.into_runnable()?,
            input: [1, 3, size, size],
            int8,
        })
    }

    /// The network's output for one preprocessed picture, f32 `[3, S, S]`: one logit a breed.
    ///
    /// # Errors
    /// Where `image` is of another size, or an operator fails.
    pub fn logits(&self, image: &[f32]) -> Result<Vec<f32>, EngineError> {
        let expected = self.input.iter().product();
        if image.len() != expected {
            let found = image.len();
            return Err(EngineError::InputSize { expected, found });
        }
        self.run(image)
            .map_err(|error| EngineError::Run(one_line(error)))
    }

    fn run(&self, image: &[f32]) -> TractResult<Vec<f32>> {
        let image = Tensor::from_shape(&self.input, image)?;
        let outputs = self.plan.run(tvec!(image.into_tvalue()))?;
        let logits = outputs.first().map(|output| {
            let output = output.try_as_plain_ram()?;
            Ok(output.as_slice::<f32>()?.to_vec())
        });
        logits.unwrap_or_else(|| Ok(Vec::new()))
    }
}

/// The bundle's network as tract reads it.
fn plain(bundle: &Bundle) -> TractResult<TypedModel> {
    let size = bundle.metadata.input.size;
    // Shapes noted for any batch size would contradict the one that is set here.
    tract_onnx::onnx()
        .with_ignore_value_info(true)
        .model_for_proto_model(&bundle.proto)?
        .with_input_fact(0, f32::fact([1, 3, size, size]).into())?
        .into_typed()
}

/// The error with its causes, on one line.
fn one_line(error: TractError) -> String {
    format!("{error:#}")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
