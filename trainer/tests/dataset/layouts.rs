//! The layouts in which people keep their photographs: what is made of each, and what is refused.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trainer::dataset::{Dataset, DatasetError, Photo, Source};

use super::{folder, notes};

/// A data set with splits, in words: each breed with its species and the number of its photographs to train, to
/// validate and to test on.
fn told(dataset: &Dataset) -> Vec<String> {
    let (train, validation) = dataset.carve(&dataset.trainval, 0.5, 1);
    let breeds = dataset.breeds.iter().enumerate();
    breeds
        .map(|(index, breed)| {
            let [train, validation, test] = [&train, &validation, &dataset.test].map(|photos| {
                let of_breed = photos.iter().filter(|photo| photo.breed == index);
                of_breed.count()
            });
            let (id, species) = (&breed.id, breed.species);
            format!("{id} {species} {train} {validation} {test}")
        })
        .collect()
}

/// A data set, in words: each breed with its species and the number of its photographs.
fn counted(dataset: &Dataset) -> Vec<String> {
    let breeds = dataset.breeds.iter().enumerate();
    breeds
        .map(|(index, breed)| {
            let photos = dataset.trainval.iter().chain(&dataset.test);
            let of_breed = photos.filter(|photo| photo.breed == index).count();
            format!("{} {} {of_breed}", breed.id, breed.species)
        })
        .collect()
}

/// Files of some photographs: a space stands between two names.
fn files(names: &str) -> Vec<(&str, &str)> {
    names.split_whitespace().map(|name| (name, "x")).collect()
}

