//! What the screen shows, on every size of display. The pictures in `tests/golden/` are what it
//! should look like: `UPDATE_GOLDEN=1 cargo test -p edge --test screens` rewrites them, and so
//! `examples/screens.png`; look at them before you keep them.

mod anything;
mod golden;
mod scenes;

use recognise::metadata::Species;
use screens::{Depth, Scene, View};
use image::RgbImage;

use golden::{Display, shown};
use scenes::*;

#[test]
fn every_scene_fits_an_oled() {
    golden::check("oled", &golden::sheet(OLED, 5, &scenes(&meadow())));
}

#[test]
fn every_scene_fits_a_square_panel() {
    golden::check("square", &golden::sheet(SQUARE, 5, &scenes(&meadow())));
}

#[test]
fn every_scene_fits_a_small_panel() {
    golden::check("small", &golden::sheet(SMALL, 5, &scenes(&meadow())));
}

#[test]
fn every_scene_fits_a_medium_panel() {
    golden::check("medium", &golden::sheet(MEDIUM, 4, &scenes(&meadow())));
}

#[test]
fn every_scene_fits_a_television() {
    let sheet = golden::sheet(HDMI, 4, &scenes(&meadow()));
    golden::check("hdmi", &golden::halved(&sheet));
}

#[test]
fn there_may_be_less_to_show_or_more() {
    let picture = meadow();
    let sheets = [OLED, SMALL].map(|display| golden::sheet(display, 5, &variations(&picture)));
    golden::check("variations", &golden::below(&sheets));
}

#[test]
fn french_has_its_accents_and_its_long_names() {
    let picture = meadow();
    let sheets = [OLED, SQUARE, MEDIUM].map(|display| golden::sheet(display, 4, &french(&picture)));
    golden::check("french", &golden::below(&sheets));
}

#[test]
fn at_night_the_screens_are_dim() {
    let picture = meadow();
    let day = scenes(&picture);
    let night: Vec<_> = day
        .iter()
        .map(|&view| View {
            night: true,
            ..view
        })
        .collect();
    let some = [night[0], night[3], night[6], night[8]];
    golden::check("night", &golden::sheet(SMALL, 4, &some));

    for (day, night) in day.iter().zip(&night) {
        let (day, night) = (light(&shown(SMALL, day)), light(&shown(SMALL, night)));
        assert!(night < 0.4 * day, "{night} is not dim beside {day}");
    }
}

#[test]
fn an_upright_screen_is_laid_out_upright() {
    let (display, picture) = (Display(240, 400, Depth::Colour), meadow());
    let all = scenes(&picture);
    let some = [all[0], all[3], all[6], all[8]];
    golden::check("upright", &golden::sheet(display, 4, &some));
}

#[test]
fn the_picture_in_the_documentation_shows_what_is_drawn() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/chelsea.png");
    let chelsea = image::open(file).unwrap().to_rgb8();
    // What `kiosk classify` says about it.
    let cats = [
        cat("Bengal", 0.958),
        cat("Egyptian Mau", 0.018),
        cat("Maine Coon", 0.015),
    ];
    let (candidates, selected, name) = (&cats, 0, "Bengal");
    let (guest, species) = (Some("Chelsea"), Species::Cat);
    let breed = Scene::Breed {
        candidates,
        selected,
        guest,
    };
    let settled = Scene::Settled {
        name,
        species: Some(species),
        guest,
        corrected: false,
    };
    let unsure = Scene::Unsure {
        candidates: &MIXED,
        selected: 0,
    };
    let thanks = Scene::Thanks { guest };
    let of = |display, scene, night| {
        let view = View {
            picture: Some(&chelsea),
            address: Some("http://kiosk.local:8080"),
            night,
            ..plain(scene)
        };
        shown(display, &view)
    };
    let oleds = [breed, settled, thanks].map(|scene| of(OLED, scene, false));
    let above = [
        of(SMALL, breed, false),
        of(SMALL, unsure, false),
        of(SQUARE, settled, false),
        of(SQUARE, thanks, true),
        golden::below(&oleds),
    ];
    let below = [
        of(MEDIUM, breed, false),
        of(MEDIUM, Scene::Empty { camera: true }, false),
        of(Display(240, 320, Depth::Colour), breed, false),
    ];
    let sheet = golden::below(&[golden::beside(&above), golden::beside(&below)]);
    golden::check("../../examples/screens", &sheet);
}

/// How bright a frame is, 0 to 255.
fn light(frame: &RgbImage) -> f64 {
    let sum: f64 = frame.as_raw().iter().copied().map(f64::from).sum();
    sum / frame.as_raw().len() as f64
}
