//! Post-training quantisation: makes an int8 bundle from an f32 bundle and photographs.
//!
//! [`quantise`] runs all stages in order. It observes the largest values of each channel and evens them out
//! ([`mod@equalise`]), observes how the values of each activation are distributed and chooses their quantised range
//! ([`ranges`]), then rounds the weights ([`rounding`]) and corrects the biases layer by layer. Finally the kiosk's
//! engine measures both networks side by side.
//!
//! The contribution of each stage, calibrated on 128 photographs and measured by ONNX Runtime on the 218 photographs of
//! the validation split and 400 training photographs: squared error of the logits as a share of their variance,
//! Kullback-Leibler divergence of the probabilities from those of f32, and share of photographs with the same most
//! probable breed.
//!
//! | | error | divergence | agreement |
//! | --- | --- | --- | --- |
//! | ranges from smallest to largest value, weights to the nearest | 0.90 % | 0.0049 | 98.5 % |
//! | ranges of least squared error | 0.64 % | 0.0031 | 98.7 % |
//! | equalised channels | 0.63 % | 0.0029 | 98.9 % |
//! | corrected biases | 0.32 % | 0.0012 | 99.2 % |
//! | weights rounded by second order | 0.31 % | 0.0012 | 99.7 % |
//!
//! Second-order rounding for the inputs of the f32 network instead of the actual ones, meant to undo errors of earlier
//! layers, was worse than none (0.50 % against 0.37 %, both with 256 photographs and channels scaled up to 64 times).

pub mod equalise;
pub mod float;
mod input;
pub mod moments;
mod observe;
mod pass;
pub mod ranges;
mod report;
pub mod rounding;

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use rayon::prelude::*;
use recognise::{Bundle, BundleError, EngineError, Recogniser};

use crate::dataset::{DatasetError, once_each};
use crate::evaluate::EvaluateError;
use crate::export::to_qdq;
use crate::net::WeightsError;
use crate::net::int8::Affine;
use crate::replace::{WriteError, replace};
use crate::train;
use crate::train::calibrate::calibrate;
use crate::train::views::outputs_of_views;
use equalise::equalise;
use input::{Input, image_range};
use observe::{extremes, histograms};
use ranges::Histogram;
use report::Measured;

pub use report::{Figures, Report, Side};

/// The int8 bundle's name inside of a run folder.
pub const BUNDLE: &str = "breeds-int8.onnx";

/// The smallest number of photographs to calibrate on. Fewer do not show the ranges of activations.
const LEAST: usize = 32;

/// Why there is no int8 bundle.
#[derive(Debug, thiserror::Error)]
pub enum QuantiseError {
    /// The run has no bundle.
    #[error("{run} holds no {bundle}: name the folder of a finished `trainer train`", run = .0.display(), bundle = train::BUNDLE)]
    NoRun(PathBuf),
    /// The f32 bundle or the int8 one cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The bundle is quantised.
    #[error("{path} is int8 already: name a run whose {bundle} is f32", path = .0.display(), bundle = train::BUNDLE)]
    Already(PathBuf),
    /// The bundle has other tensors than the trainer's network.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The bundle has the right tensors, but combines them in another way.
    #[error("{path} holds another network than the trainer's MobileNetV2: only bundles of `trainer train` can be quantised", path = .0.display())]
    OtherNetwork(PathBuf),
    /// The bundle does not say how the run split the photographs.
    #[error(
        "model {bundle}: its training recipe cannot be read: {source}; train again with this trainer"
    )]
    Recipe {
        /// The bundle.
        bundle: String,
        /// The cause.
        source: serde_json::Error,
    },
    /// The data cannot be used.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The data does not fit the bundle, or there is nothing to measure on.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// There is too little to calibrate on.
    #[error("calibration needs at least {LEAST} photographs; of the {listed} that {data} has to train on, {readable} can be read; `trainer check` names the others", data = data.display())]
    TooFew {
        /// The data folder.
        data: PathBuf,
        /// Photographs of the training split.
        listed: usize,
        /// How many of them can be read.
        readable: usize,
    },
    /// The kiosk's engine fails.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// candle fails on tensors that were checked.
    #[error("the network failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The bundle cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The bundle.
        path: PathBuf,
        /// The cause.
        source: WriteError,
    },
}

/// Quantises the bundle in the folder `run` and writes [`BUNDLE`] beside it. The dataset in `data` must be the one that
/// the run was trained on; its training photographs calibrate the network.
///
/// # Errors
/// See [`QuantiseError`]. A former int8 bundle is only replaced once the new one is complete.
pub fn quantise(run: &Path, data: &Path, bar: &ProgressBar) -> Result<Report, QuantiseError> {
    let Input {
        bundle,
        mut network,
        prototypes,
        photos,
    } = Input::open(run, data)?;
    let mut metadata = bundle.metadata.clone();
    let (spec, f32_bytes) = (metadata.input.clone(), bundle.size);
    let exact = Recogniser::new(bundle)?;
    let (pictures, mut unreadable) = photos.calibration(&exact, &network)?;
    let steps = network.convolutions() + 3;
    let to_measure = photos.validation.len() + photos.test.len();
    bar.set_length((steps * pictures.values.len() + to_measure) as u64);

    bar.set_message("observing");
    let uneven = extremes(&network, &pictures, bar);
    equalise(&mut network, &uneven);
    let ends = extremes(&network, &pictures, bar);
    let histograms = histograms(&network, &pictures, &ends, bar);
    let ranges: Vec<Affine> = histograms.par_iter().map(Histogram::best).collect();

    bar.set_message("rounding");
    let image = image_range(&spec);
    let quantised = pass::quantise(&network, image, &ranges, &pictures, bar);

    bar.set_message("measuring");
    let file = to_qdq(&quantised, &prototypes, &metadata);
    let actual = Recogniser::new(Bundle::from_bytes(&file, BUNDLE)?)?;
    let measured = Measured::of([&exact, &actual], &photos, bar, &mut unreadable)?;
    let (outputs, failed) = outputs_of_views(&actual, &photos.validation)?;
    unreadable.extend(failed);
    calibrate(&mut metadata, &outputs);
    let file = to_qdq(&quantised, &prototypes, &metadata);
    let bundle = run.join(BUNDLE);
    replace(&bundle, |part| Ok(std::fs::write(part, &file)?)).map_err(|source| {
        QuantiseError::Write {
            path: bundle.clone(),
            source,
        }
    })?;
    let bytes = [f32_bytes, file.len()];
    Ok(measured.report(bundle, bytes, once_each(unreadable)))
}
