//! Finds the animals in a picture, and recognises their breeds.
//!
//! A model [`Bundle`] makes a [`Recogniser`]. That finds animals, as [`Detection`]s, and makes a
//! [`Prediction`] for each; [`Verdict::of_found`] makes an answer of the prediction.
//! [`verdict::Evidence`] does the same for a series of pictures of one animal. Where no animal is
//! found, or the bundle has no detector, the whole picture is recognised, and [`Verdict::of`] answers.
//!
//! ```
//! use image::RgbImage;
//! use recognise::{Bundle, Recogniser, VerdictKind};
//!
//! let recogniser = Recogniser::new(Bundle::embedded()?)?;
//! let metadata = recogniser.metadata();
//! let examined = recogniser.examine(&RgbImage::new(640, 480))?;
//! for animal in &examined.animals {
//!     let verdict = animal.verdict(metadata);
//!     println!("{verdict:?} in {:?}", animal.detection.region.corners());
//! }
//! let answer = examined.verdict(metadata);
//! assert_eq!(answer.kind(), VerdictKind::NotOurs, "the picture is black");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The parts can be used alone: [`photo`] decodes photographs, [`bundle`] reads and checks a model
//! file, [`metadata`] describes its network, [`preprocess`] turns a picture or a part of it into the
//! network's input, [`locate`] finds animals, [`engine`] runs the network that names breeds,
//! [`embedding`] describes individual animals, [`learnt`] names breeds that were learnt from a few
//! pictures, [`vocabulary`] has the names of breeds, also of those that no network knows, and
//! [`activation`] shows where in a picture the network sees a breed.
//!
//! Nothing here reads a clock, and the only files that are read are bundles and photographs.

pub mod activation;
pub mod adaptation;
mod breed;
pub mod bundle;
pub mod embedding;
pub mod engine;
pub mod error;
mod exporter;
mod graph;
mod int8;
mod language;
pub mod learnt;
pub mod locate;
pub mod metadata;
mod model;
mod names;
mod operators;
mod parts;
pub mod photo;
mod prediction;
pub mod preprocess;
mod product;
mod quantisation;
mod recogniser;
pub mod region;
mod runner;
mod softmax;
mod source;
pub mod text;
mod vectors;
pub mod verdict;
pub mod vocabulary;
mod zero_points;

pub use activation::{Activation, ActivationMap};
pub use breed::{BreedId, Candidate};
pub use bundle::Bundle;
pub use engine::{Engine, Output};
pub use error::{BundleError, EngineError};
pub use int8::Coverage;
pub use language::Language;
pub use locate::{Detection, Detector};
pub use metadata::Metadata;
pub use names::printable;
pub use prediction::Prediction;
pub use preprocess::Preprocessor;
pub use recogniser::{Animal, Examined, Recogniser, Recognition};
pub use region::Region;
pub use softmax::softmax;
pub use source::Source;
pub use verdict::{Verdict, VerdictKind};
