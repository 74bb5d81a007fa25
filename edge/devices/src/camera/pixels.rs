//! Decodes the pictures of a camera's driver to RGB.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, ImageDecoder, RgbImage, imageops};
use nokhwa::utils::{Resolution, nv12_to_rgb, yuyv422_to_rgb};
use recognise::photo;
use thiserror::Error;

use super::clip::{HEIGHT, WIDTH};
use super::device::{Encoding, Mode};

/// Why a camera's bytes are no picture. A single such picture means little: somebody may have touched
/// the cable.
#[derive(Debug, Error)]
pub enum PixelsError {
    /// Fewer bytes than the picture has.
    #[error("{got} bytes, where {mode} has {wanted}")]
    Short {
        /// The mode that was agreed upon.
        mode: Mode,
        /// How many bytes there are.
        got: usize,
        /// How many bytes the mode needs.
        wanted: usize,
    },
    /// A JPEG that cannot be read.
    #[error("a JPEG that cannot be read: {0}")]
    Jpeg(#[from] image::ImageError),
    /// A picture of another size than was agreed upon.
    #[error("a picture of {width}x{height}, where {mode} was agreed upon")]
    Size {
        /// The mode that was agreed upon.
        mode: Mode,
        /// Its width, in pixels.
        width: u32,
        /// Its height, in pixels.
        height: u32,
    },
    /// Pixels that cannot be converted.
    #[error("{0}")]
    Convert(#[from] nokhwa::NokhwaError),
}

/// Decodes the picture in `bytes`, and shrinks it to the size of a frame where it is larger. Bytes
/// after the picture's end are ignored, since drivers give their whole buffer.
///
/// # Errors
/// Where the bytes are no picture of this mode.
pub fn decode(mode: Mode, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    let Mode { width, height, .. } = mode;
    let pixels = width as usize * height as usize;
    let enough = |wanted: usize| {
        bytes.get(..wanted).ok_or(PixelsError::Short {
            mode,
            got: bytes.len(),
            wanted,
        })
    };
    let picture = match mode.encoding {
        Encoding::Mjpeg => jpeg(mode, bytes)?,
        Encoding::Yuyv => whole(mode, yuyv422_to_rgb(enough(pixels * 2)?, false)?)?,
        Encoding::Nv12 => {
            let size = Resolution::new(width, height);
            whole(mode, nv12_to_rgb(size, enough(pixels * 3 / 2)?, false)?)?
        }
    };
    Ok(fitted(picture))
}

fn whole(mode: Mode, rgb: Vec<u8>) -> Result<RgbImage, PixelsError> {
    let got = rgb.len();
    RgbImage::from_raw(mode.width, mode.height, rgb).ok_or(PixelsError::Short {
        mode,
        got,
        wanted: mode.width as usize * mode.height as usize * 3,
    })
}

fn jpeg(mode: Mode, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    let decoder = JpegDecoder::new(Cursor::new(with_tables(bytes)))?;
    let (width, height) = decoder.dimensions();
    if (width, height) != (mode.width, mode.height) {
        return Err(PixelsError::Size {
            mode,
            width,
            height,
        });
    }
    Ok(DynamicImage::from_decoder(decoder)?.into_rgb8())
}

/// Marks a JPEG without Huffman tables. Many cameras leave the tables out, since all use those of the
/// JPEG standard (ITU-T T.81, annex K.3); a decoder uses these where it finds a segment `AVI1`.
fn with_tables(jpeg: &[u8]) -> Cow<'_, [u8]> {
    const START: [u8; 2] = [0xff, 0xd8];
    const AVI1: [u8; 9] = *b"\xff\xe0\x00\x07AVI1\0";
    match jpeg.strip_prefix(&START) {
        Some(rest) if !has_tables(rest) => Cow::Owned([&START, &AVI1[..], rest].concat()),
        _ => Cow::Borrowed(jpeg),
    }
}

/// Whether a segment of Huffman tables comes before the picture's data.
fn has_tables(mut segments: &[u8]) -> bool {
    const TABLES: u8 = 0xc4;
    const SCAN: u8 = 0xda;
    while let [0xff, kind, high, low, ..] = *segments {
        match kind {
            TABLES => return true,
            SCAN => return false,
            _ => {}
        }
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        segments = segments.get(length..).unwrap_or_default();
    }
    false
}

/// The picture at a size that fits a frame: shrunk where it is larger.
fn fitted(picture: RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    if width <= WIDTH && height <= HEIGHT {
        return picture;
    }
    let [width, height] = photo::fit([width, height], [WIDTH, HEIGHT]);
    imageops::thumbnail(&picture, width, height)
}
