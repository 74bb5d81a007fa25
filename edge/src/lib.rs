//! The check-in kiosk: connects the crates below and runs them.
//!
//! Data flows one way: [`devices::camera`] sees who arrives, [`recognise`] turns a picture into
//! calibrated probabilities and a verdict, [`checkin`] is the course of arrivals, [`screens`] draws
//! them, [`catalogue`] keeps them and [`desk`] is the page on which staff see and correct them.
//! [`kiosk`] wires them together with threads and channels.

pub mod cli;
pub mod config;
pub mod kiosk;
mod locale;
pub mod models;
