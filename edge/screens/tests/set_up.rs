//! Checks the scene in which the kiosk waits to be set up: a phone reads the QR code of the address on
//! every display that has room for it, and the six figures are on all of them.

use recognise::Language;
use rqrr::PreparedImage;
use screens::{Depth, Locale, Scene, View};

use crate::golden::{Display, check, sheet, shown};
use crate::scenes::*;
use crate::side_by_side::below;

const ADDRESS: &str = "http://192.168.178.123:8080";

/// The scene by its address, by day and at night, in both languages.
pub(crate) fn set_ups() -> Vec<View<'static>> {
    let scene = plain(Scene::SetUp {
        code: "123456",
        numeric: Some(ADDRESS),
    });
    let french = View {
        locale: Locale::of(Language::French),
        ..scene
    };
    let waiting = Scene::SetUp {
        code: "123456",
        numeric: None,
    };
    vec![
        View {
            address: Some(ADDRESS),
            ..scene
        },
        View {
            address: Some("http://borne-12.local:8080"),
            night: true,
            ..french
        },
        View {
            address: Some(ADDRESS),
            notice: Some("no camera: drop a photograph on the page"),
            ..scene
        },
        View {
            scene: waiting,
            ..french
        },
    ]
}

#[test]
fn the_set_up_fits_every_display() {
    let displays = [OLED, SQUARE, SMALL, MEDIUM];
    check(
        "set_up",
        &below(&displays.map(|display| sheet(display, 4, &set_ups()))),
    );
}

#[test]
fn a_phone_reads_the_address_of_the_wizard() {
    for display in [
        SQUARE,
        SMALL,
        MEDIUM,
        HDMI,
        Display(135, 240, Depth::Colour),
        Display(240, 135, Depth::Colour),
        Display(240, 400, Depth::Colour),
        Display(400, 240, Depth::OneBit),
    ] {
        for view in set_ups() {
            // The address by numbers, whatever the name that is shown.
            let expected = view.address.map(|_| format!("{ADDRESS}/setup"));
            assert_eq!(read(display, &view), expected, "{display:?}");
        }
    }
}

#[test]
fn the_figures_are_shown_with_an_address_and_without_one() {
    for display in [OLED, Display(128, 32, Depth::OneBit), SQUARE, MEDIUM] {
        for address in [None, Some(ADDRESS)] {
            let with = |code| View {
                address,
                ..plain(Scene::SetUp {
                    code,
                    numeric: address,
                })
            };
            let one = shown(display, &with("123456"));
            assert_ne!(one, shown(display, &with("123457")), "{display:?}");
        }
        let frames = [None, Some(ADDRESS)].map(|address| {
            let scene = plain(Scene::SetUp {
                code: "123456",
                numeric: address,
            });
            shown(display, &View { address, ..scene })
        });
        assert_ne!(frames[0], frames[1], "{display:?}");
    }
}

#[test]
fn an_address_that_no_phone_can_open_has_no_code() {
    let view = View {
        address: Some("http://127.0.0.1:8080"),
        ..plain(Scene::SetUp {
            code: "123456",
            numeric: None,
        })
    };
    assert_eq!(read(MEDIUM, &view), None);
}

/// The text of the QR code that a display shows. A module of it has few pixels, which a phone's camera
/// sees as more.
fn read(display: Display, view: &View<'_>) -> Option<String> {
    const LARGER: usize = 3;
    let frame = shown(display, view);
    let larger = if frame.width() > 500 { 1 } else { LARGER };
    let side = |pixels: u32| pixels as usize * larger;
    let is_dark = |x: usize, y: usize| {
        let pixel = frame.get_pixel((x / larger) as u32, (y / larger) as u32);
        pixel.0.iter().map(|&value| u32::from(value)).sum::<u32>() < 300
    };
    let mut picture =
        PreparedImage::prepare_from_bitmap(side(frame.width()), side(frame.height()), is_dark);
    let grids = picture.detect_grids();
    let (_, text) = grids.first()?.decode().unwrap();
    Some(text)
}
