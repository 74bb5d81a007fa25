//! Cameras: the choice of a mode, the decoding of pictures, and cameras that hang, vanish or send
//! garbage. The cameras here are simulated; the emulated Pi has real drivers.

use std::borrow::Cow;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use devices::camera::device::{Device, Encoding, Mode, Unusable, rank};
use devices::camera::pixels::decode;
use devices::camera::video::{Open, Stream, Video};
use devices::camera::{Camera, CameraError};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

const ORANGE: Rgb<u8> = Rgb([230, 120, 40]);

fn mode(encoding: Encoding, width: u32, height: u32) -> Mode {
    Mode {
        encoding,
        width,
        height,
        rate: Some(15),
    }
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = RgbImage::from_pixel(width, height, ORANGE);
    JpegEncoder::new_with_quality(&mut bytes, 95)
        .encode_image(&picture)
        .unwrap();
    bytes
}

/// The JPEG without its Huffman tables, as many cameras send them.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let (mut rest, mut bytes) = (&jpeg[2..], jpeg[..2].to_vec());
    while rest[1] != 0xda {
        let length = 2 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let (segment, behind) = rest.split_at(length);
        if segment[1] != 0xc4 {
            bytes.extend(segment);
        }
        rest = behind;
    }
    assert!(bytes.len() + rest.len() < jpeg.len(), "there were tables");
    bytes.extend(rest);
    bytes
}

fn is_orange(picture: &RgbImage) -> bool {
    let near = |pixel: &Rgb<u8>| {
        let pairs = pixel.0.iter().zip(ORANGE.0);
        pairs.into_iter().all(|(&a, b)| a.abs_diff(b) <= 6)
    };
    picture.pixels().all(near)
}

#[test]
fn the_best_mode_is_fast_enough_near_in_size_and_cheap_to_decode() {
    let check = |modes: &[(Encoding, u32, u32, Option<u32>)], best: usize| {
        let modes: Vec<Mode> = modes
            .iter()
            .map(|&(encoding, width, height, rate)| Mode {
                encoding,
                width,
                height,
                rate,
            })
            .collect();
        let mut ranked = modes.clone();
        rank(&mut ranked);
        assert_eq!(ranked[0], modes[best]);
    };
    use Encoding::{Mjpeg, Nv12, Yuyv};
    let (hd, vga, cif) = ((1280, 720), (640, 480), (352, 288));
    check(
        &[
            (Mjpeg, hd.0, hd.1, Some(15)),
            (Mjpeg, vga.0, vga.1, Some(15)),
        ],
        1,
    );
    check(
        &[
            (Mjpeg, vga.0, vga.1, Some(15)),
            (Yuyv, vga.0, vga.1, Some(15)),
        ],
        1,
    );
    check(
        &[
            (Yuyv, vga.0, vga.1, Some(5)),
            (Mjpeg, vga.0, vga.1, Some(30)),
        ],
        1,
    );
    check(
        &[(Yuyv, hd.0, hd.1, Some(5)), (Nv12, cif.0, cif.1, Some(15))],
        1,
    );
    check(
        &[(Yuyv, cif.0, cif.1, Some(15)), (Mjpeg, vga.0, vga.1, None)],
        1,
    );
    check(&[(Yuyv, vga.0, vga.1, Some(5))], 0);
}

#[test]
fn pictures_of_each_encoding_are_decoded() {
    let check = |encoding, width, height, bytes: &[u8]| {
        let picture = decode(mode(encoding, width, height), bytes).unwrap();
        assert_eq!(picture.dimensions(), (width, height));
        assert!(is_orange(&picture), "{:?}", picture.get_pixel(0, 0));
    };
    // ITU-R BT.601, 16 to 235.
    let (y, u, v) = (137, 78, 182);
    check(Encoding::Yuyv, 4, 2, &[y, u, y, v].repeat(4));
    check(
        Encoding::Nv12,
        4,
        2,
        &[vec![y; 8], [u, v].repeat(2)].concat(),
    );
    check(Encoding::Mjpeg, 64, 48, &jpeg(64, 48));
    check(Encoding::Mjpeg, 64, 48, &without_tables(&jpeg(64, 48)));
    // A driver's buffer goes on after the picture, with bytes of earlier ones.
    let behind = [jpeg(64, 48), vec![0xa5; 9000]].concat();
    check(Encoding::Mjpeg, 64, 48, &behind);
    check(Encoding::Yuyv, 4, 2, &[y, u, y, v].repeat(9));
}

