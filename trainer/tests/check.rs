//! `trainer check` finds what is wrong with a data folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{ImageFormat, Rgb, RgbImage};
use indicatif::ProgressBar;
use tempfile::TempDir;
use trainer::dataset::check::{Report, contact_sheet, inspect};
use trainer::dataset::{Dataset, Photo};

use crate::common::say_species;

/// A picture that differs for each number.
fn picture(number: u32) -> RgbImage {
    RgbImage::from_fn(24, 16, |x, y| {
        Rgb([(x * 9) as u8, (y * 13) as u8, (number * 37) as u8])
    })
}

/// An Oxford folder of six photographs: `pug` 1 to 3 in trainval, `Tabby` 1 to 3 in test.
fn dataset() -> TempDir {
    let root = TempDir::new().unwrap();
    fs::create_dir(root.path().join("images")).unwrap();
    fs::create_dir(root.path().join("annotations")).unwrap();
    let (mut trainval, mut test) = (String::new(), String::new());
    for number in 1..=3 {
        trainval += &format!("pug_{number} 2 2 1\n");
        test += &format!("Tabby_{number} 1 1 1\n");
        write(
            &root,
            &format!("pug_{number}.jpg"),
            number,
            ImageFormat::Jpeg,
        );
        write(
            &root,
            &format!("Tabby_{number}.jpg"),
            3 + number,
            ImageFormat::Jpeg,
        );
    }
    fs::write(root.path().join("annotations/trainval.txt"), trainval).unwrap();
    fs::write(root.path().join("annotations/test.txt"), test).unwrap();
    root
}

fn image(root: &TempDir, name: &str) -> PathBuf {
    root.path().join("images").join(name)
}

fn write(root: &TempDir, name: &str, number: u32, format: ImageFormat) {
    picture(number)
        .save_with_format(image(root, name), format)
        .unwrap();
}

fn copy(root: &TempDir, from: &str, to: &str) {
    fs::copy(image(root, from), image(root, to)).unwrap();
}

fn report(root: &Path) -> Report {
    inspect(&mut Dataset::open(root).unwrap(), &ProgressBar::hidden())
}

fn name(photo: &Photo) -> &str {
    photo.path.file_name().unwrap().to_str().unwrap()
}

/// The report as text, one line for each finding.
fn findings(root: &TempDir) -> Vec<String> {
    let report = report(root.path());
    let misnamed = (report.misnamed.iter())
        .map(|found| format!("{} is {:?}", name(&found.photo), found.format));
    let undecodable = (report.undecodable.iter())
        .map(|found| format!("{}: {}", name(&found.photo), found.reason));
    let duplicates = report.duplicates.iter().map(|group| {
        let names: Vec<&str> = group.photos.iter().map(|(_, photo)| name(photo)).collect();
        format!(
            "{} same_bytes={} across_splits={} two_breeds={}",
            names.join(" = "),
            group.same_bytes,
            group.is_across_splits(),
            group.of_two_breeds()
        )
    });
    misnamed.chain(undecodable).chain(duplicates).collect()
}

#[test]
fn a_folder_without_faults_has_no_findings() {
    assert_eq!(findings(&dataset()), [""; 0]);
}

#[test]
fn each_fault_is_found() {
    let check = |damage: fn(&TempDir), expect: &[&str]| {
        let root = dataset();
        damage(&root);
        assert_eq!(findings(&root), expect);
    };
    check(
        |root| write(root, "pug_1.jpg", 1, ImageFormat::Png),
        &["pug_1.jpg is Png"],
    );
    check(
        |root| write(root, "Tabby_2.jpg", 1, ImageFormat::Gif),
        &["Tabby_2.jpg is Gif"],
    );
    check(
        |root| fs::write(image(root, "pug_2.jpg"), "<html>").unwrap(),
        &["pug_2.jpg: not a picture; JPEG, PNG, WebP and GIF are read"],
    );
    check(
        |root| fs::write(image(root, "pug_2.jpg"), "").unwrap(),
        &["pug_2.jpg: the file is empty"],
    );
    check(
        |root| {
            let whole = fs::read(image(root, "pug_3.jpg")).unwrap();
            fs::write(image(root, "pug_3.jpg"), &whole[..whole.len() / 2]).unwrap();
        },
        &["pug_3.jpg: the picture is cut short; copy the file again"],
    );
    check(
        |root| copy(root, "pug_1.jpg", "pug_3.jpg"),
        &["pug_1.jpg = pug_3.jpg same_bytes=true across_splits=false two_breeds=false"],
    );
    check(
        |root| {
            copy(root, "pug_1.jpg", "Tabby_3.jpg");
            copy(root, "pug_1.jpg", "Tabby_1.jpg");
        },
        &[
            "pug_1.jpg = Tabby_1.jpg = Tabby_3.jpg same_bytes=true across_splits=true two_breeds=true",
        ],
    );
    check(
        |root| {
            write(root, "pug_1.jpg", 1, ImageFormat::Png);
            let mut padded = fs::read(image(root, "pug_1.jpg")).unwrap();
            padded.extend(b"after the end");
            fs::write(image(root, "pug_2.jpg"), padded).unwrap();
        },
        &[
            "pug_1.jpg is Png",
            "pug_2.jpg is Png",
            "pug_1.jpg = pug_2.jpg same_bytes=false across_splits=false two_breeds=false",
        ],
    );
    check(
        |root| {
            fs::write(image(root, "pug_1.jpg"), "junk").unwrap();
            fs::write(image(root, "pug_2.jpg"), "junk").unwrap();
        },
        &[
            "pug_1.jpg: not a picture; JPEG, PNG, WebP and GIF are read",
            "pug_2.jpg: not a picture; JPEG, PNG, WebP and GIF are read",
            "pug_1.jpg = pug_2.jpg same_bytes=true across_splits=false two_breeds=false",
        ],
    );
}

