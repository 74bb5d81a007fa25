//! Defines the colours of the screens: by day, at night and in one bit.

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::RgbColor;

use crate::canvas::Depth;

/// The colours by their use. Text has a contrast of at least 4.5 to 1 with its background, anything
/// else that carries meaning at least 3 to 1 (WCAG 2.2, success criteria 1.4.3 and 1.4.11).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theme {
    /// The background.
    pub(crate) paper: Rgb888,
    /// Text.
    pub(crate) ink: Rgb888,
    /// Less important text.
    pub(crate) quiet: Rgb888,
    /// The background of an icon, a label or a row of a list.
    pub(crate) card: Rgb888,
    /// What is certain or selected.
    pub(crate) accent: Rgb888,
    /// Text on `accent`.
    pub(crate) on_accent: Rgb888,
    /// What is less certain.
    pub(crate) doubt: Rgb888,
    /// A pip that is not filled, and the track of a progress bar.
    pub(crate) faint: Rgb888,
    /// The background of a notice.
    pub(crate) notice: Rgb888,
    /// Text on `notice`.
    pub(crate) on_notice: Rgb888,
    /// A cat's fur, the hair in its ears, its lighter chin.
    pub(crate) cat: [Rgb888; 3],
    /// A dog's fur, its ears, its lighter muzzle.
    pub(crate) dog: [Rgb888; 3],
    /// The modules of a QR code, which readers expect to be dark, and what is between them.
    pub(crate) code_dark: Rgb888,
    pub(crate) code_light: Rgb888,
    /// Eyes and noses.
    pub(crate) features: Rgb888,
    /// A tongue, a heart.
    pub(crate) rose: Rgb888,
    /// The brightness of a picture's red, green and blue, in 1/256.
    pub(crate) picture: [u16; 3],
}

const fn rgb(hex: u32) -> Rgb888 {
    Rgb888::new((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const DAY: Theme = Theme {
    paper: rgb(0xFB_F6EC),
    ink: rgb(0x1D_2733),
    quiet: rgb(0x4E_5864),
    card: rgb(0xEF_E4CF),
    accent: rgb(0x0B_6655),
    on_accent: rgb(0xFF_FFFF),
    doubt: rgb(0x94_4A00),
    faint: rgb(0xD3_C6AE),
    notice: rgb(0xF8_D488),
    on_notice: rgb(0x3A_2400),
    cat: [rgb(0xC2_6A14), rgb(0xF4_C890), rgb(0xFB_E6C8)],
    dog: [rgb(0xA0_6B3C), rgb(0x63_3D20), rgb(0xF6_E6CC)],
    code_dark: rgb(0x1D_2733),
    code_light: rgb(0xFF_FFFF),
    features: rgb(0x22_1A14),
    rose: rgb(0xC8_4A5A),
    picture: [256; 3],
};

/// Dim and warm: little light, and hardly any blue, which disturbs sleep most of all.
const NIGHT: Theme = Theme {
    paper: rgb(0x14_0E08),
    ink: rgb(0xE6_B679),
    quiet: rgb(0xB2_8A5A),
    card: rgb(0x2A_1E12),
    accent: rgb(0xBD_8A36),
    on_accent: rgb(0x17_0F06),
    doubt: rgb(0xD8_7F3C),
    faint: rgb(0x4A_3824),
    notice: rgb(0x46_3012),
    on_notice: rgb(0xF0_C890),
    cat: [rgb(0x9C_5A1C), rgb(0xBE_8C54), rgb(0xC8_A274)],
    dog: [rgb(0x8F_6238), rgb(0x6C_4626), rgb(0xBF_9E74)],
    code_dark: rgb(0x14_0E08),
    code_light: rgb(0xE6_B679),
    features: rgb(0x14_0E08),
    rose: rgb(0xB0_5248),
    picture: [176, 140, 104],
};

const ONE_BIT: Theme = Theme {
    paper: Rgb888::BLACK,
    ink: Rgb888::WHITE,
    quiet: Rgb888::WHITE,
    card: Rgb888::BLACK,
    accent: Rgb888::WHITE,
    on_accent: Rgb888::BLACK,
    doubt: Rgb888::WHITE,
    faint: Rgb888::WHITE,
    notice: Rgb888::WHITE,
    on_notice: Rgb888::BLACK,
    cat: [Rgb888::WHITE, Rgb888::BLACK, Rgb888::WHITE],
    dog: [Rgb888::WHITE; 3],
    code_dark: Rgb888::BLACK,
    code_light: Rgb888::WHITE,
    features: Rgb888::BLACK,
    rose: Rgb888::WHITE,
    picture: [256; 3],
};

impl Theme {
    pub(crate) fn of(depth: Depth, night: bool) -> &'static Self {
        match (depth, night) {
            (Depth::OneBit, _) => &ONE_BIT,
            (Depth::Colour, false) => &DAY,
            (Depth::Colour, true) => &NIGHT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_enough_contrast_with_their_background() {
        for (name, theme) in [("day", DAY), ("night", NIGHT), ("one bit", ONE_BIT)] {
            let check = |what, over, under, least| {
                let contrast = contrast(over, under);
                assert!(contrast >= least, "{name}: {what} has {contrast:.2} to 1");
            };
            check("text", theme.ink, theme.paper, 7.0);
            check("text on a card", theme.ink, theme.card, 4.5);
            check("quiet text", theme.quiet, theme.paper, 4.5);
            check("quiet text on a card", theme.quiet, theme.card, 4.5);
            check("what is certain", theme.accent, theme.paper, 4.5);
            check("what is certain on a card", theme.accent, theme.card, 4.5);
            check("what is selected", theme.on_accent, theme.accent, 4.5);
            check("what is less certain", theme.doubt, theme.paper, 4.5);
            check("a notice", theme.on_notice, theme.notice, 4.5);
            check("a QR code", theme.code_dark, theme.code_light, 7.0);
            assert!(luminance(theme.code_dark) < luminance(theme.code_light));
            for ground in [theme.paper, theme.card] {
                check("a cat", theme.cat[0], ground, 3.0);
                check("a dog", theme.dog[0], ground, 3.0);
                check("a heart", theme.rose, ground, 3.0);
            }
            check("a cat's eyes", theme.features, theme.cat[0], 3.0);
            check("a dog's eyes", theme.features, theme.dog[0], 3.0);
            check("a dog's nose", theme.features, theme.dog[2], 3.0);
        }
    }

    #[test]
    fn the_night_is_dark() {
        let brightest = [
            NIGHT.paper,
            NIGHT.card,
            NIGHT.accent,
            NIGHT.ink,
            NIGHT.notice,
        ];
        for colour in brightest {
            assert!(colour.b() < colour.r(), "{colour:?} is not warm");
            assert!(luminance(colour) < 0.55, "{colour:?} is too bright");
        }
        assert!(luminance(NIGHT.paper) < 0.01);
    }

    /// WCAG 2.2, definition of the contrast ratio.
    fn contrast(a: Rgb888, b: Rgb888) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// WCAG 2.2, definition of the relative luminance.
    fn luminance(colour: Rgb888) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }
}
