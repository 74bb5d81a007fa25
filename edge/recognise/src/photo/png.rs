//! Reads PNGs (PNG specification, third edition).

use std::borrow::Cow;
use std::io::{Cursor, ErrorKind, Read};

use flate2::read::ZlibDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, RgbImage};
use png::{Decoder, DecodingError, Transformations};

use super::{FULL_PIXELS, Fault, Kind, MAX_PIXELS, SHRINK};
use super::{check_size, damage, orientation, over_paper, whole};

/// What a PNG begins with.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

/// The last chunk, which is the same in every PNG.
const END: &[u8] = b"\0\0\0\0IEND\xAE\x42\x60\x82";

/// What other programs name text chunks that hold EXIF data.
const PROFILES: [&[u8]; 2] = [b"Raw profile type exif", b"Raw profile type APP1"];

/// A PNG as Apple's tools make them for apps, with a chunk before the header.
const OF_APPLE: Kind = Kind::Variant {
    format: "PNG",
    what: "made for Apple's apps",
};

/// The most bytes of a text that are read, compressed or not.
const MOST_TEXT: usize = 1 << 20;

/// The most chunks that are searched for EXIF data; programs write one or two.
const MOST_EXIF: usize = 4;

/// Decodes a PNG, and says how to turn it upright.
///
/// # Errors
/// [`Fault::Truncated`], [`Fault::Damaged`], [`Fault::NotRead`] or [`Fault::TooManyPixels`].
pub(super) fn decode(bytes: &[u8]) -> Result<(DynamicImage, Orientation), Fault> {
    let mut chunks = chunks(bytes);
    let Some((first, header)) = chunks.next() else {
        return Err(Fault::Truncated);
    };
    match first {
        b"IHDR" => {}
        b"CgBI" => return Err(Fault::NotRead(OF_APPLE)),
        _ => return Err(Fault::Damaged("no header".to_owned())),
    }
    let &[w3, w2, w1, w0, h3, h2, h1, h0, .., interlace] = header else {
        return Err(Fault::Damaged("a header that is too short".to_owned()));
    };
    let [width, height] = [[w3, w2, w1, w0], [h3, h2, h1, h0]].map(u32::from_be_bytes);
    check_size(width, height, MAX_PIXELS)?;
    // Zeros fill a file that was not copied to its end.
    let is_cut = bytes.ends_with(&[0; END.len()]);
    let bytes = with_end(bytes)?;
    let picture = match check_size(width, height, FULL_PIXELS) {
        Ok(()) => whole(&bytes, ImageFormat::Png),
        // The rows of an interlaced picture are scattered.
        Err(fault) if interlace != 0 => Err(fault),
        Err(_) => shrunk(&bytes, width, height).map(DynamicImage::ImageRgb8),
    };
    let picture = picture.map_err(|fault| fault.of_cut_file(is_cut))?;
    let orientation = (chunks.filter(|(kind, content)| may_hold_exif(kind, content)))
        .take(MOST_EXIF)
        .find_map(|(kind, content)| exif_orientation(kind, content));
    Ok((picture, orientation.unwrap_or(Orientation::NoTransforms)))
}

/// The chunks of a PNG, each with its kind, up to one that is incomplete.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, tail) = rest.split_first_chunk::<4>()?;
        let (kind, tail) = tail.split_first_chunk::<4>()?;
        let (content, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        let (_checksum, tail) = tail.split_first_chunk::<4>()?;
        if !kind.iter().all(u8::is_ascii_alphabetic) {
            return None;
        }
        rest = tail;
        Some((kind, content))
    })
}

