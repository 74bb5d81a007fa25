//! Compares what the screens show with the pictures in `tests/golden/`.
//!
//! `UPDATE_GOLDEN=1 cargo test -p screens` redraws them: look at them before you commit them.

use std::path::Path;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageEncoder, RgbImage};
use screens::{Canvas, Depth, View, draw};

use crate::scenes::*;
use crate::side_by_side::{below, beside};

/// How far a value may differ: edges are smoothed with floating-point arithmetic, which processors
/// may round differently.
const TOLERANCE: u8 = 2;

/// One value in so many may differ by [`STEP`], where that rounding decides between two steps.
const RARELY: usize = 10_000;

/// The difference between two steps of smoothing.
const STEP: u8 = 17;

#[test]
fn every_scene_fits_an_oled() {
    check("oled", &sheet(OLED, 5, &scenes(&meadow())));
}

#[test]
fn every_scene_fits_a_square_panel() {
    check("square", &sheet(SQUARE, 5, &scenes(&meadow())));
}

#[test]
fn every_scene_fits_a_small_panel() {
    check("small", &sheet(SMALL, 5, &scenes(&meadow())));
}

#[test]
fn every_scene_fits_a_medium_panel() {
    check("medium", &sheet(MEDIUM, 4, &scenes(&meadow())));
}

#[test]
fn every_scene_fits_a_television() {
    let sheet = sheet(HDMI, 4, &scenes(&meadow()));
    check("hdmi", &halved(&sheet));
}

#[test]
fn there_may_be_less_to_show_or_more() {
    let picture = meadow();
    let sheets = [OLED, SMALL].map(|display| sheet(display, 5, &variations(&picture)));
    check("variations", &below(&sheets));
}

#[test]
fn french_has_its_accents_and_its_long_names() {
    let picture = meadow();
    let sheets = [OLED, SQUARE, MEDIUM].map(|display| sheet(display, 4, &french(&picture)));
    check("french", &below(&sheets));
}

#[test]
fn at_night_the_screens_are_dim() {
    let picture = meadow();
    let day = scenes(&picture);
    let night: Vec<_> = day
        .iter()
        .map(|&view| View {
            night: true,
            ..view
        })
        .collect();
    let some = [night[0], night[3], night[6], night[8]];
    check("night", &sheet(SMALL, 4, &some));

    for (day, night) in day.iter().zip(&night) {
        let (day, night) = (light(&shown(SMALL, day)), light(&shown(SMALL, night)));
        assert!(night < 0.4 * day, "{night} is not dim beside {day}");
    }
}

#[test]
fn an_upright_screen_is_laid_out_upright() {
    let (display, picture) = (Display(240, 400, Depth::Colour), meadow());
    let all = scenes(&picture);
    let some = [all[0], all[3], all[6], all[8]];
    check("upright", &sheet(display, 4, &some));
}

/// The mean brightness of a frame, 0 to 255.
fn light(frame: &RgbImage) -> f64 {
    let sum: f64 = frame.as_raw().iter().copied().map(f64::from).sum();
    sum / frame.as_raw().len() as f64
}

/// A display: its width and height in pixels, and its depth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Display(pub(crate) u32, pub(crate) u32, pub(crate) Depth);

/// What a display shows of a view.
pub(crate) fn shown(display: Display, view: &View<'_>) -> RgbImage {
    let mut canvas = Canvas::new(display.0, display.1, display.2);
    draw(view, &mut canvas);
    canvas.pixels().clone()
}

/// What a display shows of each view, in rows of `columns`.
pub(crate) fn sheet(display: Display, columns: usize, views: &[View<'_>]) -> RgbImage {
    let frames: Vec<RgbImage> = views.iter().map(|view| shown(display, view)).collect();
    let rows: Vec<RgbImage> = frames.chunks(columns).map(beside).collect();
    below(&rows)
}

/// A picture at half its size, each of its pixels the mean of four.
pub(crate) fn halved(picture: &RgbImage) -> RgbImage {
    image::imageops::thumbnail(picture, picture.width() / 2, picture.height() / 2)
}

/// Compares a picture with the one of the same name in `golden/`, or replaces the latter if
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
    let drawn = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(name)
        .with_extension("png");
    write(&drawn, actual);
    panic!(
        "{differ} values differ (sizes {:?} and {:?}): compare\n  {} (expected) with\n  {} (drawn); \
         if the new one is right, UPDATE_GOLDEN=1 keeps it",
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
