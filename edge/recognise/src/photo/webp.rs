//! Reads WebPs (RFC 9649).

use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat};

use super::{Fault, orientation, whole};

/// Decodes a WebP, or the first frame of one, and says how to turn it upright.
///
/// # Errors
/// [`Fault::Truncated`], [`Fault::Damaged`] or [`Fault::TooManyPixels`].
pub(super) fn decode(bytes: &[u8]) -> Result<(DynamicImage, Orientation), Fault> {
    let mut is_cut = false;
    let mut orientation = None;
    for (kind, content, is_whole) in chunks(bytes) {
        // The decoder would make something of half a picture.
        if matches!(kind, b"VP8 " | b"VP8L") && !is_whole {
            return Err(Fault::Truncated);
        }
        is_cut |= !is_whole;
        if kind == b"EXIF" {
            orientation = orientation.or_else(|| orientation::of_exif(content));
        }
    }
    let picture = whole(bytes, ImageFormat::WebP);
    let picture = picture.map_err(|fault| fault.of_cut_file(is_cut))?;
    Ok((picture, orientation.unwrap_or(Orientation::NoTransforms)))
}

/// The chunks of a WebP: each with its kind, what there is of it, and whether that is all. The first
/// one is the file as a whole.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8], bool)> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (kind, tail) = rest.split_first_chunk::<4>()?;
        let (length, tail) = tail.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let content = &tail[..length.min(tail.len())];
        // The chunks are inside the file's own one, after its name. Their length is even.
        let after = match kind {
            b"RIFF" => 4,
            _ => length.saturating_add(length % 2),
        };
        rest = tail.get(after..).unwrap_or_default();
        Some((kind, content, content.len() == length))
    })
}
