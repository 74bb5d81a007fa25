//! Stays: who is in the house, checking out and taking that back, and what is noted about a stay.

use catalogue::{AnimalId, CatalogueError, CheckOut, Guest, NewVisit, StayNotes, Subject, VisitId};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::{Daycare, arrival, pug};

/// The time of day on a day in May 2026, by the kiosk's clock.
fn at(day: i8, hour: i8) -> Timestamp {
    let local = jiff::civil::date(2026, 5, day).at(hour, 0, 0, 0);
    local.to_zoned(TimeZone::system()).unwrap().timestamp()
}

/// An animal comes, and staff confirm which.
fn comes(daycare: &Daycare, animal: AnimalId, when: Timestamp) -> VisitId {
    let visit = daycare.arrives(&NewVisit {
        at: when,
        ..arrival("breed", "pug")
    });
    daycare.confirms(visit, "pug", Some(animal));
    visit
}

fn leaves(now: Timestamp) -> CheckOut {
    CheckOut {
        visit: None,
        left_at: None,
        by: "bo".to_owned(),
        at: now,
    }
}

/// Names of those who are here, and of those whose check-out was forgotten.
fn house(daycare: &Daycare, now: Timestamp) -> (Vec<String>, Vec<String>) {
    let house = daycare.catalogue.house(now, 99).unwrap();
    assert_eq!(house.overdue.len(), house.overdue_count);
    let names = |guests: Vec<Guest>| {
        let names = guests.into_iter().map(|guest| guest.animal.fields.name);
        names.collect()
    };
    (names(house.present), names(house.overdue))
}

fn named(present: &[&str], overdue: &[&str]) -> (Vec<String>, Vec<String>) {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    (owned(present), owned(overdue))
}

#[test]
fn a_confirmed_guest_is_in_the_house_until_somebody_checks_it_out() {
    let daycare = Daycare::new();
    let [simba, eclair] = ["simba", "Éclair"].map(|name| daycare.adds(&pug(name)));
    comes(&daycare, simba, at(4, 8));
    let first = comes(&daycare, eclair, at(4, 9));
    comes(&daycare, eclair, at(4, 10));
    // A visit that is not confirmed, or of nobody known, is no guest.
    daycare.arrives(&NewVisit {
        at: at(4, 9),
        ..arrival("breed", "pug")
    });
    let unknown = daycare.arrives(&NewVisit {
        at: at(4, 9),
        ..arrival("breed", "pug")
    });
    daycare.confirms(unknown, "pug", None);
    assert_eq!(house(&daycare, at(4, 12)), named(&["Éclair", "simba"], &[]));
    let open = daycare.catalogue.open_stay(eclair).unwrap().unwrap();
    assert_eq!(
        (open.visit, open.since),
        (first, at(4, 9)),
        "the first of two visits"
    );

    let gone = daycare
        .catalogue
        .check_out(eclair, &leaves(at(4, 17)))
        .unwrap();
    assert_eq!((gone.visit, gone.stay.left_at), (first, Some(at(4, 17))));
    assert_eq!(gone.stay.checked_out_by.as_deref(), Some("bo"));
    assert_eq!(house(&daycare, at(4, 18)), named(&["simba"], &[]));
    let again = daycare.catalogue.check_out(eclair, &leaves(at(4, 18)));
    assert!(matches!(again, Err(CatalogueError::NotInHouse(id)) if id == eclair));

    // It comes back after lunch.
    let evening = comes(&daycare, eclair, at(4, 19));
    assert_eq!(house(&daycare, at(4, 20)), named(&["Éclair", "simba"], &[]));
    let open = daycare.catalogue.open_stay(eclair).unwrap().unwrap();
    assert_eq!(open.since, at(4, 19));
    daycare
        .catalogue
        .check_out(eclair, &leaves(at(4, 21)))
        .unwrap();

    // Undoing takes back the last check-out alone.
    let undo = |visit| daycare.catalogue.undo_check_out(eclair, Some(visit), "cy");
    let back = undo(evening).unwrap();
    assert_eq!((back.since, back.stay.is_open), (at(4, 19), true));
    assert_eq!(
        daycare.catalogue.stay(first).unwrap().left_at,
        Some(at(4, 17))
    );
    let never = daycare.catalogue.undo_check_out(simba, None, "cy");
    assert!(matches!(never, Err(CatalogueError::NotCheckedOut(id)) if id == simba));

    // A second press comes too late: it opens no older stay.
    let twice = undo(evening);
    assert!(matches!(twice, Err(CatalogueError::NotCheckedOut(id)) if id == eclair));
    assert_eq!(
        daycare.catalogue.stay(first).unwrap().left_at,
        Some(at(4, 17))
    );

    let history = daycare.catalogue.history(Subject::Animal(eclair)).unwrap();
    let outs: Vec<_> = (history.iter())
        .filter(|change| change.field == "checked_out")
        .map(|change| (&*change.by, change.before.is_some(), change.after.is_some()))
        .collect();
    let expected = [
        ("bo", false, true),
        ("bo", false, true),
        ("cy", true, false),
    ];
    assert_eq!(outs, expected);
}

