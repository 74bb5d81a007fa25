//! Photographs are decoded to the picture that people would see, or refused with a reason.

mod frames;
mod jpegs;
mod kinds;
mod large;
mod orientation;
mod sketch;

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use recognise::photo::{self, Fault};

const RED: Rgb<u8> = Rgb([220, 30, 30]);
const GREEN: Rgb<u8> = Rgb([30, 200, 30]);
const BLUE: Rgb<u8> = Rgb([30, 30, 220]);
const WHITE: Rgb<u8> = Rgb([250, 250, 250]);

const FORMATS: [ImageFormat; 4] = [
    ImageFormat::Jpeg,
    ImageFormat::Png,
    ImageFormat::WebP,
    ImageFormat::Gif,
];

/// 64 x 32 pixels with a colour in each corner: red, green, blue and white in reading order.
fn corners() -> RgbImage {
    RgbImage::from_fn(64, 32, |x, y| match (x < 32, y < 16) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => WHITE,
    })
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The colours of the four corners in reading order, each the nearest of the four drawn.
fn seen(picture: &RgbImage) -> [Rgb<u8>; 4] {
    let (right, bottom) = (picture.width() - 8, picture.height() - 8);
    let distance = |a: &Rgb<u8>, b: &Rgb<u8>| -> u32 {
        let channels = a.0.iter().zip(b.0);
        channels.map(|(&a, b)| u32::from(a.abs_diff(b))).sum()
    };
    [(8, 8), (right, 8), (8, bottom), (right, bottom)].map(|(x, y)| {
        let pixel = picture.get_pixel(x, y);
        let mut drawn = [RED, GREEN, BLUE, WHITE];
        drawn.sort_by_key(|colour| distance(colour, pixel));
        assert!(distance(&drawn[0], pixel) < 40, "{pixel:?} was not drawn");
        drawn[0]
    })
}

fn at(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A PNG that consists of a header alone.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let size = [width, height].map(u32::to_be_bytes).concat();
    let header = chunk(b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat());
    [b"\x89PNG\r\n\x1A\n", &header[..]].concat()
}

/// A chunk of a PNG.
fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    let named = [kind, content].concat();
    let checksum = crc32(&named).to_be_bytes();
    [&length, &named[..], &checksum].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut checksum = flate2::Crc::new();
    checksum.update(bytes);
    checksum.sum()
}

#[test]
fn the_content_decides_the_format_not_the_name() {
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let path = at(folder.path(), "photo.jpg", &encoded(corners(), format));
        let picture = photo::open(&path).unwrap();
        assert_eq!(picture.dimensions(), (64, 32), "{format:?}");
        assert_eq!(seen(&picture), [RED, GREEN, BLUE, WHITE], "{format:?}");
    }
}

#[test]
fn transparent_pixels_become_white() {
    let glass = |alpha| RgbaImage::from_pixel(4, 4, Rgba([0, 100, 200, alpha]));
    for (alpha, colour) in [
        (0, [255, 255, 255]),
        (51, [204, 224, 244]),
        (255, [0, 100, 200]),
    ] {
        let picture = photo::decode(&encoded(glass(alpha), ImageFormat::Png)).unwrap();
        assert_eq!(picture.get_pixel(1, 1).0, colour, "alpha {alpha}");
    }
}

#[test]
fn grey_and_sixteen_bit_pictures_become_rgb() {
    let grey = DynamicImage::new_luma8(5, 5);
    let deep = DynamicImage::new_rgb16(5, 5);
    for picture in [grey, deep] {
        let picture = photo::decode(&encoded(picture, ImageFormat::Png)).unwrap();
        assert_eq!(picture.get_pixel(4, 4).0, [0, 0, 0]);
    }
}

#[test]
fn the_smallest_and_the_thinnest_pictures_are_read() {
    for (width, height) in [(1, 1), (1, 5000), (5000, 1), (2, 3)] {
        for format in FORMATS {
            let bytes = encoded(RgbImage::from_pixel(width, height, RED), format);
            let picture = photo::decode(&bytes).unwrap();
            assert_eq!(picture.dimensions(), (width, height), "{format:?}");
        }
    }
}

