//! Recognises the breed of the animal in a picture.
//!
//! A model [`Bundle`] makes a [`Recogniser`]; that makes a [`Prediction`] of a picture, and
//! [`Verdict::of`] an answer of the prediction. [`verdict::Evidence`] does the same for a series of
//! pictures of one animal.
//!
//! ```
//! use image::RgbImage;
//! use recognise::{Bundle, Recogniser, Verdict, VerdictKind};
//!
//! let recogniser = Recogniser::new(Bundle::embedded()?)?;
//! let recognition = recogniser.recognise(&RgbImage::new(640, 480))?;
//! let verdict = Verdict::of(&recognition.prediction, recogniser.metadata());
//! assert_eq!(verdict.kind(), VerdictKind::NotOurs, "the picture is black");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The parts can be used alone: [`photo`] decodes photographs, [`bundle`] reads and checks a model
//! file, [`metadata`] describes its network, [`preprocess`] turns a picture into the
//! network's input, [`engine`] runs the network, [`embedding`] describes individual animals,
//! [`vocabulary`] has the names of breeds, also of those that no network knows.
//!
//! Nothing here reads a clock, and the only files that are read are bundles and photographs.

mod breed;
pub mod bundle;
pub mod embedding;
pub mod engine;
pub mod error;
mod graph;
mod int8;
mod language;
pub mod metadata;
mod model;
mod names;
mod operators;
pub mod photo;
mod prediction;
pub mod preprocess;
mod quantisation;
mod recogniser;
mod source;
pub mod text;
pub mod verdict;
pub mod vocabulary;
mod zero_points;

pub use breed::{BreedId, Candidate};
pub use bundle::Bundle;
pub use engine::{Engine, EngineError, Output};
pub use error::BundleError;
pub use language::Language;
pub use metadata::Metadata;
pub use names::printable;
pub use prediction::{Prediction, softmax};
pub use preprocess::Preprocessor;
pub use recogniser::{Recogniser, Recognition};
pub use source::Source;
pub use verdict::{Verdict, VerdictKind};
