//! Photographs are decoded to the picture that people would see, or refused with a reason.

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
    let mut png = encoded(RgbImage::new(1, 1), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
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
        let jpeg = with_exif(&encoded(corners(), ImageFormat::Jpeg), orientation);
        let picture = photo::decode(&jpeg).unwrap();
        let dimensions = if orientation < 5 { (64, 32) } else { (32, 64) };
        assert_eq!(picture.dimensions(), dimensions, "{orientation}");
        assert_eq!(seen(&picture), expected, "{orientation}");
    }
}

#[test]
fn an_orientation_that_does_not_exist_is_ignored() {
    let jpeg = with_exif(&encoded(corners(), ImageFormat::Jpeg), 77);
    assert_eq!(photo::decode(&jpeg).unwrap().dimensions(), (64, 32));
}

/// The JPEG with an EXIF segment after its first marker: one big-endian directory with one entry,
/// tag 0x0112 (orientation), type 3 (short), count 1.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    exif.extend([0, orientation, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
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
        (write("scan.tif", tiff), "a picture of format Tiff"),
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
            let fits = match format {
                ImageFormat::Jpeg => matches!(fault, Fault::Truncated),
                _ => matches!(fault, Fault::Truncated | Fault::Damaged(_)),
            };
            assert!(fits, "{format:?} at {per_cent} %: {fault:?}");
        }
    }
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
