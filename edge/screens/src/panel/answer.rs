//! Draws the answer of the network, and what staff confirmed.

use embedded_graphics::pixelcolor::Rgb888;

use recognise::metadata::Species;
use recognise::{BreedId, Candidate};

use super::{LINE, Panel, ROW};
use crate::area::Area;
use crate::brush::Style;
use crate::frequency::Frequency;
use crate::icons::Mark;
use crate::plan::Plan;
use crate::text::Font;
use crate::wrap::Align;
use crate::{Guest, label, selected};

/// The colours of a row of a list.
#[derive(Clone, Copy)]
pub(super) struct Tones {
    pub(super) ground: Rgb888,
    pub(super) ink: Rgb888,
    pub(super) quiet: Rgb888,
}

impl Panel<'_, '_> {
    pub(super) fn breed(&mut self, candidate: &Candidate) {
        let guest = match self.view.guest() {
            Guest::Perhaps(name) => Some((Mark::Paw, self.with_name("screen-guest", name))),
            Guest::NewHere => Some((Mark::New, self.text("screen-new"))),
            Guest::Unknown | Guest::Sure { .. } | Guest::OneOf { .. } => None,
        };
        let lines = if guest.is_some() { 4 } else { 3 };
        let plan = self.breed_plan(lines);
        self.aside(plan.aside, self.view.species(&candidate.breed));
        self.headline(&self.brush.locale.breed(&candidate.breed), plan.body);

        let mut rows = plan.title.rows(lines, self.brush.px(0.2));
        self.reliance(candidate.probability, &mut rows);
        if let Some((mark, text)) = guest
            && let Some(row) = rows.next()
        {
            let (sign, words) = row.cut_left(self.brush.px(1.4), self.brush.px(0.5));
            mark.draw(self.brush.canvas, sign, self.brush.theme.ink);
            let style = Style {
                font: Font::Bold,
                ..self.line(1.7)
            };
            self.brush.text(&text, words, style);
        }
    }

    /// Says in three rows how far an answer can be relied on.
    pub(super) fn reliance(&mut self, probability: f32, rows: &mut impl Iterator<Item = Area>) {
        let frequency = Frequency::of(probability);
        let colour = if frequency.is_high() {
            self.brush.theme.accent
        } else {
            self.brush.theme.doubt
        };
        if let Some(row) = rows.next() {
            let style = Style {
                font: Font::Bold,
                colour,
                ..self.line(1.8)
            };
            let words = capitalised(&frequency.words(self.brush.locale));
            self.brush.text(&words, row, style);
        }
        if let Some(row) = rows.next() {
            self.brush.pips(frequency, row, colour);
        }
        if let Some(row) = rows.next() {
            let text = frequency.long(self.brush.locale);
            self.brush.text(&text, row, self.line(1.6));
        }
    }

    fn breed_plan(&mut self, lines: i32) -> Plan {
        let row = 1.8 * lines as f32 + 0.8;
        self.plan(row, lines as f32 * LINE, false, label::ALL)
    }

    pub(super) fn list(
        &mut self,
        heading: &str,
        species: Option<Species>,
        candidates: &[Candidate],
        index: usize,
    ) {
        let labels = if candidates.is_empty() {
            label::ONLY_AGAIN
        } else {
            label::ALL
        };
        let plan = self.plan(5.2, 3.4, true, labels);
        self.aside(plan.aside, species);
        let Some((index, _)) = selected(candidates, index) else {
            self.headline(heading, plan.body);
            return;
        };
        let title = self.numbered(plan.title);
        self.heading(heading, title);

        // Icons are shown where they tell candidates apart. In one bit the icon in the selected row
        // could not be seen.
        let species = |candidate: &Candidate| self.view.species(&candidate.breed);
        let differs = |candidate| species(candidate) != species(&candidates[0]);
        let icons = self.brush.has_pictures() && candidates.iter().any(differs);
        for (i, row) in self.list_rows(plan.body, 3, index) {
            if let Some(candidate) = candidates.get(i) {
                self.list_row(candidate, row, i == index, icons);
            }
        }
    }

    /// The rows of a list, each with the index of what it shows: `count` of them, or the selected one
    /// alone where there is no room for all.
    pub(super) fn list_rows(&self, area: Area, count: i32, index: usize) -> Vec<(usize, Area)> {
        if area.height < self.brush.px(2.2) * count {
            return vec![(index, area)];
        }
        let rows = area.rows(count, self.brush.px(0.5));
        rows.enumerate().collect()
    }

    pub(super) fn tones(&self, is_selected: bool) -> Tones {
        let theme = self.brush.theme;
        if is_selected {
            Tones {
                ground: theme.accent,
                ink: theme.on_accent,
                quiet: theme.on_accent,
            }
        } else {
            Tones {
                ground: theme.card,
                ink: theme.ink,
                quiet: theme.quiet,
            }
        }
    }

