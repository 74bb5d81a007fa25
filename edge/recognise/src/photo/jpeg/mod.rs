//! Reads JPEGs.
//!
//! The crate `image` decodes most of them. Before that, every block of the picture is read: an
//! end-of-image marker does not show that a picture is whole, since programs and cameras append one
//! to what they have, and a picture without the marker may be whole. A decoder fills what is missing
//! with grey, and reports success.
//!
//! What is read of the blocks is enough for a decoder. It decodes what `image` cannot (see
//! [`suits_image`]), and large pictures, of which it keeps only a few coefficients of each block.

mod bits;
mod header;
mod pixels;
mod scans;
mod segments;
mod standard;

use std::borrow::Cow;

use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat};

use self::header::{Frame, Header};
use self::segments::Segments;
use super::{FULL_PIXELS, Fault, MAX_PIXELS, SHRINK, check_size};

/// The side of a block, in pixels.
const BLOCK: usize = 8;

/// How many zeros at the end of a file show that it was not copied to its end.
const ZEROS: usize = 16;

const END_OF_IMAGE: u8 = 0xD9;

/// What shows that a JPEG is whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// Its blocks.
    Blocks,
    /// An end-of-image marker after its only scan. Where there is none, its blocks.
    Marker,
}

/// Decodes a JPEG, and says how to turn it upright.
///
/// # Errors
/// [`Fault::Truncated`], [`Fault::Damaged`], [`Fault::NotRead`] or [`Fault::TooManyPixels`].
pub(super) fn decode(bytes: &[u8], proof: Proof) -> Result<(DynamicImage, Orientation), Fault> {
    let data = bytes.strip_suffix(&[0xFF, END_OF_IMAGE]).unwrap_or(bytes);
    let is_cut = data.ends_with(&[0; ZEROS]);
    let mut header = Header::read(bytes).map_err(|fault| fault.of_cut_file(is_cut))?;
    let picture = picture(&mut header, proof).map_err(|fault| fault.of_cut_file(is_cut))?;
    let orientation = header.orientation.unwrap_or(Orientation::NoTransforms);
    Ok((picture, orientation))
}

fn picture(header: &mut Header<'_>, proof: Proof) -> Result<DynamicImage, Fault> {
    // No side is longer than 65,535.
    let [width, height] = [header.frame.width, header.frame.height].map(|side| side as u32);
    check_size(width, height, MAX_PIXELS)?;
    let full = check_size(width, height, FULL_PIXELS);
    if full.is_ok() && suits_image(header) {
        if proof == Proof::Marker && ends_after_one_scan(header) {
            return super::whole(header.segments.bytes(), ImageFormat::Jpeg);
        }
        scans::read(header, 0)?;
        return super::whole(&ended(header), ImageFormat::Jpeg);
    }
    // Colours for printing.
    if header.frame.components.len() == 4 {
        full?;
        return Err(header::not_read("unusual components"));
    }
    let size = if full.is_ok() { BLOCK } else { BLOCK / SHRINK };
    let planes = scans::read(header, size)?;
    Ok(pixels::picture(header, planes, size))
}

/// Whether nothing but an end-of-image marker follows the blocks of the first scan.
fn ends_after_one_scan(header: &Header<'_>) -> bool {
    let mut segments = Segments::new(header.segments.bytes(), header.segments.position());
    loop {
        match segments.marker() {
            // Restarts are marked within a scan.
            Some(0xD0..=0xD7) => {}
            marker => return marker == Some(END_OF_IMAGE),
        }
    }
}

/// Whether `image` decodes the picture rightly. Its decoder, zune-jpeg 0.5.15, needs the Huffman
/// tables that many cameras leave out, does not know every sampling and panics at some, and mixes
/// up the blocks of a picture whose components come in several scans.
fn suits_image(header: &Header<'_>) -> bool {
    let frame = &header.frame;
    let is_in_one_scan = frame.is_progressive || header.scan.parts.len() == frame.components.len();
    header.has_codes && is_in_one_scan && has_usual_sampling(frame)
}

/// Whether the brightness has at most twice the width and height of the colours, as almost always.
fn has_usual_sampling(frame: &Frame) -> bool {
    let [first, others @ ..] = &frame.components[..] else {
        return false;
    };
    let most = if others.is_empty() { 1 } else { 2 };
    // Black, a fourth component, may have the sampling of the brightness.
    let mut others = others.iter().map(|it| it.sampling);
    first.sampling.iter().all(|&side| side <= most)
        && others.all(|it| it == [1, 1] || it == first.sampling)
}

/// The JPEG with an end-of-image marker after its last scan. Without one, the decoder may leave out
/// the last blocks.
fn ended<'a>(header: &Header<'a>) -> Cow<'a, [u8]> {
    let bytes = header.segments.bytes();
    let end = header.segments.position();
    if Segments::new(bytes, end).marker() == Some(END_OF_IMAGE) {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned([&bytes[..end], &[0xFF, END_OF_IMAGE]].concat())
}
