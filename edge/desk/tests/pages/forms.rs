//! Forms that add animals and change settings: what they accept, and what they refuse.

use std::collections::BTreeMap;

use super::house::{House, OWNER, STAFF};
use super::html::check_page;

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
fn the_whole_picture_of_an_arrival_is_kept_only_where_the_owner_says_so() {
    let house = House::open();
    let reader = house.enter(OWNER, "en");
    for keeps in [true, false] {
        let mut form = vec![("name", "Paws"), ("keep_days", "30"), ("quota_mb", "500")];
        form.extend(keeps.then_some(("whole_frames", "yes")));
        assert_eq!(reader.fill("/settings", "/settings", &form).status, 303);
        assert_eq!(house.catalogue.settings().unwrap().whole_frames, keeps);
        let html = reader.get("/settings").html;
        let (_, input) = html.split_once("name=\"whole_frames\"").unwrap();
        let (input, _) = input.split_once('>').unwrap();
        assert_eq!(input.contains(" checked"), keeps, "{input}");
    }
}

#[test]
fn the_camera_in_use_has_a_name_in_the_readers_language() {
    let house = House::open();
    for (language, says) in [("en", "<p>No camera: "), ("fr", "<p>Aucune caméra\u{a0}: ")] {
        let html = house.enter(OWNER, language).get("/settings").html;
        assert!(html.contains(says), "{html}");
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
    check("contact_months", "0", 422);
    check("contact_months", "121", 422);
    check("contact_months", "24", 303);
    let settings = house.catalogue.settings().unwrap();
    assert_eq!(settings.contact_months, Some(24));
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
fn what_was_searched_is_in_the_form_of_whoever_is_added() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    house.animal("Bella", "", "");
    for (typed, encoded, animal, owner) in [
        ("Zoé", "Zo%C3%A9", "name", "name"),
        ("CH-0042", "CH-0042", "tag", "name"),
        ("079 123 45 67", "079%20123%2045%2067", "contact", "phones"),
        ("anna@example.org", "anna%40example.org", "contact", "email"),
    ] {
        // Every way to add somebody says what was typed.
        let new = |kind: &str| format!("href=\"/{kind}/new?q={encoded}\"");
        for (list, kind, ways) in [
            ("/animals", "animals", 2),
            ("/owners", "owners", 2),
            ("/expected", "animals", 1),
        ] {
            let page = format!("{list}?q={encoded}");
            let html = reader.get(&page).html;
            check_page(&page, "en", &html);
            assert_eq!(html.matches(&new(kind)).count(), ways, "{page}: {html}");
        }
        for (kind, field) in [("animals", animal), ("owners", owner)] {
            let page = format!("/{kind}/new?q={encoded}");
            let html = reader.get(&page).html;
            check_page(&page, "en", &html);
            let (_, input) = html.split_once(&format!("name=\"{field}\"")).unwrap();
            let (input, _) = input.split_once("</").unwrap();
            let has = [format!("value=\"{typed}\""), format!(">{typed}")];
            assert!(has.iter().any(|it| input.contains(it)), "{page}: {input}");
            let fields: usize = has.iter().map(|it| html.matches(it).count()).sum();
            assert_eq!(fields, 1, "{page}: in one field");
        }
    }
    // Where somebody was found, too.
    let html = reader.get("/animals?q=bel").html;
    assert_eq!(html.matches("/animals/new?q=bel").count(), 2, "{html}");
    let html = reader.get("/animals").html;
    assert!(!html.contains("/animals/new?q="), "{html}");
}
