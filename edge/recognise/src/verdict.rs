//! An prediction in, an answer out: which breed, which species at least, not sure, or no animal
//! that is known.
//!
//! [`Verdict::of`] answers for one picture. [`Evidence`] gathers looks at one animal until they
//! agree.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::metadata::{Method, Species};
use crate::{Metadata, Prediction, softmax};

/// The least sum of a species' breeds for "a dog" or "a cat" alone: said of 1 % of photographs of
/// things and clothing, of 30 % of dogs of other breeds and of 14 % of the known ones.
const SPECIES_THRESHOLD: f32 = 0.95;

/// A largest probability below this is no animal that is known, where the bundle has no similarity to
/// tell by.
const KNOWN_THRESHOLD: f32 = 0.35;

/// What is said about one animal. Breeds are indices into the bundle's list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// The network is sure enough to name the breed.
    Breed {
        /// The breed.
        breed: usize,
        /// Its probability, 0 to 1.
        confidence: f32,
    },
    /// A cat or a dog, but which breed is not clear: a mixture, or none of those known.
    Species {
        /// The species.
        species: Species,
        /// The probability of all its breeds together, 0 to 1.
        confidence: f32,
    },
    /// One of several breeds, or a picture that shows too little.
    Unsure {
        /// The likeliest breed all the same.
        best: usize,
        /// Its probability, 0 to 1.
        confidence: f32,
    },
    /// Nothing like any breed that is known.
    NotOurs {
        /// The largest probability of any breed, 0 to 1.
        confidence: f32,
    },
}

/// The kinds of verdicts, in the order of how much they say.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// No animal that is known.
    NotOurs,
    /// One of several breeds.
    Unsure,
    /// A cat or a dog of a breed that is not clear.
    Species,
    /// A breed.
    Breed,
}

/// A text that names no kind of verdict.
#[derive(Debug, Error)]
#[error("neither breed, species, unsure nor not_ours")]
pub struct UnknownVerdict;

impl VerdictKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NotOurs, Self::Unsure, Self::Species, Self::Breed];

    /// Its name for programs: `breed`, `species`, `unsure` or `not_ours`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breed => "breed",
            Self::Species => "species",
            Self::Unsure => "unsure",
            Self::NotOurs => "not_ours",
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for VerdictKind {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, UnknownVerdict> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownVerdict)
    }
}

impl Verdict {
    /// The answer to one prediction. What is like no breed is not ours. Else it is a breed where the
    /// largest probability and the similarity to it reach the bundle's thresholds, or the species
    /// whose breeds together are all but certain.
    ///
    /// What is not a number counts as 0; no probabilities at all are [`Verdict::NotOurs`].
    #[must_use]
    pub fn of(prediction: &Prediction, metadata: &Metadata) -> Self {
        let probabilities = &prediction.probabilities;
        let Some(&(best, confidence)) = top(probabilities, 1).first() else {
            return Self::NotOurs { confidence: 0.0 };
        };
        let similarity = |breed: usize| prediction.similarity.get(breed).copied().unwrap_or(0.0);
        let (known, like_best) = match metadata.unknown.method {
            Method::MaxProbability => (confidence >= KNOWN_THRESHOLD, true),
            Method::PrototypeSimilarity { animal, breed } => {
                (prediction.nearest() >= animal, similarity(best) >= breed)
            }
        };
        if !known {
            return Self::NotOurs { confidence };
        }
        if confidence >= metadata.unknown.threshold && like_best {
            return Self::Breed {
                breed: best,
                confidence,
            };
        }
        for species in [Species::Cat, Species::Dog] {
            let sum = species_probability(probabilities, metadata, species);
            if sum >= SPECIES_THRESHOLD {
                return Self::Species {
                    species,
                    confidence: sum,
                };
            }
        }
        Self::Unsure { best, confidence }
    }

    /// Of which kind it is.
    #[must_use]
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::Breed { .. } => VerdictKind::Breed,
            Self::Species { .. } => VerdictKind::Species,
            Self::Unsure { .. } => VerdictKind::Unsure,
            Self::NotOurs { .. } => VerdictKind::NotOurs,
        }
    }

    /// How sure it is of what it says, 0 to 1.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        match *self {
            Self::Breed { confidence, .. }
            | Self::Species { confidence, .. }
            | Self::Unsure { confidence, .. }
            | Self::NotOurs { confidence } => confidence,
        }
    }

    /// The breed that it names, if it names one.
    #[must_use]
    pub fn breed(&self) -> Option<usize> {
        match *self {
            Self::Breed { breed, .. } => Some(breed),
            _ => None,
        }
    }
}

/// The probability of a species: the sum over its breeds. A probability that is not a number counts
/// as 0.
#[must_use]
pub fn species_probability(probabilities: &[f32], metadata: &Metadata, species: Species) -> f32 {
    let breeds = probabilities.iter().zip(&metadata.breeds);
    breeds
        .filter(|(p, breed)| breed.species == species && p.is_finite())
        .map(|(p, _)| p)
        .sum()
}

