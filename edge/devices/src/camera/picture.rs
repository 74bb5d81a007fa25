//! The section `[picture]` of `kiosk.toml`: how a camera exposes, and how its pictures are turned,
//! mirrored and cropped before anything is recognised in them.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use image::{RgbImage, imageops};
use recognise::photo;
use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use thiserror::Error;

use super::clip::{HEIGHT, WIDTH};

/// The exposure times that can be asked for, in microseconds: drivers count in 100 of them.
const EXPOSURES: RangeInclusive<u32> = 100..=1_000_000;

/// The colour temperatures that can be asked for, in kelvin: from candlelight to a blue sky.
const TEMPERATURES: RangeInclusive<u32> = 1_000..=20_000;

/// The smallest share of a picture's side that a crop can have: 32 of 640 pixels.
const LEAST_SHARE: f64 = 0.05;

/// What shares may exceed 1 by, as sums of decimal fractions do.
const ROUNDING: f64 = 1e-6;

/// The settings of a camera's pictures. Whatever is not set stays as the camera has it.
///
/// ```
/// use devices::camera::picture::{Settings, Turn};
/// use image::RgbImage;
///
/// let settings = Settings { rotate: Turn::Right, ..Settings::default() };
/// let picture = settings.adjust(RgbImage::new(320, 200));
/// assert_eq!(picture.dimensions(), (200, 320));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The exposure time, 100 to 1 000 000 microseconds.
    #[serde(deserialize_with = "exposure")]
    pub exposure: Option<Level>,
    /// The colour temperature of the light, 1000 to 20 000 kelvin.
    #[serde(deserialize_with = "white_balance")]
    pub white_balance: Option<Level>,
    /// The frequency at which lamps flicker.
    #[serde(deserialize_with = "power_line")]
    pub power_line: Option<PowerLine>,
    /// How the picture is mirrored, after it was turned.
    pub flip: Flip,
    /// How far the picture is turned clockwise, in degrees.
    #[serde(deserialize_with = "rotate")]
    pub rotate: Turn,
    /// The part of the picture that is used, of the picture that was turned and mirrored.
    pub crop: Option<Crop>,
}

/// A value that the camera finds by itself, or a fixed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The camera finds it by itself.
    Auto,
    /// This value, in the setting's own unit.
    Fixed(u32),
}

/// The frequency of the mains, at twice of which lamps flicker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerLine {
    /// The camera does not care.
    Off,
    /// 50 Hz: Europe, Africa, most of Asia, Australia.
    Hertz50,
    /// 60 Hz: North America, parts of South America and Asia.
    Hertz60,
}

/// How a picture is mirrored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flip {
    /// Not at all.
    #[default]
    None,
    /// Left and right change places.
    Horizontal,
    /// Top and bottom change places.
    Vertical,
    /// Both.
    Both,
}

impl Flip {
    /// Whether left and right change places.
    #[must_use]
    pub fn is_horizontal(self) -> bool {
        matches!(self, Self::Horizontal | Self::Both)
    }

    /// Whether top and bottom change places.
    #[must_use]
    pub fn is_vertical(self) -> bool {
        matches!(self, Self::Vertical | Self::Both)
    }
}

/// How far a picture is turned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    /// Not at all.
    #[default]
    None,
    /// By 90 degrees clockwise.
    Right,
    /// By 180 degrees.
    Half,
    /// By 270 degrees clockwise.
    Left,
}

impl Turn {
    /// Whether width and height change places.
    #[must_use]
    pub fn is_sideways(self) -> bool {
        matches!(self, Self::Right | Self::Left)
    }
}

