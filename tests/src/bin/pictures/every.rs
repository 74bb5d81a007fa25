//! Takes every page of the front desk: logged out, on an ordinary day, refused, and with animals at the
//! desk.

use std::fs;
use std::path::{Path, PathBuf};

use devices::camera::demo;
use image::RgbImage;
use serde_json::json;
use tests::browser::Browser;
use tests::faults::on_read_only_disk;
use tests::pages::{ARE_TWO, IS_ANSWERED, two_animals};
use tests::program::{Program, set_password};

use crate::album::{Album, LANGUAGES};
use crate::day::{self, Visits};
use crate::set_up;

/// The owner's password, and that of all others.
pub(crate) const PASSWORD: &str = "five quiet geese walk home";

/// What only has an address: OPEN and CONFIRMED stand for visits of today. A new catalogue counts from
/// 1, so animal 1 is Chelsea, 2 one with long texts, 3 one who is like Chelsea, and 10 one who has left.
const PAGES: [(&str, &str); 51] = [
    ("live-nobody", "/"),
    ("live-open", "/?visit=OPEN"),
    ("live-confirmed", "/?visit=CONFIRMED"),
    ("live-checked-in", "/?done=CONFIRMED"),
    ("queue", "/queue"),
    ("queue-empty", "/queue?before=1"),
    ("unconfirmed", "/unconfirmed"),
    ("today", "/today"),
    ("day-empty", "/today?day=2020-02-29"),
    ("visit-open", "/visits/OPEN"),
    ("visit-confirmed", "/visits/CONFIRMED"),
    ("visit-search", "/visits/OPEN?name=e"),
    ("visit-newcomer", "/visits/OPEN?name=Nobody"),
    ("animals", "/animals"),
    ("search", "/animals?q=e"),
    ("search-nothing", "/animals?q=nobody"),
    ("animal", "/animals/1"),
    ("animal-out", "/animals/10?out=10"),
    ("animal-long", "/animals/2"),
    ("animal-form", "/animals/1/edit"),
    ("animal-form-long", "/animals/2/edit"),
    ("animal-form-new", "/animals/new"),
    ("animal-form-owner", "/animals/new?owner=1"),
    ("merge", "/animals/1/merge"),
    ("merge-sure", "/animals/2/merge?other=1"),
    ("card", "/animals/1/card"),
    ("card-long", "/animals/2/card"),
    ("in-house", "/in-house"),
    ("in-house-out", "/in-house?out=10"),
    ("owners", "/owners"),
    ("owners-nothing", "/owners?q=nobody"),
    ("owner", "/owners/1"),
    ("owner-long", "/owners/4"),
    ("owner-form", "/owners/4/edit"),
    ("owner-form-new", "/owners/new"),
    ("expected", "/expected"),
    ("expected-nobody", "/expected?day=2020-02-29"),
    ("import", "/expected/import"),
    ("report", "/report"),
    ("report-empty", "/report?from=2020-02-01&to=2020-02-29"),
    ("status", "/status"),
    ("people", "/settings/people"),
    ("programs", "/settings/programs"),
    ("settings", "/settings"),
    ("backups", "/settings/backups"),
    ("audit", "/settings/audit"),
    ("account", "/account"),
    ("export", "/export"),
    ("authority", "/authority"),
    ("error-404", "/no-such-page"),
    ("error-404-animal", "/animals/999"),
];

