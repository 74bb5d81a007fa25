//! The hardware of a kiosk: camera, display, buttons and the GPIO lines behind them.
//!
//! Each kind of device stands behind a trait or a plain function, so everything is testable without
//! hardware. No device is trusted to answer in time: each has a thread of its own, and nobody waits
//! for it without a limit. A device that fails is reported as an error and tried again after a
//! pause that doubles.

pub mod buttons;
pub mod camera;
pub mod display;
pub mod gpio;
mod parse;
pub mod supervise;
