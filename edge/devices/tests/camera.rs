//! Photographs that are played as arrivals: one after another, with an empty entrance in between.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use devices::camera::clip::{Clip, FRAMES, HEIGHT, WIDTH};
use devices::camera::demo::Demo;
use devices::camera::folder::Folder;
use devices::camera::page::Dropped;
use devices::camera::picture::Settings;
use devices::camera::player::Photographs;
use devices::camera::{self, CameraError, Choice};
use image::{Rgb, RgbImage};
use recognise::verdict::{Verdict, top};
use recognise::{Bundle, Recogniser, Source, photo};
use url::Url;

const RED: Rgb<u8> = Rgb([220, 20, 20]);
const GREEN: Rgb<u8> = Rgb([20, 220, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 220]);

fn photo_of(colour: Rgb<u8>) -> RgbImage {
    RgbImage::from_pixel(40, 30, colour)
}

/// Saves a PNG of one colour under any name.
fn put(folder: &Path, name: &str, colour: Rgb<u8>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let format = image::ImageFormat::Png;
    photo_of(colour).save_with_format(path, format).unwrap();
}

/// The colours of the next photographs.
fn colours(folder: &mut Folder, count: usize) -> Vec<Rgb<u8>> {
    (0..count)
        .map(|_| *folder.next().unwrap().get_pixel(0, 0))
        .collect()
}

fn frame(clip: &Clip, index: u32) -> RgbImage {
    clip.frame(index).unwrap()
}

/// The mean difference of two frames' values.
fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    let values = a.as_raw().iter().zip(b.as_raw());
    let sum: u64 = values.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.as_raw().len() as f64
}

#[test]
fn an_animal_comes_into_an_empty_entrance_stays_and_leaves() {
    let clip = Clip::new(&photo_of(RED), 1);
    let empty = frame(&clip, 0);
    let apart: Vec<f64> = (0..FRAMES)
        .map(|index| difference(&empty, &frame(&clip, index)))
        .collect();
    let there: Vec<usize> = (0..apart.len()).filter(|&at| apart[at] > 5.0).collect();
    let (first, last) = (there[0], *there.last().unwrap());
    assert!(first >= 3 && last + 3 < apart.len(), "{apart:?}");
    assert_eq!(
        there.len(),
        last + 1 - first,
        "gone for a moment: {apart:?}"
    );
    // The whole animal is visible within 0.4 seconds.
    assert!(apart[first + 4] > 60.0, "{apart:?}");
    assert!(apart[..first].iter().all(|&it| it < 5.0), "{apart:?}");
    assert!(there.len() >= 40, "{apart:?}");
    assert_eq!(clip.frame(FRAMES), None);
    assert_eq!(clip.frame(u32::MAX), None);
}

#[test]
fn frames_differ_from_each_other_but_not_between_clips_of_the_same_seed() {
    let photo = RgbImage::from_fn(64, 48, |x, y| Rgb([x as u8 * 4, y as u8 * 5, 99]));
    let [clip, same, other] = [7, 7, 8].map(|seed| Clip::new(&photo, seed));
    for index in 0..FRAMES {
        let shown = frame(&clip, index);
        assert_eq!(shown, frame(&same, index), "frame {index}");
        assert_ne!(shown, frame(&other, index), "frame {index}");
        if let Some(next) = clip.frame(index + 1) {
            assert_ne!(shown, next, "frame {index}");
        }
    }
    // It wriggles a little, which changes the picture much less than coming and leaving.
    for index in 12..40 {
        let moved = difference(&frame(&clip, index), &frame(&clip, index + 1));
        assert!((0.2..8.0).contains(&moved), "frame {index}: {moved}");
    }
}

#[test]
fn the_whole_photograph_is_shown_in_its_proportions() {
    let check = |width: u32, height: u32, columns: u32, rows: u32| {
        let photo = RgbImage::from_pixel(width, height, RED);
        let shown = frame(&Clip::new(&photo, 3), 25);
        assert_eq!(shown.dimensions(), (WIDTH, HEIGHT));
        let red = |x, y| {
            let Rgb([red, green, _]) = *shown.get_pixel(x, y);
            red > green.saturating_add(90)
        };
        let across = (0..WIDTH).filter(|&x| red(x, HEIGHT / 2)).count();
        let down = (0..HEIGHT).filter(|&y| red(WIDTH / 2, y)).count();
        for (found, expected) in [(across, columns), (down, rows)] {
            let (found, expected) = (found as f32, expected as f32);
            let about = (found - expected).abs() <= 1.0 + 0.04 * expected;
            assert!(about, "{width} x {height}: {across} x {down}");
        }
    };
    check(640, 480, 640, 480);
    check(20, 10, 640, 320);
    check(300, 300, 480, 480);
    check(1000, 3000, 160, 480);
    check(8000, 6250, 614, 480);
}

