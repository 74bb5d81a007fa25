//! Post-training quantisation: makes an int8 bundle from an f32 bundle and photographs.
//!
//! [`quantise`] runs all stages in order. It observes the largest values of each channel and evens them out
//! ([`mod@equalise`]), observes how the values of each activation are distributed and chooses their quantised range
//! ([`ranges`]), then rounds the weights ([`rounding`]) and corrects the biases layer by layer. Finally the kiosk's
//! engine measures both networks side by side. With a detector, it goes through the same stages into a second part of
//! the bundle.
//!
//! The contribution of each stage for MobileNetV2, calibrated on 128 photographs and measured by ONNX Runtime on the 218
//! photographs of the validation split and 400 training photographs: squared error of the logits as a share of their
//! variance, Kullback-Leibler divergence of the probabilities from those of f32, and share of photographs with the same
//! most probable breed.
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

mod add;
mod detector;
pub mod equalise;
pub mod float;
mod guests;
mod input;
pub mod moments;
mod observe;
mod part;
mod pass;
pub mod ranges;
mod report;
pub mod rounding;

use std::path::PathBuf;

use indicatif::ProgressBar;
use recognise::photo::PhotoError;
use recognise::{Bundle, BundleError, EngineError, Metadata, Recogniser};

use crate::dataset::boxes::BoxesError;
use crate::dataset::{DatasetError, Source, once_each};
use crate::detect::DetectError;
use crate::evaluate::EvaluateError;
use crate::export::{to_onnx, to_qdq};
use crate::net::{Classifier, Embedder, Prototypes, WeightsError, int8};
use crate::replace::{WriteError, replace};
use crate::train;
use crate::train::calibrate::{calibrate, measure, measure_resemblance};
use crate::train::few::is_few;
use crate::train::views::outputs_of_views;
use detector::Detector;
use input::{Input, Photos};
use part::Part;
use report::Measured;

pub use add::{Added, add_detector};
pub use detector::Found;
pub use guests::Greeted;
pub use report::{Figures, Report, Side};

/// The int8 bundle's name inside of a run folder.
pub const BUNDLE: &str = "breeds-int8.onnx";

/// The smallest number of photographs to calibrate on. Fewer do not show the ranges of activations.
const LEAST: usize = 32;

/// What to quantise.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The folder of a finished run of `trainer train`.
    pub run: PathBuf,
    /// The dataset that the run was trained on; its training photographs calibrate the networks.
    pub data: Source,
    /// The detector for the bundle's second part.
    pub detector: Option<DetectorRun>,
    /// A folder of animals that came several times, to calibrate how guests are known again.
    pub individuals: Option<PathBuf>,
}

/// A trained detector.
#[derive(Clone, Debug)]
pub struct DetectorRun {
    /// The folder of a finished run of `trainer detect`.
    pub run: PathBuf,
    /// The list of boxes that it was trained on.
    pub boxes: PathBuf,
}

/// Why there is no int8 bundle.
#[derive(Debug, thiserror::Error)]
pub enum QuantiseError {
    /// The run has no bundle.
    #[error("{run} holds no {bundle}: name the folder of a finished `trainer train`", run = .0.display(), bundle = train::BUNDLE)]
    NoRun(PathBuf),
    /// The run is a fold of several: it was trained on photographs that the others validated on.
    #[error("the run in {run} is a fold, and would be measured on photographs that it was trained on: train without --folds into another folder, and quantise that run", run = .0.display())]
    Fold(PathBuf),
    /// The f32 bundle or the int8 one cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The bundle is quantised.
    #[error("{path} is int8 already: name a run whose {bundle} is f32", path = .0.display(), bundle = train::BUNDLE)]
    Already(PathBuf),
    /// The bundle has other tensors than the trainer's network.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The bundle that is to get a detector was not made by the trainer.
    #[error("{path} was not made by the trainer: only its own bundles can get another detector", path = .0.display())]
    NotOurs(PathBuf),
    /// The bundle has the right tensors, but combines them in another way.
    #[error("{path} holds another network than its recipe says: only bundles of `trainer train` can be quantised", path = .0.display())]
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
    /// The detector cannot be used.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// The list of boxes cannot be used.
    #[error(transparent)]
    Boxes(#[from] BoxesError),
    /// There is nothing to measure the detector on.
    #[error("{boxes} has no box of an animal for any validation photograph of {data}: name the list that the detector was trained on", boxes = boxes.display(), data = data.display())]
    NoAnimals {
        /// The list.
        boxes: PathBuf,
        /// The data folder.
        data: PathBuf,
    },
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
    /// There is no embedding to calibrate.
    #[error(
        "the network of {0} makes no embedding: train it with --boxes to know guests again, or leave out --individuals"
    )]
    NoEmbedding(PathBuf),
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

