//! What the three buttons do, along the lower edge: they stand in this order below the screen.

use embedded_graphics::pixelcolor::Rgb888;

use super::area::Area;
use super::brush::{Brush, Style};
use super::icons::Mark;
use super::text::Face;
use super::wrap::Align;

/// A button that does something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) mark: Mark,
    /// What it is called: the key of a text, which has a shorter one with `-short` behind it.
    name: &'static str,
}

/// It is the breed that is shown.
pub(super) const CONFIRM: Key = Key {
    mark: Mark::Check,
    name: "key-confirm",
};
/// Show the next likely breed.
pub(super) const NEXT: Key = Key {
    mark: Mark::Next,
    name: "key-next",
};
/// A new guest.
pub(super) const NEW: Key = Key {
    mark: Mark::New,
    name: "key-new",
};
/// Look once more.
pub(super) const AGAIN: Key = Key {
    mark: Mark::New,
    name: "key-again",
};

/// All three.
pub(super) const ALL: [Option<Key>; 3] = [Some(CONFIRM), Some(NEXT), Some(NEW)];
/// The last one only.
pub(super) const ONLY_AGAIN: [Option<Key>; 3] = [None, None, Some(AGAIN)];

/// Draws what each button does, each at its place; the first one stands out.
pub(super) fn draw(brush: &mut Brush<'_>, keys: [Option<Key>; 3], area: Area) {
    let areas = area.columns(brush.px(0.7));
    let (side, gap) = (brush.px(1.3), brush.px(0.35));
    let words = words(brush, keys, areas[0].inset((side + gap) / 2, 0));
    let (names, size) = words.unwrap_or_default();
    for (i, ((key, name), area)) in keys.into_iter().zip(names).zip(areas).enumerate() {
        let Some(key) = key else { continue };
        let (ground, colour) = match i {
            0 => (brush.theme.accent, brush.theme.on_accent),
            _ => (brush.theme.card, brush.theme.ink),
        };
        brush.card(area, ground);
        let style = Style {
            smallest: size,
            ..style(size, colour)
        };
        let name = name.unwrap_or_default();
        let width = match name.is_empty() {
            true => 0,
            false => gap + brush.block(&name, area, style).width().ceil() as i32,
        };
        let (_, inner) = area.cut_left((area.width - side - width) / 2, 0);
        let (mark, rest) = inner.cut_left(side, gap);
        key.mark.draw(brush.canvas, mark, colour);
        brush.text(&name, rest, style);
    }
}

/// The longest words that fit all of the buttons, and their size in units; none where the marks
/// have to speak alone.
fn words(
    brush: &Brush<'_>,
    keys: [Option<Key>; 3],
    area: Area,
) -> Option<([Option<String>; 3], f32)> {
    // The longer ones only where they need not be small and have a margin.
    let forms = [("", 1.4, 0.6), ("-short", 0.0, 0.25)];
    forms.into_iter().find_map(|(form, least, margin)| {
        let name = |key: Key| brush.locale.text(&format!("{}{form}", key.name));
        let names = keys.map(|key| key.map(name));
        let area = area.inset(brush.px(margin), 0);
        let block = |name| brush.block(name, area, style(1.6, brush.theme.ink));
        let blocks: Vec<_> = names.iter().flatten().map(|name| block(name)).collect();
        let size = blocks.iter().map(|b| b.size).fold(f32::MAX, f32::min);
        let fits = size >= least * brush.unit && blocks.iter().all(|block| block.is_whole());
        fits.then_some((names, size / brush.unit))
    })
}

fn style(largest: f32, colour: Rgb888) -> Style {
    Style {
        face: Face::Bold,
        largest,
        smallest: 1.05,
        lines: 1,
        align: Align::Left,
        colour,
    }
}
