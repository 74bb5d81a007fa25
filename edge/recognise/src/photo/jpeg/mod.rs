//! Reads JPEGs.
//!
//! The crate `image` decodes most of them. Before that, every block of the picture is read: an
//! end-of-image marker does not show that a picture is whole, since programs and cameras append one
//! to what they have, and a picture without the marker may be whole. A decoder fills what is missing
//! with grey, and reports success.
//!
//! What is read of the blocks is enough for a decoder. It decodes what `image` cannot (see
//! [`suits_image`]), and pictures that are larger than they are needed: photographs of very many
//! megapixels, and a camera's pictures that are larger than a frame. Of these it keeps only a few
//! coefficients of each block.

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
use super::{FULL_PIXELS, Fault, MAX_PIXELS, SHRINK, check_size, fit};

/// The side of a block, in pixels.
const BLOCK: usize = 8;

/// The sides that blocks can have in a picture that is needed at less than its size, in pixels.
const SMALLER: [usize; 3] = [1, 2, 4];

/// How many zeros at the end of a file show that it was not copied to its end.
const ZEROS: usize = 16;

const END_OF_IMAGE: u8 = 0xD9;

/// What shows that a JPEG is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Its blocks.
    Blocks,
    /// An end-of-image marker after its only scan. Where there is none, or where the blocks are read
    /// anyway, its blocks.
    Marker,
}

/// Decodes a JPEG, and says how to turn it upright. Where a picture is enough that fills `bounds`
/// (width and height of the upright picture), it may be smaller than the JPEG's.
///
/// # Errors
/// [`Fault::Truncated`], [`Fault::Damaged`], [`Fault::NotRead`] or [`Fault::TooManyPixels`].
pub(super) fn decode(
    bytes: &[u8],
    proof: Proof,
    bounds: Option<[u32; 2]>,
) -> Result<(DynamicImage, Orientation), Fault> {
    let data = bytes.strip_suffix(&[0xFF, END_OF_IMAGE]).unwrap_or(bytes);
    let is_cut = data.ends_with(&[0; ZEROS]);
    let mut header = Header::read(bytes).map_err(|fault| fault.of_cut_file(is_cut))?;
    let orientation = header.orientation.unwrap_or(Orientation::NoTransforms);
    let size = bounds.map_or(BLOCK, |bounds| needed(&header.frame, orientation, bounds));
    let picture = picture(&mut header, proof, size).map_err(|fault| fault.of_cut_file(is_cut))?;
    Ok((picture, orientation))
}

/// The smallest side of blocks, in pixels, at which the picture still has all pixels of the one that
/// it is shrunk to within the bounds.
fn needed(frame: &Frame, orientation: Orientation, bounds: [u32; 2]) -> usize {
    let [across, down] = bounds;
    let bounds = if is_sideways(orientation) {
        [down, across]
    } else {
        bounds
    };
    // No side is longer than 65,535.
    let sides = [frame.width, frame.height];
    let needed = fit(sides.map(|side| side as u32), bounds);
    let is_enough = |&size: &usize| {
        let mut sides = sides.iter().zip(needed);
        sides.all(|(&side, needed)| side * size >= needed as usize * BLOCK)
    };
    SMALLER.into_iter().find(is_enough).unwrap_or(BLOCK)
}

/// Whether width and height change places.
fn is_sideways(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// The picture with blocks of at most `size` x `size` pixels.
fn picture(header: &mut Header<'_>, proof: Proof, size: usize) -> Result<DynamicImage, Fault> {
    // No side is longer than 65,535.
    let [width, height] = [header.frame.width, header.frame.height].map(|side| side as u32);
    check_size(width, height, MAX_PIXELS)?;
    let full = check_size(width, height, FULL_PIXELS);
    // Colours for printing.
    let has_black = header.frame.components.len() == 4;
    if full.is_ok() && suits_image(header) && (size == BLOCK || has_black) {
        if proof == Proof::Marker && ends_after_one_scan(header) {
            return super::whole(header.segments.bytes(), ImageFormat::Jpeg);
        }
        scans::read(header, 0)?;
        return super::whole(&ended(header), ImageFormat::Jpeg);
    }
    if has_black {
        full?;
        return Err(header::not_read("unusual components"));
    }
    let most = if full.is_ok() { BLOCK } else { BLOCK / SHRINK };
    let size = size.min(most);
    let planes = scans::read(header, size)?;
    Ok(pixels::picture(header, &planes, size))
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
