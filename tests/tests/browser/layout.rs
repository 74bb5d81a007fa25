//! Checks on a phone, where in both languages, and on large screens that nothing scrolls sideways, and that
//! Enter presses the button that is seen.

use serde_json::{Value, json};
use tests::browser::{Browser, browse};
use tests::pages::PAGES;

use super::sample::{fill, preview_import};
use super::{PHONE, choose_french, open_desk};

/// The widths of a phone's screen, a laptop's and a large one, in pixels.
const WIDTHS: [u32; 3] = [PHONE, 1280, 1920];

/// What is not a page for people who are logged in.
const NO_PAGES: [&str; 3] = ["/api/", "/login", "/metrics"];

#[tokio::test]
async fn no_page_is_wider_than_its_screen_and_enter_presses_the_button_that_is_seen() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        fill(data.path());
        let kiosk = open_desk(&browser, data.path()).await;
        let mut problems = Vec::new();
        for width in WIDTHS {
            problems.extend(check_all(&browser, &kiosk.page, width).await);
        }
        browser.widen(PHONE).await;
        browser.open(&kiosk.page).await;
        choose_french(&browser).await;
        let in_french = check_all(&browser, &kiosk.page, PHONE).await;
        problems.extend(in_french.iter().map(|it| format!("in French: {it}")));
        browser.forget_cookies().await;
        for width in WIDTHS {
            browser.widen(width).await;
            browser.open(&kiosk.page).await;
            problems.extend(check(&browser, "the login", width).await);
        }
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    })
    .await;
}

/// Finds problems of all pages of a kiosk on a screen of this width.
async fn check_all(browser: &Browser, kiosk: &str, width: u32) -> Vec<String> {
    browser.widen(width).await;
    let mut problems = Vec::new();
    for page in PAGES.into_iter().chain(["/no-such-page"]) {
        browser.open(&format!("{kiosk}{page}")).await;
        problems.extend(check(browser, page, width).await);
    }
    preview_import(browser, kiosk).await;
    problems.extend(check(browser, "the preview of an import", width).await);
    problems
}

/// Finds problems of the layout of the page that is open, and of its forms.
pub(super) async fn check(browser: &Browser, page: &str, width: u32) -> Vec<String> {
    let found = browser.script(include_str!("layout.js"), vec![json!(width)]);
    let found = found.await;
    let found = found.as_array().expect("a list of problems").iter();
    found.map(|it| format!("{page} at {width}: {it}")).collect()
}

#[tokio::test]
async fn no_page_leads_to_one_that_is_not_checked() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        fill(data.path());
        let kiosk = open_desk(&browser, data.path()).await;
        let checked = PAGES.map(without_numbers);
        for page in PAGES {
            browser.open(&format!("{}{page}", kiosk.page)).await;
            let script = "return [...document.links].map((link) => link.getAttribute('href'))";
            let links = browser.script(script, vec![]).await;
            let links = links.as_array().expect("a list of links").iter();
            let paths = links.filter_map(Value::as_str).filter(|link| {
                link.starts_with('/') && !NO_PAGES.iter().any(|other| link.starts_with(other))
            });
            for path in paths.map(without_numbers) {
                assert!(checked.contains(&path), "{page} leads to {path}");
            }
        }
    })
    .await;
}

/// The path of an address, whichever animal, owner or visit it is about.
fn without_numbers(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.replace(|letter: char| letter.is_ascii_digit(), "")
}