/// Takes all pages into `folder`.
///
/// # Panics
/// If a page is wider than its window.
pub(crate) async fn take(browser: Browser, folder: PathBuf) {
    let data = tempfile::tempdir().expect("a folder for the catalogue");
    let visits = day::fill(data.path());
    set_password(data.path(), "owner", PASSWORD);
    let mut albums = LANGUAGES.map(|language| Album::new(&browser, &folder, language));

    // The authority's page needs HTTPS. This machine itself is served without it.
    let config = data.path().join("kiosk.toml");
    fs::write(&config, "tls = \"auto\"\n").expect("settings are written");
    let config = config.display().to_string();
    let kiosk = Program::start(data.path(), &["--camera", "none", "--config", &config]);
    let page = kiosk.page.replacen("https:", "http:", 1);
    add_people(&browser, &page).await;
    for album in &mut albums {
        take_outside(album, &page).await;
        take_inside(album, &page, &visits).await;
        take_answers_to_forms(album, &page, data.path(), &visits).await;
    }
    drop(kiosk);
    take_former(&mut albums, data.path()).await;

    let chelsea = demo::chelsea().expect("the demo's photograph");
    for (name, picture, is_there) in [
        ("live-one", chelsea, IS_ANSWERED.to_owned()),
        (
            "live-two",
            two_animals(),
            format!("{ARE_TWO} && {IS_ANSWERED}"),
        ),
    ] {
        let camera = camera(data.path(), name, &picture);
        let kiosk = Program::start(data.path(), &["--camera", &camera]);
        for album in &mut albums {
            take_arrivals(album, &kiosk.page, name, &is_there).await;
        }
        drop(kiosk);
    }
    for album in &mut albums {
        set_up::take(album).await;
    }

    let too_wide: Vec<String> = albums.into_iter().flat_map(Album::too_wide).collect();
    for page in &too_wide {
        println!("wider than the window: {page}");
    }
    assert!(too_wide.is_empty(), "some pages are wider than the window");
}

/// Logs the owner in, who has accounts made, an invitation and a token.
async fn add_people(browser: &Browser, page: &str) {
    log_in(browser, page).await;
    let script = "
        const [password, done] = arguments;
        const post = (address, fields, credentials) =>
            fetch(address, { method: 'POST', credentials, body: new URLSearchParams(fields) });
        const invite = async (role) => {
            const made = await post('/settings/people/invite', { role }, 'same-origin');
            const page = new DOMParser().parseFromString(await made.text(), 'text/html');
            return page.querySelector('#invitation').value.split('code=')[1];
        };
        const people = [
            ['Maximiliane-Rosalinde Oberhuber-Zweifel', 'staff'],
            ['Zoé', 'viewer'],
            ['Jean-Christophe Grandjean de la Tour', 'owner'],
        ];
        (async () => {
            for (const [name, role] of people) {
                const code = await invite(role);
                await post('/invitation', { code, name, password, again: password }, 'omit');
            }
            await invite('staff');
            for (const [name, scope] of [['The display in the waiting room', 'read'], ['Bookings', 'staff']]) {
                await post('/settings/programs/tokens', { name, scope }, 'same-origin');
            }
        })().then(() => done(''), (error) => done(String(error)));";
    let failed = browser.script_to_end(script, vec![json!(PASSWORD)]).await;
    assert_eq!(failed, "", "the accounts are made");
}

async fn log_in(browser: &Browser, page: &str) {
    browser.open(&format!("{page}/login")).await;
    browser.fill("#password", PASSWORD).await;
    browser.tap("form[action='/login'] button").await;
    browser.find("#live").await;
}

/// Takes what people see who are not logged in, and logs the owner in again.
async fn take_outside(album: &mut Album, page: &str) {
    let browser = album.browser.clone();
    // A person who is logged in is shown no login page.
    browser.forget_cookies().await;
    browser.open(&format!("{page}/login")).await;
    album.choose_language().await;
    album.take_page("login", &format!("{page}/login")).await;
    browser.fill("#password", "a wild guess").await;
    browser.tap("form[action='/login'] button").await;
    browser.find("#problem").await;
    album.take("login-wrong").await;
    let used = format!("{page}/invitation?code=used");
    album.take_page("invitation-used", &used).await;
    log_in(&browser, page).await;
    let code = "return document.querySelector('#invitation').value";
    album
        .send("/settings/people/invite", json!({ "role": "staff" }))
        .await;
    album.take("people-invited").await;
    let invitation = browser.script(code, vec![]).await;
    let invitation = invitation.as_str().expect("an address");
    album.take_page("invitation", invitation).await;
}

/// Takes every page that has an address.
async fn take_inside(album: &mut Album, page: &str, visits: &Visits) {
    for (name, address) in PAGES {
        let address = address
            .replace("OPEN", &visits.open.to_string())
            .replace("CONFIRMED", &visits.confirmed.to_string());
        album.take_page(name, &format!("{page}{address}")).await;
    }
    let browser = album.browser.clone();
    browser.open(&format!("{page}/status")).await;
    browser.resize(390, 844).await;
    browser.tap("details.more > summary").await;
    album.take("menu").await;
}