    fn list_row(&mut self, candidate: &Candidate, row: Area, is_selected: bool, icon: bool) {
        let tones = self.tones(is_selected);
        self.brush.card(row, tones.ground);
        let mut row = self.row_inner(row);
        if icon {
            let (place, rest) = row.cut_left(self.brush.px(2.2), self.brush.px(0.6));
            let species = self.view.species(&candidate.breed);
            self.brush
                .species(species, place, tones.ground, tones.quiet);
            row = rest;
        }
        let text = self.brush.locale.breed(&candidate.breed);
        self.row_words(&text, candidate.probability, row, tones);
    }

    /// The part of a row that its content takes.
    pub(super) fn row_inner(&self, row: Area) -> Area {
        let inner = row.inset(self.brush.px(0.5), self.brush.px(0.45));
        inner.cut_left(self.brush.px(0.2), 0).1
    }

    /// Writes a name and how probable it is.
    pub(super) fn row_words(&mut self, text: &str, probability: f32, row: Area, tones: Tones) {
        let (name, frequency) = row.cut_right(self.brush.px(5.0), self.brush.px(0.6));
        let style = Style {
            font: Font::Bold,
            lines: 2,
            colour: tones.ink,
            ..self.line(2.2)
        };
        self.brush.text(text, name, style);
        let style = Style {
            align: Align::Right,
            colour: tones.quiet,
            ..self.line(1.5)
        };
        let text = Frequency::of(probability).short(self.brush.locale);
        self.brush.text(&text, frequency, style);
    }

    pub(super) fn not_ours(&mut self) {
        let plan = self.plan(ROW, 3.0 * LINE, false, label::ONLY_AGAIN);
        self.aside(plan.aside, None);
        self.headline(&self.text("screen-not-ours"), plan.body);
        self.note("screen-not-ours-hint", plan.title);
    }

    pub(super) fn confirmed(&mut self, breed: &BreedId, guest: Option<&str>, corrected: bool) {
        let plan = self.plan(ROW, 5.0, false, [None; 3]);
        self.aside(plan.aside, self.view.species(breed));
        self.headline(&self.brush.locale.breed(breed), plan.body);
        let text = match (guest, corrected) {
            (Some(guest), _) => self.with_name("screen-confirmed-guest", guest),
            (None, true) => self.text("screen-corrected"),
            (None, false) => self.text("screen-confirmed"),
        };
        let (ground, ink) = (self.brush.theme.accent, self.brush.theme.on_accent);
        self.brush.card(plan.title, ground);
        let inner = plan.title.inset(self.brush.px(0.8), self.brush.px(0.6));
        let (sign, words) = inner.cut_left(self.brush.px(2.4), self.brush.px(0.8));
        Mark::Check.draw(self.brush.canvas, sign, ink);
        let style = Style {
            font: Font::Bold,
            lines: 2,
            colour: ink,
            ..self.line(2.0)
        };
        self.brush.text(&text, words, style);
    }
}

/// The text with a capital letter at its beginning.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use recognise::{Bundle, Language};

    use crate::area::Area;
    use crate::brush::Brush;
    use crate::canvas::{Canvas, Depth};
    use crate::locale::Locale;
    use crate::panel::Panel;
    use crate::plan::{self, Arrangement};
    use crate::theme::Theme;
    use crate::{Guest, Scene, View};

    #[test]
    fn the_name_of_every_breed_fits_every_panel() {
        let breeds = Bundle::embedded().unwrap().metadata.breeds;
        for (width, height) in [(240, 240), (320, 240), (480, 320), (240, 320), (1280, 720)] {
            let frame = Area::new(0, 0, width, height);
            let size = |side: i32| side.unsigned_abs();
            let mut canvas = Canvas::new(size(width), size(height), Depth::Colour);
            for language in Language::ALL {
                let view = View {
                    scene: Scene::Empty { camera: true },
                    guest: Guest::Unknown,
                    several: None,
                    breeds: &[],
                    picture: None,
                    notice: None,
                    tag: None,
                    address: None,
                    night: false,
                    locale: Locale::of(language),
                };
                let mut brush = Brush {
                    theme: Theme::of(Depth::Colour, false),
                    canvas: &mut canvas,
                    locale: view.locale,
                    unit: plan::unit(frame),
                };
                let mut panel = Panel {
                    brush: &mut brush,
                    view: &view,
                    arrangement: Arrangement::of(frame),
                    frame,
                    free: frame,
                };
                let plan = panel.breed_plan(4);
                for breed in &breeds {
                    let name = view.locale.breed(&breed.id);
                    let block = panel.headline_block(&name, plan.body);
                    assert!(block.is_whole(), "{name} on {width}x{height}");
                    assert!(
                        block.size >= 22.0,
                        "{name} on {width}x{height}: {}",
                        block.size
                    );
                }
            }
        }
    }
}
