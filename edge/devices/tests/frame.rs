//! Frames that are not decoded before their pictures are needed.

use devices::camera::Frame;
use devices::camera::mode::Encoding;
use devices::camera::picture::{Crop, Flip, Settings, Turn};
use devices::camera::pixels::{Decoder, PixelsError};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use recognise::Source;
use recognise::photo;

use super::pixels::{agreed, waves, whole};

const TURNED: Settings = Settings {
    exposure: None,
    white_balance: None,
    power_line: None,
    flip: Flip::Horizontal,
    rotate: Turn::Right,
    crop: None,
};

fn decoder(size: (u32, u32), picture: &Settings) -> Decoder {
    Decoder::new(agreed(Encoding::Mjpeg, size.0, size.1, 0)).adjusted(picture.clone())
}

/// The largest difference between two pictures of one size, in levels, in the cells in which change is noticed.
fn difference(one: &RgbImage, other: &RgbImage) -> u8 {
    assert_eq!(one.dimensions(), other.dimensions());
    let [one, other] = [one, other].map(|picture| photo::shrink_within(picture, [32, 24]));
    let levels = one.iter().zip(other.iter());
    levels
        .map(|(one, other)| one.abs_diff(*other))
        .max()
        .unwrap()
}

#[test]
fn a_small_picture_shows_the_same_whether_the_whole_one_was_decoded_or_not() {
    for (size, picture, small) in [
        ((640, 480), Settings::default(), (160, 120)),
        ((640, 480), TURNED, (90, 120)),
        ((1280, 720), Settings::default(), (160, 90)),
        // Not a whole part of the sides.
        ((800, 600), Settings::default(), (160, 120)),
        ((176, 144), Settings::default(), (146, 120)),
    ] {
        let jpeg = waves(size.0, size.1);
        let mut frame = decoder(size, &picture).frame(whole(&jpeg)).unwrap();
        assert_eq!(frame.source(), Source::Camera);
        let before = frame.small().into_owned();
        assert_eq!(before.dimensions(), small, "{size:?}");

        let decoded = frame.picture().unwrap();
        let expected = decoder(size, &picture).decode(whole(&jpeg)).unwrap();
        assert!(*decoded == expected, "{size:?}");
        let differs = difference(&before, &frame.small());
        assert!(differs <= 3, "{size:?}: {differs} levels");
    }
}

#[test]
fn a_part_of_a_picture_is_decoded_as_a_whole() {
    let crop = Crop::try_from([0.25, 0.0, 0.5, 1.0]).unwrap();
    let picture = Settings {
        crop: Some(crop),
        ..Settings::default()
    };
    let jpeg = waves(640, 480);
    let frame = decoder((640, 480), &picture).frame(whole(&jpeg)).unwrap();
    let expected = decoder((640, 480), &picture).decode(whole(&jpeg)).unwrap();
    let expected = Frame::new(expected, Source::Camera);
    assert!(frame.small() == expected.small());
}

#[test]
fn half_a_picture_is_no_frame() {
    let jpeg = waves(640, 480);
    let half = [&jpeg[..jpeg.len() / 2], b"\xff\xd9"].concat();
    let mut decoder = decoder((640, 480), &Settings::default());
    let frame = decoder.frame(whole(&half));
    assert!(matches!(frame, Err(PixelsError::Cut)), "{frame:?}");
    let mut damaged = whole(&jpeg);
    damaged.is_damaged = true;
    let frame = decoder.frame(damaged);
    assert!(matches!(frame, Err(PixelsError::Damaged)), "{frame:?}");
}

#[test]
fn a_grey_camera_has_small_pictures_too() {
    let grey = image::imageops::grayscale(&image::load_from_memory(&waves(640, 480)).unwrap());
    let mut jpeg = Vec::new();
    JpegEncoder::new(&mut jpeg).encode_image(&grey).unwrap();
    let mut frame = decoder((640, 480), &Settings::default())
        .frame(whole(&jpeg))
        .unwrap();
    let before = frame.small().into_owned();
    frame.picture().unwrap();
    assert!(difference(&before, &frame.small()) <= 3);
}