/// A part of a picture, in shares of its width and height, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "[f64; 4]")]
pub struct Crop {
    /// From the picture's left edge to its own.
    pub left: f64,
    /// From the picture's top edge to its own.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// Why four numbers are no part of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum CropError {
    /// A number is no share.
    #[error(
        "crop: {0}; it is [left, top, width, height], each a share of the picture from 0 to 1, \
         such as [0.25, 0, 0.5, 1] for its middle"
    )]
    NoShare(f64),
    /// It reaches beyond the picture.
    #[error("crop: it reaches beyond the picture, since {start} and {length} are more than 1")]
    Beyond {
        /// Where it begins.
        start: f64,
        /// How long it is.
        length: f64,
    },
    /// It is too small for an animal to be recognised in it.
    #[error("crop: {} of the picture is too little; width and height are at least {}", .0, LEAST_SHARE)]
    TooSmall(f64),
}

impl TryFrom<[f64; 4]> for Crop {
    type Error = CropError;

    fn try_from([left, top, width, height]: [f64; 4]) -> Result<Self, CropError> {
        for share in [left, top, width, height] {
            if !(0.0..=1.0).contains(&share) {
                return Err(CropError::NoShare(share));
            }
        }
        for (start, length) in [(left, width), (top, height)] {
            if length < LEAST_SHARE {
                return Err(CropError::TooSmall(length));
            }
            if start + length > 1.0 + ROUNDING {
                return Err(CropError::Beyond { start, length });
            }
        }
        Ok(Self {
            left,
            top,
            width,
            height,
        })
    }
}

impl Settings {
    /// A picture as the camera gave it, cropped, turned and mirrored, and shrunk where it is larger
    /// than a frame. The rest of the work is done on the pixels that are left.
    #[must_use]
    pub fn adjust(&self, picture: RgbImage) -> RgbImage {
        let picture = match self.crop {
            Some(crop) => cut(&picture, self.of_camera(crop)),
            None => picture,
        };
        let picture = fitted(picture, self.bounds());
        let mut picture = match self.rotate {
            Turn::None => picture,
            Turn::Right => imageops::rotate90(&picture),
            Turn::Half => imageops::rotate180(&picture),
            Turn::Left => imageops::rotate270(&picture),
        };
        if self.flip.is_horizontal() {
            imageops::flip_horizontal_in_place(&mut picture);
        }
        if self.flip.is_vertical() {
            imageops::flip_vertical_in_place(&mut picture);
        }
        picture
    }

    /// The size of the whole picture, as the camera gives it, whose used part just fits a frame: width
    /// and height in pixels. A larger one is shrunk.
    pub(super) fn needed(&self) -> [u32; 2] {
        let [width, height] = self.bounds();
        let Some(crop) = self.crop else {
            return [width, height];
        };
        let crop = self.of_camera(crop);
        let whole = |side: u32, share: f64| (f64::from(side) / share).ceil() as u32;
        [whole(width, crop.width), whole(height, crop.height)]
    }

    /// The size of a frame before it is turned.
    fn bounds(&self) -> [u32; 2] {
        self.turned([WIDTH, HEIGHT])
    }

    /// Width and height before they are turned.
    pub(super) fn turned(&self, [width, height]: [u32; 2]) -> [u32; 2] {
        if self.rotate.is_sideways() {
            [height, width]
        } else {
            [width, height]
        }
    }

    /// The same part of the picture before it is turned and mirrored.
    fn of_camera(&self, crop: Crop) -> Crop {
        let Crop {
            mut left,
            mut top,
            width,
            height,
        } = crop;
        if self.flip.is_horizontal() {
            left = 1.0 - left - width;
        }
        if self.flip.is_vertical() {
            top = 1.0 - top - height;
        }
        let (left, top, width, height) = match self.rotate {
            Turn::None => (left, top, width, height),
            Turn::Right => (top, 1.0 - left - width, height, width),
            Turn::Half => (1.0 - left - width, 1.0 - top - height, width, height),
            Turn::Left => (1.0 - top - height, left, height, width),
        };
        Crop {
            left,
            top,
            width,
            height,
        }
    }
}

