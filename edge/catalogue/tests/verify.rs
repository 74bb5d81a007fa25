//! Checking a catalogue.

use std::fs;
use std::path::Path;

use catalogue::{Catalogue, CatalogueError};
use rusqlite::Connection;

use super::backup::zero_the_end;
use super::damage::damage_page;
use super::{arrival, backed_up, close, contents, files, photographed};

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
