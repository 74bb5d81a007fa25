//! Draws the scene in which the kiosk waits for somebody who sets it up.

use super::Panel;
use crate::area::Area;
use crate::brush::Style;
use crate::code::Code;
use crate::plan::Arrangement;
use crate::text::Font;
use crate::wrap::{Align, Block};
use crate::{in_groups, set_up_how, without_scheme, wizard};

/// The gap between two lines, in units.
const GAP: f32 = 0.6;

/// The margins above and below on a square panel, in units. It may be a round one, which is wide
/// enough there for the figures.
const OF_SQUARE: f32 = 2.4;

/// Where everything is.
struct Layout {
    /// The QR code of the address and its area, where there is an address and room.
    code: Option<(Code, Area)>,
    lines: Lines,
}

/// Lines that are set from the bottom of an area upwards.
struct Lines {
    blocks: Vec<(Block, Style)>,
    /// The area that they leave.
    above: Area,
}

impl Panel<'_, '_> {
    /// The address and its QR code, and the six figures that the page asks for.
    pub(super) fn set_up(&mut self, figures: &str, numeric: Option<&str>) {
        let layout = self.lay_out(figures, numeric);
        if let Some((code, area)) = &layout.code {
            code.draw(self.brush, *area);
        }
        for (block, style) in &layout.lines.blocks {
            block.draw(self.brush.canvas, style.align, style.colour);
        }
    }

    fn lay_out(&self, figures: &str, numeric: Option<&str>) -> Layout {
        let address = self.view.address;
        let area = self.area_of_set_up();
        let is_wide = self.arrangement == Arrangement::Wide;
        let (place, beside) =
            area.cut_left((area.width * 9 / 20).min(area.height), self.brush.px(1.2));
        let mut lines = if is_wide {
            self.lines(figures, address, beside, Align::Left)
        } else {
            self.lines(figures, address, area, Align::Centre)
        };
        let place = if is_wide { place } else { lines.above };
        let code = numeric.and_then(|numeric| Code::of(&wizard(numeric)));
        let code = code.filter(|code| code.fits(place));
        match (&code, is_wide) {
            (Some(_), true) => self.title(&mut lines, "screen-set-up-scan", Align::Left),
            // A code alone says what to do with it.
            (Some(_), false) => {}
            (None, _) => {
                // Without a code, the address is one that every phone finds.
                lines = self.lines(figures, numeric.or(address), area, Align::Centre);
                let key = match address {
                    Some(_) => set_up_how(numeric),
                    None => "screen-set-up-waiting",
                };
                self.title(&mut lines, key, Align::Centre);
            }
        }
        Layout {
            code: code.map(|code| (code, place)),
            lines,
        }
    }

    /// The part of the panel that is drawn on.
    fn area_of_set_up(&self) -> Area {
        let margin = self.brush.px(0.8);
        let free = self.free.inset(margin, margin);
        if self.frame.width != self.frame.height {
            return free;
        }
        let within = self.frame.inset(margin, self.brush.px(OF_SQUARE));
        let (top, bottom) = (free.y.max(within.y), free.bottom().min(within.bottom()));
        Area::new(free.x, top, free.width, bottom - top)
    }

    /// The address, if there is one, and the figures.
    fn lines(&self, figures: &str, address: Option<&str>, area: Area, align: Align) -> Lines {
        let mut lines = Lines {
            blocks: Vec::new(),
            above: area,
        };
        let style = Style {
            font: Font::Bold,
            smallest: 1.4,
            align,
            ..self.line(4.4)
        };
        self.add(&mut lines, &in_groups(figures), 3.2, style);
        let Some(address) = address else {
            return lines;
        };
        let enter = self.text("screen-set-up-enter");
        self.add(&mut lines, &enter, 1.8, self.quiet(1, align));
        let style = Style {
            smallest: 0.9,
            align,
            ..self.line(2.2)
        };
        let (_, room) = lines.above.cut_bottom(self.brush.px(4.6), 0);
        let block = self.brush.block(address, self.visible(room), style);
        if block.is_whole() {
            self.add(&mut lines, address, 4.6, style);
        } else {
            let style = Style { lines: 2, ..style };
            self.add(&mut lines, without_scheme(address), 4.6, style);
        }
        lines
    }

    /// What the scene is about, above the lines: a headline, and what to do.
    fn title(&self, lines: &mut Lines, key: &str, align: Align) {
        self.add(lines, &self.text(key), 6.0, self.quiet(3, align));
        let style = Style {
            font: Font::Bold,
            lines: 3,
            align,
            ..self.line(3.6)
        };
        let place = self.visible(lines.above);
        let words = self.text("screen-set-up");
        lines
            .blocks
            .push((self.brush.block(&words, place, style), style));
    }

