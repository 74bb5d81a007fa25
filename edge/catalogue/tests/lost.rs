//! Catalogues whose file was lost, and how they are restored.

use std::fs;
use std::path::Path;

use catalogue::{Catalogue, CatalogueError, Stop};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{Daycare, all_of, arrival, backed_up, close, contents, files, photographed};

/// The bytes of a database in one file.
fn database(sql: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("database");
    let database = Connection::open(&file).unwrap();
    database.execute_batch(sql).unwrap();
    drop(database);
    fs::read(file).unwrap()
}

#[test]
fn a_catalogue_whose_file_was_lost_is_not_begun_anew() {
    let daycare = backed_up();
    let backup = fs::read(daycare.backup_file()).unwrap();
    let blank = database("CREATE TABLE t (x); DROP TABLE t");
    let photograph = |folder: &str| format!("{folder}/20260501T080000Z-0123456789abcdef.jpg");
    for (what, said) in [
        (photograph("photographs"), "photographs/ (1)"),
        (photograph("orphans"), "orphans/ (1)"),
        (photograph("training/pug"), "training/ (1)"),
        ("kiosk.tar".to_owned(), "kiosk.tar"),
        ("catalogue.sqlite-wal".to_owned(), "catalogue.sqlite-wal"),
        ("catalogue.sqlite-shm".to_owned(), "catalogue.sqlite-shm"),
    ] {
        for file in [None, Some(Vec::new()), Some(blank.clone())] {
            let folder = tempfile::tempdir().unwrap();
            let beside = folder.path().join(&what);
            fs::create_dir_all(beside.parent().unwrap()).unwrap();
            fs::write(beside, &backup).unwrap();
            if let Some(bytes) = &file {
                fs::write(folder.path().join("catalogue.sqlite"), bytes).unwrap();
            }
            let before = contents(folder.path());
            let bytes = file.map(|bytes| bytes.len());
            assert!(Catalogue::exists(folder.path()), "{what}, {bytes:?}");
            for _ in 0..2 {
                let error = Catalogue::open(folder.path()).unwrap_err();
                let message = error.to_string();
                assert!(
                    matches!(error, CatalogueError::Lost { .. }),
                    "{what}, {bytes:?}: {message}"
                );
                assert!(
                    message.contains("catalogue.sqlite: missing or empty")
                        && message.contains(said)
                        && message.contains("kiosk catalogue restore")
                        && !message.contains('\n'),
                    "{message}"
                );
                let after = contents(folder.path());
                for (name, bytes) in &before {
                    assert_eq!(after.get(name), Some(bytes), "{what}: {name}");
                }
            }
        }
    }
}

#[test]
fn an_empty_file_or_none_beside_empty_folders_is_damage_and_alone_a_new_catalogue() {
    let (folder, _elsewhere) = close(Daycare::new());
    let file = folder.path().join("catalogue.sqlite");
    fs::remove_file(&file).unwrap();
    for left in [None, Some(Vec::new())] {
        if let Some(bytes) = &left {
            fs::write(&file, bytes).unwrap();
        }
        assert!(Catalogue::exists(folder.path()));
        let error = Catalogue::open(folder.path()).unwrap_err();
        assert!(matches!(error, CatalogueError::Lost { .. }), "{error}");
        assert_eq!(fs::read(&file).ok(), left);
    }

    let folder = tempfile::tempdir().unwrap();
    assert!(!Catalogue::exists(folder.path()));
    fs::write(folder.path().join("catalogue.sqlite"), "").unwrap();
    // What the kiosk makes before its first catalogue, and what others keep there.
    fs::write(folder.path().join("access.toml"), "").unwrap();
    fs::write(folder.path().join("notes.tar"), "none of ours").unwrap();
    let catalogue = Catalogue::open(folder.path()).unwrap();
    catalogue.record(&arrival("breed", "pug")).unwrap();
}

#[test]
fn the_log_beside_a_file_that_is_refused_survives() {
    let daycare = backed_up();
    let [file, log] = ["catalogue.sqlite", "catalogue.sqlite-wal"].map(|name| daycare.at(name));
    let log_of_all = fs::read(&log).unwrap();
    let newer = Connection::open(&file).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    let newer = [&file, &log].map(|path| fs::read(path).unwrap());

    let other = tempfile::tempdir().unwrap();
    let [file, log] = ["contacts", "contacts-wal"].map(|name| other.path().join(name));
    let contacts = Connection::open(&file).unwrap();
    contacts
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE contacts (name)")
        .unwrap();
    let contacts_in_log = [&file, &log].map(|path| fs::read(path).unwrap());

    for (what, [file, log]) in [
        ("emptied", [Vec::new(), log_of_all]),
        ("a newer kiosk's", newer),
        ("another program's", contacts_in_log),
    ] {
        assert!(log.len() > 4096, "{what}");
        let folder = tempfile::tempdir().unwrap();
        let [file_here, log_here] =
            ["catalogue.sqlite", "catalogue.sqlite-wal"].map(|name| folder.path().join(name));
        fs::write(&file_here, &file).unwrap();
        fs::write(&log_here, &log).unwrap();
        for _ in 0..2 {
            Catalogue::open(folder.path()).unwrap_err();
            assert_eq!(fs::read(&file_here).unwrap(), file, "{what}");
            assert_eq!(fs::read(&log_here).unwrap(), log, "{what}");
        }
    }
}

