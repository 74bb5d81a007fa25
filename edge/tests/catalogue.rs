//! `kiosk catalogue`, the real program.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::{Daycare, arrival, files, photographed, pug};

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
    daycare.says(visit, "pug", Some(rex));

    done(&kiosk(data, &["export", "out", "--data", "."]));
    assert_eq!(
        files(&data.join("out")).into_iter().collect::<Vec<_>>(),
        ["animals.csv", "catalogue.json", "visits.csv"]
    );
    let animals = fs::read_to_string(data.join("out/animals.csv")).unwrap();
    assert!(animals.contains("Rex"), "{animals}");

    done(&kiosk(data, &["backup", "all.tar", "--data", "."]));
    daycare.catalogue.delete_animal(rex, "owner").unwrap();
    daycare.arrives(&arrival("breed", "pug"));

    let message = done(&kiosk(data, &["restore", "all.tar", "--data", "."]));
    assert!(message.contains("1 animals and 1 visits"), "{message}");
    // The kiosk that runs has it at once.
    assert_eq!(daycare.catalogue.animal(rex).unwrap().fields.name, "Rex");
    assert!(daycare.catalogue.photograph(visit).unwrap().is_some());
    assert_eq!(daycare.training().len(), 1);

    // So does a kiosk that never ran before, in the user's own folder.
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_kiosk"))
        .args(["catalogue", "restore"])
        .arg(data.join("all.tar"))
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
    assert!(!data.join("nowhere").exists(), "asking makes none");
    check(
        &["restore", "text.tar", "--data", "."],
        "text.tar: not a whole backup",
    );
    check(&["restore", "none.tar", "--data", "."], "none.tar");
    check(&["export", "text.tar", "--data", "."], "text.tar");
    check(
        &["backup", "training", "--data", "."],
        "training: not a file",
    );
}
