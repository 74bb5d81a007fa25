//! Checks that forms leave their reader where they were, that it is seen why one was refused, and that
//! Enter does what the button beside the field does.

use std::path::Path;

use catalogue::{AnimalFields, Catalogue};
use fantoccini::key::Key;
use jiff::Zoned;
use recognise::metadata::Species;
use serde_json::{Value, json};
use tests::browser::{Browser, browse};

use super::sample::fill;
use super::{PHONE, open_desk};

/// How many animals are expected: more than a phone's screen shows.
const EXPECTED: usize = 30;

/// The row of the animal that is removed.
const ROW: usize = 20;

/// The buttons that remove an animal from the list.
const BUTTONS: &str = "[...document.querySelectorAll('form[action=\"/expected/remove\"] button')]";

#[tokio::test]
async fn after_a_row_is_removed_the_next_one_has_the_focus_in_its_place() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        expect(data.path());
        let kiosk = open_desk(&browser, data.path()).await;
        browser.widen(PHONE).await;
        browser.open(&format!("{}/expected", kiosk.page)).await;

        browser
            .script(&format!("{BUTTONS}[{ROW}].focus()"), vec![])
            .await;
        let (name, top) = place(&browser).await;
        assert!(top > 100.0, "{top}");
        browser.press(Key::Enter).await;
        let is_removed = format!("{BUTTONS}.length === {}", EXPECTED - 1);
        browser.until(&is_removed).await;
        let is_there = format!("{BUTTONS}[{ROW}] === document.activeElement");
        browser.until(&is_there).await;
        let (next_name, next_top) = place(&browser).await;
        assert_ne!(next_name, name);
        assert!((next_top - top).abs() < 100.0, "{top} {next_top}");
    })
    .await;
}

/// Fills a catalogue with animals that are expected today.
fn expect(folder: &Path) {
    let catalogue = Catalogue::open(folder).expect("a catalogue");
    for number in 0..EXPECTED {
        let rex = AnimalFields::new(&format!("Rex {number}"), Species::Dog, "pug");
        let rex = catalogue.add_animal(&rex, "owner").expect("an animal");
        let today = Zoned::now().date();
        catalogue.expect(rex, today).expect("an expected animal");
    }
}

/// What the focused element says, and how far the page is scrolled.
async fn place(browser: &Browser) -> (String, f64) {
    let script = "return [document.activeElement.textContent, scrollY]";
    let place = browser.script(script, vec![]).await;
    let name = place[0].as_str().unwrap_or_default().to_owned();
    (name, place[1].as_f64().unwrap_or_default())
}

#[tokio::test]
async fn why_a_form_is_refused_is_seen_on_a_phone_beside_the_field_that_has_the_focus() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        fill(data.path());
        let kiosk = open_desk(&browser, data.path()).await;
        browser.widen(PHONE).await;
        for (page, field, focused, reason) in [
            ("/animals/1/edit", "#tag", "#tag", "#wrong"),
            (
                "/visits/2?name=Nobody",
                "#new-tag",
                "#new-name",
                "#new-wrong",
            ),
        ] {
            browser.open(&format!("{}{page}", kiosk.page)).await;
            browser.fill(field, "A_1").await;
            browser.press(Key::Enter).await;
            let has_focus =
                format!("document.activeElement.matches('{focused}[aria-invalid=true]')");
            browser.until(&has_focus).await;
            let box_of = format!("document.querySelector('{reason}').getBoundingClientRect()");
            let is_seen = format!("{box_of}.top >= 0 && {box_of}.bottom <= innerHeight");
            browser.until(&is_seen).await;
        }
    })
    .await;
}

#[tokio::test]
async fn enter_does_what_the_button_beside_the_field_does() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        fill(data.path());
        let kiosk = open_desk(&browser, data.path()).await;

        // Another breed.
        browser.open(&format!("{}/?visit=2", kiosk.page)).await;
        browser.press('o').await;
        browser.until("document.activeElement.id === 'typed'").await;
        browser.fill("#typed", "Beagle").await;
        browser.press(Key::Enter).await;
        browser
            .until("document.querySelector('#verdict').textContent === 'Beagle'")
            .await;
        browser
            .until("document.activeElement.id === 'answer'")
            .await;

        // A search finds animals, chooses none, and stays where it is.
        browser.script("window.stays = true", vec![]).await;
        browser.fill("#name", "eclair").await;
        browser.press(Key::Enter).await;
        let found = "[...document.querySelectorAll('#guests strong')]
            .map((name) => name.textContent).join() === 'Éclair'";
        browser.until(found).await;
        browser
            .until("window.stays && document.activeElement.id === 'name'")
            .await;
        let visit = "return fetch('/api/v1/visits/2').then((answer) => answer.json())";
        let visit = browser.script(visit, vec![]).await;
        let said = (&visit["said"], &visit["animal"]);
        assert_eq!(said, (&json!("beagle"), &Value::Null));

        // What cannot be accepted has the focus.
        browser.open(&format!("{}/today", kiosk.page)).await;
        browser.fill("#bulk", "Beagle").await;
        browser.press(Key::Enter).await;
        let refused = "document.activeElement.matches('#bulk[aria-invalid=true]')
            && document.activeElement.value === 'Beagle'";
        browser.until(refused).await;
    })
    .await;
}
