//! The pictures of a camera's driver: rows with and without padding, JPEGs, and what is not a whole
//! picture.

use devices::camera::mode::{Agreed, Encoding, Mode, Rate};
use devices::camera::picture::{Crop, Flip, Settings, Turn};
use devices::camera::pixels::{Decoder, PixelsError, Raw};
use devices::camera::v4l2::filled;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use recognise::photo;
use v4l::Fraction;
use v4l::buffer::{Flags, Metadata};

const ORANGE: Rgb<u8> = Rgb([230, 120, 40]);
// Orange by ITU-R BT.601, 16 to 235.
const Y: u8 = 137;
const U: u8 = 78;
const V: u8 = 182;
/// What stands between rows, and behind pictures: green.
const PADDING: u8 = 0;

pub(crate) fn agreed(encoding: Encoding, width: u32, height: u32, stride: u32) -> Agreed {
    let mode = Mode {
        encoding,
        width,
        height,
        rate: Rate::every(Fraction::new(1, 15)),
    };
    Agreed::new(mode, stride).unwrap()
}

fn decode(agreed: Agreed, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    Decoder::new(agreed).decode(whole(bytes))
}

pub(crate) fn whole(bytes: &[u8]) -> Raw<'_> {
    Raw {
        bytes,
        is_damaged: false,
    }
}

fn jpeg_of(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 95)
        .encode_image(picture)
        .unwrap();
    bytes
}

/// JPEGs of 64 x 48 pixels, as a driver agrees on them.
pub(crate) fn small_jpegs() -> Agreed {
    let mode = Mode {
        encoding: Encoding::Mjpeg,
        width: 64,
        height: 48,
        rate: None,
    };
    Agreed::new(mode, 0).unwrap()
}

/// A JPEG of plain orange.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    jpeg_of(&RgbImage::from_pixel(width, height, ORANGE))
}

/// Two thirds of a JPEG that is nowhere orange, with an end marker.
pub(crate) fn closed_early(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let wave = |side: u32| (side % 8 * 30) as u8;
        Rgb([wave(x), wave(y), 255])
    });
    let jpeg = jpeg_of(&picture);
    [&jpeg[..jpeg.len() * 2 / 3], b"\xff\xd9"].concat()
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

/// Rows of a repeated pattern, each of so many bytes and then padded.
fn rows(pattern: &[u8], bytes: usize, stride: usize, rows: usize) -> Vec<u8> {
    let mut row: Vec<u8> = pattern.iter().copied().cycle().take(bytes).collect();
    row.resize(stride, PADDING);
    row.repeat(rows)
}

fn yuyv([width, height]: [usize; 2], stride: usize) -> Vec<u8> {
    rows(&[Y, U, Y, V], 2 * width, stride, height)
}

fn nv12([width, height]: [usize; 2], stride: usize) -> Vec<u8> {
    let even = usize::next_multiple_of;
    let colours = rows(&[U, V], even(width, 2), even(stride, 2), height.div_ceil(2));
    [rows(&[Y], width, stride, height), colours].concat()
}

pub(crate) fn is_orange(picture: &RgbImage) -> bool {
    let near = |pixel: &Rgb<u8>| {
        let mut pairs = pixel.0.iter().zip(ORANGE.0);
        pairs.all(|(&a, b)| a.abs_diff(b) <= 6)
    };
    picture.pixels().all(near)
}

#[test]
fn rows_may_be_padded_and_sides_odd() {
    use Encoding::{Nv12, Yuyv};
    for (encoding, [width, height], stride, [columns, lines]) in [
        (Yuyv, [64, 48], 128, [64, 48]),
        (Yuyv, [64, 48], 192, [64, 48]),
        (Yuyv, [63, 47], 126, [62, 47]),
        (Yuyv, [63, 47], 128, [62, 47]),
        (Yuyv, [63, 48], 131, [62, 48]),
        (Nv12, [64, 48], 64, [64, 48]),
        (Nv12, [64, 48], 80, [64, 48]),
        (Nv12, [63, 48], 63, [62, 48]),
        (Nv12, [63, 47], 64, [62, 46]),
        (Nv12, [64, 47], 96, [64, 46]),
    ] {
        let size = [width as usize, height as usize];
        let bytes = match encoding {
            Yuyv => yuyv(size, stride as usize),
            _ => nv12(size, stride as usize),
        };
        let picture = decode(agreed(encoding, width, height, stride), &bytes).unwrap();
        let what = format!("{encoding:?} {width}x{height}, {stride} bytes a row");
        assert_eq!(picture.dimensions(), (columns, lines), "{what}");
        assert!(is_orange(&picture), "{what}");
    }
}

