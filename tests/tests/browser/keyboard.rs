//! Confirms a breed with the keyboard alone.

use fantoccini::key::Key;
use tests::browser::{Browser, browse};

use super::{chelsea, open_desk};

/// The largest number of Tab presses from the top of the page to the breeds.
const TABS: usize = 20;

#[tokio::test]
async fn tab_and_enter_alone_confirm_a_breed() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        let kiosk = open_desk(&browser, data.path()).await;
        let photograph = chelsea().display().to_string();
        browser.fill("#photograph", &photograph).await;
        browser
            .until("document.querySelector('#answer .choices')")
            .await;
        browser.open(&kiosk.page).await;

        // The first link skips the navigation.
        assert_eq!(tab(&browser).await, "a.skip");
        browser.press(Key::Enter).await;
        browser.until("document.activeElement.id === 'main'").await;
        let mut path = vec![String::new()];
        while !path[path.len() - 1].starts_with("button.choice") {
            assert!(path.len() < TABS, "{path:?}");
            path.push(tab(&browser).await);
        }

        browser.press(Key::Enter).await;
        browser.until("location.search.startsWith('?visit=')").await;
        let visit =
            "return fetch('/api/v1/visits/' + document.querySelector('#answer').dataset.visit)
            .then((answer) => answer.json())";
        let visit = browser.script(visit, vec![]).await;
        assert_eq!(visit["said"], visit["candidates"][0]["breed"], "{visit}");

        // The key for the next arrival.
        browser.press('n').await;
        browser
            .until("location.pathname + location.search === '/'")
            .await;
        assert_eq!(browser.console_errors().await, [""; 0]);
    })
    .await;
}

/// Presses Tab and returns the element that gets the focus, which must be visible.
async fn tab(browser: &Browser) -> String {
    browser.press(Key::Tab).await;
    let script = "const at = document.activeElement, style = getComputedStyle(at);
        const seen = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
        return [[at.tagName.toLowerCase(), ...at.classList].join('.'), seen]";
    let reached = browser.script(script, vec![]).await;
    assert_eq!(
        reached[1], true,
        "nothing shows that {} has the focus",
        reached[0]
    );
    reached[0].as_str().unwrap_or_default().to_owned()
}
