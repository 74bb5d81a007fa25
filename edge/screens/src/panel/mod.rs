//! Draws the scenes on a panel, that is on any display but a tiny one.

mod answer;
mod guest;
mod idle;
mod others;
mod set_up;

use recognise::metadata::Species;

use crate::area::Area;
use crate::brush::{Brush, Style};
use crate::label::{self, Label};
use crate::plan::{Arrangement, Needs, Plan};
use crate::strip::Strip;
use crate::text::Font;
use crate::wrap::{Align, Block};
use crate::{Guest, Scene, View, selected, species_only, unsure, with_name};

/// The height of a line of the title, in units.
const LINE: f32 = 2.0;

/// The height of the row of picture and title on a compact panel, in units.
const ROW: f32 = 6.8;

/// Draws a view.
pub(super) fn draw(brush: &mut Brush<'_>, view: &View<'_>, frame: Area) {
    let free = match Strip::of(view, brush.theme) {
        Some(strip) => brush.strip(strip, frame),
        None => frame,
    };
    let mut panel = Panel {
        arrangement: Arrangement::of(frame),
        brush,
        view,
        frame,
        free,
    };
    if let Some(several) = view.several {
        panel.others(several.others);
    }
    match view.guest() {
        Guest::Sure {
            name,
            probability,
            breed,
            known_at,
        } => return panel.greeting(name, probability, breed, known_at),
        Guest::OneOf { guests, selected } => return panel.one_of(guests, selected),
        Guest::Unknown | Guest::NewHere | Guest::Perhaps(_) => {}
    }
    let unsure = unsure(view.is_new_here());
    match view.scene {
        Scene::Empty { camera } => panel.empty(camera),
        Scene::Somebody => panel.somebody(),
        Scene::Predicting { progress } => panel.predicting(progress),
        Scene::Breed {
            candidates,
            selected: index,
        } => match selected(candidates, index) {
            Some((_, candidate)) => panel.breed(candidate),
            None => panel.list(&panel.text(unsure), None, candidates, index),
        },
        Scene::Species {
            species,
            candidates,
            selected,
        } => {
            let heading = panel.text(species_only(species, view.is_new_here()));
            panel.list(&heading, Some(species), candidates, selected);
        }
        Scene::Unsure {
            candidates,
            selected,
        } => panel.list(&panel.text(unsure), None, candidates, selected),
        Scene::NotOurs => panel.not_ours(),
        Scene::Confirmed {
            breed,
            guest,
            corrected,
        } => panel.confirmed(breed, guest, corrected),
        Scene::Thanks { guest } => panel.thanks(guest),
        Scene::SetUp { code, numeric } => panel.set_up(code, numeric),
    }
}

/// The state while a view is drawn on a panel.
struct Panel<'a, 'b> {
    brush: &'a mut Brush<'b>,
    view: &'a View<'a>,
    arrangement: Arrangement,
    frame: Area,
    /// The part of the frame that the strip leaves.
    free: Area,
}

impl Panel<'_, '_> {
    /// Writes the headline, such as the breed's name, as large as fits.
    fn headline(&mut self, text: &str, area: Area) {
        let area = self.numbered(area);
        let block = self.headline_block(text, area);
        block.draw(self.brush.canvas, self.align(), self.brush.theme.ink);
    }

    fn headline_block(&self, text: &str, area: Area) -> Block {
        let style = Style {
            font: Font::Bold,
            lines: 3,
            ..self.line(7.5)
        };
        let area = area.inset(0, self.brush.px(0.4));
        self.brush.block(text, area, style)
    }

    /// Writes a line above a list.
    fn heading(&mut self, text: &str, area: Area) {
        self.brush.text(text, area, self.heading_style());
    }

    fn heading_style(&self) -> Style {
        Style {
            font: Font::Bold,
            lines: 3,
            ..self.line(2.6)
        }
    }

    /// Draws the arrival's number before a title, where there are several arrivals. Returns the area
    /// that is left for the title.
    fn numbered(&mut self, area: Area) -> Area {
        let Some(several) = self.view.several else {
            return area;
        };
        let side = self.brush.px(3.0).min(area.height).min(area.width / 4);
        let (badge, title) = area.cut_left(side, self.brush.px(0.6));
        let (ground, ink) = (self.brush.theme.accent, self.brush.theme.on_accent);
        self.brush.badge(several.number, badge, ground, ink);
        title
    }

    /// Writes a sentence or two of advice.
    fn note(&mut self, key: &str, area: Area) {
        let style = Style {
            lines: 4,
            ..self.line(1.8)
        };
        self.brush.text(&self.text(key), area, style);
    }

    /// Draws the picture with the species' icon on it, or with frames around several animals, or the
    /// icon alone if there is no picture.
    fn aside(&mut self, area: Area, species: Option<Species>) {
        let theme = self.brush.theme;
        let Some(seen) = self.view.picture.filter(|_| self.brush.has_pictures()) else {
            self.brush.card(area, theme.card);
            let square = area.square();
            let icon = square.inset(square.width / 8, square.width / 8);
            self.brush.species(species, icon, theme.card, theme.quiet);
            return;
        };
        if self.framed(seen.picture, area) {
            return;
        }
        self.brush.picture(seen, area);
        if species.is_some() {
            let side = self.brush.px(3.4).min(area.width * 2 / 5);
            let badge = area.cut_bottom(side, 0).1.cut_right(side, 0).1;
            self.brush.disc(badge, theme.paper);
            let icon = badge.inset(side / 6, side / 6);
            self.brush.species(species, icon, theme.paper, theme.quiet);
        }
    }

    /// Lays out the parts and draws the labels of the buttons. The first two arguments are heights
    /// in units, those of [`Needs`].
    fn plan(
        &mut self,
        row: f32,
        title: f32,
        title_first: bool,
        labels: [Option<Label>; 3],
    ) -> Plan {
        let needs = Needs {
            title,
            title_first,
            row,
            labels: labels.iter().any(Option::is_some),
        };
        let plan = Plan::of(self.frame, self.free, needs);
        if needs.labels {
            let number = self.view.several.map(|several| several.number);
            label::draw(self.brush, labels, number, plan.labels);
        }
        plan
    }

    /// The style of one line of text.
    fn line(&self, largest: f32) -> Style {
        Style {
            font: Font::Regular,
            largest,
            smallest: 1.1,
            lines: 1,
            align: Align::Left,
            colour: self.brush.theme.ink,
        }
    }

    fn align(&self) -> Align {
        match self.arrangement {
            Arrangement::Wide | Arrangement::Tall => Align::Left,
            Arrangement::Compact => Align::Centre,
        }
    }

    fn text(&self, key: &str) -> String {
        self.brush.locale.text(key)
    }

    fn with_name(&self, key: &str, name: &str) -> String {
        with_name(self.brush.locale, key, name)
    }
}
