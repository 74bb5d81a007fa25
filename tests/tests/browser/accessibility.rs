//! Checks every page for screen readers, on a phone, in light and dark, and in both languages.

use serde_json::{Value, json};
use tests::browser::{Browser, browse};
use tests::pages::PAGES;

use super::sample::{fill, preview_import};
use super::{PHONE, choose_french, open_desk};

/// The roles in Chromium's accessibility tree that need a name.
const NAMED: [&str; 15] = [
    "button",
    "checkbox",
    "combobox",
    "Date",
    "DisclosureTriangle",
    "image",
    "InputTime",
    "link",
    "listbox",
    "meter",
    "radio",
    "searchbox",
    "spinbutton",
    "textbox",
    "navigation",
];

#[tokio::test]
async fn every_page_is_accessible_in_both_languages_light_and_dark_on_a_phone() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        fill(data.path());
        let kiosk = open_desk(&browser, data.path()).await;
        browser.widen(PHONE).await;

        let mut problems = Vec::new();
        for language in ["en", "fr"] {
            if language == "fr" {
                choose_french(&browser).await;
            }
            for scheme in ["light", "dark"] {
                browser.prefer(scheme).await;
                let mut add = |page: &str, found: Vec<String>| {
                    let found = found.into_iter();
                    problems.extend(found.map(|it| format!("{language} {scheme} {page}: {it}")));
                };
                for page in PAGES {
                    browser.open(&format!("{}{page}", kiosk.page)).await;
                    add(page, check(&browser, language).await);
                }
                preview_import(&browser, &kiosk.page).await;
                add("the preview of an import", check(&browser, language).await);
            }
        }
        browser.open(&format!("{}/no-such-page", kiosk.page)).await;
        // The console reports only that the page does not exist.
        assert_eq!(browser.console_errors().await.len(), 1);
        problems.extend(check(&browser, "fr").await);
        browser.forget_cookies().await;
        browser.open(&kiosk.page).await;
        problems.extend(check(&browser, "en").await);
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    })
    .await;
}

/// Finds problems of the page that is open on a phone.
pub(super) async fn check(browser: &Browser, language: &str) -> Vec<String> {
    let found = browser.script(
        include_str!("accessibility.js"),
        vec![json!(language), json!(PHONE)],
    );
    let found = found.await;
    let found = found.as_array().expect("a list of problems").iter();
    let mut problems: Vec<String> = found.map(Value::to_string).collect();
    problems.extend(nameless(browser).await);
    problems.extend(browser.console_errors().await);
    problems
}

/// Finds elements that a screen reader could not name, according to the browser.
async fn nameless(browser: &Browser) -> Vec<String> {
    let tree = browser
        .devtools("Accessibility.getFullAXTree", json!({}))
        .await;
    let nodes = tree["nodes"].as_array().expect("a list of nodes").iter();
    let named = nodes.filter(|node| {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        node["ignored"] == false && NAMED.contains(&role)
    });
    let mut nameless = Vec::new();
    for node in named {
        let name = node["name"]["value"].as_str().unwrap_or_default();
        if name.trim().is_empty() {
            let which = json!({ "backendNodeId": node["backendDOMNodeId"] });
            let html = browser.devtools("DOM.getOuterHTML", which).await;
            nameless.push(format!("without a name: {}", html["outerHTML"]));
        }
    }
    nameless
}
