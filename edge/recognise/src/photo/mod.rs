//! Decodes photographs to upright RGB pictures, within bounds of memory.
//!
//! The content decides the format, never the file's name. An incomplete picture is refused, because
//! half a picture would be recognised as confidently as a whole one. What was decoded decides
//! whether it is complete, never an end marker.
//!
//! A picture of more than [`FULL_PIXELS`] is not needed at its size: a JPEG or PNG is read at a
//! quarter of its width and height, and never decoded as a whole.

mod error;
mod jpeg;
mod kind;
mod orientation;
mod png;
mod shrink;
mod webp;

use std::borrow::Cow;
use std::fmt::Display;
use std::fs;
use std::io::{self, Cursor};
use std::path::Path;

use image::error::ParameterErrorKind;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use self::kind::Format;

pub use self::error::{Fault, PhotoError};
pub use self::jpeg::Proof;
pub use self::kind::Kind;

/// The most pixels that a photograph may have; checked before it is decoded. A camera with 108
/// megapixels takes pictures of 12,000 x 9,000 or 12,032 x 9,024.
pub const MAX_PIXELS: u64 = 110_000_000;

/// The most pixels of a photograph that is read at its size. Larger JPEGs and PNGs are read at a
/// quarter of their width and height, other formats and interlaced PNGs not at all.
pub const FULL_PIXELS: u64 = 50_000_000;

/// The longest side that a photograph may have, in pixels: the limit of JPEG.
pub const MAX_SIDE: u32 = 65_535;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;

/// By how much the sides of a large picture are divided.
const SHRINK: usize = 4;

/// The grey level behind transparent pixels.
const PAPER: u8 = 255;

/// The most bytes that a decoder needs for one pixel: four channels of 16 bits.
const MAX_BYTES_PER_PIXEL: u64 = 8;

/// Reads the photograph at `path`: upright, opaque, at most [`FULL_PIXELS`].
///
/// # Errors
/// A [`PhotoError`] that names the file, if it is not a complete picture of a known format.
pub fn open(path: &Path) -> Result<RgbImage, PhotoError> {
    let at_path = |fault| PhotoError {
        path: Some(path.to_owned()),
        fault,
    };
    let bytes = read(path).map_err(at_path)?;
    decode(&bytes).map_err(|error| at_path(error.fault))
}

/// Decodes the first frame of a JPEG, PNG, WebP or GIF: upright, opaque, at most [`FULL_PIXELS`].
///
/// The orientation in its EXIF data is applied; transparent pixels become white. Of a JPEG or PNG
/// with more pixels, a picture with a quarter of its width and height is returned.
///
/// # Errors
/// A [`PhotoError`] without a path, if the bytes are not a complete picture of a known format.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, PhotoError> {
    let (mut picture, orientation) = stored(bytes)?;
    picture.apply_orientation(orientation);
    Ok(opaque(picture))
}

/// Decodes a picture as [`decode`] does, but does not turn it: for one that a program has turned
/// already, even if its EXIF data still ask for that.
///
/// # Errors
/// As [`decode`].
pub fn decode_unturned(bytes: &[u8]) -> Result<RgbImage, PhotoError> {
    let (picture, _) = stored(bytes)?;
    Ok(opaque(picture))
}

/// Decodes a JPEG of a camera as [`decode`] does, for a picture that is then shrunk to fit `bounds`:
/// width and height in pixels.
///
/// A JPEG that is larger may be read at a half, a quarter or an eighth of its width and height,
/// never at less than what it is shrunk to. So the whole of it is never made, which takes most of the
/// work. It is complete if every block is there, whatever `proof` says.
///
/// Of a picture that is not larger, [`Proof::Marker`] is enough where a driver says itself when a part
/// of a picture is lost. Reading every block first would take 1.5 million instructions for a frame of 640x480 on
/// Arm. For a JPEG of a network or a program, of which nobody says what is lost, there is
/// [`Proof::Blocks`].
///
/// # Errors
/// As [`decode`].
pub fn decode_frame(jpeg: &[u8], proof: Proof, bounds: [u32; 2]) -> Result<RgbImage, PhotoError> {
    let (mut picture, orientation) = jpeg::decode(jpeg, proof, Some(bounds))?;
    picture.apply_orientation(orientation);
    Ok(opaque(picture))
}

/// The size of the largest picture within `bounds` that has the proportions of `size`: width and
/// height in pixels, each at least 1. It may be larger than `size`.
///
/// ```
/// use recognise::photo::fit;
///
/// assert_eq!(fit([4000, 3000], [640, 640]), [640, 480]);
/// assert_eq!(fit([8000, 1], [640, 640]), [640, 1]);
/// ```
#[must_use]
pub fn fit(size: [u32; 2], bounds: [u32; 2]) -> [u32; 2] {
    let [width, height] = size.map(|side| u64::from(side.max(1)));
    let [across, down] = bounds.map(u64::from);
    // By the side that is the tighter fit: a / b <= c / d.
    let (numerator, denominator) = if across * height <= down * width {
        (across, width)
    } else {
        (down, height)
    };
    [width, height].map(|side| {
        let scaled = side * numerator / denominator;
        u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
    })
}

