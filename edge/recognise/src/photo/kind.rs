//! Tells by the first bytes of a file what it is.

use std::fmt;

use super::{Fault, png};

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    WebP,
    Gif,
}

/// A kind of file that people take for a photograph and that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A HEIC or HEIF photograph.
    Heic,
    /// A picture of another format, by its name.
    Format(&'static str),
    /// A kind of a format that is otherwise read.
    Variant {
        /// The name of the format.
        format: &'static str,
        /// What is special about it.
        what: &'static str,
    },
    /// A PDF document.
    Pdf,
    /// A video, or sound.
    Video,
}

impl fmt::Display for Kind {
    /// What it is, and what to do about it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heic => f.write_str(
                "a HEIC photograph, as iPhones take them, is not read; send it as a JPEG (on the \
                 iPhone: Settings > Camera > Formats > Most Compatible)",
            ),
            Self::Format(format) => {
                write!(
                    f,
                    "a picture of the format {format}, which is not read; save it as a JPEG"
                )
            }
            Self::Variant { format, what } => {
                write!(
                    f,
                    "a kind of {format} that is not read ({what}); open it and save it again"
                )
            }
            Self::Pdf => f.write_str("a PDF document; save the photograph in it as a JPEG"),
            Self::Video => f.write_str("a video or sound; send a photograph"),
        }
    }
}

const AVIF: Kind = Kind::Format("AVIF");
const JPEG_XL: Kind = Kind::Format("JPEG XL");
const JPEG_2000: Kind = Kind::Format("JPEG 2000");
/// Raw files of cameras are made like TIFFs.
const TIFF: Kind = Kind::Format("TIFF or raw");

/// How files of a kind begin.
const SIGNATURES: [(&[u8], Kind); 29] = [
    (b"\0\0\0\x0CJXL ", JPEG_XL),
    (b"\xFF\x0A", JPEG_XL),
    (b"\0\0\0\x0CjP  ", JPEG_2000),
    (b"\xFF\x4F\xFF\x51", JPEG_2000),
    (b"II\x2A\0", TIFF),
    (b"MM\0\x2A", TIFF),
    (b"II\x2B\0", TIFF),
    (b"MM\0\x2B", TIFF),
    (b"IIRO", TIFF),
    (b"IIU\0", TIFF),
    (b"FUJIFILMCCD-RAW", TIFF),
    (b"%PDF-", Kind::Pdf),
    (b"8BPS", Kind::Format("PSD")),
    (b"\0\0\x01\0", Kind::Format("ICO")),
    (b"qoif", Kind::Format("QOI")),
    (b"DDS ", Kind::Format("DDS")),
    (b"v/1\x01", Kind::Format("EXR")),
    (b"#?RADIANCE", Kind::Format("HDR")),
    (b"farbfeld", Kind::Format("farbfeld")),
    (b"P5\n", Kind::Format("PGM")),
    (b"P6\n", Kind::Format("PPM")),
    (b"<svg", Kind::Format("SVG")),
    (b"\x1A\x45\xDF\xA3", Kind::Video),
    (b"\0\0\x01\xBA", Kind::Video),
    (b"\0\0\x01\xB3", Kind::Video),
    (b"OggS", Kind::Video),
    (b"FLV\x01", Kind::Video),
    (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", Kind::Video),
    (b"ID3", Kind::Video),
];

impl Format {
    /// The format of a file's content.
    ///
    /// # Errors
    /// [`Fault::NotRead`] or [`Fault::NotAPicture`].
    pub(super) fn of(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.starts_with(b"\xFF\xD8\xFF") {
            Ok(Self::Jpeg)
        } else if bytes.starts_with(png::SIGNATURE) {
            Ok(Self::Png)
        } else if bytes.starts_with(b"RIFF") && matches!(bytes.get(8..12), Some(b"WEBP")) {
            Ok(Self::WebP)
        } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            Ok(Self::Gif)
        } else {
            Err(kind(bytes).map_or(Fault::NotAPicture, Fault::NotRead))
        }
    }
}

/// Which of the kinds that are not read a file is.
fn kind(bytes: &[u8]) -> Option<Kind> {
    let known = SIGNATURES
        .iter()
        .find(|(start, _)| bytes.starts_with(start));
    if let Some((_, kind)) = known {
        return Some(*kind);
    }
    match (bytes.get(..4)?, bytes.get(4..8)?) {
        // Two bytes alone are a word of a text; four that are reserved follow the file's length.
        ([b'B', b'M', ..], _) if matches!(bytes.get(6..10), Some([0, 0, 0, 0])) => {
            Some(Kind::Format("BMP"))
        }
        (b"RIFF", _) => Some(Kind::Video),
        (_, b"ftyp") => Some(of_brands(bytes)),
        (_, b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot") => Some(Kind::Video),
        _ => None,
    }
}

/// The kind of a file by its brands (ISO/IEC 14496-12, 4.3): the major one, then those with which it
/// is compatible.
fn of_brands(bytes: &[u8]) -> Kind {
    let length = bytes.first_chunk::<4>();
    let length = length.map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let brands = bytes.get(8..length.min(bytes.len())).unwrap_or_default();
    let has = |wanted: &[&[u8]]| brands.chunks_exact(4).any(|brand| wanted.contains(&brand));
    if has(&[b"avif", b"avis"]) {
        AVIF
    } else if has(&[
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1",
    ]) {
        Kind::Heic
    } else if has(&[b"crx "]) {
        TIFF
    } else {
        Kind::Video
    }
}
