//! Stops the kiosk, and logs its reader out, while a form is being filled in.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use tests::browser::{Browser, browse};
use tests::program::{Program, set_password};

use super::sample::fill;

/// Within this time a page says that it has lost the kiosk.
const NOTICED: Duration = Duration::from_secs(5);

/// The owner's.
const PASSWORD: &str = "a password to remember";

/// The button that sends the form for a new animal.
const SEND: &str = "#answer form[action$='/newcomer'] button.primary";

#[tokio::test]
async fn a_page_goes_on_after_a_restart_with_what_was_typed() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        prepare(data.path());
        let kiosk = Program::start(data.path(), &["--camera", "none"]);
        let address = kiosk.address().to_owned();
        log_in(&browser, &kiosk.page).await;
        type_name(&browser).await;

        drop(kiosk);
        is_said(&browser, "lost").await;
        browser.tap(SEND).await;
        is_as_typed(&browser).await;

        let kiosk = Program::start_at(&address, data.path(), &["--camera", "none"]);
        goes_on(&browser).await;
        drop(kiosk);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_logged_out_says_so_and_goes_on_after_a_login() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        prepare(data.path());
        let kiosk = Program::start(data.path(), &["--camera", "none"]);
        log_in(&browser, &kiosk.page).await;
        type_name(&browser).await;

        // As on another page of the same browser.
        post(&browser, "/api/v1/logout").await;
        is_said(&browser, "ended").await;
        browser.tap(SEND).await;
        is_as_typed(&browser).await;

        post(&browser, "/api/v1/login").await;
        goes_on(&browser).await;
    })
    .await;
}

fn prepare(data: &Path) {
    fill(data);
    set_password(data, "owner", PASSWORD);
}

/// Logs in to the page of an open visit.
async fn log_in(browser: &Browser, page: &str) {
    browser.open(&format!("{page}/?visit=2")).await;
    browser.fill("#password", PASSWORD).await;
    browser.tap("form[action='/login'] button").await;
    browser.find("#live").await;
}

/// Types the name of a new animal, on a page that would be another one after a reload.
async fn type_name(browser: &Browser) {
    browser.script("window.stays = true", vec![]).await;
    browser
        .tap("#answer details:has(#new-name) > summary")
        .await;
    browser.fill("#new-name", "Zoé").await;
}

async fn is_as_typed(browser: &Browser) {
    browser
        .until("window.stays && document.querySelector('#new-name').value === 'Zoé'")
        .await;
}

/// Waits for the line that says what the matter is.
pub(super) async fn is_said(browser: &Browser, id: &str) {
    let start = Instant::now();
    browser
        .until(&format!("!document.querySelector('#{id}').hidden"))
        .await;
    assert!(start.elapsed() < NOTICED, "{:?}", start.elapsed());
}

/// Waits until nothing is the matter, and sends the form.
async fn goes_on(browser: &Browser) {
    for id in ["lost", "ended"] {
        browser
            .until(&format!("document.querySelector('#{id}').hidden"))
            .await;
    }
    is_as_typed(browser).await;
    browser.tap(SEND).await;
    browser.until("location.search.startsWith('?done=')").await;
    assert!(browser.text("main .note.good").await.contains("Zoé"));
}

/// Sends the password to an address, from the page.
async fn post(browser: &Browser, address: &str) {
    let script = "const [address, password, done] = arguments;
        const headers = { 'content-type': 'application/json' };
        const body = JSON.stringify({ password });
        fetch(address, { method: 'POST', headers, body }).then((answer) => done(answer.ok));";
    let arguments = vec![json!(address), json!(PASSWORD)];
    let done = browser.script_to_end(script, arguments).await;
    assert_eq!(done, true, "{address}");
}