#[test]
fn a_driver_that_does_not_say_how_long_its_rows_are_has_no_padding() {
    let picture = decode(agreed(Encoding::Yuyv, 64, 48, 0), &yuyv([64, 48], 128));
    assert!(is_orange(&picture.unwrap()));
    let picture = decode(agreed(Encoding::Nv12, 64, 48, 0), &nv12([64, 48], 64));
    assert!(is_orange(&picture.unwrap()));
}

#[test]
fn every_pixel_is_where_it_was() {
    // Brightness tells the place; there is no colour.
    let light = |x: u32, y: u32| (16 + 3 * x + y) as u8;
    let grey = |x: u32, y: u32| {
        let value = (u32::from(light(x, y)) - 16) * 298 + 128;
        (value >> 8).min(255) as u8
    };
    let [mut yuyv, mut nv12] = [vec![PADDING; 48 * 150], vec![128; 48 * 80 + 24 * 80]];
    for (y, x) in (0..48).flat_map(|y| (0..64).map(move |x| (y, x))) {
        let at = y as usize * 150 + 2 * x as usize;
        yuyv[at] = light(x, y);
        yuyv[at + 1] = 128;
        nv12[y as usize * 80 + x as usize] = light(x, y);
    }
    for (encoding, stride, bytes) in [(Encoding::Yuyv, 150, yuyv), (Encoding::Nv12, 80, nv12)] {
        let picture = decode(agreed(encoding, 64, 48, stride), &bytes).unwrap();
        for (x, y, pixel) in picture.enumerate_pixels() {
            assert_eq!(pixel.0, [grey(x, y); 3], "{encoding:?} at {x}, {y}");
        }
    }
}

#[test]
fn a_picture_that_is_cut_short_is_refused() {
    use Encoding::{Mjpeg, Nv12, Yuyv};
    let picture = RgbImage::from_fn(64, 48, |x, y| Rgb([x, y, x * y].map(|it| (3 * it) as u8)));
    let jpeg = jpeg_of(&picture);
    let merged = [&jpeg[..jpeg.len() * 2 / 3], &jpeg].concat();
    let (yuyv, nv12) = (yuyv([64, 48], 192), nv12([64, 48], 80));
    // The padding of the last row is no part of the picture.
    let (yuyv_end, nv12_end) = (47 * 192 + 128, (48 + 23) * 80 + 64);
    assert!(decode(agreed(Yuyv, 64, 48, 192), &yuyv[..yuyv_end]).is_ok());
    assert!(decode(agreed(Nv12, 64, 48, 80), &nv12[..nv12_end]).is_ok());
    let cases: [(Encoding, u32, &[u8]); 6] = [
        (Yuyv, 192, &yuyv[..yuyv_end - 1]),
        (Nv12, 80, &nv12[..nv12_end - 1]),
        (Yuyv, 0, &[]),
        (Mjpeg, 0, &jpeg[..jpeg.len() / 3]),
        (Mjpeg, 0, &jpeg[..jpeg.len() * 2 / 3]),
        (Mjpeg, 0, &merged),
    ];
    for (encoding, stride, bytes) in cases {
        let error = decode(agreed(encoding, 64, 48, stride), bytes).unwrap_err();
        let message = error.to_string();
        let expected = "pictures that are cut short";
        assert!(message.starts_with(expected), "{encoding:?}: {message}");
    }
}

