//! Retention: which photographs stay and which go.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use catalogue::{AnimalFields, Catalogue, NewVisit, Settings, Stop, Subject, Tidied};
use jiff::{Timestamp, ToSpan};

use super::{Daycare, close, files, photographed, pug, time};

fn photographed_at(at: Timestamp) -> NewVisit {
    NewVisit {
        at,
        ..photographed("unsure", "pug", 16)
    }
}

#[test]
fn a_photograph_goes_when_its_time_is_up_and_its_visit_stays() {
    let daycare = Daycare::new();
    let settings = Settings {
        keep_days: 30,
        ..Settings::default()
    };
    daycare.catalogue.set_settings(&settings, "owner").unwrap();
    let visits = ["2026-04-01T08:00:00Z", "2026-04-02T08:00:00Z"].map(|at| {
        let visit = daycare.arrives(&photographed_at(time(at)));
        daycare.confirms(visit, "pug", None);
        visit
    });
    let bytes = daycare
        .catalogue
        .photograph(visits[0])
        .unwrap()
        .unwrap()
        .len() as u64;

    daycare.clock_goes_on(time("2026-04-02T08:00:00Z"), time("2026-05-01T07:00:00Z"));
    let tidied = daycare
        .catalogue
        .tidy(time("2026-05-01T08:00:00Z"))
        .unwrap();
    assert_eq!(tidied.photographs, 0, "exactly 30 days old");
    let tidied = daycare
        .catalogue
        .tidy(time("2026-05-01T08:00:01Z"))
        .unwrap();
    assert_eq!((tidied.photographs, tidied.bytes), (1, bytes));

    assert_eq!(daycare.catalogue.photograph(visits[0]).unwrap(), None);
    assert!(daycare.catalogue.photograph(visits[1]).unwrap().is_some());
    assert_eq!(
        daycare
            .catalogue
            .visit(visits[0])
            .unwrap()
            .confirmed_breed
            .as_deref(),
        Some("pug")
    );
    assert_eq!(
        (daycare.photographs().len(), daycare.training().len()),
        (1, 1)
    );
}

#[test]
fn above_the_quota_the_oldest_go_first() {
    let daycare = Daycare::new();
    let settings = Settings {
        quota_mb: 10,
        keep_days: 3650,
        ..Settings::default()
    };
    daycare.catalogue.set_settings(&settings, "owner").unwrap();
    let arrival = photographed("breed", "pug", 1024);
    let start = time("2026-05-01T08:00:00Z");
    // They are not recorded in the order of their times.
    let mut visits: Vec<_> = (0..16)
        .map(|index| {
            let minutes = index * 7 % 16;
            let visit = daycare.arrives(&NewVisit {
                at: start + minutes.minutes(),
                ..arrival.clone()
            });
            (minutes, visit)
        })
        .collect();
    visits.sort();
    let before = daycare.catalogue.totals().unwrap().photograph_bytes;
    assert!(
        before > 12_000_000,
        "{before} bytes: not enough for this test"
    );

    let tidied = daycare.catalogue.tidy(start + 1.hour()).unwrap();
    let after = daycare.catalogue.totals().unwrap();
    assert!(after.photograph_bytes <= 10_000_000 && after.photograph_bytes > 8_000_000);
    assert_eq!(before - tidied.bytes, after.photograph_bytes);
    assert_eq!(after.visits, 16);
    for (index, (_, visit)) in visits.iter().enumerate() {
        let is_kept = daycare.catalogue.photograph(*visit).unwrap().is_some();
        assert_eq!(
            is_kept,
            index as u64 >= tidied.photographs,
            "the oldest must go first: {index}"
        );
    }
}

