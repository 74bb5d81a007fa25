//! Photographs that look nearly the same are found, and stay on one side of a split.

use std::collections::HashMap;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use indicatif::ProgressBar;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;
use trainer::dataset::check::{Alike, inspect};
use trainer::dataset::{Dataset, Photo, Role, Source};

use super::notes;

/// A scene of some large spots in random colours, which differs with the seed.
fn scene(seed: u64) -> RgbImage {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut colour = || [0; 3].map(|_: u8| rng.random_range(20..=230u8));
    let corners: Vec<[u8; 3]> = (0..30).map(|_| colour()).collect();
    let small = RgbImage::from_fn(6, 5, |x, y| Rgb(corners[(6 * y + x) as usize]));
    imageops::resize(&small, 180, 150, FilterType::CatmullRom)
}

fn save(root: &Path, name: &str, picture: &RgbImage) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a temporary folder");
    picture.save(&path).expect("a temporary file");
}

/// The picture as a JPEG of low quality stores it.
fn stored_badly(picture: &RgbImage) -> RgbImage {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 30);
    encoder.encode_image(picture).expect("a JPEG");
    image::load_from_memory(&bytes)
        .expect("a picture")
        .into_rgb8()
}

fn brighter(picture: &RgbImage) -> RgbImage {
    let mut brighter = picture.clone();
    for value in brighter.iter_mut() {
        *value = value.saturating_add(5);
    }
    brighter
}

/// The photographs of each group of a folder, by name.
fn groups(root: &Path) -> Vec<Vec<String>> {
    let mut dataset = Dataset::open(root).expect("a data set");
    let report = inspect(&mut dataset, &ProgressBar::hidden());
    let names = |group: &Alike| {
        let photos = group.photos.iter();
        let mut names: Vec<String> = photos.map(|(_, photo)| name(photo)).collect();
        names.sort();
        names
    };
    report.alike.iter().map(names).collect()
}

fn name(photo: &Photo) -> String {
    let name = photo.path.file_stem().expect("a name");
    name.to_string_lossy().into_owned()
}

#[test]
fn a_picture_is_found_again_after_each_small_change_and_no_other_one_is() {
    let root = TempDir::new().expect("a temporary folder");
    let own = scene(1);
    let (width, height) = own.dimensions();
    let changes: [(&str, RgbImage); 6] = [
        ("badly", stored_badly(&own)),
        (
            "smaller",
            imageops::resize(&own, 90, 75, FilterType::Triangle),
        ),
        (
            "larger",
            imageops::resize(&own, 400, 333, FilterType::CatmullRom),
        ),
        ("brighter", brighter(&own)),
        (
            "cropped",
            imageops::crop_imm(&own, 2, 2, width - 4, height - 4).to_image(),
        ),
        ("mirrored", imageops::flip_horizontal(&own)),
    ];
    for (name, changed) in changes {
        let folder = root.path().join(name);
        save(&folder, "pug/own.png", &own);
        save(&folder, &format!("pug/{name}.png"), &changed);
        for seed in 10..40 {
            save(&folder, &format!("boxer/{seed}.png"), &scene(seed));
        }
        let mut expected = vec![name.to_owned(), "own".to_owned()];
        expected.sort();
        assert_eq!(groups(&folder), [expected], "{name}");
    }
}