#[test]
fn where_no_driver_says_what_is_lost_an_end_marker_shows_nothing() {
    let agreed = agreed(Encoding::Mjpeg, 64, 48, 0);
    let (cut, sound) = (closed_early(64, 48), jpeg(64, 48));
    assert!(decode(agreed, &cut).is_ok(), "its driver says what is lost");
    let mut decoder = Decoder::new(agreed);
    decoder.believe_end(false);
    let error = decoder.decode(whole(&cut)).unwrap_err();
    assert_eq!(error.to_string(), "pictures that are cut short");
    for bytes in [&sound, &without_tables(&sound)] {
        assert!(is_orange(&decoder.decode(whole(bytes)).unwrap()));
    }
}

#[test]
fn what_the_driver_says_about_a_buffer_is_believed() {
    let buffer = yuyv([64, 48], 128);
    let mut decoder = Decoder::new(agreed(Encoding::Yuyv, 64, 48, 128));
    let mut outcome = |bytesused, flags| {
        let about = Metadata {
            bytesused,
            flags,
            ..Metadata::default()
        };
        let outcome = decoder.decode(filled(&buffer, &about));
        outcome.map(|_| ()).map_err(|error| error.to_string())
    };
    let all = buffer.len() as u32;
    assert_eq!(outcome(all, Flags::DONE), Ok(()));
    assert_eq!(outcome(u32::MAX, Flags::DONE), Ok(()));
    for some in [0, 1, all / 3, all - 1] {
        let message = outcome(some, Flags::DONE).unwrap_err();
        let expected = format!("cut short ({some} bytes, where YUYV 64x48, 15 a second has {all})");
        assert!(message.contains(&expected), "{message}");
    }
    let damaged = outcome(all, Flags::DONE | Flags::ERROR);
    assert_eq!(
        damaged.unwrap_err(),
        "pictures that its driver says are damaged"
    );
}

#[test]
fn a_jpeg_is_found_among_other_bytes() {
    let jpeg = jpeg(64, 48);
    for bytes in [
        jpeg.clone(),
        without_tables(&jpeg),
        // A driver's buffer goes on after the picture, with bytes of earlier ones.
        [&jpeg[..], &[0xa5; 9000]].concat(),
        [&[0; 4][..], &jpeg].concat(),
        [&[0xff, 0xff, 0xd8, 0, 0xff][..], &jpeg].concat(),
        // Fill bytes before a marker.
        [&jpeg[..2], &[0xff; 3], &jpeg[2..]].concat(),
    ] {
        let picture = decode(agreed(Encoding::Mjpeg, 64, 48, 0), &bytes).unwrap();
        assert_eq!(picture.dimensions(), (64, 48));
        assert!(is_orange(&picture));
    }
}

#[test]
fn a_jpeg_of_another_size_is_used_where_the_next_one_has_it_too() {
    let mut decoder = Decoder::new(agreed(Encoding::Mjpeg, 64, 48, 0));
    let mut sizes = |sizes: &[(u32, u32)]| -> Vec<Option<(u32, u32)>> {
        let pictures = sizes.iter().map(|&(width, height)| {
            let picture = decoder.decode(whole(&jpeg(width, height)));
            picture.ok().map(|picture| picture.dimensions())
        });
        pictures.collect()
    };
    let (agreed, padded, other, tiny) = ((64, 48), (64, 56), (32, 48), (8, 8));
    assert_eq!(
        sizes(&[agreed, other, agreed]),
        [Some(agreed), None, Some(agreed)]
    );
    assert_eq!(
        sizes(&[padded, padded, padded]),
        [None, Some(padded), Some(padded)]
    );
    assert_eq!(sizes(&[other, padded, other]), [None; 3]);
    assert_eq!(sizes(&[tiny, tiny]), [None; 2]);
}

#[test]
fn a_picture_larger_than_a_frame_is_shrunk() {
    for ((width, height), expected) in [((1280, 960), (640, 480)), ((1280, 720), (640, 360))] {
        let agreed = agreed(Encoding::Mjpeg, width, height, 0);
        let picture = decode(agreed, &jpeg(width, height)).unwrap();
        assert_eq!(picture.dimensions(), expected);
        assert!(is_orange(&picture));
    }
}

