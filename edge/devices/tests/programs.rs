//! Cameras that are read by a program: `rpicam-vid` and `ffmpeg`, which are shell scripts here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use devices::camera::auto::Auto;
use devices::camera::csi::Csi;
use devices::camera::picture::{Level, PowerLine, Settings};
use devices::camera::rtsp::Rtsp;
use devices::camera::video::{Open, Video};
use devices::camera::{Camera, CameraError, device};
use tempfile::TempDir;

use crate::pixels::{closed_early, jpeg};
use crate::video::{only_whole_pictures, wait_for_picture};

/// Pictures for ever, twenty a second.
const PICTURES: &str = "while :; do cat picture.jpg; sleep 0.05; done";

/// Longer than a start takes on a busy machine.
const SOON: Duration = Duration::from_secs(9);

/// What is pretended to be a camera's program.
struct Program {
    folder: TempDir,
}

impl Program {
    /// A program of this script, which runs in its folder, where there is a picture.
    fn new(script: &str) -> Self {
        let program = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(program.file("picture.jpg"), jpeg(640, 480)).unwrap();
        program.becomes(script);
        program
    }

    /// Replaces the script, for the next start.
    fn becomes(&self, script: &str) {
        let script = format!("#!/bin/sh\ncd \"${{0%/*}}\"\necho $$ >>processes\n{script}\n");
        let [written, new] = ["written", "new"].map(|name| self.file(name));
        fs::write(&written, script).unwrap();
        // By a process of its own: a program cannot be started while one of other tests, which was
        // started at the same moment, still has it open for writing.
        let mut install = Command::new("install");
        let done = install.arg("-m755").args([&written, &new]).status();
        assert!(done.unwrap().success());
        fs::rename(new, self.path()).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.file("program")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What it has written to a file; nothing where it has not yet.
    fn written(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_default()
    }

    /// All processes that were started.
    fn processes(&self) -> Vec<String> {
        let processes = self.written("processes");
        processes.lines().map(str::to_owned).collect()
    }

    fn csi(&self) -> Csi {
        Csi::by(&self.path(), &Settings::default())
    }

    fn rtsp(&self) -> Rtsp {
        let url = "rtsp://desk:secret@camera.local/stream".parse().unwrap();
        Rtsp::by(&self.path(), url)
    }
}

/// Why the first picture does not come.
fn error(mut open: impl Open) -> CameraError {
    let mut stream = open.open().unwrap_or_else(|error| panic!("{error}"));
    stream.next().unwrap_err()
}

/// The next error of a camera.
fn next_error(camera: &mut Video, limit: Duration) -> String {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Err(error) = camera.frame(Duration::from_millis(100)) {
            return error.to_string();
        }
    }
    panic!("no error in {limit:?}");
}

/// Waits until something is so.
fn wait_until(what: &str, limit: Duration, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < limit, "not in {limit:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a process runs. One that was killed may be listed until its parent has taken note.
fn runs(process: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(process).join("stat"));
    let status = status.unwrap_or_default();
    let state = status.rsplit_once(") ").map(|(_, state)| state);
    state.is_some_and(|state| !state.starts_with(['Z', 'X']))
}

#[test]
fn the_camera_module_gives_the_pictures_that_it_is_asked_for() {
    let program = Program::new(&format!("echo \"$@\" >arguments\n{PICTURES}"));
    let picture = Settings {
        exposure: Some(Level::Fixed(20_000)),
        white_balance: Some(Level::Fixed(5_500)),
        power_line: Some(PowerLine::Hertz50),
        ..Settings::default()
    };
    wait_for_picture(&mut Video::new(Csi::by(&program.path(), &picture)), SOON);
    assert_eq!(
        program.written("arguments"),
        "--nopreview --timeout=0 --codec=mjpeg --width=640 --height=480 --mode=1640:1232 --framerate=15 \
         --quality=90 --flush --output=- --shutter=20000 --awb=daylight \
         --flicker-period=10000us\n"
    );
    wait_for_picture(&mut Video::new(program.csi()), SOON);
    let arguments = program.written("arguments");
    assert!(arguments.ends_with("--output=-\n"), "{arguments}");
}

#[test]
fn a_camera_by_rtsp_is_read_at_its_address() {
    let program = Program::new(&format!("echo \"$@\" >arguments\n{PICTURES}"));
    wait_for_picture(&mut Video::new(program.rtsp()), SOON);
    let arguments = program.written("arguments");
    let address = " -i rtsp://desk:secret@camera.local/stream ";
    assert!(arguments.contains(address), "{arguments}");
}

