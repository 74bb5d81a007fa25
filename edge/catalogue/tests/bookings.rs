//! Bookings: days that recur, exceptions, and what they do to suggestions.

use std::collections::BTreeSet;

use catalogue::{AnimalId, BookingId, CatalogueError, NewVisit, Recurrence, Unit, Weekdays};
use jiff::civil::{Date, Weekday, date};

use super::{Daycare, arrival, embedding, pug, time};

fn recurrence(text: &str) -> Recurrence {
    text.parse().unwrap()
}

fn expected(daycare: &Daycare, day: Date) -> Vec<(AnimalId, bool)> {
    let expected = daycare.catalogue.expected_on(day).unwrap();
    let expected = expected.iter();
    expected.map(|who| (who.animal.id, who.recurring)).collect()
}

#[test]
fn a_rule_has_the_days_that_it_says() {
    let check = |text: &str, expect: &[&str]| {
        let rule = recurrence(text);
        assert_eq!(rule.to_string(), text);
        let days: Vec<String> = rule
            .days()
            .take(expect.len() + 1)
            .map(|day| day.to_string())
            .collect();
        let days: Vec<&str> = days.iter().map(String::as_str).collect();
        assert!(days.starts_with(expect), "{text}: {days:?}");
        for day in rule.days().take(50) {
            assert!(rule.occurs_on(day));
        }
    };
    check("2026-05-04", &["2026-05-04"]);
    check(
        "2026-05-04/ 1W MO,WE",
        &["2026-05-04", "2026-05-06", "2026-05-11"],
    );
    // The weeks are counted from the one of the first day, whichever weekday that is.
    check(
        "2026-05-06/ 2W MO,WE",
        &["2026-05-06", "2026-05-18", "2026-05-20"],
    );
    check(
        "2026-05-10/ 2W MO,SU",
        &["2026-05-10", "2026-05-18", "2026-05-24"],
    );
    check(
        "2026-05-04/2026-05-12 3D MO,TU,WE,TH,FR,SA,SU",
        &["2026-05-04", "2026-05-07", "2026-05-10"],
    );
    check(
        "2026-05-04/2026-05-06 1D MO,TU,WE,TH,FR,SA,SU -2026-05-05",
        &["2026-05-04", "2026-05-06"],
    );
    assert_eq!(
        recurrence("2026-05-04/2026-05-12 3D MO,TU,WE,TH,FR,SA,SU")
            .days()
            .count(),
        3
    );
    for wrong in [
        "",
        "soon",
        "2026-05-04/",
        "2026-05-04/ 1X MO",
        "2026-05-04/ 1W XX",
        "2026-05-04 MO",
    ] {
        assert!(wrong.parse::<Recurrence>().is_err(), "{wrong}");
    }
}

#[test]
fn a_booked_animal_is_expected_on_its_days_but_for_exceptions() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    let mondays = catalogue
        .book(rex, &recurrence("2026-05-04/2026-06-30 1W MO"), "ana")
        .unwrap();
    let (monday, tuesday, next) = (date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 11));
    assert_eq!(expected(&daycare, monday), [(rex, true)]);
    assert!(expected(&daycare, tuesday).is_empty());
    assert!(
        expected(&daycare, date(2026, 7, 6)).is_empty(),
        "after the last day"
    );
    assert!(
        expected(&daycare, date(2026, 4, 27)).is_empty(),
        "before the first day"
    );
    catalogue.expect(rex, tuesday).unwrap();
    assert_eq!(expected(&daycare, tuesday), [(rex, false)]);

    // Not this Monday; then after all.
    catalogue.unexpect(rex, monday).unwrap();
    assert!(expected(&daycare, monday).is_empty());
    assert_eq!(expected(&daycare, next), [(rex, true)]);
    let booking = catalogue.booking(mondays.id).unwrap();
    assert_eq!(booking.days.exceptions, BTreeSet::from([monday]));
    catalogue.expect(rex, monday).unwrap();
    assert_eq!(expected(&daycare, monday), [(rex, true)]);

    catalogue.cancel_booking(mondays.id, "bo").unwrap();
    assert!(expected(&daycare, next).is_empty());
    let again = catalogue.cancel_booking(mondays.id, "bo");
    assert!(matches!(again, Err(CatalogueError::NoSuchBooking(id)) if id == mondays.id));
    let history = catalogue.history(catalogue::Subject::Animal(rex)).unwrap();
    let booked: Vec<_> = (history.iter())
        .filter(|change| change.field == "booking")
        .map(|change| (&*change.by, change.before.is_some()))
        .collect();
    assert_eq!(booked, [("ana", false), ("bo", true)]);
    assert!(matches!(
        catalogue.booking(BookingId(99)),
        Err(CatalogueError::NoSuchBooking(_))
    ));
}

