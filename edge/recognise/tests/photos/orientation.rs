//! A picture stands upright whichever way the camera was held, and however a program has noted that.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{ImageFormat, Rgb};
use recognise::photo::{self, Proof};

use super::{BLUE, GREEN, RED, WHITE, chunk, corners, encoded, seen};

const UPRIGHT: [Rgb<u8>; 4] = [RED, GREEN, BLUE, WHITE];
/// The picture turned to the right, as orientation 6 asks for.
const TURNED: [Rgb<u8>; 4] = [BLUE, RED, WHITE, GREEN];

/// EXIF data with one entry: the orientation, as a number of a type.
fn exif(is_little: bool, kind: u16, orientation: u8) -> Vec<u8> {
    let length = match kind {
        1 => 1,
        3 => 2,
        _ => 4,
    };
    let number = |value: u32, length: usize| {
        if is_little {
            value.to_le_bytes()[..length].to_vec()
        } else {
            value.to_be_bytes()[4 - length..].to_vec()
        }
    };
    let mut value = number(orientation.into(), length);
    value.resize(4, 0);
    let order = if is_little { b"II" } else { b"MM" };
    [
        order.to_vec(),
        number(42, 2),
        number(8, 4),
        number(1, 2),
        number(0x0112, 2),
        number(kind.into(), 2),
        number(1, 4),
        value,
        number(0, 4),
    ]
    .concat()
}

fn with_prefix(exif: &[u8]) -> Vec<u8> {
    [b"Exif\0\0", exif].concat()
}

/// The corners as a JPEG with EXIF data.
fn jpeg(exif: &[u8]) -> Vec<u8> {
    let jpeg = encoded(corners(), ImageFormat::Jpeg);
    let exif = with_prefix(exif);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

/// The corners as a PNG with a chunk after its header, or before its end.
fn png(kind: &[u8; 4], content: &[u8], is_last: bool) -> Vec<u8> {
    let png = encoded(corners(), ImageFormat::Png);
    let at = if is_last { png.len() - 12 } else { 8 + 25 };
    [&png[..at], &chunk(kind, content), &png[at..]].concat()
}

/// The corners as a WebP with EXIF data.
fn webp(exif: &[u8]) -> Vec<u8> {
    let webp = encoded(corners(), ImageFormat::WebP);
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        let padding = vec![0; content.len() % 2];
        let length = (content.len() as u32).to_le_bytes();
        [kind, &length[..], content, &padding].concat()
    };
    // Its flags say that it has EXIF data; then its size less one.
    let extended = chunk(b"VP8X", &[8, 0, 0, 0, 63, 0, 0, 31, 0, 0]);
    let exif = chunk(b"EXIF", exif);
    let content = [b"WEBP", &extended[..], &webp[12..], &exif].concat();
    chunk(b"RIFF", &content)
}

/// A profile as ImageMagick writes it.
fn profile(exif: &[u8]) -> Vec<u8> {
    let mut text = format!("\nexif\n{:8}\n", exif.len());
    for line in exif.chunks(36) {
        text.extend(line.iter().map(|byte| format!("{byte:02x}")));
        text.push('\n');
    }
    text.into_bytes()
}

