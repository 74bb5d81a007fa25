//! Draws sheets of pictures: rows with a label each, to see many pictures at a glance.

use std::convert::Infallible;

use embedded_graphics::mono_font::iso_8859_1::{FONT_8X13, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::text::{Baseline, Text};
use image::{Rgb, RgbImage, imageops};

/// All lengths are in pixels.
const GAP: u32 = 6;
const MARGIN: u32 = 24;
const HEADER: u32 = 48;
/// Width of a row's label. A longer label disappears under the first picture.
const MAX_LABEL: u32 = 420;

const PAPER: Rgb<u8> = Rgb([250, 249, 246]);
const INK: Rgb888 = Rgb888::new(33, 33, 36);
const PALE: Rgb888 = Rgb888::new(120, 118, 112);

/// A row of a sheet.
pub(crate) struct Row {
    /// What the row shows.
    pub(crate) name: String,
    /// More about it, in pale letters below the name.
    pub(crate) detail: String,
    /// From left to right.
    pub(crate) pictures: Vec<RgbImage>,
}

/// Draws rows below a title. There is room for `columns` pictures a row, at most `side` pixels wide and high.
pub(crate) fn draw(title: &str, rows: &[Row], columns: u32, side: u32) -> RgbImage {
    let label = (rows.iter().map(Row::label_width).max().unwrap_or(0)).min(MAX_LABEL);
    let left = MARGIN + label + 3 * GAP;
    let mut sheet = Sheet(RgbImage::from_pixel(
        left + columns * (side + GAP) - GAP + MARGIN,
        MARGIN + HEADER + rows.len() as u32 * (side + GAP) - GAP + MARGIN,
        PAPER,
    ));
    sheet.text(title, MARGIN, MARGIN, &FONT_10X20, INK);
    for (index, row) in rows.iter().enumerate() {
        let top = MARGIN + HEADER + index as u32 * (side + GAP);
        sheet.text(&row.name, MARGIN, top + side / 2 - 20, &FONT_10X20, INK);
        sheet.text(&row.detail, MARGIN, top + side / 2 + 4, &FONT_8X13, PALE);
        for (column, picture) in row.pictures.iter().enumerate() {
            let left = left + column as u32 * (side + GAP);
            imageops::replace(&mut sheet.0, picture, left.into(), top.into());
        }
    }
    sheet.0
}

impl Row {
    fn label_width(&self) -> u32 {
        let width =
            |text: &str, font: &MonoFont| text.chars().count() as u32 * font.character_size.width;
        width(&self.name, &FONT_10X20).max(width(&self.detail, &FONT_8X13))
    }
}

/// A picture that `embedded-graphics` can draw text on.
struct Sheet(RgbImage);

impl Sheet {
    /// Draws a line of text with its upper left corner at (`x`, `y`).
    fn text(&mut self, text: &str, x: u32, y: u32, font: &MonoFont, colour: Rgb888) {
        let style = MonoTextStyle::new(font, colour);
        let corner = Point::new(x as i32, y as i32);
        let Ok(_) = Text::with_baseline(text, corner, style, Baseline::Top).draw(self);
    }
}

impl OriginDimensions for Sheet {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Sheet {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        for Pixel(Point { x, y }, colour) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
                && let Some(pixel) = self.0.get_pixel_mut_checked(x, y)
            {
                *pixel = Rgb([colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}