/// A part of a picture: at least a pixel.
fn cut(picture: &RgbImage, crop: Crop) -> RgbImage {
    let (width, height) = picture.dimensions();
    let (left, width) = pixels(crop.left, crop.width, width);
    let (top, height) = pixels(crop.top, crop.height, height);
    imageops::crop_imm(picture, left, top, width, height).to_image()
}

/// The first pixel of a row or column that a part begins with, and how many it has.
fn pixels(start: f64, length: f64, side: u32) -> (u32, u32) {
    let at = |share: f64| (share * f64::from(side)).round() as u32;
    let first = at(start).min(side.saturating_sub(1));
    let end = at(start + length).clamp(first + 1, side.max(first + 1));
    (first, end - first)
}

/// The picture at a size that fits the bounds: shrunk where it is larger.
fn fitted(picture: RgbImage, bounds: [u32; 2]) -> RgbImage {
    let smaller = match photo::shrink_within(&picture, bounds) {
        Cow::Owned(smaller) => Some(smaller),
        Cow::Borrowed(_) => None,
    };
    smaller.unwrap_or(picture)
}

fn exposure<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Level>, D::Error> {
    level(
        value,
        EXPOSURES,
        "\"auto\" or 100 to 1000000 (microseconds)",
    )
}

fn white_balance<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Level>, D::Error> {
    level(value, TEMPERATURES, "\"auto\" or 1000 to 20000 (kelvin)")
}

fn level<'de, D: Deserializer<'de>>(
    value: D,
    possible: RangeInclusive<u32>,
    expected: &'static str,
) -> Result<Option<Level>, D::Error> {
    let given = value.deserialize_any(GivenVisitor(expected))?;
    let level = match &given {
        Given::Word(word) if word == "auto" => Some(Level::Auto),
        Given::Number(number) => u32::try_from(*number)
            .ok()
            .filter(|number| possible.contains(number))
            .map(Level::Fixed),
        Given::Word(_) => None,
    };
    match level {
        Some(level) => Ok(Some(level)),
        None => Err(given.refused(expected)),
    }
}

fn power_line<'de, D: Deserializer<'de>>(value: D) -> Result<Option<PowerLine>, D::Error> {
    const EXPECTED: &str = "50, 60 or \"off\"";
    match value.deserialize_any(GivenVisitor(EXPECTED))? {
        Given::Number(50) => Ok(Some(PowerLine::Hertz50)),
        Given::Number(60) => Ok(Some(PowerLine::Hertz60)),
        Given::Word(word) if word == "off" => Ok(Some(PowerLine::Off)),
        other => Err(other.refused(EXPECTED)),
    }
}

fn rotate<'de, D: Deserializer<'de>>(value: D) -> Result<Turn, D::Error> {
    const EXPECTED: &str = "0, 90, 180 or 270 (degrees, clockwise)";
    match value.deserialize_any(GivenVisitor(EXPECTED))? {
        Given::Number(0) => Ok(Turn::None),
        Given::Number(90) => Ok(Turn::Right),
        Given::Number(180) => Ok(Turn::Half),
        Given::Number(270) => Ok(Turn::Left),
        other => Err(other.refused(EXPECTED)),
    }
}

/// A number or a word of `kiosk.toml`.
enum Given {
    Number(i64),
    Word(String),
}

impl Given {
    /// The error that says what is possible instead.
    fn refused<E: de::Error>(&self, expected: &str) -> E {
        let unexpected = match self {
            Self::Number(number) => Unexpected::Signed(*number),
            Self::Word(word) => Unexpected::Str(word),
        };
        E::invalid_value(unexpected, &expected)
    }
}

/// Takes a number or a word; says what is possible where there is neither.
struct GivenVisitor(&'static str);

impl Visitor<'_> for GivenVisitor {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Given, E> {
        Ok(Given::Number(number))
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Given, E> {
        Ok(Given::Word(word.to_owned()))
    }
}
