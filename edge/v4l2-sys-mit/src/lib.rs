//! Bindings of Linux' `videodev2.h`: the interface to cameras that the crate `v4l` calls through.
//!
//! `bindings.rs` is the output of `bindings.sh`. The header's structures and numbers never change
//! once they are released, so bindings that were made on one machine serve on every other of 64
//! bits; sizes and offsets are checked at compile time.

#![allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    clippy::all,
    reason = "made by a program, with the kernel's names"
)]

include!("bindings.rs");
