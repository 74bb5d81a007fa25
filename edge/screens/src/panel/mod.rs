//! The scenes on a panel: any display but a tiny one.

mod answer;
mod calm;

use super::area::Area;
use super::brush::{Brush, Style};
use super::icons::{Mark, animal};
use super::keys::{self, Key};
use super::plan::{Arrangement, Needs, Plan};
use super::text::Face;
use super::wrap::{Align, Block};
use super::{Scene, View, selected, species_only, with_name};
use recognise::metadata::Species;

/// How tall a line of the title is, in units.
const LINE: f32 = 2.0;

/// How tall the row of picture and title is on a compact panel, in units.
const ROW: f32 = 6.8;

/// Draws a view.
pub(super) fn draw(brush: &mut Brush<'_>, view: &View<'_>, frame: Area) {
    let free = match view.notice {
        Some(notice) => brush.notice(notice, frame),
        None => frame,
    };
    let mut panel = Panel {
        arrangement: Arrangement::of(frame),
        brush,
        view,
        frame,
        free,
    };
    match view.scene {
        Scene::Empty { camera } => panel.empty(camera),
        Scene::Somebody => panel.somebody(),
        Scene::Looking { progress } => panel.looking(progress),
        Scene::Breed {
            candidates,
            selected: place,
            guest,
        } => match selected(candidates, place) {
            Some((_, candidate)) => panel.breed(candidate, guest),
            None => panel.list(&panel.text("screen-unsure"), None, candidates, place),
        },
        Scene::Species {
            species,
            candidates,
            selected,
        } => {
            let heading = panel.text(species_only(species));
            panel.list(&heading, Some(species), candidates, selected);
        }
        Scene::Unsure {
            candidates,
            selected,
        } => panel.list(&panel.text("screen-unsure"), None, candidates, selected),
        Scene::NotOurs => panel.not_ours(),
        Scene::Settled {
            name,
            species,
            guest,
            corrected,
        } => panel.settled(name, species, guest, corrected),
        Scene::Thanks { guest } => panel.thanks(guest),
    }
}

/// A panel while a view is drawn on it.
struct Panel<'a, 'b> {
    brush: &'a mut Brush<'b>,
    view: &'a View<'a>,
    arrangement: Arrangement,
    frame: Area,
    /// What the notice leaves of the frame.
    free: Area,
}

impl Panel<'_, '_> {
    /// The name, as big as fits.
    fn headline(&mut self, text: &str, area: Area) {
        let block = self.headline_block(text, area);
        block.draw(self.brush.canvas, self.align(), self.brush.theme.ink);
    }

    fn headline_block(&self, text: &str, area: Area) -> Block {
        let style = Style {
            face: Face::Bold,
            lines: 3,
            ..self.line(7.5)
        };
        let area = area.inset(0, self.brush.px(0.4));
        self.brush.block(text, area, style)
    }

    /// A sentence or two of advice.
    fn note(&mut self, key: &str, area: Area) {
        let style = Style {
            lines: 4,
            ..self.line(1.8)
        };
        self.brush.text(&self.text(key), area, style);
    }

    /// The picture with the species' icon on it, or the icon alone, or `mark` where there is none.
    fn aside(&mut self, area: Area, species: Option<Species>, mark: Mark) {
        let theme = self.brush.theme;
        let picture = self.view.picture.filter(|_| self.brush.has_pictures());
        match (picture, species) {
            (Some(picture), None) => self.brush.picture(picture, area),
            (Some(picture), Some(species)) => {
                self.brush.picture(picture, area);
                let side = self.brush.px(3.4).min(area.width * 2 / 5);
                let badge = area.cut_bottom(side, 0).1.cut_right(side, 0).1;
                self.brush.disc(badge, theme.paper);
                let icon = badge.inset(side / 6, side / 6);
                animal(self.brush.canvas, species, icon, theme, theme.paper);
            }
            (None, species) => {
                self.brush.card(area, theme.card);
                let square = area.square();
                let icon = square.inset(square.width / 8, square.width / 8);
                match species {
                    Some(species) => animal(self.brush.canvas, species, icon, theme, theme.card),
                    None => mark.draw(self.brush.canvas, icon, theme.quiet),
                }
            }
        }
    }

    fn plan(&mut self, row: f32, title: f32, title_first: bool, keys: [Option<Key>; 3]) -> Plan {
        let needs = Needs {
            title,
            title_first,
            row,
            keys: keys.iter().any(Option::is_some),
        };
        let plan = Plan::of(self.frame, self.free, needs);
        if needs.keys {
            keys::draw(self.brush, keys, plan.keys);
        }
        plan
    }

    /// One line of quiet text.
    fn line(&self, largest: f32) -> Style {
        Style {
            face: Face::Regular,
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