#[test]
fn a_photograph_of_any_shape_gives_whole_clips() {
    for (width, height) in [(0, 0), (0, 9), (1, 1), (1, 10_000), (65_535, 1), (2, 3)] {
        let clip = Clip::new(&RgbImage::new(width, height), 0);
        let frames = (0..FRAMES).map(|index| frame(&clip, index).dimensions());
        assert_eq!(
            frames.filter(|&it| it == (WIDTH, HEIGHT)).count(),
            FRAMES as usize,
            "{width} x {height}"
        );
    }
}

#[test]
fn a_folder_is_played_by_name_and_then_again() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "c.jpg", BLUE);
    put(folder.path(), "a.png", RED);
    put(folder.path(), "b/rex", GREEN);
    put(folder.path(), "b/.hidden.png", BLUE);
    let mut photos = Folder::open(folder.path()).unwrap();
    let round = [RED, GREEN, BLUE];
    assert_eq!(colours(&mut photos, 6), [round, round].concat());
}

#[test]
fn a_folder_may_change_while_it_is_played() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a.png", RED);
    put(folder.path(), "b.png", GREEN);
    let mut photos = Folder::open(folder.path()).unwrap();
    assert_eq!(colours(&mut photos, 1), [RED]);
    fs::remove_file(folder.path().join("b.png")).unwrap();
    put(folder.path(), "d/c.png", BLUE);
    assert_eq!(colours(&mut photos, 3), [RED, BLUE, RED]);

    fs::remove_dir_all(folder.path()).unwrap();
    for _ in 0..3 {
        assert!(photos.next().is_err(), "nothing is left");
    }
    put(folder.path(), "a.png", GREEN);
    let back = (0..3).find_map(|_| photos.next().ok()).unwrap();
    assert_eq!(*back.get_pixel(0, 0), GREEN);
}

#[test]
fn unreadable_files_are_skipped_and_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "b.png", RED);
    fs::write(folder.path().join("a.jpg"), "no picture").unwrap();
    fs::write(folder.path().join("c.jpg"), "").unwrap();
    let mut photos = Folder::open(folder.path()).unwrap();
    let mut errors = Vec::new();
    let mut seen = 0;
    while seen < 4 {
        match photos.next() {
            Ok(_) => seen += 1,
            Err(error) => errors.push(error.to_string()),
        }
    }
    let [first, second] = &errors[..] else {
        panic!("{errors:?}");
    };
    assert!(first.contains("a.jpg: not a picture"), "{first}");
    assert!(second.contains("c.jpg: the file is empty"), "{second}");

    // A file that was half copied is played once it is complete.
    put(folder.path(), "c.jpg", BLUE);
    assert!(colours(&mut photos, 3).contains(&BLUE));
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_circles_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a.png", RED);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("b")).unwrap();
    std::os::unix::fs::symlink("a.png", folder.path().join("c.png")).unwrap();
    put(folder.path(), "d.png", BLUE);
    let mut photos = Folder::open(folder.path()).unwrap();
    assert_eq!(colours(&mut photos, 4), [RED, RED, BLUE, RED]);
}

#[test]
fn a_folder_without_photographs_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let open = |choice: Choice| match camera::open(&choice, &Settings::default()) {
        Ok(_) => panic!("{choice:?} is open"),
        Err(error) => error.to_string(),
    };
    let path = |name: &str| folder.path().join(name);
    let message = open(Choice::Folder(folder.path().to_owned()));
    assert!(
        message.contains("no photograph in this folder"),
        "{message}"
    );
    let message = open(Choice::Folder(path("nowhere")));
    assert!(message.contains("nowhere: no such folder"), "{message}");

    fs::create_dir(path("sub")).unwrap();
    fs::write(path("sub/notes.txt"), "none here").unwrap();
    let message = open(Choice::Folder(path("sub/notes.txt")));
    assert!(message.contains("notes.txt: not a folder"), "{message}");

    let mut photos = Folder::open(folder.path()).unwrap();
    let error = photos.next().unwrap_err();
    assert!(matches!(error, CameraError::Photo(_)), "{error}");
    for _ in 0..3 {
        let error = photos.next().unwrap_err();
        assert!(matches!(error, CameraError::NoPhotographs(_)), "{error}");
    }
}

