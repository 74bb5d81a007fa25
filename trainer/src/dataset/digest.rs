//! Identifies a set of photographs by a short text.

use std::fs;

use md5::{Digest, Md5};

use super::Photo;
use super::files::file_name;

/// A digest (32 hexadecimal digits) of a set of photographs, independent of their order. It covers breed index, file
/// name and file length of each; a file whose length cannot be read counts as empty.
///
/// The contents do not count: it is not worth reading 800 MB to label a training run, and pictures hardly ever change
/// without changing in length.
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
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
