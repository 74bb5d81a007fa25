//! Warns at the start of a run if there are too few photographs.

use recognise::metadata::Breed;

use super::folds::FOLDS;
use crate::dataset::Photo;
use crate::metrics::wilson;

/// With fewer photographs to train on, a breed is hardly learnt.
const ENOUGH_TO_TRAIN: usize = 5;
/// With fewer photographs to validate on, figures and thresholds are hardly known.
const ENOUGH_TO_VALIDATE: usize = 20;

/// Whether this many photographs to validate on are too few to calibrate a network on them alone.
pub(crate) fn is_few(validation: usize) -> bool {
    validation < ENOUGH_TO_VALIDATE
}

/// What the owner of few photographs has to know.
pub(super) fn warnings(train: &[Photo], validation: &[Photo], breeds: &[Breed]) -> Vec<String> {
    to_train(train, breeds)
        .into_iter()
        .chain(to_validate(validation.len()))
        .collect()
}

fn to_train(train: &[Photo], breeds: &[Breed]) -> Option<String> {
    let mut counts = vec![0; breeds.len()];
    train.iter().for_each(|photo| counts[photo.breed] += 1);
    let counted = breeds.iter().zip(counts);
    let few = counted.filter(|&(_, count)| count < ENOUGH_TO_TRAIN);
    let few: Vec<String> = few
        .map(|(breed, count)| format!("{} ({count})", breed.id))
        .collect();
    (!few.is_empty()).then(|| {
        format!(
            "fewer than {ENOUGH_TO_TRAIN} photographs to train on: {}; the network will often take such a breed for \
             others: add photographs of it",
            few.join(", ")
        )
    })
}

fn to_validate(count: usize) -> Option<String> {
    let [least, _] = wilson(count, count);
    let photographs = if count == 1 {
        "photograph"
    } else {
        "photographs"
    };
    is_few(count).then(|| {
        format!(
            "only {count} {photographs} to validate on: even if the network is right on all of them, it may be right \
             on {:.0} % of others. So it is calibrated in {FOLDS} folds of the photographs to train on as well; add \
             photographs",
            100.0 * least
        )
    })
}
