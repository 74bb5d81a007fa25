//! Runs quantised networks in int8, which tract on its own runs more slowly than f32 ones.
//!
//! `pattern` finds the part of a bundle's graph between the first quantisation and the pooling, or
//! the first convolution whose result is not quantised. `network` packs it for the processor (with
//! [`kernels::int8`]), and `operation` puts it into tract's model as one operation. tract never reads
//! that part. Of what comes behind it, `product` takes the products with int8 weights.

mod constants;
mod convolution;
mod network;
mod operation;
mod pattern;
pub(crate) mod product;
mod program;

pub(crate) use operation::{Parts, split};
