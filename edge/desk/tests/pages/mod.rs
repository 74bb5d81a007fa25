//! The pages: each of them in both languages, for staff and for the owner, with odd data.

mod house;
mod html;
mod undo;

use std::collections::BTreeMap;
use std::fs;

use catalogue::{AnimalId, Decision, Settings};
use checkin::Stage;
use desk::kiosk::Command;
use jiff::Timestamp;
use recognise::{Language, VerdictKind};
use screens::frequency::Frequency;
use screens::{Button, Locale};

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
        "/animals/new?name=%22%3E",
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
        "/settings/programs",
        "/settings/programs?saved=yes",
        "/export",
        "/export?restored=yes",
    ]
    .map(str::to_owned)
    .into();
    pages.extend(visits.map(|visit| format!("/visits/{visit}")));
    pages.extend(visits.map(|visit| format!("/?visit={visit}")));
    pages.extend([odd, long].map(|animal| format!("/animals/{animal}")));
    pages.extend([odd, long].map(|animal| format!("/animals/{animal}/edit")));

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
fn the_selection_of_the_screen_is_that_of_the_page_and_the_one_that_is_confirmed() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let visit = house.visit(VerdictKind::Unsure, &["pug", "beagle"]);
    for (selected, breed) in [(0, "pug"), (1, "beagle")] {
        house.select(visit, selected);
        let html = reader.get("/").html;
        let marked: Vec<&str> = html.split("choice primary\"").skip(1).collect();
        assert_eq!(marked.len(), 1, "one is selected");
        let button = marked[0].split('>').next().unwrap();
        assert!(button.contains(&format!("value=\"{breed}\"")), "{button}");
    }
    // A press of somebody who saw the one before, then of somebody who sees this one.
    let number = visit.to_string();
    let press = |selected| {
        let form = [
            ("visit", &*number),
            ("revision", "0"),
            ("selected", selected),
        ];
        reader.fill("/", "/press/confirm", &form)
    };
    let late = press("0");
    assert_eq!(late.status, 409);
    check_page("/press/confirm", "en", &late.html);
    assert!(house.commands.try_recv().is_err());
    let pressed = press("1");
    assert_eq!((pressed.status, &*pressed.to), (303, "/"));
    let command = house.commands.try_recv();
    assert!(matches!(command, Ok(Command::Press(Button::Confirm))));
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
fn a_breed_and_a_guest_take_one_tap_each() {
    let house = House::open();
    let bella = house.animal("Bella", "", "");
    let visit = house.visit(VerdictKind::Unsure, &["pug", "beagle"]);
    house.show(Stage::Answered, Some(visit));
    let reader = house.enter(STAFF, "en");
    let confirm = format!("/visits/{visit}/settle");

    let pinned = format!("/?visit={visit}");
    let breed = reader.fill("/", &confirm, &[("next", &pinned), ("breed", "beagle")]);
    assert_eq!((breed.status, breed.to.as_str()), (303, pinned.as_str()));
    assert!(
        reader.get(&breed.to).html.contains("Bella"),
        "guests of the breed are suggested"
    );

    let animal = bella.to_string();
    let guest = reader.fill(
        &pinned,
        &confirm,
        &[("next", "//elsewhere.example"), ("animal", &animal)],
    );
    assert_eq!(
        guest.to,
        format!("/visits/{visit}"),
        "no other site is gone to"
    );
    let visit = house.catalogue.visit(visit).unwrap();
    assert_eq!(visit.confirmed_breed.as_deref(), Some("beagle"));
    assert_eq!(visit.animal.unwrap().0, bella);
    assert_eq!(visit.confirmed_by.as_deref(), Some("staff"));
}

