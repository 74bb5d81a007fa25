//! Draws the parts of screens: text, cards, pictures, icons, the strip across the top.

use ab_glyph::point;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::DrawTarget;
use image::Rgb;
use recognise::metadata::Species;

use crate::Seen;
use crate::area::Area;
use crate::canvas::{Canvas, Depth};
use crate::frequency::Frequency;
use crate::icons::{Mark, animal};
use crate::locale::Locale;
use crate::picture;
use crate::shape::Shape;
use crate::strip::Strip;
use crate::text::Font;
use crate::theme::Theme;
use crate::wrap::{Align, Block, Room};

/// The em of the smallest legible letters, in pixels.
const SMALLEST: f32 = 9.0;

/// A canvas with the colours, the language and the unit that all its parts share.
pub(crate) struct Brush<'a> {
    pub(crate) canvas: &'a mut Canvas,
    pub(crate) theme: &'static Theme,
    pub(crate) locale: &'static Locale,
    /// The unit of all sizes, in pixels.
    pub(crate) unit: f32,
}

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) font: Font,
    /// The largest em, in units.
    pub(crate) largest: f32,
    /// The smallest em, in units.
    pub(crate) smallest: f32,
    pub(crate) lines: usize,
    pub(crate) align: Align,
    pub(crate) colour: Rgb888,
}

