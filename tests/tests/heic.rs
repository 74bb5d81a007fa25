//! Reads HEIC photographs that libheif itself made, with its own decoder.
//!
//! Needs Debian's `libheif-examples`. Without it the test is skipped, except in CI.

use std::fs;
use std::path::Path;
use std::process::Command;

use heic::Reader;
use image::{Rgb, RgbImage};
use tests::can_run;

const RED: Rgb<u8> = Rgb([220, 30, 30]);
const BLUE: Rgb<u8> = Rgb([30, 30, 220]);

/// EXIF data of a JPEG, which ask for a quarter turn.
const TURNED: &[u8] =
    b"\xFF\xE1\0\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

/// Runs a program of libheif in a folder, and returns what it printed.
fn libheif(program: &str, arguments: &[&str], folder: &Path) -> String {
    let run = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    assert!(run.status.success(), "{program} {arguments:?}: {run:?}");
    String::from_utf8_lossy(&run.stdout).into_owned()
}

#[test]
fn a_heic_photograph_is_read_upright_and_of_several_images_the_primary_one() {
    let there = Command::new("heif-enc").arg("--help").output().is_ok();
    if !can_run(there, "libheif-examples") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for photographs");
    let folder = folder.path();
    let read = |name: &str| {
        let picture = Reader::default().open(&folder.join(name));
        picture.unwrap_or_else(|error| panic!("{error}"))
    };

    // The upper half is red, the lower one blue.
    let drawn = RgbImage::from_fn(96, 64, |_, y| if y < 32 { RED } else { BLUE });
    drawn.save(folder.join("drawn.jpg")).expect("a JPEG");
    libheif("heif-enc", &["-o", "plain.heic", "drawn.jpg"], folder);
    let plain = read("plain.heic");
    assert_eq!(plain.dimensions(), (96, 64));
    for (y, expected) in [(8, RED), (56, BLUE)] {
        let colour = plain.get_pixel(48, y);
        let differs = colour
            .0
            .iter()
            .zip(expected.0)
            .any(|(&a, b)| a.abs_diff(b) > 40);
        assert!(!differs, "{colour:?} is not {expected:?}");
    }

    // Some versions turn the picture by these data when they encode it, others keep them alone, and
    // those do not count in HEIC. What libheif says of its photograph holds.
    let jpeg = fs::read(folder.join("drawn.jpg")).expect("the JPEG");
    let turned = [&jpeg[..2], TURNED, &jpeg[2..]].concat();
    fs::write(folder.join("turned.jpg"), turned).expect("a JPEG with EXIF data");
    libheif("heif-enc", &["-o", "turned.heic", "turned.jpg"], folder);
    let (width, height) = read("turned.heic").dimensions();
    let said = libheif("heif-info", &["turned.heic"], folder);
    assert!(
        said.contains(&format!("image: {width}x{height} ")),
        "{said}"
    );

    let square = RgbImage::from_pixel(64, 64, BLUE);
    square.save(folder.join("square.jpg")).expect("a JPEG");
    libheif(
        "heif-enc",
        &["-o", "both.heic", "drawn.jpg", "square.jpg"],
        folder,
    );
    assert_eq!(read("both.heic").dimensions(), (96, 64));
    let mut both = fs::read(folder.join("both.heic")).expect("the photograph");
    let primary = both.windows(4).position(|kind| kind == b"pitm");
    // After the name of the box come its version, flags, and the number of an image.
    let number = primary.expect("the box of the primary image") + 8;
    both[number..number + 2].copy_from_slice(&[0, 2]);
    fs::write(folder.join("second.heic"), both).expect("the photograph with another primary image");
    assert_eq!(read("second.heic").dimensions(), (64, 64));
}
