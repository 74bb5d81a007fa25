//! Letters of any size, in Atkinson Hyperlegible, which was drawn to be read by people who see
//! little.

use std::collections::HashMap;
use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Outline, PxScaleFactor, point};
use embedded_graphics::pixelcolor::Rgb888;

use super::canvas::{Canvas, Depth};
use super::shape;

/// The height of a capital letter, in ems.
pub(super) const CAPITAL: f32 = 0.67;

/// The weights of the letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
}

/// How much room a text takes, in ems.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) width: f32,
    /// Above the base line: at least a capital letter.
    pub(super) rise: f32,
    /// Below the base line.
    pub(super) drop: f32,
}

impl Face {
    /// How much room `text` takes on one line.
    pub(super) fn extent(self, text: &str) -> Extent {
        let letters = self.letters();
        let mut extent = Extent {
            width: 0.0,
            rise: CAPITAL,
            drop: 0.0,
        };
        for glyph in letters.glyphs(text) {
            extent.width += glyph.advance;
            if let Some(outline) = &glyph.outline {
                // The bounds run from the upper left to the lower right; y goes upwards.
                extent.rise = extent.rise.max(outline.bounds.min.y / letters.em);
                extent.drop = extent.drop.max(-outline.bounds.max.y / letters.em);
            }
        }
        extent
    }

    /// Writes `text` from `x` to the right on a base line; `size` is an em in pixels.
    pub(super) fn write(
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
                "../../assets/fonts/AtkinsonHyperlegible-Regular.ttf"
            ))
        });
        static BOLD: LazyLock<Letters> = LazyLock::new(|| {
            Letters::read(include_bytes!(
                "../../assets/fonts/AtkinsonHyperlegible-Bold.ttf"
            ))
        });
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }
}

/// The outlines of a font, read once.
struct Letters {
    /// Units of the font in an em.
    em: f32,
    glyphs: HashMap<char, Glyph>,
    /// Stands for what the font has no letter for.
    missing: Glyph,
}

struct Glyph {
    /// In ems.
    advance: f32,
    /// In units of the font, y upwards; a space has none.
    outline: Option<Outline>,
}

impl Letters {
    fn read(file: &'static [u8]) -> Self {
        let font = FontRef::try_from_slice(file).expect("a font that is built in is sound");
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
        text.chars().filter(|&c| seen(c)).map(|c| {
            let c = match c {
                // French writes a narrow space before some marks; the font has the full one.
                '\u{202f}' => '\u{a0}',
                '\u{2010}' | '\u{2011}' => '-',
                c if c.is_whitespace() => ' ',
                c => c,
            };
            self.glyphs.get(&c).unwrap_or(&self.missing)
        })
    }
}

/// Whether a character is to be seen at all, rather than one that only steers others.
pub(super) fn seen(c: char) -> bool {
    let steers = c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}');
    !steers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_have_the_letters_of_both_languages() {
        for face in [Face::Regular, Face::Bold] {
            let letters = face.letters();
            for c in ('!'..='~').chain("ÀÂÇÈÉÊËÎÏÔÙÛÜŒàâçèéêëîïôùûüœ’«»…–".chars())
            {
                assert!(letters.glyphs.contains_key(&c), "{face:?} has no {c}");
            }
            assert!(letters.missing.outline.is_some(), "{face:?} has no box");
        }
    }

    #[test]
    fn accents_and_tails_need_room() {
        for face in [Face::Regular, Face::Bold] {
            let [plain, accent, tail] = ["E", "É", "p"].map(|text| face.extent(text));
            assert!(plain.rise >= CAPITAL && plain.drop < 0.05, "{plain:?}");
            assert!(accent.rise > plain.rise + 0.1, "{accent:?}");
            assert!(tail.drop > 0.15, "{tail:?}");
        }
    }
}
