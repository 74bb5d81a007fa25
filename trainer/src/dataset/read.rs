//! Reads photographs in parallel and keeps account of those that cannot be read.

use image::RgbImage;
use indicatif::ProgressBar;
use rayon::prelude::*;
use recognise::BreedId;
use recognise::metadata::Breed;
use recognise::photo::{self, PhotoError};

use super::Photo;

/// Opens the photographs on all cores and hands each to `work`, with its index.
///
/// Gives what `work` returned, in the given order, and why the other photographs could not be read. `bar` advances by
/// one for each photograph, readable or not.
///
/// # Errors
/// The first error of `work`.
pub(crate) fn read_each<T: Send, E: Send>(
    photos: &[Photo],
    bar: &ProgressBar,
    work: impl Fn(usize, &Photo, RgbImage) -> Result<T, E> + Sync,
) -> Result<(Vec<T>, Vec<PhotoError>), E> {
    let read = |(index, photo): (usize, &Photo)| {
        let result = match photo::open(&photo.path) {
            Ok(picture) => work(index, photo, picture).map(Ok),
            Err(error) => Ok(Err(error)),
        };
        bar.inc(1);
        result
    };
    let results: Vec<Result<T, PhotoError>> = photos
        .par_iter()
        .enumerate()
        .map(read)
        .collect::<Result<_, _>>()?;
    let mut done = Vec::with_capacity(results.len());
    let mut unreadable = Vec::new();
    for result in results {
        match result {
            Ok(value) => done.push(value),
            Err(error) => unreadable.push(error),
        }
    }
    Ok((done, unreadable))
}

/// The breeds of which no photograph can be read. Opens the photographs of each breed up to the first that can: mostly
/// one.
pub(crate) fn unseen(photos: &[Photo], breeds: &[Breed]) -> Vec<BreedId> {
    let is_seen = |breed: usize| {
        let mut of_breed = photos.iter().filter(|photo| photo.breed == breed);
        of_breed.any(|photo| photo::open(&photo.path).is_ok())
    };
    let breeds = breeds.par_iter().enumerate();
    let unseen = breeds.filter(|&(index, _)| !is_seen(index));
    unseen.map(|(_, breed)| breed.id.clone()).collect()
}

/// Keeps one error for each file: photographs that are read several times fail several times.
pub(crate) fn once_each(mut unreadable: Vec<PhotoError>) -> Vec<PhotoError> {
    unreadable.sort_by(|a, b| a.path.cmp(&b.path));
    unreadable.dedup_by(|a, b| a.path == b.path);
    unreadable
}
