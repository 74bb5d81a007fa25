//! Decodes photographs to upright RGB pictures, within bounds of memory.
//!
//! The content decides the format, never the file's name. An incomplete picture is refused, because
//! half a picture would be recognised as confidently as a whole one.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage, imageops,
};
use thiserror::Error;

/// The most pixels that a photograph may have; checked before it is decoded.
pub const MAX_PIXELS: u64 = 50_000_000;

/// The longest side that a photograph may have, in pixels: the limit of JPEG.
pub const MAX_SIDE: u32 = 65_535;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;

/// The grey level behind transparent pixels.
const PAPER: u8 = 255;

/// The most bytes that a decoder needs for one pixel: four channels of 16 bits.
const MAX_BYTES_PER_PIXEL: u64 = 8;

/// Why a photograph could not be read, and which file it was if there was one.
#[derive(Debug)]
pub struct PhotoError {
    /// The file; `None` for bytes in memory.
    pub path: Option<PathBuf>,
    /// What is wrong with it.
    pub fault: Fault,
}

impl std::error::Error for PhotoError {}

impl fmt::Display for PhotoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}: {}", path.display(), self.fault),
            None => self.fault.fmt(f),
        }
    }
}

impl From<Fault> for PhotoError {
    fn from(fault: Fault) -> Self {
        Self { path: None, fault }
    }
}

/// What can be wrong with a photograph.
#[derive(Debug, Error)]
pub enum Fault {
    /// The path does not exist.
    #[error("no such file")]
    Missing,
    /// The path names a directory, a device or a pipe.
    #[error("not a file; name the photographs one by one")]
    NotAFile,
    /// The system refused to read the file.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file is bigger than [`MAX_BYTES`].
    #[error("the file has {} MiB; at most {} are read", .0.div_ceil(1 << 20), MAX_BYTES >> 20)]
    TooManyBytes(u64),
    /// The content is not a picture of a known format.
    #[error("not a picture; JPEG, PNG, WebP and GIF are read")]
    NotAPicture,
    /// A picture of a format that is not supported.
    #[error("a picture of format {0:?}; JPEG, PNG, WebP and GIF are read")]
    UnknownFormat(ImageFormat),
    /// More than [`MAX_PIXELS`], or a side longer than [`MAX_SIDE`].
    #[error("{width} x {height} pixels; at most {} megapixels are read", MAX_PIXELS / 1_000_000)]
    TooManyPixels {
        /// Pixels of a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The file ends before the picture does.
    #[error("the picture is cut short; copy the file again")]
    Truncated,
    /// The decoder failed.
    #[error("the picture is damaged: {0}")]
    Damaged(String),
}

/// Reads the photograph at `path`: upright, opaque, at most [`MAX_PIXELS`].
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

/// Decodes the first frame of a JPEG, PNG, WebP or GIF.
///
/// The orientation in its EXIF data is applied; transparent pixels become white.
///
/// # Errors
/// A [`PhotoError`] without a path, if the bytes are not a complete picture of a known format.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, PhotoError> {
    if bytes.is_empty() {
        return Err(Fault::Empty.into());
    }
    let format = image::guess_format(bytes).map_err(|_| Fault::NotAPicture)?;
    if !matches!(
        format,
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif
    ) {
        return Err(Fault::UnknownFormat(format).into());
    }
    // The decoder fills what is missing of a truncated JPEG with grey, and reports success.
    if format == ImageFormat::Jpeg && !jpeg_has_end(bytes) {
        return Err(Fault::Truncated.into());
    }
    Ok(opaque(upright(bytes, format)?))
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
    if picture.width().max(picture.height()) <= longest {
        return Cow::Borrowed(picture);
    }
    let [width, height] = fit([picture.width(), picture.height()], [longest; 2]);
    Cow::Owned(imageops::thumbnail(picture, width, height))
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

fn upright(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, Fault> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_PIXELS * MAX_BYTES_PER_PIXEL);
    reader.limits(limits);

    let mut decoder = reader.into_decoder().map_err(fault_of)?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Fault::TooManyPixels { width, height });
    }
    // Broken EXIF data is no reason to refuse a good picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(fault_of)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn fault_of(error: ImageError) -> Fault {
    match error {
        ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Fault::Truncated
        }
        error => Fault::Damaged(error.to_string()),
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

/// Whether the JPEG has its end-of-image marker. Follows the segments by their lengths, so that
/// neither the end of an embedded thumbnail counts nor what a camera appends after the end.
///
/// Markers: ITU-T T.81, annex B.
fn jpeg_has_end(bytes: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xD9;
    let mut rest = bytes;
    loop {
        // Entropy-coded data continues until the next 0xFF that no 0x00 follows.
        let Some(at) = rest.iter().position(|&byte| byte == 0xFF) else {
            return false;
        };
        rest = &rest[at + 1..];
        match rest {
            [END_OF_IMAGE, ..] => return true,
            // Stuffing, TEM, restart and start-of-image markers stand alone; 0xFF is fill.
            [0x00 | 0x01 | 0xD0..=0xD8, tail @ ..] => rest = tail,
            [0xFF, ..] => {}
            [_, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                match rest.get(1 + length..) {
                    Some(tail) => rest = tail,
                    None => return false,
                }
            }
            _ => return false,
        }
    }
}