#[test]
fn pictures_of_one_colour_and_different_shape_are_no_duplicates() {
    let root = dataset();
    for (file, width, height) in [("pug_1.jpg", 8, 32), ("pug_2.jpg", 32, 8)] {
        let plain = RgbImage::new(width, height);
        plain
            .save_with_format(image(&root, file), ImageFormat::Jpeg)
            .unwrap();
    }
    assert_eq!(findings(&root), [""; 0]);
}

fn trainer_check(arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trainer"))
        .arg("check")
        .arg("--data")
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn the_command_prints_its_findings_and_changes_nothing() {
    let root = dataset();
    write(&root, "pug_1.jpg", 1, ImageFormat::Png);
    write(&root, "pug_9.jpg", 9, ImageFormat::Jpeg);
    copy(&root, "Tabby_1.jpg", "pug_2.jpg");
    fs::write(image(&root, "pug_3.jpg"), "junk").unwrap();
    fs::remove_file(image(&root, "Tabby_3.jpg")).unwrap();
    let before = fs::read_dir(root.path().join("images")).unwrap().count();

    let output = trainer_check(&[root.path()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    for line in [
        "breed     species  trainval    test  missing",
        "tabby     cat             0       2        1",
        "pug       dog             3       0        0",
        "2 breeds                  3       2        1",
        "listed but not in the folder: 1",
        "  images/Tabby_3.jpg (test)",
        "in the folder but not listed: 1",
        "tabby has no photograph to train on",
        "of another format than their names say: 1",
        "  images/pug_1.jpg  PNG",
        "cannot be used: 1",
        "  images/pug_3.jpg  not a picture; JPEG, PNG, WebP and GIF are read",
        "pictures that occur more than once: 1, of which 1 in more than one split",
        "  images/pug_2.jpg (trainval) = images/Tabby_1.jpg (test): identical files, two breeds",
    ] {
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line}\n\n{printed}"
        );
    }
    assert_eq!(
        fs::read_dir(root.path().join("images")).unwrap().count(),
        before
    );
}

#[test]
fn the_command_names_what_is_skipped_and_breeds_without_a_photograph_to_train_on() {
    let root = TempDir::new().unwrap();
    let draw = |name: &str, number: u32, format: ImageFormat| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        picture(number).save_with_format(path, format).unwrap();
    };
    for number in 0..12 {
        draw(&format!("pug/{number}.jfif"), number, ImageFormat::Jpeg);
        draw(
            &format!("Zorgon/{number}.jpe"),
            20 + number,
            ImageFormat::Jpeg,
        );
    }
    for number in 0..3 {
        let write = |name: String| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("no picture {number}")).unwrap();
        };
        write(format!("pug/{number}.heic"));
        write(format!("borzoi/{number}.jpg"));
    }
    say_species(root.path(), &[("zorgon", "cat"), ("yeti", "dog")]);
    draw("stray.jpg", 40, ImageFormat::Jpeg);
    fs::write(root.path().join("pug/.thumbnail"), "x").unwrap();
    let output = trainer_check(&[root.path()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let skipped = format!(
        "{}: skipped 3 .heic; JPEG, PNG, WebP and GIF are read",
        root.path().join("pug").display()
    );
    let folder = root.path().display();
    let loose = format!("{folder}: 1 photograph in no folder of a breed, not used: stray.jpg");
    let hidden = format!("{folder}: 1 hidden entry, not read: .thumbnail");
    let unused = format!("{folder}/breeds.toml: no photographs of yeti");
    for line in [
        "borzoi has no photograph to train on",
        skipped.as_str(),
        loose.as_str(),
        hidden.as_str(),
        unused.as_str(),
        "in the folder but not listed: 1",
        "of another format than their names say: 0",
        "cannot be used: 3",
        "pictures that occur more than once: 0, of which 0 in more than one split",
    ] {
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line}\n\n{printed}"
        );
    }
}

