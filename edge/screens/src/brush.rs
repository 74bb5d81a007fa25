//! Draws the parts that screens are made of.

use ab_glyph::point;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::DrawTarget;
use image::imageops::FilterType;
use image::{GenericImageView, Rgb, RgbImage, SubImage, imageops};
use kernels::screen;

use super::area::Area;
use super::canvas::{Canvas, Depth};
use super::icons::Mark;
use super::odds::Odds;
use super::shape::Shape;
use super::text::Face;
use super::theme::Theme;
use super::wrap::{Align, Block, Room};
use crate::locale::Locale;

/// The smallest letters that are still letters: their em in pixels.
const SMALLEST: f32 = 9.0;

/// Something to draw with, for one screen.
pub(super) struct Brush<'a> {
    pub(super) canvas: &'a mut Canvas,
    pub(super) theme: &'static Theme,
    pub(super) locale: &'static Locale,
    /// What sizes are measured in, in pixels.
    pub(super) unit: f32,
}

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) face: Face,
    /// The largest em, in units.
    pub(super) largest: f32,
    /// The smallest em, in units.
    pub(super) smallest: f32,
    pub(super) lines: usize,
    pub(super) align: Align,
    pub(super) colour: Rgb888,
}

impl Brush<'_> {
    /// Units in pixels.
    pub(super) fn px(&self, units: f32) -> i32 {
        (units * self.unit).round() as i32
    }

    /// A text in its place, as big as fits.
    pub(super) fn block(&self, text: &str, area: Area, style: Style) -> Block {
        let room = Room {
            area,
            lines: style.lines,
            largest: style.largest * self.unit,
            smallest: (style.smallest * self.unit).max(SMALLEST),
        };
        Block::fit(text, style.face, room)
    }

    /// Writes a text as big as fits.
    pub(super) fn text(&mut self, text: &str, area: Area, style: Style) {
        let block = self.block(text, area, style);
        block.draw(self.canvas, style.align, style.colour);
    }

    /// A ground with round corners.
    pub(super) fn card(&mut self, area: Area, colour: Rgb888) {
        let radius = self.px(0.7);
        self.solid(area, radius, colour);
    }

    /// A disc that fills the square in the middle of `area`.
    pub(super) fn disc(&mut self, area: Area, colour: Rgb888) {
        let square = area.square();
        self.solid(square, square.width, colour);
    }

    /// An area of one colour with round corners.
    fn solid(&mut self, area: Area, radius: i32, colour: Rgb888) {
        let radius = corner(area, radius);
        for part in [area.inset(radius, 0), area.inset(0, radius)] {
            let Ok(()) = self.canvas.fill_solid(&part.into(), colour);
        }
        let colour = self.canvas.shown(colour);
        self.corners(area, radius, |_, _| colour);
    }

    /// Round corners: of an area's edges those alone need smoothing.
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

    /// The middle of a picture, as much as fills `area`, dimmed as the theme says.
    pub(super) fn picture(&mut self, picture: &RgbImage, area: Area) {
        let (width, height) = (area.width.unsigned_abs(), area.height.unsigned_abs());
        let (whole_width, whole_height) = picture.dimensions();
        if width.min(height).min(whole_width).min(whole_height) == 0 {
            return;
        }
        // The largest part of the same proportions; products of sides exceed 32 bits.
        let (w, h) = (u64::from(whole_width), u64::from(whole_height));
        let (across, down) = (u64::from(width), u64::from(height));
        let part_width = (h * across / down).clamp(1, w) as u32;
        let part_height = (w * down / across).clamp(1, h) as u32;
        let part = picture.view(
            (whole_width - part_width) / 2,
            (whole_height - part_height) / 2,
            part_width,
            part_height,
        );
        let mut scaled = match part_width >= width {
            true => shrunk(&part, width, height),
            false => imageops::resize(&*part, width, height, FilterType::Triangle),
        };
        screen::dim(&mut scaled, self.theme.picture);
        let radius = corner(area, self.px(0.7));
        for (y, row) in (area.y..).zip(scaled.as_raw().chunks_exact(width as usize * 3)) {
            let inset = match (area.y + radius..area.bottom() - radius).contains(&y) {
                true => 0,
                false => radius,
            };
            let beside = inset.unsigned_abs() as usize * 3;
            let row = &row[beside..row.len() - beside];
            self.canvas.line(area.x + inset, y, row);
        }
        self.corners(area, radius, |x, y| {
            let pixel = scaled.get_pixel_checked((x - area.x) as u32, (y - area.y) as u32);
            pixel.copied().unwrap_or(Rgb([0; 3]))
        });
    }

    /// Ten pips, as many filled as an answer is right out of ten.
    pub(super) fn pips(&mut self, odds: Odds, area: Area, colour: Rgb888) {
        let pitch = (area.width / 10).min(self.px(1.4)).min(area.height);
        let side = pitch * 4 / 5;
        for i in 0..10 {
            let y = area.y + (area.height - side) / 2;
            let pip = Area::new(area.x + i * pitch, y, side, side);
            match i < odds.times() {
                true => self.disc(pip, colour),
                // Smaller, so that they differ without colours too.
                false => self.disc(pip.inset(side / 4, side / 4), self.theme.faint),
            }
        }
    }

    /// How far something is, 0 to 1.
    pub(super) fn bar(&mut self, progress: f32, area: Area, track: Rgb888, done: Rgb888) {
        let radius = area.height / 2;
        // In one bit the track is a line, so that what is done stands out from it.
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

    /// What is wrong, across the top. Returns what of `frame` is left.
    pub(super) fn notice(&mut self, notice: &str, frame: Area) -> Area {
        let style = |lines| Style {
            face: Face::Regular,
            largest: 1.5,
            smallest: 1.25,
            lines,
            align: Align::Left,
            colour: self.theme.on_notice,
        };
        let text_area = |strip: Area| {
            let (_, text) = strip.cut_left(self.px(3.0), 0);
            text.cut_right(self.px(0.8), 0).0
        };
        // As few lines as hold all of it, but it must not cover the rest.
        let strip = |lines: usize| frame.cut_top(self.px(1.0 + 1.6 * lines as f32), 0);
        let whole = |&lines: &usize| {
            let area = text_area(strip(lines).0);
            self.block(notice, area, style(lines)).is_whole()
        };
        let lines = (1..3).find(whole).unwrap_or(3);
        let (strip, free) = strip(lines);
        let (colour, style) = (self.theme.notice, style(lines));
        let text = text_area(strip);
        let Ok(()) = self.canvas.fill_solid(&strip.into(), colour);
        let (sign, _) = strip.cut_left(self.px(3.0), 0);
        let side = self.px(1.6);
        let sign = sign.inset((sign.width - side) / 2, (sign.height - side) / 2);
        Mark::Warning.draw(self.canvas, sign, style.colour);
        self.text(notice, text, style);
        free
    }

    /// Whether pictures can be shown.
    pub(super) fn has_pictures(&self) -> bool {
        self.canvas.depth() == Depth::Colour
    }
}

/// The radius of an area's corners: as large as is wanted and there is room.
fn corner(area: Area, radius: i32) -> i32 {
    radius.min(area.width / 2).min(area.height / 2).max(0)
}

/// A picture made smaller: of what becomes a pixel the mean of four points. To look at all of a
/// camera's frame would take longer than all else on the screen.
fn shrunk(picture: &SubImage<&RgbImage>, width: u32, height: u32) -> RgbImage {
    // Where the two points of each row or column of pixels lie.
    let places = |pixels: u32, whole: u32, start: u32| -> Vec<[usize; 2]> {
        let (pixels, whole) = (u64::from(pixels), u64::from(whole));
        let place = |at: u64| start as usize + ((2 * at + 1) * whole / (4 * pixels)) as usize;
        (0..pixels)
            .map(|pixel| [2 * pixel, 2 * pixel + 1].map(place))
            .collect()
    };
    let (left, top) = picture.offsets();
    let across = places(width, picture.width(), left);
    let down = places(height, picture.height(), top);
    let whole = picture.inner();
    let mut small = RgbImage::new(width, height);
    let line = whole.width() as usize;
    screen::shrink(whole.as_raw(), line, [&across, &down], &mut small);
    small
}
