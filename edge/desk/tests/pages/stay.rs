//! The pages about a stay: the house, vaccinations, reports and cards.

use catalogue::{
    AnimalFields, AnimalId, NewVisit, OwnerChoice, OwnerFields, Settings, StayNotes, Vaccination,
    VisitId,
};
use checkin::Stage;
use jiff::{ToSpan, Zoned};
use recognise::VerdictKind;

use super::decision;
use super::house::{House, OWNER, SCRIPT, STAFF};
use super::html::check_page;

/// A visit of the animal, confirmed.
fn comes(house: &House, animal: AnimalId) -> VisitId {
    let visit = house.visit(VerdictKind::Breed, &["beagle"]);
    let decision = decision("beagle", Some(animal));
    house.catalogue.confirm(visit, &decision).unwrap();
    visit
}

#[test]
fn a_guest_is_checked_out_from_each_page_and_that_is_undone() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let bella = house.animal("Bella", "", "bites");
    let visit = comes(&house, bella);
    let (out, back) = (
        format!("/animals/{bella}/check-out"),
        format!("/animals/{bella}/check-in"),
    );
    let number = visit.to_string();
    let day = format!("/today?day={}", Zoned::now().date());
    let own = format!("/animals/{bella}");
    for page in ["/in-house", &day, &own] {
        let html = reader.get(page).html;
        assert!(html.contains(&format!("action=\"{out}\"")), "{page}");
        assert!(html.contains("bites"), "{page}");
        let gone = reader.fill(page, &out, &[("visit", &number), ("next", page)]);
        assert_eq!(gone.status, 303, "{page}: {}", gone.html);
        let after = reader.get(&gone.to).html;
        check_page(page, "en", &after);
        assert!(
            after.contains("Bella is checked out."),
            "{page} leads to {}",
            gone.to
        );
        assert!(after.contains(&format!("action=\"{back}\"")), "{page}");
        let again = reader.fill(page, &out, &[("visit", &number)]);
        assert_eq!(again.status, 409, "it has left already");
        check_page(&out, "en", &again.html);
        let named =
            format!("action=\"{back}\"><input type=\"hidden\" name=\"visit\" value=\"{visit}\">");
        assert!(after.contains(&named), "{page}: {after}");
        let form = [("visit", &*number), ("next", page)];
        let undone = reader.fill(&gone.to, &back, &form);
        assert_eq!((undone.status, &*undone.to), (303, page));
    }
    // On its own page later, too.
    let gone = reader.fill("/in-house", &out, &[("visit", &number)]);
    assert_eq!(gone.status, 303, "{}", gone.html);
    let html = reader.get(&own).html;
    check_page(&own, "en", &html);
    assert!(html.contains(&format!("action=\"{back}\"")), "{html}");
    assert_eq!(reader.fill(&own, &back, &[]).status, 303);
    // Once it has come again, the page of its last check-out says nothing of that.
    let gone = reader.fill("/in-house", &out, &[]);
    comes(&house, bella);
    let html = reader.get(&gone.to).html;
    assert!(!html.contains("is checked out."), "{html}");
    let late = reader.post(&back, &[("visit", &*number)]);
    assert_eq!(late.status, 409, "it is back: {}", late.html);
    assert!(!house.catalogue.stay(visit).unwrap().is_open);
    assert!(house.catalogue.open_stay(bella).unwrap().is_some());
}

#[test]
fn undoing_a_check_out_twice_opens_no_older_stay() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let bella = house.animal("Bella", "", "");
    let own = format!("/animals/{bella}");
    let (out, back) = (format!("{own}/check-out"), format!("{own}/check-in"));
    let [first, second] = [(); 2].map(|()| {
        let visit = comes(&house, bella);
        assert_eq!(reader.fill(&own, &out, &[]).status, 303);
        visit
    });
    let number = second.to_string();
    assert_eq!(reader.fill(&own, &back, &[("visit", &number)]).status, 303);
    let twice = reader.post(&back, &[("visit", &number)]);
    assert_eq!(twice.status, 409, "{}", twice.html);
    check_page(&back, "en", &twice.html);
    assert!(twice.html.contains("another stay"), "{}", twice.html);
    assert!(!house.catalogue.stay(first).unwrap().is_open);
    assert!(house.catalogue.stay(second).unwrap().is_open);
}

