//! Small pictures that are part of the page.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use recognise::photo::{self, PhotoError};

/// The longest side in pixels, sharp when shown at half of that on a dense screen.
const LONGEST: u32 = 320;
/// Quality of the JPEG, 1 to 100.
const QUALITY: u8 = 80;

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
    /// The thumbnail of a photograph.
    pub(super) fn open(path: &Path) -> Result<Self, PhotoError> {
        Ok(Self::of(&photo::open(path)?))
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
