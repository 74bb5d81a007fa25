//! The hardware of a kiosk: camera, display, buttons and the GPIO lines behind them.
//!
//! Each kind stands behind a trait of its own, and everything can be tested without hardware. No
//! device is trusted to answer: each has a thread, and nobody waits for it without a limit.

pub mod buttons;
pub mod camera;
pub mod display;
pub mod gpio;
