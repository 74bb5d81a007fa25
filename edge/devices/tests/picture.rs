//! Pictures that are cropped, turned and mirrored: the settings compose, and whatever comes out fits a
//! frame.

use std::path::Path;
use std::thread;
use std::time::Duration;

use devices::camera::clip::{HEIGHT, WIDTH};
use devices::camera::mode::Agreed;
use devices::camera::picture::{Crop, CropError, Flip, Settings, Turn};
use devices::camera::pixels::Raw;
use devices::camera::video::{Open, Stream, Video};
use devices::camera::{Camera, CameraError};
use image::{Rgb, RgbImage, imageops};

use crate::pixels::{jpeg, small_jpegs};

const FLIPS: [Flip; 4] = [Flip::None, Flip::Horizontal, Flip::Vertical, Flip::Both];
const TURNS: [Turn; 4] = [Turn::None, Turn::Right, Turn::Half, Turn::Left];

/// A picture in which each pixel says where it is.
fn places(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([x as u8, y as u8, (x / 256 * 16 + y / 256) as u8])
    })
}

fn crop(shares: [f64; 4]) -> Option<Crop> {
    Some(Crop::try_from(shares).unwrap())
}

/// The picture turned, then mirrored: the whole of it, one step after another.
fn upright(picture: &RgbImage, rotate: Turn, flip: Flip) -> RgbImage {
    let turned = match rotate {
        Turn::None => picture.clone(),
        Turn::Right => imageops::rotate90(picture),
        Turn::Half => imageops::rotate180(picture),
        Turn::Left => imageops::rotate270(picture),
    };
    match flip {
        Flip::None => turned,
        Flip::Horizontal => imageops::flip_horizontal(&turned),
        Flip::Vertical => imageops::flip_vertical(&turned),
        Flip::Both => imageops::flip_vertical(&imageops::flip_horizontal(&turned)),
    }
}

#[test]
fn without_settings_a_picture_stays_as_it_is() {
    let picture = places(320, 200);
    assert_eq!(Settings::default().adjust(picture.clone()), picture);
}

#[test]
fn a_picture_is_turned_clockwise_and_then_mirrored() {
    let picture = places(40, 24);
    let corner = *picture.get_pixel(0, 0);
    // Where the corner at the top left is afterwards.
    for (rotate, flip, size, at) in [
        (Turn::Right, Flip::None, (24, 40), (23, 0)),
        (Turn::Half, Flip::None, (40, 24), (39, 23)),
        (Turn::Left, Flip::None, (24, 40), (0, 39)),
        (Turn::None, Flip::Horizontal, (40, 24), (39, 0)),
        (Turn::None, Flip::Vertical, (40, 24), (0, 23)),
        (Turn::Right, Flip::Horizontal, (24, 40), (0, 0)),
        (Turn::Right, Flip::Vertical, (24, 40), (23, 39)),
        (Turn::Half, Flip::Both, (40, 24), (0, 0)),
    ] {
        let settings = Settings {
            rotate,
            flip,
            ..Settings::default()
        };
        let adjusted = settings.adjust(picture.clone());
        assert_eq!(adjusted.dimensions(), size, "{settings:?}");
        assert_eq!(*adjusted.get_pixel(at.0, at.1), corner, "{settings:?}");
    }
}

#[test]
fn a_crop_is_a_part_of_the_picture_that_was_turned_and_mirrored() {
    let picture = places(40, 24);
    for shares in [
        [0.0, 0.0, 1.0, 1.0],
        [0.25, 0.125, 0.5, 0.75],
        [0.5, 0.25, 0.25, 0.5],
        [0.875, 0.0, 0.125, 0.125],
    ] {
        for rotate in TURNS {
            for flip in FLIPS {
                let settings = Settings {
                    rotate,
                    flip,
                    crop: crop(shares),
                    ..Settings::default()
                };
                let whole = upright(&picture, rotate, flip);
                let (width, height) = whole.dimensions();
                let across = |share: f64| (share * f64::from(width)) as u32;
                let down = |share: f64| (share * f64::from(height)) as u32;
                let [left, top, width, height] = shares;
                let expected = imageops::crop_imm(
                    &whole,
                    across(left),
                    down(top),
                    across(width),
                    down(height),
                );
                let adjusted = settings.adjust(picture.clone());
                assert_eq!(adjusted, expected.to_image(), "{settings:?}");
            }
        }
    }
}