const TOML: &str = "\
[[breed]]
id = \"zorgon\"
species = \"cat\"
names = [\"Zorgon\u{e8}se\", \"Zorgonkatze\"]

[[breed]]
id = \"yeti\"
species = \"dog\"
";

#[test]
fn layouts_without_splits_are_read() {
    let cases: [(&str, &str, &[&str]); 10] = [
        (
            "pug/1.jpg beagle/1.jpg beagle/2.jpg",
            "",
            &["beagle dog 2", "pug dog 1"],
        ),
        (
            "cat/zorgon/1.jpg dog/yeti/1.jpg",
            "",
            &["yeti dog 1", "zorgon cat 1"],
        ),
        (
            "Cat/zorgon/1.jpg DOG/yeti/1.jpg",
            "",
            &["yeti dog 1", "zorgon cat 1"],
        ),
        (
            "cats/zorgon/1.jpg Dogs/yeti/1.jpg",
            "",
            &["yeti dog 1", "zorgon cat 1"],
        ),
        (
            "cat/zorgon/1.jpg dogs/pug/1.jpg",
            "",
            &["pug dog 1", "zorgon cat 1"],
        ),
        (
            "cat/zorgon/1.jpg pug/1.jpg",
            "",
            &["pug dog 1", "zorgon cat 1"],
        ),
        (
            "zorgon/1.jpg Yeti/1.jpg",
            TOML,
            &["yeti dog 1", "zorgon cat 1"],
        ),
        // Names in any language, and however they are written.
        ("zorgonese/1.jpg ZORGONKATZE/2.jpg", TOML, &["zorgon cat 2"]),
        (
            "cat/zorgon/1.jpg yeti/1.jpg",
            TOML,
            &["yeti dog 1", "zorgon cat 1"],
        ),
        // Two folders of animals, not of breeds.
        (
            "cat/1.jpg dog/1.jpg",
            CATS_AND_DOGS,
            &["cat cat 1", "dog dog 1"],
        ),
    ];
    for (names, toml, expected) in cases {
        let mut files = files(names);
        files.push(("breeds.toml", toml));
        let root = folder(&files);
        let dataset = Dataset::open(root.path()).unwrap_or_else(|error| panic!("{names}: {error}"));
        assert_eq!(counted(&dataset), expected, "{names}");
        assert!(dataset.chooses_test(), "{names}");
    }
}

const CATS_AND_DOGS: &str = "\
breed = [{ id = \"cat\", species = \"cat\" }, { id = \"dog\", species = \"dog\" }]
";

#[test]
fn what_is_beside_the_images_of_the_stanford_dogs_dataset_is_said() {
    let root = folder(&[
        ("Images/n02085620-Chihuahua/1.jpg", "x"),
        ("Annotation/n02085620-Chihuahua/1", "x"),
        ("boxes.csv", "x"),
        ("more/pug/2.jpg", "x"),
        ("3.jpg", "x"),
        ("notes.txt", "x"),
    ]);
    let dataset = Dataset::open(root.path()).unwrap();
    assert_eq!(counted(&dataset), ["chihuahua dog 1"]);
    let path = root.path().display();
    assert_eq!(
        notes(&dataset.notes),
        [
            format!(
                "{path}/Images: only the folders in it are used as breeds, and not what is beside it: more"
            ),
            format!("{path}: skipped 1 .txt; JPEG, PNG, WebP and GIF are read"),
            format!("{path}: 1 photograph in no folder of a breed, not used: 3.jpg"),
        ]
    );
}

#[test]
fn layouts_with_splits_are_read_as_they_are_split() {
    let cases: [(&str, &[&str]); 9] = [
        (
            "train/pug/1.jpg train/pug/2.jpg val/pug/3.jpg test/pug/4.jpg train/boxer/1.jpg",
            &["boxer dog 1 0 0", "pug dog 2 1 1"],
        ),
        // Without photographs to validate on, some are split off.
        (
            "train/pug/1.jpg train/pug/2.jpg test/Pug/4.jpg",
            &["pug dog 1 1 1"],
        ),
        ("train/pug/1.jpg val/pug/2.jpg", &["pug dog 1 1 0"]),
        (
            "train/cat/zorgon/1.jpg train/dog/yeti/1.jpg val/cat/zorgon/2.jpg",
            &["yeti dog 1 0 0", "zorgon cat 1 1 0"],
        ),
        (
            "cat/train/zorgon/1.jpg cat/test/zorgon/2.jpg dog/train/yeti/1.jpg dog/val/yeti/2.jpg",
            &["yeti dog 1 1 0", "zorgon cat 1 0 1"],
        ),
        // Other names of the photographs to validate on.
        ("train/pug/1.jpg valid/pug/2.jpg", &["pug dog 1 1 0"]),
        (
            "train/pug/1.jpg Validation/pug/2.jpg test/pug/3.jpg",
            &["pug dog 1 1 1"],
        ),
        (
            "train/dogs/yeti/1.jpg train/cats/zorgon/1.jpg valid/dogs/yeti/2.jpg",
            &["yeti dog 1 1 0", "zorgon cat 1 0 0"],
        ),
        // What has no photographs may be beside them.
        (
            "train/pug/1.jpg val/pug/2.jpg papers/pedigrees/1.pdf",
            &["pug dog 1 1 0"],
        ),
    ];
    for (names, expected) in cases {
        let root = folder(&files(names));
        let dataset = Dataset::open(root.path()).unwrap_or_else(|error| panic!("{names}: {error}"));
        assert_eq!(told(&dataset), expected, "{names}");
        assert!(!dataset.chooses_test(), "{names}");
    }
}

#[test]
fn a_folder_that_merely_wraps_the_data_stands_for_them() {
    let cases: [(&str, &str, &[&str]); 9] = [
        (
            "set/pug/1.jpg set/boxer/1.jpg",
            "set",
            &["boxer dog 1", "pug dog 1"],
        ),
        (
            "a/b/train/pug/1.jpg a/b/valid/pug/2.jpg",
            "a/b",
            &["pug dog 2"],
        ),
        (
            "set/cats/zorgon/1.jpg set/dogs/yeti/1.jpg",
            "set",
            &["yeti dog 1", "zorgon cat 1"],
        ),
        (
            "set/Images/n02110958-pug/1.jpg set/Annotation/n02110958-pug/1",
            "set",
            &["pug dog 1"],
        ),
        (
            "images/pug/1.jpg images/boxer/1.jpg",
            "images",
            &["boxer dog 1", "pug dog 1"],
        ),
        // These are the data: a breed, a species, a split, and Stanford's folder of photographs.
        ("pug/1.jpg", "", &["pug dog 1"]),
        ("dogs/yeti/1.jpg", "", &["yeti dog 1"]),
        ("train/pug/1.jpg", "", &["pug dog 1"]),
        ("Images/n02110958-pug/1.jpg", "", &["pug dog 1"]),
    ];
    for (names, inner, expected) in cases {
        let root = folder(&files(names));
        let dataset = Dataset::open(root.path()).unwrap_or_else(|error| panic!("{names}: {error}"));
        assert_eq!(counted(&dataset), expected, "{names}");
        assert_eq!(dataset.root, root.path().join(inner), "{names}");
        let note = format!(
            "{}: it merely wraps {}, which is read in its place",
            root.path().display(),
            root.path().join(inner).display()
        );
        let is_said = notes(&dataset.notes).contains(&note);
        assert_eq!(is_said, !inner.is_empty(), "{names}: {:?}", dataset.notes);
    }

    // In Oxford's layout, with something beside it.
    let root = folder(&[
        ("pets/images/pug_1.jpg", "x"),
        ("pets/annotations/trainval.txt", "pug_1 1 2 1\n"),
        ("pets/annotations/test.txt", ""),
        ("README.md", "x"),
    ]);
    let dataset = Dataset::open(root.path()).unwrap();
    assert_eq!(counted(&dataset), ["pug dog 1"]);
    let path = root.path().display();
    let expected = [
        format!("{path}: it merely wraps {path}/pets, which is read in its place"),
        format!("{path}: skipped 1 .md; JPEG, PNG, WebP and GIF are read"),
    ];
    assert_eq!(notes(&dataset.notes), expected);
}

#[test]
fn a_layout_that_is_half_right_is_refused_in_one_line() {
    let cases = [
        (
            "train/pug/1.jpg val/notes.txt",
            "",
            "val holds no folder of photographs of a breed",
        ),
        (
            "train/pug/1.jpg valid/notes.txt",
            "",
            "valid holds no folder of photographs of a breed",
        ),
        (
            "train/pug/1.jpg evaluation/pug/2.jpg",
            "",
            "evaluation: the photographs in its folders would be left out, because it is beside train: rename it to \
             train, val or test, or move it elsewhere",
        ),
        (
            "train/pug/1.jpg more/dogs/pug/2.jpg",
            "",
            "more: the photographs in its folders would be left out",
        ),
        (
            "cats/zorgon/1.jpg hounds/pug/1.jpg",
            "",
            "hounds: the photographs in its folders would be left out, because it is beside cats: rename it to cat or \
             dog, or move it elsewhere",
        ),
        (
            "train/cat/zorgon/1.jpg train/hounds/pug/1.jpg val/cat/zorgon/2.jpg",
            "",
            "train/hounds: the photographs in its folders would be left out, because it is beside cat",
        ),
        // `breeds.toml` is about the folders beside it.
        (
            "set/zorgon/1.jpg",
            TOML,
            "no folder in it holds photographs",
        ),
        (
            "train/pug/1.jpg beagle/1.jpg",
            "",
            "some folders of breeds are in train/, val/ and test/, and others are not",
        ),
        (
            "val/pug/1.jpg test/pug/2.jpg",
            "",
            "to validate or to test on, but none in train",
        ),
        (
            "cat/zorgon/1.jpg dog/zorgon/2.jpg",
            "",
            "zorgon is a cat by ",
        ),
        ("dog/zorgon/1.jpg", TOML, "zorgon is a dog by "),
        (
            "cat/Labrador/1.jpg dog/pug/1.jpg",
            "",
            "cat says that labrador is a cat, but the breed Labrador Retriever is a dog",
        ),
        (
            "zorgon/1.jpg yeti/1.jpg",
            "",
            "nothing says whether these are cats or dogs: yeti, zorgon; put the folders into cat/ and dog/",
        ),
        (
            "pug/1.jpg",
            "[[breed]]\nid = \"pug\"\nspecies = \"cat\"\n",
            "breeds.toml says that pug is a cat, but the breed Pug is a dog",
        ),
        (
            "pug/1.jpg",
            "[[breed]]\nid = \"pug\"\nspecies = \"bird\"\n",
            "breeds.toml: line ",
        ),
        (
            "pug/1.jpg",
            "[[breed]]\nid = \"zorgon\"\n",
            "missing field `species`",
        ),
        (
            "pug/1.jpg",
            "breed = [{ id = \"a\", species = \"cat\", names = [\"B\"] }, { id = \"b\", species = \"cat\" }]",
            "the breeds a and b are both called b",
        ),
        (
            "pug/1.jpg",
            "breed = [{ id = \"a\", species = \"cat\" }, { id = \"a\", species = \"cat\" }]",
            "the breed a is there twice",
        ),
    ];
    for (names, toml, expected) in cases {
        let mut files = files(names);
        if !toml.is_empty() {
            files.push(("breeds.toml", toml));
        }
        let root = folder(&files);
        let message = Dataset::open(root.path()).unwrap_err().to_string();
        assert!(message.contains(expected), "{names}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

/// A folder with photographs `1.jpg` to `9.jpg` and a table.
fn table(text: &str) -> (tempfile::TempDir, PathBuf) {
    let names: Vec<String> = (1..10).map(|number| format!("{number}.jpg")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    files.push(("photos.csv", text));
    let root = folder(&files);
    let file = root.path().join("photos.csv");
    (root, file)
}

#[test]
fn tables_are_read_by_the_names_of_their_columns() {
    let cases: [(&str, &[&str]); 6] = [
        (
            "file,breed,split,animal\n1.jpg,pug,train,rex\n2.jpg,pug,train,rex\n3.jpg,pug,val,max\n4.jpg,Pug,test,",
            &["pug dog 2 1 1"],
        ),
        (
            "split,remark,species,breed,file\ntrain,old,cat,zorgon,1.jpg\ntrain,,,zorgon,2.jpg\ntest,,dog,yeti,3.jpg",
            &["yeti dog 0 0 1", "zorgon cat 1 1 0"],
        ),
        // As spreadsheets write it.
        (
            "\u{feff}File,Breed,Split\r\n1.jpg,beagle,Train\r\n\"2.jpg\",beagle,Val\r\n",
            &["beagle dog 1 1 0"],
        ),
        // Names in other ways to write an accent are one breed.
        (
            "file,breed,split\n1.jpg,\u{c9}pagneul breton,train\n2.jpg,E\u{301}pagneul breton,val\n",
            &["\u{e9}pagneul breton dog 1 1 0"],
        ),
        (
            "file,breed,split,species\n1.jpg,yeti,train,dogs\n2.jpg,yeti,valid,Dog\n3.jpg,yeti,validation,\n",
            &["yeti dog 1 2 0"],
        ),
        // Not all of its photographs have arrived yet.
        (
            "file,breed,split\n1.jpg,pug,train\nlater.jpg,pug,train\n2.jpg,pug,val\n",
            &["pug dog 1 1 0"],
        ),
    ];
    for (text, expected) in cases {
        let (_root, file) = table(text);
        let dataset = Dataset::open(&file).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(told(&dataset), expected, "{text}");
        assert_eq!(dataset.missing.len(), text.matches("later").count());
    }
}

#[test]
fn a_file_of_a_table_is_found_however_the_disk_writes_its_accents() {
    let text = "file,breed,split\nche\u{301}ri.jpg,pug,train\n";
    let root = folder(&[("ch\u{e9}ri.jpg", "x"), ("photos.csv", text)]);
    let dataset = Dataset::open(&root.path().join("photos.csv")).unwrap();
    assert!(dataset.trainval[0].path.is_file());
}

#[test]
fn a_table_that_cannot_be_used_is_refused_in_one_line() {
    let cases = [
        (
            "file,split\n1.jpg,train\n",
            "line 1: there is no column breed",
        ),
        ("file;breed\n1.jpg;pug\n", "line 1: there is no column file"),
        ("", "line 1: there is no column file"),
        (
            "file,breed\n1.jpg,pug\n2.jpg\n",
            "line 3: there are 1 values instead of 2",
        ),
        ("file,breed\n,pug\n", "line 2: there is no file or no breed"),
        (
            "file,breed\n1.jpg,pug\n1.jpg,boxer\n",
            "line 3: 1.jpg is in line 2 too",
        ),
        (
            "file,breed,split\n1.jpg,pug,training\n",
            "line 2: the split \"training\" is not train, val or test",
        ),
        (
            "file,breed,split\n1.jpg,pug,\n",
            "the split \"\" is not train, val or test",
        ),
        ("file,breed,split\n1.jpg,pug,val\n", "none in train"),
        (
            "file,breed\ngone.jpg,pug\n",
            "it names no photograph that is there",
        ),
        (
            "file,breed,species\n1.jpg,zorgon,bird\n",
            "the species \"bird\" is not cat or dog",
        ),
        (
            "file,breed,species\n1.jpg,zorgon,cat\n2.jpg,zorgon,dog\n",
            "zorgon is a cat by ",
        ),
        (
            "file,breed,species\n1.jpg,pug,cat\n",
            "photos.csv, line 2 says that pug is a cat",
        ),
        (
            "file,breed\n1.jpg,zorgon\n",
            "nothing says whether these are cats or dogs: zorgon",
        ),
        (
            "file,breed,split,animal\n1.jpg,pug,train,rex\n2.jpg,pug,test,rex\n",
            "line 3: the animal rex is in another split than in line 2",
        ),
        (
            "file,breed,split,animal\n1.jpg,pug,train,rex\n2.jpg,pug,val,rex\n",
            "line 3: the animal rex is in another split than in line 2",
        ),
    ];
    for (text, expected) in cases {
        let (_root, file) = table(text);
        let message = Dataset::open(&file).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    let message = Dataset::open(Path::new("no/such.csv")).unwrap_err();
    assert!(matches!(message, DatasetError::Read { .. }), "{message}");
}

#[test]
fn kinds_of_files_that_are_not_read_are_counted_in_a_table_too() {
    let text = "file,breed\n1.jpg,pug\n2.heic,pug\n";
    let (root, file) = table(text);
    fs::write(root.path().join("2.heic"), "x").unwrap();
    let dataset = Dataset::open(&file).unwrap();
    let skipped = format!(
        "{}: skipped 1 .heic; JPEG, PNG, WebP and GIF are read",
        file.display()
    );
    let unlisted = format!(
        "{}: 8 photographs that it does not name, not used: 2.jpg, 3.jpg, 4.jpg and 5 more",
        file.display()
    );
    assert_eq!(notes(&dataset.notes), [skipped, unlisted]);
}

#[test]
fn photographs_beside_those_of_a_table_are_counted_however_it_names_its_files() {
    let cases: [(&str, &[&str]); 4] = [
        ("1.jpg a/2.jpg a/3.jpg b/4.jpg", &[]),
        // In its own folder, and in folders of which it names none or some.
        ("a/2.jpg", &["1.jpg", "3.jpg", "4.jpg"]),
        ("./1.jpg b/../a/2.jpg a/./3.jpg", &["4.jpg"]),
        // Of another folder than its own.
        ("../other/5.jpg 1.jpg a/2.jpg a/3.jpg b/4.jpg", &["6.jpg"]),
    ];
    for (named, expected) in cases {
        let lines: Vec<String> = (named.split_whitespace())
            .map(|name| format!("{name},pug\n"))
            .collect();
        let table = format!("file,breed\n{}", lines.concat());
        let root = folder(&[
            ("set/1.jpg", "x"),
            ("set/a/2.jpg", "x"),
            ("set/a/3.jpg", "x"),
            ("set/b/4.jpg", "x"),
            ("other/5.jpg", "x"),
            ("other/6.jpg", "x"),
            ("set/photos.csv", table.as_str()),
        ]);
        let dataset = Dataset::open(&root.path().join("set/photos.csv")).unwrap();
        let mut unlisted: Vec<String> = (dataset.unlisted.iter())
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        unlisted.sort();
        assert_eq!(unlisted, expected, "{named}");
        assert_eq!(
            notes(&dataset.notes).len(),
            usize::from(!expected.is_empty()),
            "{named}"
        );
    }
}

#[test]
fn photographs_of_one_animal_are_on_one_side_of_a_split_that_is_made() {
    // Thirty animals with four photographs each.
    let name = |animal: usize, number: usize| format!("{animal}_{number}.jpg");
    let mut text = "file,breed,animal\n".to_owned();
    let mut names = Vec::new();
    for animal in 0..30 {
        for number in 0..4 {
            text += &format!("{},pug,rex {animal}\n", name(animal, number));
            names.push(name(animal, number));
        }
    }
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    files.push(("photos.csv", text.as_str()));
    let root = folder(&files);
    let dataset = Dataset::open(&root.path().join("photos.csv")).unwrap();

    let animals = |photos: &[Photo]| -> BTreeSet<String> {
        let stems = photos.iter().filter_map(|photo| photo.path.file_stem());
        let animals = stems.filter_map(|stem| stem.to_str()?.split_once('_'));
        animals.map(|(animal, _)| animal.to_owned()).collect()
    };
    let (train, validation) = dataset.carve(&dataset.trainval, 0.2, 1);
    let parts = [&train, &validation, &dataset.test];
    let counts = parts.map(|photos| animals(photos).len());
    assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), 30, "each is in one part");
    let photos: usize = parts.iter().map(|photos| photos.len()).sum();
    assert_eq!(photos, 120);
    let share = validation.len() as f64 / dataset.trainval.len() as f64;
    assert!((0.15..0.25).contains(&share), "{share}");
}

/// Opens a data folder with folders to validate and to test on.
fn source(
    data: &Path,
    validation: Option<&Path>,
    test: Option<&Path>,
) -> Result<Dataset, DatasetError> {
    let source = Source {
        data: vec![data.to_owned()],
        validation: validation.map(Path::to_owned),
        test: test.map(Path::to_owned),
    };
    source.open()
}

#[test]
fn folders_to_validate_and_to_test_on_take_the_place_of_the_splits() {
    let data = folder(&files("pug/1.jpg pug/2.jpg pug/3.jpg boxer/1.jpg"));
    let other = folder(&files("Pug/9.jpg boxer/8.jpg beagle/7.jpg"));
    let dataset = source(data.path(), Some(other.path()), Some(other.path())).unwrap();
    assert_eq!(told(&dataset), ["boxer dog 1 1 1", "pug dog 3 1 1"]);
    let notes = notes(&dataset.notes);
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes[0].ends_with("not used: beagle (1 photograph)"),
        "{notes:?}"
    );

    let split = folder(&files("train/pug/1.jpg train/pug/2.jpg val/pug/3.jpg"));
    let pugs = folder(&files("pug/9.jpg"));
    let dataset = source(split.path(), None, Some(pugs.path())).unwrap();
    assert_eq!(told(&dataset), ["pug dog 2 1 1"]);
    let message = source(split.path(), Some(pugs.path()), None).unwrap_err();
    let expected = "says itself which photographs are to validate on: leave out --val";
    assert!(message.to_string().contains(expected), "{message}");

    let nothing = folder(&[]);
    for (validation, test) in [(Some(nothing.path()), None), (None, Some(nothing.path()))] {
        let message = source(data.path(), validation, test).unwrap_err();
        let expected = "no folder in it holds photographs";
        assert!(message.to_string().contains(expected), "{message}");
    }
}

#[test]
fn a_data_set_without_photographs_to_test_on_says_so() {
    let split = folder(&files("train/pug/1.jpg val/pug/2.jpg"));
    let dataset = source(split.path(), None, None).unwrap();
    let expected = format!(
        "{}: no photograph to test on; name a folder of some with --test",
        split.path().display()
    );
    assert_eq!(notes(&dataset.notes), [expected]);
}
