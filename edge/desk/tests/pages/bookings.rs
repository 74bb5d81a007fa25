//! Bookings: on the page of an animal, and from the file of another program.

use checkin::Stage;
use jiff::Zoned;
use recognise::VerdictKind;

use super::house::{House, SCRIPT, STAFF};
use super::html::check_page;

#[test]
fn days_of_the_week_are_booked_on_the_page_of_an_animal() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let bella = house.animal("Bella", "", "");
    let (page, book) = (
        format!("/animals/{bella}"),
        format!("/animals/{bella}/bookings"),
    );
    let today = Zoned::now().date();
    let day = today.to_string();
    let weekday = today.weekday().to_monday_one_offset().to_string();
    for form in [
        vec![("from", &*day)],
        vec![("weekday", "1"), ("from", "soon")],
        vec![("weekday", "1"), ("from", &*day), ("until", "2001-01-01")],
        vec![("weekday", "1"), ("from", &*day), ("every", "0")],
    ] {
        let refused = reader.fill(&page, &book, &form);
        assert_eq!(refused.status, 422, "{form:?}");
        check_page(&book, "en", &refused.html);
    }
    let form = [("weekday", &*weekday), ("from", &*day), ("every", "2")];
    let booked = reader.fill(&page, &book, &form);
    assert_eq!(booked.status, 303, "{}", booked.html);
    let html = reader.get(&booked.to).html;
    assert!(
        html.contains("every 2 weeks") && html.contains("The days are booked."),
        "{html}"
    );
    assert!(reader.get("/expected").html.contains("Booked"));

    let visit = house.visit(VerdictKind::Breed, &["beagle"]);
    house.show(Stage::Answered, Some(visit));
    assert!(
        reader.get("/").html.contains("Expected today"),
        "it is offered"
    );
    let number = bella.to_string();
    let leave_out = [("animal", &*number), ("day", &*day), ("next", &*page)];
    assert_eq!(
        reader.fill(&page, "/expected/remove", &leave_out).status,
        303
    );
    assert!(reader.get(&page).html.contains("Not on "));
    assert!(!reader.get("/").html.contains("Expected today"));
    let booking = house.catalogue.bookings_of(bella).unwrap()[0].id;
    let cancelled = reader.fill(&page, &format!("/bookings/{booking}/cancel"), &[]);
    assert_eq!(cancelled.status, 303);
    assert!(house.catalogue.bookings_of(bella).unwrap().is_empty());
}

#[test]
fn a_file_is_looked_at_before_it_is_written() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let bella = house.animal("Bella", "", "");
    let table = format!("name,day\nBella,2026-06-01\nNobody {SCRIPT},2026-06-01\n");
    let preview = reader.send("/expected/import", "bookings", &table);
    assert_eq!(preview.status, 200, "{}", preview.html);
    check_page("/expected/import", "en", &preview.html);
    assert!(preview.html.contains("1 row to write") && preview.html.contains("1 row is left out"));
    let day = "2026-06-01".parse().unwrap();
    assert!(house.catalogue.expected_on(day).unwrap().is_empty());
    let plan = format!("{bella} 2026-06-01");
    assert!(
        preview
            .html
            .contains(&format!("name=\"plan\" value=\"{plan}\"")),
        "{}",
        preview.html
    );
    let written = reader.fill(
        "/expected/import",
        "/expected/import/write",
        &[("plan", &plan)],
    );
    assert!(reader.get(&written.to).html.contains("1 row written."));
    assert_eq!(
        house.catalogue.expected_on(day).unwrap()[0].animal.id,
        bella
    );
    let broken = reader.fill(
        "/expected/import",
        "/expected/import/write",
        &[("plan", "1 soon")],
    );
    assert_eq!(broken.status, 422);

    for (content, says) in [
        ("Invoice;Amount\n1;2\n", "It has: Invoice, Amount"),
        ("", "nothing in the file"),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "cut short"),
    ] {
        let refused = reader.send("/expected/import", "bookings", content);
        assert_eq!(refused.status, 422, "{content}");
        check_page("/expected/import", "en", &refused.html);
        assert!(refused.html.contains(says), "{content}: {}", refused.html);
    }
    let large = reader.send("/expected/import", "bookings", &"x".repeat(5 << 20));
    assert_eq!(large.status, 413);
    assert!(large.html.contains("too large"), "{}", large.html);
}
