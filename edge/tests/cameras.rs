//! The cameras of the real program: those that `kiosk cameras` lists, the picture that it saves, the one
//! that was chosen on the page, and another kiosk.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ::catalogue::{Catalogue, Settings};
use image::{Rgb, RgbImage};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::run::{Running, kiosk};

const RED: Rgb<u8> = Rgb([220, 20, 20]);

/// What `kiosk cameras` prints where these programs are installed: its exit code, answer and errors.
fn cameras(programs: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"));
    kiosk.arg("cameras").args(arguments).env("PATH", programs);
    let output = kiosk.output().unwrap();
    let [answer, errors] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code(), answer, errors)
}

/// Installs a program of this shell script in a folder.
fn install(folder: &Path, name: &str, script: &str) {
    let written = folder.join("written");
    fs::write(&written, format!("#!/bin/sh\n{script}\n")).unwrap();
    // By a process of its own: a program cannot be started while one of other tests, which was started
    // at the same moment, still has it open for writing.
    let mut install = Command::new("install");
    let done = install.arg("-m755").args([written, folder.join(name)]);
    assert!(done.status().unwrap().success());
}

/// Whether a process runs. One that was killed may be listed until its parent has taken note.
fn runs(process: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(process).join("stat"));
    let status = status.unwrap_or_default();
    let state = status.rsplit_once(") ").map(|(_, state)| state);
    state.is_some_and(|state| !state.starts_with(['Z', 'X']))
}

fn wait_until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(9), "it is not so");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A folder with a photograph.
fn photographs(parent: &Path) -> String {
    let folder = parent.join("photographs");
    fs::create_dir(&folder).unwrap();
    let photograph = RgbImage::from_pixel(64, 48, RED);
    photograph.save(folder.join("rex.png")).unwrap();
    folder.to_str().unwrap().to_owned()
}