#[test]
fn a_forgotten_check_out_is_listed_and_closed_by_nobody_but_staff() {
    let daycare = Daycare::new();
    let [rex, max] = ["Rex", "Max"].map(|name| daycare.adds(&pug(name)));
    let monday = comes(&daycare, rex, at(4, 8));
    let other = comes(&daycare, max, at(4, 8));
    let tuesday = comes(&daycare, rex, at(5, 8));
    assert_eq!(house(&daycare, at(5, 9)), named(&["Rex"], &["Max", "Rex"]));

    // A stay is checked out by a visit of this animal alone.
    let of_other = CheckOut {
        visit: Some(other),
        ..leaves(at(5, 17))
    };
    let refused = daycare.catalogue.check_out(rex, &of_other);
    assert!(matches!(refused, Err(CatalogueError::NotInHouse(id)) if id == rex));

    // Checking out who is here today says nothing about yesterday.
    let gone = daycare
        .catalogue
        .check_out(rex, &leaves(at(5, 17)))
        .unwrap();
    assert_eq!(gone.visit, tuesday);
    assert_eq!(house(&daycare, at(5, 18)), named(&[], &["Max", "Rex"]));

    // Of yesterday nobody knows the time, unless somebody says it.
    let of = |left_at| CheckOut {
        visit: Some(monday),
        left_at,
        ..leaves(at(5, 18))
    };
    for wrong in [at(4, 7), at(5, 19)] {
        let refused = daycare.catalogue.check_out(rex, &of(Some(wrong)));
        let is_refused = matches!(
            refused,
            Err(CatalogueError::Invalid {
                field: "left_at",
                ..
            })
        );
        assert!(is_refused, "{refused:?}");
    }
    let gone = daycare
        .catalogue
        .check_out(rex, &of(Some(at(4, 17))))
        .unwrap();
    assert_eq!(gone.stay.left_at, Some(at(4, 17)));
    assert_eq!(house(&daycare, at(5, 18)), named(&[], &["Max"]));
    let late = daycare.catalogue.check_out(rex, &of(None));
    assert!(
        matches!(late, Err(CatalogueError::NotInHouse(_))),
        "{late:?}"
    );

    let all = daycare
        .catalogue
        .check_out_overdue("bo", at(5, 18))
        .unwrap();
    assert_eq!(all, 1);
    assert_eq!(house(&daycare, at(5, 18)), named(&[], &[]));
    let stay = daycare.catalogue.last_check_out(max).unwrap().unwrap().stay;
    assert_eq!((stay.left_at, stay.checked_out_at), (None, Some(at(5, 18))));
    let undone = daycare.catalogue.undo_check_out(max, Some(other), "bo");
    assert_eq!(undone.unwrap().visit, other);
    assert_eq!(house(&daycare, at(5, 18)), named(&[], &["Max"]));
}

#[test]
fn of_stays_that_were_checked_out_at_one_moment_the_newest_is_the_last() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    comes(&daycare, rex, at(3, 8));
    let morning = comes(&daycare, rex, at(4, 8));
    comes(&daycare, rex, at(4, 14));
    assert_eq!(catalogue.check_out_overdue("bo", at(5, 8)).unwrap(), 2);
    let last = catalogue.last_check_out(rex).unwrap().unwrap();
    assert_eq!((last.visit, last.since), (morning, at(4, 8)));
    let back = catalogue.undo_check_out(rex, Some(morning), "cy");
    assert_eq!(back.unwrap().visit, morning);
}

