//! Checks on a phone and on large screens that nothing scrolls sideways, and that Enter presses the
//! button that is seen.

use serde_json::{Value, json};
use tests::program::Program;

use super::driver::browse;
use super::sample::{PAGES, fill};

/// The widths of a phone's screen, a laptop's and a large one, in pixels.
const WIDTHS: [u32; 3] = [390, 1280, 1920];

#[tokio::test]
async fn no_page_is_wider_than_its_screen_and_enter_presses_the_button_that_is_seen() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        fill(data.path());
        let kiosk = Program::start(data.path(), &["--camera", "none"]);
        browser.open(&kiosk.login_link()).await;
        let mut problems = Vec::new();
        for width in WIDTHS {
            browser.widen(width).await;
            for page in PAGES {
                browser.open(&format!("{}{page}", kiosk.page)).await;
                let script = include_str!("layout.js");
                let found = browser.script(script, vec![json!(width)]).await;
                let found = found.as_array().expect("a list of problems").iter();
                let found = found.map(Value::to_string);
                problems.extend(found.map(|it| format!("{page} at {width}: {it}")));
            }
        }
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    })
    .await;
}