#[test]
fn a_clock_that_jumped_makes_nothing_old_until_it_is_confirmed() {
    let daycare = Daycare::new();
    let noon = time("2026-05-01T12:00:00Z");
    let visit = daycare.arrives(&photographed_at(noon));
    let is_kept = || daycare.catalogue.photograph(visit).unwrap().is_some();
    daycare.clock_goes_on(noon, noon + 48.hours());

    // A clock module with an empty battery: twenty years ahead, then back, then set right again.
    let jumps = [
        ("2046-05-03T12:00:00Z", true),
        ("1970-01-01T00:00:00Z", true),
        ("2026-05-03T13:00:00Z", false),
        ("2046-05-03T13:00:00Z", true),
        ("2046-05-04T12:59:59Z", true),
    ];
    for (now, is_held) in jumps {
        let tidied = daycare.catalogue.tidy(time(now)).unwrap();
        assert_eq!((tidied.photographs, tidied.is_held), (0, is_held), "{now}");
        assert!(is_kept(), "{now}");
    }
    let now = time("2046-05-04T13:00:00Z");
    daycare.clock_goes_on(now, now + (200 * 24).hours());
    assert!(is_kept(), "nobody has confirmed the clock");

    // It was never confirmed before, so the twenty years count for nothing, but the days since do.
    let now = now + (200 * 24).hours();
    daycare.catalogue.confirm_clock(now, "owner").unwrap();
    assert_eq!(daycare.catalogue.tidy(now).unwrap().photographs, 1);
    assert!(!is_kept());
}

#[test]
fn a_clock_that_is_set_back_a_year_and_forward_ten_meanwhile_deletes_nothing() {
    let daycare = Daycare::new();
    let settings = Settings {
        keep_days: 30,
        contact_months: Some(1),
        ..Settings::default()
    };
    daycare.catalogue.set_settings(&settings, "owner").unwrap();
    let start = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    daycare.arrives(&photographed_at(start));
    let rex = daycare.adds(&AnimalFields {
        contact: "Anna, 404 17 17".to_owned(),
        ..pug("Rex")
    });
    let orphan = "photographs/20260501T080000Z-0123456789abcdef.jpg";
    let file = File::create(daycare.at(orphan)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(7200))
        .unwrap();
    assert_eq!(daycare.catalogue.tidy(start).unwrap().orphans, 1);
    let backups = daycare.elsewhere.path().join("backups");
    fs::create_dir(&backups).unwrap();

    let kept = || {
        let contact = daycare.catalogue.animal(rex).unwrap().fields.contact;
        let orphans = files(&daycare.at("orphans"));
        (daycare.photographs(), orphans, contact)
    };
    let before = kept();
    let mut made = files(&backups);
    let days = |days: i64| start + (24 * days).hours();
    for wrong in [days(-365), days(3650)] {
        // Of two backups of one day, the first would go.
        for now in [wrong, wrong + 6.hours()] {
            assert!(daycare.catalogue.tidy(now).unwrap().is_held, "{now}");
            assert_eq!(kept(), before, "{now}");
            daycare.catalogue.back_up_into(&backups, now).unwrap();
            let all = files(&backups);
            assert!(all.is_superset(&made), "{now}: {all:?}");
            assert_eq!(all.len(), made.len() + 1, "{now}");
            made = all;
        }
    }
    let right = start + 13.hours();
    assert!(!daycare.catalogue.tidy(right).unwrap().is_held);
    assert_eq!(kept(), before);

    // By the right clock all of it goes.
    daycare.clock_goes_on(right, days(70));
    let (photographs, orphans, contact) = kept();
    assert!(photographs.is_empty() && orphans.is_empty() && contact.is_empty());
}

#[test]
fn a_jump_is_reported_until_somebody_confirms_the_clock() {
    let daycare = Daycare::new();
    let noon = time("2026-05-01T12:00:00Z");
    let jumped_from = |now| daycare.catalogue.clock_jumped_from(now).unwrap();
    daycare.catalogue.tidy(noon).unwrap();
    assert_eq!(jumped_from(noon + 24.hours()), None);
    for now in [noon + 25.hours(), noon - 25.hours()] {
        assert_eq!(jumped_from(now), Some(noon), "also before it is noticed");
    }
    daycare.catalogue.tidy(noon - 25.hours()).unwrap();
    let again = daycare.again();
    let now = noon - 24.hours();
    assert_eq!(again.clock_jumped_from(now).unwrap(), Some(noon));
    assert_eq!(jumped_from(noon), None, "it came back");

    daycare.catalogue.confirm_clock(now, "owner").unwrap();
    assert_eq!(jumped_from(now + 1.hour()), None);
    assert_eq!(jumped_from(noon), None);
    let history = daycare.catalogue.history(Subject::Settings).unwrap();
    let changes: Vec<_> = (history.iter())
        .map(|change| (&*change.by, &*change.field, change.before.as_deref()))
        .collect();
    assert_eq!(changes, [("owner", "clock", Some("2026-05-01T12:00:00Z"))]);
    // A clock that has not jumped is confirmed without a word.
    daycare.catalogue.confirm_clock(now, "kiosk").unwrap();
    assert_eq!(
        daycare.catalogue.history(Subject::Settings).unwrap().len(),
        1
    );
}

