//! Drives the front desk's page in a real browser, with a real kiosk, as staff would.
//!
//! Needs `chromium` and its `chromedriver` (Debian: chromium, chromium-driver). Without them the tests are
//! skipped, except in CI.

mod access;
mod accessibility;
mod arrival;
mod colleagues;
mod crowd;
mod day;
mod keyboard;
mod language;
mod layout;
mod moments;
mod photographs;
mod place;
mod report;
mod restart;
mod sample;

use std::path::{Path, PathBuf};

use tests::browser::Browser;
use tests::program::Program;
use tests::workspace;

/// The width of a phone's screen, in pixels.
const PHONE: u32 = 390;

/// Starts a kiosk without a camera, with its catalogue in `data`, and opens its live page.
async fn open_desk(browser: &Browser, data: &Path) -> Program {
    let kiosk = Program::start(data, &["--camera", "none"]);
    browser.open(&kiosk.login_link()).await;
    browser
        .until("document.querySelector('#screen').naturalWidth === 480")
        .await;
    kiosk
}

/// Chooses French on a page in English.
async fn choose_french(browser: &Browser) {
    browser.tap("details.more > summary").await;
    browser.tap("button[lang=fr]").await;
    browser
        .until("document.documentElement.lang === 'fr'")
        .await;
}

/// A photograph of Chelsea, a cat of no breed.
fn chelsea() -> PathBuf {
    workspace().join("edge/examples/chelsea.png")
}
