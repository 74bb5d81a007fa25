//! Compares two ways to answer by the share of wrong breeds among those named, at equal shares of answers that name
//! one.

use recognise::verdict::Verdict;
use serde::Serialize;

/// The breeds that a frame or a film could be answered with.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The right breed.
    pub(super) label: usize,
    /// The breeds found, in order of time, each with its probability.
    found: Vec<(usize, f32)>,
}

/// How often a breed is named.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Share of answers that name a breed, 0 to 1.
    pub given: f64,
    /// Share of these that name a wrong one, 0 to 1; NaN if none is named.
    pub wrong: f64,
}

/// Two ways to answer that name a breed equally often.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SameShare {
    /// Share of answers that name a breed, 0 to 1.
    pub given: f64,
    /// Share of these that are wrong, 0 to 1, when each frame is answered alone.
    pub alone: f64,
    /// The same when predictions are pooled over time.
    pub gathered: f64,
}

impl Answer {
    /// An answer without a breed so far.
    pub(super) fn new(label: usize) -> Self {
        let found = Vec::new();
        Self { label, found }
    }

    /// Adds the breed of a verdict, if it names one.
    pub(super) fn add(&mut self, verdict: Verdict) {
        if let Verdict::Breed { breed, confidence } = verdict {
            self.found.push((breed, confidence));
        }
    }

    /// The largest threshold at which a breed is named.
    fn highest(&self) -> Option<f32> {
        let probabilities = self.found.iter().map(|&(_, probability)| probability);
        probabilities.max_by(f32::total_cmp)
    }

    /// Whether a wrong breed is named at this threshold at any time.
    fn is_wrong(&self, threshold: f32) -> bool {
        let mut named = self
            .found
            .iter()
            .filter(|(_, probability)| *probability >= threshold);
        named.any(|&(breed, _)| breed != self.label)
    }
}

impl Shown {
    /// The shares if a breed is named from a probability of `threshold`.
    pub(super) fn at(answers: &[Answer], threshold: f32) -> Self {
        let given = |answer: &&Answer| answer.highest().is_some_and(|highest| highest >= threshold);
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
    /// The comparison at the thresholds where both name a breed in this share of answers; `None` if one of them cannot,
    /// or there are no answers.
    pub(super) fn of(alone: &[Answer], gathered: &[Answer], share: f64) -> Option<Self> {
        let wrong = |answers| Some(Shown::at(answers, threshold(answers, share)?).wrong);
        Some(Self {
            given: share,
            alone: wrong(alone)?,
            gathered: wrong(gathered)?,
        })
    }
}

/// The threshold at which this share of answers names a breed.
fn threshold(answers: &[Answer], share: f64) -> Option<f32> {
    let mut highest: Vec<f32> = answers.iter().filter_map(Answer::highest).collect();
    highest.sort_by(|a, b| b.total_cmp(a));
    let given = (share * answers.len() as f64).round() as usize;
    highest.get(given.checked_sub(1)?).copied()
}
