//! Small pictures that stand in the page itself.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use recognise::photo;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};

/// The longest side in pixels: sharp at half of that on a dense screen.
const LONGEST: u32 = 320;
/// JPEG's scale of 1 to 100.
const QUALITY: u8 = 80;

/// A picture for a page.
#[derive(Clone, Debug)]
pub(super) struct Thumbnail {
    /// The JPEG as a data URI.
    pub(super) uri: String,
    /// In pixels.
    pub(super) width: u32,
    /// In pixels.
    pub(super) height: u32,
}

impl Thumbnail {
    /// Of a photograph; `None` where it cannot be read any more.
    pub(super) fn open(path: &Path) -> Option<Self> {
        Self::of(&photo::open(path).ok()?)
    }

    /// Of a picture; `None` where it has no pixels.
    pub(super) fn of(picture: &RgbImage) -> Option<Self> {
        if picture.is_empty() {
            return None;
        }
        let (width, height) = picture.dimensions();
        let factor = f64::from(LONGEST) / f64::from(width.max(height));
        let scaled = |side: u32| ((f64::from(side) * factor.min(1.0)).round() as u32).max(1);
        let (width, height) = (scaled(width), scaled(height));
        let small = resize(picture, width, height, FilterType::Triangle);
        let mut jpeg = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
        small.write_with_encoder(encoder).ok()?;
        Some(Self {
            uri: format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)),
            width,
            height,
        })
    }
}
