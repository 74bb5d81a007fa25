//! Prepares one part of a network for running, and runs it, on tract.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::bail;

use crate::error::{BundleError, EngineError, Fault};
use crate::int8::{self, Coverage, Parts, Split};
use crate::model;

/// A part of a network that is ready to run. Many threads may use it at once.
#[derive(Debug)]
pub(crate) struct Runner {
    plan: Arc<TypedRunnableModel>,
    /// `[1, 3, S, S]`.
    input: [usize; 4],
    coverage: Coverage,
}

/// A part of a network, to be prepared.
pub(crate) struct Part<'a> {
    /// The bundle's name, for messages.
    pub(crate) bundle: &'a str,
    pub(crate) proto: &'a ModelProto,
    /// Pixels of the picture's side.
    pub(crate) size: usize,
}

impl Part<'_> {
    /// Prepares it and tries it on a blank input: `check` sees the outputs. What of it has a form in
    /// int8 runs in int8, each run on `threads` threads, and the rest on tract.
    ///
    /// # Errors
    /// If it cannot be run; if `threads` is more than 1 and nothing of it runs in int8.
    pub(crate) fn load(
        &self,
        threads: usize,
        check: impl FnOnce(&[TValue]) -> TractResult<()>,
    ) -> Result<Runner, BundleError> {
        self.guarded(|| match int8::split(self.proto, self.size, threads)? {
            Split::Parts(parts) => self.in_int8(*parts, check),
            Split::Nothing(_) if threads > 1 => {
                bail!("only networks in int8 run on {threads} threads")
            }
            Split::Nothing(left_out) => self.plain(left_out, check),
        })
    }

    /// The same on tract alone.
    pub(crate) fn reference(
        &self,
        check: impl FnOnce(&[TValue]) -> TractResult<()>,
    ) -> Result<Runner, BundleError> {
        self.guarded(|| self.plain(None, check))
    }

    fn in_int8(
        &self,
        parts: Parts,
        check: impl FnOnce(&[TValue]) -> TractResult<()>,
    ) -> TractResult<Runner> {
        // The int8 parts were checked layer by layer: only the rest needs a trial.
        let rest = parts.rest().clone().into_runnable()?;
        let blanks = parts.rest_inputs().map(|shape| blank(&shape));
        let blanks = blanks.collect::<TractResult<TVec<TValue>>>()?;
        let outputs = rest.run(blanks)?;
        check(&outputs[..parts.outputs()])?;
        let coverage = parts.coverage().clone();
        Ok(Runner {
            plan: parts.join()?.into_runnable()?,
            input: self.input(),
            coverage,
        })
    }

    fn plain(
        &self,
        left_out: Option<String>,
        check: impl FnOnce(&[TValue]) -> TractResult<()>,
    ) -> TractResult<Runner> {
        let input = self.input();
        let model = model::parse(self.proto, &[&input], &[])?;
        let plan = model.typed.into_runnable()?;
        check(&plan.run(tvec!(blank(&input)?))?)?;
        Ok(Runner {
            plan,
            input,
            coverage: Coverage {
                multiply_adds: model.multiply_adds,
                in_int8: 0,
                left_out,
            },
        })
    }

    fn input(&self) -> [usize; 4] {
        [1, 3, self.size, self.size]
    }

    /// Makes a runner. Bundles are checked, but unusual attributes can still make tract panic, which
    /// must be reported as the bundle's fault.
    fn guarded(&self, make: impl FnOnce() -> TractResult<Runner>) -> Result<Runner, BundleError> {
        let made = match catch_unwind(AssertUnwindSafe(make)) {
            Ok(made) => made.map_err(one_line),
            Err(_) => Err("an operator is set up in an impossible way".to_owned()),
        };
        made.map_err(|reason| Fault::Engine(reason).of(self.bundle))
    }
}

impl Runner {
    /// How much of it runs in int8.
    pub(crate) fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// What `read` makes of the outputs for one preprocessed picture, f32 `[3, S, S]`.
    ///
    /// # Errors
    /// If `image` is of another size, or an operator fails.
    pub(crate) fn run<T>(
        &self,
        image: &[f32],
        read: impl FnOnce(&[TValue]) -> TractResult<T>,
    ) -> Result<T, EngineError> {
        let expected = self.input.iter().product();
        if image.len() != expected {
            let found = image.len();
            return Err(EngineError::InputSize { expected, found });
        }
        run(&self.plan, &self.input, image)
            .and_then(|outputs| read(&outputs))
            .map_err(|error| EngineError::Run(one_line(error)))
    }
}

/// The numbers of an output; none if there is no such output.
pub(crate) fn floats(output: Option<&TValue>) -> TractResult<Vec<f32>> {
    let Some(output) = output else {
        return Ok(Vec::new());
    };
    Ok(output.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
}

/// An input of zeros.
fn blank(shape: &[usize]) -> TractResult<TValue> {
    Ok(Tensor::zero::<f32>(shape)?.into_tvalue())
}

fn run(
    plan: &Arc<TypedRunnableModel>,
    shape: &[usize],
    input: &[f32],
) -> TractResult<TVec<TValue>> {
    let input = Tensor::from_shape(shape, input)?;
    plan.run(tvec!(input.into_tvalue()))
}

/// The error with its causes, on one line.
fn one_line(error: TractError) -> String {
    format!("{error:#}")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
