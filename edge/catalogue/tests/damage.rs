//! Damage to the catalogue's file, and faults of the machine that it is on.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use catalogue::{Catalogue, CatalogueError, Stop, VisitId};
use rusqlite::Connection;

use super::{
    Daycare, all_of, arrival, backed_up, close, contents, decision, files, photographed, pug,
};

/// Opens a catalogue whose file was damaged, and returns the error.
fn damaged(damage: impl FnOnce(&Path)) -> CatalogueError {
    let Daycare {
        folder, catalogue, ..
    } = Daycare::new();
    for _ in 0..10 {
        catalogue.record(&arrival("breed", "pug")).unwrap();
    }
    drop(catalogue);
    let file = folder.path().join("catalogue.sqlite");
    damage(&file);
    let before = fs::read(&file).unwrap();
    let error = Catalogue::open(folder.path()).unwrap_err();
    assert_eq!(
        fs::read(&file).unwrap(),
        before,
        "{error}: the file must stay as it was"
    );
    let message = error.to_string();
    assert!(
        message.contains("catalogue.sqlite") && !message.contains('\n'),
        "{message}"
    );
    error
}

#[test]
fn a_file_that_is_no_catalogue_is_refused_and_left_as_it_was() {
    let sql = |sql: &'static str| {
        move |file: &Path| Connection::open(file).unwrap().execute_batch(sql).unwrap()
    };
    let check = |error: CatalogueError| {
        assert!(matches!(error, CatalogueError::Corrupt { .. }), "{error:?}");
    };
    check(damaged(|file| {
        fs::write(file, "Dear sir or madam, ".repeat(500)).unwrap()
    }));
    check(damaged(|file| fs::write(file, [0; 8192]).unwrap()));
    check(damaged(|file| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    }));
    check(damaged(|file| {
        let mut bytes = fs::read(file).unwrap();
        bytes[100..4096].fill(0xAA);
        fs::write(file, bytes).unwrap();
    }));
    check(damaged(sql("PRAGMA application_id = 7")));
    check(damaged(|file| {
        fs::remove_file(file).unwrap();
        sql("CREATE TABLE contacts (name)")(file);
    }));
}