#[test]
fn a_jump_is_found_at_the_first_start_with_visits_of_before() {
    for now in ["2026-05-20T12:00:00Z", "1970-01-01T00:00:00Z"] {
        let daycare = Daycare::new();
        let visit = daycare.arrives(&photographed_at(time("2026-05-01T12:00:00Z")));
        assert!(daycare.catalogue.tidy(time(now)).unwrap().is_held, "{now}");
        assert!(daycare.catalogue.photograph(visit).unwrap().is_some());
    }
}

#[test]
fn photographs_of_a_clock_that_was_behind_are_kept_once_it_is_right() {
    let daycare = Daycare::new();
    let behind = time("2025-11-01T12:00:00Z");
    let is_kept = |visit| daycare.catalogue.photograph(visit).unwrap().is_some();
    let before = daycare.arrives(&photographed_at(behind));
    daycare.catalogue.tidy(behind).unwrap();

    let right = time("2026-05-01T12:00:00Z");
    assert!(daycare.catalogue.tidy(right).unwrap().is_held);
    daycare.catalogue.confirm_clock(right, "kiosk").unwrap();
    let tidied = daycare.catalogue.tidy(right).unwrap();
    assert_eq!((tidied.photographs, tidied.is_held), (0, false));
    let after = daycare.arrives(&photographed_at(right));
    let days = |days: i64| right + (24 * days).hours();
    daycare.clock_goes_on(right, days(90));
    assert!(is_kept(before) && is_kept(after), "exactly 90 days old");
    daycare.catalogue.tidy(days(91)).unwrap();
    assert!(!is_kept(before) && !is_kept(after));
}

#[test]
fn days_on_which_the_kiosk_is_off_count_where_the_clock_was_right_before() {
    let daycare = Daycare::new();
    let settings = Settings {
        keep_days: 30,
        ..Settings::default()
    };
    daycare.catalogue.set_settings(&settings, "owner").unwrap();
    let is_kept = |visit| daycare.catalogue.photograph(visit).unwrap().is_some();
    let closing = time("2026-07-31T18:00:00Z");
    let before = daycare.arrives(&photographed_at(closing));
    let last = closing + 1.hour();
    daycare.catalogue.tidy(last).unwrap();
    daycare.catalogue.confirm_clock(last, "kiosk").unwrap();

    let opening = closing + (24 * 31).hours();
    assert!(daycare.catalogue.tidy(opening).unwrap().is_held);
    let after = daycare.arrives(&photographed_at(opening));
    assert!(is_kept(before), "it is not certain that the clock is right");
    daycare.catalogue.confirm_clock(opening, "kiosk").unwrap();
    assert_eq!(daycare.catalogue.tidy(opening).unwrap().photographs, 1);
    assert!(!is_kept(before) && is_kept(after));

    let days = |days: i64| opening + (24 * days).hours();
    daycare.clock_goes_on(opening, days(30));
    assert!(is_kept(after), "it did not age by the days before it");
    daycare.catalogue.tidy(days(31)).unwrap();
    assert!(!is_kept(after));
}

