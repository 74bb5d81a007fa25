//! Calibrates a network for which there are few photographs to validate on: on those that it trained on, in folds.
//!
//! The photographs of each fold are classified by a discriminant, and compared with prototypes, of the photographs of
//! the other folds (Stone, "Cross-Validatory Choice and Assessment of Statistical Predictions", Journal of the Royal
//! Statistical Society B 36, 1974). The convolutions have seen them all, but on so few photographs they hardly move
//! from the pretrained weights. The classifier that was learnt by gradient descent has seen them, too, and cannot be
//! learnt again for each fold, so the discriminant alone becomes the bundle's classifier.

use recognise::Recogniser;

use super::views::{ViewOutputs, outputs_of_views};
use super::watch::Watch;
use super::{Photos, TrainError};
use crate::dataset::Photo;
use crate::net::{Classifier, Prototypes};

/// Number of folds.
pub(super) const FOLDS: usize = 5;

/// About as many photographs are classified at most: more would take minutes, and change little.
const AT_MOST: usize = 200;

/// The embedding of a photograph to train on.
pub(super) struct Embedding {
    /// Index of the photograph.
    pub(super) index: usize,
    /// Its breed.
    pub(super) breed: usize,
    /// The embedding, as the network's classifier reads it.
    pub(super) features: Vec<f32>,
}

/// The outputs for photographs to train on, as if each of them were new: `embeddings` are those of all that can be read.
///
/// # Errors
/// When the engine fails or the run is stopped.
pub(super) fn held_out(
    recogniser: &Recogniser,
    photos: &Photos,
    embeddings: &[Embedding],
    watch: &Watch,
) -> Result<ViewOutputs, TrainError> {
    let mut all = ViewOutputs::default();
    let Some(features) = embeddings.first().map(|it| it.features.len()) else {
        return Ok(all);
    };
    let own = &photos.train[..photos.own];
    let breeds = photos.breeds.len();
    let folds = &folds(own, breeds);
    let step = step(photos);
    for fold in (0..FOLDS).map(Some) {
        let rest = || {
            let rest = embeddings.iter().filter(move |it| folds[it.index] != fold);
            rest.map(|it| (&*it.features, it.breed))
        };
        let prototypes = Prototypes::of(breeds, features, rest());
        let Some(classifier) = Classifier::discriminant(&prototypes, rest()) else {
            continue;
        };
        let held = own.iter().enumerate().step_by(step);
        let held = held.filter(|(index, _)| folds[*index] == fold);
        let held: Vec<Photo> = held.map(|(_, photo)| photo.clone()).collect();
        // The photographs that cannot be read are already reported.
        let (mut views, _) = outputs_of_views(recogniser, &held, watch.bar, || watch.go_on())?;
        views.classify(&classifier, &prototypes);
        all.extend(&views);
    }
    Ok(all)
}

/// Number of photographs that [`held_out`] classifies at most.
pub(super) fn count(photos: &Photos) -> usize {
    photos.own.div_ceil(step(photos))
}

/// One in this many photographs is classified.
fn step(photos: &Photos) -> usize {
    photos.own.div_ceil(AT_MOST).max(1)
}

/// The fold in which each photograph is held out; `None` for the only photograph of a breed, without which there would
/// be nothing to tell the breed by. Photographs that follow each other, which may be of one animal, are mostly in one
/// fold.
fn folds(photos: &[Photo], breeds: usize) -> Vec<Option<usize>> {
    let mut of_breed = vec![Vec::new(); breeds];
    for (index, photo) in photos.iter().enumerate() {
        of_breed[photo.breed].push(index);
    }
    let mut folds = vec![None; photos.len()];
    for indices in of_breed.iter().filter(|indices| indices.len() > 1) {
        for (place, &index) in indices.iter().enumerate() {
            folds[index] = Some(place * FOLDS / indices.len());
        }
    }
    folds
}
