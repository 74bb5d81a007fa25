//! The arithmetic of every frame: [`resize`] makes a network's input of a picture, [`int8`] is what quantised networks
//! are made of, [`Isa`] is what the processor can do.
//!
//! It is a crate of its own so that it can be compiled for speed in a kiosk that is compiled for size, and so that
//! unsafe code stands here alone. Its functions are never inlined into their callers: there they would be compiled for
//! size, too. What it holds knows nothing of networks, files or cameras.

pub mod int8;
mod isa;
pub mod resize;

pub use isa::Isa;