/// Damages the first page of a table. A catalogue without that page can still be opened.
pub(super) fn damage_page(file: &Path, table: &str) {
    let database = Connection::open(file).unwrap();
    let page: usize = database
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?1",
            [table],
            |row| row.get(0),
        )
        .unwrap();
    drop(database);
    let mut bytes = fs::read(file).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0x5A);
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_folder_in_the_place_of_the_file_is_said_and_a_restore_sets_it_aside() {
    let daycare = backed_up();
    let before = all_of(&daycare.catalogue);
    let (folder, elsewhere) = close(daycare);
    let file = folder.path().join("catalogue.sqlite");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    fs::write(file.join("letter"), "Dear sir or madam").unwrap();
    let error = Catalogue::open(folder.path()).unwrap_err();
    assert!(matches!(error, CatalogueError::Corrupt { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("it is a folder"), "{message}");

    let backup = elsewhere.path().join("backup.tar");
    let restored = Catalogue::restore_to(folder.path(), &backup, &Stop::default()).unwrap();
    let letter = restored.damaged.unwrap().join("catalogue.sqlite/letter");
    assert_eq!(fs::read(letter).unwrap(), b"Dear sir or madam");
    let catalogue = Catalogue::open(folder.path()).unwrap();
    assert_eq!(all_of(&catalogue), before);
}

#[test]
fn a_damaged_index_is_said_and_a_restore_keeps_what_was_left() {
    for index in ["animal_tag", "visit_at", "visit_uid", "change_subject"] {
        let daycare = backed_up();
        let before = all_of(&daycare.catalogue);
        let (folder, elsewhere) = close(daycare);
        let photographs = contents(&folder.path().join("photographs"));
        damage_page(&folder.path().join("catalogue.sqlite"), index);
        let faults = Catalogue::verify(folder.path()).unwrap();
        assert!(!faults.is_empty(), "{index}");

        let backup = elsewhere.path().join("backup.tar");
        let restored = Catalogue::restore_to(folder.path(), &backup, &Stop::default()).unwrap();
        assert!(restored.damaged.unwrap().join("catalogue.sqlite").exists());
        let catalogue = Catalogue::open(folder.path()).unwrap();
        assert_eq!(all_of(&catalogue), before, "{index}");
        drop(catalogue);
        let faults = Catalogue::verify(folder.path()).unwrap();
        assert!(faults.is_empty(), "{index}: {faults:?}");
        let now = contents(&folder.path().join("photographs"));
        assert_eq!(now, photographs, "{index}");
    }
}

#[test]
fn a_restore_over_a_file_that_is_in_use_keeps_it_and_ends_all_changes_until_the_catalogue_is_opened_again()
 {
    let daycare = backed_up();
    let before = all_of(&daycare.catalogue);
    daycare.adds(&pug("Nova"));
    let backup = daycare.backup_file();
    let restored = daycare.catalogue.restore_over(&backup).unwrap();
    let refused = daycare.catalogue.add_animal(&pug("Lost"), "staff");
    assert!(refused.is_err(), "{refused:?}");

    let (folder, _elsewhere) = close(daycare);
    let catalogue = Catalogue::open(folder.path()).unwrap();
    assert_eq!(all_of(&catalogue), before);
    let kept = Connection::open(restored.damaged.unwrap().join("catalogue.sqlite")).unwrap();
    let is_kept = "SELECT count(*) FROM animal WHERE name = 'Nova'";
    let is_kept: usize = kept.query_row(is_kept, [], |row| row.get(0)).unwrap();
    assert_eq!(is_kept, 1);
}

#[test]
fn a_catalogue_of_a_newer_kiosk_is_refused_and_left_as_it_was() {
    let error = damaged(|file| {
        let database = Connection::open(file).unwrap();
        database.pragma_update(None, "user_version", 99).unwrap();
    });
    assert!(
        matches!(error, CatalogueError::Newer { version: 99, .. }),
        "{error:?}"
    );
}

#[test]
fn a_catalogue_that_another_program_locked_is_reported_as_locked() {
    let daycare = Daycare::new();
    let visit = daycare.arrives(&arrival("breed", "pug"));
    let other = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let error = Catalogue::open(daycare.folder.path()).unwrap_err();
    assert!(matches!(error, CatalogueError::Locked { .. }), "{error:?}");
    // Readers do not wait. An open catalogue goes on once the other program is done.
    assert_eq!(daycare.catalogue.visit(visit).unwrap().id, visit);
    other.execute_batch("COMMIT").unwrap();
    daycare.arrives(&arrival("breed", "pug"));
}

#[test]
fn what_was_recorded_before_a_power_cut_is_there_afterwards() {
    let Daycare {
        folder, catalogue, ..
    } = Daycare::new();
    drop(catalogue);
    let mut child = recorder(folder.path(), "");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut recorded = Vec::new();
    for line in lines {
        let number = line.unwrap();
        let number = number.split("recorded ").nth(1).map(str::parse);
        recorded.extend(number.and_then(Result::ok).map(VisitId));
        // What it still prints before it dies counts as well.
        if recorded.len() == 40 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(
        recorded.len() >= 40,
        "only {} were recorded",
        recorded.len()
    );

    let catalogue = Catalogue::open(folder.path()).unwrap();
    let photographs = files(&folder.path().join("photographs"));
    assert!(
        !photographs.iter().any(|name| name.starts_with('.')),
        "{photographs:?}"
    );
    for &visit in &recorded {
        let photograph = catalogue.photograph(visit).unwrap().unwrap();
        recognise::photo::decode(&photograph).unwrap();
        assert_eq!(
            catalogue.visit(visit).unwrap().confirmed_breed.as_deref(),
            Some("boxer")
        );
    }
    catalogue.tidy(super::time("2026-05-02T00:00:00Z")).unwrap();
    let training = files(&folder.path().join("training"));
    assert!(training.len() >= recorded.len());
}

#[test]
fn a_start_removes_what_was_cut_off_and_nothing_that_is_being_written() {
    let daycare = Daycare::new();
    for name in [
        "photographs/.unfinished-ab12cd",
        ".backup-passphrase-ab12cd",
        ".kiosk-id-ab12cd",
    ] {
        let left = daycare.at(name);
        fs::write(&left, "half of it").unwrap();
        drop(daycare.again());
        assert!(!left.exists(), "{name}");

        fs::write(&left, "half of it").unwrap();
        let writer = File::open(&left).unwrap();
        writer.try_lock().unwrap();
        drop(daycare.again());
        assert!(left.exists(), "somebody writes {name}");
        drop(writer);
    }

    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..20 {
                daycare.arrives(&photographed("unsure", "pug", 200));
            }
        });
        while !writer.is_finished() {
            drop(daycare.again());
        }
    });
    drop(daycare.again());
    assert_eq!(daycare.photographs().len(), 20);
}

#[test]
fn a_full_disk_loses_nothing_that_was_recorded() {
    let Daycare {
        folder, catalogue, ..
    } = Daycare::new();
    drop(catalogue);
    // No file may grow beyond 300 KiB. A write beyond it fails, without a signal.
    let mut child = recorder(folder.path(), "trap '' XFSZ; ulimit -f 600;");
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .collect();
    child.wait().unwrap();
    let recorded = lines
        .iter()
        .filter(|line| line.contains("recorded "))
        .count();
    let refused = lines
        .iter()
        .find(|line| line.contains("refused: "))
        .unwrap();
    assert!(
        refused.contains("catalogue.sqlite") && refused.contains("disk"),
        "{refused}"
    );
    assert!(recorded > 0);

    let catalogue = Catalogue::open(folder.path()).unwrap();
    let visits = catalogue.totals().unwrap().visits as usize;
    // The last one may have been recorded but not confirmed.
    assert!(
        visits == recorded || visits == recorded + 1,
        "{visits} of {recorded}"
    );
    catalogue.record(&arrival("breed", "pug")).unwrap();
}

/// Starts another process that records in this folder until it cannot. `shell` is a command to run
/// before.
fn recorder(folder: &Path, shell: &str) -> Child {
    Command::new("sh")
        .args(["-c", &format!("{shell} exec \"$0\" \"$@\"")])
        .arg(env::current_exe().unwrap())
        .args([
            "--exact",
            "damage::recorder_process",
            "--ignored",
            "--nocapture",
        ])
        .env("RECORD_IN", folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the other process of the two tests above"]
fn recorder_process() {
    let folder = env::var_os("RECORD_IN").expect("the folder to record in");
    let catalogue = Catalogue::open(Path::new(&folder)).unwrap();
    let new = photographed("breed", "pug", 32);
    let error = loop {
        let confirmed = catalogue
            .record(&new)
            .and_then(|recorded| catalogue.confirm(recorded.visit, &decision("boxer", None)));
        match confirmed {
            Ok(visit) => println!("recorded {}", visit.id),
            Err(error) => break error,
        }
    };
    println!("refused: {error}");
}
