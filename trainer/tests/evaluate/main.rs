//! `trainer evaluate`: its figures, and the command over drawn photographs.

mod bad_input;
mod bench;
mod command;
mod metrics;
mod report;

/// A bundle that tells `red_cat`, `green_dog` and `blue_dog` by the mean colour, sure of pure colours
/// and undecided on grey.
#[path = "../../../edge/tests/common/mod.rs"]
mod bundle;
