//! The pages on guests of other sites of the chain, and on the links to the rest of the daycare.

use catalogue::{ChainField, ChainGuest};
use checkin::Stage;
use desk::kiosk::Links;
use jiff::Timestamp;
use recognise::VerdictKind;
use serde_json::json;

use super::arrivals::between;
use super::house::{House, MODEL, OWNER, STAFF};
use super::html::check_page;
use crate::chain::{guest, links, take};

/// What the pages call a guest of another site, in both languages.
const KNOWN: [(&str, &str); 2] = [("en", "known at North"), ("fr", "connu à North")];

#[test]
fn a_guest_of_another_site_is_found_by_the_search_and_not_listed() {
    let house = House::open();
    house.animal("Max", "", "");
    let bella = take(&house.catalogue, &guest("Bella", MODEL, 3));
    let visit = house.visit(VerdictKind::Breed, &["beagle"]);
    for (language, known) in KNOWN {
        let reader = house.enter(STAFF, language);
        let all = reader.get("/animals").html;
        assert!(all.contains("Max") && !all.contains("Bella"), "{all}");
        for search in ["/animals?q=bel", &format!("/visits/{visit}?name=bel")] {
            let html = reader.get(search).html;
            check_page(search, language, &html);
            let badge = format!("<span class=\"tag\">{known}</span>");
            assert!(html.contains("Bella") && html.contains(&badge), "{html}");
        }
        let html = reader.get(&format!("/visits/{visit}?name=bel")).html;
        let photograph = format!("src=\"/api/v1/animals/{bella}/photograph\"");
        assert!(html.contains(&photograph), "{html}");
    }
}

#[test]
fn the_page_of_a_guest_of_another_site_says_what_that_means() {
    let house = House::open();
    let bella = take(&house.catalogue, &guest("Bella", MODEL, 3));
    let path = format!("/animals/{bella}");
    for ((language, known), meaning) in KNOWN.into_iter().zip([
        "Bella is known at North and has not been here yet.",
        "Bella est un animal connu à North, qui n’est pas encore venu ici.",
    ]) {
        let html = house.enter(OWNER, language).get(&path).html;
        check_page(&path, language, &html);
        let photograph = format!("/api/v1/animals/{bella}/photograph");
        for says in [known, meaning, "bites", "Ana Silva", &photograph] {
            assert!(html.contains(says), "{says}: {html}");
        }
    }
    let owner = house.enter(OWNER, "en");
    let html = owner.get(&path).html;
    let forget = between(&html, "<h2 id=\"forget\">", "</section>");
    assert!(
        forget.contains("comes back only if another site changes"),
        "{forget}"
    );
    let forgotten = owner.fill(&path, &format!("{path}/forget"), &[("sure", "yes")]);
    assert_eq!(forgotten.status, 303, "{}", forgotten.html);
    assert_eq!(owner.get(&path).status, 404);
}

#[test]
fn whom_another_site_knows_is_named_with_it_and_becomes_a_guest_here_by_one_press() {
    let house = House::that_knows_guests();
    let names = [
        (
            "en",
            "Bella, known at North",
            "Bella is now a guest here too.",
            "Known at",
            "a guest here too",
        ),
        (
            "fr",
            "Bella, animal connu à North",
            "Bella est désormais aussi accueilli ici.",
            "Connu à",
            "aussi accueilli ici",
        ),
    ];
    for (looks, (language, name, adopted, field, after)) in (3..).zip(names) {
        let reader = house.enter(STAFF, language);
        let bella = take(&house.catalogue, &guest("Bella", MODEL, looks));
        let visit = house.visit_of(looks, 0);
        house.show(Stage::Answered, Some(visit));
        for page in ["/".to_owned(), format!("/visits/{visit}")] {
            let html = reader.get(&page).html;
            check_page(&page, language, &html);
            let guess = between(&html, "<section class=\"guess\"", "</section>");
            let photograph = format!("/api/v1/animals/{bella}/photograph");
            for says in [name, "<span class=\"tag\">", &photograph] {
                assert!(guess.contains(says), "{says}: {guess}");
            }
        }
        let html = reader.get("/").html;
        let verdict = between(&html, "id=\"verdict\">", "</h1>");
        assert!(verdict.starts_with(name), "{verdict}");

        let (number, next) = (bella.to_string(), format!("/?done={visit}"));
        let form = [("animal", &*number), ("revision", "0"), ("next", &*next)];
        let settled = reader.fill("/", &format!("/visits/{visit}/settle"), &form);
        assert_eq!(settled.to, format!("{next}&adopted={bella}"));
        for page in [settled.to, format!("/visits/{visit}?adopted={bella}")] {
            let html = reader.get(&page).html;
            check_page(&page, language, &html);
            assert!(html.contains(adopted), "{page}: {html}");
        }
        assert_eq!(house.catalogue.animal(bella).unwrap().known_at, None);

        let html = reader.get(&format!("/animals/{bella}")).html;
        assert!(!html.contains("<span class=\"tag\">"), "{html}");
        let history = between(&html, "<h2 id=\"history\">", "</section>");
        let change =
            format!("<span class=\"quiet\">{field}</span> <del>North</del> → <ins>{after}</ins>");
        assert!(history.contains(&change), "{history}");
        // The next one is to be found alone.
        let again = reader.get(&format!("/?done={visit}&adopted=999"));
        assert_eq!(again.status, 200, "{}", again.html);
        house.catalogue.delete_animal(bella, "owner").unwrap();
    }
}

