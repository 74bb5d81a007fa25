//! Folders in Oxford's layout, with lists of their photographs.

use std::fs;
use std::path::PathBuf;

use recognise::metadata::Species;
use trainer::dataset::{Dataset, Split};

use super::{TEST, TRAINVAL, breeds, names, notes, oxford};

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
fn photographs_that_no_list_names_and_a_breeds_toml_are_said_to_be_not_used() {
    let images: Vec<String> = (90..95).map(|n| format!("Tabby_{n}.jpg")).collect();
    let mut images: Vec<&str> = images.iter().map(String::as_str).collect();
    images.push("Tabby_7.jpg");
    let root = oxford(TRAINVAL, TEST, &images);
    let toml = root.path().join("breeds.toml");
    fs::write(&toml, "what it says does not count").unwrap();
    let dataset = Dataset::open(root.path()).unwrap();
    assert_eq!(dataset.unlisted.len(), 5);
    let expected = [
        format!(
            "{}: 5 photographs that it does not name, not used: images/Tabby_90.jpg, images/Tabby_91.jpg, images/Tabby_92.jpg and 2 more",
            root.path().join("annotations").display()
        ),
        format!(
            "{}: not used, since the lists in annotations/ say the species",
            toml.display()
        ),
    ];
    assert_eq!(notes(&dataset.notes), expected);
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
