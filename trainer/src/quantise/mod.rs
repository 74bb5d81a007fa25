//! Post-training quantisation: an f32 bundle and photographs in, an int8 bundle out.
//!
//! [`quantise`] is the whole of it, in the order it happens: the photographs show how large each channel gets
//! ([`mod@equalise`] evens that out), then how each activation's values are distributed ([`ranges`] chooses the 256 that
//! remain of them); then layer after layer is rounded ([`rounding`]) and its bias put right. At last the kiosk's own
//! engine measures both networks side by side.
//!
//! What each stage brought, calibrated on 128 photographs, by ONNX Runtime, over the 218 photographs of the validation split
//! and 400 to train on: squared error of the logits as a share of their variance, Kullback-Leibler divergence of the
//! probabilities from those of f32, and share of photographs with the same first breed.
//!
//! | | error | divergence | agreement |
//! | --- | --- | --- | --- |
//! | ranges from least to largest, weights to the nearest | 0.90 % | 0.0049 | 98.5 % |
//! | ranges of least squared error | 0.64 % | 0.0031 | 98.7 % |
//! | equalised channels | 0.63 % | 0.0029 | 98.9 % |
//! | corrected biases | 0.32 % | 0.0012 | 99.2 % |
//! | weights rounded by second order | 0.31 % | 0.0012 | 99.7 % |
//!
//! Rounding for the f32 network's inputs in place of the actual ones, so as to undo errors of earlier layers, was
//! worse than none (0.50 % against 0.37 %, both with 256 photographs and channels scaled up to 64 times).

pub mod equalise;
pub mod float;
mod input;
pub mod int8;
pub mod moments;
mod observe;
mod pass;
pub mod ranges;
mod report;
pub mod rounding;

use std::path::{Path, PathBuf};

use recognise::{Bundle, BundleError, EngineError, Recogniser};
use indicatif::ProgressBar;
use rayon::prelude::*;

use crate::dataset::DatasetError;
use crate::evaluate::EvaluateError;
use crate::export::to_qdq;
use crate::net::WeightsError;
use crate::train;
use crate::train::calibrate::calibrate;
use crate::train::replace::{WriteError, replace};
use crate::train::views::ask;
use equalise::equalise;
use input::{Input, image_range};
use observe::{extremes, histograms};
use ranges::{Affine, Histogram};
use report::Measured;

pub use report::{Figures, Report, Side};

/// The int8 bundle's name inside of a run folder.
pub const BUNDLE: &str = "breeds-int8.onnx";

/// With fewer photographs the ranges would be those of a few pictures.
const LEAST: usize = 32;

/// Why there is no int8 bundle.
#[derive(Debug, thiserror::Error)]
pub enum QuantiseError {
    /// The run has no bundle.
    #[error("{run} holds no {bundle}: name the folder of a finished `trainer train`", run = .0.display(), bundle = train::BUNDLE)]
    NoRun(PathBuf),
    /// The bundle is no sound one, or the kiosk refuses what was made of it.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The bundle is quantised.
    #[error("{path} is int8 already: name a run whose {bundle} is f32", path = .0.display(), bundle = train::BUNDLE)]
    Already(PathBuf),
    /// The bundle has other tensors than the trainer's network.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The bundle has the right tensors, but puts them together in another way.
    #[error("{path} holds another network than the trainer's MobileNetV2: only bundles of `trainer train` can be quantised", path = .0.display())]
    OtherNetwork(PathBuf),
    /// The bundle does not say how the run split the photographs.
    #[error(
        "model {bundle}: its training recipe is not understood: {source}; train anew with this trainer"
    )]
    Recipe {
        /// The bundle.
        bundle: String,
        /// What is not understood.
        source: serde_json::Error,
    },
    /// The data cannot be used.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The data does not fit the bundle, or there is nothing to measure on.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// There is too little to calibrate on.
    #[error("calibration needs at least {LEAST} photographs; of the {listed} that {data} has to train on, {readable} can be read; `trainer check` says why", data = data.display())]
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
    /// candle fails on tensors already checked.
    #[error("the network failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The bundle cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The bundle.
        path: PathBuf,
        /// What failed.
        source: WriteError,
    },
}

/// Quantises the bundle of the folder `run` by photographs of the dataset in `data` that the run trained on, and
/// writes [`BUNDLE`] beside it.
///
/// # Errors
/// See [`QuantiseError`]. Whatever happens, a former int8 bundle stands until the new one is whole.
pub fn quantise(run: &Path, data: &Path, bar: &ProgressBar) -> Result<Report, QuantiseError> {
    let Input {
        bundle,
        mut network,
        means,
        photos,
    } = Input::open(run, data)?;
    let mut metadata = bundle.metadata.clone();
    let (spec, f32_bytes) = (metadata.input.clone(), bundle.size);
    let exact = Recogniser::new(bundle)?;
    let pictures = photos.calibration(&exact, &network)?;
    let steps = network.convolutions() + 3;
    let measured = photos.validation.len() + photos.test.len();
    bar.set_length((steps * pictures.values.len() + measured) as u64);

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
    let file = to_qdq(&quantised, &means, &metadata);
    let actual = Recogniser::new(Bundle::from_bytes(&file, BUNDLE)?)?;
    let measured = Measured::of([&exact, &actual], &photos, bar)?;
    calibrate(&mut metadata, &ask(&actual, &photos.validation)?);
    let file = to_qdq(&quantised, &means, &metadata);
    let bundle = run.join(BUNDLE);
    replace(&bundle, |part| Ok(std::fs::write(part, &file)?)).map_err(|source| {
        QuantiseError::Write {
            path: bundle.clone(),
            source,
        }
    })?;
    Ok(measured.report(bundle, [f32_bytes, file.len()]))
}
