//! Confirming and correcting visits: breeds, guests, and guests who are new to the catalogue.

use checkin::Stage;
use desk::kiosk::Command;
use recognise::VerdictKind;
use screens::Button;

use super::decision;
use super::house::{House, STAFF};
use super::html::check_page;

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
fn a_newcomer_takes_its_name_from_the_search_and_all_that_matters_at_once() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let visit = house.visit(VerdictKind::Breed, &["samoyed"]);
    let html = reader.get(&format!("/visits/{visit}?name=Snowy")).html;
    assert!(
        html.contains("id=\"new-name\" name=\"name\" value=\"Snowy\" data-sought"),
        "{html}"
    );
    assert!(
        html.contains("<details class=\"fold\" open>"),
        "nobody was found: {html}"
    );
    let html = reader.get(&format!("/visits/{visit}?name=079%20123")).html;
    assert!(
        html.contains("id=\"new-contact\" name=\"contact\" value=\"079 123\""),
        "{html}"
    );
    let html = reader.get(&format!("/visits/{visit}?name=CH-0042")).html;
    assert!(
        html.contains("id=\"new-tag\" name=\"tag\" value=\"CH-0042\""),
        "{html}"
    );

    let newcomer = format!("/visits/{visit}/newcomer");
    let form = |vaccinated: &'static str, tag: &'static str| {
        [
            ("name", "Snowy"),
            ("breed", "Samoyed"),
            ("warnings", "shy"),
            ("vaccinated_until", vaccinated),
            ("tag", tag),
        ]
    };
    for wrong in [form("soon", ""), form("", "A_1")] {
        let refused = reader.fill("/", &newcomer, &wrong);
        assert_eq!(refused.status, 422, "{wrong:?}");
        assert!(
            refused.html.contains("value=\"shy\""),
            "what was typed is kept"
        );
        assert!(
            !refused.html.contains("data-sought"),
            "and no search replaces it"
        );
    }
    let added = reader.fill("/", &newcomer, &form("2030-01-31", "ch 7"));
    assert_eq!(added.status, 303, "{}", added.html);
    let snowy = house.catalogue.animal_by_tag("CH7").unwrap().unwrap();
    assert_eq!(snowy.fields.warnings, "shy");
    assert_eq!(
        snowy.fields.vaccinated_until,
        Some("2030-01-31".parse().unwrap())
    );
}

#[test]
fn a_guest_who_is_confirmed_is_not_offered_as_another_one() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let [bella, bello] = ["Bella", "Bello"].map(|name| house.animal(name, "", ""));
    let visit = house.visit(VerdictKind::Breed, &["beagle"]);
    let offers = |page: &str| {
        let html = reader.get(page).html;
        check_page(page, "en", &html);
        let (_, guests) = html.split_once("id=\"guests\"").unwrap();
        let (guests, _) = guests.split_once("</form>").unwrap();
        [bella, bello].map(|animal| guests.contains(&format!("name=\"animal\" value=\"{animal}\"")))
    };
    let pages = ["", "?name=bell"].map(|query| format!("/visits/{visit}{query}"));
    for page in &pages {
        assert_eq!(offers(page), [true, true], "{page}");
    }
    let is_bella = decision("beagle", Some(bella));
    house.catalogue.confirm(visit, &is_bella).unwrap();
    for page in &pages {
        assert_eq!(offers(page), [false, true], "{page}");
    }
}

#[test]
fn why_a_form_is_refused_stands_above_everything_else() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let visit = house.visit(VerdictKind::Unsure, &["pug"]);
    let page = format!("/visits/{visit}");
    for (form, fields, reason) in [
        ("newcomer", [("name", " "), ("breed", "Pug")], "new-wrong"),
        (
            "settle",
            [("typed", " "), ("revision", "0")],
            "confirm-wrong",
        ),
    ] {
        let refused = reader.fill(&page, &format!("{page}/{form}"), &fields);
        assert_eq!(refused.status, 422, "{form}");
        check_page(&page, "en", &refused.html);
        let place = |mark: &str| refused.html.find(mark);
        let reason = place(&format!("role=\"alert\" id=\"{reason}\""));
        assert!(reason.is_some() && reason < place("<figure"), "{form}");
    }
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
fn the_arrivals_that_nobody_confirmed_are_listed_whatever_their_day() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let (former, todays) = (house.visit_of(1, 40), house.visit_of(2, 0));
    let confirmed = house.visit_of(3, 20);
    let pug = decision("pug", None);
    house.catalogue.confirm(confirmed, &pug).unwrap();
    let status = reader.get("/status").html;
    assert!(status.contains("href=\"/unconfirmed\""), "{status}");
    let html = reader.get("/unconfirmed").html;
    check_page("/unconfirmed", "en", &html);
    let place = |visit| html.find(&format!("href=\"/visits/{visit}\""));
    assert!(place(todays) < place(former), "the newest first: {html}");
    assert!(
        place(todays).is_some() && place(confirmed).is_none(),
        "{html}"
    );
    for visit in [former, todays] {
        house.catalogue.confirm(visit, &pug).unwrap();
    }
    let html = reader.get("/unconfirmed").html;
    assert!(html.contains("Every arrival is confirmed"), "{html}");
}

#[test]
fn the_arrivals_that_nobody_confirmed_come_page_by_page() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let oldest = house.visit_of(1, 9);
    for _ in 0..25 {
        house.visit(VerdictKind::Breed, &["pug"]);
    }
    for (page, has_oldest, [earlier, later]) in [
        ("/unconfirmed", false, [false, true]),
        ("/unconfirmed?page=1", true, [true, false]),
    ] {
        let html = reader.get(page).html;
        check_page(page, "en", &html);
        let has = |text: &str| html.contains(text);
        assert_eq!(has(&format!("href=\"/visits/{oldest}\"")), has_oldest);
        let links = [has("rel=\"prev\""), has("rel=\"next\"")];
        assert_eq!(links, [earlier, later], "{page}: {html}");
    }
}