#[test]
fn a_choice_is_a_word_a_device_an_address_or_a_folder() {
    let check = |text: &str, expected: Choice| {
        let choice = text.parse::<Choice>().unwrap();
        assert_eq!(choice, expected, "{text}");
        assert_eq!(choice.text().parse::<Choice>().unwrap(), expected, "{text}");
    };
    let url = |address: &str| address.parse::<Url>().unwrap();
    check("auto", Choice::Auto);
    check("none", Choice::None);
    check("csi", Choice::Csi);
    check(
        "http://192.168.1.20/video",
        Choice::Http(url("http://192.168.1.20/video")),
    );
    check("HTTPS://cam", Choice::Http(url("https://cam/")));
    check("rtsp://cam:554/1", Choice::Rtsp(url("rtsp://cam:554/1")));
    check("rtsps://[fe80::1]", Choice::Rtsp(url("rtsps://[fe80::1]")));
    check("photos: spring", Choice::Folder("photos: spring".into()));
    check("/dev/video0", Choice::Device("/dev/video0".into()));
    check("photos", Choice::Folder("photos".into()));
    check("./auto", Choice::Folder("./auto".into()));
    let message = "".parse::<Choice>().unwrap_err().to_string();
    assert!(message.starts_with("no camera named; choose"), "{message}");
}

