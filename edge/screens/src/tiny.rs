//! Draws the scenes on a tiny display, such as an OLED of 128x64 pixels: the name, and one line for
//! everything else.

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::DrawTarget;

use recognise::metadata::Species;
use recognise::{BreedId, Candidate};

use crate::area::Area;
use crate::brush::Brush;
use crate::frequency::Frequency;
use crate::icons::{Mark, animal};
use crate::label;
use crate::small;
use crate::strip::Strip;
use crate::text::Font;
use crate::wrap::{Align, Block, Room};
use crate::{
    Guest, Named, Scene, View, greeting, in_groups, listed, selected, set_up_how, species_only,
    unsure, with_name, without_scheme,
};

/// The height of the status line, in pixels.
const STATUS: i32 = 13;

/// Draws a view.
pub(crate) fn draw(brush: &mut Brush<'_>, view: &View<'_>, frame: Area) {
    let mut tiny = Tiny { brush, view };
    let free = match Strip::of(view, tiny.brush.theme) {
        Some(strip) => tiny.strip(strip, frame),
        None => frame,
    };
    match view.guest() {
        Guest::Sure {
            name,
            probability,
            breed,
            known_at,
        } => {
            let (main, status) = parts(free);
            tiny.words(&greeting(tiny.brush.locale, name, known_at), main);
            let frequency = Frequency::of(probability).short(tiny.brush.locale);
            let species = breed.and_then(|breed| view.species(breed));
            tiny.status(&frequency, species, &MARKS, status);
        }
        Guest::OneOf { guests, selected } => tiny.guests(guests, selected, free),
        Guest::Unknown | Guest::NewHere | Guest::Perhaps(_) => tiny.scene(free),
    }
}

/// Whether a frame is too small for a panel.
pub(crate) fn suits(frame: Area) -> bool {
    frame.height < 100 || frame.width < 100
}

/// The room above the status line, and the status line.
fn parts(area: Area) -> (Area, Area) {
    area.cut_bottom(STATUS.min(area.height / 3), 1)
}

/// The marks of the three buttons, in their order.
const MARKS: [Mark; 3] = [label::CONFIRM.mark, label::NEXT.mark, label::NEW.mark];

/// The state while a view is drawn on a tiny display.
struct Tiny<'a, 'b> {
    brush: &'a mut Brush<'b>,
    view: &'a View<'a>,
}

impl Tiny<'_, '_> {
    /// Draws the scene, where the view names no animal that the guest is.
    fn scene(&mut self, free: Area) {
        let view = self.view;
        let (main, status) = parts(free);
        let unsure = unsure(view.is_new_here());
        match view.scene {
            Scene::Empty { .. } => self.empty(main, status),
            Scene::Somebody => self.somebody(main, status),
            Scene::Predicting { progress } => self.predicting(progress, main, status),
            Scene::Breed {
                candidates,
                selected: index,
            } => match selected(candidates, index) {
                Some((_, candidate)) => self.breed(candidate, main, status),
                None => self.words(&self.text(unsure), free),
            },
            Scene::Species {
                species,
                candidates,
                selected,
            } => {
                let heading = species_only(species, view.is_new_here());
                self.list(heading, Some(species), candidates, selected, free);
            }
            Scene::Unsure {
                candidates,
                selected,
            } => self.list(unsure, None, candidates, selected, free),
            Scene::NotOurs => self.not_ours(main, status),
            Scene::Confirmed {
                breed,
                guest,
                corrected,
            } => self.confirmed(breed, guest, corrected, main, status),
            Scene::Thanks { guest } => self.thanks(guest, main, status),
            Scene::SetUp { code, numeric } => self.set_up(code, numeric, free),
        }
    }

    /// Writes a text as large as fits.
    fn words(&mut self, text: &str, area: Area) {
        self.fitted(text, area, 3, Align::Centre, self.brush.theme.ink);
    }

    fn fitted(&mut self, text: &str, area: Area, lines: usize, align: Align, colour: Rgb888) {
        let room = Room {
            area: area.inset(1, 1),
            lines,
            largest: area.height as f32,
            smallest: 9.0,
        };
        Block::fit(text, Font::Bold, room).draw(self.brush.canvas, align, colour);
    }

    /// Writes above the breed that the animal was never here before, where that is so. Returns the
    /// area that is left for the breed.
    fn new_here(&mut self, main: Area) -> Area {
        if !self.view.is_new_here() {
            return main;
        }
        let (line, below) = main.cut_top(9.min(main.height / 3), 1);
        let text = self.text("screen-new");
        self.line(&text, line, Align::Centre, self.brush.theme.quiet);
        below
    }

