//! `trainer`: see `trainer --help`.

use std::process::ExitCode;

/// Keeps freed memory at hand: a training step allocates and frees the same large tensors again and again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    trainer::cli::run()
}
