//! Pictures of screens, and how they are compared with what they should look like.

use std::path::Path;

use screens::{Canvas, Depth, View, draw};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageEncoder, Rgb, RgbImage};

/// How far a value may be off: edges are smoothed with floating point numbers, which processors may
/// round differently.
const TOLERANCE: u8 = 2;

/// One value in so many may be off by [`STEP`], where that rounding tips the scales.
const RARELY: usize = 10_000;

/// How far apart two steps of smoothing are.
const STEP: u8 = 17;

/// Between the pictures of a sheet, in pixels.
const GAP: u32 = 8;
const GREY: Rgb<u8> = Rgb([128; 3]);

/// A display: its width and height in pixels, and what it can show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Display(pub(crate) u32, pub(crate) u32, pub(crate) Depth);

/// What a display shows.
pub(crate) fn shown(display: Display, view: &View<'_>) -> RgbImage {
    let mut canvas = Canvas::new(display.0, display.1, display.2);
    draw(view, &mut canvas);
    canvas.pixels().clone()
}

/// What a display shows of each view, `columns` of them beside one another.
pub(crate) fn sheet(display: Display, columns: usize, views: &[View<'_>]) -> RgbImage {
    let frames: Vec<RgbImage> = views.iter().map(|view| shown(display, view)).collect();
    let rows: Vec<RgbImage> = frames.chunks(columns).map(beside).collect();
    below(&rows)
}

/// Pictures in a row.
pub(crate) fn beside(pictures: &[RgbImage]) -> RgbImage {
    let width = pictures.iter().map(|p| p.width() + GAP).sum::<u32>() - GAP;
    let height = pictures.iter().map(RgbImage::height).max().unwrap_or(0);
    let mut row = RgbImage::from_pixel(width, height, GREY);
    let mut x = 0;
    for picture in pictures {
        image::imageops::replace(&mut row, picture, x, 0);
        x += i64::from(picture.width() + GAP);
    }
    row
}

/// Pictures in a column.
pub(crate) fn below(pictures: &[RgbImage]) -> RgbImage {
    let width = pictures.iter().map(RgbImage::width).max().unwrap_or(0);
    let height = pictures.iter().map(|p| p.height() + GAP).sum::<u32>() - GAP;
    let mut column = RgbImage::from_pixel(width, height, GREY);
    let mut y = 0;
    for picture in pictures {
        image::imageops::replace(&mut column, picture, 0, y);
        y += i64::from(picture.height() + GAP);
    }
    column
}

/// A picture at half its size, each of its pixels the mean of four.
pub(crate) fn halved(picture: &RgbImage) -> RgbImage {
    image::imageops::thumbnail(picture, picture.width() / 2, picture.height() / 2)
}

/// Compares a picture with the one of the same name in `golden/`, or replaces that where
/// `UPDATE_GOLDEN` is set.
pub(crate) fn check(name: &str, actual: &RgbImage) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let golden = Path::new(folder).join(name).with_extension("png");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return write(&golden, actual);
    }
    let expected = match image::open(&golden) {
        Ok(picture) => picture.to_rgb8(),
        Err(error) => panic!("{}: {error}; UPDATE_GOLDEN=1 draws it", golden.display()),
    };
    let pairs = expected.iter().zip(actual.iter());
    let apart = pairs
        .map(|(a, b)| a.abs_diff(*b))
        .filter(|&d| d > TOLERANCE);
    let (differ, most) = apart.fold((0, 0), |(count, most), d| (count + 1, most.max(d)));
    let alike = most <= STEP && differ <= actual.len() / RARELY;
    if expected.dimensions() == actual.dimensions() && alike {
        return;
    }
    let file = Path::new(name).file_name().unwrap_or_default();
    let drawn = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(file)
        .with_extension("png");
    write(&drawn, actual);
    panic!(
        "{differ} values differ (sizes {:?} and {:?}): compare\n  {} (expected) with\n  {} (drawn); \
         where the new one is right, UPDATE_GOLDEN=1 keeps it",
        expected.dimensions(),
        actual.dimensions(),
        golden.display(),
        drawn.display(),
    );
}

fn write(file: &Path, picture: &RgbImage) {
    let mut png = Vec::new();
    let (width, height) = picture.dimensions();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter)
        .write_image(picture, width, height, image::ColorType::Rgb8.into())
        .and_then(|()| std::fs::write(file, png).map_err(image::ImageError::IoError))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}