#[test]
fn the_same_shapes_in_other_colours_are_another_picture() {
    let root = TempDir::new().expect("a temporary folder");
    let own = scene(1);
    let mut bluer = own.clone();
    for Rgb([_, _, blue]) in bluer.pixels_mut() {
        *blue = blue.saturating_add(60);
    }
    save(root.path(), "pug/own.png", &own);
    save(root.path(), "pug/bluer.png", &bluer);
    let found = groups(root.path());
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_frames_of_a_moment_stay_on_one_side_of_every_split() {
    let root = TempDir::new().expect("a temporary folder");
    // Forty moments with three frames each.
    for moment in 0..40 {
        let first = scene(100 + moment);
        for (frame, picture) in [first.clone(), brighter(&first), stored_badly(&first)]
            .iter()
            .enumerate()
        {
            save(root.path(), &format!("pug/{moment}_{frame}.png"), picture);
        }
    }
    let mut dataset = Dataset::open(root.path()).expect("a data set");
    dataset.keep_together(&ProgressBar::hidden());
    let (train, validation) = dataset.carve(&dataset.trainval, 0.2, 1);
    let parts = [&train, &validation, &dataset.test].map(|photos| moments(photos));
    assert!(parts.iter().all(|moments| !moments.is_empty()), "{parts:?}");
    let counts: usize = parts.iter().map(Vec::len).sum();
    assert_eq!(counts, 40, "each moment is in one part: {parts:?}");
    let expected = "120 photographs look nearly like another one (groups of them: 40); those of a group stay on one \
                    side of a split that is made here, and `trainer check` names them";
    assert_eq!(notes(&dataset.notes), [expected]);
}

/// The moments that photographs are of, each once.
fn moments(photos: &[Photo]) -> Vec<String> {
    let names = photos.iter().map(name);
    let mut moments: Vec<String> = names
        .filter_map(|name| Some(name.split_once('_')?.0.to_owned()))
        .collect();
    moments.sort();
    moments.dedup();
    moments
}

#[test]
fn splits_that_are_said_are_left_alone_and_their_near_duplicates_are_reported() {
    let root = TempDir::new().expect("a temporary folder");
    let own = scene(1);
    save(root.path(), "train/pug/own.png", &own);
    save(root.path(), "val/pug/other.png", &scene(2));
    save(
        root.path(),
        "test/pug/again.png",
        &imageops::flip_horizontal(&own),
    );
    let mut dataset = Dataset::open(root.path()).expect("a data set");
    dataset.keep_together(&ProgressBar::hidden());
    assert!(dataset.notes.is_empty(), "nothing is compared for them");
    let report = inspect(&mut dataset, &ProgressBar::hidden());
    let [group] = &report.alike[..] else {
        panic!("one group: {report:?}");
    };
    assert!(group.is_across_splits() && !group.of_two_breeds());
    assert_eq!((dataset.trainval.len(), dataset.test.len()), (2, 1));
}

#[test]
fn photographs_that_look_alike_on_two_sides_of_a_split_are_said_and_stay_there() {
    let cases = [
        (
            ["train", "val"],
            "to train on and to validate on",
            [Role::Train, Role::Validation],
        ),
        (
            ["train", "test"],
            "to train on and to test on",
            [Role::Train, Role::Test],
        ),
        (
            ["val", "test"],
            "to validate on and to test on",
            [Role::Validation, Role::Test],
        ),
    ];
    for (sides, expected, roles) in cases {
        let root = TempDir::new().expect("a temporary folder");
        for (side, seed) in [("train", 1), ("val", 2), ("test", 3)] {
            save(root.path(), &format!("{side}/pug/{side}.png"), &scene(seed));
        }
        let own = scene(4);
        let copy = imageops::flip_horizontal(&own);
        let [one, other] = sides.map(|side| root.path().join(format!("{side}/pug/copy.png")));
        own.save(&one).expect("a temporary file");
        copy.save(&other).expect("a temporary file");

        let mut dataset = Dataset::open(root.path()).expect("a data set");
        dataset.compare(&[], &ProgressBar::hidden());
        let expected = format!(
            "nearly the same photograph {expected}, which makes the figures of the latter too good: {} ~ {}; remove \
             one of each pair (`trainer check` names all)",
            one.display(),
            other.display()
        );
        assert_eq!(notes(&dataset.notes), [expected]);
        assert_eq!((dataset.trainval.len(), dataset.test.len()), {
            let tested = sides.iter().filter(|side| **side == "test").count();
            (4 - tested, 1 + tested)
        });

        let report = inspect(&mut dataset, &ProgressBar::hidden());
        let [group] = &report.alike[..] else {
            panic!("one group: {report:?}");
        };
        let found: Vec<Role> = group.photos.iter().map(|(role, _)| *role).collect();
        assert_eq!(found, roles);
        assert!(group.is_across_splits());
    }
}

#[test]
fn a_folder_to_validate_or_to_test_on_is_compared_with_the_photographs_to_train_on() {
    let (data, other) = (TempDir::new(), TempDir::new());
    let (data, other) = (data.expect("a folder"), other.expect("a folder"));
    for seed in 1..4 {
        save(data.path(), &format!("pug/{seed}.png"), &scene(seed));
    }
    save(other.path(), "pug/copy.png", &brighter(&scene(1)));
    save(other.path(), "pug/new.png", &scene(9));
    let folder = Some(other.path().to_owned());
    for (validation, test, expected) in [
        (folder.clone(), None, "to train on and to validate on"),
        (None, folder, "to train on and to test on"),
    ] {
        let source = Source {
            data: vec![data.path().to_owned()],
            validation,
            test,
        };
        let mut dataset = source.open().expect("a data set");
        dataset.compare(&[], &ProgressBar::hidden());
        let notes = notes(&dataset.notes);
        let across = notes.iter().filter(|note| note.starts_with("nearly"));
        let across: Vec<&String> = across.collect();
        assert_eq!(across.len(), 1, "{notes:?}");
        assert!(across[0].contains(expected), "{notes:?}");
        assert!(across[0].contains("1.png ~ "), "{notes:?}");
    }
}

#[test]
fn further_photographs_are_compared_with_those_of_the_data_set() {
    let (data, other) = (TempDir::new(), TempDir::new());
    let (data, other) = (data.expect("a folder"), other.expect("a folder"));
    for seed in 1..4 {
        save(data.path(), &format!("pug/{seed}.png"), &scene(seed));
    }
    let own = scene(2);
    save(
        other.path(),
        "pug/mirrored.png",
        &imageops::flip_horizontal(&own),
    );
    save(other.path(), "pug/new.png", &scene(9));
    save(other.path(), "pug/newer.png", &brighter(&scene(9)));
    let mut dataset = Dataset::open(data.path()).expect("a data set");
    let extra = dataset.extra(other.path()).expect("photographs");
    let resembling = dataset.compare(&extra.photos, &ProgressBar::hidden());
    let expected = HashMap::from([(
        other.path().join("pug/mirrored.png"),
        vec![data.path().join("pug/2.png")],
    )]);
    assert_eq!(resembling, expected);
    assert!(dataset.notes.is_empty(), "{:?}", dataset.notes);
}

#[test]
fn photographs_that_look_like_those_of_another_data_set_are_on_the_same_side() {
    let said = TempDir::new().expect("a temporary folder");
    let other = TempDir::new().expect("a temporary folder");
    // Ten pictures for each side, and a copy of each in a data set that says nothing of sides.
    let sides = ["train", "val", "test"];
    for (side, seed) in sides.iter().zip([100, 200, 300]) {
        for number in 0..10 {
            let picture = scene(seed + number);
            save(
                said.path(),
                &format!("{side}/pug/{side}_{number}.png"),
                &picture,
            );
            let copy = imageops::flip_horizontal(&picture);
            save(other.path(), &format!("pug/{side}_copy{number}.png"), &copy);
        }
    }
    let source = Source {
        data: [&said, &other].map(|it| it.path().to_owned()).to_vec(),
        validation: None,
        test: None,
    };
    let mut dataset = source.open().expect("a data set");
    dataset.keep_together(&ProgressBar::hidden());
    let (train, validation) = dataset.carve(&dataset.trainval, 0.5, 1);
    for (side, photos) in sides.iter().zip([&train, &validation, &dataset.test]) {
        assert_eq!(
            (moments(photos), photos.len()),
            (vec![(*side).to_owned()], 20)
        );
    }
}
