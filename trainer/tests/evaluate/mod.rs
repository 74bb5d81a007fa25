//! `trainer evaluate`, the real program, on drawn photographs; and the protocols by which it measures.

mod arrivals;
mod bad_input;
mod bench;
mod command;
mod protocols;
mod report;