#[test]
fn an_address_that_leads_to_no_camera_is_refused_without_repeating_its_password() {
    for (address, expected) in [
        ("http://", "names no host"),
        ("http:///video", "names no host"),
        ("http:video", "names no host"),
        ("rtsp:///video", "names no host"),
        ("rtsp://u:secret@/video", "names no host"),
        ("rtsp://u:secret@cam:99999/video", "invalid port number"),
        ("http://u:secret@c m/video", "invalid"),
        ("ftp://u:secret@cam/video", "no camera is reached by ftp"),
        ("file:/etc/passwd", "no camera is reached by file"),
        ("FILE:///etc/passwd", "no camera is reached by file"),
        ("onvif://u:secret@cam", "no camera is reached by onvif"),
    ] {
        let message = address.parse::<Choice>().unwrap_err().to_string();
        assert!(message.contains(expected), "{address}: {message}");
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn a_choice_is_shown_without_its_password() {
    for (text, expected) in [
        ("auto", "auto"),
        ("/dev/video0", "/dev/video0"),
        ("http://cam/video?size=2", "http://cam/video?size=2"),
        ("rtsp://desk@cam/1", "rtsp://desk@cam/1"),
        ("rtsp://desk:secret@cam/1", "rtsp://desk:***@cam/1"),
        ("rtsp://desk:s%40cret@cam/1", "rtsp://desk:***@cam/1"),
        (
            "http://cam/snap?user=desk&Password=secret&channel=0&pwd=&token=secret",
            "http://cam/snap?user=desk&Password=***&channel=0&pwd=&token=***",
        ),
        (
            "http://cam/snap?loginuse=desk&loginpas=secret&api_key=s/cret",
            "http://cam/snap?loginuse=desk&loginpas=***&api_key=***",
        ),
        (
            "rtsp://cam/user=admin&password=secret&channel=1/live",
            "rtsp://cam/user=admin&password=***&channel=1/live",
        ),
        (
            "rtsp://cam/user=admin_password=secret_channel=1_stream=0.sdp",
            "rtsp://cam/user=admin_password=***",
        ),
        (
            "rtsp://cam/user=admin&password=&channel=1",
            "rtsp://cam/user=admin&password=&channel=1",
        ),
    ] {
        let choice: Choice = text.parse().unwrap();
        assert_eq!(choice.to_string(), expected);
        assert_eq!(choice.text(), text);
        assert_eq!(choice.has_password(), text != expected);
    }
}

#[test]
fn frames_come_at_their_time_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a.png", RED);
    let folder = Choice::Folder(folder.path().to_owned());
    let mut camera = camera::open(&folder, &Settings::default()).unwrap();
    let start = Instant::now();
    for _ in 0..4 {
        let frame = camera.frame(Duration::from_secs(9)).unwrap().unwrap();
        assert_eq!(frame.source(), Source::Camera);
    }
    assert!(start.elapsed() >= Duration::from_millis(300));
    let none = camera.frame(Duration::from_millis(1)).unwrap();
    assert!(none.is_none(), "the next one is due in 0.1 seconds");
}

#[test]
fn without_a_camera_there_is_no_frame() {
    let mut camera = camera::open(&Choice::None, &Settings::default()).unwrap();
    let error = camera.frame(Duration::from_millis(1)).unwrap_err();
    assert!(matches!(error, CameraError::NotWanted), "{error}");
}

#[test]
fn dropped_photographs_are_played_in_turn() {
    let mut dropped = Dropped::default();
    assert!(dropped.frame().is_none());
    assert!(dropped.push(&photo_of(RED)));
    assert!(dropped.push(&photo_of(BLUE)));
    let mut frames: Vec<_> = std::iter::from_fn(|| dropped.frame()).collect();
    assert_eq!(frames.len(), 2 * FRAMES as usize);
    assert!(frames.iter().all(|frame| frame.source() == Source::Page));
    let mut middle = |clip: u32| {
        let frame = &mut frames[(clip * FRAMES + FRAMES / 2) as usize];
        *frame.picture().unwrap().get_pixel(WIDTH / 2, HEIGHT / 2)
    };
    assert!(middle(0)[0] > 200 && middle(1)[2] > 200);

    let taken = (0..1000).filter(|_| dropped.push(&photo_of(RED))).count();
    assert!((2..100).contains(&taken), "{taken} wait");
}

#[test]
fn the_demo_shows_a_cat_and_two_drawings_of_no_breed() {
    let recogniser = Recogniser::new(Bundle::embedded().unwrap()).unwrap();
    let mut demo = Demo::new().unwrap();
    let mut answers = (0..6).map(|arrival| {
        let clip = Clip::new(&demo.next().unwrap(), arrival);
        [12, 20, 28, 36, 44].iter().any(|&index| {
            let prediction = recogniser.predict(&frame(&clip, index)).unwrap();
            let verdict = Verdict::of(&prediction, recogniser.metadata());
            matches!(verdict, Verdict::Breed { .. } | Verdict::Species { .. })
        })
    });
    let mut round = || -> Vec<bool> { answers.by_ref().take(3).collect() };
    let first = round();
    assert_eq!(
        first,
        [true, false, false],
        "whether it is taken for a cat or dog"
    );
    assert_eq!(round(), first, "the same again");
}

/// About `count` photographs of the Oxford-IIIT Pet dataset, evenly spaced; none where the dataset is
/// missing.
fn pets(count: usize) -> Vec<(PathBuf, RgbImage)> {
    let Some(data) = env::var_os("PETS_DATA") else {
        println!("skipped: PETS_DATA is not set");
        return Vec::new();
    };
    let images = PathBuf::from(data).join("oxford-iiit-pet/images");
    let entries = fs::read_dir(images).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let step = files.len() / count;
    let photos = files.into_iter().step_by(step);
    photos
        .filter_map(|path| photo::open(&path).ok().map(|photo| (path, photo)))
        .collect()
}

#[test]
fn a_clip_is_recognised_as_its_photograph_is() {
    let recogniser = Recogniser::new(Bundle::embedded().unwrap()).unwrap();
    let recognise = |picture: &RgbImage| {
        let prediction = recogniser.predict(picture).unwrap();
        let breed = Verdict::of(&prediction, recogniser.metadata()).breed();
        (breed, top(&prediction.probabilities, 1)[0].0)
    };
    let (mut sure, mut same, mut wrong) = (0, 0, 0);
    let photos = pets(300);
    for (seed, (_, photo)) in photos.iter().enumerate() {
        let (Some(breed), _) = recognise(photo) else {
            continue;
        };
        let clip = Clip::new(photo, seed as u64);
        sure += 1;
        let (surely, first) = recognise(&frame(&clip, 14 + seed as u32 * 7 % 30));
        same += usize::from(first == breed);
        wrong += usize::from(surely.is_some_and(|found| found != breed));
    }
    let all = photos.len();
    println!(
        "{sure} of {all} photographs have a breed; of their clips, {same} the same, {wrong} another"
    );
    assert!(same * 100 >= sure * 95);
}

#[test]
fn frames_of_an_animal_are_more_similar_than_animals_of_its_breed() {
    let recogniser = Recogniser::new(Bundle::embedded().unwrap()).unwrap();
    let embed = |picture: &RgbImage| recogniser.recognise(picture).unwrap().embedding();
    // Breed, and two frames of the animal.
    let animals: Vec<(String, [Vec<f32>; 2])> = pets(300)
        .iter()
        .enumerate()
        .map(|(seed, (path, photo))| {
            let name = path.file_stem().unwrap().to_string_lossy();
            let (breed, _) = name.rsplit_once('_').unwrap();
            let clip = Clip::new(photo, seed as u64);
            let frames = [15, 40].map(|index| embed(&frame(&clip, index)));
            (breed.to_owned(), frames)
        })
        .collect();
    let similarity = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let nearest = |index: usize| {
        let (breed, [first, second]) = &animals[index];
        let mut others = animals.iter().enumerate();
        others.all(|(other, (of, [its, _]))| {
            other == index || of != breed || similarity(first, its) < similarity(first, second)
        })
    };
    let right = (0..animals.len()).filter(|&index| nearest(index)).count();
    println!("{right} of {} are nearest to themselves", animals.len());
    assert!(right * 100 >= animals.len() * 95);
}
