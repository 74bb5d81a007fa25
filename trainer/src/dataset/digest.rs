//! Which photographs a model was made of, in one short text.

use std::fs;

use md5::{Digest, Md5};

use super::{Photo, file_name};

/// A digest (32 hexadecimal digits) of a set of photographs, in whatever order they come: of each
/// its breed's index, its file name and the length of the file (0 when that cannot be read).
///
/// The contents are left out for speed: reading 800 MB to label a training run is not worth it,
/// and a picture that changed without changing its length is next to impossible.
pub fn digest<'a>(photos: impl Iterator<Item = &'a Photo>) -> String {
    let mut lines: Vec<String> = photos
        .map(|photo| {
            let length = fs::metadata(&photo.path).map_or(0, |metadata| metadata.len());
            format!("{}\t{length}\t{}\n", photo.breed, file_name(&photo.path))
        })
        .collect();
    lines.sort_unstable();
    let mut hasher = Md5::new();
    for line in lines {
        hasher.update(line);
    }
    hex(&hasher.finalize())
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
