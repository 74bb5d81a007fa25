//! Fine-tunes, evaluates and exports the network that the check-in kiosk runs.

pub mod augment;
pub mod cli;
pub mod corrupt;
pub mod dataset;
pub mod evaluate;
pub mod export;
pub mod net;
pub mod quantise;
pub mod train;
