//! Several arrivals at once, and guests whom the kiosk knows again.

use catalogue::{AnimalId, VisitId};
use checkin::Stage;
use desk::kiosk::Command;
use recognise::VerdictKind;
use recognise::metadata::Guests;

use super::decision;
use super::house::{House, OWNER, Reader, STAFF};
use super::html::check_page;

/// What stands between two marks of a page.
pub(super) fn between<'a>(html: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = html.split_once(from).unwrap_or_else(|| panic!("no {from}"));
    rest.split_once(to).map_or(rest, |(found, _)| found)
}

/// The cards of the other arrivals.
fn cards(html: &str) -> &str {
    between(html, "id=\"others\"", "</section>")
}

#[test]
fn others_are_cards_that_bring_them_into_focus_and_digits_mean_them() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let beagle = house.visit(VerdictKind::Breed, &["beagle", "pug"]);
    let unsure = house.visit(VerdictKind::Unsure, &["pug"]);
    house.show(Stage::Answered, Some(beagle));
    let html = reader.get("/").html;
    assert!(!cards(&html).contains("<li>"), "one arrival has no card");
    assert!(html.contains("data-key=\"1\""), "digits mean breeds");
    assert!(html.contains(">Confirm <kbd"), "{html}");

    house.show_together(&[beagle, unsure]);
    for language in ["en", "fr"] {
        let html = house.enter(STAFF, language).get("/").html;
        check_page("/", language, &html);
    }
    let html = reader.get("/").html;
    assert!(html.contains(">Confirm 1 <kbd"), "{html}");
    let card = cards(&html);
    for says in [
        "action=\"/focus/2\"",
        "data-key=\"2\"",
        "Not sure",
        "To confirm",
    ] {
        assert!(card.contains(says), "{says}: {card}");
    }
    let digits = html.matches("data-key=\"1\"").count();
    assert_eq!(digits, 0, "digits mean arrivals alone");

    let focused = reader.fill("/", "/focus/2", &[]);
    assert_eq!((focused.status, &*focused.to), (303, "/"));
    assert!(matches!(house.commands.try_recv(), Ok(Command::Focus(2))));
    let gone = reader.fill("/", "/focus/9", &[]);
    assert_eq!((gone.status, &*gone.to), (303, "/"), "who is there now");
    assert!(house.commands.try_recv().is_err());

    // A page that stays with one of them shows the one in focus as a card.
    let html = reader.get(&format!("/?visit={unsure}")).html;
    assert!(cards(&html).contains("action=\"/focus/1\""), "{html}");
}

#[test]
fn several_arrivals_are_confirmed_one_by_one() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let visits = [0, 1].map(|_| house.visit(VerdictKind::Breed, &["beagle"]));
    house.show_together(&visits);
    for visit in visits {
        let form = [("breed", "beagle"), ("revision", "0")];
        let settled = reader.fill("/", &format!("/visits/{visit}/settle"), &form);
        assert_eq!(settled.status, 303, "{}", settled.html);
        let told = house.commands.try_recv();
        assert!(matches!(told, Ok(Command::Confirmed(id)) if id == visit));
    }
}

/// A guest who came a week ago and has left.
fn guest(house: &House, name: &str, looks: usize) -> (AnimalId, VisitId) {
    let animal = house.animal(name, "", "");
    let visit = house.visit_of(looks, 7);
    let decision = decision("beagle", Some(animal));
    house.catalogue.confirm(visit, &decision).unwrap();
    (animal, visit)
}