    /// Adds a text above the other lines, with at most this height in units.
    fn add(&self, lines: &mut Lines, text: &str, most: f32, style: Style) {
        let (_, room) = lines.above.cut_bottom(self.brush.px(most), 0);
        let block = self.brush.block(text, self.visible(room), style);
        let height = block.height().ceil() as i32;
        let (above, place) = lines.above.cut_bottom(height, self.brush.px(GAP));
        let block = self.brush.block(text, self.visible(place), style);
        lines.blocks.push((block, style));
        lines.above = above;
    }

    fn quiet(&self, lines: usize, align: Align) -> Style {
        Style {
            smallest: 0.9,
            lines,
            align,
            colour: self.brush.theme.quiet,
            ..self.line(1.8)
        }
    }

    /// The part of an area that a round panel shows too, if the panel is square.
    fn visible(&self, area: Area) -> Area {
        let radius = self.frame.width as f32 / 2.0;
        if self.frame.width != self.frame.height {
            return area;
        }
        let from_middle = |y: i32| (y as f32 - radius).abs();
        let furthest = from_middle(area.y).max(from_middle(area.bottom()));
        let half = (radius * radius - furthest * furthest).max(0.0).sqrt();
        let left = area.x.max((radius - half).ceil() as i32);
        let right = area.right().min((radius + half) as i32);
        Area::new(left, area.y, right - left, area.height)
    }
}

#[cfg(test)]
mod tests {
    use recognise::Language;

    use crate::brush::Brush;
    use crate::theme::Theme;
    use crate::{Canvas, Depth, Guest, Locale, Scene, View, plan};

    use super::*;

    /// The panels that people use, and others.
    const PANELS: [(i32, i32); 13] = [
        (128, 128),
        (135, 240),
        (160, 128),
        (240, 135),
        (240, 240),
        (240, 320),
        (320, 240),
        (240, 400),
        (400, 240),
        (480, 320),
        (800, 480),
        (1280, 720),
        (720, 1280),
    ];

    const NUMBERS: &str = "http://192.168.178.123:8080";
    const NAME: &str = "https://kiosk-montreal-12.local:8080";

    fn with_layout(
        (width, height): (i32, i32),
        language: Language,
        address: Option<&str>,
        check: impl Fn(&Panel<'_, '_>, &Layout),
    ) {
        let numeric = address.map(|_| NUMBERS);
        let mut canvas = Canvas::new(width as u32, height as u32, Depth::Colour);
        let frame = Area::new(0, 0, width, height);
        let view = View {
            scene: Scene::SetUp {
                code: "000000",
                numeric,
            },
            guest: Guest::Unknown,
            several: None,
            breeds: &[],
            picture: None,
            notice: None,
            tag: None,
            address,
            night: false,
            locale: Locale::of(language),
        };
        let mut brush = Brush {
            canvas: &mut canvas,
            theme: Theme::of(Depth::Colour, false),
            locale: view.locale,
            unit: plan::unit(frame),
        };
        let panel = Panel {
            arrangement: Arrangement::of(frame),
            brush: &mut brush,
            view: &view,
            frame,
            free: frame,
        };
        check(&panel, &panel.lay_out("000000", numeric));
    }

    #[test]
    fn no_text_is_cut_and_there_is_room_for_all() {
        for panel in PANELS {
            for language in Language::ALL {
                for address in [None, Some(NUMBERS), Some(NAME)] {
                    with_layout(panel, language, address, |drawn, layout| {
                        let case = format!("{panel:?} {language:?} {address:?}");
                        let blocks = &layout.lines.blocks;
                        for (block, _) in blocks {
                            assert!(block.is_whole(), "{case}: {:?}", block.lines);
                        }
                        assert!(blocks.len() >= 3, "{case}");
                        let heights: f32 = blocks.iter().map(|(block, _)| block.height()).sum();
                        let gaps = drawn.brush.px(GAP) * (blocks.len() as i32 - 1);
                        let room = (drawn.area_of_set_up().height - gaps) as f32;
                        assert!(heights <= room, "{case}: {heights} of {room}");
                    });
                }
            }
        }
    }

    #[test]
    fn there_is_a_code_wherever_its_modules_have_two_pixels() {
        let larger = PANELS
            .into_iter()
            .filter(|panel| panel.0.min(panel.1) > 128);
        for panel in larger {
            with_layout(panel, Language::French, Some(NUMBERS), |_, layout| {
                assert!(layout.code.is_some(), "{panel:?}");
            });
        }
        with_layout((128, 128), Language::English, Some(NUMBERS), |_, layout| {
            assert!(layout.code.is_none());
        });
    }

    #[test]
    fn a_round_panel_shows_all_of_the_code() {
        with_layout(
            (240, 240),
            Language::French,
            Some(NUMBERS),
            |panel, layout| {
                let (_, area) = layout.code.as_ref().unwrap();
                // A code without its margin is as wide as 29 of 37 modules.
                let side = area.width.min(area.height);
                let inner = area.square().inset(side * 4 / 37, side * 4 / 37);
                assert_eq!(panel.visible(inner), inner);
            },
        );
    }
}
