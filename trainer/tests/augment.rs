//! Random views show what their strengths say.

use image::{Rgb, RgbImage};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use recognise::metadata::{InputSpec, Resize};
use trainer::augment::{Augment, augment};
use trainer::train::recipe::Recipe;

const OFF: Augment = Augment {
    crop: 1.0,
    distance: 0.0,
    corruption: 0.0,
    upside_down: 0.0,
    colour: 0.0,
    erasing: 0.0,
    mixup: 0.0,
};

fn spec() -> InputSpec {
    InputSpec {
        size: 32,
        resize: Resize::Squash,
        mean: [0.5, 0.25, 0.0],
        std: [0.5, 0.25, 1.0],
    }
}

fn view(photo: &RgbImage, strength: &Augment, seed: u64) -> Vec<f32> {
    augment(
        photo,
        24,
        &spec(),
        strength,
        &mut ChaCha8Rng::seed_from_u64(seed),
    )
}

#[test]
fn a_flat_picture_stays_flat_and_is_normalised() {
    let photo = RgbImage::from_pixel(50, 30, Rgb([255, 0, 51]));
    for seed in 0..20 {
        for pixel in view(&photo, &OFF, seed).chunks_exact(3) {
            for (value, expected) in pixel.iter().zip([1.0, -1.0, 0.2]) {
                assert!((value - expected).abs() < 1e-5, "seed {seed}: {pixel:?}");
            }
        }
    }
}

#[test]
fn half_of_the_views_are_mirrored() {
    let photo = RgbImage::from_fn(40, 40, |x, _| Rgb([if x < 20 { 255 } else { 0 }; 3]));
    let mirrored = (0..400)
        .filter(|&seed| view(&photo, &OFF, seed)[0] < 0.0)
        .count();
    assert!((150..250).contains(&mirrored), "{mirrored} of 400");
}

#[test]
fn any_picture_has_views_of_the_requested_size() {
    let everything = Augment {
        crop: 0.05,
        distance: 0.5,
        corruption: 1.0,
        upside_down: 0.5,
        colour: 0.9,
        erasing: 1.0,
        mixup: 0.0,
    };
    for (width, height) in [(1, 1), (1, 900), (900, 1), (3, 2), (640, 480)] {
        let photo = RgbImage::from_pixel(width, height, Rgb([90, 120, 30]));
        for seed in 0..30 {
            let view = view(&photo, &everything, seed);
            assert_eq!(view.len(), 24 * 24 * 3);
            assert!(view.iter().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn upside_down_the_top_is_at_the_bottom() {
    let photo = RgbImage::from_fn(40, 40, |_, y| Rgb([if y < 20 { 255 } else { 0 }; 3]));
    let turned = Augment {
        upside_down: 1.0,
        ..OFF
    };
    for seed in 0..10 {
        assert!(view(&photo, &OFF, seed)[0] > 0.0);
        assert!(view(&photo, &turned, seed)[0] < 0.0);
    }
}

#[test]
fn from_a_distance_the_whole_picture_is_a_part_of_the_view() {
    // White on all sides of a black square: a crop of half the area would lose some of it.
    let photo = RgbImage::from_fn(60, 60, |x, y| {
        let inside = (20..40).contains(&x) && (20..40).contains(&y);
        Rgb([if inside { 0 } else { 255 }; 3])
    });
    let distant = Augment {
        distance: 1.0,
        ..OFF
    };
    let black = |view: &[f32]| {
        let pixels = view.chunks_exact(3);
        pixels.filter(|pixel| pixel[0] < -0.5).count()
    };
    let near = black(&view(&photo, &OFF, 0));
    for seed in 0..30 {
        let far = black(&view(&photo, &distant, seed));
        assert!(0 < far && far < near, "seed {seed}: {far} of {near}");
    }
}

#[test]
fn a_corrupted_view_still_shows_the_same_scene() {
    let photo = RgbImage::from_fn(96, 96, |x, y| Rgb([x as u8 * 2, y as u8 * 2, 128]));
    let corruption = Augment {
        corruption: 1.0,
        ..OFF
    };
    let mut changed = 0;
    for seed in 0..60 {
        let (clean, corrupted) = (view(&photo, &OFF, seed), view(&photo, &corruption, seed));
        changed += usize::from(clean != corrupted);
        // The two may be mirrored differently, so only top and bottom are compared.
        let row = |view: &[f32], y: usize| {
            let greens = view[y * 24 * 3..][..24 * 3].iter().skip(1).step_by(3);
            greens.sum::<f32>() / 24.0
        };
        assert!(row(&corrupted, 2) < row(&corrupted, 21), "seed {seed}");
    }
    assert!(changed > 50, "{changed} of 60");
}

#[test]
fn erasing_blanks_a_part_to_the_mean_colour() {
    let photo = RgbImage::from_pixel(64, 64, Rgb([255; 3]));
    let erasing = Augment {
        erasing: 1.0,
        ..OFF
    };
    for seed in 0..30 {
        let blank = view(&photo, &erasing, seed)
            .chunks_exact(3)
            .filter(|pixel| pixel == &[0.0; 3])
            .count();
        let share = blank as f64 / (24.0 * 24.0);
        assert!((0.005..0.3).contains(&share), "seed {seed}: {share}");
    }
}

#[test]
fn the_same_seed_gives_the_same_view() {
    let photo = RgbImage::from_fn(80, 60, |x, y| {
        Rgb([x as u8 * 3, y as u8 * 4, (x * y) as u8])
    });
    let strength = Recipe::default().augment;
    assert_eq!(view(&photo, &strength, 7), view(&photo, &strength, 7));
    assert_ne!(view(&photo, &strength, 7), view(&photo, &strength, 8));
}

#[test]
fn a_recipe_comes_back_from_its_file_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("recipe.toml");
    let recipe = Recipe {
        seed: 9,
        rate: 1.25e-4,
        ..Recipe::from_scratch()
    };
    std::fs::write(&file, recipe.to_toml()).expect("a temporary file");
    assert_eq!(Recipe::read(&file).expect("a sound recipe"), recipe);
}

#[test]
fn a_recipe_of_an_earlier_version_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("recipe.toml");
    std::fs::write(&file, "[augment]\nspoil = 0.25\n").expect("a temporary file");
    let recipe = Recipe::read(&file).expect("a sound recipe");
    assert_eq!(recipe.augment.corruption, 0.25);
}
