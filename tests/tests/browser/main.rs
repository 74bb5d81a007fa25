//! The front desk's page, in a real browser before a real kiosk: what staff do there, they do here.
//!
//! Needs `chromium` and its `chromedriver` (Debian: chromium, chromium-driver); without them the tests are
//! skipped, except in CI.

mod access;
mod accessibility;
mod arrival;
mod driver;
mod keyboard;
mod report;

use std::path::PathBuf;

use tests::workspace;

/// Chelsea the cat, whose breed is for staff to say.
fn chelsea() -> PathBuf {
    workspace().join("edge/examples/chelsea.png")
}