#[test]
fn a_guest_who_is_known_again_stands_first_with_a_picture_and_takes_one_press() {
    let house = House::that_knows_guests();
    let reader = house.enter(STAFF, "en");
    let (bella, before) = guest(&house, "Bella", 3);
    let visit = house.visit_of(3, 0);
    house.show(Stage::Answered, Some(visit));
    for page in ["/".to_owned(), format!("/visits/{visit}")] {
        let html = reader.get(&page).html;
        check_page(&page, "en", &html);
        let guess = between(&html, "<section class=\"guess\"", "</section>");
        assert!(guess.contains("Bella, 9 in 10"), "{guess}");
        let picture = format!("/api/v1/visits/{before}/photograph");
        assert!(guess.contains(&picture), "{guess}");
        assert!(html.find("class=\"guess\"") < html.find("class=\"choices\""));
        let suggested = between(&html, "id=\"guests\"", "</form>");
        assert!(!suggested.contains("Bella"), "once is enough: {suggested}");
    }
    let html = reader.get("/").html;
    assert!(
        html.contains("id=\"verdict\">Bella, 9 in 10</h1>"),
        "{html}"
    );
    assert!(html.contains("Recognised as: Beagle"), "{html}");

    let number = bella.to_string();
    let form = [("animal", &*number), ("revision", "0")];
    let settled = reader.fill("/", &format!("/visits/{visit}/settle"), &form);
    assert_eq!(settled.status, 303, "{}", settled.html);
    let visit = house.catalogue.visit(visit).unwrap();
    assert_eq!(visit.animal, Some((bella, "Bella".to_owned())));
}

#[test]
fn a_card_names_the_animal_that_the_screen_names() {
    let house = House::that_knows_guests();
    let reader = house.enter(STAFF, "en");
    guest(&house, "Bella", 3);
    guest(&house, "Max", 3);
    let visits = [house.visit_of(8, 0), house.visit_of(3, 0)];
    let calibration = Guests {
        scale: 20.0,
        new: 0.6,
    };
    let guess = house.catalogue.guess(visits[1], &calibration).unwrap();
    let guess = guess.expect("two who look alike");
    let name = |place: usize| &*guess.guests[place].animal.fields.name;
    // Once staff have gone on to the breeds, the screen names the breed.
    for (selected, says) in [(Some(0), name(0)), (Some(1), name(1)), (None, "Beagle")] {
        house.show_guess(&visits, &guess, selected);
        let html = reader.get("/").html;
        check_page("/", "en", &html);
        let title = format!("<strong>{says}</strong>");
        assert!(cards(&html).contains(&title), "{says}: {}", cards(&html));
    }
}

/// Somebody who may look at everything and change nothing.
fn viewer(house: &House) -> Reader<'_> {
    let owner = house.enter(OWNER, "en");
    let role = [("role", "viewer")];
    let made = owner.fill("/settings/people", "/settings/people/invite", &role);
    let code = between(&made.html, "/invitation?code=", "\"");
    let reader = house.stranger("en");
    let words = "four words of Vera";
    let form = [
        ("code", code),
        ("name", "Vera"),
        ("password", words),
        ("again", words),
    ];
    let accepted = reader.post("/invitation", &form);
    assert_eq!(accepted.status, 303, "{}", accepted.html);
    reader
}

#[test]
fn a_viewer_reads_whom_the_kiosk_takes_a_guest_for_and_confirms_nobody() {
    let house = House::that_knows_guests();
    let viewer = viewer(&house);
    guest(&house, "Bella", 3);
    let visit = house.visit_of(3, 0);
    house.show(Stage::Answered, Some(visit));
    for page in ["/".to_owned(), format!("/visits/{visit}")] {
        let html = viewer.get(&page).html;
        check_page(&page, "en", &html);
        let guess = between(&html, "<section class=\"guess\"", "</section>");
        for says in ["Bella, 9 in 10", "<strong>Bella</strong>"] {
            assert!(guess.contains(says), "{says}: {guess}");
        }
        for offers in ["<form", "<button", "One press"] {
            assert!(!guess.contains(offers), "{offers}: {guess}");
        }
    }
    // What is hidden from a viewer is not around it.
    let html = viewer.get(&format!("/visits/{visit}")).html;
    let section = html.split("<section").find(|it| it.contains("\"confirm\""));
    let section = section.unwrap_or_else(|| panic!("{html}"));
    assert!(section.starts_with(" class=\"card\""), "{section}");
}

#[test]
fn two_guests_who_look_alike_are_both_named_and_a_stranger_is_new() {
    let house = House::that_knows_guests();
    let reader = house.enter(STAFF, "en");
    guest(&house, "Bella", 3);
    guest(&house, "Max", 3);
    for (looks, says) in [(3, "Bella or Max?"), (8, "New here")] {
        let visit = house.visit_of(looks, 0);
        let html = reader.get(&format!("/visits/{visit}")).html;
        let guess = between(&html, "<section class=\"guess\"", "</section>");
        assert!(guess.contains(says), "{says}: {guess}");
    }
}