/// The PNG with its last chunk, if no more than that is missing. Whether the chunks before have the
/// whole picture is for the decoder to find out.
fn with_end(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Fault> {
    let mut at = SIGNATURE.len();
    for (kind, content) in chunks(bytes) {
        if kind == b"IEND" {
            return Ok(Cow::Borrowed(bytes));
        }
        at += 12 + content.len();
    }
    if matches!(bytes.get(at + 4..at + 8), Some(b"IDAT")) {
        return Err(Fault::Truncated);
    }
    Ok(Cow::Owned([&bytes[..at], END].concat()))
}

/// Reads a large picture row by row, and keeps the mean of every [`SHRINK`] x [`SHRINK`] pixels.
fn shrunk(bytes: &[u8], width: u32, height: u32) -> Result<RgbImage, Fault> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(fault_of)?;
    let channels = reader.output_color_type().0.samples();
    let shrink = SHRINK as u32;
    let mut picture = RgbImage::new(width.div_ceil(shrink), height.div_ceil(shrink));
    let mut sums = vec![[0; 3]; picture.width() as usize];
    for y in 0..height {
        let row = reader.next_row().map_err(fault_of)?;
        let row = row.ok_or(Fault::Truncated)?;
        for (x, pixel) in row.data().chunks_exact(channels).enumerate() {
            let sum = &mut sums[x / SHRINK];
            for (sum, colour) in sum.iter_mut().zip(opaque(pixel)) {
                *sum += u32::from(colour);
            }
        }
        let rows = y % shrink + 1;
        if rows == shrink || y + 1 == height {
            for (x, sum) in sums.iter_mut().enumerate() {
                let columns = (width - x as u32 * shrink).min(shrink);
                let mean = sum.map(|sum| (sum / (columns * rows)) as u8);
                picture.put_pixel(x as u32, y / shrink, image::Rgb(mean));
                *sum = [0; 3];
            }
        }
    }
    Ok(picture)
}

/// The colour of a pixel with one to four channels.
fn opaque(pixel: &[u8]) -> [u8; 3] {
    match *pixel {
        [grey] => [grey; 3],
        [grey, alpha] => [over_paper(grey, alpha); 3],
        [red, green, blue] => [red, green, blue],
        [red, green, blue, alpha] => [red, green, blue].map(|colour| over_paper(colour, alpha)),
        _ => [0; 3],
    }
}

fn fault_of(error: DecodingError) -> Fault {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Fault::Truncated
        }
        error => damage(&error),
    }
}

/// Whether a chunk holds EXIF data by its kind, or as a text by its keyword.
fn may_hold_exif(kind: &[u8; 4], content: &[u8]) -> bool {
    let keyword = content.split(|&byte| byte == 0).next();
    let is_profile = keyword.is_some_and(|keyword| PROFILES.contains(&keyword));
    kind == b"eXIf" || (is_profile && content.len() <= MOST_TEXT)
}

/// The orientation in a chunk of EXIF data, or in a text chunk that holds such data.
fn exif_orientation(kind: &[u8; 4], content: &[u8]) -> Option<Orientation> {
    if kind == b"eXIf" {
        return orientation::of_exif(content);
    }
    // A zero ends the keyword.
    let end = content.iter().position(|&byte| byte == 0)?;
    let text = &content[end + 1..];
    let text = match kind {
        b"tEXt" => text.to_vec(),
        // One byte says how it is compressed; there is one way.
        b"zTXt" => inflate(text.get(1..)?)?,
        b"iTXt" => {
            let (&[is_compressed, _way], rest) = text.split_first_chunk::<2>()?;
            // The language and the keyword in it, each up to a zero.
            let text = rest.splitn(3, |&byte| byte == 0).nth(2)?;
            if is_compressed == 1 {
                inflate(text)?
            } else {
                text.to_vec()
            }
        }
        _ => return None,
    };
    orientation::of_exif(&profile(&text)?)
}

/// Inflates a text, or what there is of it up to a limit.
fn inflate(compressed: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut reader = ZlibDecoder::new(compressed).take(MOST_TEXT as u64);
    reader.read_to_end(&mut text).ok()?;
    Some(text)
}

/// The bytes of a raw profile as ImageMagick writes it: its name, its length, and hexadecimal
/// digits, on lines of their own.
fn profile(text: &[u8]) -> Option<Vec<u8>> {
    let mut words = text
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let (_name, _length) = (words.next()?, words.next()?);
    let digits: Option<Vec<u8>> = (words.flatten())
        .map(|&digit| char::from(digit).to_digit(16).map(|digit| digit as u8))
        .collect();
    let bytes = digits?;
    let bytes = bytes.chunks_exact(2).map(|pair| (pair[0] << 4) | pair[1]);
    Some(bytes.collect())
}
