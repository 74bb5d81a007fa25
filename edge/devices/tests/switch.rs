//! Switching to another camera while frames are taken.

use std::path::Path;
use std::time::{Duration, Instant};

use devices::camera::clip::{HEIGHT, WIDTH};
use devices::camera::picture::Settings;
use devices::camera::{Camera, CameraError, Choice, Switch};
use image::{Rgb, RgbImage};

const RED: Rgb<u8> = Rgb([220, 20, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 220]);
const LONG: Duration = Duration::from_secs(10);

/// A folder with a photograph of one colour.
fn folder(parent: &Path, name: &str, colour: Rgb<u8>) -> Choice {
    let folder = parent.join(name);
    std::fs::create_dir(&folder).unwrap();
    let photograph = RgbImage::from_pixel(64, 48, colour);
    photograph.save(folder.join("animal.png")).unwrap();
    Choice::Folder(folder)
}

/// Waits until the animal in the middle of the frame has this colour.
fn wait_for(camera: &mut Switch, colour: Rgb<u8>) {
    let start = Instant::now();
    while start.elapsed() < LONG {
        let Some(mut frame) = camera.frame(LONG).unwrap() else {
            continue;
        };
        let Rgb(seen) = *frame.picture().unwrap().get_pixel(WIDTH / 2, HEIGHT / 2);
        if (0..3).all(|channel| seen[channel].abs_diff(colour[channel]) < 30) {
            return;
        }
    }
    panic!("no {colour:?} in {LONG:?}");
}

#[test]
fn another_camera_takes_over_and_one_that_cannot_be_opened_does_not() {
    let parent = tempfile::tempdir().unwrap();
    let red = folder(parent.path(), "red", RED);
    let blue = folder(parent.path(), "blue", BLUE);
    let mut camera = Switch::open(&red, &Settings::default()).unwrap();
    let switcher = camera.switcher();
    wait_for(&mut camera, RED);

    let nowhere = Choice::Folder(parent.path().join("nowhere"));
    let error = switcher.use_camera(&nowhere).unwrap_err();
    assert!(matches!(error, CameraError::Missing(_)), "{error}");
    assert_eq!(switcher.choice(), red);
    wait_for(&mut camera, RED);

    switcher.use_camera(&blue).unwrap();
    assert_eq!(switcher.choice(), blue);
    wait_for(&mut camera, BLUE);
    assert!(Switch::open(&nowhere, &Settings::default()).is_err());
}

#[test]
fn the_newest_picture_is_kept_for_whoever_asks() {
    let parent = tempfile::tempdir().unwrap();
    let red = folder(parent.path(), "red", RED);
    let mut camera = Switch::open(&red, &Settings::default()).unwrap();
    let switcher = camera.switcher();
    camera.frame(LONG).unwrap().unwrap();
    assert_eq!(switcher.picture(), None, "nobody had asked");
    let mut frame = camera.frame(LONG).unwrap().unwrap();
    assert_eq!(switcher.picture(), Some(frame.picture().unwrap()));

    switcher.use_camera(&Choice::None).unwrap();
    assert_eq!(switcher.picture(), None, "it is of the camera before");
    camera.frame(Duration::from_millis(1)).unwrap_err();
    assert_eq!(switcher.picture(), None);
}

#[test]
fn a_device_is_opened_once_the_camera_before_it_has_had_time_to_close() {
    let mut camera = Switch::open(&Choice::None, &Settings::default()).unwrap();
    let missing = Choice::Device("/dev/video-nowhere".into());
    camera.switcher().use_camera(&missing).unwrap();
    let start = Instant::now();
    let error = loop {
        assert!(start.elapsed() < LONG, "no error");
        if let Err(error) = camera.frame(Duration::from_millis(50)) {
            break error;
        }
    };
    assert!(start.elapsed() >= Duration::from_millis(500));
    assert!(matches!(error, CameraError::NoDevice(_)), "{error}");
}
