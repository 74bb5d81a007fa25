//! The views of several arrivals at once, and of guests who were here before.

use std::sync::LazyLock;

use image::RgbImage;
use recognise::metadata::Species;
use recognise::{BreedId, Language, Region};
use screens::{Framed, Guest, Locale, Named, Other, OtherState, Scene, Seen, Several, Short, View};

use crate::scenes::*;

static LABRADOR: LazyLock<BreedId> = LazyLock::new(|| "labrador_retriever".into());

/// The animals before the camera, as balls: the middle of each, its radius and its colour.
static BALLS: [([u32; 2], u32, [u8; 3]); 5] = [
    ([90, 330], 60, [196, 120, 62]),
    ([520, 310], 80, [60, 60, 70]),
    ([300, 380], 50, [236, 226, 200]),
    ([250, 250], 30, [140, 60, 40]),
    ([390, 260], 30, [90, 110, 60]),
];

/// The colour of the animal of this number.
pub(crate) fn colour(number: u8) -> [u8; 3] {
    BALLS[usize::from(number) - 1].2
}

/// What the views borrow.
pub(crate) struct Entrance {
    /// The camera's picture.
    pub(crate) picture: RgbImage,
    /// The animals in it.
    pub(crate) animals: Vec<Framed>,
    /// Pictures of known animals.
    portraits: [RgbImage; 3],
}

impl Entrance {
    pub(crate) fn new() -> Self {
        let picture = RgbImage::from_fn(640, 480, |x, y| {
            let covers = |[across, down]: [u32; 2], radius: u32| {
                let (dx, dy) = (x.abs_diff(across), y.abs_diff(down));
                dx * dx + dy * dy <= radius * radius
            };
            let ball = BALLS
                .iter()
                .find(|&&(middle, radius, _)| covers(middle, radius));
            image::Rgb(match ball {
                Some(&(_, _, colour)) => colour,
                None if y < 220 => [214, 206, 190],
                None => [160, 142, 122],
            })
        });
        let animals = (1_u8..)
            .zip(BALLS)
            .map(|(number, ([across, down], radius, _))| {
                let share = |pixels: u32, whole: f32| pixels as f32 / whole;
                let region = Region::new(
                    share(across - radius, 640.0),
                    share(down - radius, 480.0),
                    share(across + radius, 640.0),
                    share(down + radius, 480.0),
                );
                let region = region.expect("a ball in the picture");
                Framed { number, region }
            });
        let animals = animals.collect();
        let portraits = [[120, 80, 50], [70, 90, 120], [170, 150, 90]]
            .map(|colour| RgbImage::from_pixel(96, 96, image::Rgb(colour)));
        Self {
            picture,
            animals,
            portraits,
        }
    }

    /// The picture around the animal of this number.
    pub(crate) fn seen(&self, number: u8) -> Seen<'_> {
        Seen {
            picture: &self.picture,
            region: self.animals[usize::from(number) - 1].region,
        }
    }

    /// The arrivals from 1 to 8 as they look while another one is shown.
    pub(crate) fn others(&self) -> Vec<Other<'_>> {
        let states = [
            OtherState::Confirmed(Short::Name("Bella")),
            OtherState::Answered(Short::Breed(&BEAGLE)),
            OtherState::Predicting,
            OtherState::Answered(Short::Species(Species::Dog)),
            OtherState::Answered(Short::Unsure),
            OtherState::Answered(Short::Species(Species::Cat)),
            OtherState::Confirmed(Short::Name("Sir Bartholomew Wellington-Fluffington")),
            OtherState::Predicting,
        ];
        let others = (1_u8..).zip(states).map(|(number, state)| Other {
            number,
            picture: (usize::from(number) <= BALLS.len()).then(|| self.seen(number)),
            state,
        });
        others.collect()
    }

    /// Known animals.
    pub(crate) fn known(&self) -> [Named<'_>; 3] {
        let [first, second, third] = self.portraits.each_ref().map(Seen::whole).map(Some);
        [
            named("Bella", 0.62, first),
            named("Max", 0.31, second),
            named("Maximilian", 0.04, third),
        ]
    }
}

