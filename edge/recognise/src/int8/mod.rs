//! Runs quantised networks in int8: tract's own way is slower than f32.
//!
//! What stands between quantisation and pooling in a bundle's graph is found (`pattern`), packed
//! for the processor (`network`, [`kernels::int8`]) and put back into tract's model as one operation
//! (`operation`), before tract would make f32 of it.

mod network;
mod operation;
mod pattern;
pub(super) mod qdq;

pub(super) use operation::split;
