//! `kiosk catalogue`, the real program.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use catalogue::Catalogue;

use crate::daycare::{Daycare, arrival, files, photographed, pug};

fn kiosk(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kiosk"))
        .current_dir(data)
        .arg("catalogue")
        .args(arguments)
        .output()
        .unwrap()
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn failed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(
        message.matches("os error").count() < 2,
        "said twice: {message}"
    );
    message
}

#[test]
fn the_catalogue_is_exported_backed_up_and_restored_while_the_kiosk_runs() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    let rex = daycare.adds(&pug("Rex"));
    let visit = daycare.arrives(&photographed("unsure", "boxer", 16));
    daycare.confirms(visit, "pug", Some(rex));

    done(&kiosk(data, &["export", "out", "--data", "."]));
    assert_eq!(
        files(&data.join("out")).into_iter().collect::<Vec<_>>(),
        ["animals.csv", "catalogue.json", "owners.csv", "visits.csv"]
    );
    let animals = fs::read_to_string(data.join("out/animals.csv")).unwrap();
    assert!(animals.contains("Rex"), "{animals}");

    let family = daycare.elsewhere.path().join("family.tar");
    let family_of = ["export", "--animal", "1", family.to_str().unwrap()];
    done(&kiosk(data, &[&family_of[..], &["--data", "."]].concat()));
    let archive = String::from_utf8_lossy(&fs::read(&family).unwrap()).into_owned();
    for part in [
        "family.json",
        "photographs/visit-1.jpg",
        "\"name\": \"Rex\"",
    ] {
        assert!(archive.contains(part), "{part}");
    }
    let again = failed(&kiosk(data, &[&family_of[..], &["--data", "."]].concat()));
    assert!(again.contains("family.tar: exists"), "{again}");

    let backup = daycare.backup_file();
    let backup = backup.to_str().unwrap();
    done(&kiosk(data, &["backup", backup, "--data", "."]));
    daycare.catalogue.delete_animal(rex, "owner").unwrap();
    daycare.arrives(&arrival("breed", "pug"));

    let message = done(&kiosk(data, &["restore", backup, "--data", "."]));
    assert!(message.contains("1 animals and 1 visits"), "{message}");
    // The kiosk that runs has it at once.
    assert_eq!(daycare.catalogue.animal(rex).unwrap().fields.name, "Rex");
    assert!(daycare.catalogue.photograph(visit).unwrap().is_some());
    assert_eq!(daycare.training().len(), 1);

    // So does a kiosk that never ran before, in the user's own folder.
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_kiosk"))
        .args(["catalogue", "restore", backup])
        .env("XDG_DATA_HOME", home.path())
        .output()
        .unwrap();
    done(&output);
    assert!(home.path().join("breed-kiosk/catalogue.sqlite").exists());
}

#[test]
fn what_cannot_be_done_is_said_in_one_line() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    let check = |arguments: &[&str], expect: &str| {
        let message = failed(&kiosk(data, arguments));
        assert!(message.contains(expect), "{message}");
    };
    fs::write(data.join("text.tar"), "Dear sir or madam").unwrap();
    check(&["export", "out", "--data", "nowhere"], "no catalogue");
    check(&["backup", "all.tar", "--data", "nowhere"], "no catalogue");
    check(&["verify", "--data", "nowhere"], "no catalogue");
    assert!(!data.join("nowhere").exists(), "asking makes none");
    check(
        &["restore", "text.tar", "--data", "."],
        "text.tar: not a whole backup",
    );
    check(&["restore", "none.tar", "--data", "."], "none.tar");
    check(&["export", "text.tar", "--data", "."], "text.tar");
    check(
        &["export", "--animal", "99", "family.tar", "--data", "."],
        "there is no animal 99",
    );
    check(
        &["backup", "training", "--data", "."],
        "training: not a file",
    );
    for own in ["all.tar", "catalogue.sqlite", "text.tar"] {
        check(
            &["backup", "--force", own, "--data", "."],
            "in the catalogue's own folder",
        );
    }
    let letter = daycare.elsewhere.path().join("letter.txt");
    fs::write(&letter, "Dear sir or madam").unwrap();
    let letter = letter.to_str().unwrap();
    check(
        &["backup", letter, "--data", "."],
        "letter.txt: exists and is not a backup",
    );
    done(&kiosk(data, &["backup", "--force", letter, "--data", "."]));
    done(&kiosk(data, &["backup", letter, "--data", "."]));
}

#[test]
fn faults_are_listed_a_line_each() {
    let daycare = Daycare::new();
    let data = daycare.folder.path();
    daycare.arrives(&photographed("breed", "boxer", 16));
    daycare.arrives(&photographed("breed", "pug", 16));
    let whole = done(&kiosk(data, &["verify", "--data", "."]));
    assert_eq!(whole, "the catalogue is whole\n");
    for name in daycare.photographs() {
        fs::remove_file(data.join("photographs").join(name)).unwrap();
    }
    let output = kiosk(data, &["verify", "--data", "."]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let faults = String::from_utf8(output.stdout).unwrap();
    assert_eq!(faults.matches(" is missing\n").count(), 2, "{faults}");
    assert_eq!(faults.lines().count(), 2, "{faults}");
}

#[test]
fn a_catalogue_that_the_user_may_not_write_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    drop(Catalogue::open(folder).unwrap());
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
        // Nothing is read-only for the superuser, so the program runs as another user.
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
    // The file may be written, but SQLite cannot create its files beside it.
    allow(0o555, 0o666);
    check();
    allow(0o755, 0o644);
}
