//! What is split off for validation and tests, and how sets of photographs are told apart.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use trainer::dataset::{Dataset, Photo, Split, carve, digest};

use super::folder;

#[test]
fn splits_are_named_as_the_lists_are() {
    let names: Vec<String> = (Split::value_variants().iter())
        .map(|split| split.to_string())
        .collect();
    assert_eq!(names, ["trainval", "test"]);
    assert_eq!(Split::from_str("test", false), Ok(Split::Test));
}

#[test]
fn new_photographs_move_none_of_the_old_ones_to_the_other_split() {
    let write = |root: &Path, breed: &str, count: usize| {
        fs::create_dir_all(root.join(breed)).unwrap();
        for index in 0..count {
            fs::write(root.join(breed).join(format!("{index}.jpg")), "x").unwrap();
        }
    };
    let test_of_pugs = |root: &Path| -> BTreeSet<PathBuf> {
        let dataset = Dataset::open(root).unwrap();
        let pug = (dataset.breeds.iter()).position(|breed| breed.id == "pug");
        let pugs = dataset.test.iter().filter(|photo| Some(photo.breed) == pug);
        pugs.map(|photo| photo.path.clone()).collect()
    };
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "pug", 300);
    let before = test_of_pugs(root.path());
    assert!((40..=80).contains(&before.len()), "{} of 300", before.len());

    write(root.path(), "pug", 400);
    write(root.path(), "boxer", 50);
    let after = test_of_pugs(root.path());
    assert!(after.is_superset(&before));
    let new: Vec<&PathBuf> = after.difference(&before).collect();
    assert!(!new.is_empty() && new.len() < 40, "{new:?}");
}

/// Photographs: this many of each breed.
fn photos(counts: &[usize]) -> Vec<Photo> {
    let of_breed = |(breed, &count): (usize, &usize)| {
        (0..count).map(move |index| Photo {
            path: PathBuf::from(format!("{breed}_{index}.jpg")),
            breed,
        })
    };
    counts.iter().enumerate().flat_map(of_breed).collect()
}

#[test]
fn validation_takes_its_share_of_every_breed() {
    let check = |count: usize, share: f64, expect: usize| {
        let (train, validation) = carve(&photos(&[count]), 1, share, 1);
        assert_eq!(
            validation.len(),
            expect,
            "{count} photographs, share {share}"
        );
        assert_eq!(train.len(), count - expect);
    };
    check(100, 0.1, 10);
    check(25, 0.1, 3);
    check(3, 0.1, 1);
    check(2, 0.9, 1);
    check(1, 0.9, 0);
    check(0, 0.5, 0);
    check(10, 0.0, 1);
    check(10, 1.0, 9);
}

#[test]
fn carving_loses_nothing_keeps_the_order_and_depends_on_the_seed() {
    let all = photos(&[40, 7, 1]);
    let (train, validation) = carve(&all, 3, 0.2, 7);
    assert_eq!(carve(&all, 3, 0.2, 7), (train.clone(), validation.clone()));
    assert_ne!(carve(&all, 3, 0.2, 8).1, validation);
    let train_or_validation = |photo: &&Photo| train.contains(photo) != validation.contains(photo);
    assert_eq!(all.iter().filter(train_or_validation).count(), all.len());
    let order = |part: &[Photo]| -> Vec<usize> {
        let place = |photo: &Photo| all.iter().position(|other| other == photo).unwrap();
        part.iter().map(place).collect()
    };
    assert!(order(&train).is_sorted() && order(&validation).is_sorted());
}

#[test]
fn the_validation_set_of_a_breed_does_not_depend_on_other_breeds() {
    let all = photos(&[30, 20, 10]);
    let alone: Vec<Photo> = (all.iter().filter(|photo| photo.breed == 1).cloned())
        .map(|photo| Photo { breed: 0, ..photo })
        .collect();
    let of_all = carve(&all, 3, 0.2, 7).1;
    let of_all = of_all.iter().filter(|photo| photo.breed == 1);
    let of_one = carve(&alone, 1, 0.2, 7).1;
    let paths: Vec<&Path> = of_one.iter().map(|photo| photo.path.as_path()).collect();
    assert_eq!(
        of_all.map(|photo| photo.path.as_path()).collect::<Vec<_>>(),
        paths
    );
}

#[test]
fn the_digest_tells_sets_of_photographs_apart_but_not_their_order() {
    let root = folder(&[("a.jpg", "one"), ("b.jpg", "one"), ("other/a.jpg", "one")]);
    let photo = |name: &str, breed| Photo {
        path: root.path().join(name),
        breed,
    };
    let (a, b) = (photo("a.jpg", 0), photo("b.jpg", 1));
    let both = digest([&a, &b].into_iter());
    assert_eq!(both.len(), 32);
    assert_eq!(digest([&b, &a].into_iter()), both);
    assert_eq!(digest([&photo("other/a.jpg", 0), &b].into_iter()), both);
    assert_ne!(digest([&a].into_iter()), both);
    assert_ne!(digest([&photo("a.jpg", 1), &b].into_iter()), both);
    fs::write(root.path().join("a.jpg"), "longer").unwrap();
    assert_ne!(digest([&a, &b].into_iter()), both);
}
