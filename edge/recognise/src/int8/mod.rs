//! Runs quantised networks in int8, which tract on its own runs more slowly than f32 ones.
//!
//! `pattern` goes through a bundle's graph and finds what has an int8 form, operator by operator:
//! `maker` knows the operators, `convolution`, `window` and `function` read what they say. `cut`
//! divides the graph into segments, which are a `program` each, and the rest. `builder` packs a
//! program for the processor (with [`kernels::int8`]), `network` runs it, `bands` its widest parts by
//! bands of rows, and `operation` puts it into tract's model of the rest; an `activation` is what one
//! layer hands to others. tract never reads the segments. Of what comes behind them all, `products`
//! takes the products with int8 weights. `coverage` says how much of the work the segments do.

mod activation;
mod bands;
mod builder;
mod constants;
mod convolution;
mod coverage;
mod cut;
mod function;
mod maker;
mod network;
mod operation;
mod pattern;
mod products;
mod program;
mod refusal;
mod window;

pub use coverage::Coverage;
pub(crate) use operation::{Parts, Split, split};
