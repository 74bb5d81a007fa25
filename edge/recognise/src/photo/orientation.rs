//! Finds in EXIF data which way the camera was held (EXIF 2.32, 4.6.2; TIFF 6.0).

use image::metadata::Orientation;

/// What stands before EXIF data in a JPEG, and in other files of some programs.
pub(super) const PREFIX: &[u8] = b"Exif\0\0";

/// The tag of the orientation.
const ORIENTATION: u32 = 0x0112;

/// How to turn the picture upright; `None` where the data does not say so. Broken data is no reason
/// to refuse a good picture.
pub(super) fn of_exif(mut exif: &[u8]) -> Option<Orientation> {
    while let Some(rest) = exif.strip_prefix(PREFIX) {
        exif = rest;
    }
    let tiff = Tiff {
        bytes: exif,
        is_little: match exif.get(..4)? {
            b"II\x2A\0" => true,
            b"MM\0\x2A" => false,
            _ => return None,
        },
    };
    let directory = tiff.number(4, 4)? as usize;
    let count = tiff.number(directory, 2)? as usize;
    let entries = (0..count).map_while(|entry| {
        let entry = directory.checked_add(2 + 12 * entry)?;
        (entry + 12 <= exif.len()).then_some(entry)
    });
    let mut found = entries.filter(|&entry| tiff.number(entry, 2) == Some(ORIENTATION));
    let entry = found.next()?;
    // The standard says two bytes; some programs write one or four.
    let length = match tiff.number(entry + 2, 2)? {
        1 | 6 => 1,
        3 | 8 => 2,
        4 | 9 => 4,
        _ => return None,
    };
    let value = tiff.number(entry + 8, length)?;
    Orientation::from_exif(u8::try_from(value).ok()?)
}

/// Data with numbers in one order of bytes.
struct Tiff<'a> {
    bytes: &'a [u8],
    /// Whether numbers begin with their lowest byte.
    is_little: bool,
}

impl Tiff<'_> {
    /// The number of `length` bytes at a place.
    fn number(&self, at: usize, length: usize) -> Option<u32> {
        let bytes = self.bytes.get(at..at.checked_add(length)?)?;
        let add = |number: u32, &byte: &u8| (number << 8) | u32::from(byte);
        Some(if self.is_little {
            bytes.iter().rev().fold(0, add)
        } else {
            bytes.iter().fold(0, add)
        })
    }
}
