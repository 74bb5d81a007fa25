//! What may happen to a catalogue's file, and to the machine under it.

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use catalogue::{Catalogue, CatalogueError, VisitId};
use rusqlite::Connection;

use super::{Daycare, arrival, files, photographed};

/// Opens a catalogue on whose file something happened; returns why it could not.
fn spoiled(spoil: impl FnOnce(&Path)) -> CatalogueError {
    let Daycare { folder, catalogue } = Daycare::new();
    for _ in 0..10 {
        catalogue.record(&arrival("breed", "pug")).unwrap();
    }
    drop(catalogue);
    let file = folder.path().join("catalogue.sqlite");
    spoil(&file);
    let before = fs::read(&file).unwrap();
    let error = Catalogue::open(folder.path()).unwrap_err();
    assert_eq!(
        fs::read(&file).unwrap(),
        before,
        "{error}: the file is as it was"
    );
    let message = error.to_string();
    assert!(
        message.contains("catalogue.sqlite") && !message.contains('\n'),
        "{message}"
    );
    error
}

#[test]
fn a_file_that_is_no_catalogue_is_left_alone() {
    let sql = |sql: &'static str| {
        move |file: &Path| Connection::open(file).unwrap().execute_batch(sql).unwrap()
    };
    let check = |error: CatalogueError| {
        assert!(matches!(error, CatalogueError::Corrupt { .. }), "{error:?}");
    };
    check(spoiled(|file| {
        fs::write(file, "Dear sir or madam, ".repeat(500)).unwrap()
    }));
    check(spoiled(|file| fs::write(file, [0; 8192]).unwrap()));
    check(spoiled(|file| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    }));
    check(spoiled(|file| {
        let mut bytes = fs::read(file).unwrap();
        bytes[100..4096].fill(0xAA);
        fs::write(file, bytes).unwrap();
    }));
    check(spoiled(sql("PRAGMA application_id = 7")));
    check(spoiled(|file| {
        fs::remove_file(file).unwrap();
        sql("CREATE TABLE contacts (name)")(file);
    }));
}

#[test]
fn a_catalogue_of_a_newer_kiosk_is_left_alone() {
    let error = spoiled(|file| {
        let database = Connection::open(file).unwrap();
        database.pragma_update(None, "user_version", 99).unwrap();
    });
    assert!(
        matches!(error, CatalogueError::Newer { version: 99, .. }),
        "{error:?}"
    );
}

#[test]
fn a_catalogue_that_another_program_locks_says_so() {
    let daycare = Daycare::new();
    let visit = daycare.arrives(&arrival("breed", "pug"));
    let other = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let error = Catalogue::open(daycare.folder.path()).unwrap_err();
    assert!(matches!(error, CatalogueError::Locked { .. }), "{error:?}");
    // Readers do not wait, and what is open goes on once the other is done.
    assert_eq!(daycare.catalogue.visit(visit).unwrap().id, visit);
    other.execute_batch("COMMIT").unwrap();
    daycare.arrives(&arrival("breed", "pug"));
}

#[test]
fn a_catalogue_that_this_user_may_not_write_says_so() {
    let Daycare { folder, catalogue } = Daycare::new();
    drop(catalogue);
    let folder = folder.path();
    let allow = |mode_of_folder, mode_of_file| {
        let set = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        };
        set(folder, mode_of_folder);
        set(&folder.join("catalogue.sqlite"), mode_of_file);
    };
    let check = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        command.args(["catalogue", "export", "/nowhere", "--data"]);
        command.arg(folder);
        // To the superuser nothing is read-only: it becomes somebody else.
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(65_534);
        }
        match command.output() {
            Ok(output) => {
                assert_eq!(output.status.code(), Some(1), "{output:?}");
                let message = String::from_utf8(output.stderr).unwrap();
                assert!(
                    message.contains("catalogue.sqlite: cannot be opened for writing"),
                    "{message}"
                );
                assert_eq!(message.lines().count(), 1, "{message}");
            }
            Err(error) => println!("skipped: the program cannot be run as another user: {error}"),
        }
    };
    allow(0o555, 0o444);
    check();
    // Its file alone would do, but what SQLite keeps beside it has no place.
    allow(0o555, 0o666);
    check();
    allow(0o755, 0o644);
}

#[test]
fn what_was_recorded_before_a_power_cut_is_there_after_it() {
    let Daycare { folder, catalogue } = Daycare::new();
    drop(catalogue);
    let mut child = recorder(folder.path(), "");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut recorded = Vec::new();
    for line in lines {
        let number = line.unwrap();
        let number = number.split("recorded ").nth(1).map(str::parse);
        recorded.extend(number.and_then(Result::ok).map(VisitId));
        // What it still says before it dies counts too.
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
fn a_disk_that_takes_no_more_loses_nothing_that_was_recorded() {
    let Daycare { folder, catalogue } = Daycare::new();
    drop(catalogue);
    // No file may grow beyond 300 KiB; whoever tries gets an error instead of a signal.
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
    // The last one may have been recorded and not settled.
    assert!(
        visits == recorded || visits == recorded + 1,
        "{visits} of {recorded}"
    );
    catalogue.record(&arrival("breed", "pug")).unwrap();
}

/// Another process that records in this folder until it cannot, with something for the shell to
/// do before.
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
        let settled = catalogue.record(&new).and_then(|recorded| {
            let said = super::said("boxer", None);
            catalogue.confirm(recorded.visit, &said)
        });
        match settled {
            Ok(visit) => println!("recorded {}", visit.id),
            Err(error) => break error,
        }
    };
    println!("refused: {error}");
}
