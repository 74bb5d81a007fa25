//! The check-in kiosk's own part of the breed recogniser.
//!
//! Data flows one way: [`photo`] turns a file into an upright picture, [`recognise`] turns the
//! picture into calibrated probabilities, [`verdict`] turns those into an answer that may also be
//! "not sure". None of the three keeps state between pictures, so the trainer evaluates a network
//! through the very functions that serve at the front desk.

#[cfg(feature = "app")]
pub mod cli;
pub mod photo;
pub mod recognise;
pub mod verdict;
