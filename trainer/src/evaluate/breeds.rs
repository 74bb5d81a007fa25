//! The figures of each breed, and which breeds are taken for which, in the form that `trainer evaluate --json` prints.

use recognise::BreedId;
use serde::Serialize;

use super::Evaluation;
use crate::metrics::{Interval, share_interval};

/// The figures of a breed.
#[derive(Clone, Debug, Serialize)]
pub struct BreedFigures {
    /// The breed.
    pub breed: BreedId,
    /// Number of its photographs.
    pub images: usize,
    /// Number of these whose most probable breed is the right one.
    pub right: usize,
    /// Share of these, 0 to 1; `None` if the breed has no photographs.
    pub recall: Option<f64>,
    /// 95 % confidence interval of that share.
    pub interval: Interval,
    /// Share of right ones among the photographs that were taken for this breed, 0 to 1; `None` if there are none.
    pub precision: Option<f64>,
}

/// Photographs of one breed that were taken for another one.
#[derive(Clone, Debug, Serialize)]
pub struct Confused {
    /// The breed.
    pub breed: BreedId,
    /// The breed that they were taken for.
    pub taken_for: BreedId,
    /// Number of photographs.
    pub images: usize,
}

impl Evaluation {
    /// The figures of all breeds of the bundle, in its order.
    #[must_use]
    pub fn breed_figures(&self) -> Vec<BreedFigures> {
        let breeds = self.metadata.breeds.iter().enumerate();
        let figures = breeds.map(|(breed, about)| {
            let (images, right) = (self.confusion.images(breed), self.confusion.right(breed));
            let answers = self.confusion.answers(breed);
            BreedFigures {
                breed: about.id.clone(),
                images,
                right,
                recall: self.confusion.recall(breed),
                interval: share_interval(right, images),
                precision: (answers > 0).then(|| right as f64 / answers as f64),
            }
        });
        figures.collect()
    }

    /// All breeds that were taken for another one, the most frequent mistake first.
    #[must_use]
    pub fn confused(&self) -> Vec<Confused> {
        let breeds = &self.metadata.breeds;
        let pairs = (0..breeds.len())
            .flat_map(|truth| (0..breeds.len()).map(move |answer| (truth, answer)))
            .filter(|(truth, answer)| truth != answer);
        let confused = pairs.map(|(truth, answer)| Confused {
            breed: breeds[truth].id.clone(),
            taken_for: breeds[answer].id.clone(),
            images: self.confusion.count(truth, answer),
        });
        let mut confused: Vec<Confused> = confused.filter(|it| it.images > 0).collect();
        confused.sort_by_key(|it| std::cmp::Reverse(it.images));
        confused
    }
}
