//! `kiosk doctor`, the real program, beside a healthy kiosk and on a broken one.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use catalogue::{Catalogue, Settings};
use edge::config::LastGood;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use tempfile::TempDir;

use crate::daycare::Daycare;
use crate::run::Running;

/// Runs the doctor with these settings; returns the exit code and what it found, once as JSON and
/// once for people.
fn examine(settings: &str) -> (i32, Value, String) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kiosk.toml");
    fs::write(&file, settings).unwrap();
    let run = |arguments: &[&str]| {
        let mut kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        kiosk.args(["doctor", "--config"]).arg(&file);
        let output = kiosk.args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text)
    };
    let (code, json) = run(&["--json"]);
    assert_eq!(json.lines().count(), 1, "{json}");
    let (_, for_people) = run(&[]);
    (code, serde_json::from_str(&json).unwrap(), for_people)
}

/// What was found about a part: its state, and the text with the advice.
fn of(report: &Value, about: &str) -> (String, String) {
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["about"] == about);
    let found = found.unwrap_or_else(|| panic!("nothing about {about}: {report}"));
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (
        text("state"),
        format!("{} {}", text("found"), text("advice")),
    )
}

/// Asserts that a part was found wrong, and that this is said about it.
fn is_wrong(report: &Value, about: &str, expected: &str) {
    let (state, text) = of(report, about);
    assert_eq!(state, "wrong", "{about}: {text}");
    assert!(text.contains(expected), "{about}: {text}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_healthy_kiosk_is_right_while_it_runs() {
    let data = TempDir::new().unwrap();
    let running = Running::new(data.path(), &[]);
    let before = names(data.path());
    let listen = running.base.strip_prefix("http://").unwrap();
    let (code, report, for_people) = examine(&format!(
        "data = {:?}\nlisten = \"{listen}\"\ncamera = \"none\"\ndisplay = \"none\"\n\
         [buttons]\nkeypad = \"none\"\n",
        data.path()
    ));
    for about in [
        "camera",
        "display",
        "buttons",
        "model",
        "permissions",
        "catalogue",
        "encryption",
        "page",
        "setup",
        "network",
        "name",
        "https",
    ] {
        let (state, text) = of(&report, about);
        assert_eq!(state, "right", "{about}: {text}");
    }
    let (state, text) = of(&report, "backups");
    assert_eq!(state, "unknown", "none are configured: {text}");
    assert!(text.contains("[backup] in kiosk.toml"), "{text}");
    // Those depend on the machine that the test runs on.
    for about in [
        "disk",
        "fsync",
        "wear",
        "clock",
        "zone",
        "memory",
        "limits",
        "temperature",
        "power",
    ] {
        assert!(!of(&report, about).1.is_empty());
    }
    let findings = report["findings"].as_array().unwrap();
    let is_right = findings.iter().all(|finding| finding["state"] != "wrong");
    assert_eq!(report["right"], is_right);
    assert_eq!(code, i32::from(!is_right));
    for finding in findings.iter().filter(|it| it["state"] == "wrong") {
        assert!(finding["advice"].is_string(), "{finding}");
    }
    assert_eq!(for_people.lines().count(), findings.len(), "{for_people}");
    assert_eq!(names(data.path()), before, "nothing is left behind");
}

#[test]
fn what_is_broken_is_named_with_what_to_do() {
    let data = TempDir::new().unwrap();
    fs::set_permissions(data.path(), Permissions::from_mode(0o755)).unwrap();
    let catalogue = data.path().join("catalogue.sqlite");
    fs::write(&catalogue, vec![7; 10_000]).unwrap();
    let model = data.path().join("bad.onnx");
    fs::write(&model, "no network").unwrap();
    let (code, report, for_people) = examine(&format!(
        "data = {:?}\nmodel = {model:?}\ncamera = \"/dev/video77\"\ndisplay = \"spi\"\n\
         listen = \"127.0.0.1:1\"\n\
         [panel]\ndriver = \"st7789\"\nbus = \"/dev/spidev7.0\"\n\
         [buttons]\nconfirm = 5\ngpio = \"/dev/gpiochip77\"\n",
        data.path()
    ));
    assert_eq!((code, &report["right"]), (1, &Value::Bool(false)));
    for (about, expected) in [
        ("camera", "/dev/video77"),
        ("display", "/dev/spidev7.0: no such device"),
        ("buttons", "/dev/gpiochip77: no such device"),
        ("model", "bad.onnx"),
        ("permissions", "chmod 700"),
        ("catalogue", "kiosk catalogue restore"),
    ] {
        is_wrong(&report, about, expected);
        let line = for_people.lines().find(|line| line.contains(expected));
        assert!(line.unwrap().starts_with("NOT RIGHT"), "{for_people}");
    }
    assert_eq!(of(&report, "page").0, "unknown", "no kiosk runs");
    assert_eq!(fs::read(&catalogue).unwrap(), vec![7; 10_000]);
}

#[test]
fn a_folder_that_cannot_be_written_and_a_wrong_certificate_are_named_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let [certificate, key] = ["page.pem", "page.key"].map(|name| folder.path().join(name));
    fs::write(&certificate, "no certificate").unwrap();
    fs::write(&key, "no key").unwrap();
    // Nobody can write there, root included.
    let (code, report, _) = examine(&format!(
        "data = \"/proc\"\ncamera = \"/nowhere\"\nlisten = \"127.0.0.1:1\"\n\
         [tls]\ncertificate = {certificate:?}\nkey = {key:?}\n",
    ));
    assert_eq!(code, 1);
    for (about, expected) in [
        ("camera", "/nowhere"),
        ("fsync", "a card that became read-only is worn out"),
        ("https", "page.pem"),
        ("https", "name a certificate and its key"),
    ] {
        is_wrong(&report, about, expected);
    }
}

