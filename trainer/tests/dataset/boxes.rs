//! Tables of boxes around animals and people.

use std::path::{Path, PathBuf};

use recognise::metadata::Species;
use tempfile::TempDir;
use trainer::dataset::boxes::{Boxes, Kind};

use super::{folder, notes};

const HEADER: &str = "file,kind,score,x1,y1,x2,y2";

/// A folder with pictures `a/tom.jpg` and `b.jpg`, and a table of these lines in `boxes.csv`.
fn table(lines: &[&str]) -> (TempDir, PathBuf) {
    let text = [&[HEADER][..], lines].concat().join("\n");
    let root = folder(&[
        ("a/tom.jpg", "x"),
        ("b.jpg", "x"),
        ("boxes.csv", text.as_str()),
    ]);
    let file = root.path().join("boxes.csv");
    (root, file)
}

#[test]
fn boxes_are_listed_by_photograph() {
    let (root, file) = table(&[
        "b.jpg,person,0.5,0,0,1,1",
        "a/tom.jpg,cat,0.75,0.25,0.5,0.5,1.0",
        "b.jpg,dog,1,0.1,0.2,0.3,0.4",
    ]);
    let boxes = Boxes::open(&file).unwrap();
    let paths: Vec<&Path> = boxes.photos.iter().map(|it| it.path.as_path()).collect();
    assert_eq!(
        paths,
        [root.path().join("a/tom.jpg"), root.path().join("b.jpg")]
    );
    let [tom] = boxes.photos[0].boxes[..] else {
        panic!("one box: {boxes:?}");
    };
    assert_eq!((tom.kind, tom.score), (Kind::Cat, 0.75));
    assert_eq!(tom.region.corners(), [0.25, 0.5, 0.5, 1.0]);
    let kinds: Vec<Option<Species>> = (boxes.photos[1].boxes.iter())
        .map(|it| it.kind.species())
        .collect();
    assert_eq!(kinds, [None, Some(Species::Dog)]);
    assert!(boxes.notes.is_empty(), "{:?}", boxes.notes);
}

#[test]
fn columns_may_come_in_any_order_and_among_others() {
    let text = "y2,x2,y1,x1,score,kind,file,remark\n1,0.75,0,0.25,0.5,dog,b.jpg,asleep\n";
    let root = folder(&[("b.jpg", "x"), ("boxes.csv", text)]);
    let boxes = Boxes::open(&root.path().join("boxes.csv")).unwrap();
    let corners = boxes.photos[0].boxes[0].region.corners();
    assert_eq!(corners, [0.25, 0.0, 0.75, 1.0]);
}

#[test]
fn what_can_be_used_in_part_is_used_and_noted() {
    let (root, file) = table(&[
        "b.jpg,dog,0.9,-0.5,0.2,0.5,1.5",
        "b.jpg,dog,0.9,0.4,0.4,0.4,0.8",
        "b.jpg,dog,0.9,0.4,0.8,0.8,0.4",
        "b.jpg,dog,0.9,1.2,0.2,1.5,0.4",
        "gone.jpg,cat,0.9,0.1,0.1,0.9,0.9",
        "gone.jpg,cat,0.8,0.1,0.1,0.9,0.9",
        "a,cat,0.8,0.1,0.1,0.9,0.9",
    ]);
    let boxes = Boxes::open(&file).unwrap();
    assert_eq!(boxes.photos.len(), 1);
    let [clipped] = boxes.photos[0].boxes[..] else {
        panic!("one box: {boxes:?}");
    };
    assert_eq!(clipped.region.corners(), [0.0, 0.2, 0.5, 1.0]);
    let of = |what: &str| format!("{}: {what}", file.display());
    let first = root.path().join("a");
    assert_eq!(
        notes(&boxes.notes),
        [
            of("boxes that reach beyond their pictures are clipped: 1"),
            of("boxes without area in their pictures are left out: line 3, 4, 5"),
            of(&format!(
                "3 boxes of 2 pictures that are not there are left out; the first of these pictures is {}",
                first.display()
            )),
        ]
    );
}

#[test]
fn a_table_that_cannot_be_understood_is_refused_with_its_line() {
    for (line, reason) in [
        (
            "b.jpg,bird,0.9,0,0,1,1",
            "the kind \"bird\" is not cat, dog or person",
        ),
        (
            "b.jpg,dog,0.9,0,NaN,1,1",
            "y1 is \"NaN\", which is not a finite number",
        ),
        (
            "b.jpg,dog,0.9,0,0,1e99,1",
            "x2 is \"1e99\", which is not a finite number",
        ),
        ("b.jpg,dog,high,0,0,1,1", "score is \"high\""),
        ("b.jpg,dog,1.5,0,0,1,1", "the score 1.5 is not 0 to 1"),
        (",dog,0.9,0,0,1,1", "there is no file"),
        ("b.jpg,dog,0.9", "there are 3 values instead of 7"),
    ] {
        let (_root, file) = table(&["a/tom.jpg,cat,0.5,0,0,1,1", line]);
        let message = Boxes::open(&file).unwrap_err().to_string();
        let start = format!("{}, line 3: ", file.display());
        assert!(message.starts_with(&start), "{line}: {message}");
        assert!(message.contains(reason), "{line}: {message}");
    }

    let root = folder(&[
        ("boxes.csv", "file,kind,score,x1,y1,x2\n"),
        ("empty.csv", ""),
    ]);
    let message = |name: &str| {
        let error = Boxes::open(&root.path().join(name)).unwrap_err();
        error.to_string()
    };
    assert!(message("boxes.csv").contains("boxes.csv, line 1: there is no column y2"));
    assert!(message("empty.csv").contains("empty.csv, line 1: there is no column file"));
    assert!(message("none.csv").contains("cannot read the boxes"));
}

#[test]
fn a_table_is_known_by_its_content() {
    let digest = |lines: &[&str]| {
        let (_root, file) = table(lines);
        Boxes::open(&file).unwrap().digest
    };
    let one = digest(&["b.jpg,dog,0.9,0,0,1,1"]);
    assert_eq!(one, digest(&["b.jpg,dog,0.9,0,0,1,1"]));
    assert_ne!(one, digest(&["b.jpg,dog,0.8,0,0,1,1"]));
}
