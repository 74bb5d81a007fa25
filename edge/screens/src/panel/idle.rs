//! Draws the scenes before there is an answer, and the one after the arrival.

use recognise::metadata::Species;

use super::{LINE, Panel, ROW};
use crate::area::Area;
use crate::brush::Style;
use crate::icons::{Mark, animal};
use crate::text::Font;
use crate::wrap::Align;

impl Panel<'_, '_> {
    pub(super) fn empty(&mut self, camera: bool) {
        let text = self.text("screen-welcome");
        let hint = self.text(if camera {
            "screen-welcome-hint"
        } else {
            "screen-welcome-hint-page"
        });
        let emblem = self.idle(&text, &hint, self.view.address);
        self.brush.disc(emblem, self.brush.theme.card);
        let theme = self.brush.theme;
        let square = emblem.square();
        let side = square.width * 14 / 25;
        let (middle, bottom) = (
            square.x + square.width / 2,
            square.bottom() - square.width / 7,
        );
        let cat = Area::new(middle - side, bottom - side * 9 / 10, side, side * 9 / 10);
        let dog = Area::new(middle - side / 10, bottom - side, side, side);
        animal(self.brush.canvas, Species::Cat, cat, theme, theme.card);
        animal(self.brush.canvas, Species::Dog, dog, theme, theme.card);
    }

    pub(super) fn somebody(&mut self) {
        let plan = self.plan(ROW, 2.0 * LINE, false, [None; 3]);
        self.aside(plan.aside, None);
        self.headline(&self.text("screen-somebody"), plan.body);
        self.note("screen-somebody-hint", plan.title);
    }

    pub(super) fn predicting(&mut self, progress: f32) {
        let plan = self.plan(ROW, 2.0 * LINE, false, [None; 3]);
        self.aside(plan.aside, None);
        self.headline(&self.text("screen-predicting"), plan.body);
        let height = self.brush.px(1.2);
        let bar = plan.title.inset(0, (plan.title.height - height) / 2);
        let (track, done) = (self.brush.theme.faint, self.brush.theme.accent);
        self.brush.bar(progress, bar, track, done);
    }

    pub(super) fn thanks(&mut self, guest: Option<&str>) {
        let text = match guest {
            Some(guest) => self.with_name("screen-thanks-guest", guest),
            None => self.text("screen-thanks"),
        };
        let (ground, rose) = (self.brush.theme.card, self.brush.theme.rose);
        let hint = self.text("screen-thanks-hint");
        let emblem = self.idle(&text, &hint, None);
        self.brush.disc(emblem, ground);
        let heart = emblem.square();
        let heart = heart.inset(heart.width / 4, heart.width / 4);
        Mark::Heart.draw(self.brush.canvas, heart, rose);
    }

    /// Writes a few words, a hint and an address below an emblem. Returns the emblem's area.
    fn idle(&mut self, words: &str, hint: &str, address: Option<&str>) -> Area {
        let theme = self.brush.theme;
        let mut rest = self.free.inset(self.brush.px(1.0), self.brush.px(1.0));
        if let Some(address) = address {
            let (above, line) = rest.cut_bottom(self.brush.px(1.6), self.brush.px(0.9));
            let style = Style {
                align: Align::Centre,
                colour: theme.quiet,
                ..self.line(1.6)
            };
            self.brush.text(address, line, style);
            rest = above;
        }
        let style = Style {
            align: Align::Centre,
            lines: 2,
            ..self.line(1.7)
        };
        let (_, most) = rest.cut_bottom(self.brush.px(3.6), 0);
        let height = self.brush.block(hint, most, style).height().ceil() as i32;
        let (rest, hint_area) = rest.cut_bottom(height, self.brush.px(1.3));
        self.brush.text(hint, hint_area, style);
        let style = Style {
            font: Font::Bold,
            align: Align::Centre,
            lines: 3,
            ..self.line(4.2)
        };
        let (_, most) = rest.cut_bottom(rest.height * 3 / 5, 0);
        let height = self.brush.block(words, most, style).height().ceil() as i32;
        let (emblem, words_area) = rest.cut_bottom(height, self.brush.px(0.8));
        self.brush.text(words, words_area, style);
        emblem
    }
}
