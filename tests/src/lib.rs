//! Helpers of the tests that cross crates, and of the programs that play faults, attacks and a fleet, try
//! damaged input and make the pictures of the README.

pub mod attacks;
pub mod browser;
pub mod client;
pub mod faults;
pub mod figures;
pub mod fleet;
pub mod fuzz;
pub mod law;
pub mod links;
mod network_camera;
pub mod pages;
pub mod process;
pub mod program;
pub mod services;
pub mod wizard;

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The root folder of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package has a parent folder")
}

/// The folder of real photographs, which the variable `PETS_DATA` names. Without it the test must be
/// skipped, in CI too, since nobody can install photographs; standard error then says so.
#[must_use]
pub fn photographs() -> Option<PathBuf> {
    let folder = env::var_os("PETS_DATA").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        say_skipped("PETS_DATA is not set");
    }
    folder.map(PathBuf::from)
}

/// Whether a test that needs `tools` can run. If they are not there it must be skipped, and standard
/// error says so.
///
/// # Panics
/// If the tools are missing in CI (variable `CI`), which installs them.
#[must_use]
pub fn can_run(there: bool, tools: &str) -> bool {
    if !there {
        assert!(env::var_os("CI").is_none(), "CI needs {tools}");
        say_skipped(&format!("{tools} not found"));
    }
    there
}

/// Says that the running test, or a part of it, is skipped. It writes to standard error itself: the test
/// harness would swallow a line of `eprintln!`.
pub fn say_skipped(reason: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // There is nowhere else to report that standard error is closed.
    let _ = writeln!(io::stderr(), "{test}: skipped: {reason}");
}
