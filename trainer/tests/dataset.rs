//! Data folders are read in both layouts, and split reproducibly.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use recognise::metadata::{Breed, Species};
use tempfile::TempDir;
use trainer::dataset::{Dataset, DatasetError, Note, Photo, Split, carve, digest, read_extra};

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
    check(
        r"images\Tabby_11 1 1 1",
        "not named <Breed>_<number>, without folder and extension",
    );
    check(
        "Tabby_11.jpg 1 1 1",
        "not named <Breed>_<number>, without folder and extension",
    );
    check("Tabby_11 one 1 1", "not a whole number");
    check("Tabby_11 -1 1 1", "not a whole number");
    check(
        "Tabby_11 99999999999 1 1",
        "not a whole number up to 4294967295",
    );
    check(&"x ".repeat(1000), "x x \" has 1000 columns instead of 4");
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
    check("Tabby\u{1b}[2J 1 1 1", r#""Tabby\u{1b}[2J" is not named"#);
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
fn lists_are_read_however_an_editor_writes_them() {
    let images = [
        "zebra_dog_1.jpg",
        "zebra_dog_2.jpg",
        "Tabby_7.jpg",
        "Tabby_10.jpg",
    ];
    let plain = Dataset::open(oxford(TRAINVAL, TEST, &images).path()).unwrap();
    let mark = '\u{FEFF}';
    let joined: String = TRAINVAL
        .lines()
        .map(|line| format!("{mark}{line}\n"))
        .collect();
    for list in [
        format!("{mark}{TRAINVAL}"),
        joined,
        TRAINVAL.replace('\n', "\r\n"),
        TRAINVAL.replace('\n', " \t\n\n   \n"),
        TRAINVAL.replace(' ', "\t"),
        TRAINVAL.trim_end().to_owned(),
        format!("{mark}\n# a note\n{TRAINVAL}"),
    ] {
        let root = oxford(&list, TEST, &images);
        let dataset = Dataset::open(root.path()).unwrap();
        assert_eq!(breeds(&dataset), breeds(&plain), "{list:?}");
        assert_eq!(names(&dataset.trainval), names(&plain.trainval), "{list:?}");
    }
}

#[test]
fn accents_are_the_same_in_whichever_way_they_are_written() {
    // Composed as Linux and Windows write them, decomposed as macOS does.
    let (composed, decomposed) = ("\u{c9}pagneul", "E\u{301}pagneul");
    let ids = |root: &Path| -> Vec<String> {
        let dataset = Dataset::open(root).unwrap();
        dataset
            .breeds
            .iter()
            .map(|breed| breed.id.to_string())
            .collect()
    };
    let list = |name: &str| format!("{name}_1 1 2 1\n{name}_2 1 2 1\n");
    for (listed, there) in [(composed, decomposed), (decomposed, composed)] {
        let image = format!("{there}_1.jpg");
        let root = oxford(&list(listed), "", &[&image]);
        assert_eq!(ids(root.path()), ["\u{e9}pagneul"]);
        let dataset = Dataset::open(root.path()).unwrap();
        assert_eq!(names(&dataset.trainval), [image]);
        assert!(dataset.trainval[0].path.is_file());
        assert_eq!(dataset.missing.len(), 1);
    }
    // The same photographs, copied between two machines.
    let splits = |breed: &str, name: &str| {
        let files: Vec<String> = (0..30).map(|n| format!("{breed}/{name}{n}.jpg")).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|path| (path.as_str(), "x")).collect();
        let root = folder(&files);
        let dataset = Dataset::open(root.path()).unwrap();
        let all = dataset.trainval.iter().chain(&dataset.test);
        (ids(root.path()), dataset.test.len(), digest(all))
    };
    let one = splits(composed, "ch\u{e9}ri");
    assert_eq!(splits(decomposed, "che\u{301}ri"), one);
}

