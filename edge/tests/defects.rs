//! Defects: a part of the kiosk panics. None of its threads ends unnoticed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use desk::kiosk::{Kiosk, Live, Machine, Notice, Part};
use devices::camera::{Camera, CameraError, Frame};
use devices::display::{Display, DisplayError, Output};
use edge::kiosk::Parts;
use recognise::Source;
use screens::{Canvas, Screen};
use tempfile::TempDir;
use tokio::{runtime, time};

use crate::common::Draft;
use crate::kiosk::{entrance, parts};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The files in which threads of the kiosk are started, and what becomes of a panic in one of them.
const THREADS: [(&str, &str); 9] = [
    (
        "desk/src/webhook/mod.rs",
        "the webhook counts a failure, and sends the event again",
    ),
    (
        "desk/src/work.rs",
        "whoever asked gets an error; the next password is hashed",
    ),
    (
        "devices/src/camera/child.rs",
        "what a program writes ends, as if it had; the program is started again",
    ),
    (
        "devices/src/camera/found.rs",
        "the list of the cameras is shorter",
    ),
    (
        "devices/src/supervise.rs",
        "camera, display or button fails for this reason, and is tried again",
    ),
    (
        "src/kiosk/capture.rs",
        "the camera fails for this reason, and is read again",
    ),
    ("src/kiosk/links.rs", "the links begin again after a minute"),
    (
        "src/kiosk/mod.rs",
        "the kiosk's own thread: the program ends, and systemd starts it again",
    ),
    (
        "src/kiosk/rounds.rs",
        "retention, backups, records, learning, renewal, model, the page's watch or the language by MQTT \
         does the next round after a minute, beginning with the request at which it panicked",
    ),
];

#[test]
fn it_is_known_of_every_thread_what_becomes_of_a_panic() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.ends_with("tests") || path.ends_with("tests.rs");
            if path.is_dir() && !is_test {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !is_test {
                let source = fs::read_to_string(&path).unwrap();
                let program = source.split("#[cfg(test)]").next().unwrap();
                if ["thread::spawn(", "thread::Builder::new(", " thread.spawn("]
                    .iter()
                    .any(|start| program.contains(start))
                {
                    let name = path.strip_prefix(root).unwrap();
                    found.insert(name.to_str().unwrap().to_owned());
                }
            }
        }
    }
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, THREADS.map(|(file, _)| file));
}

/// Panics while it is told to, as a camera or as a display.
#[derive(Clone, Default)]
struct Faulty(Arc<AtomicBool>);

impl Faulty {
    fn tell(&self, panics: bool) {
        self.0.store(panics, Ordering::Relaxed);
    }

    fn use_it(&self) {
        assert!(!self.0.load(Ordering::Relaxed), "a defect, for a test");
    }
}

impl Camera for Faulty {
    fn frame(&mut self, _: Duration) -> Result<Option<Frame>, CameraError> {
        thread::sleep(Duration::from_millis(20));
        self.use_it();
        Ok(Some(Frame::new(entrance(None), Source::Camera)))
    }
}

impl Display for Faulty {
    fn screen(&self) -> Screen {
        Screen::default()
    }

    fn show(&mut self, _: &Canvas) -> Result<(), DisplayError> {
        self.use_it();
        Ok(())
    }
}

fn wait(kiosk: &Kiosk, what: &str, is: impl Fn(&Live) -> bool) {
    let start = Instant::now();
    while !is(&kiosk.live().borrow().clone()) {
        assert!(start.elapsed() < PATIENCE, "no {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn is_interrupted(live: &Live, part: Part) -> bool {
    let is = |notice: &Notice| notice.part == part && notice.message.key == "notice-device-defect";
    live.notices.iter().any(is)
}

#[test]
fn a_camera_that_panics_is_said_and_read_again() {
    let folder = TempDir::new().unwrap();
    let camera = Faulty::default();
    let kiosk = edge::kiosk::start(Parts {
        camera: Box::new(camera.clone()),
        ..parts(folder.path(), Faulty::default(), &Draft::default())
    });
    for _ in 0..2 {
        let frames = kiosk.live().borrow().counts.frames;
        wait(&kiosk, "frames", |live| live.counts.frames > frames);
        camera.tell(true);
        wait(&kiosk, "notice", |live| is_interrupted(live, Part::Camera));
        camera.tell(false);
        wait(&kiosk, "end of it", |live| live.notices.is_empty());
    }
}

#[test]
fn a_display_that_panics_is_said_and_opened_again() {
    let folder = TempDir::new().unwrap();
    let display = Faulty::default();
    display.tell(true);
    let opened = display.clone();
    let open = move || Ok(Some(Box::new(opened.clone()) as Box<dyn Display>));
    let kiosk = edge::kiosk::start(Parts {
        display: Output::with(open, Screen::default()),
        ..parts(folder.path(), Faulty::default(), &Draft::default())
    });
    wait(&kiosk, "notice", |live| is_interrupted(live, Part::Display));
    display.tell(false);
    wait(&kiosk, "end of it", |live| live.notices.is_empty());
}

#[test]
fn a_kiosk_whose_own_thread_panics_has_ended() {
    type Damage = fn(&mut Parts);
    let cases: [(&str, Damage); 3] = [
        ("the search for the machine's address", |parts| {
            parts.find_machine = Box::new(|| -> Machine { panic!("a defect, for a test") });
        }),
        ("the search for notices", |parts| {
            parts.find_notices = Box::new(|| -> Vec<Notice> { panic!("a defect, for a test") });
        }),
        ("the pulse", |parts| {
            parts.pulse = Box::new(|_| panic!("a defect, for a test"));
        }),
    ];
    let runtime = runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.unwrap();
    for (what, damage) in cases {
        let folder = TempDir::new().unwrap();
        let mut parts = parts(folder.path(), Faulty::default(), &Draft::default());
        damage(&mut parts);
        let kiosk = edge::kiosk::start(parts);
        let ended = runtime.block_on(async { time::timeout(PATIENCE, kiosk.ended()).await });
        assert!(ended.is_ok(), "{what}");
    }
}