#[test]
fn cameras_are_listed_where_no_program_is_installed() {
    let folder = TempDir::new().unwrap();
    let (code, said, _) = cameras(folder.path(), &[]);
    assert_eq!(code, Some(0));
    let first = said.lines().next().unwrap();
    assert!(
        first.starts_with("/dev/video") || first == "no camera; plug one in with USB",
        "{said}"
    );
    assert!(!said.contains("csi:"), "{said}");

    let config = folder.path().join("kiosk.toml");
    fs::write(&config, "camera = \"rtsp://desk:secret@cam/1\"\n").unwrap();
    let (code, said, _) = cameras(folder.path(), &["--config", config.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    let first = said.lines().next().unwrap();
    assert!(
        first.starts_with("rtsp://desk:***@cam/1: configured"),
        "{said}"
    );
}

#[test]
fn camera_modules_are_listed_with_their_line_for_the_settings() {
    let folder = TempDir::new().unwrap();
    let lists = |text: &str| {
        install(folder.path(), "rpicam-hello", text);
        let (code, said, _) = cameras(folder.path(), &[]);
        assert_eq!(code, Some(0));
        said
    };
    let said = lists(
        "echo Available cameras\n\
         echo '0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)'\n\
         echo '1 : ov5647 [2592x1944 10-bit GBRG] (/base/soc/i2c0mux/i2c@0/ov5647@36)'",
    );
    assert!(said.contains("csi: imx708"), "{said}");
    assert!(said.contains("\n    camera = \"csi\"\n"), "{said}");
    assert!(
        said.contains("ov5647: the kiosk uses the first camera module only"),
        "{said}"
    );
    let said = lists("echo 'No cameras available!'");
    assert!(said.contains("csi: no camera module is found"), "{said}");
    assert!(!said.contains("camera = \"csi\""), "{said}");
    let said = lists("echo 'Could not open any dmaHeap device' >&2; echo 'No cameras available!'");
    assert!(said.contains("csi: this user may not use"), "{said}");
}

#[test]
fn the_program_of_a_camera_ends_with_a_kiosk_that_is_killed() {
    if !Path::new("/usr/bin/setpriv").exists() {
        println!("skipped: this system has no setpriv");
        return;
    }
    let folder = TempDir::new().unwrap();
    let process = folder.path().join("process");
    let script = "trap '' TERM HUP\necho $$ >\"${0%/*}/process\"\nwhile :; do sleep 1; done";
    install(folder.path(), "rpicam-vid", script);
    let data = TempDir::new().unwrap();
    let mut kiosk = kiosk(data.path(), &["--camera", "csi"]);
    let programs = format!("{}:{}", folder.path().display(), env::var("PATH").unwrap());
    kiosk.env("PATH", programs);
    let running = Running::start(kiosk);
    let process = || fs::read_to_string(&process).unwrap_or_default();
    wait_until(|| process().ends_with('\n'));
    let process = process();
    assert!(runs(process.trim()), "{process}");
    // It is killed.
    drop(running);
    wait_until(|| !runs(process.trim()));
}

#[test]
fn a_snapshot_shows_what_a_camera_sees_and_replaces_no_file() {
    let folder = TempDir::new().unwrap();
    let camera = photographs(folder.path());
    let pictures = folder.path().join("pictures");
    fs::create_dir(&pictures).unwrap();
    let file = pictures.join("desk.jpg");
    let shown = file.to_str().unwrap();
    let arguments = ["--snapshot", shown, "--camera", &camera];

    let (code, said, errors) = cameras(folder.path(), &arguments);
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(said, format!("{shown}: 640x480, of {camera}\n"));
    let bytes = fs::read(&file).unwrap();
    let picture = image::load_from_memory(&bytes).unwrap().into_rgb8();
    assert_eq!(picture.dimensions(), (640, 480));
    let Rgb([red, green, _]) = *picture.get_pixel(320, 240);
    assert!(red > green.saturating_add(90), "{red} and {green}");
    // It may show people.
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let (code, said, errors) = cameras(folder.path(), &arguments);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(errors.contains("desk.jpg: it is there already"), "{errors}");
    assert_eq!(fs::read(&file).unwrap(), bytes);
    assert_eq!(fs::read_dir(&pictures).unwrap().count(), 1);
}

#[test]
fn a_snapshot_that_cannot_be_taken_is_said_in_one_line() {
    let folder = TempDir::new().unwrap();
    let camera = photographs(folder.path());
    let file = folder.path().join("desk.jpg");
    let file = file.to_str().unwrap();
    let wrong = folder.path().join("kiosk.toml");
    fs::write(&wrong, "[picture]\nrotate = 45\n").unwrap();
    let wrong = wrong.to_str().unwrap();
    for (arguments, expected) in [
        (
            &["--snapshot", file, "--camera", "/dev/video77"][..],
            "/dev/video77: no such device",
        ),
        (&["--snapshot", file, "--camera", "none"], "no camera"),
        (
            &["--snapshot", file, "--camera", "/nowhere"],
            "/nowhere: no such folder",
        ),
        (
            &["--snapshot", "/nowhere/desk.jpg", "--camera", &camera],
            "/nowhere/desk.jpg: cannot be written",
        ),
        (
            &["--snapshot", file, "--config", wrong],
            "kiosk.toml, line 2: invalid value: integer `45`",
        ),
    ] {
        let (code, said, errors) = cameras(folder.path(), arguments);
        assert_eq!((code, said.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(errors.contains(expected), "{arguments:?}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
    assert!(!Path::new(file).exists());
    let (code, ..) = cameras(folder.path(), &["--camera", "none"]);
    assert_eq!(code, Some(2), "without a snapshot it means nothing");
}

#[test]
fn the_camera_that_was_chosen_on_the_page_is_used_unless_another_is_named() {
    let data = TempDir::new().unwrap();
    let choose = |camera: &str| {
        let settings = Settings {
            camera: Some(camera.to_owned()),
            ..Settings::default()
        };
        let catalogue = Catalogue::open(data.path()).unwrap();
        catalogue.set_settings(&settings, "owner").unwrap();
    };
    choose("/dev/video77");
    let running = Running::new(data.path(), &["--camera", "auto"]);
    let is_used = |running: &Running| {
        let live = running.page("/api/v1/live");
        live.contains("/dev/video77: no such device")
    };
    for _ in 0..100 {
        if is_used(&running) {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    assert!(is_used(&running));
    drop(running);

    let running = Running::new(data.path(), &["--camera", "none"]);
    assert!(!is_used(&running));
    drop(running);

    // A folder of this machine is nothing to choose on a page.
    choose("/etc");
    let running = Running::new(data.path(), &["--camera", "auto"]);
    let why = "the camera that was chosen on the page cannot be used";
    assert!(running.has_said(why), "{:?}", running.said);
}

#[test]
fn a_kiosk_is_the_camera_of_another_one_until_its_token_is_revoked() {
    let folder = TempDir::new().unwrap();
    let photographs = photographs(folder.path());
    let data = [(); 2].map(|()| TempDir::new().unwrap());
    let first = Running::new(data[0].path(), &["--camera", &photographs]);
    let tokens = format!("{}/api/v1/tokens", first.base);
    let asked = json!({ "name": "kennel", "scope": "camera" });
    let mut made = first.agent.post(&tokens).send_json(&asked).unwrap();
    let made: Value = made.body_mut().read_json().unwrap();
    let [token, id] = ["token", "id"].map(|key| made[key].as_str().unwrap());
    let (_, place) = first.base.split_once("://").unwrap();
    let camera = format!("http://kiosk:{token}@{place}/api/v1/camera.jpg");

    let second = Running::new(data[1].path(), &["--camera", &camera]);
    let live = || -> Value { serde_json::from_str(&second.page("/api/v1/live")).unwrap() };
    wait_until(|| live()["counts"]["frames"].as_u64() > Some(3));

    first.agent.delete(format!("{tokens}/{id}")).call().unwrap();
    wait_until(|| live()["notices"].to_string().contains("refuses the login"));
    assert!(!live().to_string().contains(token));
}
