//! Draws extreme views on displays of any size: something sensible is drawn, and nothing panics.

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{DrawTarget, Drawable, Point, Primitive, RgbColor, Size};
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use image::RgbImage;
use recognise::Language;
use recognise::metadata::Species;
use screens::{
    Canvas, Depth, Guest, Named, Other, OtherState, Scene, Seen, Several, Short, View, draw,
};

use crate::entrance::*;
use crate::golden::{Display, shown};
use crate::scenes::*;
use crate::set_up::set_ups;

#[test]
fn a_screen_of_any_size_is_drawn() {
    let picture = meadow();
    let check = |display, views: &[View<'_>]| {
        for view in views {
            let frame = shown(display, view);
            let first = frame.get_pixel(0, frame.height() - 1);
            let drawn = frame.pixels().any(|pixel| pixel != first);
            assert!(drawn, "{:?} on {display:?}", view.scene);
        }
    };
    let mut all = scenes(&picture);
    all.extend(variations(&picture));
    let entrance = Entrance::new();
    let (others, known, strangers) = (entrance.others(), entrance.known(), strangers());
    let english = Language::English;
    all.extend(arrivals(&entrance, &others, &known, english));
    all.extend(guests(&entrance, &known, &strangers, english));
    all.extend(set_ups());
    for (width, height) in [
        (64, 32),
        (64, 48),
        (96, 16),
        (128, 32),
        (128, 128),
        (160, 80),
        (256, 64),
        (135, 240),
        (240, 320),
        (320, 480),
        (1024, 600),
        (64, 1000),
        (1000, 64),
    ] {
        check(Display(width, height, Depth::Colour), &all);
        check(Display(width, height, Depth::OneBit), &all);
    }
    check(Display(4096, 4096, Depth::Colour), &all[4..5]);
    check(Display(4096, 64, Depth::Colour), &all[4..5]);
    for (width, height) in [(0, 0), (1, 1), (3, 200), (200, 3)] {
        for view in &all {
            shown(Display(width, height, Depth::Colour), view);
        }
    }
}

#[test]
fn one_bit_is_black_or_white() {
    for display in [OLED, Display(400, 240, Depth::OneBit)] {
        let (picture, entrance) = (meadow(), Entrance::new());
        let (others, known) = (entrance.others(), entrance.known());
        let mut all = scenes(&picture);
        all.extend(arrivals(&entrance, &others, &known, Language::English));
        all.extend(set_ups());
        for view in all {
            let frame = shown(display, &view);
            let between = frame.pixels().find(|p| ![[0; 3], [255; 3]].contains(&p.0));
            assert_eq!(between, None, "{:?}", view.scene);
        }
    }
}

#[test]
fn any_name_a_guest_may_have_is_drawn() {
    let names = [
        "",
        " ",
        "\n\t",
        "…",
        "-",
        "---------------------------------------------------------------",
        "犬のさくら 🐕‍🦺",
        "بيلا",
        "Z\u{301}\u{302}\u{303}a\u{30a}lgo\u{fe0f}\u{200d}",
        "\u{202e}alleB",
        "\u{0}\u{1b}[31m",
        "𒐫𒐫𒐫𒐫𒐫",
        &"W".repeat(10_000),
        &"w ".repeat(10_000),
        &"\u{a0}".repeat(500),
    ];
    for name in names {
        for display in [OLED, SQUARE, MEDIUM, Display(360, 640, Depth::Colour)] {
            let other = format!("{name}_");
            let breeds = [breed(name, Species::Dog), breed(&other, Species::Cat)];
            let candidates = [(name, 0.9), (&other, 0.1), (name, 0.0)]
                .map(|(name, probability)| candidate(name, probability));
            let (candidates, selected, guest) = (&candidates, 0, Some(name));
            for scene in [
                Scene::Breed {
                    candidates,
                    selected,
                },
                Scene::Unsure {
                    candidates,
                    selected,
                },
                Scene::Confirmed {
                    breed: &candidates[0].breed,
                    guest,
                    corrected: true,
                },
                Scene::Thanks { guest },
                Scene::SetUp {
                    code: name,
                    numeric: guest,
                },
            ] {
                let view = View {
                    guest: Guest::Perhaps(name),
                    breeds: &breeds,
                    notice: guest,
                    address: guest,
                    ..plain(scene)
                };
                shown(display, &view);
                shown(display, &View { tag: guest, ..view });
            }
            let known = [Named {
                name,
                probability: f32::NAN,
                picture: None,
                known_at: guest,
            }; 3];
            let others = [Other {
                number: u8::MAX,
                picture: None,
                state: OtherState::Confirmed(Short::Name(name)),
            }; 8];
            for guest in [
                Guest::Sure {
                    name,
                    probability: f32::NAN,
                    breed: Some(&breeds[0].id),
                    known_at: guest,
                },
                Guest::OneOf {
                    guests: &known,
                    selected: usize::MAX,
                },
            ] {
                let several = Several {
                    number: 0,
                    others: &others,
                    animals: &[],
                };
                let view = View {
                    guest,
                    several: Some(several),
                    ..plain(Scene::NotOurs)
                };
                shown(display, &view);
            }
        }
    }
}