#[test]
fn a_breed_can_be_typed_in_either_language_and_a_guest_added_at_once() {
    let house = House::open();
    let reader = house.enter(STAFF, "fr");
    let check = |typed: &str, expect: Option<&str>| {
        let visit = house.visit(VerdictKind::Unsure, &["pug"]);
        let answer = reader.fill("/", &format!("/visits/{visit}/settle"), &[("typed", typed)]);
        let said = house.catalogue.visit(visit).unwrap().confirmed_breed;
        assert_eq!(said.as_deref(), expect, "{typed}");
        match expect {
            Some(_) => assert_eq!(answer.status, 303),
            None => {
                assert_eq!(answer.status, 422);
                check_page("/visits", "fr", &answer.html);
                assert!(
                    answer.html.contains(typed),
                    "what was typed is kept: {typed}"
                );
            }
        }
    };
    check("Épagneul japonais", Some("japanese_chin"));
    check("epagneul JAPONAIS", Some("japanese_chin"));
    check("Maine coon", Some("maine_coon"));
    check("great_pyrenees", Some("great_pyrenees"));
    check("Autre race ou croisement", Some("other"));
    // Those of the vocabulary, as people write them.
    check("Labrador", Some("labrador_retriever"));
    check("berger allemend", Some("german_shepherd"));
    check("Moggy", Some("domestic_shorthair"));
    check("Griffon de ma tante", Some("other"));
    check(" ", None);
    check(&"x".repeat(101), None);

    let visit = house.visit(VerdictKind::Breed, &["samoyed"]);
    let newcomer = format!("/visits/{visit}/newcomer");
    let nameless = reader.fill(
        "/",
        &newcomer,
        &[
            ("name", " "),
            ("breed", "Samoyède"),
            ("contact", "kept 079"),
        ],
    );
    assert_eq!(nameless.status, 422);
    assert!(nameless.html.contains("kept 079"));
    let added = reader.fill("/", &newcomer, &[("name", "Luna"), ("breed", "Samoyède")]);
    assert_eq!(added.status, 303, "{}", added.html);
    assert_eq!(
        house.catalogue.visit(visit).unwrap().animal.unwrap().1,
        "Luna"
    );
}

#[test]
fn a_breed_in_the_words_of_staff_is_shown_everywhere_and_stays_when_an_animal_is_edited() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let visit = house.visit(VerdictKind::Unsure, &["pug"]);
    let said = [("typed", " Hovawart-Eurasier <mix> ")];
    reader.fill("/", &format!("/visits/{visit}/settle"), &said);
    let confirmed = house.catalogue.visit(visit).unwrap();
    assert_eq!(confirmed.confirmed_breed.as_deref(), Some("other"));
    let name = confirmed.confirmed_breed_name.unwrap();
    assert_eq!(name, "Hovawart-Eurasier <mix>");
    for page in ["/today", "/visits/1", "/?visit=1"] {
        let page = page.replace('1', &visit.to_string());
        let html = reader.get(&page).html;
        assert!(
            html.contains("Hovawart-Eurasier &#60;mix&#62;"),
            "{page}: {html}"
        );
    }

    let newcomer = [("name", "Rex"), ("breed", &*name)];
    let added = reader.fill("/", &format!("/visits/{visit}/newcomer"), &newcomer);
    assert_eq!(added.status, 303, "{}", added.html);
    let rex = house.catalogue.visit(visit).unwrap().animal.unwrap().0;
    let edit = format!("/animals/{rex}/edit");
    let changed = [
        ("name", "Rex"),
        ("breed", &*name),
        ("notes", "likes cheese"),
    ];
    assert_eq!(reader.fill(&edit, &edit, &changed).status, 303);
    let fields = house.catalogue.animal(rex).unwrap().fields;
    assert_eq!((&*fields.breed, fields.breed_name), ("other", Some(name)));
    let list = reader.get("/animals?q=eurasier").html;
    assert!(list.contains("Rex"), "{list}");

    let known = [("name", "Rex"), ("breed", "Hovawart")];
    assert_eq!(reader.fill(&edit, &edit, &known).status, 303);
    let fields = house.catalogue.animal(rex).unwrap().fields;
    assert_eq!((&*fields.breed, fields.breed_name), ("hovawart", None));
}

#[test]
fn an_animal_gets_a_tag_and_keeps_it_when_it_is_edited() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let form = [("name", "Rex"), ("breed", "Pug"), ("tag", "ch 0042")];
    let added = reader.fill("/animals/new", "/animals/new", &form);
    assert_eq!(added.status, 303, "{}", added.html);
    let rex = house.catalogue.animal_by_tag("CH0042").unwrap().unwrap().id;
    let (page, edit) = (format!("/animals/{rex}"), format!("/animals/{rex}/edit"));
    assert!(reader.get(&page).html.contains("<dd>CH0042</dd>"));
    assert!(reader.get(&edit).html.contains("value=\"CH0042\""));
    let again = reader.fill("/animals/new", "/animals/new", &form);
    assert_eq!(again.status, 422, "it is another animal's");
    assert!(again.html.contains("belongs to only one animal"));

    let form = [("name", "Rex"), ("breed", "Pug"), ("tag", " ")];
    assert_eq!(reader.fill(&edit, &edit, &form).status, 303);
    assert!(!reader.get(&page).html.contains("microchip"));
}

