//! Pictures of phones with many megapixels are read, smaller and within bounds of memory.

use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::Rgb;
use recognise::photo::{self, Fault};

use super::sketch::{Scans, Sketch, differences};
use super::{BLUE, GREEN, RED, WHITE, chunk, png_header, seen};

fn corners(x: usize, y: usize, width: usize, height: usize) -> Rgb<u8> {
    match (x < width / 2, y < height / 2) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => WHITE,
    }
}

/// A JPEG of 108 megapixels.
fn jpeg() -> Vec<u8> {
    let sketch = Sketch::new(12_000, 9_000, |x, y| {
        differences(corners(x, y, 12_000, 9_000).0)
    });
    sketch.bytes()
}

#[test]
fn a_jpeg_of_108_megapixels_is_read_at_a_quarter_of_its_sides() {
    let picture = photo::decode(&jpeg()).unwrap();
    assert_eq!(picture.dimensions(), (3000, 2250));
    assert_eq!(seen(&picture), [RED, GREEN, BLUE, WHITE]);
}

#[test]
fn a_jpeg_of_108_megapixels_takes_less_than_half_of_the_memory_of_its_pixels() {
    /// The pixels are 324 MB. Of each block four coefficients are kept, 41 MB in all; the picture is
    /// 20 MB; the rest is the file and the program.
    const MOST: u64 = 128 << 10;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.jpg");
    fs::write(&file, jpeg()).unwrap();
    // In a process that does nothing else.
    let reader = Command::new(env::current_exe().unwrap())
        .args(["--exact", "photos::large::reader_process"])
        .args(["--ignored", "--nocapture"])
        .env("READ_FILE", &file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&reader.stdout);
    let peak = said.split("peak: ").nth(1).unwrap_or_default();
    let kibibytes = peak.split_whitespace().next().map(str::parse);
    let Some(Ok(kibibytes)) = kibibytes else {
        panic!("{reader:?}");
    };
    assert!((1..MOST).contains(&kibibytes), "{kibibytes} KiB");
}

#[test]
#[ignore = "the other process of the test above"]
fn reader_process() {
    let file = env::var_os("READ_FILE").expect("the file to read");
    let picture = photo::open(Path::new(&file)).unwrap();
    assert_eq!(picture.dimensions(), (3000, 2250));
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("peak: {}", peak.unwrap().trim());
}

#[test]
fn a_large_progressive_jpeg_is_read_and_a_cut_one_refused() {
    let sketch = Sketch {
        scans: Scans::Progressive,
        ..Sketch::new(8_161, 6_144, |x, y| {
            differences(corners(x, y, 8_161, 6_144).0)
        })
    };
    let jpeg = sketch.bytes();
    let picture = photo::decode(&jpeg).unwrap();
    assert_eq!(picture.dimensions(), (2041, 1536));
    assert_eq!(seen(&picture), [RED, GREEN, BLUE, WHITE]);
    let cut = [&jpeg[..jpeg.len() / 2], &[0xFF, 0xD9]].concat();
    let fault = photo::decode(&cut).unwrap_err().fault;
    assert!(matches!(fault, Fault::Truncated), "{fault:?}");
}

/// A PNG in black and white, one bit a pixel: black above, white below.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::fast());
    for y in 0..height {
        let colour = if y < height / 2 { 0 } else { 0xFF };
        let mut row = vec![colour; 1 + width.div_ceil(8) as usize];
        row[0] = 0;
        rows.write_all(&row).unwrap();
    }
    let size = [width, height].map(u32::to_be_bytes).concat();
    [
        b"\x89PNG\r\n\x1A\n".to_vec(),
        chunk(b"IHDR", &[&size[..], &[1, 0, 0, 0, 0]].concat()),
        chunk(b"IDAT", &rows.finish().unwrap()),
        chunk(b"IEND", b""),
    ]
    .concat()
}

#[test]
fn a_large_png_is_read_row_by_row() {
    let png = png(10_001, 5_002);
    let picture = photo::decode(&png).unwrap();
    assert_eq!(picture.dimensions(), (2501, 1251));
    let at = |x, y| picture.get_pixel(x, y).0[0];
    assert_eq!([at(0, 0), at(2500, 624)], [0, 0]);
    // One row of black and three of white.
    assert_eq!([at(0, 625), at(2500, 626), at(2500, 1250)], [191, 255, 255]);

    let cut = [&png[..png.len() / 2], &chunk(b"IEND", b"")].concat();
    let fault = photo::decode(&cut).unwrap_err().fault;
    assert!(matches!(fault, Fault::Truncated), "{fault:?}");
}

#[test]
fn what_is_too_large_says_how_large_it_is_and_how_much_is_read() {
    let jpeg = |width: u16, height: u16| {
        let mut jpeg = Sketch::new(8, 8, |_, _| [0; 3]).bytes();
        let frame = super::sketch::places(&jpeg, 0xC0)[0];
        jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        jpeg
    };
    let mut interlaced = png_header(10_000, 6_000);
    interlaced[28] = 1;
    for (picture, expected) in [
        (
            jpeg(12_000, 9_300),
            "12000 x 9300 pixels; at most 110 megapixels are read",
        ),
        (
            jpeg(65_535, 65_535),
            "65535 x 65535 pixels; at most 110 megapixels are read",
        ),
        (
            png_header(20_000, 6_000),
            "20000 x 6000 pixels; at most 110 megapixels are read",
        ),
        (
            interlaced,
            "10000 x 6000 pixels; at most 50 megapixels are read",
        ),
    ] {
        let error = photo::decode(&picture).unwrap_err();
        assert!(
            matches!(error.fault, Fault::TooManyPixels { .. }),
            "{error:?}"
        );
        assert_eq!(error.to_string(), expected);
    }
}