    /// Writes which of several arrivals is shown, such as `1/3`, at the beginning of the status line.
    /// Returns the rest of the line.
    fn place(&mut self, status: Area) -> Area {
        let Some(several) = self.view.several else {
            return status;
        };
        let theme = self.brush.theme;
        let (place, rest) = status.cut_left(22.min(status.width / 4), 2);
        self.ground(place, theme.accent);
        let text = format!("{}/{}", several.number, several.highest());
        self.line(&text, place.inset(1, 0), Align::Centre, theme.on_accent);
        rest
    }

    /// Draws the status line: an icon and a few words on the left, the marks of the buttons on the
    /// right. Where there are several arrivals, the icon makes room for the number of the one that
    /// is shown.
    fn status(&mut self, text: &str, species: Option<Species>, marks: &[Mark], area: Area) {
        let theme = self.brush.theme;
        let species = species.filter(|_| self.view.several.is_none());
        let mut rest = self.place(area);
        for mark in marks.iter().rev() {
            let (left, place) = rest.cut_right(area.height, 2);
            self.ground(place, theme.accent);
            mark.draw(self.brush.canvas, place.inset(2, 2), theme.on_accent);
            rest = left;
        }
        if let Some(species) = species {
            let (icon, words) = rest.cut_left(area.height, 3);
            animal(self.brush.canvas, species, icon, theme, theme.paper);
            rest = words;
        } else {
            rest = rest.inset(2, 0);
        }
        let align = match (marks.is_empty(), species) {
            (true, None) => Align::Centre,
            _ => Align::Left,
        };
        self.line(text, rest, align, theme.ink);
    }

    fn somebody(&mut self, main: Area, status: Area) {
        self.words(&self.text("screen-somebody"), main);
        let hint = self.text("screen-somebody-hint-short");
        self.status(&hint, None, &[], status);
    }

    /// Says that the network runs, and how much of the work is done.
    fn predicting(&mut self, progress: f32, main: Area, status: Area) {
        self.words(&self.text("screen-predicting"), main);
        let bar = self.place(status).inset(2, 3);
        let (track, done) = (self.brush.theme.faint, self.brush.theme.accent);
        self.brush.bar(progress, bar, track, done);
    }

    /// Names the breed that was recognised, and says how far that can be relied on.
    fn breed(&mut self, candidate: &Candidate, main: Area, status: Area) {
        let main = self.new_here(main);
        self.words(&self.brush.locale.breed(&candidate.breed), main);
        let frequency = Frequency::of(candidate.probability).short(self.brush.locale);
        let species = self.view.species(&candidate.breed);
        self.status(&frequency, species, &MARKS, status);
    }

    fn list(
        &mut self,
        heading: &'static str,
        species: Option<Species>,
        candidates: &[Candidate],
        index: usize,
        area: Area,
    ) {
        let Some((index, _)) = selected(candidates, index) else {
            let (main, status) = parts(area);
            self.words(&self.text(heading), main);
            self.status(
                &self.text("button-again"),
                species,
                &[label::AGAIN.mark],
                status,
            );
            return;
        };
        let locale = self.brush.locale;
        let named = candidates
            .iter()
            .map(|c| (locale.breed(&c.breed), c.probability));
        self.rows(heading, species, named, index, area);
    }