#[test]
fn what_becomes_of_a_visit_decides_who_is_in_the_house() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let [rex, max] = ["Rex", "Max"].map(|name| daycare.adds(&pug(name)));
    let now = at(4, 18);
    let visit = comes(&daycare, rex, at(4, 8));

    // Another animal after all, then undone.
    daycare.confirms(visit, "pug", Some(max));
    assert_eq!(house(&daycare, now), named(&["Max"], &[]));
    catalogue.undo(visit, None, "bo").unwrap();
    assert_eq!(house(&daycare, now), named(&["Rex"], &[]));
    catalogue.undo(visit, None, "bo").unwrap();
    assert_eq!(house(&daycare, now), named(&[], &[]));
    daycare.confirms(visit, "pug", Some(rex));

    // A check-out is of one animal: it says nothing about another one.
    catalogue.check_out(rex, &leaves(at(4, 17))).unwrap();
    daycare.confirms(visit, "pug", Some(max));
    assert_eq!(house(&daycare, now), named(&["Max"], &[]));
    assert_eq!(catalogue.stay(visit).unwrap().left_at, None);
    catalogue.undo(visit, None, "bo").unwrap();
    assert_eq!(house(&daycare, now), named(&[], &[]), "Rex has left");
    assert_eq!(catalogue.stay(visit).unwrap().left_at, Some(at(4, 17)));

    // Merged, and split again.
    comes(&daycare, max, at(4, 9));
    catalogue.merge_animals(rex, max, "bo").unwrap();
    assert_eq!(house(&daycare, now), named(&["Rex"], &[]));
    assert_eq!(catalogue.stay(visit).unwrap().left_at, Some(at(4, 17)));
    catalogue.split_animal(rex, max, "bo").unwrap();
    assert_eq!(house(&daycare, now), named(&["Max"], &[]));
    catalogue.merge_animals(max, rex, "bo").unwrap();
    assert_eq!(
        catalogue.stay(visit).unwrap().left_at,
        Some(at(4, 17)),
        "still closed"
    );

    catalogue.delete_animal(max, "owner").unwrap();
    assert_eq!(house(&daycare, now), named(&[], &[]));
    assert_eq!(catalogue.stay(visit).unwrap().checked_out_at, None);
}

#[test]
fn belongings_and_run_are_those_of_one_stay() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    let morning = comes(&daycare, rex, at(4, 8));
    let seen_again = comes(&daycare, rex, at(4, 9));
    let notes = StayNotes {
        belongings: " a blanket\nand a ball ".to_owned(),
        run: "Box 3".to_owned(),
    };
    catalogue
        .set_stay_notes(seen_again, &notes, None, "bo")
        .unwrap();
    let stay = catalogue.stay(morning).unwrap();
    assert_eq!(
        (&*stay.belongings, &*stay.run),
        ("a blanket\nand a ball", "Box 3")
    );
    assert_eq!(catalogue.stay(seen_again).unwrap(), stay);
    let open = catalogue.open_stay(rex).unwrap().unwrap();
    assert_eq!(open.stay.run, "Box 3");

    // The next day begins without them, and the former ones stay where they were.
    let next = comes(&daycare, rex, at(5, 8));
    assert_eq!(catalogue.stay(next).unwrap().belongings, "");
    assert_eq!(catalogue.stay(morning).unwrap().run, "Box 3");

    for (belongings, run, expect) in [
        ("x".repeat(4001), String::new(), "belongings"),
        ("x".repeat(1 << 20), String::new(), "belongings"),
        (String::new(), "two\nlines".to_owned(), "run"),
        (String::new(), "x".repeat(101), "run"),
    ] {
        let refused = catalogue.set_stay_notes(next, &StayNotes { belongings, run }, None, "bo");
        match refused {
            Err(CatalogueError::Invalid { field, .. }) => assert_eq!(field, expect),
            other => panic!("{expect}: {other:?}"),
        }
    }
    let nobody = daycare.arrives(&arrival("breed", "pug"));
    let refused = catalogue.set_stay_notes(nobody, &StayNotes::default(), None, "bo");
    assert!(matches!(refused, Err(CatalogueError::NoGuest(_))));

    // With the animal, nothing is left of what its household brought.
    let history = catalogue.history(Subject::Animal(rex)).unwrap();
    assert!(history.iter().any(|change| change.field == "belongings"));
    catalogue.delete_animal(rex, "owner").unwrap();
    assert!(!super::all_of(catalogue).contains("blanket"));
}

