//! Small letters that were drawn pixel by pixel: the only ones that are crisp on a tiny display.

use embedded_graphics::Drawable;
use embedded_graphics::mono_font::iso_8859_1::{FONT_4X6, FONT_5X8, FONT_6X10};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::Point;
use embedded_graphics::text::{Baseline, Text};

use super::area::Area;
use super::canvas::Canvas;
use super::text::seen;
use super::wrap::Align;

/// One line in the largest letters in which all of it fits, cut short where none do.
pub(super) fn line(canvas: &mut Canvas, text: &str, area: Area, align: Align, colour: Rgb888) {
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
    let text = match count as i32 <= most {
        true => text,
        false => {
            let cut: String = text.chars().take((most - 2).max(0) as usize).collect();
            format!("{}..", cut.trim_end())
        }
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

/// The text in the characters that the small letters have.
fn latin1(text: &str) -> String {
    let mut latin = String::new();
    for c in text.chars().filter(|&c| seen(c)).take(200) {
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
