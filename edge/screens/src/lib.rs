//! What the screen at the desk shows: one picture for each stage of an arrival, on a display of any
//! size.
//!
//! Staff have three seconds and a wriggling dog. So the breed's name is as big as fits, how far it
//! can be relied on is said in words, and the buttons say what they do. Drawing is a function of
//! values alone: the same [`View`] gives the same pixels.

mod area;
mod brush;
mod button;
mod canvas;
mod icons;
mod keys;
pub mod locale;
mod odds;
mod panel;
mod plan;
mod screen;
mod shape;
mod small;
mod text;
mod theme;
mod tiny;
mod wrap;

use embedded_graphics::prelude::{DrawTarget, OriginDimensions};
use image::RgbImage;

use recognise::metadata::Species;
use area::Area;
use brush::Brush;
use theme::Theme;

pub use button::Button;
pub use canvas::{Canvas, Depth};
pub use locale::Locale;
pub use screen::Screen;

/// All that a screen shows.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What there is to say.
    pub scene: Scene<'a>,
    /// What the camera saw; left out where there is no room for it, and in one bit.
    pub picture: Option<&'a RgbImage>,
    /// What does not work as it should, in one line.
    pub notice: Option<&'a str>,
    /// Where the page is, for the empty desk.
    pub address: Option<&'a str>,
    /// Whether to be dark and dim.
    pub night: bool,
    /// The language.
    pub locale: &'static Locale,
}

/// The stages of an arrival, as they are shown. A `selected` beyond the candidates counts as the
/// last of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scene<'a> {
    /// Nobody is there.
    Empty {
        /// Whether a camera looks; else photographs come by the page.
        camera: bool,
    },
    /// Somebody came before the camera.
    Somebody,
    /// The network is looking.
    Looking {
        /// How far it is, 0 to 1.
        progress: f32,
    },
    /// It is a breed.
    Breed {
        /// The likeliest breeds, likeliest first.
        candidates: &'a [Candidate<'a>],
        /// Which of them is shown.
        selected: usize,
        /// The animal that it may be, known from earlier visits.
        guest: Option<&'a str>,
    },
    /// It is a cat or a dog, of a breed that is not sure.
    Species {
        /// Which of the two.
        species: Species,
        /// The likeliest breeds, likeliest first.
        candidates: &'a [Candidate<'a>],
        /// Which of them would be confirmed.
        selected: usize,
    },
    /// It may be one of several.
    Unsure {
        /// The likeliest breeds, likeliest first.
        candidates: &'a [Candidate<'a>],
        /// Which of them would be confirmed.
        selected: usize,
    },
    /// It is no animal that the network knows.
    NotOurs,
    /// Staff said what it is, and it is on disk.
    Settled {
        /// The breed's name.
        name: &'a str,
        /// The breed's species.
        species: Option<Species>,
        /// The animal's name.
        guest: Option<&'a str>,
        /// Whether the answer was another one.
        corrected: bool,
    },
    /// Thank you.
    Thanks {
        /// The animal's name.
        guest: Option<&'a str>,
    },
}

/// A breed that an animal may be of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate<'a> {
    /// The breed's name.
    pub name: &'a str,
    /// Its species.
    pub species: Species,
    /// Its probability, 0 to 1.
    pub probability: f32,
}

/// Draws a view over the whole canvas, from 64x32 to 4096x4096 pixels.
pub fn draw(view: &View<'_>, canvas: &mut Canvas) {
    let theme = Theme::of(canvas.depth(), view.night);
    let size = canvas.size();
    let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    let frame = Area::new(0, 0, side(size.width), side(size.height));
    // Drawing on a canvas cannot fail.
    let Ok(()) = canvas.clear(theme.paper);
    let mut brush = Brush {
        canvas,
        theme,
        locale: view.locale,
        unit: plan::unit(frame),
    };
    match tiny::suits(frame) {
        true => tiny::draw(&mut brush, view, frame),
        false => panel::draw(&mut brush, view, frame),
    }
}

/// The candidate that is selected, and its place among all.
fn selected<'a>(
    candidates: &'a [Candidate<'a>],
    selected: usize,
) -> Option<(usize, &'a Candidate<'a>)> {
    let last = candidates.len().checked_sub(1)?;
    let place = selected.min(last);
    candidates.get(place).map(|candidate| (place, candidate))
}

/// The most characters of a guest's name.
const LONGEST_NAME: usize = 28;

/// A text with a guest's name in it, cut short where it is longer than a screen has room for.
fn with_name(locale: &Locale, key: &str, name: &str) -> String {
    let mut short: String = name.chars().take(LONGEST_NAME).collect();
    if short.len() < name.len() {
        short.truncate(short.trim_end().len());
        short.push('…');
    }
    locale.with(key, &[("name", short.into())])
}

/// The text that says that a species was recognised but no breed.
fn species_only(species: Species) -> &'static str {
    match species {
        Species::Cat => "screen-some-cat",
        Species::Dog => "screen-some-dog",
    }
}
