//! Takes a photograph from the page to a guest in the catalogue.

use tests::browser::{Browser, browse};

use super::{chelsea, open_desk};

#[tokio::test]
async fn a_photograph_dropped_on_the_page_becomes_a_guest_who_is_found_again_and_exported() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        let _kiosk = open_desk(&browser, data.path()).await;

        let photograph = chelsea().display().to_string();
        browser.fill("#photograph", &photograph).await;
        let first = arrival(&browser, "").await;
        let breed = correct(&browser).await;
        add_guest(&browser, "Zoé", ("#new-contact", "079 000 00 00")).await;

        // The same cat again. Now two taps suffice: its breed and its name.
        browser.drop_files(&[&photograph]).await;
        let second = arrival(&browser, &first).await;
        assert_eq!(correct(&browser).await, breed);
        browser.tap("form.guests button[name=animal]").await;
        browser.until("location.search.startsWith('?done=')").await;
        assert!(browser.text("main .note.good").await.contains("Zoé"));
        let (_, visit) = browser.fetch(&format!("/api/v1/visits/{second}")).await;
        let visit: serde_json::Value = serde_json::from_str(&visit).expect("a visit");
        assert_eq!(
            (&visit["said"], &visit["animal"][1]),
            (&breed.into(), &"Zoé".into())
        );

        find_guest(&browser).await;
        let (status, animals) = browser.fetch("/api/v1/export/animals.csv").await;
        assert!(
            status == 200 && animals.contains("Zoé"),
            "{status} {animals}"
        );
        let (status, visits) = browser.fetch("/api/v1/export/visits.csv").await;
        assert_eq!(
            (status, visits.matches("Zoé").count()),
            (200, 2),
            "{visits}"
        );
        assert_eq!(browser.console_errors().await, [""; 0]);
    })
    .await;
}

/// Waits for the answer to an arrival other than the visit `previous`, and returns its visit.
pub(super) async fn arrival(browser: &Browser, previous: &str) -> String {
    let visit = "document.querySelector('#answer').dataset.visit";
    browser
        .until(&format!("{visit} && {visit} !== '{previous}'"))
        .await;
    let visit = browser.script(&format!("return {visit}"), vec![]).await;
    visit.as_str().expect("the visit's number").to_owned()
}

/// Taps a breed other than the most probable one, and returns it.
async fn correct(browser: &Browser) -> String {
    let second = "#answer .choices button:nth-of-type(2)";
    let breed = browser.find(second).await.attr("value").await;
    browser.tap(second).await;
    browser.until("location.search.startsWith('?visit=')").await;
    breed.expect("the button").expect("the breed's id")
}

/// Adds the new animal at the desk to the catalogue, with its name and another field, and checks it
/// in.
pub(super) async fn add_guest(browser: &Browser, name: &str, (field, text): (&str, &str)) {
    browser
        .tap("#answer details:has(#new-name) > summary")
        .await;
    retype(browser, field, text).await;
    browser.fill("#new-name", name).await;
    browser
        .tap("#answer form[action$='/newcomer'] button")
        .await;
    browser.until("location.search.startsWith('?done=')").await;
    assert!(browser.text("main .note.good").await.contains(name));
}

/// Finds the guest by its name without an accent, then with one, and opens its page.
async fn find_guest(browser: &Browser) {
    browser.tap(".nav a[href='/animals']").await;
    for query in ["zoe", "ZOÉ"] {
        retype(browser, "#q", query).await;
        let asked = format!("new URLSearchParams(location.search).get('q') === '{query}'");
        browser.until(&asked).await;
        assert_eq!(browser.text("#results .what a").await, "Zoé");
    }
    browser.tap("#results .what a").await;
    browser
        .until("document.querySelector('h1').textContent === 'Zoé'")
        .await;
    let pictures = "[...document.querySelectorAll('.gallery img')]";
    browser
        .until(&format!(
            "{pictures}.filter((picture) => picture.naturalWidth > 0).length === 2"
        ))
        .await;
}

/// Types a text into a field in place of what is in it.
async fn retype(browser: &Browser, field: &str, text: &str) {
    browser.find(field).await;
    let empty = format!("document.querySelector('{field}').value = ''");
    browser.script(&empty, vec![]).await;
    browser.fill(field, text).await;
}