#[test]
fn the_command_tells_train_validate_and_test_apart() {
    let root = TempDir::new().unwrap();
    for (name, number) in [
        ("train/pug/1.png", 1),
        ("train/pug/2.png", 2),
        ("valid/pug/3.png", 1),
        ("test/pug/4.png", 3),
    ] {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        picture(number).save(path).unwrap();
    }
    let output = trainer_check(&[root.path()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    for line in [
        "breed     species   train     val    test  missing",
        "pug       dog           2       1       1        0",
        "1 breeds                2       1       1        0",
        "pictures that occur more than once: 1, of which 1 in more than one split",
        "  train/pug/1.png (train) = valid/pug/3.png (val): identical files",
    ] {
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line}\n\n{printed}"
        );
    }
}

#[test]
fn the_command_joins_data_sets() {
    let (pets, dogs) = (dataset(), TempDir::new().unwrap());
    let folder = dogs.path().join("Images/n02110958-pug");
    fs::create_dir_all(&folder).unwrap();
    for number in 10..13 {
        let file = folder.join(format!("{number}.png"));
        picture(number).save(file).unwrap();
    }
    fs::create_dir(dogs.path().join("Annotation")).unwrap();
    let output = trainer_check(&[pets.path(), Path::new("--data"), dogs.path()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines = printed
        .lines()
        .map(|line| line.split_whitespace().collect());
    let lines: Vec<Vec<&str>> = lines.collect();
    let of = |breed: &str| {
        let line = lines.iter().find(|line| line.first() == Some(&breed));
        let line = line.unwrap_or_else(|| panic!("no {breed}: {printed}"));
        let [trainval, test] = [line[2], line[3]].map(|count| count.parse::<usize>().unwrap());
        (line[1], trainval + test)
    };
    // The kiosk calls a tabby by the name of its breed.
    let expected = [("dog", 6), ("cat", 3)];
    assert_eq!([of("pug"), of("domestic_shorthair")], expected);
}

#[test]
fn a_folder_that_cannot_be_read_is_one_line_and_exit_code_1() {
    let output = trainer_check(&[Path::new("no/such/folder")]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
    assert!(output.stdout.is_empty());
}

#[test]
fn the_contact_sheet_has_a_row_of_square_thumbnails_for_each_breed() {
    let root = dataset();
    // Red on both sides of a green square: a crop to the centre shows only green.
    let wide = RgbImage::from_fn(300, 100, |x, _| match x {
        100..200 => Rgb([0, 200, 0]),
        _ => Rgb([255, 0, 0]),
    });
    wide.save_with_format(image(&root, "pug_1.jpg"), ImageFormat::Png)
        .unwrap();
    fs::write(image(&root, "pug_2.jpg"), "junk").unwrap();
    let dataset = Dataset::open(root.path()).unwrap();
    let drawn = contact_sheet(&dataset, &ProgressBar::hidden());
    let green = |pixel: &&Rgb<u8>| matches!(pixel.0, [0..60, 180..=255, 0..60]);
    let red = |pixel: &&Rgb<u8>| matches!(pixel.0, [230..=255, 0..60, 0..60]);
    assert_eq!(drawn.pixels().filter(red).count(), 0);
    let area = drawn.pixels().filter(green).count();
    let side = area.isqrt();
    assert!(side >= 64 && side * side == area, "{area} green pixels");

    let file = root.path().join("sheet.png");
    let output = trainer_check(&[root.path(), Path::new("--sheet"), &file]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(image::open(&file).unwrap().into_rgb8(), drawn);

    let output = trainer_check(&[
        root.path(),
        Path::new("--sheet"),
        Path::new("no/such/sheet.png"),
    ]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn the_real_dataset_has_no_faults_but_those_it_is_known_for() {
    const MISNAMED: [&str; 10] = [
        "Abyssinian_5.jpg",
        "Abyssinian_34.jpg",
        "Egyptian_Mau_14.jpg",
        "Egyptian_Mau_139.jpg",
        "Egyptian_Mau_145.jpg",
        "Egyptian_Mau_156.jpg",
        "Egyptian_Mau_167.jpg",
        "Egyptian_Mau_177.jpg",
        "Egyptian_Mau_186.jpg",
        "Egyptian_Mau_191.jpg",
    ];
    const CORRUPT: [&str; 2] = ["beagle_116.jpg", "chihuahua_121.jpg"];
    let Some(data) = std::env::var_os("PETS_DATA").map(PathBuf::from) else {
        eprintln!("skipped: PETS_DATA is not set");
        return;
    };
    let report = report(&data.join("oxford-iiit-pet"));
    for found in &report.misnamed {
        let name = name(&found.photo);
        assert!(MISNAMED.contains(&name), "{name} is {:?}", found.format);
    }
    for found in &report.undecodable {
        let name = name(&found.photo);
        assert!(CORRUPT.contains(&name), "{name}: {}", found.reason);
    }
}
