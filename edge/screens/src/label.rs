//! Labels for the three buttons, along the lower edge, in the order of the buttons below the screen.

use embedded_graphics::pixelcolor::Rgb888;
use fluent_bundle::FluentValue;

use crate::area::Area;
use crate::brush::{Brush, Style};
use crate::icons::Mark;
use crate::text::Font;
use crate::wrap::Align;

/// What a button does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    pub(crate) mark: Mark,
    /// The key of its text; the key of the shorter form ends in `-short`.
    key: &'static str,
    /// The key of its text where there are several arrivals, which says for which one it is.
    numbered: &'static str,
}

/// Confirms the breed that is shown.
pub(crate) const CONFIRM: Label = Label {
    mark: Mark::Check,
    key: "button-confirm",
    numbered: "button-confirm-number",
};
/// Shows the next candidate.
pub(crate) const NEXT: Label = Label {
    mark: Mark::Next,
    key: "button-next",
    numbered: "button-next-number",
};
/// Shows the next animal that the guest may be.
const NEXT_NAME: Label = Label {
    mark: Mark::Next,
    key: "button-name",
    numbered: "button-name-number",
};
/// Starts over with a new guest.
pub(crate) const NEW: Label = Label {
    mark: Mark::New,
    key: "button-new",
    numbered: "button-new-number",
};
/// Starts over with the same animal.
pub(crate) const AGAIN: Label = Label {
    mark: Mark::New,
    key: "button-again",
    numbered: "button-again-number",
};

/// All three, for an answer that is a breed.
pub(crate) const ALL: [Option<Label>; 3] = [Some(CONFIRM), Some(NEXT), Some(NEW)];
/// All three, for an answer that is a known animal.
pub(crate) const NAMES: [Option<Label>; 3] = [Some(CONFIRM), Some(NEXT_NAME), Some(NEW)];
/// The last one only.
pub(crate) const ONLY_AGAIN: [Option<Label>; 3] = [None, None, Some(AGAIN)];

/// Draws each label in its place; the first one stands out. `number` is that of the arrival where
/// there are several.
pub(crate) fn draw(
    brush: &mut Brush<'_>,
    labels: [Option<Label>; 3],
    number: Option<u8>,
    area: Area,
) {
    let areas = area.columns(brush.px(0.7));
    let (side, gap) = (brush.px(1.3), brush.px(0.35));
    let words = words(brush, labels, number, areas[0].inset((side + gap) / 2, 0));
    let (words, size) = words.unwrap_or_default();
    for (i, ((label, words), area)) in labels.into_iter().zip(words).zip(areas).enumerate() {
        let Some(label) = label else { continue };
        let (ground, colour) = match i {
            0 => (brush.theme.accent, brush.theme.on_accent),
            _ => (brush.theme.card, brush.theme.ink),
        };
        brush.card(area, ground);
        let style = Style {
            smallest: size,
            ..style(size, colour)
        };
        let words = words.unwrap_or_default();
        let width = if words.is_empty() {
            0
        } else {
            gap + brush.block(&words, area, style).width().ceil() as i32
        };
        let (_, inner) = area.cut_left((area.width - side - width) / 2, 0);
        let (mark, rest) = inner.cut_left(side, gap);
        label.mark.draw(brush.canvas, mark, colour);
        brush.text(&words, rest, style);
    }
}

/// The longest words that fit all the labels, and their size in units; `None` where there is room
/// for the marks alone.
fn words(
    brush: &Brush<'_>,
    labels: [Option<Label>; 3],
    number: Option<u8>,
    area: Area,
) -> Option<([Option<String>; 3], f32)> {
    let arguments: Option<(&str, FluentValue<'_>)> = number.map(|number| ("number", number.into()));
    // The longer form is used only where its letters are large enough and have a margin.
    let forms = [("", 1.4, 0.6), ("-short", 0.0, 0.25)];
    forms.into_iter().find_map(|(form, least, margin)| {
        let text = |label: Label| {
            let key = number.map_or(label.key, |_| label.numbered);
            let key = format!("{key}{form}");
            brush.locale.with(&key, arguments.as_slice())
        };
        let words = labels.map(|label| label.map(text));
        let area = area.inset(brush.px(margin), 0);
        let block = |words| brush.block(words, area, style(1.6, brush.theme.ink));
        let blocks: Vec<_> = words.iter().flatten().map(|words| block(words)).collect();
        let size = blocks.iter().map(|b| b.size).fold(f32::MAX, f32::min);
        let fits = size >= least * brush.unit && blocks.iter().all(|block| block.is_whole());
        fits.then_some((words, size / brush.unit))
    })
}

fn style(largest: f32, colour: Rgb888) -> Style {
    Style {
        font: Font::Bold,
        largest,
        smallest: 1.05,
        lines: 1,
        align: Align::Left,
        colour,
    }
}
