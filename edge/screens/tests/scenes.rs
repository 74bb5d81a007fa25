//! What is shown in the tests.

use screens::locale::Language;
use recognise::metadata::Species;
use screens::{Candidate, Depth, Scene, View};
use image::RgbImage;

use crate::golden::Display;

pub(crate) const OLED: Display = Display(128, 64, Depth::OneBit);
pub(crate) const SQUARE: Display = Display(240, 240, Depth::Colour);
pub(crate) const SMALL: Display = Display(320, 240, Depth::Colour);
pub(crate) const MEDIUM: Display = Display(480, 320, Depth::Colour);
pub(crate) const HDMI: Display = Display(1280, 720, Depth::Colour);

pub(crate) const BEAGLES: [Candidate<'_>; 3] = [
    dog("Beagle", 0.94),
    dog("Basset Hound", 0.03),
    dog("Saint Bernard", 0.01),
];
pub(crate) const TERRIERS: [Candidate<'_>; 3] = [
    dog("Staffordshire Bull Terrier", 0.46),
    dog("American Pit Bull Terrier", 0.31),
    dog("American Bulldog", 0.08),
];
pub(crate) const MIXED: [Candidate<'_>; 3] = [
    dog("Japanese Chin", 0.37),
    cat("Maine Coon", 0.24),
    dog("Pomeranian", 0.22),
];
pub(crate) const POINTERS: [Candidate<'_>; 1] = [dog("German Shorthaired Pointer", 0.73)];
pub(crate) const CATS: [Candidate<'_>; 3] = [
    cat("British Shorthair", 0.42),
    cat("Russian Blue", 0.38),
    cat("Bombay", 0.11),
];

pub(crate) const fn dog(name: &str, probability: f32) -> Candidate<'_> {
    Candidate {
        name,
        species: Species::Dog,
        probability,
    }
}

pub(crate) const fn cat(name: &str, probability: f32) -> Candidate<'_> {
    Candidate {
        name,
        species: Species::Cat,
        probability,
    }
}

/// Every scene.
pub(crate) fn scenes(picture: &RgbImage) -> Vec<View<'_>> {
    let seen = |scene| View {
        picture: Some(picture),
        ..plain(scene)
    };
    vec![
        View {
            notice: Some("no camera: drop a photograph on the page"),
            address: Some("http://192.168.1.20:8080"),
            ..plain(Scene::Empty { camera: true })
        },
        seen(Scene::Somebody),
        seen(Scene::Looking { progress: 0.6 }),
        seen(Scene::Breed {
            candidates: &BEAGLES,
            selected: 0,
            guest: Some("Bella"),
        }),
        plain(Scene::Breed {
            candidates: &CATS,
            selected: 1,
            guest: None,
        }),
        seen(Scene::Species {
            species: Species::Dog,
            candidates: &TERRIERS,
            selected: 0,
        }),
        seen(Scene::Unsure {
            candidates: &MIXED,
            selected: 1,
        }),
        seen(Scene::NotOurs),
        seen(Scene::Settled {
            name: "Beagle",
            species: Some(Species::Dog),
            guest: Some("Bella"),
            corrected: false,
        }),
        plain(Scene::Thanks {
            guest: Some("Bella"),
        }),
    ]
}

/// Scenes with less or more on them than usual.
pub(crate) fn variations(picture: &RgbImage) -> Vec<View<'_>> {
    let long = "Sir Bartholomew Wellington-Fluffington the Third of Upper Sausage";
    vec![
        plain(Scene::Empty { camera: false }),
        View {
            notice: Some("the disk is full: photographs are not kept until there is room again"),
            picture: Some(picture),
            ..plain(Scene::Breed {
                candidates: &POINTERS,
                selected: 0,
                guest: Some(long),
            })
        },
        plain(Scene::Species {
            species: Species::Cat,
            candidates: &[],
            selected: 0,
        }),
        plain(Scene::Settled {
            name: "Egyptian Mau",
            species: Some(Species::Cat),
            guest: None,
            corrected: true,
        }),
        plain(Scene::Thanks { guest: Some(long) }),
    ]
}

/// A few scenes with the longest names in French.
pub(crate) fn french(picture: &RgbImage) -> Vec<View<'_>> {
    const LONG: [Candidate<'_>; 3] = [
        dog("Braque allemand à poil court", 0.97),
        dog("Loulou de Poméranie", 0.02),
        dog("Montagne des Pyrénées", 0.01),
    ];
    let seen = |scene| View {
        picture: Some(picture),
        locale: Language::French.locale(),
        ..plain(scene)
    };
    vec![
        View {
            picture: None,
            address: Some("http://borne.local:8080"),
            ..seen(Scene::Empty { camera: true })
        },
        seen(Scene::Breed {
            candidates: &LONG,
            selected: 0,
            guest: Some("Gaspard"),
        }),
        seen(Scene::Unsure {
            candidates: &LONG,
            selected: 1,
        }),
        seen(Scene::NotOurs),
    ]
}

pub(crate) fn plain(scene: Scene<'_>) -> View<'_> {
    View {
        scene,
        picture: None,
        notice: None,
        address: None,
        night: false,
        locale: Language::English.locale(),
    }
}

/// A picture of few colours: a ball on a meadow below the sky.
pub(crate) fn meadow() -> RgbImage {
    RgbImage::from_fn(640, 480, |x, y| {
        let (dx, dy) = (x.abs_diff(320), y.abs_diff(290));
        image::Rgb(match (dx * dx + dy * dy, y) {
            (..=12_000, _) => [196, 120, 62],
            (_, ..=260) => [168, 208, 232],
            _ => [112, 158, 84],
        })
    })
}
