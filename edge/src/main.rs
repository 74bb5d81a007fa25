//! The `kiosk` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    edge::cli::run()
}
