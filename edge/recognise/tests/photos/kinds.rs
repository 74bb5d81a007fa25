//! What is not read is named, with what to do about it.

use std::path::Path;

use image::{ImageFormat, RgbImage};
use recognise::photo::{self, Fault, Kind, PhotoError};

use super::{chunk, encoded};

/// The start of a file with brands.
fn brands(brands: &[&[u8]]) -> Vec<u8> {
    let brands = brands.concat();
    let length = (8 + brands.len() as u32).to_be_bytes();
    [&length, &b"ftyp"[..], &brands, &[0; 64]].concat()
}

#[test]
fn kinds_are_known_by_their_content() {
    let mut apple = b"\x89PNG\r\n\x1A\n".to_vec();
    apple.extend(chunk(b"CgBI", &[0x50, 0, 0x20, 2]));
    apple.extend(&encoded(RgbImage::new(4, 4), ImageFormat::Png)[8..]);
    let mut bitmap = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0".to_vec();
    bitmap.resize(70, 0);
    let for_apps = Kind::Variant {
        format: "PNG",
        what: "made for Apple's apps",
    };
    let files: [(&str, Vec<u8>, Kind); 19] = [
        (
            "HEIC",
            brands(&[b"heic", b"\0\0\0\0", b"mif1", b"heic"]),
            Kind::Heic,
        ),
        (
            "HEIF",
            brands(&[b"mif1", b"\0\0\0\0", b"mif1", b"heic"]),
            Kind::Heic,
        ),
        (
            "a series",
            brands(&[b"msf1", b"\0\0\0\0", b"hevc"]),
            Kind::Heic,
        ),
        (
            "AVIF",
            brands(&[b"avif", b"\0\0\0\0", b"mif1", b"miaf"]),
            Kind::Format("AVIF"),
        ),
        (
            "AVIF too",
            brands(&[b"mif1", b"\0\0\0\0", b"avif"]),
            Kind::Format("AVIF"),
        ),
        (
            "MP4",
            brands(&[b"isom", b"\0\0\x02\0", b"iso2", b"mp41"]),
            Kind::Video,
        ),
        ("QuickTime", brands(&[b"qt  ", b"\0\0\0\0"]), Kind::Video),
        (
            "older QuickTime",
            b"\0\0\0\x08wide\0\0\0\0mdat".to_vec(),
            Kind::Video,
        ),
        (
            "AVI",
            b"RIFF\x10\0\0\0AVI LIST\0\0\0\0".to_vec(),
            Kind::Video,
        ),
        (
            "Matroska",
            b"\x1A\x45\xDF\xA3\x01\0\0\0\0\0\0\0".to_vec(),
            Kind::Video,
        ),
        (
            "JPEG XL",
            b"\0\0\0\x0CJXL \r\n\x87\n".to_vec(),
            Kind::Format("JPEG XL"),
        ),
        (
            "bare JPEG XL",
            b"\xFF\x0A\xFA\x7F\x01\0\0\0".to_vec(),
            Kind::Format("JPEG XL"),
        ),
        (
            "JPEG 2000",
            b"\0\0\0\x0CjP  \r\n\x87\n".to_vec(),
            Kind::Format("JPEG 2000"),
        ),
        (
            "bare JPEG 2000",
            b"\xFF\x4F\xFF\x51\0\x2F\0\0".to_vec(),
            Kind::Format("JPEG 2000"),
        ),
        (
            "TIFF",
            b"MM\0\x2A\0\0\0\x08\0\0".to_vec(),
            Kind::Format("TIFF or raw"),
        ),
        ("BMP", bitmap, Kind::Format("BMP")),
        ("PDF", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(), Kind::Pdf),
        (
            "Photoshop",
            b"8BPS\0\x01\0\0\0\0\0\0".to_vec(),
            Kind::Format("PSD"),
        ),
        ("a PNG for apps", apple, for_apps),
    ];
    for (what, file, expected) in files {
        let fault = photo::decode(&file).unwrap_err().fault;
        assert!(
            matches!(fault, Fault::NotRead(kind) if kind == expected),
            "{what}: {fault:?}"
        );
        let message = fault.to_string();
        assert!(
            !message.contains("damaged") && !message.contains('\n'),
            "{message}"
        );
    }
}

#[test]
fn an_iphones_owner_is_told_how_to_send_a_jpeg() {
    let heic = brands(&[b"heic", b"\0\0\0\0", b"mif1", b"heic"]);
    let message = photo::decode(&heic).unwrap_err().to_string();
    for words in [
        "HEIC",
        "JPEG",
        "Settings > Camera > Formats > Most Compatible",
    ] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn what_is_no_picture_at_all_is_no_kind() {
    let files: [&[u8]; 5] = [
        b"Dear sir or madam",
        b"BMW and other makers of cars",
        b"<!DOCTYPE html><title>404</title>",
        b"\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\xFF",
    ];
    for file in files {
        let fault = photo::decode(file).unwrap_err().fault;
        assert!(matches!(fault, Fault::NotAPicture), "{fault:?}");
    }
}

#[test]
fn a_name_cannot_control_the_terminal_that_it_is_printed_on() {
    let error = PhotoError {
        path: Some(Path::new("a\u{1b}]0;title\u{7}b\r\nc\u{9b}d\u{202e}.jpg").to_owned()),
        fault: Fault::Empty,
    };
    let expected = r"a\u{1b}]0;title\u{7}b\r\nc\u{9b}d\u{202e}.jpg: the file is empty";
    assert_eq!(error.to_string(), expected);
}
