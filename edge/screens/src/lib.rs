//! Draws what the screen at the desk shows: one picture for each stage of an arrival, on a display
//! of any size.
//!
//! Staff have three seconds and a wriggling dog. So the breed's name is as large as fits, words say
//! how far it can be relied on, and labels say what the buttons do. Drawing is a pure function: the
//! same [`View`] always gives the same pixels.
//!
//! ```
//! use recognise::Language;
//! use screens::{Canvas, Depth, Guest, Locale, Scene, View, draw};
//!
//! let mut canvas = Canvas::new(240, 240, Depth::Colour);
//! let view = View {
//!     scene: Scene::Empty { camera: true },
//!     guest: Guest::Unknown,
//!     several: None,
//!     breeds: &[],
//!     picture: None,
//!     notice: None,
//!     tag: None,
//!     address: Some("http://kiosk.local:8080"),
//!     night: false,
//!     locale: Locale::of(Language::English),
//! };
//! draw(&view, &mut canvas);
//! assert_eq!(canvas.pixels().dimensions(), (240, 240));
//! ```

mod area;
mod arrivals;
mod brush;
mod button;
mod canvas;
mod code;
pub mod frequency;
mod guest;
mod icons;
mod label;
pub mod locale;
mod panel;
mod picture;
mod plan;
mod screen;
mod shape;
mod small;
mod strip;
mod text;
mod theme;
mod tiny;
mod wrap;

use embedded_graphics::prelude::{DrawTarget, OriginDimensions};

use recognise::metadata::{Breed, Species};
use recognise::{BreedId, Candidate, vocabulary};

use area::Area;
use brush::Brush;
use theme::Theme;

pub use arrivals::{Framed, Other, OtherState, Seen, Several, Short};
pub use button::{Button, UnknownButton};
pub use canvas::{Canvas, Depth};
pub use guest::{Guest, Named};
pub use locale::Locale;
pub use screen::Screen;

/// Everything that a screen shows.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The stage of the arrival.
    pub scene: Scene<'a>,
    /// Which known animal it may be; shown with an answer.
    pub guest: Guest<'a>,
    /// The other arrivals, where there are several at once.
    pub several: Option<Several<'a>>,
    /// The breeds whose species is known, which decides the icon beside a name. A breed that is not
    /// among them is shown with a paw.
    pub breeds: &'a [Breed],
    /// The camera's picture. It is left out where there is no room for it, and in one bit.
    pub picture: Option<Seen<'a>>,
    /// What does not work as it should, in one line.
    pub notice: Option<&'a str>,
    /// The tag that was just read and its animal, or what staff must know about the guest, in one
    /// line. It is shown in place of a notice.
    pub tag: Option<&'a str>,
    /// The address of the kiosk's page, shown while nobody is at the desk.
    pub address: Option<&'a str>,
    /// Whether to use the dim colours.
    pub night: bool,
    /// The language.
    pub locale: &'static Locale,
}

/// A stage of an arrival, with the values that are shown. A `selected` beyond the candidates selects
/// the last of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scene<'a> {
    /// Nobody is at the desk.
    Empty {
        /// Whether there is a camera; otherwise photographs are sent from the page.
        camera: bool,
    },
    /// Somebody is in front of the camera.
    Somebody,
    /// The network is running.
    Predicting {
        /// How much of the work is done, 0 to 1.
        progress: f32,
    },
    /// The breed was recognised.
    Breed {
        /// The likeliest breeds, likeliest first.
        candidates: &'a [Candidate],
        /// The one that is shown.
        selected: usize,
    },
    /// The species was recognised, but not the breed.
    Species {
        /// The species.
        species: Species,
        /// The likeliest breeds, likeliest first.
        candidates: &'a [Candidate],
        /// The one that the confirm button confirms.
        selected: usize,
    },
    /// Several breeds are possible.
    Unsure {
        /// The likeliest breeds, likeliest first.
        candidates: &'a [Candidate],
        /// The one that the confirm button confirms.
        selected: usize,
    },
    /// It is not an animal that the network knows.
    NotOurs,
    /// Staff confirmed or corrected the breed, and that is on disk.
    Confirmed {
        /// The breed.
        breed: &'a BreedId,
        /// The animal's name.
        guest: Option<&'a str>,
        /// Whether staff chose another breed than the one that was recognised.
        corrected: bool,
    },
    /// The arrival is complete.
    Thanks {
        /// The animal's name.
        guest: Option<&'a str>,
    },
    /// The kiosk waits for somebody who sets it up, at the address of the view.
    SetUp {
        /// The figures that the page asks for, without a space.
        code: &'a str,
        /// The address by numbers, which the QR code holds: not every phone finds a name of the local
        /// network. `None` where this machine alone opens the page.
        numeric: Option<&'a str>,
    },
}

