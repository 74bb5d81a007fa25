//! How long photographs stay.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use catalogue::{Catalogue, NewVisit, Settings};
use jiff::{Timestamp, ToSpan};

use super::{Daycare, files, photographed, time};

#[test]
fn a_photograph_goes_when_its_time_is_up_and_its_visit_stays() {
    let daycare = Daycare::new();
    let settings = Settings {
        keep_days: 30,
        ..Settings::default()
    };
    daycare.catalogue.set_settings(&settings, "owner").unwrap();
    let visits = ["2026-04-01T08:00:00Z", "2026-04-02T08:00:00Z"].map(|at| {
        let visit = daycare.arrives(&NewVisit {
            at: time(at),
            ..photographed("unsure", "pug", 16)
        });
        daycare.says(visit, "pug", None);
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
    assert_eq!(tidied.photographs, 0, "its last moment");
    let tidied = daycare
        .catalogue
        .tidy(time("2026-05-01T08:00:01Z"))
        .unwrap();
    assert_eq!((tidied.photographs, tidied.bytes), (1, bytes));

    assert_eq!(daycare.catalogue.photograph(visits[0]).unwrap(), None);
    assert!(daycare.catalogue.photograph(visits[1]).unwrap().is_some());
    assert_eq!(
        daycare.catalogue.visit(visits[0]).unwrap().confirmed_breed.as_deref(),
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
    // Not recorded in the order of their times.
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
            "the oldest first: {index}"
        );
    }
}

#[test]
fn a_clock_that_jumped_removes_nothing() {
    let daycare = Daycare::new();
    let noon = time("2026-05-01T12:00:00Z");
    let visit = daycare.arrives(&NewVisit {
        at: noon,
        ..photographed("unsure", "pug", 16)
    });
    let is_kept = || daycare.catalogue.photograph(visit).unwrap().is_some();
    daycare.clock_goes_on(noon, noon + 48.hours());

    // An empty battery: twenty years ahead, then back, then set right again.
    for jumped in [
        time("2046-05-03T12:00:00Z"),
        time("1970-01-01T00:00:00Z"),
        time("2026-05-03T13:00:00Z"),
        time("2046-05-03T13:00:00Z"),
        time("2046-05-04T12:59:59Z"),
    ] {
        let tidied = daycare.catalogue.tidy(jumped).unwrap();
        assert_eq!(tidied.photographs, 0, "{jumped}");
        assert!(is_kept(), "{jumped}");
    }
    // It goes on for a day as if it were right: it is.
    let tidied = daycare.catalogue.tidy(time("2046-05-04T13:00:00Z"));
    assert_eq!(tidied.unwrap().photographs, 1);
    assert!(!is_kept());
}

#[test]
fn visits_of_a_clock_that_was_behind_keep_their_photographs_once_it_is_right() {
    let daycare = Daycare::new();
    let behind = time("2025-11-01T12:00:00Z");
    let visit = daycare.arrives(&NewVisit {
        at: behind,
        ..photographed("unsure", "pug", 16)
    });
    daycare.catalogue.tidy(behind).unwrap();
    let tidied = daycare.catalogue.tidy(time("2026-05-01T12:10:00Z"));
    assert_eq!(tidied.unwrap().photographs, 0);
    assert!(daycare.catalogue.photograph(visit).unwrap().is_some());
}

#[test]
fn a_catalogue_that_was_just_made_leaves_the_photographs_of_the_former_one() {
    let Daycare { folder, catalogue } = Daycare::new();
    let at = |name: &str| folder.path().join(name);
    catalogue.record(&photographed("unsure", "pug", 16)).unwrap();
    // The last handle that is closed leaves one file, without a log.
    drop(catalogue);
    let kept = files(&at("photographs"));
    let later = Timestamp::now() + 2.hours();

    fs::rename(at("catalogue.sqlite"), at("damaged.sqlite")).unwrap();
    let fresh = Catalogue::open(folder.path()).unwrap();
    assert_eq!(fresh.tidy(later).unwrap().orphans, 0);
    assert_eq!(files(&at("photographs")), kept);

    // Once it is in use they are set aside, not removed.
    let arrival = fresh.record(&photographed("breed", "pug", 16)).unwrap();
    assert_eq!(fresh.tidy(later).unwrap().orphans, 1);
    assert_eq!(files(&at("orphans")), kept);
    assert!(fresh.photograph(arrival.visit).unwrap().is_some());
    drop(fresh);

    // The former one was repaired: it finds them again.
    fs::rename(at("damaged.sqlite"), at("catalogue.sqlite")).unwrap();
    let repaired = Catalogue::open(folder.path()).unwrap();
    repaired.tidy(later).unwrap();
    assert!(files(&at("photographs")).is_superset(&kept));
}

#[test]
fn what_a_power_cut_left_is_set_aside_and_nothing_else() {
    let daycare = Daycare::new();
    let visit = daycare.arrives(&NewVisit {
        at: Timestamp::now(),
        ..photographed("unsure", "pug", 16)
    });
    daycare.says(visit, "pug", None);
    let kept = daycare.photographs();
    let training = daycare.training();

    let orphan = "20260501T080000Z-0123456789abcdef.jpg";
    for (name, age) in [
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
    // Not said by anybody; and what was said is missing.
    fs::write(daycare.at("training/boxer").join(orphan), "").unwrap();
    fs::remove_dir_all(daycare.at("training/pug")).unwrap();

    let tidied = daycare.catalogue.tidy(Timestamp::now()).unwrap();
    assert_eq!((tidied.photographs, tidied.orphans), (0, 1));
    let mut expect = kept;
    expect.extend(
        [
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
