//! The scenes that the tests draw.

use std::sync::LazyLock;

use image::RgbImage;
use recognise::metadata::{Breed, Species};
use recognise::{BreedId, Candidate, Language};
use screens::{Depth, Guest, Locale, Scene, Seen, View};

use crate::golden::Display;

pub(crate) const OLED: Display = Display(128, 64, Depth::OneBit);
pub(crate) const SQUARE: Display = Display(240, 240, Depth::Colour);
pub(crate) const SMALL: Display = Display(320, 240, Depth::Colour);
pub(crate) const MEDIUM: Display = Display(480, 320, Depth::Colour);
pub(crate) const HDMI: Display = Display(1280, 720, Depth::Colour);

/// The cats and dogs among the breeds of the scenes.
const CATS: [&str; 6] = [
    "bengal",
    "bombay",
    "british_shorthair",
    "egyptian_mau",
    "maine_coon",
    "russian_blue",
];
const DOGS: [&str; 11] = [
    "american_bulldog",
    "american_pit_bull_terrier",
    "basset_hound",
    "beagle",
    "german_shorthaired",
    "great_pyrenees",
    "japanese_chin",
    "pomeranian",
    "pug",
    "saint_bernard",
    "staffordshire_bull_terrier",
];

static BREEDS: LazyLock<Vec<Breed>> = LazyLock::new(|| {
    let cats = CATS.iter().map(|id| breed(id, Species::Cat));
    let dogs = DOGS.iter().map(|id| breed(id, Species::Dog));
    cats.chain(dogs).collect()
});

pub(crate) static BEAGLES: LazyLock<[Candidate; 3]> = LazyLock::new(|| {
    [
        candidate("beagle", 0.94),
        candidate("basset_hound", 0.03),
        candidate("saint_bernard", 0.01),
    ]
});
pub(crate) static TERRIERS: LazyLock<[Candidate; 3]> = LazyLock::new(|| {
    [
        candidate("staffordshire_bull_terrier", 0.46),
        candidate("american_pit_bull_terrier", 0.31),
        candidate("american_bulldog", 0.08),
    ]
});
pub(crate) static MIXED: LazyLock<[Candidate; 3]> = LazyLock::new(|| {
    [
        candidate("japanese_chin", 0.37),
        candidate("maine_coon", 0.24),
        candidate("pomeranian", 0.22),
    ]
});
pub(crate) static POINTERS: LazyLock<[Candidate; 1]> =
    LazyLock::new(|| [candidate("german_shorthaired", 0.73)]);
pub(crate) static SHORTHAIRS: LazyLock<[Candidate; 3]> = LazyLock::new(|| {
    [
        candidate("british_shorthair", 0.42),
        candidate("russian_blue", 0.38),
        candidate("bombay", 0.11),
    ]
});
/// Those with the longest names in French.
static LONG: LazyLock<[Candidate; 3]> = LazyLock::new(|| {
    [
        candidate("german_shorthaired", 0.97),
        candidate("pomeranian", 0.02),
        candidate("great_pyrenees", 0.01),
    ]
});
pub(crate) static BEAGLE: LazyLock<BreedId> = LazyLock::new(|| "beagle".into());
static EGYPTIAN_MAU: LazyLock<BreedId> = LazyLock::new(|| "egyptian_mau".into());

pub(crate) fn candidate(breed: &str, probability: f32) -> Candidate {
    Candidate {
        breed: breed.into(),
        probability,
    }
}

pub(crate) fn breed(id: &str, species: Species) -> Breed {
    Breed {
        id: id.into(),
        species,
    }
}

/// Every scene.
pub(crate) fn scenes(picture: &RgbImage) -> Vec<View<'_>> {
    let seen = |scene| View {
        picture: Some(Seen::whole(picture)),
        ..plain(scene)
    };
    vec![
        View {
            notice: Some("no camera: drop a photograph on the page"),
            address: Some("http://192.168.1.20:8080"),
            ..plain(Scene::Empty { camera: true })
        },
        seen(Scene::Somebody),
        seen(Scene::Predicting { progress: 0.6 }),
        View {
            guest: Guest::Perhaps("Bella"),
            ..seen(Scene::Breed {
                candidates: &*BEAGLES,
                selected: 0,
            })
        },
        plain(Scene::Breed {
            candidates: &*SHORTHAIRS,
            selected: 1,
        }),
        seen(Scene::Species {
            species: Species::Dog,
            candidates: &*TERRIERS,
            selected: 0,
        }),
        seen(Scene::Unsure {
            candidates: &*MIXED,
            selected: 1,
        }),
        seen(Scene::NotOurs),
        seen(Scene::Confirmed {
            breed: &BEAGLE,
            guest: Some("Bella"),
            corrected: false,
        }),
        plain(Scene::Thanks {
            guest: Some("Bella"),
        }),
    ]
}

/// Scenes that show less or more than usual.
pub(crate) fn variations(picture: &RgbImage) -> Vec<View<'_>> {
    let long = "Sir Bartholomew Wellington-Fluffington the Third of Upper Sausage";
    vec![
        plain(Scene::Empty { camera: false }),
        View {
            notice: Some("the disk is full: photographs are not kept until there is room again"),
            picture: Some(Seen::whole(picture)),
            guest: Guest::Perhaps(long),
            ..plain(Scene::Breed {
                candidates: &*POINTERS,
                selected: 0,
            })
        },
        plain(Scene::Species {
            species: Species::Cat,
            candidates: &[],
            selected: 0,
        }),
        plain(Scene::Confirmed {
            breed: &EGYPTIAN_MAU,
            guest: None,
            corrected: true,
        }),
        plain(Scene::Thanks { guest: Some(long) }),
    ]
}

/// A few scenes with the longest names in French.
pub(crate) fn french(picture: &RgbImage) -> Vec<View<'_>> {
    let seen = |scene| View {
        picture: Some(Seen::whole(picture)),
        locale: Locale::of(Language::French),
        ..plain(scene)
    };
    vec![
        View {
            picture: None,
            address: Some("http://borne.local:8080"),
            ..seen(Scene::Empty { camera: true })
        },
        View {
            guest: Guest::Perhaps("Gaspard"),
            ..seen(Scene::Breed {
                candidates: &*LONG,
                selected: 0,
            })
        },
        seen(Scene::Unsure {
            candidates: &*LONG,
            selected: 1,
        }),
        seen(Scene::NotOurs),
    ]
}

/// The scene in English, and nothing else.
pub(crate) fn plain(scene: Scene<'_>) -> View<'_> {
    View {
        scene,
        guest: Guest::Unknown,
        several: None,
        breeds: &BREEDS,
        picture: None,
        notice: None,
        tag: None,
        address: None,
        night: false,
        locale: Locale::of(Language::English),
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