#[test]
fn above_the_quota_the_oldest_go_first_also_while_the_clock_is_behind() {
    let daycare = Daycare::new();
    let settings = Settings {
        quota_mb: 10,
        ..Settings::default()
    };
    daycare.catalogue.set_settings(&settings, "owner").unwrap();
    let arrival = photographed("unsure", "pug", 1024);
    let arrive = |at: Timestamp| {
        let visits = (0..5).map(|index| {
            daycare.arrives(&NewVisit {
                at: at + index.minutes(),
                ..arrival.clone()
            })
        });
        visits.collect::<Vec<_>>()
    };
    let right = time("2026-05-01T08:00:00Z");
    daycare.catalogue.tidy(right).unwrap();
    let first = arrive(right);
    daycare.confirms(first[0], "pug", None);
    daycare.catalogue.tidy(right + 1.hour()).unwrap();
    let behind = time("2025-11-01T08:00:00Z");
    daycare.catalogue.tidy(behind).unwrap();
    let last = arrive(behind);

    assert_eq!(daycare.training().len(), 1);

    let now = behind + 1.hour();
    let tidied = daycare.catalogue.tidy(now).unwrap();
    assert!(tidied.is_held, "{tidied:?}");
    assert!((1..=5).contains(&tidied.photographs), "{tidied:?}");
    let kept = daycare.catalogue.totals().unwrap().photograph_bytes;
    assert!((8_000_001..=10_000_000).contains(&kept), "{kept}");
    for visit in last {
        assert!(daycare.catalogue.photograph(visit).unwrap().is_some());
    }
    assert_eq!(daycare.catalogue.photograph(first[0]).unwrap(), None);
    assert!(daycare.training().is_empty(), "its link is gone too");

    daycare.catalogue.confirm_clock(now, "owner").unwrap();
    assert_eq!(daycare.catalogue.tidy(now).unwrap().photographs, 0);
}

#[test]
fn another_catalogue_leaves_the_photographs_of_the_former_one() {
    let daycare = Daycare::new();
    let now = Timestamp::now();
    let former = daycare.arrives(&photographed_at(now));
    daycare.confirms(former, "pug", None);
    let (folder, elsewhere) = close(daycare);
    let at = |name: &str| folder.path().join(name);
    let photographs = files(&at("photographs"));
    let training = files(&at("training"));
    assert_eq!((photographs.len(), training.len()), (1, 1));
    let later = now + 2.hours();

    let damaged = elsewhere.path().join("damaged.sqlite");
    fs::rename(at("catalogue.sqlite"), &damaged).unwrap();
    let empty = Daycare::new();
    empty.backs_up();
    Catalogue::restore_to(folder.path(), &empty.backup_file(), &Stop::default()).unwrap();
    let fresh = Catalogue::open(folder.path()).unwrap();
    assert_eq!(fresh.tidy(later).unwrap(), Tidied::default());
    assert_eq!(files(&at("photographs")), photographs);

    // Once it is in use they are set aside, not removed.
    let arrival = fresh.record(&photographed_at(now)).unwrap();
    assert_eq!(fresh.tidy(later).unwrap().orphans, 1);
    assert_eq!(files(&at("orphans")), photographs);
    assert!(fresh.photograph(arrival.visit).unwrap().is_some());
    drop(fresh);

    // The former catalogue was repaired and finds its photograph.
    fs::rename(damaged, at("catalogue.sqlite")).unwrap();
    let repaired = Catalogue::open(folder.path()).unwrap();
    repaired.tidy(later).unwrap();
    assert!(repaired.photograph(former).unwrap().is_some());
    assert!(files(&at("photographs")).is_superset(&photographs));
    assert_eq!(files(&at("training")), training);
}

#[test]
fn photographs_are_set_aside_for_as_long_as_photographs_are_kept() {
    let daycare = Daycare::new();
    let settings = Settings {
        keep_days: 30,
        ..Settings::default()
    };
    daycare.catalogue.set_settings(&settings, "owner").unwrap();
    let start = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    daycare.arrives(&photographed_at(start));
    let orphan = "20260501T080000Z-0123456789abcdef.jpg";
    let file = File::create(daycare.at("photographs").join(orphan)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(7200))
        .unwrap();
    assert_eq!(daycare.catalogue.tidy(start).unwrap().orphans, 1);

    let orphans = || files(&daycare.at("orphans"));
    let days = |days: i64| start + (24 * days).hours();
    daycare.catalogue.tidy(days(400)).unwrap();
    assert_eq!(orphans(), [orphan.to_owned()].into(), "the clock jumped");
    daycare.catalogue.tidy(start).unwrap();
    daycare.clock_goes_on(start, days(30));
    assert_eq!(orphans(), [orphan.to_owned()].into());
    daycare.catalogue.tidy(days(31)).unwrap();
    assert!(orphans().is_empty());
}

