//! Conditions of a kiosk's camera that are not among the fifteen corruptions.

use fast_image_resize::{FilterType, ResizeAlg};
use image::{Rgb, RgbImage, imageops};
use rand::{Rng, RngExt};

use super::digital::jpeg;
use super::plane::byte;
use super::scale::resized;

/// Width and height of a wide frame, as cameras stream it, in pixels.
const FRAME: (u32, u32) = (640, 360);
/// The largest shares of the frame's width and height that a distant animal takes up.
const SHARE: (f64, f64) = (1.0 / 3.0, 0.6);

/// Gains of red, green and blue in linear light under an incandescent lamp: a black body of 2850 K relative to one of
/// 6500 K, at equal luminance. The camera's white balance is assumed to correct half of it (in logarithms).
const INCANDESCENT: [f32; 3] = [1.36, 0.94, 0.49];
/// The same in the shade beside a window, a black body of 10000 K.
const SHADE: [f32; 3] = [0.92, 1.01, 1.18];
/// The same under cool white fluorescent tubes. Photographers correct these on daylight film with a CC30M filter,
/// which has a density of 0.30 for green.
const FLUORESCENT: [f32; 3] = [0.77, 1.09, 0.77];

/// A condition under which a kiosk's camera records animals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// A JPEG of quality 95.
    Jpeg95,
    /// A JPEG of quality 70.
    Jpeg70,
    /// A JPEG of quality 50.
    Jpeg50,
    /// A JPEG of quality 30.
    Jpeg30,
    /// The yellow light of incandescent lamps.
    WarmLight,
    /// The blue light of shade.
    ColdLight,
    /// The green light of fluorescent tubes.
    GreenLight,
    /// A small animal in a wide frame: the picture takes up a third of the width of a generated room of 640 x 360
    /// pixels, within the largest centred square.
    FarAway,
    /// The camera is mounted upside down.
    UpsideDown,
}

impl Condition {
    /// All conditions, in the order of their documentation.
    pub const ALL: [Self; 9] = [
        Self::Jpeg95,
        Self::Jpeg70,
        Self::Jpeg50,
        Self::Jpeg30,
        Self::WarmLight,
        Self::ColdLight,
        Self::GreenLight,
        Self::FarAway,
        Self::UpsideDown,
    ];

    /// Its name in snake case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg95 => "jpeg_95",
            Self::Jpeg70 => "jpeg_70",
            Self::Jpeg50 => "jpeg_50",
            Self::Jpeg30 => "jpeg_30",
            Self::WarmLight => "warm_light",
            Self::ColdLight => "cold_light",
            Self::GreenLight => "green_light",
            Self::FarAway => "far_away",
            Self::UpsideDown => "upside_down",
        }
    }

    /// The picture as that camera records it, of the same size except for [`Condition::FarAway`].
    pub fn apply(self, picture: &RgbImage, rng: &mut impl Rng) -> RgbImage {
        if picture.is_empty() {
            return picture.clone();
        }
        match self {
            Self::Jpeg95 => jpeg(picture, 95),
            Self::Jpeg70 => jpeg(picture, 70),
            Self::Jpeg50 => jpeg(picture, 50),
            Self::Jpeg30 => jpeg(picture, 30),
            Self::WarmLight => cast(picture, INCANDESCENT),
            Self::ColdLight => cast(picture, SHADE),
            Self::GreenLight => cast(picture, FLUORESCENT),
            Self::FarAway => far_away(picture, rng),
            Self::UpsideDown => imageops::rotate180(picture),
        }
    }
}

/// Multiplies the channels in linear light.
fn cast(picture: &RgbImage, gains: [f32; 3]) -> RgbImage {
    let tables = gains.map(|gain| {
        let table: [u8; 256] = std::array::from_fn(|value| {
            let value = value as f32 / 255.0;
            byte(to_srgb((from_srgb(value) * gain).min(1.0)))
        });
        table
    });
    let mut picture = picture.clone();
    for pixel in picture.pixels_mut() {
        for (value, table) in pixel.0.iter_mut().zip(&tables) {
            *value = table[usize::from(*value)];
        }
    }
    picture
}

/// Linear light of an sRGB value, both 0 to 1 (IEC 61966-2-1).
fn from_srgb(value: f32) -> f32 {
    if value <= 0.04045 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

/// The inverse of [`from_srgb`].
fn to_srgb(light: f32) -> f32 {
    if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

fn far_away(picture: &RgbImage, rng: &mut impl Rng) -> RgbImage {
    let mut frame = room(rng);
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let (room_width, room_height) = (f64::from(FRAME.0), f64::from(FRAME.1));
    let factor = (SHARE.0 * room_width / width).min(SHARE.1 * room_height / height);
    let scaled = |side: f64| ((side * factor).round() as u32).max(1);
    let size = (scaled(width), scaled(height));
    let whole = [0.0, 0.0, width, height];
    let filter = ResizeAlg::Convolution(FilterType::Bilinear);
    let small = resized(picture, whole, size, filter);

    let spare = FRAME.1.saturating_sub(size.0);
    let left = (FRAME.0 - FRAME.1) / 2 + rng.random_range(0..=spare);
    // The animal stands on the floor.
    let top = FRAME.1 - size.1 - FRAME.1 / 20;
    // The picture's own background blends into the room over a twelfth of the short side.
    let seam = (f64::from(size.0.min(size.1)) / 12.0).max(1.0);
    for (x, y, pixel) in small.enumerate_pixels() {
        let edge = x.min(y).min(size.0 - 1 - x).min(size.1 - 1 - y);
        let share = ((f64::from(edge) + 0.5) / seam).min(1.0) as f32;
        let behind = frame[(left + x, top + y)];
        let blend = |channel: usize| {
            let (front, behind) = (f32::from(pixel[channel]), f32::from(behind[channel]));
            (front * share + behind * (1.0 - share)).round() as u8
        };
        frame[(left + x, top + y)] = Rgb(std::array::from_fn(blend));
    }
    frame
}

/// Generates a room: a wall with a skirting board and a floor of boards, lit from one side.
fn room(rng: &mut impl Rng) -> RgbImage {
    let (width, height) = (FRAME.0 as f32, FRAME.1 as f32);
    let mut colour = |light: std::ops::Range<f32>, warmth: f32| {
        let light = rng.random_range(light);
        let tint = rng.random_range(-0.06..0.06);
        [light + warmth + tint, light, light - warmth - tint]
    };
    let wall = colour(0.5..0.8, 0.02);
    let board = colour(0.75..0.9, 0.01);
    let floor = colour(0.3..0.55, 0.08);
    let skirting = height * rng.random_range(0.45..0.6);
    let seams = rng.random_range(0.08..0.16);
    let window: f32 = rng.random_range(-0.25..0.25);
    RgbImage::from_fn(FRAME.0, FRAME.1, |x, y| {
        let (across, y) = (x as f32 / width - 0.5, y as f32);
        let (surface, shade) = if y < skirting {
            (wall, 1.0)
        } else if y < skirting + 0.04 * height {
            (board, 1.0)
        } else {
            // The boards run towards a vanishing point above the frame's centre.
            let depth = (y + 0.3 * height) / height;
            let place = (across / depth / seams).rem_euclid(1.0);
            let seam = if place < 0.04 { 0.75 } else { 1.0 };
            (floor, seam * (0.8 + 0.2 * y / height))
        };
        let light = shade * (1.0 + window * across) * rng.random_range(0.98..1.02);
        Rgb(surface.map(|value| byte(value * light)))
    })
}
