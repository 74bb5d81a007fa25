//! Checks every page for screen readers, on a phone, in light and dark, and in both languages.

use std::path::Path;

use catalogue::{AnimalFields, Catalogue, Decision, NewVisit};
use jiff::{Timestamp, Zoned};
use recognise::metadata::Species;
use recognise::{Candidate, Source, VerdictKind};
use serde_json::{Value, json};
use tests::program::Program;

use super::driver::{Browser, browse};

/// Every page that needs a login.
const PAGES: [&str; 18] = [
    "/",
    "/?visit=1",
    "/?visit=2",
    "/?done=1",
    "/queue",
    "/today",
    "/today?day=2020-02-29",
    "/visits/1",
    "/visits/2",
    "/animals",
    "/animals?q=nobody",
    "/animals/new",
    "/animals/1",
    "/animals/1/edit",
    "/expected",
    "/export",
    "/settings",
    "/status",
];

/// A phone's screen.
const PHONE: [u32; 2] = [390, 844];

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
        let kiosk = Program::start(data.path(), &["--camera", "none"]);
        browser.open(&kiosk.login_link()).await;
        let [width, height] = PHONE;
        let phone =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true });
        browser
            .devtools("Emulation.setDeviceMetricsOverride", phone)
            .await;

        let mut problems = Vec::new();
        for language in ["en", "fr"] {
            if language == "fr" {
                browser.tap("details.more > summary").await;
                browser.tap("button[lang=fr]").await;
                browser
                    .until("document.documentElement.lang === 'fr'")
                    .await;
            }
            for scheme in ["light", "dark"] {
                let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
                let media = json!({ "features": [feature] });
                browser.devtools("Emulation.setEmulatedMedia", media).await;
                for page in PAGES {
                    browser.open(&format!("{}{page}", kiosk.page)).await;
                    let found = check(&browser, language).await;
                    problems.extend(
                        found
                            .into_iter()
                            .map(|it| format!("{language} {scheme} {page}: {it}")),
                    );
                }
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

/// Fills a catalogue with a confirmed visit, an unconfirmed one, and an animal with a warning.
fn fill(folder: &Path) {
    let catalogue = Catalogue::open(folder).expect("a catalogue");
    let overdue = "2020-01-01".parse().expect("a day");
    let animal = AnimalFields {
        name: "Éclair".to_owned(),
        species: Species::Cat,
        breed: "bengal".into(),
        notes: "Sleeps after lunch.\nLikes boxes.".to_owned(),
        contact: "Hélène Müller, 079 000 00 00".to_owned(),
        warnings: "Bites when the vacuum cleaner runs".to_owned(),
        vaccinated_until: Some(overdue),
        tag: Some("CH-756-0042".to_owned()),
    };
    let animal = catalogue.add_animal(&animal, "owner").expect("an animal");
    let visits = [VerdictKind::Breed, VerdictKind::Unsure].map(|verdict| {
        let candidates = [("bengal", 0.6), ("egyptian_mau", 0.3), ("abyssinian", 0.1)];
        let visit = NewVisit {
            at: Timestamp::now(),
            photograph: Some(image::RgbImage::from_pixel(
                64,
                48,
                image::Rgb([180, 120, 60]),
            )),
            verdict,
            candidates: candidates
                .map(|(breed, probability)| Candidate {
                    breed: breed.into(),
                    probability,
                })
                .to_vec(),
            confidence: 0.6,
            embedding: vec![1.0; 128],
            model: "2026-01-31".to_owned(),
            source: Source::Camera,
        };
        catalogue.record(&visit).expect("a visit").visit
    });
    let decision = Decision {
        breed: "egyptian_mau".into(),
        animal: Some(animal),
        by: "owner".to_owned(),
        at: Timestamp::now(),
    };
    catalogue
        .confirm(visits[0], &decision)
        .expect("a confirmed visit");
    let today = Zoned::now().date();
    catalogue.expect(animal, today).expect("an expected animal");
}

/// Finds problems of the page.
async fn check(browser: &Browser, language: &str) -> Vec<String> {
    let [width, _] = PHONE;
    let found = browser.script(
        include_str!("accessibility.js"),
        vec![json!(language), json!(width)],
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