#[test]
fn files_of_a_moment_ago_stay_after_a_jump_of_the_clock() {
    let daycare = Daycare::new();
    let now = Timestamp::now();
    daycare.arrives(&photographed_at(now));
    daycare.catalogue.tidy(now).unwrap();
    for name in [
        "20260501T080000Z-0123456789abcdef.jpg",
        ".unfinished-ab12cd",
    ] {
        File::create(daycare.at("photographs").join(name)).unwrap();
    }
    let before = daycare.photographs();
    let later = now + 48.hours();
    for _ in 0..2 {
        assert_eq!(daycare.catalogue.tidy(later).unwrap().orphans, 0);
        assert_eq!(daycare.photographs(), before);
        // The files still seem older than they are.
        daycare.catalogue.confirm_clock(later, "kiosk").unwrap();
    }
    let tidied = daycare.catalogue.tidy(later + 2.hours()).unwrap();
    assert_eq!(tidied.orphans, 1);
}

#[test]
fn what_a_power_cut_leaves_is_set_aside_and_nothing_else() {
    let daycare = Daycare::new();
    let visit = daycare.arrives(&NewVisit {
        at: Timestamp::now(),
        ..photographed("unsure", "pug", 16)
    });
    daycare.confirms(visit, "pug", None);
    let kept = daycare.photographs();
    let training = daycare.training();

    let orphan = "20260501T080000Z-0123456789abcdef.jpg";
    // A disk whose clock is late says that these were written long ago.
    let tomorrow = (Timestamp::now() + 24.hours()).strftime("%Y%m%dT%H%M%SZ");
    let taken_now = format!("{tomorrow}-0123456789abcdef.jpg");
    let written_now = File::create(daycare.at("photographs/.unfinished-now")).unwrap();
    written_now.lock().unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(7200);
    written_now.set_modified(long_ago).unwrap();
    for (name, age) in [
        (format!("photographs/{taken_now}"), 7200),
        (format!("photographs/{orphan}"), 7200),
        ("photographs/.unfinished-ab12cd".to_owned(), 7200),
        ("photographs/20260501T080000Z-just-now.jpg".to_owned(), 7200),
        (
            "photographs/20260501T080001Z-0123456789abcdef.jpg".to_owned(),
            0,
        ),
        ("photographs/notes.txt".to_owned(), 7200),
        ("training/mine.jpg".to_owned(), 7200),
    ] {
        let file = File::create(daycare.at(&name)).unwrap();
        let written = SystemTime::now() - Duration::from_secs(age);
        file.set_modified(written).unwrap();
    }
    fs::create_dir(daycare.at("training/boxer")).unwrap();
    fs::write(daycare.at("training/boxer/holiday.jpg"), "mine too").unwrap();
    // One example that no visit gives; the one that a visit gives is missing.
    fs::write(daycare.at("training/boxer").join(orphan), "").unwrap();
    fs::remove_dir_all(daycare.at("training/pug")).unwrap();

    let tidied = daycare.catalogue.tidy(Timestamp::now()).unwrap();
    assert_eq!((tidied.photographs, tidied.orphans), (0, 1));
    let mut expect = kept;
    expect.insert(taken_now);
    expect.extend(
        [
            ".unfinished-now",
            "20260501T080000Z-just-now.jpg",
            "20260501T080001Z-0123456789abcdef.jpg",
            "notes.txt",
        ]
        .map(str::to_owned),
    );
    assert_eq!(daycare.photographs(), expect);
    assert_eq!(files(&daycare.at("orphans")), [orphan.to_owned()].into());
    let mut expect = training;
    expect.extend(["boxer/holiday.jpg", "mine.jpg"].map(str::to_owned));
    assert_eq!(daycare.training(), expect);
}
