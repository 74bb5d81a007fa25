//! Whether anything is there, told from pictures alone.

use std::time::Duration;

use checkin::{Presence, Sight};
use image::{Rgb, RgbImage};

/// A room before a camera: a desk, how much light there is in per cent, and somebody of some size.
fn room(light: u32, somebody: Option<u32>) -> RgbImage {
    let mut picture = RgbImage::from_fn(640, 480, |x, y| {
        let plank = (x / 40 + y / 60) % 2 * 40 + 80;
        Rgb([(plank * light / 100) as u8; 3])
    });
    if let Some(side) = somebody {
        for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
            picture.put_pixel(250 + x, 150 + y, Rgb([230, 160, 90]));
        }
    }
    picture
}

/// What a row of pictures shows, ten a second.
fn seen(pictures: impl IntoIterator<Item = RgbImage>) -> Vec<Sight> {
    let mut presence = Presence::default();
    let frames = pictures.into_iter().enumerate();
    frames
        .map(|(index, picture)| presence.see(Duration::from_millis(100 * index as u64), &picture))
        .collect()
}

#[test]
fn somebody_is_noticed_at_once_and_missed_at_once() {
    let mut pictures = vec![room(100, None); 10];
    pictures.extend(vec![room(100, Some(300)); 10]);
    pictures.extend(vec![room(100, None); 10]);
    let somebody = [&[Sight::Moving][..], &[Sight::Still; 9]].concat();
    let expected = [&[Sight::Empty; 10][..], &somebody, &[Sight::Empty; 10]].concat();
    assert_eq!(seen(pictures), expected);
}

#[test]
fn light_is_nobody() {
    // A lamp that is lit, then dusk.
    let mut pictures = vec![room(100, None); 10];
    pictures.extend(vec![room(140, None); 10]);
    pictures.extend((0..100).map(|step| room(140 - step, None)));
    let sights = seen(pictures);
    assert!(
        sights.iter().all(|sight| *sight == Sight::Empty),
        "{sights:?}"
    );
}

#[test]
fn a_bag_that_is_left_becomes_part_of_the_desk() {
    let mut pictures = vec![room(100, None); 10];
    pictures.extend(vec![room(100, Some(120)); 620]);
    let sights = seen(pictures);
    assert_eq!(sights[100], Sight::Still);
    assert_eq!(sights.last(), Some(&Sight::Empty));
}

#[test]
fn whoever_stands_there_after_a_camera_has_failed_is_no_part_of_the_desk() {
    let mut presence = Presence::default();
    for tenth in 0..10 {
        presence.see(Duration::from_millis(100 * tenth), &room(100, None));
    }
    let somebody = room(100, Some(120));
    for second in [2, 3, 200, 201, 255, 262] {
        let sight = presence.see(Duration::from_secs(second), &somebody);
        assert_ne!(sight, Sight::Empty, "after {second} seconds");
    }
}

#[test]
fn pictures_of_any_size_are_looked_at() {
    for (width, height) in [(0, 0), (1, 1), (3, 2000), (2000, 3)] {
        let sights = seen(vec![RgbImage::new(width, height); 12]);
        assert!(sights.iter().all(|sight| *sight == Sight::Empty));
    }
}
