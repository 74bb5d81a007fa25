//! Data folders are read in both layouts, and split reproducibly.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use recognise::metadata::{Breed, Species};
use tempfile::TempDir;
use trainer::dataset::{Dataset, DatasetError, Photo, Split, carve, digest, read_extra};

const TRAINVAL: &str = "\
#Image CLASS-ID SPECIES BREED ID
zebra_dog_1 2 2 1
zebra_dog_2 2 2 1
Tabby_7 1 1 1
Tabby_10 1 1 1
";
const TEST: &str = "Tabby_8 1 1 1\r\nzebra_dog_3 2 2 1\r\n";

/// A folder with these files, each a path and its content.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    root
}

fn oxford(trainval: &str, test: &str, images: &[&str]) -> TempDir {
    let images: Vec<String> = images.iter().map(|name| format!("images/{name}")).collect();
    let mut files = vec![
        ("annotations/trainval.txt", trainval),
        ("annotations/test.txt", test),
    ];
    files.extend(images.iter().map(|path| (path.as_str(), "x")));
    folder(&files)
}

fn names(photos: &[Photo]) -> Vec<String> {
    let name = |photo: &Photo| photo.path.file_name().unwrap().to_str().unwrap().to_owned();
    photos.iter().map(name).collect()
}

fn breeds(dataset: &Dataset) -> Vec<(&str, Species)> {
    let described = |breed: &'_ Breed| breed.species;
    (dataset.breeds.iter())
        .map(|breed| (breed.id.as_str(), described(breed)))
        .collect()
}

#[test]
fn oxford_lists_give_breeds_by_class_id_species_and_split() {
    let root = oxford(
        TRAINVAL,
        TEST,
        &[
            "zebra_dog_1.jpg",
            "zebra_dog_2.jpg",
            "zebra_dog_3.jpg",
            "Tabby_7.jpg",
            "Tabby_8.jpg",
            "Tabby_10.jpg",
            "Tabby_7.mat",
            "._Tabby_7.jpg",
            "Tabby_99.jpg",
        ],
    );
    let dataset = Dataset::open(root.path()).unwrap();
    let expected = [("tabby", Species::Cat), ("zebra_dog", Species::Dog)];
    assert_eq!(breeds(&dataset), expected);
    let trainval = dataset.split(Split::Trainval);
    assert_eq!(
        names(trainval),
        [
            "zebra_dog_1.jpg",
            "zebra_dog_2.jpg",
            "Tabby_7.jpg",
            "Tabby_10.jpg"
        ]
    );
    assert_eq!(trainval[0].breed, 1);
    assert_eq!(
        names(dataset.split(Split::Test)),
        ["Tabby_8.jpg", "zebra_dog_3.jpg"]
    );
    assert!(dataset.missing.is_empty());
    assert_eq!(dataset.unlisted, [root.path().join("images/Tabby_99.jpg")]);
}

#[test]
fn an_incomplete_oxford_folder_is_used_as_it_is() {
    let root = oxford(TRAINVAL, TEST, &["Tabby_7.jpg"]);
    let dataset = Dataset::open(root.path()).unwrap();
    assert_eq!(dataset.breeds.len(), 2);
    assert_eq!(names(&dataset.trainval), ["Tabby_7.jpg"]);
    assert!(dataset.test.is_empty());
    let missing: Vec<(PathBuf, Split)> = (dataset.missing.iter())
        .map(|missing| (missing.photo.path.clone(), missing.split))
        .collect();
    assert_eq!(missing.len(), 5);
    let path = root.path().join("images/zebra_dog_3.jpg");
    assert_eq!(missing[4], (path, Split::Test));
}

#[test]
fn a_bad_line_of_a_list_is_reported_with_file_and_line() {
    let check = |line: &str, expect: &str| {
        let root = oxford(&format!("{TRAINVAL}{line}\n"), TEST, &["Tabby_7.jpg"]);
        let error = Dataset::open(root.path()).unwrap_err();
        let message = error.to_string();
        let at = root.path().join("annotations/trainval.txt");
        let at = format!("{}, line 6: ", at.display());
        assert!(message.starts_with(&at), "{line:?}: {message}");
        assert!(message.contains(expect), "{line:?}: {message}");
    };
    check("Tabby_11", "1 columns instead of 4");
    check("Tabby_11 1 1 1 1", "5 columns instead of 4");
    check("Tabby 1 1 1", "not named <Breed>_<number>");
    check("_1 1 1 1", "not named <Breed>_<number>");
    check("../../Tabby_11 1 1 1", "not named <Breed>_<number>");
    check("Tabby_11 one 1 1", "not a whole number");
    check("Tabby_11 -1 1 1", "not a whole number");
    check("Tabby_11 1 3 1", "neither 1 (cat) nor 2 (dog)");
    check("Tabby_11 2 1 1", "tabby has class id 2 here and 1 before");
    check(
        "Sphynx_11 1 1 1",
        "class 1 is sphynx (cat) here and tabby (cat) before",
    );
    check(
        "Tabby_11 1 2 1",
        "class 1 is tabby (dog) here and tabby (cat) before",
    );
    check("Tabby_10 1 1 1", "listed a second time");
}

#[test]
fn an_image_in_both_lists_is_refused() {
    let root = oxford(TRAINVAL, "Tabby_7 1 1 1\n", &["Tabby_7.jpg"]);
    let message = Dataset::open(root.path()).unwrap_err().to_string();
    assert!(
        message.contains("test.txt, line 1: Tabby_7 is listed a second time"),
        "{message}"
    );
}

