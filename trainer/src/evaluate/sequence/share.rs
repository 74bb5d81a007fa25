//! How many answers name a breed, how many of these a wrong one, and how that compares where two
//! ways to answer name one equally often.

use recognise::verdict::Verdict;
use serde::Serialize;

/// What one photograph or film could be answered with.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The right breed.
    pub(super) label: usize,
    /// The breeds found one after the other, each with its probability.
    found: Vec<(usize, f32)>,
}

/// How often a breed is named.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Share of answers that name a breed, 0 to 1.
    pub given: f64,
    /// Share of those that name a wrong one, 0 to 1; NaN where none is named.
    pub wrong: f64,
}

/// Two ways to answer that name a breed equally often.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SameShare {
    /// Share of answers that name a breed, 0 to 1.
    pub given: f64,
    /// Share of those that are wrong, 0 to 1, when each frame is answered alone.
    pub alone: f64,
    /// The same when looks are gathered.
    pub gathered: f64,
}

impl Answer {
    pub(super) fn new(label: usize) -> Self {
        let found = Vec::new();
        Self { label, found }
    }

    /// Takes a verdict in, so far as it names a breed.
    pub(super) fn add(&mut self, verdict: Verdict) {
        if let Verdict::Breed { breed, confidence } = verdict {
            self.found.push((breed, confidence));
        }
    }

    /// The threshold up to which a breed is named.
    fn most(&self) -> Option<f32> {
        let probabilities = self.found.iter().map(|&(_, probability)| probability);
        probabilities.max_by(f32::total_cmp)
    }

    fn is_wrong(&self, threshold: f32) -> bool {
        let mut named = self
            .found
            .iter()
            .filter(|(_, probability)| *probability >= threshold);
        named.any(|&(breed, _)| breed != self.label)
    }
}

impl Shown {
    /// What is shown where a breed takes at least a probability of `threshold`.
    pub(super) fn at(answers: &[Answer], threshold: f32) -> Self {
        let given = |answer: &&Answer| answer.most().is_some_and(|most| most >= threshold);
        let given: Vec<&Answer> = answers.iter().filter(given).collect();
        let wrong = given
            .iter()
            .filter(|answer| answer.is_wrong(threshold))
            .count();
        Self {
            given: given.len() as f64 / answers.len() as f64,
            wrong: wrong as f64 / given.len() as f64,
        }
    }
}

impl SameShare {
    /// With such thresholds that both name a breed in this share of answers; `None` where one of
    /// them cannot, or there is no answer.
    pub(super) fn of(alone: &[Answer], gathered: &[Answer], share: f64) -> Option<Self> {
        let wrong = |answers| Some(Shown::at(answers, threshold(answers, share)?).wrong);
        Some(Self {
            given: share,
            alone: wrong(alone)?,
            gathered: wrong(gathered)?,
        })
    }
}

/// The threshold at which that share of answers names a breed.
fn threshold(answers: &[Answer], share: f64) -> Option<f32> {
    let mut most: Vec<f32> = answers.iter().filter_map(Answer::most).collect();
    most.sort_by(|a, b| b.total_cmp(a));
    let given = (share * answers.len() as f64).round() as usize;
    most.get(given.checked_sub(1)?).copied()
}
