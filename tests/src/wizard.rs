//! Goes through the wizard that sets a kiosk up, in a browser. Each step ends when the next one is there.

use std::path::Path;

use crate::browser::Browser;
use crate::program::Program;

/// Starts a kiosk that waits to be set up: other machines reach it, and it has no password. Returns the
/// address of its page on this machine, too.
///
/// # Panics
/// If it does not start.
#[must_use]
pub fn start(data: &Path, arguments: &[&str]) -> (Program, String) {
    let kiosk = Program::start_at("0.0.0.0:0", data, arguments);
    let (_, port) = kiosk.page.rsplit_once(':').expect("a port");
    let page = format!("http://127.0.0.1:{port}");
    (kiosk, page)
}

/// Enters the six figures of the kiosk: see [`Program::figures`].
pub async fn enter_figures(browser: &Browser, figures: &str) {
    browser.fill("#figures", figures).await;
    browser.tap("form[action='/setup'] button").await;
    arrive(browser, "language").await;
}

/// Chooses a language by its tag.
pub async fn choose_language(browser: &Browser, language: &str) {
    let chosen = format!("button[name=language][value={language}]");
    browser.tap(&chosen).await;
    arrive(browser, "password").await;
}

/// Enters the owner's password.
pub async fn enter_password(browser: &Browser, password: &str) {
    for field in ["#password", "#again"] {
        browser.fill(field, password).await;
    }
    browser.tap("form[action='/setup/password'] button").await;
    arrive(browser, "place").await;
}

/// Leaves the name of the daycare and its time zone as they are.
pub async fn enter_place(browser: &Browser) {
    browser.tap("form[action='/setup/place'] button").await;
    arrive(browser, "camera").await;
}

/// Keeps the camera that works.
pub async fn keep_camera(browser: &Browser) {
    browser.tap("button[name=next]").await;
    arrive(browser, "keep").await;
}

/// Keeps what is suggested, and ends the wizard.
pub async fn finish(browser: &Browser) {
    browser
        .tap("form[action='/setup/keep'] button.primary")
        .await;
    arrive(browser, "done").await;
}

async fn arrive(browser: &Browser, step: &str) {
    let is_there =
        format!("location.pathname === '/setup/{step}' && document.readyState === 'complete'");
    browser.until(&is_there).await;
}
