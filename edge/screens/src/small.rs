//! Writes small letters in bitmap fonts: the only ones that are crisp on a tiny display.

use embedded_graphics::Drawable;
use embedded_graphics::mono_font::iso_8859_1::{FONT_4X6, FONT_5X8, FONT_6X10};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::Point;
use embedded_graphics::text::{Baseline, Text};

use crate::area::Area;
use crate::canvas::Canvas;
use crate::text::is_visible;
use crate::wrap::Align;

/// Writes one line in the largest letters in which the whole text fits. If it fits in none, it is
/// shortened.
pub(crate) fn line(canvas: &mut Canvas, text: &str, area: Area, align: Align, colour: Rgb888) {
    let text = latin1(text);
    let count = text.chars().count();
    let wide = |font: &MonoFont<'_>| font.character_size.width.cast_signed();
    let tall = |font: &MonoFont<'_>| font.character_size.height.cast_signed();
    let fonts = [&FONT_6X10, &FONT_5X8, &FONT_4X6];
    let fits = |font: &&&MonoFont<'_>| {
        tall(font) <= area.height + 1 && wide(font) * count as i32 <= area.width + 1
    };
    let font = *fonts.iter().find(fits).unwrap_or(&&FONT_4X6);
    let most = (area.width + 1) / wide(font);
    let text = if count as i32 <= most {
        text
    } else {
        let cut: String = text.chars().take((most - 2).max(0) as usize).collect();
        format!("{}..", cut.trim_end())
    };
    let free = area.width - wide(font) * text.chars().count() as i32 + 1;
    let x = area.x
        + match align {
            Align::Left => 0,
            Align::Centre => free / 2,
            Align::Right => free,
        };
    let y = area.y + (area.height - tall(font) + 1) / 2;
    let style = MonoTextStyle::new(font, colour);
    let Ok(_) = Text::with_baseline(&text, Point::new(x, y), style, Baseline::Top).draw(canvas);
}

/// Whether a line of the smallest letters holds the whole text.
pub(crate) fn fits(text: &str, area: Area) -> bool {
    let wide = FONT_4X6.character_size.width.cast_signed();
    latin1(text).chars().count() as i32 * wide <= area.width + 1
}

/// The text in the characters of the bitmap fonts, ISO 8859-1.
fn latin1(text: &str) -> String {
    let mut latin = String::new();
    for c in text.chars().filter(|&c| is_visible(c)).take(200) {
        match c {
            '’' | '‘' => latin.push('\''),
            '“' | '”' => latin.push('"'),
            '–' | '—' => latin.push('-'),
            '…' => latin.push_str("..."),
            'œ' => latin.push_str("oe"),
            'Œ' => latin.push_str("OE"),
            c if c.is_whitespace() => latin.push(' '),
            c if c <= 'ÿ' => latin.push(c),
            _ => latin.push('?'),
        }
    }
    latin
}