/// The picture, scaled down if its longer side is longer than `longest` pixels.
#[must_use]
pub fn shrink(picture: &RgbImage, longest: u32) -> Cow<'_, RgbImage> {
    shrink_within(picture, [longest; 2])
}

/// The picture, scaled down to fit `bounds` if it is wider or higher: width and height in pixels.
///
/// ```
/// use image::RgbImage;
/// use recognise::photo::shrink_within;
///
/// let picture = RgbImage::new(4000, 3000);
/// assert_eq!(shrink_within(&picture, [640, 640]).dimensions(), (640, 480));
/// assert_eq!(shrink_within(&picture, [4000, 4000]).dimensions(), (4000, 3000));
/// ```
#[must_use]
pub fn shrink_within(picture: &RgbImage, bounds: [u32; 2]) -> Cow<'_, RgbImage> {
    let (width, height) = picture.dimensions();
    if picture.is_empty() || width <= bounds[0] && height <= bounds[1] {
        return Cow::Borrowed(picture);
    }
    let [width, height] = fit([width, height], bounds);
    Cow::Owned(shrink::to_size(picture, width, height))
}

#[expect(
    clippy::disallowed_methods,
    reason = "one of the two places where this crate reads a file: a photograph"
)]
fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Fault::Missing,
        _ => Fault::Unreadable(error),
    };
    // Checked before the file is opened: opening a pipe would wait for its writer.
    let about = fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(Fault::NotAFile);
    }
    if about.len() > MAX_BYTES {
        return Err(Fault::TooManyBytes(about.len()));
    }
    fs::read(path).map_err(unreadable)
}

/// The picture as it lies in the file, and how it is to be turned.
fn stored(bytes: &[u8]) -> Result<(DynamicImage, Orientation), Fault> {
    if bytes.is_empty() {
        return Err(Fault::Empty);
    }
    match Format::of(bytes)? {
        Format::Jpeg => jpeg::decode(bytes, Proof::Blocks, None),
        Format::Png => png::decode(bytes),
        Format::WebP => webp::decode(bytes),
        // A GIF has no EXIF data.
        Format::Gif => Ok((whole(bytes, ImageFormat::Gif)?, Orientation::NoTransforms)),
    }
}

/// Whether a picture has at most so many pixels, and no side longer than [`MAX_SIDE`].
///
/// # Errors
/// [`Fault::TooManyPixels`] if not.
fn check_size(width: u32, height: u32, most: u64) -> Result<(), Fault> {
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > most {
        return Err(Fault::TooManyPixels {
            width,
            height,
            most,
        });
    }
    Ok(())
}

/// Decodes a picture at its size, as it lies in the file.
///
/// # Errors
/// [`Fault::TooManyPixels`] for more than [`FULL_PIXELS`], [`Fault::Truncated`] or
/// [`Fault::Damaged`].
fn whole(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, Fault> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(match format {
        // For all that is not the picture, such as its colour profile, which is compressed.
        ImageFormat::Png => MAX_BYTES,
        _ => FULL_PIXELS * MAX_BYTES_PER_PIXEL,
    });
    reader.limits(limits);

    let decoder = reader.into_decoder().map_err(fault_of)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, FULL_PIXELS)?;
    DynamicImage::from_decoder(decoder).map_err(fault_of)
}

fn fault_of(error: ImageError) -> Fault {
    match error {
        ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Fault::Truncated
        }
        ImageError::Parameter(error) if error.kind() == ParameterErrorKind::NoMoreData => {
            Fault::Truncated
        }
        error => damage(&error),
    }
}

/// The fault that a decoder reports. Those for PNG and GIF tell data that ends too early from data
/// that is wrong by their messages alone.
fn damage(error: &impl Display) -> Fault {
    const ENDS: [&str; 4] = [
        "InsufficientInput",
        "enough data",
        "image truncated",
        "Unexpected End of File",
    ];
    let message = error.to_string();
    if ENDS.iter().any(|end| message.contains(end)) {
        Fault::Truncated
    } else {
        Fault::Damaged(message)
    }
}

fn opaque(picture: DynamicImage) -> RgbImage {
    if !picture.has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut out = RgbImage::new(picture.width(), picture.height());
    for (to, from) in out.pixels_mut().zip(picture.pixels()) {
        let [r, g, b, alpha] = from.0;
        to.0 = [r, g, b].map(|colour| over_paper(colour, alpha));
    }
    out
}

fn over_paper(colour: u8, alpha: u8) -> u8 {
    let (colour, paper, alpha) = (u32::from(colour), u32::from(PAPER), u32::from(alpha));
    ((colour * alpha + paper * (255 - alpha) + 127) / 255) as u8
}
