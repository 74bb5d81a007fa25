//! The folds of cross-validation.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use trainer::dataset::Dataset;

/// Breeds, with the number of photographs of each animal.
const BREEDS: [(&str, &[usize]); 3] = [
    ("pug", &[1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]),
    ("siamese", &[2; 6]),
    // Without its only animal, the breed could not be learnt.
    ("boxer", &[3]),
];

/// A table of photographs to train on, none of which is ever opened.
fn table(root: &Path) -> Dataset {
    let mut table = "file,breed,split,animal\n".to_owned();
    for (breed, animals) in BREEDS {
        for (animal, &count) in animals.iter().enumerate() {
            for number in 0..count {
                let name = format!("{breed}-{animal}-{number}.jpg");
                fs::write(root.join(&name), "x").expect("a temporary file");
                table += &format!("{name},{breed},train,{breed}-{animal}\n");
            }
        }
    }
    let file = root.join("photos.csv");
    fs::write(&file, table).expect("a temporary file");
    Dataset::open(&file).expect("a dataset")
}

/// The animal in each photograph, by its file name.
fn animals(dataset: &Dataset) -> Vec<String> {
    let photos = dataset.trainval.iter();
    let names = photos.map(|photo| photo.path.file_name().expect("a name").to_string_lossy());
    names
        .map(|name| {
            let (animal, _) = name.rsplit_once('-').expect("an animal");
            animal.to_owned()
        })
        .collect()
}

#[test]
fn folds_have_whole_animals_and_as_many_photographs_of_each_breed() {
    let root = TempDir::new().expect("a temporary folder");
    let dataset = table(root.path());
    let folds = dataset.folds(3, 1).expect("enough photographs");
    assert_eq!(folds.len(), dataset.trainval.len());

    let animals = animals(&dataset);
    let mut fold_of: HashMap<&str, Option<usize>> = HashMap::new();
    for (animal, &fold) in animals.iter().zip(&folds) {
        assert_eq!(*fold_of.entry(animal).or_insert(fold), fold, "{animal}");
        assert_eq!(fold.is_none(), animal.starts_with("boxer"), "{animal}");
    }
    for (breed, least, most) in [("pug", 9, 11), ("siamese", 4, 4)] {
        for fold in 0..3 {
            let both = animals.iter().zip(&folds);
            let held = both.filter(|(animal, of)| animal.starts_with(breed) && **of == Some(fold));
            let count = held.count();
            assert!(
                (least..=most).contains(&count),
                "{breed}, fold {fold}: {count}"
            );
        }
    }
    assert_eq!(dataset.folds(3, 1).expect("the same"), folds);
    assert_ne!(dataset.folds(3, 2).expect("others"), folds);
}

#[test]
fn there_are_no_more_folds_than_animals_to_validate_on() {
    let root = TempDir::new().expect("a temporary folder");
    let dataset = table(root.path());
    let folds = dataset.folds(18, 1).expect("as many folds as animals");
    assert!((0..18).all(|fold| folds.contains(&Some(fold))));
    let refused = dataset.folds(19, 1).expect_err("too many").to_string();
    assert!(
        refused.contains("cannot be divided into 19 folds"),
        "{refused}"
    );
}

#[test]
fn data_that_say_what_to_validate_on_are_not_divided() {
    let root = TempDir::new().expect("a temporary folder");
    for name in ["train/pug/1.jpg", "train/pug/2.jpg", "val/pug/3.jpg"] {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a temporary folder");
        fs::write(path, "x").expect("a temporary file");
    }
    let dataset = Dataset::open(root.path()).expect("a dataset");
    let refused = dataset.folds(2, 1).expect_err("said").to_string();
    let expected = "the data say which photographs to validate on";
    assert!(refused.contains(expected), "{refused}");
}