/// The `k` likeliest breeds with their probabilities, likeliest first; of equals the earlier one
/// first. Fewer than `k` where there are fewer. A probability that is not a number counts as 0.
#[must_use]
pub fn top(probabilities: &[f32], k: usize) -> Vec<(usize, f32)> {
    let mut ranked: Vec<(usize, f32)> = probabilities
        .iter()
        .map(|&p| if p.is_nan() { 0.0 } else { p })
        .enumerate()
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.truncate(k);
    ranked
}

/// Looks at one animal, gathered until they agree.
///
/// Looks are pooled by the product of their probabilities (the logarithmic prediction pool; Genest and
/// Zidek, "Combining Probability Distributions", Statistical Science 1986), each to the power of what
/// it counts. Pictures that follow upon each other show much the same, so that eight looks are worth
/// one and a half, not eight: see the constant `CORRELATION`. Likenesses are averaged.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    looks: VecDeque<Prediction>,
}

/// What looks amount to.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The answer.
    pub verdict: Verdict,
    /// What all looks together make of the animal.
    pub prediction: Prediction,
}

impl Evidence {
    /// The least looks that must agree on a breed.
    pub const AGREEING: usize = 3;

    /// The most looks that count: the newest. After so many without agreement the answer is one
    /// without a breed.
    pub const MOST: usize = 8;

    /// The least probability that a look can give, so that a single one cannot veto a breed.
    const FLOOR: f32 = 1e-4;

    /// How the log-probabilities of neighbouring looks correlate, a tenth of a second apart: 0.85 on
    /// films of 218 photographs that the network was validated on, 0.80 with the one before it.
    ///
    /// What looks themselves tell of it is worse: all that eight of them have in common, such as an
    /// animal seen from a bad side, passes for agreement. Taken from their own correlation, or from
    /// how much the probabilities of neighbours overlap, the pool had a negative log-likelihood of
    /// 0.89 and 0.80 at best, in place of 0.775.
    const CORRELATION: f32 = 0.85;

    /// What a look at an animal that moves counts, beside one at a photograph, by which
    /// probabilities are calibrated. On the same films 0.7 had the least negative log-likelihood
    /// (0.775; 0.842 with 1) and calibration error (0.021; 0.081 with 1). A plain geometric
    /// mean of all looks came close (0.777 and 0.026).
    const MOVING: f32 = 0.7;

    /// Adds a look.
    pub fn add(&mut self, prediction: Prediction) {
        if self.looks.len() == Self::MOST {
            self.looks.pop_front();
        }
        self.looks.push_back(prediction);
    }

    /// Forgets all looks.
    pub fn clear(&mut self) {
        self.looks.clear();
    }

    /// How far the looks have got towards an answer, 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f32 {
        self.looks.len() as f32 / Self::MOST as f32
    }

    /// The answer, once there is one: a breed as soon as [`Evidence::AGREEING`] looks and the
    /// three in five of all put it first and the pool is sure of it; anything less after
    /// [`Evidence::MOST`] looks.
    #[must_use]
    pub fn finding(&self, metadata: &Metadata) -> Option<Finding> {
        let prediction = self.pooled();
        let full = self.looks.len() >= Self::MOST;
        let (verdict, enough) = match Verdict::of(&prediction, metadata) {
            verdict @ Verdict::Breed { breed, .. } if self.agrees_on(breed) => (verdict, true),
            // A pool that is sure while its looks are at odds is not to be trusted.
            Verdict::Breed { breed, confidence } => {
                let best = breed;
                (Verdict::Unsure { best, confidence }, full)
            }
            verdict => (verdict, full),
        };
        enough.then_some(Finding { verdict, prediction })
    }

    fn agrees_on(&self, breed: usize) -> bool {
        let firsts = self
            .looks
            .iter()
            .filter_map(|look| top(&look.probabilities, 1).pop());
        let agreeing = firsts.filter(|&(first, _)| first == breed).count();
        agreeing >= Self::AGREEING && agreeing * 5 >= self.looks.len() * 3
    }

    fn pooled(&self) -> Prediction {
        let logs = self.mean(|look| &look.probabilities, |p| p.max(Self::FLOOR).ln());
        let power = Self::MOVING * independent(self.looks.len());
        Prediction {
            probabilities: softmax(&logs, 1.0 / power),
            similarity: self.mean(|look| &look.similarity, |similarity| similarity),
        }
    }

    /// The mean over the looks of what `of` gives for each breed.
    fn mean(&self, values: impl Fn(&Prediction) -> &Vec<f32>, of: impl Fn(f32) -> f32) -> Vec<f32> {
        let breeds = self.looks.iter().map(|look| values(look).len()).min();
        let looks = self.looks.len() as f32;
        (0..breeds.unwrap_or(0))
            .map(|breed| {
                self.looks
                    .iter()
                    .map(|look| of(values(look)[breed]))
                    .sum::<f32>()
                    / looks
            })
            .collect()
    }
}

/// How many independent looks so many correlated ones amount to: the effective sample size of a
/// first-order autoregressive process (Bayley and Hammersley, "The 'Effective' Number of Independent
/// Observations in an Autocorrelated Time Series", Supplement to the JRSS 1946). 0 where there are
/// none.
fn independent(looks: usize) -> f32 {
    let count = looks as f32;
    let ties: f32 = (1..looks)
        .map(|lag| (1.0 - lag as f32 / count) * Evidence::CORRELATION.powi(lag as i32))
        .sum();
    count / (1.0 + 2.0 * ties)
}