#[test]
fn a_tag_that_was_read_is_shown_in_place_of_a_notice() {
    let with = |tag, notice| View {
        tag,
        notice,
        ..plain(Scene::Empty { camera: true })
    };
    let (tag, notice) = (Some("CH-42: Bella"), Some("No picture from the camera"));
    for display in [OLED, SQUARE, MEDIUM] {
        let read = shown(display, &with(tag, notice));
        assert_eq!(read, shown(display, &with(tag, None)), "{display:?}");
        for other in [
            with(None, None),
            with(None, notice),
            with(Some("CH-43: Bella"), None),
        ] {
            assert_ne!(read, shown(display, &other), "{display:?}");
        }
    }
}

#[test]
fn a_character_that_the_font_lacks_leaves_a_mark() {
    let thanks = |guest| shown(MEDIUM, &plain(Scene::Thanks { guest: Some(guest) }));
    assert_ne!(thanks("犬"), thanks(""), "a name leaves no trace");
    assert_eq!(thanks("Be\u{200b}lla\u{7}"), thanks("Bella"));
}

#[test]
fn any_number_is_drawn() {
    let strange = [f32::NAN, f32::INFINITY, -1.0].map(|probability| candidate("pug", probability));
    for display in [OLED, SQUARE] {
        for progress in [f32::NAN, f32::NEG_INFINITY, -1.0, 0.0, 1.0, 7.0] {
            shown(display, &plain(Scene::Predicting { progress }));
        }
        for candidates in [&strange[..], &[]] {
            for selected in [0, 2, 3, usize::MAX] {
                let species = Species::Dog;
                shown(
                    display,
                    &plain(Scene::Breed {
                        candidates,
                        selected,
                    }),
                );
                shown(
                    display,
                    &plain(Scene::Species {
                        species,
                        candidates,
                        selected,
                    }),
                );
                shown(
                    display,
                    &plain(Scene::Unsure {
                        candidates,
                        selected,
                    }),
                );
            }
        }
    }
}

#[test]
fn a_picture_of_any_shape_is_shown() {
    for (width, height) in [(0, 0), (1, 1), (9000, 1), (1, 9000), (3, 3), (1920, 1080)] {
        let picture = RgbImage::from_pixel(width, height, image::Rgb([200, 0, 200]));
        for display in [OLED, SQUARE, MEDIUM, Display(360, 640, Depth::Colour)] {
            let view = View {
                picture: Some(Seen::whole(&picture)),
                ..plain(Scene::Somebody)
            };
            let frame = shown(display, &view);
            let seen = frame.pixels().filter(|p| p.0 == [200, 0, 200]).count();
            let expected = display != OLED && width > 0;
            assert_eq!(seen > 1000, expected, "{width}x{height} on {display:?}");
        }
    }
}

#[test]
fn what_is_drawn_outside_of_the_canvas_is_ignored() {
    let mut canvas = Canvas::new(8, 8, Depth::Colour);
    let white = PrimitiveStyle::with_fill(Rgb888::WHITE);
    for (corner, side) in [
        (Point::new(-9, -9), 9),
        (Point::new(8, 0), 9),
        (Point::zero(), 0),
    ] {
        let square = Rectangle::new(corner, Size::new(side, side));
        square.into_styled(white).draw(&mut canvas).unwrap();
        canvas.fill_solid(&square, Rgb888::WHITE).unwrap();
    }
    assert!(canvas.pixels().pixels().all(|pixel| pixel.0 == [0; 3]));

    let all = Rectangle::new(Point::new(-100, -100), Size::new(200, 200));
    all.into_styled(white).draw(&mut canvas).unwrap();
    assert!(canvas.pixels().pixels().all(|pixel| pixel.0 == [255; 3]));
}

#[test]
fn the_png_has_the_same_pixels() {
    let mut canvas = Canvas::new(240, 240, Depth::Colour);
    draw(&plain(Scene::NotOurs), &mut canvas);
    let png = image::load_from_memory(&canvas.to_png()).unwrap();
    assert_eq!(&png.to_rgb8(), canvas.pixels());
}