impl Brush<'_> {
    /// Converts units to pixels.
    pub(crate) fn px(&self, units: f32) -> i32 {
        (units * self.unit).round() as i32
    }

    /// Sets a text as large as fits its area.
    pub(crate) fn block(&self, text: &str, area: Area, style: Style) -> Block {
        let room = Room {
            area,
            lines: style.lines,
            largest: style.largest * self.unit,
            smallest: (style.smallest * self.unit).max(SMALLEST),
        };
        Block::fit(text, style.font, room)
    }

    /// Writes a text as large as fits its area.
    pub(crate) fn text(&mut self, text: &str, area: Area, style: Style) {
        let block = self.block(text, area, style);
        block.draw(self.canvas, style.align, style.colour);
    }

    /// Draws a background with round corners.
    pub(crate) fn card(&mut self, area: Area, colour: Rgb888) {
        let radius = self.px(0.7);
        self.solid(area, radius, colour);
    }

    /// Draws a disc that fills the square in the middle of `area`.
    pub(crate) fn disc(&mut self, area: Area, colour: Rgb888) {
        let square = area.square();
        self.solid(square, square.width, colour);
    }

    /// Fills an area with one colour; its corners are round.
    fn solid(&mut self, area: Area, radius: i32, colour: Rgb888) {
        let radius = corner(area, radius);
        for part in [area.inset(radius, 0), area.inset(0, radius)] {
            let Ok(()) = self.canvas.fill_solid(&part.into(), colour);
        }
        let colour = self.canvas.shown(colour);
        self.corners(area, radius, |_, _| colour);
    }

    /// Draws the round corners of an area, the only edges that need smoothing.
    fn corners(&mut self, area: Area, radius: i32, colour: impl Fn(i32, i32) -> Rgb<u8>) {
        let (left, right) = (area.x + radius, area.right() - radius);
        let (top, bottom) = (area.y + radius, area.bottom() - radius);
        for (x, y) in [(-1, -1), (1, -1), (-1, 1), (1, 1)] {
            let centre = (
                if x < 0 { left } else { right },
                if y < 0 { top } else { bottom },
            );
            let quarter = Shape::quarter(centre, radius, (x, y));
            quarter.paint(self.canvas, point(0.0, 0.0), 1.0, &colour);
        }
    }

    /// Draws a number on a disc in the middle of `area`.
    pub(crate) fn badge(&mut self, number: u8, area: Area, ground: Rgb888, ink: Rgb888) {
        self.disc(area, ground);
        let square = area.square();
        let inner = square.inset(square.width / 6, square.width / 6);
        let style = Style {
            font: Font::Bold,
            largest: 2.2,
            smallest: 1.0,
            lines: 1,
            align: Align::Centre,
            colour: ink,
        };
        self.text(&number.to_string(), inner, style);
    }

    /// Draws the edges of an area, `thick` pixels wide.
    pub(crate) fn outline(&mut self, area: Area, thick: i32, colour: Rgb888) {
        let (top, rest) = area.cut_top(thick, 0);
        let (rest, bottom) = rest.cut_bottom(thick, 0);
        let (left, rest) = rest.cut_left(thick, 0);
        let (_, right) = rest.cut_right(thick, 0);
        for part in [top, bottom, left, right] {
            let Ok(()) = self.canvas.fill_solid(&part.into(), colour);
        }
    }

    /// Draws the part of a picture around its animal that fills `area`, as bright as the theme
    /// allows.
    pub(crate) fn picture(&mut self, seen: Seen<'_>, area: Area) {
        let (width, height) = (area.width.unsigned_abs(), area.height.unsigned_abs());
        let (across, down) = seen.picture.dimensions();
        if width.min(height).min(across).min(down) == 0 {
            return;
        }
        let mut scaled = picture::fill(seen, width, height);
        picture::dim(&mut scaled, self.theme.picture);
        let radius = corner(area, self.px(0.7));
        for (y, row) in (area.y..).zip(scaled.as_raw().chunks_exact(width as usize * 3)) {
            let is_straight = (area.y + radius..area.bottom() - radius).contains(&y);
            let inset = if is_straight { 0 } else { radius };
            let beside = inset.unsigned_abs() as usize * 3;
            let row = &row[beside..row.len() - beside];
            self.canvas.line(area.x + inset, y, row);
        }
        self.corners(area, radius, |x, y| {
            let pixel = scaled.get_pixel_checked((x - area.x) as u32, (y - area.y) as u32);
            pixel.copied().unwrap_or(Rgb([0; 3]))
        });
    }

    /// Draws the icon of a species on a background of the colour `ground`, or a paw of the colour
    /// `paw` if the species is unknown.
    pub(crate) fn species(
        &mut self,
        species: Option<Species>,
        area: Area,
        ground: Rgb888,
        paw: Rgb888,
    ) {
        match species {
            Some(species) => animal(self.canvas, species, area, self.theme, ground),
            None => Mark::Paw.draw(self.canvas, area, paw),
        }
    }

    /// Draws ten pips and fills as many as an answer is right out of ten.
    pub(crate) fn pips(&mut self, frequency: Frequency, area: Area, colour: Rgb888) {
        let pitch = (area.width / 10).min(self.px(1.4)).min(area.height);
        let side = pitch * 4 / 5;
        for i in 0..10 {
            let y = area.y + (area.height - side) / 2;
            let pip = Area::new(area.x + i * pitch, y, side, side);
            if i < i32::from(frequency.times()) {
                self.disc(pip, colour);
            } else {
                // They are smaller, so that they differ without colours too.
                self.disc(pip.inset(side / 4, side / 4), self.theme.faint);
            }
        }
    }

    /// Draws a progress bar; `progress` is 0 to 1.
    pub(crate) fn bar(&mut self, progress: f32, area: Area, track: Rgb888, done: Rgb888) {
        let radius = area.height / 2;
        // In one bit the track is a line, so that the part that is done stands out from it.
        let thin = match self.canvas.depth() {
            Depth::OneBit => area.inset(0, (area.height - 1) / 2),
            Depth::Colour => area,
        };
        self.solid(thin, radius, track);
        let width = (area.width as f32 * progress.clamp(0.0, 1.0)) as i32;
        if width > 0 {
            let width = width.max(area.height).min(area.width);
            self.solid(Area { width, ..area }, radius, done);
        }
    }

    /// Draws a strip across the top and returns the rest of `frame`.
    pub(crate) fn strip(&mut self, content: Strip<'_>, frame: Area) -> Area {
        let style = |lines| Style {
            font: Font::Regular,
            largest: 1.5,
            smallest: 1.25,
            lines,
            align: Align::Left,
            colour: content.ink,
        };
        let text_area = |strip: Area| {
            let (_, text) = strip.cut_left(self.px(3.0), 0);
            text.cut_right(self.px(0.8), 0).0
        };
        // As few lines as the whole text needs, but no more than three: the scene needs room too.
        let strip = |lines: usize| frame.cut_top(self.px(1.0 + 1.6 * lines as f32), 0);
        let whole = |&lines: &usize| {
            let area = text_area(strip(lines).0);
            self.block(content.text, area, style(lines)).is_whole()
        };
        let lines = (1..3).find(whole).unwrap_or(3);
        let (strip, free) = strip(lines);
        let text = text_area(strip);
        let Ok(()) = self.canvas.fill_solid(&strip.into(), content.ground);
        let (sign, _) = strip.cut_left(self.px(3.0), 0);
        let side = self.px(1.6);
        let sign = sign.inset((sign.width - side) / 2, (sign.height - side) / 2);
        content.mark.draw(self.canvas, sign, content.ink);
        self.text(content.text, text, style(lines));
        free
    }

    /// Whether the display can show pictures.
    pub(crate) fn has_pictures(&self) -> bool {
        self.canvas.depth() == Depth::Colour
    }
}

/// The radius of an area's corners: `radius`, or less where there is no room for it.
fn corner(area: Area, radius: i32) -> i32 {
    radius.min(area.width / 2).min(area.height / 2).max(0)
}
