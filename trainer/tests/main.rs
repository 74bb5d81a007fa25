//! The integration tests of the trainer: its library, and the real program on drawn photographs.

mod augment;
mod calibrate;
mod check;
mod common;
mod contrast;
mod corrupt;
mod dataset;
mod detect;
mod discriminant;
mod distillation;
mod embedder;
mod evaluate;
mod fetch;
mod going_on;
mod gradients;
mod metrics;
mod modules;
mod networks;
mod progress;
mod prototypes;
mod quantise;
mod repeat;
mod sequence;
mod sign;
mod tensorboard;
mod train;
mod weights;

/// A bundle that tells `red_cat`, `green_dog` and `blue_dog` by the mean colour, certain of pure colours and undecided
/// on grey.
#[path = "../../edge/recognise/tests/common/mod.rs"]
mod bundle;
