//! Whether a visit could be recorded: tried without recording one.

use std::fs;

use catalogue::CatalogueError;
use rusqlite::Connection;

use super::{Daycare, arrival, files};

#[test]
fn a_try_leaves_nothing_behind() {
    let daycare = Daycare::new();
    let visit = daycare.arrives(&arrival("breed", "pug"));
    let state = || {
        let totals = daycare.catalogue.totals().unwrap();
        let log = fs::read(daycare.at("catalogue.sqlite-wal")).unwrap();
        (totals.visits, files(daycare.folder.path()), log)
    };
    let before = state();
    for _ in 0..3 {
        daycare.catalogue.try_recording().unwrap();
        daycare.catalogue.try_writing().unwrap();
    }
    assert!(state() == before);
    let next = daycare.arrives(&arrival("breed", "pug"));
    assert_eq!(next.0, visit.0 + 1, "no number is used up");
}

#[test]
fn what_would_keep_a_visit_from_being_recorded_is_found() {
    let daycare = Daycare::new();
    daycare.catalogue.try_recording().unwrap();

    let other = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
    let run = |sql: &str| other.execute_batch(sql).unwrap();
    run("CREATE TRIGGER no BEFORE INSERT ON visit BEGIN SELECT raise(ABORT, 'no'); END");
    let error = daycare.catalogue.try_recording().unwrap_err().to_string();
    assert!(error.contains("catalogue.sqlite"), "{error}");
    run("DROP TRIGGER no");
    daycare.catalogue.try_recording().unwrap();

    fs::rename(
        daycare.folder.path(),
        daycare.elsewhere.path().join("moved"),
    )
    .unwrap();
    for tried in [
        daycare.catalogue.try_recording(),
        daycare.catalogue.try_writing(),
    ] {
        let error = tried.unwrap_err();
        assert!(matches!(error, CatalogueError::Io { .. }), "{error}");
    }
}
