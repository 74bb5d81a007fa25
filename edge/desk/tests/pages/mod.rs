//! The pages: each of them in both languages, for staff and for the owner, with odd data.

mod arrivals;
mod bookings;
mod chain;
mod confirm;
mod forms;
mod house;
pub(crate) mod html;
mod learnt;
mod meanwhile;
mod owners;
mod people;
mod stay;
mod undo;

use std::fs;

use catalogue::{AnimalId, Decision, Settings};
use checkin::Stage;
use jiff::Timestamp;
use recognise::{Language, VerdictKind};
use screens::Locale;
use screens::frequency::Frequency;

use house::{House, OWNER, SCRIPT, STAFF};
use html::{check_page, files, here, keys};

#[test]
fn every_page_is_whole_in_both_languages_for_both_roles() {
    let house = House::open();
    let odd = house.animal(
        SCRIPT,
        "\"><img src=x onerror=alert(1)>",
        "bites\n\n& \"barks\"",
    );
    let long = house.animal(&"W".repeat(100), &"contact ".repeat(499), &"x".repeat(4000));
    house.animal("Bella", "first", "");
    let visits = [
        house.visit(VerdictKind::Breed, &["beagle", "basset_hound", "pug"]),
        house.visit(
            VerdictKind::Unsure,
            &["ragdoll", "a_breed_of_another_network"],
        ),
        house.visit(VerdictKind::Species, &["pug"]),
        house.visit(VerdictKind::NotOurs, &[]),
    ];
    house
        .catalogue
        .confirm(visits[0], &decision("beagle", Some(odd)))
        .unwrap();
    house
        .catalogue
        .confirm(visits[0], &decision("pug", Some(long)))
        .unwrap();
    let today = jiff::Zoned::now().date();
    house.catalogue.expect(odd, today).unwrap();
    house.show(Stage::Answered, Some(visits[1]));

    let mut pages: Vec<String> = [
        "/",
        "/?name=bel",
        "/?done=1",
        "/?visit=999999",
        "/?visit=nonsense",
        "/queue",
        "/queue?before=1",
        "/unconfirmed",
        "/unconfirmed?page=3",
        "/today",
        "/today?day=2020-01-01",
        "/today?day=nonsense",
        "/today?changed=3",
        "/today?page=99999999",
        "/animals",
        "/animals?q=b",
        "/animals?q=%3Cscript%3E&page=3",
        "/animals?gone=yes",
        "/animals/new",
        "/animals/new?q=%22%3E",
        "/animals/999999",
        "/visits/999999",
        "/visits/nonsense",
        "/expected",
        "/expected?q=bel",
        "/expected?day=9999-12-31",
        "/today?day=-9999-01-01",
        "/status",
        "/nothing-here",
        "/settings",
        "/settings?saved=yes",
        "/settings/backups",
        "/settings/backups?saved=yes",
        "/settings/programs",
        "/settings/programs?saved=yes",
        "/settings/people",
        "/settings/people?saved=yes",
        "/settings/audit",
        "/settings/audit?page=3",
        "/account",
        "/account?saved=yes",
        "/export",
        "/export?restored=yes",
        "/in-house",
        "/in-house?out=1",
        "/owners",
        "/owners?q=dup&page=2",
        "/owners?gone=yes",
        "/owners/new",
        "/owners/new?q=%22%3E",
        "/report",
        "/report?day=2020-01-01",
        "/report?from=2020-01-01&to=2020-12-31",
        "/report?from=9999-01-01&to=nonsense",
        "/expected/import",
        "/expected/import?written=3",
        "/animals/new?owner=1",
    ]
    .map(str::to_owned)
    .into();
    pages.extend(visits.map(|visit| format!("/visits/{visit}")));
    pages.extend(visits.map(|visit| format!("/?visit={visit}")));
    pages.extend([odd, long].map(|animal| format!("/animals/{animal}")));
    pages.extend([odd, long].map(|animal| format!("/animals/{animal}/edit")));
    pages.extend([odd, long].map(|animal| format!("/animals/{animal}/card")));

    for (password, language) in [(OWNER, "en"), (OWNER, "fr"), (STAFF, "en"), (STAFF, "fr")] {
        let reader = house.enter(password, language);
        for page in &pages {
            let answer = reader.get(page);
            let owners = page.starts_with("/settings") || page.starts_with("/export");
            let expected = match page.as_str() {
                _ if owners && password == STAFF => 403,
                "/animals/999999" | "/visits/999999" | "/nothing-here" => 404,
                page if page.contains("visit=nonsense") || page.contains("visits/nonsense") => 400,
                _ => 200,
            };
            assert_eq!(answer.status, expected, "{page}: {}", answer.html);
            check_page(page, language, &answer.html);
        }
        let home = reader.get("/").html;
        assert_eq!(home.contains("href=\"/settings\""), password == OWNER);
    }
}