#[test]
fn a_catalogue_that_was_closed_is_one_file_that_is_whole_by_itself() {
    let daycare = backed_up();
    let before = all_of(&daycare.catalogue);
    let log = daycare.at("catalogue.sqlite-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0);
    // What stays open elsewhere keeps its log, which is empty after a checkpoint.
    daycare.catalogue.checkpoint().unwrap();
    assert_eq!(fs::metadata(&log).unwrap().len(), 0);
    let copy = |to: &TempDir, folder: &TempDir| {
        let [from, to] = [folder, to].map(|folder| folder.path().join("catalogue.sqlite"));
        fs::copy(from, to).unwrap();
    };
    let alone = tempfile::tempdir().unwrap();
    copy(&alone, &daycare.folder);
    let catalogue = Catalogue::open(alone.path()).unwrap();
    assert_eq!(all_of(&catalogue), before);

    daycare.arrives(&arrival("breed", "pug"));
    let before = all_of(&daycare.catalogue);
    let (folder, _elsewhere) = close(daycare);
    for end in ["sqlite-wal", "sqlite-shm"] {
        let file = folder.path().join("catalogue").with_extension(end);
        assert!(!file.exists(), "{}", file.display());
    }
    let alone = tempfile::tempdir().unwrap();
    copy(&alone, &folder);
    let catalogue = Catalogue::open(alone.path()).unwrap();
    assert_eq!(all_of(&catalogue), before);
}

#[test]
fn a_damaged_or_lost_catalogue_is_restored_and_what_was_left_is_kept() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 5] = [
        ("random", |file| fs::write(file, [7; 10_000]).unwrap()),
        ("emptied", |file| fs::write(file, "").unwrap()),
        ("removed", |file| fs::remove_file(file).unwrap()),
        ("cut short", |file| {
            let bytes = fs::read(file).unwrap();
            fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("another program's", |file| {
            fs::write(file, database("CREATE TABLE contacts (name)")).unwrap();
        }),
    ];
    for (what, damage) in damages {
        let daycare = backed_up();
        let before = all_of(&daycare.catalogue);
        daycare.arrives(&photographed("unsure", "siamese", 40));
        let photographs = daycare.photographs();
        let (folder, elsewhere) = close(daycare);
        let file = folder.path().join("catalogue.sqlite");
        damage(&file);
        let left = fs::read(&file).ok();

        let wrong = elsewhere.path().join("wrong.tar");
        fs::write(&wrong, "Dear sir or madam").unwrap();
        let error = Catalogue::restore_to(folder.path(), &wrong, &Stop::default()).unwrap_err();
        assert!(
            matches!(error, CatalogueError::NotABackup { .. }),
            "{what}: {error}"
        );
        assert_eq!(fs::read(&file).ok(), left, "{what}: nothing has changed");

        let backup = elsewhere.path().join("backup.tar");
        let restored = Catalogue::restore_to(folder.path(), &backup, &Stop::default()).unwrap();
        let kept = (restored.damaged).map(|kept| fs::read(kept.join("catalogue.sqlite")).unwrap());
        assert_eq!(kept, left, "{what}");
        let catalogue = Catalogue::open(folder.path()).unwrap();
        assert_eq!(all_of(&catalogue), before, "{what}");
        assert_eq!(
            files(&folder.path().join("photographs")),
            photographs,
            "{what}"
        );
        drop(catalogue);
        let faults = Catalogue::verify(folder.path()).unwrap();
        assert!(faults.is_empty(), "{what}: {faults:?}");
    }
}

#[test]
fn going_back_from_a_newer_kiosk_changes_nothing_unless_all_of_it_is_kept() {
    let daycare = backed_up();
    let backup = daycare.backup_file();
    daycare.arrives(&photographed("unsure", "boxer", 16));
    let photographs = daycare.photographs();
    let (data, _elsewhere) = close(daycare);
    let data = data.path();
    let newer = Connection::open(data.join("catalogue.sqlite")).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let aside = || {
        let names = fs::read_dir(data).unwrap().flatten();
        let names = names.map(|entry| entry.file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("newer-")).count()
    };

    // It can be neither linked nor copied.
    let obstacle = data.join("photographs/20260501T080000Z-0123456789abcdef.jpg");
    fs::create_dir(&obstacle).unwrap();
    Catalogue::restore_if_newer(data, &backup).expect_err("a folder that is no photograph");
    assert!(matches!(
        Catalogue::open(data),
        Err(CatalogueError::Newer { version: 99, .. })
    ));
    assert_eq!(aside(), 0);

    fs::remove_dir(&obstacle).unwrap();
    assert_eq!(files(&data.join("photographs")), photographs);
    let restored = Catalogue::restore_if_newer(data, &backup).unwrap().unwrap();
    let newer = restored.damaged.expect("the newer one is kept");
    assert_eq!(files(&newer.join("photographs")), photographs);
    assert!(newer.join("catalogue.sqlite").exists());
    assert_eq!(aside(), 1);
    let again = Catalogue::restore_if_newer(data, &backup).unwrap();
    assert_eq!(again, None);
}