#[test]
fn what_a_guest_needs_and_brought_is_shown_when_it_arrives_and_in_the_house() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let fields = AnimalFields {
        feeding: "twice <a day>".to_owned(),
        medication: "Metacam".to_owned(),
        ..house
            .catalogue
            .animal(house.animal("Bella", "", ""))
            .unwrap()
            .fields
    };
    let bella = house.catalogue.add_animal(&fields, "staff").unwrap();
    let visit = comes(&house, bella);
    house.show(Stage::Confirmed, Some(visit));
    let stay = format!("/visits/{visit}/stay");
    let form = [("belongings", "a blanket"), ("run", "Box 3"), ("next", "/")];
    let noted = reader.fill("/", &stay, &form);
    assert_eq!(noted.status, 303, "{}", noted.html);
    for page in [
        "/",
        &format!("/visits/{visit}"),
        "/in-house",
        &format!("/animals/{bella}/card"),
    ] {
        let html = reader.get(page).html;
        check_page(page, "en", &html);
        for text in ["twice &#60;a day&#62;", "Metacam", "Box 3"] {
            assert!(html.contains(text), "{page} lacks {text}");
        }
    }
    assert!(reader.get("/in-house").html.contains("a blanket"));
    let again = format!("/visits/{}", comes(&house, bella));
    let html = reader.get(&again).html;
    assert!(
        html.contains(">a blanket</textarea>") && html.contains("value=\"Box 3\""),
        "it is seen again during its stay: {html}"
    );
    let wrong = reader.fill(
        "/",
        &stay,
        &[("belongings", "kept"), ("run", &"x".repeat(101))],
    );
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.html.contains(">kept</textarea>"),
        "what was typed is kept"
    );
    let stay = house.catalogue.stay(visit).unwrap();
    let notes = StayNotes {
        belongings: "a blanket".to_owned(),
        run: "Box 3".to_owned(),
    };
    assert_eq!(stay.notes(), notes);
}

#[test]
fn a_vaccination_that_ends_soon_is_said_when_the_settings_ask_for_it() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let today = Zoned::now().date();
    let vaccination = |name: &str, days: i32| Vaccination {
        name: name.to_owned(),
        given: None,
        valid_until: today + days.days(),
    };
    let template = house
        .catalogue
        .animal(house.animal("Template", "", ""))
        .unwrap()
        .fields;
    let fields = AnimalFields {
        name: "Bella".to_owned(),
        vaccinations: vec![
            vaccination("Cough", 14),
            vaccination("Rabies", 15),
            vaccination("Lepto", -1),
        ],
        ..template
    };
    let bella = house.catalogue.add_animal(&fields, "staff").unwrap();
    house.catalogue.expect(bella, today).unwrap();
    comes(&house, bella);
    let says = |page: &str, expect: [bool; 3]| {
        let html = reader.get(page).html;
        let said = [
            html.contains("Cough: ends on"),
            html.contains("Rabies: ends on"),
            html.contains("Lepto: overdue since"),
        ];
        assert_eq!(said, expect, "{page}");
    };
    for page in ["/today", "/in-house", "/", &format!("/animals/{bella}")] {
        says(page, [true, false, true]);
    }
    let settings = Settings {
        vaccination_days: 15,
        ..house.catalogue.settings().unwrap()
    };
    house.catalogue.set_settings(&settings, "owner").unwrap();
    says("/today", [true, true, true]);
    let owner = house.enter(OWNER, "en");
    let form = [
        ("keep_days", "30"),
        ("quota_mb", "500"),
        ("vaccination_days", "0"),
    ];
    assert_eq!(owner.fill("/settings", "/settings", &form).status, 303);
    says("/today", [false, false, true]);
    let form = [
        ("keep_days", "30"),
        ("quota_mb", "500"),
        ("vaccination_days", "366"),
    ];
    let wrong = owner.fill("/settings", "/settings", &form);
    assert_eq!(wrong.status, 422);
    check_page("/settings", "en", &wrong.html);
}