#[test]
fn every_stage_of_an_arrival_reads_well() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    for (stage, says) in [
        (Stage::Empty, "Nobody is at the desk"),
        (Stage::Somebody, "Somebody is there"),
        (Stage::Predicting, "Looking"),
        (Stage::Answered, "could not be recorded"),
        (Stage::Thanks, "Thank you"),
    ] {
        house.show(stage, None);
        let html = reader.get("/").html;
        check_page("/", "en", &html);
        assert!(html.contains(says), "{stage:?}");
    }
}

#[test]
fn pages_are_in_the_language_of_the_daycare_unless_their_reader_chose_another() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let is = |language: &str| check_page("/today", language, &reader.get("/today").html);
    is("en");
    let french = Settings {
        language: Language::French,
        ..Settings::default()
    };
    house.catalogue.set_settings(&french, "owner").unwrap();
    is("fr");
    for language in ["en", "fr"] {
        let form = [("language", language), ("next", "/today")];
        let chosen = reader.fill("/", "/language", &form);
        assert_eq!((chosen.status, &*chosen.to), (303, "/today"));
        is(language);
    }
    let english = Settings::default();
    house.catalogue.set_settings(&english, "owner").unwrap();
    is("en");
}

#[test]
fn a_notice_is_in_the_language_of_its_reader() {
    let house = House::open();
    house.show(Stage::Empty, None);
    for (language, says) in [("en", "No animal has the tag"), ("fr", "Aucun animal")] {
        let reader = house.enter(STAFF, language);
        for page in ["/", "/status"] {
            let html = reader.get(page).html;
            check_page(page, language, &html);
            assert!(html.contains(says), "{page} in {language}");
        }
    }
}

#[test]
fn the_tag_that_was_read_is_on_the_page() {
    let house = House::open();
    house.scan("CH0042", SCRIPT);
    for language in ["en", "fr"] {
        let html = house.enter(STAFF, language).get("/").html;
        check_page("/", language, &html);
        assert!(html.contains("CH0042 ("), "in {language}");
    }
}

#[test]
fn a_probability_reads_as_on_the_screen() {
    let house = House::open();
    let visit = house.visit(VerdictKind::Breed, &["pug"]);
    house.show(Stage::Answered, Some(visit));
    for (language, tag) in [(Language::English, "en"), (Language::French, "fr")] {
        let (frequency, locale) = (Frequency::of(0.9), Locale::of(language));
        let says = format!("{}, {}", frequency.words(locale), frequency.short(locale));
        let html = house.enter(STAFF, tag).get("/").html;
        assert!(
            html.contains(&format!("<p class=\"below\">{says}</p>")),
            "{says}"
        );
    }
}

#[test]
fn the_login_page_is_whole_in_both_languages() {
    let house = House::open();
    for language in ["en", "fr"] {
        let reader = house.enter(STAFF, language);
        let logout = reader.fill("/", "/logout", &[]);
        assert_eq!(logout.status, 303);
        let login = reader.get("/login");
        assert_eq!(login.status, 200);
        check_page("/login", language, &login.html);
        let wrong = reader.post(
            "/login",
            &[("password", "not the word"), ("next", "/animals")],
        );
        check_page("/login", language, &wrong.html);
        assert!(wrong.html.contains("role=\"alert\"") && wrong.html.contains("value=\"/animals\""));
        assert!(reader.get("/animals").to.starts_with("/login"));
    }
}

#[test]
fn both_languages_have_the_same_texts_and_pages_use_no_other() {
    let english = keys("en");
    assert_eq!(english, keys("fr"));
    let sources = files(&here().join("templates"))
        .into_iter()
        .chain(files(&here().join("src/pages")));
    for path in sources {
        let source = fs::read_to_string(&path).unwrap();
        for call in [".t(\"", "Message::new(\""] {
            for piece in source.split(call).skip(1) {
                let key = piece.split('"').next().unwrap();
                let text = key
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || "-0123456789".contains(letter));
                assert!(
                    !text || english.contains(key),
                    "{}: there is no text {key}",
                    path.display()
                );
            }
        }
    }
}

fn decision(breed: &str, animal: Option<AnimalId>) -> Decision {
    Decision {
        breed: breed.into(),
        breed_name: None,
        animal,
        by: "staff".to_owned(),
        at: Timestamp::now(),
        revision: None,
    }
}
