//! Drives the front desk's page in a real browser, with a real kiosk, as staff would.
//!
//! Needs `chromium` and its `chromedriver` (Debian: chromium, chromium-driver). Without them the tests are
//! skipped, except in CI.

mod access;
mod accessibility;
mod arrival;
mod driver;
mod keyboard;
mod language;
mod layout;
mod photographs;
mod place;
mod report;
mod restart;
mod sample;

use std::path::PathBuf;

use tests::workspace;

/// A photograph of Chelsea, a cat of no breed.
fn chelsea() -> PathBuf {
    workspace().join("edge/examples/chelsea.png")
}
