//! Splits that hold still: which side a photograph falls on depends on its own name alone.

use std::collections::HashSet;
use std::path::Path;

use md5::{Digest, Md5};

use super::{Photo, file_name};

/// Carves a validation set out of `trainval`: (what is left to train on, validation), each in the
/// given order.
///
/// Stratified: `share` (0 to 1) of each breed's photographs, rounded, goes to validation, though at
/// least one and never all of a breed that has two or more. The choice within a breed follows from
/// `seed` and the file names, so it does not depend on which other breeds there are.
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

/// A hash that is the same on every machine and in every version, which the standard library's is
/// not: the first 8 bytes of an MD5.
pub(super) fn stable_hash(parts: &[&str]) -> u64 {
    let mut hasher = Md5::new();
    for part in parts {
        hasher.update(part);
        // No file name holds a zero byte, so "a" + "bc" and "ab" + "c" differ.
        hasher.update([0]);
    }
    let sum = hasher.finalize();
    sum.iter()
        .take(8)
        .fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
