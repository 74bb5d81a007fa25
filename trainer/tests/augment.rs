//! Random views show what their strengths say.

use image::{Rgb, RgbImage};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use recognise::Region;
use recognise::metadata::{InputSpec, Resize};
use trainer::augment::{Augment, animal, augment, augment_animal, backdrop, identity};
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

/// A picture of 100 x 80 green pixels, with a red rectangle: its second half across, its middle down.
fn red_on_green() -> (RgbImage, Region) {
    let photo = RgbImage::from_fn(100, 80, |x, y| {
        let inside = x >= 50 && (20..60).contains(&y);
        Rgb(if inside { [255, 0, 0] } else { [0, 255, 0] })
    });
    let region = Region::new(0.5, 0.25, 1.0, 0.75).expect("a rectangle");
    (photo, region)
}

#[test]
fn the_box_of_an_animal_stays_in_its_views() {
    let (photo, region) = red_on_green();
    let mut with_background = 0;
    for seed in 0..100 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let view = augment_animal(&photo, region, 24, &spec(), &OFF, &mut rng);
        let pixels = view.chunks_exact(3);
        let red = pixels.filter(|pixel| pixel[0] > 0.0).count();
        let share = red as f64 / (24.0 * 24.0);
        assert!(share > 0.3, "seed {seed}: {share}");
        with_background += usize::from(share < 0.99);
    }
    assert!(with_background > 30, "boxes are not always exact");
}

#[test]
fn what_stands_behind_animals_shows_no_other_animal() {
    let (photo, region) = red_on_green();
    // What is found is a little larger than the animal.
    let found = Region::new(0.45, 0.2, 1.0, 0.8).expect("a rectangle");
    for seed in 0..50 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let free = backdrop(&photo, &[found], 24, &mut rng);
        assert_eq!(free.dimensions(), (24, 24));
        assert!(free.pixels().all(|pixel| pixel.0 == [0, 255, 0]), "{seed}");
        // Nothing is free beside an animal that fills the picture, or if it is not known where animals are.
        for unknown in [&[Region::WHOLE][..], &[]] {
            let blurred = backdrop(&photo, unknown, 24, &mut rng);
            let [left, right] = [0, 23].map(|x| blurred.get_pixel(x, 12).0[0]);
            assert!(left < right, "its colours are the picture's");
        }
    }
    let crop = animal(&photo, region, 24, &mut ChaCha8Rng::seed_from_u64(1));
    assert_eq!(crop.dimensions(), (24, 24));
}

#[test]
fn views_of_an_animal_keep_it_and_mostly_replace_what_is_around_it() {
    let [red, blue] =
        [[255, 0, 0], [0, 0, 255]].map(|colour| RgbImage::from_pixel(32, 32, Rgb(colour)));
    let mut replaced = 0;
    for seed in 0..400 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let view = identity(&red, Some(&blue), &spec(), &mut rng);
        // The mean of 4 x 4 pixels, as values of 0 to 1.
        let mean = |left: usize, top: usize, channel: usize| {
            let places = (0..16).map(|index| (top + index / 4) * 32 + left + index % 4);
            let sum: f32 = places.map(|place| view[place * 3 + channel]).sum();
            sum / 16.0 * spec().std[channel] + spec().mean[channel]
        };
        let [r, g, b] = [0, 1, 2].map(|channel| mean(14, 14, channel));
        assert!(r > 2.0 * g && r > 2.0 * b, "seed {seed}: {r} {g} {b}");
        let corners = [(0, 0), (28, 0), (0, 28), (28, 28)];
        let bluest = corners.map(|(left, top)| mean(left, top, 2));
        replaced += usize::from(bluest.into_iter().fold(0.0, f32::max) > 0.2);
    }
    assert!((220..340).contains(&replaced), "{replaced} of 400");
}

#[test]
fn the_same_seed_gives_the_same_views_of_an_animal() {
    let (photo, region) = red_on_green();
    let views = |seed: u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let crop = animal(&photo, region, 24, &mut rng);
        let behind = backdrop(&photo, &[region], 24, &mut rng);
        let identity = identity(&crop, Some(&behind), &spec(), &mut rng);
        let strength = Recipe::with_boxes().augment;
        let breed = augment_animal(&photo, region, 24, &spec(), &strength, &mut rng);
        (identity, breed)
    };
    assert_eq!(views(7), views(7));
    let ((identity, breed), (other_identity, other_breed)) = (views(7), views(8));
    assert_ne!(identity, other_identity);
    assert_ne!(breed, other_breed);
}

#[test]
fn any_picture_has_views_of_an_animal() {
    let somewhere = Region::new(0.9, 0.0, 1.0, 0.01).expect("a rectangle");
    for (width, height) in [(1, 1), (1, 900), (900, 1), (3, 2), (640, 480)] {
        let photo = RgbImage::from_pixel(width, height, Rgb([90, 120, 30]));
        for (seed, region) in (0..20).zip([somewhere, Region::WHOLE].into_iter().cycle()) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let crop = animal(&photo, region, 24, &mut rng);
            let behind = backdrop(&photo, &[region], 24, &mut rng);
            for behind in [Some(&behind), None] {
                let view = identity(&crop, behind, &spec(), &mut rng);
                assert_eq!(view.len(), 24 * 24 * 3);
                assert!(view.iter().all(|value| value.is_finite()));
            }
        }
    }
}

#[test]
fn a_recipe_comes_back_from_its_file_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("recipe.toml");
    for recipe in [Recipe::from_scratch(), Recipe::with_boxes()] {
        let recipe = Recipe {
            seed: 9,
            rate: 1.25e-4,
            ..recipe
        };
        std::fs::write(&file, recipe.to_toml()).expect("a temporary file");
        assert_eq!(Recipe::read(&file).expect("a sound recipe"), recipe);
    }
}

#[test]
fn a_recipe_of_an_earlier_version_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("recipe.toml");
    std::fs::write(&file, "[augment]\nspoil = 0.25\n").expect("a temporary file");
    let recipe = Recipe::read(&file).expect("a sound recipe");
    assert_eq!(recipe.augment.corruption, 0.25);
}
