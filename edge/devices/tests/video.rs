//! Cameras that hang, vanish or send garbage. The cameras here are simulated; the emulated Pi has real
//! drivers.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use devices::camera::device::{Device, Unusable};
use devices::camera::mode::Agreed;
use devices::camera::pixels::Raw;
use devices::camera::video::{Open, Stream, Video};
use devices::camera::{Camera, CameraError};

use crate::pixels::{is_orange, jpeg, small_jpegs};

#[test]
fn files_that_are_no_video_devices_are_refused() {
    let device = Device::at(Path::new("/dev/null"));
    assert!(
        matches!(device.agreed, Err(Unusable::Refused { .. })),
        "{device:?}"
    );
    let device = Device::at(Path::new("/dev/video-nowhere"));
    let why = device.agreed.unwrap_err().to_string();
    assert!(why.contains("No such file"), "{why}");
}

/// What a simulated camera does next.
enum Act {
    Picture,
    Cut,
    Damaged,
    Garbage,
    Vanish,
    Hang,
}

/// Cameras that follow scripts; each opening takes the next one.
struct Cameras(Receiver<Vec<Act>>);

struct Scripted {
    acts: Vec<Act>,
    bytes: Vec<u8>,
}

impl Cameras {
    fn new(scripts: Vec<Vec<Act>>) -> (Self, Sender<Vec<Act>>) {
        let (sender, receiver) = channel();
        for script in scripts {
            sender.send(script.into_iter().rev().collect()).unwrap();
        }
        (Self(receiver), sender)
    }
}

impl Open for Cameras {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError> {
        let acts = self.0.try_recv().map_err(|_| CameraError::NoCamera)?;
        Ok(Box::new(Scripted {
            acts,
            bytes: Vec::new(),
        }))
    }
}

impl Stream for Scripted {
    fn name(&self) -> &Path {
        Path::new("/dev/video0")
    }

    fn agreed(&self) -> Agreed {
        small_jpegs()
    }

    fn next(&mut self) -> Result<Raw<'_>, CameraError> {
        thread::sleep(Duration::from_millis(30));
        // The last act is repeated for ever.
        let act = match self.acts.len() {
            1 => &self.acts[0],
            _ => &self.acts.pop().unwrap(),
        };
        let is_damaged = matches!(act, Act::Damaged);
        self.bytes = match act {
            Act::Picture | Act::Damaged => jpeg(64, 48),
            Act::Cut => {
                let jpeg = jpeg(64, 48);
                jpeg[..jpeg.len() - 30].to_vec()
            }
            Act::Garbage => vec![7; 100],
            Act::Vanish => return Err(CameraError::NoDevice("/dev/video0".into())),
            Act::Hang => loop {
                thread::park();
            },
        };
        Ok(Raw {
            bytes: &self.bytes,
            is_damaged,
        })
    }
}

/// Waits for a picture; returns how long that took, and the errors before it.
pub(crate) fn wait_for_picture(camera: &mut Video, limit: Duration) -> (Duration, Vec<String>) {
    let start = Instant::now();
    let mut errors: Vec<String> = Vec::new();
    while start.elapsed() < limit {
        match camera.frame(Duration::from_millis(100)) {
            Ok(Some(mut frame)) => {
                assert!(is_orange(&frame.picture().unwrap()));
                return (start.elapsed(), errors);
            }
            Ok(None) => {}
            Err(error) => errors.push(error.to_string()),
        }
    }
    panic!("no picture in {limit:?}: {errors:?}");
}

/// Expects whole pictures alone, of a camera that gives half ones too, while somebody is there.
pub(crate) fn only_whole_pictures(mut camera: Video) {
    camera.set_presence(true);
    let mut pictures = std::iter::from_fn(|| {
        let start = Instant::now();
        while start.elapsed() < LATER {
            if let Ok(Some(mut frame)) = camera.frame(Duration::from_millis(100)) {
                return Some(frame.picture().unwrap());
            }
        }
        None
    });
    // Two may have been read before the camera knew that somebody is there.
    assert!(pictures.nth(1).is_some());
    for _ in 0..6 {
        assert!(is_orange(&pictures.next().expect("a picture")));
    }
}