/// Quantises the bundle in the run's folder, with the detector if one is given, and writes [`BUNDLE`] beside it.
///
/// # Errors
/// See [`QuantiseError`]. A former int8 bundle is only replaced once the new one is complete.
pub fn quantise(sources: &Sources, bar: &ProgressBar) -> Result<Report, QuantiseError> {
    let Input {
        bundle,
        network,
        classifier,
        prototypes,
        embedder,
        photos,
    } = Input::open(&sources.run, &sources.data, bar)?;
    let open = |files| Detector::open(files, &photos);
    let detector = sources.detector.as_ref().map(open).transpose()?;
    let mut metadata = uncalibrated(sources, &bundle, detector.as_ref())?;

    let (sample, mut unreadable) = photos.sample()?;
    let breeds = photos.part(&Recogniser::new(bundle)?, &network, &classifier, &sample)?;
    let animals = detector.as_ref().map(|it| it.part(&sample)).transpose()?;
    drop(sample);
    let parts = [Some(&breeds), animals.as_ref()];
    bar.set_length(steps(parts, &photos, detector.as_ref()) as u64);
    let rounded = Rounded::of(breeds, animals, &classifier, bar);

    bar.set_message("measuring");
    let embedder = embedder.as_ref();
    let located = detector.as_ref().map(|it| &it.network);
    let in_f32 = to_onnx(
        &network,
        &classifier,
        &prototypes,
        embedder,
        located,
        &metadata,
    )?;
    let in_int8 = |metadata: &Metadata| rounded.to_qdq(&prototypes, embedder, metadata);
    let exact = Recogniser::new(Bundle::from_bytes(&in_f32, train::BUNDLE)?)?;
    let actual = Recogniser::new(Bundle::from_bytes(&in_int8(&metadata), BUNDLE)?)?;
    let both = [&exact, &actual];
    let measured = Measured::of(both, &photos, bar, &mut unreadable)?;
    let compare = |it: &Detector| it.compare(both, bar, &mut unreadable);
    let found = detector.as_ref().map(compare).transpose()?;
    bar.set_message("calibrating");
    calibrate_on_views(&actual, &photos, &mut metadata, bar, &mut unreadable)?;
    let guests = |folder| guests::calibrate(&actual, folder, &mut metadata, bar, &mut unreadable);
    let greeted = sources.individuals.as_deref().map(guests).transpose()?;
    let file = in_int8(&metadata);
    Ok(Report {
        bytes: [in_f32.len(), file.len()],
        bundle: write(sources.run.join(BUNDLE), &file)?,
        validation: measured.validation(),
        test: measured.test(),
        found,
        greeted,
        unreadable: once_each(unreadable),
    })
}

/// The metadata before calibration. They must have an embedding if guests are to be known again.
fn uncalibrated(
    sources: &Sources,
    bundle: &Bundle,
    detector: Option<&Detector>,
) -> Result<Metadata, QuantiseError> {
    let mut metadata = bundle.metadata.clone();
    if sources.individuals.is_some() && metadata.embedding.is_none() {
        return Err(QuantiseError::NoEmbedding(sources.run.clone()));
    }
    metadata.animals = detector.map(|it| it.animals.clone());
    Ok(metadata)
}

/// How often the bar advances, for these parts and for what is measured.
fn steps(parts: [Option<&Part>; 2], photos: &Photos, detector: Option<&Detector>) -> usize {
    let parts: usize = parts.into_iter().flatten().map(Part::steps).sum();
    let to_measure = 2 * photos.validation.len() + photos.test.len();
    parts + to_measure + detector.map_or(0, Detector::steps)
}

/// The parts of a bundle that are rounded.
struct Rounded {
    breeds: int8::Network,
    classifier: int8::Classifier,
    animals: Option<int8::Network>,
}

impl Rounded {
    /// Rounds the network that names breeds with its classifier, and the detector.
    fn of(breeds: Part, animals: Option<Part>, classifier: &Classifier, bar: &ProgressBar) -> Self {
        let (breeds, photographs) = breeds.quantise(bar);
        let classifier = pass::classifier(classifier, &photographs);
        drop(photographs);
        Self {
            breeds,
            classifier,
            animals: animals.map(|part| part.quantise(bar).0),
        }
    }

    /// The int8 bundle.
    fn to_qdq(
        &self,
        prototypes: &Prototypes,
        embedder: Option<&Embedder>,
        metadata: &Metadata,
    ) -> Vec<u8> {
        let (breeds, animals) = (&self.breeds, self.animals.as_ref());
        to_qdq(
            breeds,
            &self.classifier,
            prototypes,
            embedder,
            animals,
            metadata,
        )
    }
}

/// Sets the metadata's temperature, thresholds and figures from what the int8 network says of the photographs to
/// validate on.
fn calibrate_on_views(
    actual: &Recogniser,
    photos: &Photos,
    metadata: &mut Metadata,
    bar: &ProgressBar,
    unreadable: &mut Vec<PhotoError>,
) -> Result<(), QuantiseError> {
    let go_on = || Ok::<(), QuantiseError>(());
    let (outputs, failed) = outputs_of_views(actual, &photos.validation, bar, go_on)?;
    unreadable.extend(failed);
    // The f32 network was then calibrated on more photographs.
    if !is_few(photos.validation.len()) {
        calibrate(metadata, &outputs);
    }
    measure_resemblance(metadata, &outputs);
    measure(metadata, &outputs);
    Ok(())
}

/// Writes the int8 bundle and gives its path.
fn write(path: PathBuf, file: &[u8]) -> Result<PathBuf, QuantiseError> {
    match replace(&path, |part| Ok(std::fs::write(part, file)?)) {
        Ok(()) => Ok(path),
        Err(source) => Err(QuantiseError::Write { path, source }),
    }
}