fn named<'a>(name: &'a str, probability: f32, picture: Option<Seen<'a>>) -> Named<'a> {
    Named {
        name,
        probability,
        picture,
        known_at: None,
    }
}

/// Animals whose names are long, or in other scripts.
pub(crate) fn strangers() -> [Named<'static>; 3] {
    [
        named(
            "Sir Bartholomew Wellington-Fluffington the Third",
            0.51,
            None,
        ),
        named("Łucja", 0.22, None),
        named("Белла 犬", 0.18, None),
    ]
}

/// Two and five arrivals at once.
pub(crate) fn arrivals<'a>(
    entrance: &'a Entrance,
    others: &'a [Other<'a>],
    known: &'a [Named<'a>],
    language: Language,
) -> Vec<View<'a>> {
    let view = |number: u8, count: usize, scene| View {
        several: Some(Several {
            number,
            // The second of two has the first one beside it, the first one all that follow.
            others: match number {
                1 => &others[1..count],
                _ => &others[..1],
            },
            animals: &entrance.animals[..count],
        }),
        picture: Some(entrance.seen(number)),
        locale: Locale::of(language),
        ..plain(scene)
    };
    let terriers = Scene::Species {
        species: Species::Dog,
        candidates: &*TERRIERS,
        selected: 0,
    };
    let pointer = Scene::Breed {
        candidates: &*POINTERS,
        selected: 0,
    };
    let mixed = Scene::Unsure {
        candidates: &*MIXED,
        selected: 1,
    };
    let confirmed = Scene::Confirmed {
        breed: &BEAGLE,
        guest: Some("Bella"),
        corrected: false,
    };
    vec![
        view(1, 2, pointer),
        view(2, 2, terriers),
        View {
            guest: Guest::NewHere,
            ..view(1, 5, pointer)
        },
        View {
            notice: Some("the disk is full: photographs are not kept until there is room again"),
            ..view(1, 5, mixed)
        },
        View {
            guest: greeting("Max"),
            ..view(2, 2, terriers)
        },
        View {
            guest: Guest::OneOf {
                guests: known,
                selected: 0,
            },
            ..view(1, 5, mixed)
        },
        view(1, 2, confirmed),
        view(2, 2, Scene::Predicting { progress: 0.6 }),
    ]
}

/// Guests who were here before, and some who were not.
pub(crate) fn guests<'a>(
    entrance: &'a Entrance,
    known: &'a [Named<'a>],
    strangers: &'a [Named<'a>],
    language: Language,
) -> Vec<View<'a>> {
    let view = |scene| View {
        picture: Some(entrance.seen(2)),
        locale: Locale::of(language),
        ..plain(scene)
    };
    let terriers = Scene::Species {
        species: Species::Dog,
        candidates: &*TERRIERS,
        selected: 0,
    };
    let one_of = |guests, selected| Guest::OneOf { guests, selected };
    let guest = |guest, scene| View {
        guest,
        ..view(scene)
    };
    vec![
        guest(greeting("Bella"), terriers),
        View {
            picture: None,
            guest: Guest::Sure {
                name: strangers[0].name,
                probability: 0.97,
                breed: None,
                known_at: None,
            },
            ..view(Scene::NotOurs)
        },
        guest(one_of(known, 1), terriers),
        guest(one_of(&strangers[1..], 1), terriers),
        guest(one_of(strangers, 0), terriers),
        guest(
            Guest::NewHere,
            Scene::Breed {
                candidates: &*BEAGLES,
                selected: 0,
            },
        ),
        guest(Guest::NewHere, terriers),
        guest(
            Guest::NewHere,
            Scene::Unsure {
                candidates: &*MIXED,
                selected: 1,
            },
        ),
    ]
}

fn greeting(name: &str) -> Guest<'_> {
    Guest::Sure {
        name,
        probability: 0.94,
        breed: Some(&*LABRADOR),
        known_at: None,
    }
}
