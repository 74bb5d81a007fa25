//! Checking a catalogue.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::SystemTime;

use catalogue::{Catalogue, CatalogueError};
use rusqlite::Connection;

use super::backup::zero_the_end;
use super::damage::damage_page;
use super::{Daycare, arrival, backed_up, close, contents, files, photographed};

#[test]
fn verifying_finds_every_fault_and_changes_nothing() {
    let check = |what: &str, expect: &[&str], damage: &dyn Fn(&Path)| {
        let daycare = backed_up();
        let (folder, _elsewhere) = close(daycare);
        damage(folder.path());
        let before = contents(folder.path());
        let faults = Catalogue::verify(folder.path()).unwrap();
        assert_eq!(faults.len(), expect.len(), "{what}: {faults:?}");
        for (fault, expect) in faults.iter().zip(expect) {
            assert!(fault.contains(expect), "{what}: {fault}");
            assert!(!fault.contains('\n'), "{what}: {fault}");
        }
        assert_eq!(contents(folder.path()), before, "{what}");
    };
    let sql = |sql: &'static str| {
        move |folder: &Path| {
            let database = Connection::open(folder.join("catalogue.sqlite")).unwrap();
            database.execute_batch(sql).unwrap();
        }
    };
    let photographs = |cut: fn(&Path)| {
        move |folder: &Path| {
            for name in files(&folder.join("photographs")) {
                cut(&folder.join("photographs").join(name));
            }
        }
    };
    check("whole", &[], &|_| {});
    check(
        "photographs removed",
        &["is missing", "is missing"],
        &photographs(|path| fs::remove_file(path).unwrap()),
    );
    check(
        "photographs cut short",
        &[
            "is 100 bytes long instead of",
            "is 100 bytes long instead of",
        ],
        &photographs(|path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..100]).unwrap();
        }),
    );
    check(
        "photographs of zeros",
        &["is no JPEG", "is no JPEG"],
        &photographs(|path| {
            let length = fs::read(path).unwrap().len();
            fs::write(path, vec![0; length]).unwrap();
        }),
    );
    check(
        "photographs that are zeros at their end",
        &["is damaged", "is damaged"],
        &photographs(|path| {
            let mut bytes = fs::read(path).unwrap();
            zero_the_end(&mut bytes);
            fs::write(path, bytes).unwrap();
        }),
    );
    check(
        "a visit of nobody",
        &["visit 1 refers to a missing animal"],
        &sql("PRAGMA foreign_keys = 0; UPDATE visit SET animal = 77 WHERE id = 1"),
    );
    check(
        "a value that cannot be",
        &["CHECK constraint failed"],
        &sql("PRAGMA ignore_check_constraints = 1; UPDATE visit SET source = 'x' WHERE id = 1"),
    );
    check(
        "another program's table",
        &["not those of a catalogue"],
        &sql("CREATE TABLE more (x)"),
    );

    let (folder, _elsewhere) = close(backed_up());
    let file = folder.path().join("catalogue.sqlite");
    damage_page(&file, "change");
    assert!(!Catalogue::verify(folder.path()).unwrap().is_empty());
    fs::write(&file, "").unwrap();
    let error = Catalogue::verify(folder.path()).unwrap_err();
    assert!(matches!(error, CatalogueError::Lost { .. }), "{error}");
}

#[test]
fn a_catalogue_is_verified_while_others_write() {
    let daycare = backed_up();
    daycare.arrives(&photographed("breed", "pug", 16));
    let log = daycare.at("catalogue.sqlite-wal");
    let before = fs::read(&log).unwrap();
    assert!(Catalogue::verify(daycare.folder.path()).unwrap().is_empty());
    assert_eq!(fs::read(&log).unwrap(), before);
    daycare.arrives(&arrival("breed", "pug"));
}

/// When the database was last written, and what is in its log. The database itself is not opened: it would
/// lose its locks.
fn written(daycare: &Daycare) -> (SystemTime, Vec<u8>) {
    let database = fs::metadata(daycare.at("catalogue.sqlite")).unwrap();
    let log = fs::read(daycare.at("catalogue.sqlite-wal")).unwrap();
    (database.modified().unwrap(), log)
}

#[test]
fn a_catalogue_in_use_says_what_another_program_did_to_it_until_a_backup_is_restored() {
    for (sql, expect) in [
        (
            "PRAGMA foreign_keys = 0; UPDATE visit SET animal = 77 WHERE id = 1",
            "visit 1 refers to a missing animal",
        ),
        (
            "PRAGMA ignore_check_constraints = 1; UPDATE visit SET source = 'x' WHERE id = 1",
            "CHECK constraint failed",
        ),
        ("CREATE TABLE more (x)", "not those of a catalogue"),
        (
            "CREATE TRIGGER more AFTER INSERT ON visit BEGIN DELETE FROM animal; END",
            "not those of a catalogue",
        ),
    ] {
        let daycare = backed_up();
        let catalogue = &daycare.catalogue;
        catalogue.check().unwrap();
        assert!(!catalogue.is_damaged().unwrap(), "{sql}");

        let other = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
        other.execute_batch(sql).unwrap();
        drop(other);
        let before = written(&daycare);
        let error = catalogue.check().unwrap_err();
        assert!(
            matches!(&error, CatalogueError::Corrupt { reason, .. } if reason.contains(expect)),
            "{sql}: {error}"
        );
        assert!(catalogue.is_damaged().unwrap(), "{sql}");
        assert!(written(&daycare) == before, "{sql}: looking writes nothing");

        let restored = catalogue.restore(&daycare.backup_file()).unwrap();
        let kept = restored.damaged.expect("what was left is kept");
        assert!(kept.join("catalogue.sqlite").exists(), "{sql}");
        catalogue.check().unwrap();
        assert!(!catalogue.is_damaged().unwrap(), "{sql}");
    }
}

#[test]
fn a_whole_catalogue_is_found_whole_while_others_write() {
    let daycare = backed_up();
    let again = daycare.again();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..30 {
                daycare.arrives(&arrival("breed", "pug"));
                again.record(&arrival("breed", "beagle")).unwrap();
            }
        });
        while !writer.is_finished() {
            daycare.catalogue.check().unwrap();
            assert!(!daycare.catalogue.is_damaged().unwrap());
        }
    });
    // Nor does it wait for one who takes his time.
    let other = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let before = written(&daycare);
    daycare.catalogue.check().unwrap();
    assert!(!daycare.catalogue.is_damaged().unwrap());
    assert!(written(&daycare) == before, "looking writes nothing");
    other.execute_batch("COMMIT").unwrap();
    daycare.arrives(&arrival("breed", "pug"));
}