#[test]
fn a_report_of_days_without_arrivals_says_so() {
    let house = House::open();
    for (language, says) in [("en", "Nobody came."), ("fr", "Personne n’est venu.")] {
        let reader = house.enter(STAFF, language);
        for page in [
            "/report?day=2020-01-01",
            "/report?from=2020-01-01&to=2020-02-01",
        ] {
            let html = reader.get(page).html;
            check_page(page, language, &html);
            assert!(html.contains(says) && !html.contains("<svg class=\"chart\""));
        }
    }
}

#[test]
fn a_report_shows_its_charts_as_tables_too() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let visit = house.visit(VerdictKind::Breed, &["beagle"]);
    let mut other = decision("other", None);
    other.breed_name = Some(SCRIPT.to_owned());
    house.catalogue.confirm(visit, &other).unwrap();
    house.visit(VerdictKind::Unsure, &[]);
    let html = reader.get("/report").html;
    check_page("/report", "en", &html);
    assert_eq!(
        html.matches("<svg class=\"chart\"").count(),
        html.matches("<table>").count()
    );
    assert!(
        html.contains("&lt;script&gt;"),
        "escaped in the picture: {html}"
    );
    assert!(
        html.contains("<th scope=\"col\">Wrong breed named</th>"),
        "{html}"
    );
    // An answer without a breed is neither right nor wrong.
    for verdict in [VerdictKind::Unsure, VerdictKind::NotOurs] {
        let visit = house.visit(verdict, &["pug"]);
        let pug = decision("pug", None);
        house.catalogue.confirm(visit, &pug).unwrap();
    }
    let html = reader.get("/report").html;
    for row in [
        "<td>Right breed named</td><td>0</td>",
        "<td>No breed: not sure</td><td>1</td>",
        "<td>No breed: only the species</td><td>0</td>",
        "<td>No breed: none it knows</td><td>1</td>",
        "<td>Pug</td><td>2</td><td>0</td><td>0</td><td>2</td>",
    ] {
        assert!(html.contains(row), "{row}: {html}");
    }
    // Days have the form of the language.
    let in_may = NewVisit {
        at: "2026-05-14T12:00:00Z".parse().unwrap(),
        ..house.new_visit(VerdictKind::Breed, &["pug"])
    };
    house.catalogue.record(&in_may).unwrap();
    let days = "/report?from=2026-05-04&to=2026-09-05";
    for (language, label) in [("en", ">4 May<"), ("fr", ">4 mai<")] {
        let html = house.enter(STAFF, language).get(days).html;
        check_page(days, language, &html);
        assert!(html.contains(label), "{language}: {html}");
    }
}

#[test]
fn a_card_has_what_hangs_on_a_run() {
    let house = House::open();
    let reader = house.enter(STAFF, "fr");
    let fields = house
        .catalogue
        .animal(house.animal("Bella", "0", "mord"))
        .unwrap()
        .fields;
    let fields = AnimalFields {
        tag: Some("CH-756-0042".to_owned()),
        ..fields
    };
    let anna = OwnerChoice::New(OwnerFields {
        name: "Anna".to_owned(),
        phones: vec!["079 123".to_owned()],
        ..OwnerFields::default()
    });
    let bella = house
        .catalogue
        .add_owned_animal(&fields, &[anna], "staff")
        .unwrap();
    let page = format!("/animals/{bella}/card");
    let html = reader.get(&page).html;
    check_page(&page, "fr", &html);
    for text in ["mord", "079 123", "CH-756-0042", "class=\"barcode\""] {
        assert!(html.contains(text), "{text}");
    }
}