#[test]
fn garbage_and_cut_pictures_are_passed_over() {
    let program = Program::new(
        "while :; do echo garbage; head -c 300 picture.jpg; cat picture.jpg picture.jpg\n\
         head -c 2000 picture.jpg; cat picture.jpg; sleep 0.02; done",
    );
    let mut camera = Video::new(program.csi());
    camera.set_presence(true);
    for _ in 0..10 {
        let (_, errors) = wait_for_picture(&mut camera, SOON);
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn a_picture_that_is_closed_too_early_is_no_frame_while_somebody_is_there() {
    let program = Program::new("while :; do cat cut.jpg picture.jpg; sleep 0.02; done");
    fs::write(program.file("cut.jpg"), closed_early(640, 480)).unwrap();
    only_whole_pictures(Video::new(program.csi()));
    only_whole_pictures(Video::new(program.rtsp()));
}

#[test]
fn a_program_that_prints_a_gigabyte_of_errors_is_read_on() {
    let program = Program::new(&format!(
        "(head -c 1073741824 /dev/zero >&2; touch printed) &\n{PICTURES}"
    ));
    let mut camera = Video::new(program.csi());
    let start = Instant::now();
    while !program.file("printed").exists() {
        let (_, errors) = wait_for_picture(&mut camera, SOON);
        assert!(errors.is_empty(), "{errors:?}");
        assert!(start.elapsed() < Duration::from_secs(60), "it is held up");
    }
    wait_for_picture(&mut camera, SOON);
}

#[test]
fn what_programs_complain_of_is_said_in_plain_words() {
    let csi = |complaint: &str| {
        let program = Program::new("cat complaint >&2; exit 1");
        fs::write(program.file("complaint"), complaint).unwrap();
        error(program.csi()).to_string()
    };
    let rtsp = |complaint: &str| {
        let program = Program::new("cat complaint >&2; exit 1");
        fs::write(program.file("complaint"), complaint).unwrap();
        error(program.rtsp()).to_string()
    };
    for (complaint, expected) in [
        (
            "[0:05:10.170] [1130]  INFO Camera camera_manager.cpp:293 libcamera v0.3.0\n\
             ERROR: *** no cameras available ***\n",
            "no camera module is found",
        ),
        (
            "[0:19:06.419] [2746]  INFO Camera camera.cpp:839 Pipeline handler in use by another \
             process\nERROR: *** failed to acquire camera /base/soc/i2c0mux/i2c@1/ov5647@36 ***\n",
            "in use by another program",
        ),
        (
            "Could not open any dmaHeap device\n\
             [2:40:33.957] [4982] ERROR RPI vc4.cpp:215 Failed to register camera imx477: -12\n\
             ERROR: *** no cameras available ***\n",
            "add the user to the group video",
        ),
        (
            "#1 (15.00 fps) exp 33239.00 ag 1.12 dg 1.00\n\
             ERROR: *** unrecognised option '--flicker-period=10000us' ***\n\
             #2 (15.00 fps) exp 33239.00 ag 1.12 dg 1.00\n\n",
            "csi: the camera's program has ended (ERROR: *** unrecognised option",
        ),
        ("", "csi: the camera's program has ended (exit status: 1)"),
        ("\x1b[2J\u{fffd}\n", r"(\u{1b}[2J"),
    ] {
        let said = csi(complaint);
        assert!(said.contains(expected), "{complaint}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let address = "rtsp://desk:secret@camera.local/stream";
    for (complaint, expected) in [
        (
            "[rtsp @ 0x44173c0] method DESCRIBE failed: 401 Unauthorized\n\
             ADDRESS: Server returned 401 Unauthorized (authorization failed)\n",
            "refuses the login",
        ),
        (
            "[tcp @ 0x55d] Connection to tcp://camera.local:554?timeout=5000000 failed: \
             Connection refused\nADDRESS: Connection refused\n",
            "nothing answers there; check the port",
        ),
        (
            "[tcp @ 0x55d] Failed to resolve hostname camera.local: Name or service not known\n\
             ADDRESS: Input/output error\n",
            "no machine has this name",
        ),
        (
            "[tcp @ 0x55d] Connection to tcp://camera.local:554?timeout=5000000 failed: \
             Operation not permitted\nADDRESS: Operation not permitted\n",
            "the system keeps the kiosk to local networks; see IPAddressAllow",
        ),
        (
            "setpriv: activate capabilities: Operation not permitted\n",
            "has ended (setpriv: activate capabilities",
        ),
        ("ADDRESS: No route to host\n", "it cannot be reached"),
        ("ADDRESS: Connection timed out\n", "it cannot be reached"),
        (
            "[rtsp @ 0x1] method DESCRIBE failed: 404 Not Found\n\
             ADDRESS: Server returned 404 Not Found\n",
            "no such stream",
        ),
        ("Stream map '0:v:0' matches no streams.\n", "no such stream"),
        (
            "ADDRESS: Invalid data found when processing input\n",
            "has ended (rtsp://desk:***@camera.local/stream: Invalid data found",
        ),
    ] {
        let said = rtsp(&complaint.replace("ADDRESS", address));
        assert!(
            said.starts_with("rtsp://desk:***@camera.local/stream: "),
            "{said}"
        );
        assert!(said.contains(expected), "{complaint}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn a_wrong_password_is_sent_once_a_minute() {
    let program = Program::new("echo 'method DESCRIBE failed: 401 Unauthorized' >&2; exit 1");
    let mut camera = Video::new(program.rtsp());
    let start = Instant::now();
    // Longer than the longest pause.
    while start.elapsed() < Duration::from_secs(2) {
        if let Err(error) = camera.frame(Duration::from_millis(100)) {
            assert!(error.to_string().contains("refuses the login"), "{error}");
        }
    }
    assert_eq!(program.processes().len(), 1);
}

#[test]
fn pictures_that_cannot_be_read_blame_no_plug() {
    let program = Program::new(
        "printf '\\377\\330\\377\\332\\000\\002no picture\\377\\331' >bad\n\
         while :; do cat bad; sleep 0.05; done",
    );
    let mut camera = Video::new(program.csi());
    let said = next_error(&mut camera, SOON);
    assert!(
        said.contains("switch the camera off and on again"),
        "{said}"
    );
    assert!(!said.contains("plug"), "{said}");
}

#[test]
fn a_program_that_is_not_there_is_said() {
    let nowhere = Path::new("/nowhere/rpicam-vid");
    let mut camera = Video::new(Csi::by(nowhere, &Settings::default()));
    let said = next_error(&mut camera, SOON);
    assert!(said.contains("/nowhere/rpicam-vid"), "{said}");
    assert!(said.contains("No such file"), "{said}");
}

#[test]
fn a_camera_is_back_within_three_seconds_of_its_return() {
    let program = Program::new(&format!(
        "[ -e returned ] || {{ echo 'ERROR: *** no cameras available ***' >&2; exit 255; }}\n\
         {PICTURES}"
    ));
    let mut camera = Video::new(program.csi());
    let said = next_error(&mut camera, SOON);
    assert!(said.contains("no camera module is found"), "{said}");
    // The pauses are at their longest then.
    wait_until("it is tried again", SOON, || program.processes().len() >= 5);
    fs::write(program.file("returned"), "").unwrap();
    let (time, _) = wait_for_picture(&mut camera, SOON);
    assert!(time < Duration::from_secs(3), "{time:?}");
    let tries = program.processes();
    let (last, ended) = tries.split_last().unwrap();
    assert!(runs(last) && !ended.iter().any(|it| runs(it)), "{tries:?}");
}

#[test]
fn a_program_that_stalls_is_killed_and_started_again() {
    let program = Program::new("sleep 600 & echo $! >>processes; cat picture.jpg; wait");
    let mut camera = Video::new(program.csi());
    wait_for_picture(&mut camera, SOON);
    let stalled = program.processes();
    program.becomes(PICTURES);
    let said = next_error(&mut camera, 2 * SOON);
    assert!(said.contains("csi: no picture comes"), "{said}");
    wait_for_picture(&mut camera, SOON);
    assert!(!stalled.iter().any(|it| runs(it)), "{stalled:?}");
}

#[test]
fn a_program_is_never_left_behind() {
    let program = Program::new(&format!(
        "sleep 600 & echo $! >>processes\ntrap '' TERM INT HUP\n{PICTURES}"
    ));
    let mut camera = Video::new(program.csi());
    wait_for_picture(&mut camera, SOON);
    let processes = program.processes();
    assert_eq!(processes.len(), 2);
    assert!(processes.iter().all(|it| runs(it)), "{processes:?}");
    drop(camera);
    wait_until("its processes are gone", SOON, || {
        !processes.iter().any(|it| runs(it))
    });
    assert_eq!(program.processes(), processes, "it is not started again");
}

#[test]
fn the_camera_module_is_taken_where_there_is_no_camera_with_usb() {
    if !device::list().is_empty() {
        println!("skipped: this machine has video devices");
        return;
    }
    let auto = |program: &Program| Auto::new(program.csi(), &Settings::default());
    let program = Program::new(PICTURES);
    wait_for_picture(&mut Video::new(auto(&program)), SOON);

    let none = Program::new("echo 'ERROR: *** no cameras available ***' >&2; exit 255");
    let error = error(auto(&none));
    assert!(matches!(error, CameraError::NoCamera), "{error}");
}