fn deflated(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_picture_stands_upright_whichever_way_the_camera_was_held() {
    let upright = [
        (1, [RED, GREEN, BLUE, WHITE]),
        (2, [GREEN, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (4, [BLUE, WHITE, RED, GREEN]),
        (5, [RED, BLUE, GREEN, WHITE]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (7, [WHITE, GREEN, BLUE, RED]),
        (8, [GREEN, WHITE, RED, BLUE]),
    ];
    for (orientation, expected) in upright {
        let picture = photo::decode(&jpeg(&exif(false, 3, orientation))).unwrap();
        let dimensions = if orientation < 5 { (64, 32) } else { (32, 64) };
        assert_eq!(picture.dimensions(), dimensions, "{orientation}");
        assert_eq!(seen(&picture), expected, "{orientation}");
    }
}

#[test]
fn the_size_that_is_needed_of_a_frame_is_that_of_the_upright_picture() {
    for (orientation, bounds, expected) in [
        (1, [32, 16], (32, 16)),
        (1, [16, 32], (16, 8)),
        (6, [16, 32], (16, 32)),
        (6, [32, 16], (8, 16)),
        (7, [32, 16], (8, 16)),
    ] {
        let jpeg = jpeg(&exif(false, 3, orientation));
        let picture = photo::decode_frame(&jpeg, Proof::Blocks, bounds).unwrap();
        assert_eq!(picture.dimensions(), expected, "{orientation}, {bounds:?}");
    }
}

#[test]
fn a_picture_stands_upright_however_programs_have_noted_the_orientation() {
    let usual = exif(false, 3, 6);
    let prefixed = with_prefix(&usual);
    let profile = profile(&prefixed);
    let text = |keyword: &str, rest: &[u8]| [keyword.as_bytes(), b"\0", rest].concat();
    let with = |before: &[u8], text: &[u8]| [before, text].concat();
    let deflated = deflated(&profile);
    let (name, other) = ("Raw profile type exif", "Raw profile type APP1");
    let pictures = [
        ("JPEG, little-endian", jpeg(&exif(true, 3, 6))),
        ("JPEG, four bytes", jpeg(&exif(false, 4, 6))),
        ("JPEG, four bytes, little-endian", jpeg(&exif(true, 4, 6))),
        ("JPEG, one byte", jpeg(&exif(false, 1, 6))),
        ("JPEG, prefix twice", jpeg(&prefixed)),
        ("WebP", webp(&usual)),
        ("WebP with prefix", webp(&prefixed)),
        ("PNG", png(b"eXIf", &usual, false)),
        ("PNG, at its end", png(b"eXIf", &usual, true)),
        ("PNG with prefix", png(b"eXIf", &prefixed, false)),
        ("PNG, text", png(b"tEXt", &text(name, &profile), false)),
        ("PNG, APP1", png(b"tEXt", &text(other, &profile), true)),
        (
            "PNG, compressed text",
            png(b"zTXt", &text(name, &with(b"\0", &deflated)), false),
        ),
        (
            "PNG, international text",
            png(b"iTXt", &text(name, &with(b"\0\0\0\0", &profile)), false),
        ),
        (
            "PNG, compressed international text",
            png(
                b"iTXt",
                &text(other, &with(b"\x01\0en\0x\0", &deflated)),
                false,
            ),
        ),
    ];
    for (what, picture) in pictures {
        let picture = photo::decode(&picture).unwrap();
        assert_eq!(picture.dimensions(), (32, 64), "{what}");
        assert_eq!(seen(&picture), TURNED, "{what}");
    }
}

#[test]
fn a_picture_that_a_program_has_turned_is_left_as_it_lies() {
    let exif = exif(false, 3, 6);
    for picture in [jpeg(&exif), png(b"eXIf", &exif, false), webp(&exif)] {
        let picture = photo::decode_unturned(&picture).unwrap();
        assert_eq!(picture.dimensions(), (64, 32));
        assert_eq!(seen(&picture), UPRIGHT);
    }
}

#[test]
fn what_is_no_orientation_is_ignored() {
    let usual = exif(false, 3, 6);
    let bomb = deflated(&vec![b'0'; 16 << 20]);
    let text = |rest: &[u8]| [b"Raw profile type exif\0\0", rest].concat();
    let mut far = usual.clone();
    far[4..8].fill(0xFF);
    let pictures = [
        ("an unknown orientation", jpeg(&exif(false, 3, 77))),
        ("nothing", jpeg(&exif(true, 4, 0))),
        ("a number of an odd type", jpeg(&exif(false, 12, 6))),
        ("a directory that is far away", jpeg(&far)),
        ("cut data", jpeg(&usual[..15])),
        ("no data", webp(b"")),
        (
            "a profile that is none",
            png(b"zTXt", &text(b"\x78\x9C\xFF"), false),
        ),
        ("a profile that is large", png(b"zTXt", &text(&bomb), false)),
        (
            "another text",
            png(b"tEXt", b"Comment\0Orientation 6", false),
        ),
    ];
    for (what, picture) in pictures {
        let picture = photo::decode(&picture).unwrap();
        assert_eq!(seen(&picture), UPRIGHT, "{what}");
    }
}
