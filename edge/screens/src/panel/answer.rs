//! What the network makes of an animal, and what staff say.

use super::{LINE, Panel, ROW};
use recognise::metadata::Species;
use crate::area::Area;
use crate::brush::Style;
use crate::icons::{Mark, animal};
use crate::odds::Odds;
use crate::plan::Plan;
use crate::text::Face;
use crate::wrap::Align;
use crate::{Candidate, keys, selected};

impl Panel<'_, '_> {
    pub(super) fn breed(&mut self, candidate: &Candidate<'_>, guest: Option<&str>) {
        let lines = if guest.is_some() { 4 } else { 3 };
        let plan = self.breed_plan(lines);
        self.aside(plan.aside, Some(candidate.species), Mark::Paw);
        self.headline(candidate.name, plan.body);

        let odds = Odds::of(candidate.probability);
        let colour = match odds.is_good() {
            true => self.brush.theme.accent,
            false => self.brush.theme.doubt,
        };
        let mut rows = plan.title.rows(lines, self.brush.px(0.2));
        if let Some(row) = rows.next() {
            let style = Style {
                face: Face::Bold,
                colour,
                ..self.line(1.8)
            };
            self.brush.text(&odds.words(self.brush.locale), row, style);
        }
        if let Some(row) = rows.next() {
            self.brush.pips(odds, row, colour);
        }
        if let Some(row) = rows.next() {
            let text = odds.long(self.brush.locale);
            self.brush.text(&text, row, self.line(1.6));
        }
        if let Some(guest) = guest
            && let Some(row) = rows.next()
        {
            let (sign, words) = row.cut_left(self.brush.px(1.4), self.brush.px(0.5));
            Mark::Paw.draw(self.brush.canvas, sign, self.brush.theme.ink);
            let style = Style {
                face: Face::Bold,
                ..self.line(1.7)
            };
            let text = self.with_name("screen-guest", guest);
            self.brush.text(&text, words, style);
        }
    }

    fn breed_plan(&mut self, lines: i32) -> Plan {
        let row = 1.8 * lines as f32 + 0.8;
        self.plan(row, lines as f32 * LINE, false, keys::ALL)
    }

    pub(super) fn list(
        &mut self,
        heading: &str,
        species: Option<Species>,
        candidates: &[Candidate<'_>],
        place: usize,
    ) {
        let keys = match candidates.is_empty() {
            true => keys::ONLY_AGAIN,
            false => keys::ALL,
        };
        let plan = self.plan(5.2, 3.4, true, keys);
        self.aside(plan.aside, species, Mark::Paw);
        let Some((place, _)) = selected(candidates, place) else {
            self.headline(heading, plan.body);
            return;
        };
        let style = Style {
            face: Face::Bold,
            lines: 3,
            colour: self.brush.theme.ink,
            ..self.line(2.6)
        };
        self.brush.text(heading, plan.title, style);

        // In one bit an icon would not be seen on the chosen line.
        let icons = self.brush.has_pictures()
            && candidates
                .iter()
                .any(|c| c.species != candidates[0].species);
        let rows = plan.body.rows(3, self.brush.px(0.5));
        for (i, (candidate, row)) in candidates.iter().zip(rows).enumerate() {
            self.list_row(candidate, row, i == place, icons);
        }
    }

    fn list_row(&mut self, candidate: &Candidate<'_>, row: Area, chosen: bool, icon: bool) {
        let theme = self.brush.theme;
        let (ground, ink, quiet) = match chosen {
            true => (theme.accent, theme.on_accent, theme.on_accent),
            false => (theme.card, theme.ink, theme.quiet),
        };
        self.brush.card(row, ground);
        let (_, mut row) = row
            .inset(self.brush.px(0.5), self.brush.px(0.45))
            .cut_left(self.brush.px(0.2), 0);
        if icon {
            let (place, rest) = row.cut_left(self.brush.px(2.2), self.brush.px(0.6));
            animal(self.brush.canvas, candidate.species, place, theme, ground);
            row = rest;
        }
        let (name, odds) = row.cut_right(self.brush.px(5.0), self.brush.px(0.6));
        let style = Style {
            face: Face::Bold,
            lines: 2,
            colour: ink,
            ..self.line(2.2)
        };
        self.brush.text(candidate.name, name, style);
        let style = Style {
            align: Align::Right,
            colour: quiet,
            ..self.line(1.5)
        };
        let text = Odds::of(candidate.probability).short(self.brush.locale);
        self.brush.text(&text, odds, style);
    }

    pub(super) fn not_ours(&mut self) {
        let plan = self.plan(ROW, 3.0 * LINE, false, keys::ONLY_AGAIN);
        self.aside(plan.aside, None, Mark::Paw);
        self.headline(&self.text("screen-not-ours"), plan.body);
        self.note("screen-not-ours-hint", plan.title);
    }

    pub(super) fn settled(
        &mut self,
        name: &str,
        species: Option<Species>,
        guest: Option<&str>,
        corrected: bool,
    ) {
        let plan = self.plan(ROW, 5.0, false, [None; 3]);
        self.aside(plan.aside, species, Mark::Paw);
        self.headline(name, plan.body);
        let text = match (guest, corrected) {
            (Some(guest), _) => self.with_name("screen-settled-guest", guest),
            (None, true) => self.text("screen-corrected"),
            (None, false) => self.text("screen-settled"),
        };
        let (ground, ink) = (self.brush.theme.accent, self.brush.theme.on_accent);
        self.brush.card(plan.title, ground);
        let inner = plan.title.inset(self.brush.px(0.8), self.brush.px(0.6));
        let (sign, words) = inner.cut_left(self.brush.px(2.4), self.brush.px(0.8));
        Mark::Check.draw(self.brush.canvas, sign, ink);
        let style = Style {
            face: Face::Bold,
            lines: 2,
            colour: ink,
            ..self.line(2.0)
        };
        self.brush.text(&text, words, style);
    }
}

#[cfg(test)]
mod tests {
    use crate::locale::Language;
    use crate::area::Area;
    use crate::brush::Brush;
    use crate::canvas::{Canvas, Depth};
    use crate::panel::Panel;
    use crate::plan::{self, Arrangement};
    use crate::theme::Theme;
    use crate::{Scene, View};

    #[test]
    fn the_name_of_every_breed_fits_every_panel() {
        let lists = [
            (
                Language::English,
                include_str!("../../../locales/en/breeds.ftl"),
            ),
            (
                Language::French,
                include_str!("../../../locales/fr/breeds.ftl"),
            ),
        ];
        for (width, height) in [(240, 240), (320, 240), (480, 320), (240, 320), (1280, 720)] {
            let frame = Area::new(0, 0, width, height);
            let size = |side: i32| side.unsigned_abs();
            let mut canvas = Canvas::new(size(width), size(height), Depth::Colour);
            for (language, list) in lists {
                let view = View {
                    scene: Scene::Empty { camera: true },
                    picture: None,
                    notice: None,
                    address: None,
                    night: false,
                    locale: language.locale(),
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
                for (_, name) in list.lines().filter_map(|line| line.split_once(" = ")) {
                    let block = panel.headline_block(name, plan.body);
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
