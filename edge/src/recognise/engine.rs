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
        // Shapes noted for any batch size would contradict the one that is set here.
        let plan = tract_onnx::onnx()
            .with_ignore_value_info(true)
            .model_for_proto_model(&bundle.proto)?
            .with_input_fact(0, f32::fact(input).into())?
            .into_optimized()?
            .into_runnable()?;
        try_out(&plan, &input, bundle)?;
        Ok(Self {
            plan,
            input,
            int8: false,
        })
    }

    /// Whether it runs in int8.
    #[must_use]
    pub fn is_int8(&self) -> bool {
        self.int8
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
        run(&self.plan, &self.input, image).map_err(|error| EngineError::Run(one_line(error)))
    }
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

/// Runs a plan on nothing, which must give as many logits as there are breeds.
fn try_out(plan: &Arc<TypedRunnableModel>, input: &[usize], bundle: &Bundle) -> TractResult<()> {
    let blank = vec![0.0; input.iter().product()];
    let (logits, breeds) = (
        run(plan, input, &blank)?.len(),
        bundle.metadata.breeds.len(),
    );
    match logits == breeds {
        true => Ok(()),
        false => bail!("it gives {logits} logits for {breeds} breeds"),
    }
}

fn run(plan: &Arc<TypedRunnableModel>, shape: &[usize], input: &[f32]) -> TractResult<Vec<f32>> {
    let input = Tensor::from_shape(shape, input)?;
    let outputs = plan.run(tvec!(input.into_tvalue()))?;
    let logits = outputs.first().map(|output| {
        let output = output.try_as_plain_ram()?;
        Ok(output.as_slice::<f32>()?.to_vec())
    });
    logits.unwrap_or_else(|| Ok(Vec::new()))
}

/// The error with its causes, on one line.
fn one_line(error: TractError) -> String {
    format!("{error:#}")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
