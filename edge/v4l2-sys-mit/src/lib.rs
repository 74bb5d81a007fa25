//! Bindings of Linux's `videodev2.h`, the interface to cameras, for the crate `v4l`.
//!
//! This crate stands in for the one of the same name, which generates the bindings at each build and
//! needs libclang for that. `bindings.rs` is the output of `bindings.sh`. The kernel never changes a
//! structure or a number of this header once it is released, so bindings that were generated on one
//! 64-bit machine fit every other; their sizes and offsets are checked at compile time.

#![allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    clippy::all,
    reason = "generated, with the kernel's names"
)]

include!("bindings.rs");