const SOON: Duration = Duration::from_secs(2);
const LATER: Duration = Duration::from_secs(8);

#[test]
fn a_camera_gives_more_pictures_when_somebody_is_there() {
    let (cameras, _more) = Cameras::new(vec![vec![Act::Picture]]);
    let mut camera = Video::new(cameras);
    let mut count = |somebody| {
        camera.set_presence(somebody);
        wait_for_picture(&mut camera, SOON);
        let start = Instant::now();
        let frames = std::iter::from_fn(|| {
            let frame = camera.frame(Duration::from_millis(100)).unwrap();
            (start.elapsed() < Duration::from_millis(1500)).then_some(frame)
        });
        frames.flatten().count()
    };
    let (empty, present) = (count(false), count(true));
    assert!((1..=4).contains(&empty), "{empty}");
    assert!(present >= 2 * empty, "{present} and {empty}");
}

#[test]
fn a_damaged_picture_is_passed_over() {
    let script = vec![Act::Garbage, Act::Cut, Act::Damaged, Act::Picture];
    let (cameras, _more) = Cameras::new(vec![script]);
    let (_, errors) = wait_for_picture(&mut Video::new(cameras), SOON);
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn a_camera_that_vanishes_is_reported_and_used_again_when_it_is_back() {
    let (cameras, more) = Cameras::new(vec![vec![Act::Picture, Act::Vanish]]);
    let mut camera = Video::new(cameras);
    wait_for_picture(&mut camera, SOON);
    let error = loop {
        if let Err(error) = camera.frame(SOON) {
            break error.to_string();
        }
    };
    assert!(error.contains("/dev/video0: no such device"), "{error}");
    more.send(vec![Act::Picture]).unwrap();
    wait_for_picture(&mut camera, LATER);
}

#[test]
fn a_camera_that_hangs_is_noticed_within_three_seconds_and_replaced() {
    let (cameras, more) = Cameras::new(vec![vec![Act::Picture, Act::Hang]]);
    let mut camera = Video::new(cameras);
    wait_for_picture(&mut camera, SOON);
    let start = Instant::now();
    let error = loop {
        if let Err(error) = camera.frame(Duration::from_millis(100)) {
            break error.to_string();
        }
    };
    assert!(start.elapsed() < Duration::from_secs(3));
    assert!(error.contains("no picture for 2.5 seconds"), "{error}");
    more.send(vec![Act::Picture]).unwrap();
    wait_for_picture(&mut camera, LATER);
}

#[test]
fn a_camera_that_sends_no_whole_picture_is_reported_and_opened_again() {
    let expected = [
        (Act::Garbage, "sends a JPEG that cannot be read"),
        (Act::Cut, "sends pictures that are cut short"),
        (
            Act::Damaged,
            "sends pictures that its driver says are damaged",
        ),
    ];
    // All at the same time.
    thread::scope(|scope| {
        for (act, expected) in expected {
            scope.spawn(move || {
                let (cameras, _more) = Cameras::new(vec![vec![act], vec![Act::Picture]]);
                let (_, errors) = wait_for_picture(&mut Video::new(cameras), LATER);
                assert!(errors[0].contains(expected), "{errors:?}");
            });
        }
    });
}

#[test]
fn a_missing_camera_is_reported_and_one_that_is_plugged_in_is_used() {
    let (cameras, more) = Cameras::new(Vec::new());
    let mut camera = Video::new(cameras);
    let error = camera.frame(SOON).unwrap_err();
    assert!(matches!(error, CameraError::NoCamera), "{error}");
    more.send(vec![Act::Picture]).unwrap();
    wait_for_picture(&mut camera, LATER);
}
