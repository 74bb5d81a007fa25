//! Several arrivals at once are told apart, and a guest who was here before is known by name.

use image::{GenericImageView, RgbImage};
use recognise::{Language, Region};
use screens::{Depth, Framed, Guest, Locale, Named, Other, OtherState, Scene, Seen, Several, View};

use crate::entrance::*;
use crate::golden::{Display, check, halved, sheet, shown};
use crate::scenes::*;
use crate::side_by_side::below;

const WIDE: Display = Display(800, 480, Depth::Colour);
const UPRIGHT: Display = Display(240, 400, Depth::Colour);
const SIZES: [Display; 5] = [OLED, SQUARE, SMALL, MEDIUM, WIDE];

/// What each size of display shows of these views.
fn every_size(views: &[View<'_>]) -> RgbImage {
    let sheets = SIZES.map(|display| {
        let sheet = sheet(display, 4, views);
        if display == WIDE {
            halved(&sheet)
        } else {
            sheet
        }
    });
    below(&sheets)
}

#[test]
fn several_arrivals_fit_every_display() {
    let entrance = Entrance::new();
    let (others, known) = (entrance.others(), entrance.known());
    let [english, french] =
        Language::ALL.map(|language| arrivals(&entrance, &others, &known, language));
    check("arrivals", &every_size(&english));
    check("arrivals_french", &every_size(&french));
    check("arrivals_upright", &sheet(UPRIGHT, 4, &english));
}

#[test]
fn known_guests_fit_every_display() {
    let entrance = Entrance::new();
    let (known, strangers) = (entrance.known(), strangers());
    let [english, french] =
        Language::ALL.map(|language| guests(&entrance, &known, &strangers, language));
    check("guests", &every_size(&english));
    check("guests_french", &every_size(&french));
}

#[test]
fn every_scene_says_which_arrival_it_shows() {
    let entrance = Entrance::new();
    let (others, known) = (entrance.others(), entrance.known());
    for view in arrivals(&entrance, &others, &known, Language::English) {
        let seventh = numbered(view, 7);
        for display in SIZES {
            let what = format!("{:?} on {display:?}", view.scene);
            assert_ne!(shown(display, &view), shown(display, &seventh), "{what}");
        }
    }
}

#[test]
fn labelled_buttons_say_which_arrival_they_are_for() {
    let entrance = Entrance::new();
    let (others, known) = (entrance.others(), entrance.known());
    for language in Language::ALL {
        for view in &arrivals(&entrance, &others, &known, language)[..6] {
            let seventh = numbered(*view, 7);
            for display in [SQUARE, SMALL, MEDIUM, WIDE] {
                let [one, other] = [view, &seventh].map(|view| labels(&shown(display, view)));
                assert_ne!(one, other, "{language:?}, {:?} on {display:?}", view.scene);
            }
        }
    }
}

#[test]
fn arrivals_for_which_there_is_no_room_are_counted() {
    let entrance = Entrance::new();
    let others = entrance.others();
    for display in SIZES {
        let several = |count: usize| {
            let several = Several {
                number: 8,
                others: &others[..count],
                animals: &[],
            };
            shown(
                display,
                &View {
                    several: Some(several),
                    ..plain(Scene::Somebody)
                },
            )
        };
        let differs = several(6) != several(7);
        // An OLED says which of the arrivals is shown, and nothing of the others.
        assert_eq!(differs, display != OLED, "{display:?}");
    }
}

#[test]
fn the_picture_shows_the_animal_wherever_it_is() {
    let entrance = Entrance::new();
    let with = |seen| View {
        picture: Some(seen),
        ..plain(Scene::Somebody)
    };
    for display in [SQUARE, SMALL, MEDIUM, WIDE, UPRIGHT] {
        for number in 1..=5 {
            let of_it = |seen| pixels_of(&shown(display, &with(seen)), colour(number));
            let around = of_it(entrance.seen(number));
            let whole = of_it(Seen::whole(&entrance.picture));
            assert!(
                around > 1000 && around > 2 * whole,
                "{number} on {display:?}: {around} pixels, {whole} in the whole picture"
            );
        }
    }
}

#[test]
fn animals_in_one_picture_are_framed_where_it_is_large_enough() {
    let entrance = Entrance::new();
    let shown_with = |display, animals: &[Framed]| {
        let view = View {
            several: Some(Several {
                number: 1,
                others: &[],
                animals,
            }),
            picture: Some(entrance.seen(1)),
            ..plain(Scene::Somebody)
        };
        let frame = shown(display, &view);
        [1, 2].map(|number| pixels_of(&frame, colour(number)) > 100)
    };
    for display in SIZES {
        let is_large = [MEDIUM, WIDE].contains(&display);
        let has_picture = display != OLED;
        let (one, two) = (&entrance.animals[..1], &entrance.animals[..2]);
        assert_eq!(
            shown_with(display, one),
            [has_picture, false],
            "{display:?}"
        );
        assert_eq!(
            shown_with(display, two),
            [has_picture, is_large],
            "{display:?}"
        );
    }
}

#[test]
fn regions_of_any_kind_are_shown() {
    let corner = Region::new(0.999, 0.999, 1.0, 1.0).unwrap();
    let line = Region::new(0.0, 0.5, 1.0, 0.5001).unwrap();
    for (width, height) in [(0, 0), (1, 1), (9000, 1), (1, 9000), (640, 480)] {
        let picture = RgbImage::from_pixel(width, height, image::Rgb([200, 0, 200]));
        for region in [Region::WHOLE, corner, line] {
            let seen = Some(Seen {
                picture: &picture,
                region,
            });
            let others = [Other {
                number: 2,
                picture: seen,
                state: OtherState::Predicting,
            }];
            let animals = [1, 2].map(|number| Framed { number, region });
            for display in SIZES {
                let several = Some(Several {
                    number: 1,
                    others: &others,
                    animals: &animals,
                });
                for several in [None, several] {
                    let view = View {
                        picture: seen,
                        several,
                        ..plain(Scene::Somebody)
                    };
                    let frame = shown(display, &view);
                    let is_seen = pixels_of(&frame, [200, 0, 200]) > 0;
                    let expected = width > 0 && display != OLED;
                    assert_eq!(is_seen, expected, "{width}x{height} on {display:?}");
                }
            }
        }
    }
}

#[test]
fn a_guest_is_shown_with_an_answer_alone() {
    let entrance = Entrance::new();
    let known = entrance.known();
    let sure = Guest::Sure {
        name: "Bella",
        probability: 0.97,
        breed: None,
        known_at: None,
    };
    let four = [&known[..], &known[..1]].concat();
    for display in SIZES {
        let [somebody, answer] = [Scene::Somebody, Scene::NotOurs]
            .map(|scene| with_guest(display, Guest::Unknown, scene));
        for guest in [sure, one_of(&known), Guest::NewHere] {
            let shown = with_guest(display, guest, Scene::Somebody);
            assert_eq!(shown, somebody, "{display:?}");
        }
        let not_ours = |guest| with_guest(display, guest, Scene::NotOurs);
        assert_ne!(not_ours(sure), answer, "{display:?}");
        assert_ne!(not_ours(one_of(&known)), answer, "{display:?}");
        // Nobody to choose from is no choice, and more than three are too many.
        assert_eq!(not_ours(one_of(&[])), answer, "{display:?}");
        assert_eq!(
            not_ours(one_of(&four)),
            not_ours(one_of(&known)),
            "{display:?}"
        );
    }
}

#[test]
fn a_guest_who_was_never_here_is_shown_with_the_site_that_knows_it() {
    let sure = |known_at| Guest::Sure {
        name: "Bella",
        probability: 0.97,
        breed: None,
        known_at,
    };
    let named = |known_at| {
        [Named {
            name: "Bella",
            probability: 0.62,
            picture: None,
            known_at,
        }]
    };
    let (here, north) = (named(None), named(Some("North")));
    for display in SIZES {
        let shown = |guest| with_guest(display, guest, Scene::NotOurs);
        assert_ne!(shown(sure(Some("North"))), shown(sure(None)), "{display:?}");
        assert_ne!(shown(one_of(&north)), shown(one_of(&here)), "{display:?}");
    }
}

#[test]
fn the_texts_have_the_guests_names() {
    let check = |language: Language, hello: &str, who: &str, elsewhere: &str| {
        let locale = Locale::of(language);
        let asked = locale.with(
            "screen-or-two",
            &[("first", "Bella".into()), ("second", "Max".into())],
        );
        assert_eq!(asked, who);
        assert_eq!(
            locale.with("screen-hello", &[("name", "Bella".into())]),
            hello
        );
        assert_eq!(
            locale.with(
                "guest-known-at",
                &[("name", "Bella".into()), ("site", "North".into())],
            ),
            elsewhere
        );
    };
    check(
        Language::English,
        "Hello, Bella!",
        "Bella or Max?",
        "Bella, known at North",
    );
    check(
        Language::French,
        "Bonjour Bella\u{a0}!",
        "Bella ou Max\u{a0}?",
        "Bella, animal connu à North",
    );
}

fn one_of<'a>(guests: &'a [Named<'a>]) -> Guest<'a> {
    Guest::OneOf {
        guests,
        selected: 0,
    }
}

fn with_guest(display: Display, guest: Guest<'_>, scene: Scene<'static>) -> RgbImage {
    let view = View {
        guest,
        ..plain(scene)
    };
    shown(display, &view)
}

/// The same view of the arrival of another number.
fn numbered(view: View<'_>, number: u8) -> View<'_> {
    let several = view.several.map(|several| Several { number, ..several });
    View { several, ..view }
}

/// The part of a screen where the labels of the buttons are.
fn labels(frame: &RgbImage) -> RgbImage {
    let (width, height) = frame.dimensions();
    frame.view(0, height * 5 / 6, width, height / 6).to_image()
}

fn pixels_of(frame: &RgbImage, colour: [u8; 3]) -> usize {
    frame.pixels().filter(|pixel| pixel.0 == colour).count()
}
