//! Films of moving animals, and the figures of predictions pooled over time.

mod entrance;

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use indicatif::ProgressBar;
use recognise::{Bundle, Recogniser};
use trainer::dataset::Photo;
use trainer::evaluate::sequence::{Film, SequenceFigures, sequences};

use crate::bundle;

/// A checkerboard, which makes every movement visible.
fn drawn(colour: [u8; 3]) -> RgbImage {
    RgbImage::from_fn(300, 200, |x, y| match (x / 20 + y / 20) % 2 {
        0 => Rgb(colour),
        _ => Rgb(colour.map(|value| value / 2)),
    })
}

/// The mean difference of two frames' values.
fn apart(a: &RgbImage, b: &RgbImage) -> f64 {
    let pairs = a.iter().zip(b.iter());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}

#[test]
fn frames_differ_the_more_the_further_they_are_apart_in_time() {
    let frames: Vec<Vec<RgbImage>> = (0..2)
        .map(|seed| {
            let film = Film::new(&drawn([220, 90, 30]), seed);
            (0..Film::FRAMES).map(|index| film.frame(index)).collect()
        })
        .collect();
    let mean = |step: usize| {
        let pairs = frames
            .iter()
            .flat_map(|film| film.iter().zip(&film[step..]));
        let apart: Vec<f64> = pairs.map(|(a, b)| apart(a, b)).collect();
        apart.iter().sum::<f64>() / apart.len() as f64
    };
    assert!(mean(1) > 1.0, "a camera's frames are never the same");
    assert!(mean(1) < mean(2) && mean(2) < mean(8));
}

#[test]
fn a_seed_always_gives_the_same_film_and_another_seed_another_film() {
    let [film, again, other] = [1, 1, 2].map(|seed| Film::new(&drawn([30, 200, 60]), seed));
    assert_eq!(film.frame(9), again.frame(9));
    assert_eq!(film.frame(9).dimensions(), (640, 480));
    assert!(apart(&film.frame(9), &other.frame(9)) > 5.0);
}

#[test]
fn photographs_of_any_size_make_a_film() {
    for (width, height) in [(0, 0), (1, 1), (3, 2000), (2000, 3)] {
        let film = Film::new(&RgbImage::new(width, height), 5);
        assert_eq!(film.frame(8).dimensions(), (640, 480));
    }
}

/// Photographs of each breed in a folder, and one file that is none.
fn photos(folder: &Path) -> Vec<Photo> {
    let colours = [[250, 0, 0], [0, 250, 0], [0, 0, 250], [250, 250, 0]];
    let mut photos: Vec<Photo> = (0..4)
        .map(|number| {
            let path = folder.join(format!("{number}.png"));
            drawn(colours[number]).save(&path).unwrap();
            let breed = number % 3;
            Photo { path, breed }
        })
        .collect();
    let path = folder.join("none.png");
    fs::write(&path, "no picture").unwrap();
    photos.push(Photo { path, breed: 0 });
    photos
}

fn figures(photos: &[Photo]) -> SequenceFigures {
    let bundle = Bundle::from_bytes(&bundle::Draft::default().bytes(), "drawn").unwrap();
    let recogniser = Recogniser::new(bundle).unwrap();
    let progress = ProgressBar::hidden();
    let figures = sequences(&recogniser, photos, 1, &progress).unwrap();
    assert_eq!(progress.position(), photos.len() as u64);
    figures
}

#[test]
fn single_frames_are_compared_with_predictions_pooled_over_time() {
    let folder = tempfile::tempdir().unwrap();
    let photos = photos(folder.path());
    let found = figures(&photos);
    assert_eq!(
        found.films, 4,
        "the file that is not a picture does not count"
    );
    for share in [found.alone, found.gathered] {
        assert!((0.0..=1.0).contains(&share.given), "{found:?}");
        assert!((0.0..=1.0).contains(&share.wrong), "{found:?}");
    }
    assert!(
        found.gathered_summary.top1 >= found.alone_summary.top1,
        "{found:?}"
    );

    let same = found.same_share[0];
    assert_eq!(
        [same.given, same.alone],
        [found.alone.given, found.alone.wrong]
    );
    assert_eq!(figures(&photos), found, "the same again");

    let table = found.to_string();
    assert!(table.starts_with("4 films of 16 frames\n"), "{table}");
}

#[test]
fn no_photographs_give_no_figures() {
    let found = figures(&[]);
    assert_eq!((found.films, found.same_share.len()), (0, 0));
    assert!(found.alone.given.is_nan() && found.gathered.wrong.is_nan());
}
