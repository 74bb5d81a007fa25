//! Checks on a phone what only moments have: animals at the desk, an invitation, the catalogue of a disk that
//! can only be read, and the steps of the wizard. All of it must fit the screen, and be accessible in light
//! and dark.

use std::path::Path;

use tests::browser::{Browser, browse};
use tests::faults::on_read_only_disk;
use tests::pages::{ARE_TWO, IS_ANSWERED, two_animals};
use tests::program::{Program, set_password};
use tests::{say_skipped, wizard};

use super::colleagues::{OWNER, invite};
use super::sample::fill;
use super::{PHONE, accessibility, choose_french, layout};

#[tokio::test]
async fn what_only_moments_have_fits_a_phone_and_is_accessible() {
    browse(|browser| async move {
        browser.widen(PHONE).await;
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        fill(data.path());
        set_password(data.path(), "owner", OWNER);
        let mut phone = Phone {
            browser,
            problems: Vec::new(),
        };
        look_at_arrivals(&mut phone, data.path()).await;
        // In French from here on.
        look_at_former_catalogue(&mut phone, data.path()).await;
        look_at_wizard(&mut phone).await;
        assert!(phone.problems.is_empty(), "{}", phone.problems.join("\n"));
    })
    .await;
}

/// A phone, and what was found to be wrong on it.
struct Phone {
    browser: Browser,
    problems: Vec<String>,
}

impl Phone {
    /// Looks for problems of the page that is open.
    async fn check(&mut self, what: &str, language: &str) {
        let mut found = layout::check(&self.browser, what, PHONE).await;
        for scheme in ["light", "dark"] {
            self.browser.prefer(scheme).await;
            let problems = accessibility::check(&self.browser, language).await;
            let problems = problems.iter();
            found.extend(problems.map(|it| format!("{language} {scheme} {what}: {it}")));
        }
        self.problems.append(&mut found);
    }
}

/// Looks at an invitation and at two animals at once.
async fn look_at_arrivals(phone: &mut Phone, data: &Path) {
    let browser = phone.browser.clone();
    let kiosk = Program::start(data, &["--camera", "none"]);
    let invitation = invite(&browser, &kiosk.page, "staff").await;
    browser.open(&invitation).await;
    phone.check("an invitation", "en").await;

    let photograph = data.join("two.png");
    let saved = two_animals().save(&photograph);
    saved.expect("a photograph is written");
    browser.open(&kiosk.page).await;
    browser
        .fill("#photograph", &photograph.display().to_string())
        .await;
    let are_there = format!("{ARE_TWO} && {IS_ANSWERED}");
    browser.until(&are_there).await;
    phone.check("two animals", "en").await;
    browser.open(&kiosk.page).await;
    choose_french(&browser).await;
    // Their answers may have gone meanwhile.
    browser
        .fill("#photograph", &photograph.display().to_string())
        .await;
    browser.until(&are_there).await;
    phone.check("two animals", "fr").await;

    browser.open(&invitation).await;
    phone.check("an invitation", "fr").await;
    // Nothing on the page misses the kiosk.
    browser.open("about:blank").await;
}

/// Looks at the catalogue of a disk that can only be read. Skipped where nobody may mount one.
async fn look_at_former_catalogue(phone: &mut Phone, data: &Path) {
    let browser = phone.browser.clone();
    let elsewhere = tempfile::tempdir().expect("a folder for what is recorded");
    let Some(command) = on_read_only_disk(data, elsewhere.path()) else {
        return say_skipped("no disk can be mounted here");
    };
    let kiosk = Program::start_by(command, data, &["--camera", "none"]);
    // Who was logged in before stays so.
    browser.open(&format!("{}/former", kiosk.page)).await;
    browser.find("form[action='/former']").await;
    phone.check("the former catalogue", "fr").await;
    browser.open("about:blank").await;
}

/// Looks at each step of the wizard that sets a kiosk up.
async fn look_at_wizard(phone: &mut Phone) {
    let browser = phone.browser.clone();
    let data = tempfile::tempdir().expect("a folder for a catalogue");
    let (kiosk, page) = wizard::start(data.path(), &["--demo"]);
    browser.open(&format!("{page}/setup")).await;
    phone.check("the figures", "fr").await;
    wizard::enter_figures(&browser, &kiosk.figures()).await;
    phone.check("the language", "fr").await;
    wizard::choose_language(&browser, "fr").await;
    phone.check("the password", "fr").await;
    wizard::enter_password(&browser, OWNER).await;
    phone.check("the place", "fr").await;
    wizard::enter_place(&browser).await;
    browser
        .until("document.querySelector('#aim')?.naturalWidth > 0")
        .await;
    // Before its first picture the camera has none to show, and the console says so.
    browser.console_errors().await;
    phone.check("the camera", "fr").await;
    wizard::keep_camera(&browser).await;
    phone.check("what is kept", "fr").await;
    wizard::finish(&browser).await;
    phone.check("the end", "fr").await;
}
