//! Reports: arrivals by day, hour and breed, and how often the kiosk was right.

use catalogue::{CatalogueError, NewVisit, Unnamed};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::{Daycare, arrival, decision};

/// An arrival at this hour of the kiosk's clock, recognised as a breed with this verdict.
fn arrives(
    daycare: &Daycare,
    day: Date,
    hour: i8,
    verdict: &str,
    breed: &str,
) -> catalogue::VisitId {
    let local = day.at(hour, 30, 0, 0).to_zoned(TimeZone::system()).unwrap();
    daycare.arrives(&NewVisit {
        at: local.timestamp(),
        ..arrival(verdict, breed)
    })
}

#[test]
fn arrivals_are_counted_by_day_hour_and_breed() {
    let daycare = Daycare::new();
    let (monday, tuesday, wednesday) = (date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6));
    let right = arrives(&daycare, monday, 8, "breed", "pug");
    daycare.confirms(right, "pug", None);
    let wrong = arrives(&daycare, monday, 8, "breed", "pug");
    daycare.confirms(wrong, "boxer", None);
    // Whatever came first: where it named no breed, it is neither right nor wrong.
    let unsure = arrives(&daycare, monday, 17, "unsure", "pug");
    daycare.confirms(unsure, "pug", None);
    arrives(&daycare, wednesday, 9, "breed", "pug");
    arrives(&daycare, wednesday, 9, "unsure", "pug");
    let named = arrives(&daycare, wednesday, 23, "not_ours", "pug");
    let hovawart = catalogue::Decision {
        breed_name: Some("Hovawart mix".to_owned()),
        ..decision("other", None)
    };
    daycare.catalogue.confirm(named, &hovawart).unwrap();
    arrives(&daycare, date(2026, 5, 7), 8, "breed", "pug");

    let report = daycare.catalogue.report(monday, wednesday).unwrap();
    assert_eq!(report.days, [(monday, 3), (tuesday, 0), (wednesday, 3)]);
    assert_eq!((report.right, report.wrong, report.unconfirmed), (1, 1, 2));
    let unnamed = Unnamed {
        unsure: 1,
        not_ours: 1,
        ..Unnamed::default()
    };
    assert_eq!((report.unnamed, report.unnamed.total()), (unnamed, 2));
    assert_eq!(report.arrivals(), 6);
    let hours: Vec<_> = (0..24).filter(|hour| report.hours[*hour] > 0).collect();
    assert_eq!(hours, [8, 9, 17, 23]);
    let breeds: Vec<_> = (report.breeds.iter())
        .map(|count| {
            let breed = count.breed.as_deref().unwrap_or("open");
            let name = count.breed_name.as_deref().unwrap_or("");
            let judged = (count.right, count.wrong, count.unnamed);
            (breed, name, count.arrivals, judged)
        })
        .collect();
    assert_eq!(
        breeds[0],
        ("pug", "", 3, (1, 0, 1)),
        "two confirmed, one only recognised"
    );
    assert!(breeds.contains(&("boxer", "", 1, (0, 1, 0))));
    assert!(breeds.contains(&("other", "Hovawart mix", 1, (0, 0, 1))));
    assert!(breeds.contains(&("open", "", 1, (0, 0, 0))), "{breeds:?}");

    let tuesday = daycare.catalogue.report(tuesday, tuesday).unwrap();
    assert_eq!((tuesday.arrivals(), tuesday.breeds.len()), (0, 0));
}

#[test]
fn days_that_make_no_sense_are_refused() {
    let daycare = Daycare::new();
    let check = |from: Date, to: Date, expect: &str| match daycare.catalogue.report(from, to) {
        Err(CatalogueError::Invalid { field, .. }) => assert_eq!(field, expect),
        other => panic!("{expect}: {other:?}"),
    };
    let day = date(2026, 5, 4);
    check(day, date(2026, 5, 3), "to");
    check(day, date(2027, 5, 5), "to");
    check(date(1999, 12, 31), day, "from");
    check(day, date(9999, 12, 31), "to");
    assert!(
        daycare.catalogue.report(day, date(2027, 5, 4)).is_ok(),
        "a year"
    );
}
