//! `trainer evaluate`, the real program, on drawn photographs.

mod bad_input;
mod bench;
mod command;
mod report;