#[test]
fn a_model_bundle_that_was_taken_back_is_named_with_what_to_do() {
    let data = TempDir::new().unwrap();
    let models = data.path().join("models");
    fs::create_dir(&models).unwrap();
    fs::write(models.join("rejected.onnx"), "no network").unwrap();
    let state = "taken_back = { failed = \"an operator failed\" }\n";
    fs::write(models.join("state.toml"), state).unwrap();
    let (_, report, _) = examine(&format!(
        "data = {:?}\ncamera = \"none\"\nlisten = \"127.0.0.1:1\"\n",
        data.path()
    ));
    is_wrong(&report, "model", "the built-in one");
    is_wrong(&report, "model", "remove models/rejected.onnx");
}

#[test]
fn the_camera_that_was_chosen_on_the_page_is_examined_and_a_set_up_that_is_due_is_named() {
    let data = TempDir::new().unwrap();
    let settings = Settings {
        camera: Some("/dev/video77".to_owned()),
        ..Settings::default()
    };
    let catalogue = Catalogue::open(data.path()).unwrap();
    catalogue.set_settings(&settings, "owner").unwrap();
    drop(catalogue);
    let before = names(data.path());
    let (_, report, _) = examine(&format!(
        "data = {:?}\nlisten = \"0.0.0.0:1\"\ncamera = \"auto\"\n",
        data.path()
    ));
    let (state, text) = of(&report, "camera");
    assert_eq!(state, "wrong");
    assert!(text.contains("/dev/video77"), "{text}");
    let (state, text) = of(&report, "setup");
    assert_eq!(state, "unknown");
    assert!(text.contains("six figures"), "{text}");
    assert_eq!(names(data.path()), before, "nothing is left behind");
}