#[test]
fn all_of_today_are_listed_and_the_last_of_those_who_were_forgotten() {
    let daycare = Daycare::new();
    let now = at(4, 12);
    for number in 0..40 {
        let animal = daycare.adds(&pug(&format!("Guest {number:02}")));
        comes(&daycare, animal, now - 10.hours() + number.minutes());
        comes(&daycare, animal, at(1, 8));
    }
    let house = daycare.catalogue.house(now, 7).unwrap();
    assert_eq!((house.present.len(), house.overdue.len()), (40, 7));
    assert_eq!(house.overdue_count, 40);
}

#[test]
fn a_guest_may_leave_in_the_minute_in_which_it_came() {
    let daycare = Daycare::new();
    let rex = daycare.adds(&pug("Rex"));
    let came = at(4, 8) + 20.seconds();
    comes(&daycare, rex, came);

    // Staff enter whole minutes.
    let mut check_out = leaves(at(4, 9));
    check_out.left_at = Some(at(4, 8));
    let gone = daycare.catalogue.check_out(rex, &check_out).unwrap();
    assert_eq!(gone.stay.left_at, Some(came));
}

#[test]
fn without_a_visit_only_a_check_out_of_today_is_undone() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let [rex, max] = ["Rex", "Max"].map(|name| daycare.adds(&pug(name)));
    let undo = |animal, visit| catalogue.undo_check_out(animal, visit, "cy");
    let is_refused = |undone: Result<Guest, CatalogueError>| {
        assert!(
            matches!(undone, Err(CatalogueError::NotCheckedOut(_))),
            "{undone:?}"
        );
    };

    // One of long ago is undone by whoever names its stay: any visit of it.
    let morning = comes(&daycare, rex, at(4, 8));
    let seen_again = comes(&daycare, rex, at(4, 9));
    catalogue.check_out(rex, &leaves(at(4, 17))).unwrap();
    is_refused(undo(rex, None));
    assert_eq!(undo(rex, Some(seen_again)).unwrap().visit, morning);
    catalogue.check_out(rex, &leaves(at(4, 18))).unwrap();

    // Nobody's, and another animal's visit are none of it.
    let others = comes(&daycare, max, at(4, 8));
    is_refused(undo(rex, Some(others)));
    let nobody = undo(rex, Some(VisitId(999)));
    assert!(matches!(nobody, Err(CatalogueError::NoSuchVisit(_))));

    // Of two check-outs of today, asking twice undoes one.
    catalogue.check_out(max, &leaves(at(4, 17))).unwrap();
    for _ in 0..2 {
        comes(&daycare, max, Timestamp::now());
        catalogue.check_out(max, &leaves(Timestamp::now())).unwrap();
    }
    assert!(undo(max, None).unwrap().stay.is_open);
    is_refused(undo(max, None));
}

#[test]
fn a_check_out_is_not_undone_once_the_guest_is_back() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let [rex, max] = ["Rex", "Max"].map(|name| daycare.adds(&pug(name)));
    let morning = comes(&daycare, rex, at(4, 8));
    catalogue.check_out(rex, &leaves(at(4, 12))).unwrap();
    let afternoon = comes(&daycare, rex, at(4, 14));
    let late = catalogue.undo_check_out(rex, Some(morning), "cy");
    assert!(
        matches!(late, Err(CatalogueError::NotCheckedOut(id)) if id == rex),
        "{late:?}"
    );
    let stays = [morning, afternoon].map(|visit| catalogue.stay(visit).unwrap());
    assert_eq!(stays.map(|stay| stay.is_open), [false, true]);

    // A forgotten check-out of a former day is no return.
    comes(&daycare, max, at(3, 8));
    let today = comes(&daycare, max, at(4, 8));
    catalogue.check_out(max, &leaves(at(4, 12))).unwrap();
    let back = catalogue.undo_check_out(max, Some(today), "cy").unwrap();
    assert_eq!(back.visit, today);
}
