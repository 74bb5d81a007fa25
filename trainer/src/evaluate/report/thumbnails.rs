//! Small pictures that are part of the page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use recognise::Region;
use recognise::photo;

/// The longest side in pixels, sharp when shown at half of that on a dense screen.
pub(super) const LONGEST: u32 = 320;
/// Quality of the JPEG, 1 to 100.
const QUALITY: u8 = 80;
/// Width of the lines around regions, in pixels.
const LINE: u32 = 3;

/// A small picture for the page.
#[derive(Clone, Debug)]
pub(super) struct Thumbnail {
    /// The JPEG as a data URI.
    pub(super) uri: String,
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
}

impl Thumbnail {
    /// The thumbnail of a picture with lines around regions of it, each in its colour.
    pub(super) fn with_regions(picture: &RgbImage, regions: &[(Region, Rgb<u8>)]) -> Self {
        let mut small = photo::shrink(picture, LONGEST).into_owned();
        for &(region, colour) in regions {
            outline(&mut small, region, colour);
        }
        Self::of(&small)
    }

    /// The thumbnail of a picture.
    pub(super) fn of(picture: &RgbImage) -> Self {
        let small = photo::shrink(picture, LONGEST);
        let mut jpeg = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
        small
            .write_with_encoder(encoder)
            .expect("a picture of this size has a JPEG form");
        Self {
            uri: format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)),
            width: small.width(),
            height: small.height(),
        }
    }
}

/// Draws lines along the inner side of a region.
fn outline(picture: &mut RgbImage, region: Region, colour: Rgb<u8>) {
    let [left, top, width, height] = region.pixels(picture.width(), picture.height());
    for y in 0..height {
        for x in 0..width {
            let is_inside = |at: u32, length: u32| at >= LINE && at + LINE < length;
            if !(is_inside(x, width) && is_inside(y, height)) {
                picture.put_pixel(left + x, top + y, colour);
            }
        }
    }
}