/// Draws a view over the whole canvas. Every scene is laid out for 64x32 to 4096x4096 pixels; on a
/// smaller canvas parts of it are missing.
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
    if tiny::suits(frame) {
        tiny::draw(&mut brush, view, frame);
    } else {
        panel::draw(&mut brush, view, frame);
    }
}

impl View<'_> {
    /// The species of a breed, where it is known.
    fn species(&self, id: &BreedId) -> Option<Species> {
        let breed = self.breeds.iter().find(|breed| breed.id == *id);
        let species = breed.map(|breed| breed.species);
        species.or_else(|| vocabulary::of(id).map(|breed| breed.species))
    }
}

/// The selected one of several candidates and its index.
fn selected<T>(candidates: &[T], selected: usize) -> Option<(usize, &T)> {
    let last = candidates.len().checked_sub(1)?;
    let index = selected.min(last);
    candidates.get(index).map(|candidate| (index, candidate))
}

/// The most characters of a guest's name that are shown.
const LONGEST_NAME: usize = 28;

/// A guest's name, shortened to [`LONGEST_NAME`].
fn short_name(name: &str) -> String {
    let mut short: String = name.chars().take(LONGEST_NAME).collect();
    if short.len() < name.len() {
        short.truncate(short.trim_end().len());
        short.push('…');
    }
    short
}

/// A text that contains a guest's name, which is shortened to [`LONGEST_NAME`].
fn with_name(locale: &Locale, key: &str, name: &str) -> String {
    locale.with(key, &[("name", short_name(name).into())])
}

/// A guest's name, and the site where it is known if it was never here.
fn known_name(locale: &Locale, name: &str, site: &str) -> String {
    locale.with(
        "guest-known-at",
        &[
            ("name", short_name(name).into()),
            ("site", short_name(site).into()),
        ],
    )
}

/// How an animal is greeted whom the kiosk is sure of.
fn greeting(locale: &Locale, name: &str, known_at: Option<&str>) -> String {
    match known_at {
        Some(site) => known_name(locale, name, site),
        None => with_name(locale, "screen-hello", name),
    }
}

/// The name of one of several animals.
fn listed(locale: &Locale, guest: &Named<'_>) -> String {
    match guest.known_at {
        Some(site) => known_name(locale, guest.name, site),
        None => guest.name.to_owned(),
    }
}

/// The key of the text that says that the species was recognised, but not the breed.
fn species_only(species: Species, is_new_here: bool) -> &'static str {
    match (species, is_new_here) {
        (Species::Cat, false) => "screen-some-cat",
        (Species::Cat, true) => "screen-new-cat",
        (Species::Dog, false) => "screen-some-dog",
        (Species::Dog, true) => "screen-new-dog",
    }
}

/// The figures of a code in two groups, as people read them out.
fn in_groups(code: &str) -> String {
    let mut text: String = code.chars().take(3).collect();
    text.push('\u{a0}');
    text.extend(code.chars().skip(3));
    text
}

/// The key of the text that says where the address that sets a kiosk up is opened, where there is no
/// QR code.
fn set_up_how(numeric: Option<&str>) -> &'static str {
    match numeric {
        Some(_) => "screen-set-up-open",
        None => "screen-set-up-here",
    }
}

/// The address of the page that sets a kiosk up.
fn wizard(address: &str) -> String {
    format!("{address}/setup")
}

/// An address as short as a browser takes it.
fn without_scheme(address: &str) -> &str {
    address.split_once("://").map_or(address, |(_, rest)| rest)
}

/// The key of the text that says that several breeds are possible.
fn unsure(is_new_here: bool) -> &'static str {
    if is_new_here {
        "screen-new-unsure"
    } else {
        "screen-unsure"
    }
}