#[test]
fn several_visits_are_corrected_at_once() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let visits = [0, 1].map(|_| house.visit(VerdictKind::Unsure, &["pug"]));
    let [first, second] = visits.map(|visit| visit.to_string());
    let form = [("visit", first.as_str()), ("visit", second.as_str())];

    let nobody = reader.fill("/today", "/visits/settle", &[("typed", "Pug")]);
    assert_eq!(nobody.status, 422);
    let unknown = reader.fill(
        "/today",
        "/visits/settle",
        &[form[0], form[1], ("typed", " ")],
    );
    assert_eq!(unknown.status, 422);
    assert_eq!(
        unknown.html.matches(" checked").count(),
        2,
        "what was ticked stays ticked"
    );
    let done = reader.fill(
        "/today",
        "/visits/settle",
        &[form[0], form[1], ("typed", "Boxer")],
    );
    assert_eq!(done.status, 303);
    assert!(reader.get(&done.to).html.contains("2 visits corrected"));
    for visit in visits {
        assert_eq!(
            house
                .catalogue
                .visit(visit)
                .unwrap()
                .confirmed_breed
                .as_deref(),
            Some("boxer")
        );
    }
}

#[test]
fn a_form_that_cannot_be_taken_comes_back_with_its_input() {
    let house = House::open();
    let reader = house.enter(OWNER, "en");
    let check = |field: &str, value: &str, expect: u16| {
        let mut form = BTreeMap::from([("name", "Rex"), ("breed", "Pug"), ("contact", "keep me")]);
        form.insert(field, value);
        let form: Vec<(&str, &str)> = form.into_iter().collect();
        let answer = reader.fill("/animals/new", "/animals/new", &form);
        assert_eq!(answer.status, expect, "{field} {:.40}", value);
        if expect == 422 {
            check_page("/animals/new", "en", &answer.html);
            assert!(
                answer.html.contains("keep me") && answer.html.contains("aria-invalid"),
                "{field}"
            );
        }
        if expect == 413 {
            check_page("/animals/new", "en", &answer.html);
        }
    };
    check("name", "", 422);
    check("name", &"n".repeat(101), 422);
    check("name", &"n".repeat(1 << 20), 413);
    check("breed", " ", 422);
    check("breed", &"n".repeat(101), 422);
    check("notes", &"n".repeat(4001), 422);
    check("tag", "A_1", 422);
    check("tag", &"1".repeat(33), 422);
    check("vaccinated_until", "31.02.2026", 422);
    check("vaccinated_until", "9999-12-31", 422);
    check("vaccinated_until", "2027-01-31", 303);
    assert_eq!(
        house.catalogue.totals().unwrap().animals,
        1,
        "and nothing else is kept"
    );

    let check = |field: &str, value: &str, expect: u16| {
        let mut form = BTreeMap::from([
            ("name", "Pfotenhof"),
            ("keep_days", "30"),
            ("quota_mb", "500"),
        ]);
        form.insert(field, value);
        let form: Vec<(&str, &str)> = form.into_iter().collect();
        let answer = reader.fill("/settings", "/settings", &form);
        assert_eq!(answer.status, expect, "{field} {value}");
        if expect == 422 {
            check_page("/settings", "en", &answer.html);
            assert!(answer.html.contains("Pfotenhof"));
        }
    };
    check("keep_days", "0", 422);
    check("keep_days", "many", 422);
    check("quota_mb", "-3", 422);
    check("night_from", "25:99", 422);
    check("night_to", "", 303);
    assert_eq!(house.catalogue.settings().unwrap().keep_days, 30);

    let twice = [
        ("role", "staff"),
        ("password", "a new word"),
        ("again", "another word"),
    ];
    let answer = reader.fill("/settings", "/settings/password", &twice);
    assert_eq!(answer.status, 422);
    check_page("/settings", "en", &answer.html);
    assert!(
        !answer.html.contains("a new word"),
        "a password is never shown"
    );
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
        for call in ["t(\"", "Message::new(\""] {
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
