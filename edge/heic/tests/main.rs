//! HEIC photographs with pretended programs of libheif: shell scripts, which get the photograph as
//! `$1` and are to write its picture to `$2`.

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use heic::Reader;
use image::{ImageFormat, Rgb, RgbImage};
use recognise::photo::{Fault, Kind};
use tempfile::TempDir;

/// The first bytes of a HEIC photograph.
const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";

/// A deadline that no test reaches.
const LATE: Duration = Duration::from_secs(3600);

/// A folder of programs, and of pictures for them to copy.
struct Programs(TempDir);

impl Programs {
    /// The decoder under its present name, with `wide.jpg` and `tall.jpg` beside it.
    fn new(decoder: &str) -> Self {
        let programs = Self::none();
        programs.add("heif-dec", decoder);
        programs
    }

    fn none() -> Self {
        let programs = Self(tempfile::tempdir().unwrap());
        fs::write(programs.at("wide.jpg"), turned_jpeg(60, 40)).unwrap();
        fs::write(programs.at("tall.jpg"), turned_jpeg(40, 60)).unwrap();
        programs
    }

    /// In a script, `$HERE` is this folder.
    fn add(&self, name: &str, script: &str) {
        let path = self.at(name);
        let here = self.0.path().display();
        fs::write(&path, format!("#!/bin/sh\nHERE={here}\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn reader(&self, deadline: Duration) -> Reader {
        Reader::new(self.0.path(), deadline)
    }

    /// The size of the picture that is read.
    fn read(&self) -> (u32, u32) {
        self.reader(LATE).decode(HEIC).unwrap().dimensions()
    }

    fn fault(&self, deadline: Duration) -> Fault {
        self.reader(deadline).decode(HEIC).unwrap_err().fault
    }
}

/// A JPEG whose EXIF data ask for a quarter turn.
fn turned_jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut jpeg = Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(width, height, Rgb([200, 120, 40]));
    picture.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let jpeg = jpeg.into_inner();
    let exif =
        b"\xFF\xE1\0\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    [&jpeg[..2], exif, &jpeg[2..]].concat()
}

#[test]
fn a_photograph_is_read_as_the_program_turned_it() {
    let programs = Programs::new("/bin/cp $HERE/wide.jpg $2");
    assert_eq!(programs.read(), (60, 40));

    let programs = Programs::none();
    programs.add("heif-convert", "/bin/cp $HERE/tall.jpg $2");
    assert_eq!(programs.read(), (40, 60), "the former name");

    let path = programs.at("IMG_1.HEIC");
    fs::write(&path, HEIC).unwrap();
    let picture = programs.reader(LATE).open(&path).unwrap();
    assert_eq!(picture.dimensions(), (40, 60), "a file");
}

#[test]
fn of_several_pictures_the_primary_one_is_read() {
    let programs =
        Programs::new("/bin/cp $HERE/wide.jpg picture-1.jpg; /bin/cp $HERE/tall.jpg picture-2.jpg");
    for (first, second, expected) in [
        (", primary", "", (60, 40)),
        ("", ", primary", (40, 60)),
        ("", "", (60, 40)),
    ] {
        let list = format!(
            "echo 'MIME type: image/heic\n\nimage: 60x40 (id=3){first}\n  thumbnail: 6x4\nimage: 40x60 (id=9){second}'"
        );
        programs.add("heif-info", &list);
        assert_eq!(programs.read(), expected, "{list}");
    }
}

#[test]
fn the_program_gets_the_photograph_and_nothing_else() {
    // The variable is cargo's. The limit is set just after the program's start.
    let programs = Programs::new(
        "[ \"$(/usr/bin/wc -c <$1)\" = 24 ] || exit 1
         [ -z \"$CARGO_MANIFEST_DIR\" ] || exit 2
         ! read -r line || exit 3
         while [ \"$(ulimit -d)\" = unlimited ]; do :; done
         /bin/cp $HERE/wide.jpg $2",
    );
    assert_eq!(programs.read(), (60, 40));
}

#[test]
fn a_photograph_of_which_no_picture_comes_is_damaged() {
    for (script, expected) in [
        (
            "printf '\\nCould not read it\\033[2J\\nreally\\n' >&2; exit 1",
            "Could not read it\\u{1b}[2J",
        ),
        ("exit 3", "exit status: 3"),
        ("kill -ABRT $$", "signal: 6"),
        ("exit 0", "libheif made no picture of it"),
    ] {
        let fault = Programs::new(script).fault(LATE);
        let Fault::Damaged(reason) = &fault else {
            panic!("{script}: {fault:?}");
        };
        assert!(reason.starts_with(expected), "{script}: {reason}");
    }
    let half = Programs::new("/usr/bin/head -c 500 $HERE/wide.jpg >$2");
    let fault = half.fault(LATE);
    assert!(
        matches!(fault, Fault::Truncated | Fault::Damaged(_)),
        "{fault:?}"
    );

    let programs = Programs::new("exit 1");
    let path = programs.at("IMG_1.HEIC");
    fs::write(&path, HEIC).unwrap();
    let error = programs.reader(LATE).open(&path).unwrap_err();
    assert_eq!(error.path, Some(path));
}

#[test]
fn a_program_that_never_ends_is_killed_at_the_deadline() {
    let fault = Programs::new("exec /bin/sleep 3600").fault(Duration::ZERO);
    assert_eq!(
        fault.to_string(),
        "the picture is damaged: it takes too long to decode"
    );
}

#[test]
fn a_program_that_fills_the_disk_is_killed() {
    let programs = Programs::new(
        "echo $$ >$HERE/process
         /usr/bin/truncate -s 1G $2
         exec /bin/sleep 3600",
    );
    let fault = programs.fault(LATE);
    let expected = "the picture is damaged: it becomes too large when it is decoded";
    assert_eq!(fault.to_string(), expected);
    let process = fs::read_to_string(programs.at("process")).unwrap();
    let process = Path::new("/proc").join(process.trim());
    assert!(!process.exists(), "it runs on, or was not reaped");

    let fault = Programs::new("/usr/bin/truncate -s 1G $2").fault(LATE);
    assert_eq!(fault.to_string(), expected, "a program that has ended");
}

#[test]
fn without_the_program_a_photograph_is_not_read() {
    let fault = Programs::none().fault(LATE);
    assert!(matches!(fault, Fault::NotRead(Kind::Heic)), "{fault:?}");
    // A list alone does not help, nor does a file that is no program.
    let programs = Programs::none();
    programs.add("heif-info", "exit 0");
    fs::write(programs.at("heif-dec"), "").unwrap();
    let fault = programs.fault(LATE);
    assert!(matches!(fault, Fault::NotRead(Kind::Heic)), "{fault:?}");
}

#[test]
fn other_photographs_need_no_program() {
    let reader = Programs::none().reader(LATE);
    let picture = reader.decode(&turned_jpeg(60, 40)).unwrap();
    assert_eq!(picture.dimensions(), (40, 60), "turned by its EXIF data");
    let fault = reader.decode(b"Dear sir or madam").unwrap_err().fault;
    assert!(matches!(fault, Fault::NotAPicture), "{fault:?}");
}
