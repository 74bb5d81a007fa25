//! The check-in kiosk of an animal daycare.
//!
//! Data flows one way: [`camera`] sees who arrives, [`recognise`] turns a picture into calibrated
//! probabilities, [`verdict`] turns those into an answer that may also be "not sure", [`checkin`]
//! is the course of one arrival, [`screens`] draws it, [`catalogue`] keeps it and [`desk`] is the
//! page on which staff see and correct it. [`kiosk`] wires them together.
//!
//! Without the feature `app` there is only what recognises: the trainer evaluates a network through
//! the very functions that serve at the front desk.

#[cfg(feature = "app")]
pub mod buttons;
#[cfg(feature = "app")]
pub mod camera;
#[cfg(feature = "app")]
pub mod catalogue;
#[cfg(feature = "app")]
pub mod checkin;
#[cfg(feature = "app")]
pub mod cli;
#[cfg(feature = "app")]
pub mod config;
#[cfg(feature = "app")]
pub mod desk;
#[cfg(feature = "app")]
pub mod display;
#[cfg(feature = "app")]
pub mod gpio;
#[cfg(feature = "app")]
pub mod kiosk;
#[cfg(feature = "app")]
pub mod locale;
pub mod photo;
pub mod recognise;
#[cfg(feature = "app")]
pub mod screens;
mod splitmix;
pub mod verdict;
