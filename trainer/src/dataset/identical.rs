//! Finds identical files without reading most of them.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use rayon::prelude::*;

use super::Photo;

/// The photographs of `some` whose files are identical with one of `others`, each with that one, in the order of
/// `some`.
///
/// Only files of the same length are read. Pictures that are the same in another file are not found; that takes
/// decoding all of them, as [`super::check`] does.
pub(crate) fn identical(some: &[Photo], others: &[Photo]) -> Vec<[PathBuf; 2]> {
    let lengths = |photos: &[Photo]| -> HashSet<u64> {
        photos
            .iter()
            .filter_map(|photo| length(&photo.path))
            .collect()
    };
    let (of_some, of_others) = (lengths(some), lengths(others));
    let common: HashSet<u64> = of_some.intersection(&of_others).copied().collect();
    let sums = |photos: &[Photo]| -> Vec<(Sum, PathBuf)> {
        let candidates = photos.par_iter().map(|photo| &photo.path);
        let candidates =
            candidates.filter(|path| length(path).is_some_and(|it| common.contains(&it)));
        candidates
            .filter_map(|path| Some((sum(path)?, path.clone())))
            .collect()
    };
    let others: HashMap<Sum, PathBuf> = sums(others).into_iter().collect();
    let pairs = sums(some).into_iter();
    pairs
        .filter_map(|(sum, path)| Some([path, others.get(&sum)?.clone()]))
        .collect()
}

type Sum = [u8; 16];

/// The length of a file in bytes; `None` if it is empty or cannot be read.
fn length(path: &Path) -> Option<u64> {
    let length = fs::metadata(path).ok()?.len();
    (length > 0).then_some(length)
}

fn sum(path: &Path) -> Option<Sum> {
    Some(Md5::digest(fs::read(path).ok()?).into())
}
