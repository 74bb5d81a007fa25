//! Splits photographs by their names alone, so that a split stays the same as photographs are added.

use std::collections::HashSet;
use std::path::Path;

use md5::{Digest, Md5};

use super::{Photo, file_name};

/// Splits `trainval` into photographs to train on and a validation set, in this order; both keep the given order.
///
/// The split is stratified: `share` (0 to 1) of each breed's photographs, rounded, goes to validation. A breed with
/// two or more photographs has at least one in either part, a breed with a single one keeps it for training. The
/// choice within a breed depends on `seed` and its file names, not on the other breeds.
///
/// # Panics
/// When a photograph's breed is not below `breeds`.
pub fn carve(trainval: &[Photo], breeds: usize, share: f64, seed: u64) -> (Vec<Photo>, Vec<Photo>) {
    let mut of_breed: Vec<Vec<&Path>> = vec![Vec::new(); breeds];
    for photo in trainval {
        of_breed[photo.breed].push(&photo.path);
    }
    let seed = seed.to_string();
    let mut chosen: HashSet<&Path> = HashSet::new();
    for mut photos in of_breed {
        if photos.len() < 2 {
            continue;
        }
        photos.sort_by_cached_key(|path| (stable_hash(&[&seed, &file_name(path)]), *path));
        let wanted = (share * photos.len() as f64).round() as usize;
        chosen.extend(&photos[..wanted.clamp(1, photos.len() - 1)]);
    }
    let (validation, train) =
        (trainval.iter().cloned()).partition(|photo| chosen.contains(photo.path.as_path()));
    (train, validation)
}

/// A hash that is the same on every machine and in every version, unlike the standard library's: the first 8 bytes of
/// an MD5.
pub(super) fn stable_hash(parts: &[&str]) -> u64 {
    let mut hasher = Md5::new();
    for part in parts {
        hasher.update(part);
        // File names hold no zero byte, so ["a", "bc"] and ["ab", "c"] differ.
        hasher.update([0]);
    }
    let sum = hasher.finalize();
    sum.iter()
        .take(8)
        .fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
