//! Folders with a folder for each breed.

use std::fs;
use std::path::Path;

use recognise::metadata::Species;
use trainer::dataset::{Dataset, DatasetError};

use super::{breeds, folder, names, notes};

#[test]
fn breed_folders_are_breeds_sorted_by_id_with_the_species_that_the_kiosk_knows() {
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
fn no_capital_letter_says_a_species() {
    let root = folder(&[
        ("Labradot/1.jpg", "x"),
        ("Griffon\u{1b}[2J/1.jpg", "x"),
        ("Siamese/1.jpg", "x"),
        ("zorgon/1.jpg", "x"),
    ]);
    let message = Dataset::open(root.path()).unwrap_err().to_string();
    let expected = "nothing says whether these are cats or dogs: griffon\\u{1b}[2j, labradot, zorgon; put the folders";
    assert!(message.contains(expected), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    let file = root.path().join("breeds.toml").display().to_string();
    assert!(message.contains(&file), "{message}");
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

    // Two folders of one name are one breed.
    let root = folder(&[
        ("\u{e9}pagneul breton/1.jpg", "x"),
        ("e\u{301}pagneul breton/2.jpg", "x"),
    ]);
    let dataset = Dataset::open(root.path()).unwrap();
    assert_eq!(breeds(&dataset), [("\u{e9}pagneul breton", Species::Dog)]);
    assert_eq!(dataset.trainval.len() + dataset.test.len(), 2);
}

#[test]
fn extra_photographs_take_the_breeds_of_the_dataset() {
    let own = folder(&[("pug/1.jpg", "x"), ("siamese/1.jpg", "x")]);
    let dataset = Dataset::open(own.path()).unwrap();
    let known = folder(&[
        ("Siamese/2.jpg", "x"),
        ("Siamese/1.jpg", "x"),
        ("readme.md", "x"),
    ]);
    let extra = dataset.extra(known.path()).unwrap();
    assert_eq!(names(&extra.photos), ["1.jpg", "2.jpg"]);
    assert!(extra.photos.iter().all(|photo| photo.breed == 1));
    let expected = format!(
        "{}: skipped 1 .md; JPEG, PNG, WebP and GIF are read",
        known.path().display()
    );
    assert_eq!(notes(&extra.notes), [expected]);

    let wrapped = folder(&[("set/pug/3.jpg", "x"), ("set/siamese/4.jpg", "x")]);
    let extra = dataset.extra(wrapped.path()).unwrap();
    assert_eq!(names(&extra.photos), ["3.jpg", "4.jpg"]);
    let path = wrapped.path().display();
    let expected = format!("{path}: it merely wraps {path}/set, which is read in its place");
    assert_eq!(notes(&extra.notes), [expected]);

    let refused = |root: &Path| dataset.extra(root).unwrap_err().to_string();
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
    let split = folder(&[("train/pug/1.jpg", "x")]);
    assert!(refused(split.path()).contains("train cannot be used as data: it is split itself"));
    let cats = folder(&[("cat/pug/1.jpg", "x")]);
    assert!(refused(cats.path()).contains("pug is a cat by "));
    assert!(refused(Path::new("no/such/folder")).contains("there is no such folder"));
}

#[test]
fn what_a_kiosk_collects_of_other_breeds_is_left_out_and_counted() {
    let own = folder(&[("pug/1.jpg", "x")]);
    let dataset = Dataset::open(own.path()).unwrap();
    let collected = folder(&[
        ("pug/1.jpg", "x"),
        ("labrador_retriever/2.jpg", "x"),
        ("labrador_retriever/3.jpg", "x"),
        ("domestic_shorthair/4.jpg", "x"),
        ("no_animal/5.jpg", "x"),
        ("other/6.jpg", "x"),
    ]);
    let extra = dataset.extra(collected.path()).unwrap();
    assert_eq!(names(&extra.photos), ["1.jpg"]);
    let expected = format!(
        "{}: these folders are of no breed of the dataset and are not used: domestic_shorthair (1 photograph), \
         labrador_retriever (2 photographs), no_animal (1 photograph), other (1 photograph)",
        collected.path().display()
    );
    assert_eq!(notes(&extra.notes), [expected]);

    let others = folder(&[("labrador_retriever/1.jpg", "x"), ("no_animal/2.jpg", "x")]);
    let message = dataset.extra(others.path()).unwrap_err().to_string();
    let expected = "none of its photographs is of a breed of the dataset";
    assert!(message.contains(expected), "{message}");
}