#[test]
fn breed_folders_are_breeds_sorted_by_id_with_known_or_guessed_species() {
    let root = folder(&[
        ("pug/1.jpg", "x"),
        ("pug/2.JPEG", "x"),
        ("pug/notes.txt", "x"),
        ("pug/.hidden.jpg", "x"),
        ("Beagle/1.png", "x"),
        ("siamese/1.webp", "x"),
        ("Toyger/1.gif", "x"),
        ("borzoi/1.jpg", "x"),
        (".cache/1.jpg", "x"),
        ("papers/pedigree.pdf", "x"),
        ("stray.jpg", "x"),
    ]);
    let dataset = Dataset::open(root.path()).unwrap();
    assert_eq!(
        breeds(&dataset),
        [
            ("beagle", Species::Dog),
            ("borzoi", Species::Dog),
            ("pug", Species::Dog),
            ("siamese", Species::Cat),
            ("toyger", Species::Cat),
        ]
    );
    assert_eq!(dataset.trainval.len() + dataset.test.len(), 6);
    assert_eq!(dataset.unlisted, [root.path().join("stray.jpg")]);
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

#[test]
fn other_folders_are_refused_with_a_description_of_the_layouts() {
    let check = |root: &Path, expect: &str| {
        let message = Dataset::open(root).unwrap_err().to_string();
        assert!(
            message.starts_with(&root.display().to_string()),
            "{message}"
        );
        for part in [expect, "annotations/trainval.txt", "<breed>/*.jpg"] {
            assert!(message.contains(part), "{message}");
        }
    };
    let empty = folder(&[]);
    check(empty.path(), "it is empty");
    check(&empty.path().join("nowhere"), "there is no such folder");
    let other = folder(&[("notes.txt", "x"), ("a/b/1.jpg", "x")]);
    check(other.path(), "no folder in it holds photographs");
    check(&other.path().join("notes.txt"), "there is no such folder");
    check(
        folder(&[("images/Pug_1.jpg", "x")]).path(),
        "not both lists",
    );
    check(folder(&[("annotations/test.txt", "")]).path(), "no images/");
    check(
        oxford(TRAINVAL, TEST, &["Other_1.jpg"]).path(),
        "none of the images",
    );
}

#[test]
fn folders_that_differ_in_capital_letters_alone_are_refused() {
    let root = folder(&[("pug/1.jpg", "x"), ("Pug/1.jpg", "x")]);
    if fs::read_dir(root.path()).unwrap().count() == 2 {
        let error = Dataset::open(root.path()).unwrap_err();
        assert!(matches!(error, DatasetError::SameBreed { .. }), "{error}");
    }
}

#[test]
fn extra_photographs_take_the_breeds_of_the_dataset() {
    let breeds: Vec<Breed> = [("pug", Species::Dog), ("siamese", Species::Cat)]
        .map(|(id, species)| Breed {
            id: id.into(),
            species,
        })
        .into();
    let known = folder(&[
        ("Siamese/2.jpg", "x"),
        ("Siamese/1.jpg", "x"),
        ("readme.md", "x"),
    ]);
    let extra = read_extra(known.path(), &breeds).unwrap();
    assert_eq!(names(&extra), ["1.jpg", "2.jpg"]);
    assert!(extra.iter().all(|photo| photo.breed == 1));

    let unknown = folder(&[("pug/1.jpg", "x"), ("wolf/1.jpg", "x")]);
    let message = read_extra(unknown.path(), &breeds).unwrap_err().to_string();
    assert!(
        message.contains("wolf is named after none of the dataset's 2 breeds"),
        "{message}"
    );
    assert!(read_extra(folder(&[]).path(), &breeds).is_err());
    assert!(read_extra(Path::new("no/such/folder"), &breeds).is_err());
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

#[test]
fn splits_are_named_as_the_lists_are() {
    let names: Vec<String> = (Split::value_variants().iter())
        .map(|split| split.to_string())
        .collect();
    assert_eq!(names, ["trainval", "test"]);
    assert_eq!(Split::from_str("test", false), Ok(Split::Test));
}

#[test]
fn the_real_dataset_has_37_breeds_of_which_12_are_cats() {
    let Some(data) = std::env::var_os("PETS_DATA").map(PathBuf::from) else {
        eprintln!("skipped: PETS_DATA is not set");
        return;
    };
    let dataset = Dataset::open(&data.join("oxford-iiit-pet")).unwrap();
    let cats = |dataset: &Dataset| {
        let cats = dataset
            .breeds
            .iter()
            .filter(|breed| breed.species == Species::Cat);
        cats.count()
    };
    assert_eq!((dataset.breeds.len(), cats(&dataset)), (37, 12));
    assert!(dataset.breeds.is_sorted_by_key(|breed| &breed.id));
    assert_eq!(dataset.trainval.len(), 2159);
    assert_eq!(dataset.test.len(), 1211);
    assert_eq!(dataset.missing.len(), 7349 - 3370);

    let extra = read_extra(&data.join("extra-dogs"), &dataset.breeds).unwrap();
    assert_eq!(extra.len(), 1772);
    // The same folder as a dataset of its own: every breed's species is known.
    let dogs = Dataset::open(&data.join("extra-dogs")).unwrap();
    assert_eq!((dogs.breeds.len(), cats(&dogs)), (20, 0));
}