#[test]
fn a_name_that_is_there_twice_with_its_accents_written_in_two_ways_is_noted() {
    let root = folder(&[("pug/ch\u{e9}ri.jpg", "x"), ("pug/che\u{301}ri.jpg", "x")]);
    let pug = root.path().join("pug");
    if fs::read_dir(&pug).unwrap().count() == 2 {
        let dataset = Dataset::open(root.path()).unwrap();
        assert_eq!(dataset.trainval.len() + dataset.test.len(), 2);
        let notes = notes(&dataset.notes);
        assert_eq!(notes.len(), 1, "{notes:?}");
        let expected = "written in two ways, che\\u{301}ri.jpg and ch\\u{e9}ri.jpg: remove one";
        assert!(notes[0].contains(expected), "{notes:?}");
    }

    let root = folder(&[("\u{e9}pagneul/1.jpg", "x"), ("e\u{301}pagneul/2.jpg", "x")]);
    if fs::read_dir(root.path()).unwrap().count() == 2 {
        let message = Dataset::open(root.path()).unwrap_err().to_string();
        let expected = "are the same breed, with its accents written in two ways: put";
        assert!(message.contains(expected), "{message}");
    }
}

fn notes(notes: &[Note]) -> Vec<String> {
    notes.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_skipped_in_a_breeds_folder_is_noted_by_kind() {
    let root = folder(&[
        ("pug/1.jpg", "x"),
        ("pug/2.jfif", "x"),
        ("pug/3.JPE", "x"),
        ("pug/4.pjpeg", "x"),
        ("pug/5.HEIC", "x"),
        ("pug/6.heic", "x"),
        ("pug/7.bmp", "x"),
        ("pug/README", "x"),
        ("pug/.DS_Store", "x"),
        ("pug/2019/8.jpg", "x"),
        ("boxer/1.heic", "x"),
        ("beagle/1.jpg", "x"),
        ("notes.txt", "x"),
    ]);
    fs::create_dir(root.path().join("samoyed")).unwrap();
    let dataset = Dataset::open(root.path()).unwrap();
    let ids: Vec<&str> = dataset
        .breeds
        .iter()
        .map(|breed| breed.id.as_str())
        .collect();
    assert_eq!(ids, ["beagle", "pug"]);
    assert_eq!(dataset.trainval.len() + dataset.test.len(), 5);
    let of = |name: &str, what: &str| format!("{}: {what}", root.path().join(name).display());
    let read = "JPEG, PNG, WebP and GIF are read";
    let no_breed = "no photograph in a format that is read, so not used as a breed";
    assert_eq!(
        notes(&dataset.notes),
        [
            of("boxer", &format!("skipped 1 .heic; {read}")),
            of("boxer", no_breed),
            of(
                "pug",
                &format!("skipped 1 .bmp, 2 .heic, 1 folder, 1 without extension; {read}")
            ),
            of("samoyed", no_breed),
        ]
    );

    let extra = read_extra(root.path(), &dataset.breeds).unwrap();
    assert_eq!(notes(&extra.notes), notes(&dataset.notes));

    let oxford = oxford(
        TRAINVAL,
        TEST,
        &["Tabby_7.jpg", "Tabby_7.mat", "Tabby_8.heic"],
    );
    let dataset = Dataset::open(oxford.path()).unwrap();
    let images = oxford.path().join("images");
    let expected = format!("{}: skipped 1 .heic, 1 .mat; {read}", images.display());
    assert_eq!(notes(&dataset.notes), [expected]);
}

#[test]
fn breeds_that_their_capital_letter_alone_makes_cats_are_noted() {
    let root = folder(&[
        ("Labradot/1.jpg", "x"),
        ("Griffon\u{1b}[2J/1.jpg", "x"),
        ("Chien de Berger/1.jpg", "x"),
        ("\u{c9}pagneul/1.jpg", "x"),
        ("Beagle/1.jpg", "x"),
        ("Siamese/1.jpg", "x"),
        ("toyger/1.jpg", "x"),
    ]);
    let dataset = Dataset::open(root.path()).unwrap();
    let expected = "taken for cats by their capital letter: \
                    Chien de Berger, Griffon\\u{1b}[2J, Labradot, \u{c9}pagneul; \
                    write the names of dogs' folders in small letters";
    assert_eq!(notes(&dataset.notes), [expected]);
    let small = folder(&[("labradot/1.jpg", "x"), ("Siamese/1.jpg", "x")]);
    assert!(Dataset::open(small.path()).unwrap().notes.is_empty());
}

#[test]
fn breeds_that_the_kiosk_has_a_name_for_have_its_species_however_they_are_written() {
    let root = folder(&[
        ("Labrador/1.jpg", "x"),
        ("Afghan/1.jpg", "x"),
        ("Berger Allemand/1.jpg", "x"),
        ("Chartreux/1.jpg", "x"),
        ("chat de goutti\u{e8}re/1.jpg", "x"),
    ]);
    let dataset = Dataset::open(root.path()).unwrap();
    assert_eq!(
        breeds(&dataset),
        [
            ("afghan", Species::Dog),
            ("berger allemand", Species::Dog),
            ("chartreux", Species::Cat),
            ("chat de goutti\u{e8}re", Species::Cat),
            ("labrador", Species::Dog),
        ]
    );
    assert!(dataset.notes.is_empty(), "{:?}", dataset.notes);
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
fn folders_that_differ_in_capital_letters_or_spaces_alone_are_refused() {
    for other in ["Pug/1.jpg", "pug /1.jpg"] {
        let root = folder(&[("pug/1.jpg", "x"), (other, "x")]);
        if fs::read_dir(root.path()).unwrap().count() == 2 {
            let error = Dataset::open(root.path()).unwrap_err();
            assert!(matches!(error, DatasetError::SameBreed { .. }), "{error}");
        }
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
    assert_eq!(names(&extra.photos), ["1.jpg", "2.jpg"]);
    assert!(extra.photos.iter().all(|photo| photo.breed == 1));
    assert!(extra.notes.is_empty(), "{:?}", extra.notes);

    let refused = |root: &Path| read_extra(root, &breeds).unwrap_err().to_string();
    for (name, advice) in [
        ("wolf", "rename or remove the folder"),
        ("siamse", "rename the folder to siamese if that is meant"),
        ("Labradro", "rename the folder to labrador_retriever if"),
        ("Berger allemand", "rename the folder to german_shepherd if"),
    ] {
        let photograph = format!("{name}/1.jpg");
        let unknown = folder(&[("pug/1.jpg", "x"), (photograph.as_str(), "x")]);
        let message = refused(unknown.path());
        let expected = format!("{name} is named after none of the dataset's 2 breeds: {advice}");
        assert!(message.contains(&expected), "{message}");
    }
    assert!(refused(folder(&[]).path()).contains("no folder in it holds photographs"));
    assert!(refused(Path::new("no/such/folder")).contains("there is no such folder"));
}

#[test]
fn what_a_kiosk_collects_of_other_breeds_is_left_out_and_counted() {
    let breeds = [Breed {
        id: "pug".into(),
        species: Species::Dog,
    }];
    let collected = folder(&[
        ("pug/1.jpg", "x"),
        ("labrador_retriever/2.jpg", "x"),
        ("labrador_retriever/3.jpg", "x"),
        ("domestic_shorthair/4.jpg", "x"),
        ("no_animal/5.jpg", "x"),
        ("other/6.jpg", "x"),
    ]);
    let extra = read_extra(collected.path(), &breeds).unwrap();
    assert_eq!(names(&extra.photos), ["1.jpg"]);
    let expected = format!(
        "{}: these folders are of no breed of the dataset and are not used: domestic_shorthair (1 photograph), \
         labrador_retriever (2 photographs), no_animal (1 photograph), other (1 photograph)",
        collected.path().display()
    );
    assert_eq!(notes(&extra.notes), [expected]);

    let others = folder(&[("labrador_retriever/1.jpg", "x"), ("no_animal/2.jpg", "x")]);
    let message = read_extra(others.path(), &breeds).unwrap_err().to_string();
    let expected = "none of its photographs is of a breed of the dataset";
    assert!(message.contains(expected), "{message}");
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
    assert_eq!(extra.photos.len(), 1772);
    // The same folder as a dataset of its own: every breed's species is known.
    let dogs = Dataset::open(&data.join("extra-dogs")).unwrap();
    assert_eq!((dogs.breeds.len(), cats(&dogs)), (20, 0));
}