#[test]
fn a_file_that_is_not_a_picture_is_refused_with_the_reason_and_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| at(folder.path(), name, bytes);
    let tiff = b"II\x2A\0\x08\0\0\0\0\0\0\0";
    let sparse = write("huge.jpg", b"");
    let file = fs::File::options().write(true).open(&sparse).unwrap();
    file.set_len(photo::MAX_BYTES + 1).unwrap();

    for (path, expected) in [
        (folder.path().join("gone.jpg"), "no such file"),
        (folder.path().to_owned(), "not a file"),
        (write("empty.jpg", b""), "the file is empty"),
        (write("text.jpg", b"Dear sir or madam"), "not a picture"),
        (
            write("scan.tif", tiff),
            "a picture of the format TIFF or raw, which is not read",
        ),
        (sparse, "the file has 65 MiB"),
        (
            write("bomb.png", &png_header(60_000, 60_000)),
            "60000 x 60000 pixels",
        ),
        (
            write("line.png", &png_header(50_000_000, 1)),
            "50000000 x 1 pixels",
        ),
    ] {
        let message = photo::open(&path).unwrap_err().to_string();
        let start = format!("{}: {expected}", path.display());
        assert!(message.starts_with(&start), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_instead_of_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket.jpg");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let fault = photo::open(&socket).unwrap_err().fault;
    assert!(matches!(fault, Fault::NotAFile), "{fault:?}");
}

#[test]
fn a_picture_that_is_cut_short_is_refused_wherever_it_was_cut() {
    for format in FORMATS {
        let whole = encoded(noise(), format);
        for per_cent in [3, 10, 50, 90] {
            let cut = &whole[..whole.len() * per_cent / 100];
            let fault = photo::decode(cut).unwrap_err().fault;
            let about = format!("{format:?} at {per_cent} %: {fault:?}");
            assert!(matches!(fault, Fault::Truncated), "{about}");
        }
    }
}

#[test]
fn a_cut_png_is_refused_whatever_was_put_at_its_end() {
    const END: &[u8] = b"\0\0\0\0IEND\xAE\x42\x60\x82";
    let whole = encoded(noise(), ImageFormat::Png);
    let data = whole.len() - END.len();
    for at in [data / 3, data / 2, data - 20] {
        let zeros = vec![0; whole.len() - at];
        for end in [END, &zeros] {
            let fault = photo::decode(&[&whole[..at], end].concat())
                .unwrap_err()
                .fault;
            assert!(matches!(fault, Fault::Truncated), "{fault:?}");
        }
    }
    // Half of the data in a chunk of their own, and then the end.
    let signature = 8 + 25;
    let pixels = &whole[signature + 8..data - 4];
    let half = chunk(b"IDAT", &pixels[..pixels.len() / 2]);
    let fault = photo::decode(&[&whole[..signature], &half, END].concat());
    let fault = fault.unwrap_err().fault;
    assert!(matches!(fault, Fault::Truncated), "{fault:?}");
}

#[test]
fn a_whole_png_is_taken_without_its_end() {
    let whole = encoded(noise(), ImageFormat::Png);
    let expected = photo::decode(&whole).unwrap();
    for missing in [1, 4, 8, 12] {
        let cut = &whole[..whole.len() - missing];
        assert!(photo::decode(cut).unwrap() == expected, "{missing}");
    }
    let padded = [&whole[..whole.len() - 12], &[0; 4096]].concat();
    assert!(photo::decode(&padded).unwrap() == expected);
}

#[test]
fn a_flipped_bit_in_a_png_is_damage() {
    let mut png = encoded(noise(), ImageFormat::Png);
    let middle = png.len() / 2;
    png[middle] ^= 1;
    let fault = photo::decode(&png).unwrap_err().fault;
    assert!(matches!(fault, Fault::Damaged(_)), "{fault:?}");
}

/// 96 x 96 pixels that no format can compress.
fn noise() -> RgbImage {
    let mut state = 1u32;
    RgbImage::from_fn(96, 96, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([state >> 24, state >> 16, state >> 8].map(|bits| bits as u8))
    })
}

#[test]
fn a_cut_jpeg_is_refused_though_its_thumbnail_is_whole() {
    let jpeg = encoded(noise(), ImageFormat::Jpeg);
    let thumbnail = encoded(RgbImage::new(8, 8), ImageFormat::Jpeg);
    let length = (thumbnail.len() as u16 + 2).to_be_bytes();
    let whole = [&jpeg[..2], &[0xFF, 0xE2], &length, &thumbnail, &jpeg[2..]].concat();
    assert!(photo::decode(&whole).is_ok());
    let fault = photo::decode(&whole[..whole.len() / 2]).unwrap_err().fault;
    assert!(matches!(fault, Fault::Truncated), "{fault:?}");
}

#[test]
fn bytes_that_a_camera_appends_after_a_jpeg_are_ignored() {
    let frame = [encoded(corners(), ImageFormat::Jpeg), vec![0; 4096]].concat();
    assert_eq!(seen(&photo::decode(&frame).unwrap())[0], RED);
}

#[test]
fn no_damage_to_a_file_makes_it_crash() {
    for format in FORMATS {
        let whole = encoded(corners(), format);
        for position in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[position] ^= 0xFF;
            if let Ok(picture) = photo::decode(&damaged) {
                assert!(picture.width() > 0 && picture.height() > 0);
            }
        }
    }
}

#[test]
fn the_datasets_odd_files_are_read_by_content() {
    let Some(data) = std::env::var_os("PETS_DATA") else {
        println!("skipped: PETS_DATA is not set");
        return;
    };
    let images = Path::new(&data).join("oxford-iiit-pet/images");
    let misnamed = [
        "Abyssinian_5",
        "Egyptian_Mau_14",
        "Egyptian_Mau_156",
        "Egyptian_Mau_186",
    ];
    let common = fs::read_dir(&images).unwrap().step_by(50);
    let paths: Vec<PathBuf> = misnamed
        .iter()
        .map(|name| images.join(name).with_extension("jpg"))
        .chain(common.map(|entry| entry.unwrap().path()))
        .collect();
    for path in paths {
        let picture = photo::open(&path).unwrap();
        assert!(
            picture.width() > 32 && picture.height() > 32,
            "{}",
            path.display()
        );
    }
}