/// Takes the pages that answer forms: what an import would change, a new token, and refusals.
async fn take_answers_to_forms(album: &mut Album, page: &str, data: &Path, visits: &Visits) {
    let browser = album.browser.clone();
    let table = data.join("bookings.csv");
    let rows = "name,day\nChelsea,2030-02-03\nBiscuit,2030-02-04\nNobody,2030-02-03\nOlive,soon\n";
    fs::write(&table, rows).expect("a table is written");
    browser.open(&format!("{page}/expected/import")).await;
    let table = table.display().to_string();
    browser.fill("#bookings", &table).await;
    browser.tap("form[action='/expected/import'] button").await;
    browser.find("form[action='/expected/import/write']").await;
    album.take("import-preview").await;

    let token = json!({ "name": format!("Door {}", album.language), "scope": "read" });
    album.send("/settings/programs/tokens", token).await;
    album.take("programs-token").await;
    let nameless = json!({ "name": " ", "breed": "no such thing at all", "species": "dog" });
    album.send("/animals/new", nameless).await;
    album.take("animal-form-wrong").await;

    // What is decided about an earlier revision, and a press for an arrival that has gone.
    let confirmed = format!("/visits/{}/settle", visits.confirmed);
    let late = json!({ "breed": "other", "revision": 0 });
    album.send(&confirmed, late).await;
    album.take("visit-refused-409").await;
    album
        .send("/press/confirm", json!({ "arrival": 999_999 }))
        .await;
    album.take("error-409").await;

    // A folder in place of a file of the record cannot be read.
    let in_the_way = data.join("audit.1.jsonl");
    fs::create_dir(&in_the_way).expect("a folder is made");
    let audit = format!("{page}/settings/audit");
    album.take_page("error-500", &audit).await;
    fs::remove_dir(&in_the_way).expect("it is removed");
}

/// Takes the catalogue of a disk that can only be read, where this machine can have one.
async fn take_former(albums: &mut [Album], data: &Path) {
    let elsewhere = tempfile::tempdir().expect("a folder for what is recorded");
    let Some(command) = on_read_only_disk(data, elsewhere.path()) else {
        println!("skipped: former, since no disk can be mounted here");
        return;
    };
    let kiosk = Program::start_by(command, data, &["--camera", "none"]);
    for album in albums {
        log_in_again(album, &kiosk.page).await;
        let address = format!("{}/former", kiosk.page);
        album.take_page("former", &address).await;
    }
}

/// Takes the live page while animals are at the desk, as often as they come.
async fn take_arrivals(album: &mut Album, page: &str, name: &str, is_there: &str) {
    log_in_again(album, page).await;
    // It stays as it is from that very moment on.
    let stops = "(dispatchEvent(new Event('pagehide')), true)";
    let is_there = format!("{is_there} && {stops}");
    album.browser.until(&is_there).await;
    album.take(name).await;
}

/// Logs the owner in to another kiosk, in the album's language.
async fn log_in_again(album: &Album, page: &str) {
    album.browser.forget_cookies().await;
    album.browser.open(&format!("{page}/login")).await;
    album.choose_language().await;
    log_in(&album.browser, page).await;
}

/// A folder that plays as a camera, with this photograph in it.
fn camera(data: &Path, name: &str, photograph: &RgbImage) -> String {
    let folder = data.join(name);
    fs::create_dir_all(&folder).expect("a folder for a photograph");
    let saved = photograph.save(folder.join("arrival.png"));
    saved.expect("a photograph is written");
    folder.display().to_string()
}

#[cfg(test)]
mod test {
    use tests::pages;

    use super::PAGES;

    #[test]
    fn every_page_that_the_browser_tests_open_is_taken() {
        let taken = PAGES.map(|(_, address)| {
            let address = address.replace("OPEN", "1").replace("CONFIRMED", "1");
            pages::kind(&address)
        });
        for page in pages::PAGES {
            assert!(taken.contains(&pages::kind(page)), "{page}");
        }
    }
}