#[test]
fn the_history_says_who_changed_what_at_another_site() {
    let house = House::open();
    let mut bella = guest("Bella", MODEL, 3);
    let number = take(&house.catalogue, &bella);
    let warnings = ChainField {
        value: json!("afraid of vans"),
        at: Timestamp::now(),
        by: "owner".to_owned(),
        site: "North".to_owned(),
    };
    bella.fields.insert("warnings".to_owned(), warnings);
    let unchanged = take(&house.catalogue, &bella);
    assert_eq!(unchanged, number);
    for (language, author) in [("en", "Owner (North)"), ("fr", "Responsable (North)")] {
        let html = house
            .enter(STAFF, language)
            .get(&format!("/animals/{number}"))
            .html;
        let history = between(&html, "<h2 id=\"history\">", "</section>");
        assert!(history.contains("afraid of vans"), "{history}");
        assert!(history.contains(author), "{history}");
    }
}

#[test]
fn a_guest_without_a_photograph_has_a_paw() {
    let house = House::that_knows_guests();
    let bella = ChainGuest {
        photograph: None,
        ..guest("Bella", MODEL, 3)
    };
    take(&house.catalogue, &bella);
    let visit = house.visit_of(3, 0);
    let html = house
        .enter(STAFF, "en")
        .get(&format!("/visits/{visit}"))
        .html;
    let guess = between(&html, "<section class=\"guess\"", "</section>");
    assert!(guess.contains("<svg") && !guess.contains("<img"), "{guess}");
}

#[test]
fn the_page_of_the_state_says_how_the_links_are() {
    let house = House::open();
    let html = house.enter(STAFF, "en").get("/status").html;
    assert!(!html.contains("<h2 id=\"hub\">"), "{html}");
    assert!(!html.contains("<h2 id=\"mqtt\">"), "{html}");

    house.link(links());
    for (language, hub_says, mqtt_says) in [
        (
            "en",
            [
                "<dt>Not connected since</dt>",
                "<dt>Events waiting</dt><dd>43,200</dd>",
                "<dt>Waiting since</dt>",
                "<dt>Events refused</dt><dd>2</dd>",
                "<dt>Events dropped</dt><dd>5</dd>",
                "<dt>Guests of other sites</dt><dd>1,250</dd>",
                "The receiver answered 503. The kiosk tries again. Events are dropped once",
            ],
            [
                "<dt>Connected since</dt>",
                "<dt>Events sent</dt><dd>17</dd>",
            ],
        ),
        (
            "fr",
            [
                "<dt>Déconnecté depuis</dt>",
                "<dt>Événements en attente</dt><dd>43\u{202f}200</dd>",
                "<dt>En attente depuis</dt>",
                "<dt>Événements refusés</dt><dd>2</dd>",
                "<dt>Événements abandonnés</dt><dd>5</dd>",
                "<dt>Animaux des autres sites</dt><dd>1\u{202f}250</dd>",
                "keep_days",
            ],
            [
                "<dt>Connecté depuis</dt>",
                "<dt>Événements envoyés</dt><dd>17</dd>",
            ],
        ),
    ] {
        let html = house.enter(STAFF, language).get("/status").html;
        check_page("/status", language, &html);
        let hub = between(&html, "<h2 id=\"hub\">", "</section>");
        for says in hub_says {
            assert!(hub.contains(says), "{says}: {hub}");
        }
        let mqtt = between(&html, "<h2 id=\"mqtt\">", "</section>");
        for says in mqtt_says {
            assert!(mqtt.contains(says), "{says}: {mqtt}");
        }
        let guests = mqtt.matches("<dt>").count();
        assert_eq!(guests, 6, "no guests come by MQTT: {mqtt}");
        assert!(!mqtt.contains("class=\"hint\""), "{mqtt}");
    }
    house.link(Links {
        hub: None,
        ..links()
    });
    let html = house.enter(STAFF, "en").get("/status").html;
    assert!(!html.contains("<h2 id=\"hub\">"), "{html}");
}
