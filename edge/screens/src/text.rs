//! Writes letters of any size in Atkinson Hyperlegible, a typeface designed for readers with low
//! vision.

use std::collections::HashMap;
use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, Outline, PxScaleFactor, point};
use embedded_graphics::pixelcolor::Rgb888;

use crate::canvas::{Canvas, Depth};
use crate::shape;

/// The height of a capital letter, in ems.
pub(crate) const CAPITAL: f32 = 0.67;

/// The weights of the typeface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Font {
    Regular,
    Bold,
}

/// The room that a line of text takes, in ems.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) width: f32,
    /// Above the baseline; at least [`CAPITAL`].
    pub(crate) rise: f32,
    /// Below the baseline.
    pub(crate) drop: f32,
}

impl Font {
    /// The room that `text` takes on one line.
    pub(crate) fn extent(self, text: &str) -> Extent {
        let letters = self.letters();
        let mut extent = Extent {
            width: 0.0,
            rise: CAPITAL,
            drop: 0.0,
        };
        for glyph in letters.glyphs(text) {
            extent.width += glyph.advance;
            if let Some(outline) = &glyph.outline {
                // The bounds' minimum is the upper left corner, although y grows upwards.
                extent.rise = extent.rise.max(outline.bounds.min.y / letters.em);
                extent.drop = extent.drop.max(-outline.bounds.max.y / letters.em);
            }
        }
        extent
    }

    /// Writes `text` from `x` to the right on the baseline `base`; `size` is an em in pixels.
    pub(crate) fn write(
        self,
        canvas: &mut Canvas,
        text: &str,
        (x, base): (f32, f32),
        size: f32,
        colour: Rgb888,
    ) {
        let letters = self.letters();
        let colour = canvas.shown(colour);
        let mut pen = x;
        for glyph in letters.glyphs(text) {
            if let Some(outline) = &glyph.outline {
                let x = match canvas.depth() {
                    Depth::OneBit => pen.round(),
                    Depth::Colour => pen,
                };
                let scale = PxScaleFactor {
                    horizontal: size / letters.em,
                    vertical: size / letters.em,
                };
                shape::fill(canvas, outline, point(x, base.round()), scale, |_, _| {
                    colour
                });
            }
            pen += glyph.advance * size;
        }
    }

    fn letters(self) -> &'static Letters {
        static REGULAR: LazyLock<Letters> = LazyLock::new(|| {
            Letters::read(include_bytes!(
                "../assets/fonts/AtkinsonHyperlegible-Regular.ttf"
            ))
        });
        static BOLD: LazyLock<Letters> = LazyLock::new(|| {
            Letters::read(include_bytes!(
                "../assets/fonts/AtkinsonHyperlegible-Bold.ttf"
            ))
        });
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }
}

/// The outlines of a font.
struct Letters {
    /// The units of the font in an em.
    em: f32,
    glyphs: HashMap<char, Glyph>,
    /// Stands for a character that the font lacks.
    missing: Glyph,
}

struct Glyph {
    /// In ems.
    advance: f32,
    /// In units of the font, y growing upwards; a space has none.
    outline: Option<Outline>,
}

impl Letters {
    fn read(file: &'static [u8]) -> Self {
        let font = FontRef::try_from_slice(file).expect("the fonts that are compiled in are valid");
        let em = font.units_per_em().unwrap_or(1000.0);
        let glyph = |id| Glyph {
            advance: font.h_advance_unscaled(id) / em,
            outline: font.outline(id),
        };
        let glyphs = font.codepoint_ids().map(|(id, c)| (c, glyph(id)));
        Self {
            em,
            glyphs: glyphs.collect(),
            missing: glyph(font.glyph_id('\0')),
        }
    }

    fn glyphs<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a Glyph> {
        text.chars().filter(|&c| is_visible(c)).map(|c| {
            let c = match c {
                // French has a narrow no-break space before some marks; the font has only the wide
                // one.
                '\u{202f}' => '\u{a0}',
                '\u{2010}' | '\u{2011}' => '-',
                c if c.is_whitespace() => ' ',
                c => c,
            };
            self.glyphs.get(&c).unwrap_or(&self.missing)
        })
    }
}

/// Whether a character is visible, or a space, rather than one that only controls others.
pub(crate) fn is_visible(c: char) -> bool {
    let controls = c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}');
    !controls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_have_the_letters_of_both_languages() {
        for font in [Font::Regular, Font::Bold] {
            let letters = font.letters();
            for c in ('!'..='~').chain("ÀÂÇÈÉÊËÎÏÔÙÛÜŒàâçèéêëîïôùûüœ’«»…–".chars())
            {
                assert!(letters.glyphs.contains_key(&c), "{font:?} has no {c}");
            }
            assert!(letters.missing.outline.is_some(), "{font:?} has no box");
        }
    }

    #[test]
    fn accents_and_descenders_need_room() {
        for font in [Font::Regular, Font::Bold] {
            let [plain, accent, descender] = ["E", "É", "p"].map(|text| font.extent(text));
            assert!(plain.rise >= CAPITAL && plain.drop < 0.05, "{plain:?}");
            assert!(accent.rise > plain.rise + 0.1, "{accent:?}");
            assert!(descender.drop > 0.15, "{descender:?}");
        }
    }
}
