//! The network's input equals that of a plain, slow reference.

use image::imageops::crop_imm;
use image::{Rgb, RgbImage};
use recognise::Preprocessor;
use recognise::metadata::{InputSpec, Resize};
use recognise::preprocess::crop_box;

fn spec(resize: Resize) -> InputSpec {
    InputSpec {
        size: 48,
        resize,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
    }
}

fn run(spec: &InputSpec, photo: &RgbImage) -> Vec<f32> {
    let mut out = Vec::new();
    Preprocessor::new(spec).run(photo, &mut out);
    assert_eq!(out.len(), 3 * spec.size * spec.size);
    out
}

/// Slopes, stripes and a grain that a careless reduction would alias.
fn pattern(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let slope = (255 * x / width) as u8;
        let stripes = if (x + 2 * y) % 7 < 3 { 230 } else { 20 };
        let grain = (x.wrapping_mul(31) ^ y.wrapping_mul(17)) as u8;
        Rgb([slope, stripes, grain])
    })
}

/// The weights with which `from` samples make up each of `to` samples: a triangle as wide as the
/// reduction.
fn triangles(from: usize, to: usize) -> Vec<Vec<f64>> {
    let scale = from as f64 / to as f64;
    let reach = scale.max(1.0);
    (0..to)
        .map(|i| {
            let centre = (i as f64 + 0.5) * scale;
            let weight = |j| (1.0 - ((j as f64 + 0.5 - centre) / reach).abs()).max(0.0);
            let weights: Vec<f64> = (0..from).map(weight).collect();
            let sum: f64 = weights.iter().sum();
            weights.into_iter().map(|w| w / sum).collect()
        })
        .collect()
}

fn reference(spec: &InputSpec, photo: &RgbImage) -> Vec<f32> {
    let columns = triangles(photo.width() as usize, spec.size);
    let rows = triangles(photo.height() as usize, spec.size);
    let mut out = Vec::new();
    for channel in 0..3 {
        let squeezed: Vec<Vec<f64>> = photo
            .rows()
            .map(|row| {
                let row: Vec<f64> = row.map(|pixel| f64::from(pixel.0[channel])).collect();
                columns.iter().map(|weights| dot(weights, &row)).collect()
            })
            .collect();
        for weights in &rows {
            for x in 0..spec.size {
                let column: Vec<f64> = squeezed.iter().map(|row| row[x]).collect();
                let value = dot(weights, &column) as f32 / 255.0;
                out.push((value - spec.mean[channel]) / spec.std[channel]);
            }
        }
    }
    out
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn assert_close(found: &[f32], expected: &[f32], name: &str) {
    // Two steps of rounding to 8 bits, in units of the smallest standard deviation.
    let tolerance = 1.6 / 255.0 / 0.224;
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    let worst = worst.fold(0.0, f32::max);
    assert!(worst < tolerance, "{name}: off by {worst}");
}

#[test]
fn squash_uses_the_whole_picture() {
    let spec = spec(Resize::Squash);
    for (width, height) in [
        (48, 48),
        (200, 90),
        (90, 200),
        (20, 31),
        (641, 479),
        (3, 700),
    ] {
        let photo = pattern(width, height);
        let name = format!("{width} x {height}");
        assert_close(&run(&spec, &photo), &reference(&spec, &photo), &name);
    }
}

#[test]
fn crop_uses_the_largest_centred_square() {
    let spec = spec(Resize::Crop);
    for (width, height, (left, top, side)) in [
        (200, 90, (55, 0, 90)),
        (91, 200, (0, 54, 91)),
        (64, 64, (0, 0, 64)),
        (5, 40, (0, 17, 5)),
    ] {
        assert_eq!(
            crop_box(Resize::Crop, width, height),
            (left, top, side, side)
        );
        let photo = pattern(width, height);
        let square = crop_imm(&photo, left, top, side, side).to_image();
        let name = format!("{width} x {height}");
        assert_close(&run(&spec, &photo), &reference(&spec, &square), &name);
    }
}

#[test]
fn a_rectangle_of_a_picture_is_prepared_as_a_picture_of_its_own() {
    let photo = pattern(211, 97);
    let prepared = |spec: &InputSpec, rectangle: [u32; 4]| {
        let mut out = Vec::new();
        Preprocessor::new(spec).run_in(&photo, rectangle, &mut out);
        out
    };
    for resize in [Resize::Squash, Resize::Crop] {
        let spec = spec(resize);
        for rectangle in [
            [0, 0, 211, 97],
            [40, 30, 60, 50],
            [151, 0, 60, 97],
            [210, 96, 1, 1],
        ] {
            let [left, top, width, height] = rectangle;
            let cut = crop_imm(&photo, left, top, width, height).to_image();
            let name = format!("{resize:?} {rectangle:?}");
            assert_eq!(prepared(&spec, rectangle), run(&spec, &cut), "{name}");
        }
        // What is outside of the picture does not count.
        let beyond = prepared(&spec, [151, 0, u32::MAX, u32::MAX]);
        assert_eq!(beyond, prepared(&spec, [151, 0, 60, 97]));
        let black = run(&spec, &RgbImage::new(0, 0));
        for nothing in [[211, 97, 5, 5], [300, 300, 5, 5], [0, 0, 0, 9]] {
            assert_eq!(prepared(&spec, nothing), black, "{nothing:?}");
        }
    }
}

#[test]
fn a_flat_colour_stays_flat_at_any_size() {
    for resize in [Resize::Squash, Resize::Crop] {
        let spec = spec(resize);
        for (width, height) in [(1, 1), (1, 5000), (5000, 1), (65_535, 2), (1000, 1000)] {
            let out = run(
                &spec,
                &RgbImage::from_pixel(width, height, Rgb([200, 100, 0])),
            );
            for (channel, value) in [200.0, 100.0, 0.0].into_iter().enumerate() {
                let expected = (value / 255.0 - spec.mean[channel]) / spec.std[channel];
                let plane = &out[channel * 48 * 48..][..48 * 48];
                let flat = plane.iter().all(|found| (found - expected).abs() < 1e-5);
                assert!(flat, "{resize:?} {width} x {height}, channel {channel}");
            }
        }
    }
}

#[test]
fn a_picture_does_not_depend_on_the_one_before() {
    let spec = spec(Resize::Squash);
    let mut preprocessor = Preprocessor::new(&spec);
    let mut out = Vec::new();
    preprocessor.run(&pattern(300, 200), &mut out);
    for next in [pattern(50, 70), RgbImage::new(0, 0), pattern(48, 48)] {
        preprocessor.run(&next, &mut out);
        assert_eq!(out, run(&spec, &next), "{:?}", next.dimensions());
    }
}