#[test]
fn whatever_comes_out_fits_a_frame_in_its_proportions() {
    for (width, height) in [
        (640, 480),
        (480, 640),
        (1280, 720),
        (1600, 1600),
        (17, 2000),
    ] {
        for rotate in TURNS {
            for shares in [
                None,
                Some([0.0, 0.5, 1.0, 0.5]),
                Some([0.33, 0.1, 0.06, 0.9]),
            ] {
                let settings = Settings {
                    rotate,
                    crop: shares.and_then(crop),
                    ..Settings::default()
                };
                let picture = settings.adjust(RgbImage::new(width, height));
                let (across, down) = picture.dimensions();
                assert!((1..=WIDTH).contains(&across), "{settings:?}: {across}");
                assert!((1..=HEIGHT).contains(&down), "{settings:?}: {down}");
            }
        }
    }
    let sideways = Settings {
        rotate: Turn::Right,
        ..Settings::default()
    };
    let picture = sideways.adjust(RgbImage::new(640, 480));
    assert_eq!(picture.dimensions(), (360, 480));
    let picture = sideways.adjust(RgbImage::new(480, 640));
    assert_eq!(picture.dimensions(), (640, 480));
}

#[test]
fn a_crop_of_a_large_picture_keeps_all_its_pixels() {
    let picture = places(1280, 960);
    let settings = Settings {
        crop: crop([0.25, 0.5, 0.5, 0.5]),
        ..Settings::default()
    };
    let expected = imageops::crop_imm(&picture, 320, 480, 640, 480).to_image();
    assert_eq!(settings.adjust(picture), expected);
}

#[test]
fn shares_that_are_none_are_refused() {
    for (shares, expected) in [
        ([-0.1, 0.0, 1.0, 1.0], CropError::NoShare(-0.1)),
        ([0.0, 0.0, 1.5, 1.0], CropError::NoShare(1.5)),
        (
            [0.0, f64::INFINITY, 1.0, 1.0],
            CropError::NoShare(f64::INFINITY),
        ),
        ([0.0, 0.0, 0.0, 1.0], CropError::TooSmall(0.0)),
        (
            [0.0, 0.75, 1.0, 0.5],
            CropError::Beyond {
                start: 0.75,
                length: 0.5,
            },
        ),
    ] {
        assert_eq!(Crop::try_from(shares), Err(expected));
    }
    // As decimal fractions they are a little more than 1.
    assert!(Crop::try_from([0.7, 0.1, 0.3, 0.9]).is_ok());
}

/// A camera that hangs sideways.
struct Sideways(Vec<u8>);

impl Open for Sideways {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError> {
        Ok(Box::new(Self(self.0.clone())))
    }
}

impl Stream for Sideways {
    fn name(&self) -> &Path {
        Path::new("/dev/video0")
    }

    fn agreed(&self) -> Agreed {
        small_jpegs()
    }

    fn picture(&self) -> Settings {
        Settings {
            rotate: Turn::Right,
            ..Settings::default()
        }
    }

    fn next(&mut self) -> Result<Raw<'_>, CameraError> {
        thread::sleep(Duration::from_millis(30));
        Ok(Raw {
            bytes: &self.0,
            is_damaged: false,
        })
    }
}

#[test]
fn the_frames_of_a_camera_are_adjusted() {
    let mut camera = Video::new(Sideways(jpeg(64, 48)));
    let mut frame = camera.frame(Duration::from_secs(5)).unwrap().unwrap();
    assert_eq!(frame.picture().unwrap().dimensions(), (48, 64));
}
