//! Runs quantised networks in int8: tract's own way is slower than f32.
//!
//! [`operation::with_int8`] takes from a bundle's graph what stands between quantisation and
//! pooling ([`pattern`]), packs it for the processor ([`network`], [`kernels`]) and puts it back
//! into tract's model as one operation.

pub mod kernels;
mod network;
mod operation;
mod pattern;
pub(super) mod qdq;

pub(super) use operation::with_int8;
