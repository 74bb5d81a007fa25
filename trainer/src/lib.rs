//! Trains, evaluates and quantises the networks that the check-in kiosk runs: one that names breeds and describes
//! individual animals, and one that finds animals in a picture.
//!
//! The program `trainer` is a thin layer, [`cli`], over this library. Modules build on each other in one direction:
//! each uses only modules from the lines above its own, which the test `modules` checks.
//!
//! 1. `replace` (files that are replaced as a whole).
//! 2. [`metrics`] (figures from predictions and labels), [`corrupt`] (degraded pictures to measure on), [`dataset`]
//!    (photographs with their breeds) and [`net`] (the network).
//! 3. [`augment`] (random views of a photograph to train on) and [`export`] (networks as model bundles).
//! 4. [`train`] (from photographs to an f32 bundle) and [`evaluate`] (how good a bundle is).
//! 5. [`detect`] (from photographs with boxes to a network that finds animals).
//! 6. [`quantise`] (from an f32 bundle to an int8 one).
//! 7. [`cli`] (the subcommands).

pub mod augment;
pub mod cli;
pub mod corrupt;
pub mod dataset;
pub mod detect;
pub mod evaluate;
pub mod export;
pub mod metrics;
pub mod net;
pub mod quantise;
mod replace;
pub mod train;
