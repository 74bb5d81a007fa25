//! The answer to one arrival, and which of its breeds is selected.

use recognise::verdict::{self, Finding, Verdict};
use recognise::{Candidate, Metadata};

/// How many of the likeliest breeds staff can choose from at the screen.
pub const OFFERED: usize = 3;

/// The answer to one arrival.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What the kiosk says.
    pub verdict: Verdict,
    /// The likeliest breeds and their probabilities, at most [`OFFERED`], likeliest first.
    pub candidates: Vec<(usize, f32)>,
    /// Which of them the confirm button would confirm.
    pub selected: usize,
}

impl Answer {
    /// The candidates by their breeds' ids.
    #[must_use]
    pub fn named(&self, metadata: &Metadata) -> Vec<Candidate> {
        let candidates = self.candidates.iter();
        candidates
            .map(|&(breed, probability)| Candidate {
                breed: metadata.breeds[breed].id.clone(),
                probability,
            })
            .collect()
    }

    /// The breed that the confirm button would confirm; none for what is not ours.
    #[must_use]
    pub fn offered(&self) -> Option<usize> {
        let offers = !matches!(self.verdict, Verdict::NotOurs { .. });
        let selected = self.candidates.get(self.selected).filter(|_| offers);
        selected.map(|&(breed, _)| breed)
    }

    /// Selects the next likely breed, and after the last one the first again. Where none is
    /// offered, none is selected either.
    pub(crate) fn select_next(&mut self) {
        if self.offered().is_some() {
            self.selected = (self.selected + 1) % self.candidates.len();
        }
    }

    /// Keeps what staff selected in the answer before this one, where that is still among the
    /// likeliest breeds.
    pub(crate) fn keep_selection(&mut self, former: &Self) {
        if former.selected > 0 {
            let breed = former.offered();
            let place = (self.candidates.iter()).position(|&(other, _)| Some(other) == breed);
            self.selected = place.unwrap_or(0);
        }
    }
}

impl From<Finding> for Answer {
    fn from(finding: Finding) -> Self {
        Self {
            verdict: finding.verdict,
            candidates: verdict::top(&finding.prediction.probabilities, OFFERED),
            selected: 0,
        }
    }
}

/// Whether a finding is about another animal than the former one: both name a breed, not the same.
pub(crate) fn is_another(former: &Verdict, found: &Verdict) -> bool {
    matches!((former.breed(), found.breed()), (Some(former), Some(found)) if former != found)
}