#[test]
fn backups_are_right_while_one_of_this_kiosk_is_new() {
    let [daycare, neighbour] = [(); 2].map(|()| Daycare::new());
    let stick = TempDir::new().unwrap();
    let backs_up = |daycare: &Daycare, age: i64| {
        let made = Timestamp::now() - age.hours();
        let backed_up = daycare.catalogue.back_up_into(stick.path(), made);
        backed_up.unwrap();
    };
    let settings = format!(
        "data = {:?}\ncamera = \"none\"\nlisten = \"127.0.0.1:1\"\n[backup]\nfolder = {:?}\n",
        daycare.folder.path(),
        stick.path()
    );
    let judged = || of(&examine(&settings).1, "backups");

    // On a stick that two kiosks share.
    backs_up(&neighbour, 1);
    let (state, text) = judged();
    assert_eq!(state, "wrong", "{text}");
    assert!(text.contains("there is none of this kiosk"), "{text}");
    assert!(!daycare.at("identity").exists(), "nothing is made up");
    for (age, expected) in [(60, "wrong"), (20, "right")] {
        backs_up(&daycare, age);
        let (state, text) = judged();
        assert_eq!(state, expected, "{text}");
        assert!(text.contains(&format!("{age} hours old")), "{text}");
    }
}

#[test]
fn what_lies_beside_the_catalogue_is_named() {
    let data = TempDir::new().unwrap();
    drop(Catalogue::open(data.path()).unwrap());
    for folder in ["rescue", "damaged-20260501T101503Z", "newer-1"] {
        fs::create_dir(data.path().join(folder)).unwrap();
    }
    let settings = format!(
        "data = {:?}\ncamera = \"none\"\nlisten = \"127.0.0.1:1\"\n",
        data.path()
    );
    let (_, report, _) = examine(&settings);
    let (state, text) = of(&report, "aside");
    assert_eq!(state, "unknown");
    assert!(text.contains("damaged-20260501T101503Z, newer-1"), "{text}");
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["about"] != "rescue"));

    let name = fs::canonicalize(data.path()).unwrap();
    let name = name.to_string_lossy().replace('/', "-");
    let elsewhere = env::temp_dir().join(format!("breed-kiosk-rescue{name}"));
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("catalogue.sqlite"), "visits").unwrap();
    let (state, text) = of(&examine(&settings).1, "rescue");
    fs::remove_dir_all(&elsewhere).unwrap();
    assert_eq!(state, "wrong");
    assert!(text.contains("breed-kiosk-rescue"), "{text}");

    fs::write(data.path().join("rescue/catalogue.sqlite"), "visits").unwrap();
    let (state, text) = of(&examine(&settings).1, "rescue");
    assert_eq!(state, "wrong");
    assert!(text.contains("adds them to the catalogue"), "{text}");
}

#[test]
fn with_broken_settings_the_rest_is_examined_by_those_of_the_last_good_start() {
    let folder = TempDir::new().unwrap();
    let [file, data, state] = ["kiosk.toml", "data", "state"].map(|name| folder.path().join(name));
    drop(Catalogue::open(&data).unwrap());
    fs::create_dir(&state).unwrap();
    let good = format!("data = {data:?}\ncamera = \"none\"\nlisten = \"127.0.0.1:1\"\n");
    LastGood::at(state.clone(), &file).keep(&good).unwrap();
    fs::write(&file, "camra = \"auto\"").unwrap();

    let mut doctor = Command::new(env!("CARGO_BIN_EXE_kiosk"));
    doctor.args(["doctor", "--json", "--config"]).arg(&file);
    let output = doctor.env("STATE_DIRECTORY", &state).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (found, text) = of(&report, "settings");
    assert_eq!(found, "wrong");
    assert!(text.contains("unknown field `camra`"), "{text}");
    assert!(text.contains("last started well"), "{text}");
    for about in ["camera", "model", "catalogue"] {
        let (found, text) = of(&report, about);
        assert_eq!(found, "right", "{about}: {text}");
    }
}

#[test]
fn without_settings_or_a_data_folder_there_is_little_to_examine() {
    let (code, report, _) = examine("camra = \"auto\"");
    let (state, text) = of(&report, "settings");
    assert_eq!((code, &*state), (1, "wrong"));
    assert!(text.contains("unknown field `camra`"), "{text}");

    let (code, report, _) =
        examine("data = \"/nowhere\"\ncamera = \"none\"\nlisten = \"127.0.0.1:1\"");
    let (state, text) = of(&report, "data");
    assert_eq!((code, &*state), (1, "wrong"));
    assert!(
        text.contains("/nowhere") && text.contains("--data"),
        "{text}"
    );
}