#[test]
fn absurd_days_are_refused_by_the_name_of_the_field() {
    let daycare = Daycare::new();
    let rex = daycare.adds(&pug("Rex"));
    let check = |change: fn(&mut Recurrence), expect: &str| {
        let mut days = recurrence("2026-05-04/2026-06-30 1W MO");
        change(&mut days);
        match daycare.catalogue.book(rex, &days, "ana") {
            Err(CatalogueError::Invalid { field, .. }) => assert_eq!(field, expect),
            other => panic!("{expect}: {other:?}"),
        }
    };
    check(|days| days.first = date(1, 1, 1), "from");
    check(|days| days.last = Some(date(9999, 12, 31)), "until");
    check(|days| days.last = Some(date(2026, 5, 3)), "until");
    check(|days| days.every = 0, "every");
    check(|days| days.every = u32::MAX, "every");
    check(|days| days.weekdays = Weekdays::of([]), "weekdays");
}

#[test]
fn a_booking_without_a_single_day_is_refused() {
    let daycare = Daycare::new();
    let rex = daycare.adds(&pug("Rex"));
    let never = Recurrence {
        last: Some(date(2026, 5, 6)),
        unit: Unit::Week,
        weekdays: Weekdays::of([Weekday::Sunday]),
        ..Recurrence::daily(date(2026, 5, 4))
    };
    let left_out = recurrence("2026-05-04/2026-05-04 1W MO -2026-05-04");
    for days in [never, left_out] {
        let refused = daycare.catalogue.book(rex, &days, "ana");
        let is_refused = matches!(
            refused,
            Err(CatalogueError::Invalid {
                field: "weekdays",
                ..
            })
        );
        assert!(is_refused, "{refused:?}");
    }
}

/// An embedding whose cosine with that of animal 1 is about `cosine`.
fn similar(cosine: f32) -> Vec<f32> {
    let across = (1.0 - cosine * cosine).sqrt();
    let mixed = embedding(1).into_iter().zip(embedding(2));
    mixed
        .map(|(own, other)| cosine * own + across * other)
        .collect()
}

#[test]
fn an_expected_animal_comes_first_unless_another_looks_clearly_more_similar() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let came = |animal: AnimalId, embedding: Vec<f32>| {
        let visit = daycare.arrives(&NewVisit {
            at: time("2026-04-01T08:00:00Z"),
            embedding,
            ..arrival("breed", "pug")
        });
        daycare.confirms(visit, "pug", Some(animal));
    };
    let [same, alike, unlike, unseen] =
        ["Same", "Alike", "Unlike", "Unseen"].map(|name| daycare.adds(&pug(name)));
    came(same, similar(1.0));
    came(alike, similar(0.9));
    came(unlike, similar(0.1));
    let visit = daycare.arrives(&NewVisit {
        at: time("2026-05-04T10:00:00Z"),
        ..arrival("breed", "pug")
    });
    let suggested = || -> Vec<(AnimalId, bool)> {
        let suggested = catalogue.suggest_for(visit, None, 9).unwrap();
        let suggested = suggested.iter();
        suggested.map(|it| (it.animal.id, it.expected)).collect()
    };
    let plain = [
        (same, false),
        (alike, false),
        (unlike, false),
        (unseen, false),
    ];
    assert_eq!(suggested(), plain);

    let day = time("2026-05-04T10:00:00Z")
        .to_zoned(jiff::tz::TimeZone::system())
        .date();
    let booked = Recurrence::daily(day);
    catalogue.book(alike, &booked, "ana").unwrap();
    assert_eq!(
        suggested()[..2],
        [(alike, true), (same, false)],
        "nearly as similar"
    );
    catalogue.expect(unlike, day).unwrap();
    catalogue.expect(unseen, day).unwrap();
    let order = [(alike, true), (same, false), (unseen, true), (unlike, true)];
    assert_eq!(
        suggested(),
        order,
        "who looks different is not offered first"
    );

    // Who has come already does not come again.
    let earlier = daycare.arrives(&NewVisit {
        at: time("2026-05-04T10:00:00Z"),
        embedding: similar(0.9),
        ..arrival("breed", "pug")
    });
    daycare.confirms(earlier, "pug", Some(alike));
    assert_eq!(suggested()[0], (same, false));
}