/// A JPEG with waves of different lengths, so that lost pixels show.
pub(crate) fn waves(width: u32, height: u32) -> Vec<u8> {
    let wave = |at: u32, length: f32| (128.0 + 80.0 * (at as f32 / length).sin()) as u8;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb([wave(x, 6.0), wave(y, 8.0), wave(x + y, 9.0)])
    });
    jpeg_of(&picture)
}

fn decode_adjusted(picture: &Settings, bytes: &[u8]) -> RgbImage {
    let agreed = agreed(Encoding::Mjpeg, 1280, 960, 0);
    let mut decoder = Decoder::new(agreed).adjusted(picture.clone());
    decoder.decode(whole(bytes)).unwrap()
}

#[test]
fn a_jpeg_larger_than_a_frame_is_read_smaller_and_looks_as_if_it_were_shrunk() {
    let jpeg = waves(1280, 960);
    for (rotate, expected) in [
        (Turn::None, (640, 480)),
        (Turn::Half, (640, 480)),
        (Turn::Right, (360, 480)),
    ] {
        let settings = Settings {
            rotate,
            flip: Flip::Horizontal,
            ..Settings::default()
        };
        let frame = decode_adjusted(&settings, &jpeg);
        assert_eq!(frame.dimensions(), expected);
        let shrunk = settings.adjust(photo::decode(&jpeg).unwrap());
        let differences = frame.iter().zip(shrunk.iter());
        let sum: u64 = differences.map(|(&a, &b)| u64::from(a.abs_diff(b))).sum();
        let mean = sum as f64 / shrunk.len() as f64;
        assert!(mean < 3.0, "{rotate:?}: {mean}");
    }
    let cut = [&jpeg[..jpeg.len() / 2], b"\xff\xd9"].concat();
    let cut = decode(agreed(Encoding::Mjpeg, 1280, 960, 0), &cut);
    assert!(matches!(cut, Err(PixelsError::Cut)), "{cut:?}");
}

#[test]
fn a_crop_that_needs_all_pixels_of_a_large_jpeg_has_them() {
    let jpeg = waves(1280, 960);
    for (shares, rotate, needs_all) in [
        ([0.25, 0.5, 0.5, 0.5], Turn::None, true),
        ([0.0, 0.0, 0.4, 0.6], Turn::None, true),
        ([0.0, 0.0, 0.4, 1.0], Turn::None, false),
        ([0.1, 0.1, 0.3, 0.3], Turn::Half, true),
        ([0.0, 0.5, 1.0, 0.5], Turn::Left, true),
        ([0.0, 0.0, 1.0, 0.8], Turn::None, false),
    ] {
        let settings = Settings {
            crop: Some(Crop::try_from(shares).unwrap()),
            rotate,
            ..Settings::default()
        };
        let frame = decode_adjusted(&settings, &jpeg);
        let expected = settings.adjust(photo::decode(&jpeg).unwrap());
        assert_eq!(frame.dimensions(), expected.dimensions(), "{shares:?}");
        assert_eq!(frame == expected, needs_all, "{shares:?}");
    }
}

#[test]
fn bytes_that_are_no_picture_are_refused() {
    let jpeg_of_32 = jpeg(32, 48);
    let cases: [&[u8]; 4] = [&[], &[0xff; 4000], b"\xff\xd8", &jpeg_of_32[2..]];
    for bytes in cases {
        let error = decode(agreed(Encoding::Mjpeg, 64, 48, 0), bytes).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("a JPEG that cannot be read"), "{message}");
    }
    let error = decode(agreed(Encoding::Mjpeg, 64, 48, 0), &jpeg_of_32).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a picture of 32x48, where MJPG 64x48, 15 a second was agreed upon"
    );
}

#[test]
fn a_format_that_no_picture_has_is_not_agreed_upon() {
    for (width, height) in [
        (0, 0),
        (1, 1),
        (640, 0),
        (15, 480),
        (640, 8193),
        (u32::MAX, 480),
    ] {
        let mode = Mode {
            encoding: Encoding::Nv12,
            width,
            height,
            rate: None,
        };
        assert_eq!(Agreed::new(mode, 640), None);
    }
}
