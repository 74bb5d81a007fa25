//! Draws over a photograph what spoke for a breed: a class activation map in colours.

use image::{Rgb, RgbImage};
use recognise::{ActivationMap, Region, photo};

use super::thumbnails::{LONGEST, Thumbnail};

/// The colours from where little is added to the breed's logit to where most is: the lighter, the more.
const RAMP: [[f32; 3]; 3] = [
    [80.0, 20.0, 130.0],
    [225.0, 50.0, 60.0],
    [255.0, 230.0, 80.0],
];
/// How much of the colour is seen at most, in relation to the photograph below it.
const OPACITY: f32 = 0.75;
/// The line around the part of the photograph that the map is of.
const LINE: Rgb<u8> = Rgb([255, 255, 255]);

/// The thumbnail of a photograph in grey with the map's colours over it, up to the largest value of the map. There is no
/// colour where nothing is added, and a line around `seen` unless it is all of the photograph.
pub(super) fn thumbnail(photo: &RgbImage, map: &ActivationMap, seen: Region) -> Thumbnail {
    let mut small = photo::shrink(photo, LONGEST).into_owned();
    let across = photo.width() as f32 / small.width() as f32;
    let down = photo.height() as f32 / small.height() as f32;
    let [left, top, width, height] = map.rectangle.map(|side| side as f32);
    let most = map.values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    for (x, y, pixel) in small.enumerate_pixels_mut() {
        let place = [
            ((x as f32 + 0.5) * across - left) / width,
            ((y as f32 + 0.5) * down - top) / height,
        ];
        let is_inside = place.iter().all(|share| (0.0..1.0).contains(share));
        let value = if is_inside { at(map, place) } else { 0.0 };
        *pixel = heated(*pixel, (value / most).clamp(0.0, 1.0));
    }
    let part = (seen != Region::WHOLE).then_some((seen, LINE));
    Thumbnail::with_regions(&small, part.as_slice())
}

/// The map's value at a place in shares of its sides, blended from those of the positions around it.
fn at(map: &ActivationMap, place: [f32; 2]) -> f32 {
    let last = map.side.saturating_sub(1);
    let [(left, right, across), (top, bottom, down)] = place.map(|share| {
        let position = (share * map.side as f32 - 0.5).clamp(0.0, last as f32);
        let before = position as usize;
        (before, (before + 1).min(last), position.fract())
    });
    let value = |x: usize, y: usize| map.values.get(y * map.side + x).copied().unwrap_or(0.0);
    let row = |y: usize| blend(value(left, y), value(right, y), across);
    blend(row(top), row(bottom), down)
}

/// A pixel in grey under the colour of a heat from 0 to 1.
fn heated(Rgb([red, green, blue]): Rgb<u8>, heat: f32) -> Rgb<u8> {
    let grey = 0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue);
    let [cold, middle, hot] = RAMP;
    let (from, to, share) = if heat < 0.5 {
        (cold, middle, 2.0 * heat)
    } else {
        (middle, hot, 2.0 * heat - 1.0)
    };
    let opacity = OPACITY * heat.sqrt();
    Rgb(std::array::from_fn(|channel| {
        let colour = blend(from[channel], to[channel], share);
        blend(grey, colour, opacity).round() as u8
    }))
}

/// From one value to another by a share of 0 to 1.
fn blend(from: f32, to: f32, share: f32) -> f32 {
    from + share * (to - from)
}
