//! The line across the top of a screen.

use embedded_graphics::pixelcolor::Rgb888;

use crate::View;
use crate::icons::Mark;
use crate::theme::Theme;

/// A line of text across the top, such as a notice.
#[derive(Clone, Copy)]
pub(crate) struct Strip<'a> {
    pub(crate) text: &'a str,
    /// What stands before the text where there is room for it.
    pub(crate) mark: Mark,
    pub(crate) ground: Rgb888,
    pub(crate) ink: Rgb888,
}

impl<'a> Strip<'a> {
    /// The strip of a view; `None` where it has nothing to say there.
    pub(crate) fn of(view: &View<'a>, theme: &Theme) -> Option<Self> {
        let tag = view.tag.map(|text| Self {
            text,
            mark: Mark::Check,
            ground: theme.accent,
            ink: theme.on_accent,
        });
        let notice = view.notice.map(|text| Self {
            text,
            mark: Mark::Warning,
            ground: theme.notice,
            ink: theme.on_notice,
        });
        tag.or(notice)
    }
}