    /// Lists the animals that the guest may be.
    fn guests(&mut self, guests: &[Named<'_>], index: usize, area: Area) {
        if let Some((index, _)) = selected(guests, index) {
            let locale = self.brush.locale;
            let named = guests
                .iter()
                .map(|guest| (listed(locale, guest), guest.probability));
            self.rows("screen-who", None, named, index, area);
        }
    }

    /// Lists at most three names with their probabilities.
    fn rows(
        &mut self,
        heading: &str,
        species: Option<Species>,
        named: impl Iterator<Item = (String, f32)>,
        index: usize,
        area: Area,
    ) {
        let theme = self.brush.theme;
        let (rows, status) = area.cut_bottom(STATUS.min(area.height / 4), 2);
        // The selected one has twice the room of the others, so that its whole name can be read.
        let line = rows.height / 4;
        let mut rest = rows;
        for (i, (text, probability)) in named.take(3).enumerate() {
            let height = if i == index {
                rows.height - 2 * line
            } else {
                line
            };
            let (row, below) = rest.cut_top(height, 0);
            rest = below;
            if i != index {
                self.line(&text, row.inset(3, 0), Align::Left, theme.ink);
                continue;
            }
            self.ground(row, theme.accent);
            let (name, frequency) = row.inset(3, 1).cut_right(24, 2);
            self.fitted(&text, name, 2, Align::Left, theme.on_accent);
            let fraction = Frequency::of(probability).fraction();
            self.line(&fraction, frequency, Align::Right, theme.on_accent);
        }
        let short = self.text(&format!("{heading}-short"));
        self.status(&short, species, &MARKS, status);
    }

    fn not_ours(&mut self, main: Area, status: Area) {
        self.words(&self.text("screen-not-ours"), main);
        let words = self.text("button-again");
        self.status(&words, None, &[label::AGAIN.mark], status);
    }

    /// Names the breed that staff confirmed, and the animal where its name is known.
    fn confirmed(
        &mut self,
        breed: &BreedId,
        guest: Option<&str>,
        corrected: bool,
        main: Area,
        status: Area,
    ) {
        let key = if corrected {
            "screen-corrected"
        } else {
            "screen-confirmed"
        };
        let words = guest.map_or_else(|| self.text(key), str::to_owned);
        let (sign, rest) = main.cut_left(main.height.min(main.width / 4), 4);
        let sign = sign.inset(1, 1);
        Mark::Check.draw(self.brush.canvas, sign, self.brush.theme.accent);
        self.words(&self.brush.locale.breed(breed), rest);
        self.status(&words, None, &[], status);
    }

    fn thanks(&mut self, guest: Option<&str>, main: Area, status: Area) {
        let words = match guest {
            Some(guest) => self.with_name("screen-thanks-guest", guest),
            None => self.text("screen-thanks"),
        };
        self.words(&words, main);
        self.status(&self.text("screen-thanks-hint"), None, &[], status);
    }

    fn empty(&mut self, main: Area, status: Area) {
        let theme = self.brush.theme;
        let side = (main.height * 3 / 5).min(main.width / 4);
        let (icons, words) = main.inset(0, 1).cut_top(side, 2);
        let (cat, dog) = (icons.square(), icons.square());
        let apart = side * 5 / 8;
        let cat = Area {
            x: cat.x - apart,
            ..cat
        };
        let dog = Area {
            x: dog.x + apart,
            ..dog
        };
        animal(self.brush.canvas, Species::Cat, cat, theme, theme.paper);
        animal(self.brush.canvas, Species::Dog, dog, theme, theme.paper);
        self.words(&self.text("screen-welcome"), words);
        if let Some(address) = self.view.address {
            self.line(address, status, Align::Centre, theme.quiet);
        }
    }

    /// Writes the address at which the kiosk is set up, and the figures that the page asks for. There
    /// is no room for a QR code: a phone needs two pixels for each of its modules.
    fn set_up(&mut self, figures: &str, numeric: Option<&str>, area: Area) {
        let quiet = self.brush.theme.quiet;
        // On a display of 32 rows, the words that explain the two would make them too small.
        let row = if area.height < 40 { 0 } else { 9 };
        // Every phone finds the one by numbers.
        let Some(address) = numeric.or(self.view.address) else {
            let (words, rest) = area.cut_top(9.min(area.height / 3), 1);
            self.line(
                &self.text("screen-set-up-waiting"),
                words,
                Align::Centre,
                quiet,
            );
            return self.words(&in_groups(figures), rest);
        };
        let (open, rest) = area.cut_top(row, row / 9);
        let (place, rest) = rest.cut_top(11.min(area.height / 3), 1);
        let (enter, rest) = rest.cut_top(row, row / 9);
        if row > 0 {
            let how = self.text(set_up_how(numeric));
            self.line(&how, open, Align::Centre, quiet);
            self.line(
                &self.text("screen-set-up-enter"),
                enter,
                Align::Centre,
                quiet,
            );
        }
        let address = if small::fits(address, place) {
            address
        } else {
            without_scheme(address)
        };
        self.line(address, place, Align::Centre, self.brush.theme.ink);
        self.words(&in_groups(figures), rest);
    }

    /// Draws a strip across the top and returns the rest of `frame`.
    fn strip(&mut self, content: Strip<'_>, frame: Area) -> Area {
        let (strip, free) = frame.cut_top(9.min(frame.height / 4), 1);
        self.ground(strip, content.ground);
        self.line(content.text, strip.inset(2, 0), Align::Left, content.ink);
        free
    }

    fn ground(&mut self, area: Area, colour: Rgb888) {
        let Ok(()) = self.brush.canvas.fill_solid(&area.into(), colour);
    }

    /// Writes one line of small letters.
    fn line(&mut self, text: &str, area: Area, align: Align, colour: Rgb888) {
        small::line(self.brush.canvas, text, area, align, colour);
    }

    fn text(&self, key: &str) -> String {
        self.brush.locale.text(key)
    }

    fn with_name(&self, key: &str, name: &str) -> String {
        with_name(self.brush.locale, key, name)
    }
}
