//! The arithmetic of each frame: [`resize`] turns a picture into a network's input, [`int8`] runs the
//! layers of quantised networks, [`Isa`] tells which instructions the processor has.
//!
//! This is the only crate of the kiosk with unsafe code. It knows nothing of networks, files or
//! cameras: its functions take plain slices, check their sizes, and then run loops written for the
//! processor's vectors.
//!
//! The crate is optimised even in development builds, and its public functions are never inlined
//! into crates that are not. Its tests also run on an emulated Arm processor (`cross/build test`).
//!
//! With a nightly toolchain they also run where an access beyond a slice is seen that changes no result. CI does
//! both where it finds one:
//!
//! ```sh
//! # Every kernel of this processor, under AddressSanitizer.
//! RUSTFLAGS=-Zsanitizer=address cargo +nightly test -p kernels --lib --target x86_64-unknown-linux-gnu
//! # The portable kernels, with few random cases, under Miri, which interprets them and is slow.
//! rustup +nightly component add miri rust-src
//! cargo +nightly miri test -p kernels --lib
//! ```

pub mod int8;
mod isa;
pub mod resize;

pub use isa::Isa;
