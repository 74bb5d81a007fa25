//! The program `trainer`; `trainer --help` lists its subcommands.

use std::process::ExitCode;

/// Keeps freed memory for reuse: a training step allocates and frees the same large tensors again and again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    trainer::cli::run()
}
