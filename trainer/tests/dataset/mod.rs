//! Data folders are read in all layouts, and split reproducibly.

mod alike;
mod boxes;
mod folders;
mod folds;
mod join;
mod layouts;
mod lists;
mod splits;

use std::fs;
use std::path::{Path, PathBuf};

use recognise::metadata::Species;
use tempfile::TempDir;
use trainer::dataset::{Dataset, Note, Photo, Source, digest};

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
    let breeds = dataset.breeds.iter();
    breeds
        .map(|breed| (breed.id.as_str(), breed.species))
        .collect()
}

fn notes(notes: &[Note]) -> Vec<String> {
    notes.iter().map(ToString::to_string).collect()
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
    let other = folder(&[("notes.txt", "x"), ("a/b/1.jpg", "x"), ("c/d/2.jpg", "x")]);
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
        let files: Vec<String> = (0..30)
            .map(|n| format!("{breed} breton/{name}{n}.jpg"))
            .collect();
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
    let of_root = |what: &str| format!("{}: {what}", root.path().display());
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
            of_root(&format!("skipped 1 .txt; {read}")),
            of_root("1 hidden entry, not read: .DS_Store"),
        ]
    );

    let extra = dataset.extra(root.path()).unwrap();
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

    let extra = dataset.extra(&data.join("extra-dogs")).unwrap();
    assert_eq!(extra.photos.len(), 1772);
    // The same folder as a dataset of its own: every breed's species is known.
    let dogs = Dataset::open(&data.join("extra-dogs")).unwrap();
    assert_eq!((dogs.breeds.len(), cats(&dogs)), (20, 0));

    // Joined, they are the breeds that both have.
    let source = Source {
        data: ["oxford-iiit-pet", "extra-dogs"]
            .map(|name| data.join(name))
            .to_vec(),
        validation: None,
        test: None,
    };
    let joined = source.open().unwrap();
    assert_eq!((joined.breeds.len(), cats(&joined)), (37, 12));
    let photographs = joined.trainval.len() + joined.test.len();
    assert_eq!(photographs, 2159 + 1211 + 1772);
}
