//! A camera's picture that is larger than a frame is read smaller, and no less than is needed of it.

use std::fs;
use std::path::Path;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};
use recognise::photo::{self, Fault, Proof};

use super::sketch::{Scans, Sketch, TWO_BY_TWO, differences};
use super::{BLUE, GREEN, RED, WHITE, encoded, seen};

/// Pictures of cats and of a room, as cameras and programs store them.
fn pictures() -> Vec<(&'static str, Vec<u8>)> {
    // 320x240, a colour for four pixels.
    let cat = include_bytes!("cat.jpg");
    let grey = photo::decode(cat).unwrap();
    let grey = DynamicImage::from(grey).into_luma8();
    let read = |path: &str| {
        let edge = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        fs::read(edge.join(path)).unwrap()
    };
    vec![
        ("a colour for four pixels", cat.to_vec()),
        (
            "progressive",
            include_bytes!("cat-progressive.jpg").to_vec(),
        ),
        ("a colour for two pixels", read("assets/camera.jpg")),
        (
            "odd sides, a colour for a pixel",
            read("devices/assets/chelsea.jpg"),
        ),
        ("grey", encoded(grey, ImageFormat::Jpeg)),
    ]
}

/// The mean of every so many pixels across and down, as far as they are whole.
fn means(picture: &RgbImage, factor: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let area = factor * factor;
    RgbImage::from_fn(width / factor, height / factor, |x, y| {
        let places = (0..area).map(|at| (x * factor + at % factor, y * factor + at / factor));
        let mut sums = [area / 2; 3];
        for (x, y) in places {
            let Rgb(pixel) = picture.get_pixel(x, y);
            for (sum, &value) in sums.iter_mut().zip(pixel) {
                *sum += u32::from(value);
            }
        }
        Rgb(sums.map(|sum| (sum / area) as u8))
    })
}

fn mean_difference(a: &RgbImage, b: &RgbImage) -> f64 {
    let sum: u64 = (a.iter().zip(b.iter()))
        .map(|(&a, &b)| u64::from(a.abs_diff(b)))
        .sum();
    sum as f64 / a.len() as f64
}

#[test]
fn a_picture_that_is_larger_than_needed_is_read_smaller_and_looks_the_same() {
    for (what, jpeg) in pictures() {
        let whole = photo::decode(&jpeg).unwrap();
        let (width, height) = whole.dimensions();
        // By what the sides are divided, and by how much a value may differ.
        for (factor, most) in [(2, 2.0), (4, 2.5), (8, 2.5)] {
            let bounds = [width / factor, height / factor];
            let small = photo::decode_frame(&jpeg, Proof::Marker, bounds).unwrap();
            let sides = (width.div_ceil(factor), height.div_ceil(factor));
            assert_eq!(small.dimensions(), sides, "{what}, by {factor}");
            let expected = means(&whole, factor);
            let small = imageops::crop_imm(&small, 0, 0, bounds[0], bounds[1]).to_image();
            let difference = mean_difference(&small, &expected);
            assert!(difference < most, "{what}, by {factor}: {difference}");
        }
    }
}

#[test]
fn what_is_read_is_never_less_than_what_the_picture_is_shrunk_to() {
    let (_, jpeg) = &pictures()[0];
    for (bounds, expected) in [
        ([160, 120], (160, 120)),
        // The height bounds it: a frame of 160x120.
        ([4000, 120], (160, 120)),
        ([161, 120], (160, 120)),
        ([161, 121], (320, 240)),
        ([159, 119], (160, 120)),
        ([81, 61], (160, 120)),
        ([80, 60], (80, 60)),
        ([1, 1], (40, 30)),
    ] {
        let picture = photo::decode_frame(jpeg, Proof::Marker, bounds).unwrap();
        assert_eq!(picture.dimensions(), expected, "{bounds:?}");
    }
}

#[test]
fn a_picture_that_is_not_larger_than_needed_is_read_as_a_photograph() {
    for (what, jpeg) in pictures() {
        let expected = photo::decode(&jpeg).unwrap();
        let (width, height) = expected.dimensions();
        for bounds in [
            [width, height],
            [width / 2 + 1, height / 2 + 1],
            [u32::MAX, u32::MAX],
        ] {
            for proof in [Proof::Blocks, Proof::Marker] {
                let picture = photo::decode_frame(&jpeg, proof, bounds).unwrap();
                assert!(picture == expected, "{what}, {bounds:?}");
            }
        }
    }
}

#[test]
fn a_cut_picture_is_refused_where_it_is_read_smaller_though_its_end_marker_is_believed() {
    for (what, jpeg) in pictures() {
        for per_cent in [30, 60, 95] {
            let cut = [&jpeg[..jpeg.len() * per_cent / 100], b"\xFF\xD9"].concat();
            for proof in [Proof::Blocks, Proof::Marker] {
                let error = photo::decode_frame(&cut, proof, [100, 100]).unwrap_err();
                let fault = error.fault;
                assert!(matches!(fault, Fault::Truncated), "{what}: {fault:?}");
            }
        }
    }
}

/// A colour in each corner of 256x128 pixels.
fn corners(x: usize, y: usize) -> [u8; 3] {
    let colour = match (x < 128, y < 64) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => WHITE,
    };
    differences(colour.0)
}

#[test]
fn a_picture_is_read_smaller_however_its_components_are_stored() {
    for sampling in [
        TWO_BY_TWO,
        [[1, 1]; 3],
        [[2, 1], [1, 1], [1, 1]],
        [[1, 2], [1, 1], [1, 1]],
        [[4, 1], [1, 1], [1, 1]],
        [[1, 1], [2, 2], [2, 1]],
    ] {
        for scans in [Scans::Together, Scans::Apart, Scans::Progressive] {
            let sketch = Sketch {
                sampling,
                scans,
                restart: 3,
                ..Sketch::new(256, 128, corners)
            };
            let jpeg = sketch.bytes();
            for bounds in [[128, 64], [64, 32]] {
                let picture = photo::decode_frame(&jpeg, Proof::Marker, bounds).unwrap();
                assert_eq!(picture.dimensions(), (bounds[0], bounds[1]), "{sampling:?}");
                assert_eq!(seen(&picture), [RED, GREEN, BLUE, WHITE], "{sampling:?}");
            }
        }
    }
}

#[test]
fn a_picture_is_shrunk_to_the_means_of_its_pixels() {
    let picture = photo::decode(include_bytes!("cat.jpg")).unwrap();
    for factor in [2, 4, 5, 80] {
        let bounds = [320 / factor, 240 / factor];
        let small = photo::shrink_within(&picture, bounds).into_owned();
        assert!(small == imageops::thumbnail(&picture, small.width(), small.height()));
        if 240 % factor == 0 && 320 % factor == 0 {
            assert!(small == means(&picture, factor), "{factor}");
        }
    }
    // By 1.5: of three pixels, the first two, and then the third.
    let rows = RgbImage::from_fn(6, 3, |x, y| Rgb([(10 * x + 100 * y) as u8; 3]));
    let small = photo::shrink_within(&rows, [4, 4]).into_owned();
    let values: Vec<u8> = small.pixels().map(|pixel| pixel.0[0]).collect();
    assert_eq!(values, [55, 70, 85, 100, 205, 220, 235, 250]);
    // A side of one pixel stays, and what is white stays white.
    let line = RgbImage::from_pixel(8000, 1, Rgb([255; 3]));
    let small = photo::shrink_within(&line, [640, 640]).into_owned();
    assert!(small == RgbImage::from_pixel(640, 1, Rgb([255; 3])));
}