#[test]
fn a_picture_larger_than_a_frame_is_shrunk() {
    for ((width, height), expected) in [((1280, 960), (640, 480)), ((1280, 720), (640, 360))] {
        let picture = decode(mode(Encoding::Mjpeg, width, height), &jpeg(width, height)).unwrap();
        assert_eq!(picture.dimensions(), expected);
        assert!(is_orange(&picture));
    }
}

#[test]
fn bytes_that_are_no_picture_are_refused() {
    let check = |encoding, bytes: &[u8], expected: &str| {
        let message = decode(mode(encoding, 64, 48), bytes)
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(Encoding::Mjpeg, &[], "a JPEG that cannot be read");
    check(Encoding::Mjpeg, &[0xff; 4000], "a JPEG that cannot be read");
    check(
        Encoding::Mjpeg,
        &[0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0],
        "a JPEG that cannot be read",
    );
    check(
        Encoding::Mjpeg,
        &jpeg(32, 48),
        "a picture of 32x48, where MJPG 64x48, 15 a second was agreed upon",
    );
    check(Encoding::Yuyv, &[0; 100], "100 bytes, where YUYV 64x48");
    check(Encoding::Nv12, &[0; 100], "100 bytes, where NV12 64x48");
}

#[test]
fn files_that_are_no_video_devices_are_refused() {
    let device = Device::at(Path::new("/dev/null"));
    assert!(
        matches!(device.modes, Err(Unusable::Refused { .. })),
        "{device:?}"
    );
    let device = Device::at(Path::new("/dev/video-nowhere"));
    let why = device.best().unwrap_err().to_string();
    assert!(why.contains("No such file"), "{why}");
}

/// What a simulated camera does next.
enum Act {
    Picture,
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

    fn mode(&self) -> Mode {
        mode(Encoding::Mjpeg, 64, 48)
    }

    fn next(&mut self) -> Result<Cow<'_, [u8]>, CameraError> {
        thread::sleep(Duration::from_millis(30));
        // The last act is repeated for ever.
        let act = match self.acts.len() {
            1 => &self.acts[0],
            _ => &self.acts.pop().unwrap(),
        };
        self.bytes = match act {
            Act::Picture => jpeg(64, 48),
            Act::Garbage => vec![7; 100],
            Act::Vanish => return Err(CameraError::NoDevice("/dev/video0".into())),
            Act::Hang => loop {
                thread::park();
            },
        };
        Ok(Cow::Borrowed(&self.bytes))
    }
}

/// Waits for a picture; returns how long that took, and the errors before it.
fn wait_for_picture(camera: &mut Video, limit: Duration) -> (Duration, Vec<String>) {
    let start = Instant::now();
    let mut errors: Vec<String> = Vec::new();
    while start.elapsed() < limit {
        match camera.frame(Duration::from_millis(100)) {
            Ok(Some(frame)) => {
                assert!(is_orange(&frame.picture));
                return (start.elapsed(), errors);
            }
            Ok(None) => {}
            Err(error) => errors.push(error.to_string()),
        }
    }
    panic!("no picture in {limit:?}: {errors:?}");
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
    let script = vec![Act::Garbage, Act::Garbage, Act::Picture];
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
fn a_camera_that_sends_only_garbage_is_opened_again() {
    let scripts = vec![vec![Act::Garbage], vec![Act::Picture]];
    let (cameras, _more) = Cameras::new(scripts);
    let (_, errors) = wait_for_picture(&mut Video::new(cameras), LATER);
    assert!(
        errors[0].contains("sends a JPEG that cannot be read"),
        "{errors:?}"
    );
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
