//! Runs the part of a bundle's network that finds animals.

use image::RgbImage;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::bail;

use super::{CHANNELS, Detection, STRIDE, decode, suppress};
use crate::bundle::Bundle;
use crate::error::{BundleError, EngineError};
use crate::int8::Coverage;
use crate::preprocess::Inputs;
use crate::runner::{Part, Runner, floats};

/// A bundle's detector, ready to run. Many threads may use it at once.
///
/// ```
/// use image::RgbImage;
/// use recognise::locate::CERTAIN;
/// use recognise::{Bundle, Detector};
///
/// let detector = Detector::on_threads(&Bundle::embedded()?, 1)?.expect("a detector");
/// let found = detector.locate(&RgbImage::new(640, 480))?;
/// assert!(found.iter().all(|it| it.score < CERTAIN), "the picture is black");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Detector {
    runner: Runner,
    inputs: Inputs,
    /// Cells of a side of the output, see [`decode`].
    grid: usize,
}

impl Detector {
    /// Prepares the bundle's detector and tries it; `None` if the bundle has none. As an
    /// [`Engine`](crate::Engine), it runs in int8 as far as its form allows that, and each run uses
    /// `threads` threads.
    ///
    /// # Errors
    /// A [`BundleError`] that names the bundle, if the network cannot be run; also if `threads` is more
    /// than 1 and nothing of it runs in int8.
    pub fn on_threads(bundle: &Bundle, threads: usize) -> Result<Option<Self>, BundleError> {
        Self::new(bundle, |part, side| {
            part.load(threads, |values| check(values, side))
        })
    }

    /// Prepares the detector to run on tract alone, even if it is quantised. That is slower; int8 is
    /// tested against it.
    ///
    /// # Errors
    /// Those of [`Detector::on_threads`].
    pub fn reference(bundle: &Bundle) -> Result<Option<Self>, BundleError> {
        Self::new(bundle, |part, side| {
            part.reference(|values| check(values, side))
        })
    }

    fn new(
        bundle: &Bundle,
        load: impl FnOnce(Part<'_>, usize) -> Result<Runner, BundleError>,
    ) -> Result<Option<Self>, BundleError> {
        // A bundle that was read has both or none.
        let Some((proto, animals)) = bundle
            .detector
            .as_ref()
            .zip(bundle.metadata.animals.as_ref())
        else {
            return Ok(None);
        };
        let size = animals.input.size;
        let part = Part {
            bundle: &bundle.name,
            proto,
            size,
        };
        let side = size / STRIDE;
        Ok(Some(Self {
            runner: load(part, side)?,
            inputs: Inputs::new(animals.input.clone()),
            grid: 2 * side,
        }))
    }

    /// Whether it runs in int8, at least in part: see [`Detector::coverage`].
    #[must_use]
    pub fn is_int8(&self) -> bool {
        self.coverage().in_int8 > 0
    }

    /// How much of it runs in int8.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        self.runner.coverage()
    }

    /// The animals in a picture, best first: at most [`MOST`](super::MOST), with scores from 0.05 on.
    /// Those from [`CERTAIN`](super::CERTAIN) on count as found.
    ///
    /// # Errors
    /// If an operator fails.
    pub fn locate(&self, photo: &RgbImage) -> Result<Vec<Detection>, EngineError> {
        let whole = [0, 0, photo.width(), photo.height()];
        let cells = self.inputs.with(photo, whole, |frame| self.run(frame))?;
        Ok(suppress(decode(&cells, self.grid)))
    }

    /// The network's raw output for a preprocessed picture, f32 `[3, S, S]`: see [`decode`].
    ///
    /// # Errors
    /// If `frame` is of another size, or an operator fails.
    pub fn run(&self, frame: &[f32]) -> Result<Vec<f32>, EngineError> {
        self.runner.run(frame, |values| floats(values.first()))
    }
}

/// The output must have as many positions a side as its grid needs.
fn check(values: &[TValue], side: usize) -> TractResult<()> {
    let wanted = [1, CHANNELS, side, side];
    match values.first() {
        Some(animals) if animals.shape() != wanted => {
            bail!(
                "its `animals` are {:?} instead of {wanted:?}",
                animals.shape()
            )
        }
        animals => floats(animals).map(|_| ()),
    }
}
