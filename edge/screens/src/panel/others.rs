//! Draws the arrivals that the scene does not show: in a strip across the top, and as frames in the
//! picture.

use image::RgbImage;

use recognise::metadata::Species;
use recognise::photo;

use super::Panel;
use crate::area::Area;
use crate::brush::Style;
use crate::icons::Mark;
use crate::text::Font;
use crate::wrap::Align;
use crate::{Other, OtherState, Seen, Several, Short, short_name};

/// The height of the strip, in units.
const HEIGHT: f32 = 3.4;
/// The least and the largest width of an entry, in units.
const WIDTHS: [f32; 2] = [8.5, 18.0];
/// The width from which an entry has a picture, in units.
const WITH_PICTURE: f32 = 13.0;
/// The height from which an entry has two lines of text, in pixels.
const TWO_LINES: i32 = 22;
/// The shorter side from which the whole picture is large enough for frames, in units.
const WITH_FRAMES: f32 = 8.0;

impl Panel<'_, '_> {
    /// Draws an entry for each of the other arrivals, as many as fit, and how many more there are.
    pub(super) fn others(&mut self, others: &[Other<'_>]) {
        if others.is_empty() {
            return;
        }
        let (margin, gap) = (self.brush.px(0.8), self.brush.px(0.7));
        let (strip, free) = self.free.cut_top(margin + self.brush.px(HEIGHT), 0);
        self.free = free;
        let (_, row) = strip.inset(margin, 0).cut_top(margin, 0);
        let [least, widest] = WIDTHS.map(|width| self.brush.px(width));
        let fit = |row: Area| ((row.width + gap) / (least + gap).max(1)).max(1);

        let count = i32::try_from(others.len()).unwrap_or(i32::MAX);
        let (row, shown) = if count <= fit(row) {
            (row, count)
        } else {
            let (row, more) = row.cut_right(self.brush.px(3.4), gap);
            let shown = fit(row);
            self.more(count - shown, more);
            (row, shown)
        };
        let width = ((row.width + gap) / shown - gap).min(widest);
        let mut rest = row;
        for other in others.iter().take(shown.unsigned_abs() as usize) {
            let (place, beyond) = rest.cut_left(width, gap);
            self.entry(other, place);
            rest = beyond;
        }
    }

    /// Says how many arrivals there are for which there is no room.
    fn more(&mut self, count: i32, area: Area) {
        self.brush.card(area, self.brush.theme.card);
        let style = Style {
            font: Font::Bold,
            align: Align::Centre,
            ..self.line(1.8)
        };
        self.brush.text(&format!("+{count}"), area, style);
    }

    fn entry(&mut self, other: &Other<'_>, area: Area) {
        let theme = self.brush.theme;
        self.brush.card(area, theme.card);
        let has_room = self.brush.has_pictures() && area.width >= self.brush.px(WITH_PICTURE);
        let mut rest = area;
        if let Some(seen) = other.picture.filter(|_| has_room) {
            let (place, beside) = rest.cut_left(area.height, 0);
            self.brush.picture(seen, place);
            rest = beside;
        }
        let inner = rest.inset(self.brush.px(0.4), self.brush.px(0.3));
        let (badge, words) = inner.cut_left(self.brush.px(2.2), self.brush.px(0.4));
        self.brush
            .badge(other.number, badge, theme.ink, theme.paper);

        let name = Style {
            font: Font::Bold,
            ..self.line(1.5)
        };
        let (short, is_confirmed) = match other.state {
            OtherState::Predicting => {
                let text = self.text("screen-predicting");
                let style = Style {
                    lines: 2,
                    ..self.line(1.5)
                };
                return self.brush.text(&text, words, style);
            }
            OtherState::Answered(short) => (short, false),
            OtherState::Confirmed(short) => (short, true),
        };
        let text = self.short(short);
        if words.height < TWO_LINES {
            return self.brush.text(&text, words, name);
        }
        let (upper, lower) = words.cut_top(words.height / 2, 0);
        self.brush.text(&text, upper, name);
        self.state(is_confirmed, lower);
    }

    /// Says whether an answer is confirmed, in the longest words that fit.
    fn state(&mut self, is_confirmed: bool, area: Area) {
        let theme = self.brush.theme;
        let (key, colour) = if is_confirmed {
            ("screen-other-confirmed", theme.accent)
        } else {
            ("screen-other-answered", theme.quiet)
        };
        let mut words = area;
        if is_confirmed {
            let (sign, rest) = area.cut_left(self.brush.px(1.1), self.brush.px(0.3));
            Mark::Check.draw(self.brush.canvas, sign, colour);
            words = rest;
        }
        let style = Style {
            colour,
            ..self.line(1.3)
        };
        let text = self.text(key);
        if self.brush.block(&text, words, style).is_whole() {
            self.brush.text(&text, words, style);
        } else {
            let text = self.text(&format!("{key}-short"));
            self.brush.text(&text, words, style);
        }
    }

    /// An answer in one or two words.
    fn short(&self, short: Short<'_>) -> String {
        match short {
            Short::Name(name) => short_name(name),
            Short::Breed(breed) => self.brush.locale.breed(breed),
            Short::Species(species) => self.text(match species {
                Species::Cat => "screen-other-cat",
                Species::Dog => "screen-other-dog",
            }),
            Short::Unsure => self.text("screen-other-unsure"),
        }
    }

    /// Draws the whole picture with a numbered frame around each animal, where there are several and
    /// the frames are large enough to be told apart. Returns whether it did.
    pub(super) fn framed(&mut self, picture: &RgbImage, area: Area) -> bool {
        let Some(several) = self
            .view
            .several
            .filter(|several| several.animals.len() > 1)
        else {
            return false;
        };
        let [across, down] = [area.width, area.height].map(i32::unsigned_abs);
        let size = <[u32; 2]>::from(picture.dimensions());
        let [width, height] = photo::fit(size, [across, down]).map(u32::cast_signed);
        if width.min(height) < self.brush.px(WITH_FRAMES) || size.contains(&0) {
            return false;
        }
        let (x, y) = (
            area.x + (area.width - width) / 2,
            area.y + (area.height - height) / 2,
        );
        let place = Area::new(x, y, width, height);
        self.brush.picture(Seen::whole(picture), place);
        self.frames(several, place);
        true
    }

    /// Draws the frames over a picture; that of the arrival which the scene shows lies on top.
    fn frames(&mut self, several: Several<'_>, picture: Area) {
        let theme = self.brush.theme;
        let (width, height) = (picture.width.unsigned_abs(), picture.height.unsigned_abs());
        let thick = self.brush.px(0.12).max(1);
        for is_shown in [false, true] {
            let (ground, ink) = if is_shown {
                (theme.accent, theme.on_accent)
            } else {
                (theme.ink, theme.paper)
            };
            let is_its = |number: u8| (number == several.number) == is_shown;
            for animal in several
                .animals
                .iter()
                .filter(|animal| is_its(animal.number))
            {
                let [left, top, across, down] =
                    animal.region.pixels(width, height).map(u32::cast_signed);
                let frame = Area::new(picture.x + left, picture.y + top, across, down);
                // A light line around a dark one stands out from any picture.
                self.brush.outline(frame, 2 * thick, theme.paper);
                self.brush.outline(frame.inset(thick, thick), thick, ground);
                // On the corner, so that it hides little of the animal.
                let side = self.brush.px(2.0);
                let (x, y) = (frame.x - side / 2, frame.y - side / 2);
                let badge = Area::new(x.max(picture.x), y.max(picture.y), side, side);
                self.brush.badge(animal.number, badge, ground, ink);
            }
        }
    }
}
