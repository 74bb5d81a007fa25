//! Turns predictions into an answer: a breed, a species, unsure, or none of the known breeds.
//!
//! [`Verdict::of`] answers for one picture. [`Evidence`] pools the predictions for a series of
//! pictures of one animal until they agree.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::breed::Species;
use crate::metadata::{Metadata, Method};
use crate::prediction::Prediction;
use crate::softmax::softmax;

/// The least total probability of a species' breeds for the answer "a dog" or "a cat". That is the
/// answer to 1 % of photographs of things and clothing, to 30 % of those of dogs of other breeds
/// and to 14 % of those of the known breeds.
const SPECIES_THRESHOLD: f32 = 0.95;

/// By so much less similar to the breeds may an animal be that the detector has found, since that is
/// evidence of its own; in a bundle that does not say how much of a resemblance it takes.
const FOUND: f32 = 0.05;

/// If the network has no prototype similarities, a picture whose largest probability is below this
/// is out of distribution.
const KNOWN_THRESHOLD: f32 = 0.35;

/// The answer for one animal. Breeds are indices into [`Metadata::breeds`].
///
/// ```
/// use recognise::{Bundle, Prediction, Verdict, VerdictKind};
///
/// let metadata = Bundle::embedded()?.metadata;
/// let mut prediction = Prediction {
///     probabilities: vec![0.0; 37],
///     similarity: vec![0.4; 37],
/// };
/// prediction.probabilities[4] = 0.98;
/// prediction.similarity[4] = 0.9;
/// let verdict = Verdict::of(&prediction, &metadata);
/// assert_eq!(verdict.breed(), Some(4));
/// assert_eq!(verdict.confidence(), 0.98);
///
/// // However high the probability, the picture is similar to none of the breeds.
/// prediction.similarity[4] = 0.1;
/// assert_eq!(Verdict::of(&prediction, &metadata).kind(), VerdictKind::NotOurs);
/// # Ok::<(), recognise::BundleError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// An animal of this breed.
    Breed {
        /// The breed.
        breed: usize,
        /// Its probability, 0 to 1.
        confidence: f32,
    },
    /// A cat or a dog whose breed is not clear: mixed, or none of the known ones.
    Species {
        /// The species.
        species: Species,
        /// The sum of the probabilities of its breeds, 0 to 1.
        confidence: f32,
    },
    /// One of several breeds, or a picture that shows too little.
    Unsure {
        /// The most probable breed.
        best: usize,
        /// Its probability, 0 to 1.
        confidence: f32,
    },
    /// Out of distribution: similar to none of the known breeds.
    NotOurs {
        /// The largest probability of any breed, 0 to 1.
        confidence: f32,
    },
}

/// The kinds of verdicts; the more one tells of the animal, the greater it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// See [`Verdict::NotOurs`].
    NotOurs,
    /// See [`Verdict::Unsure`].
    Unsure,
    /// See [`Verdict::Species`].
    Species,
    /// See [`Verdict::Breed`].
    Breed,
}

/// The error for a text that is not the name of a kind of verdict.
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
    /// The answer to one prediction. A picture that is similar to no breed is not ours. Otherwise
    /// the answer is the most probable breed, if its probability and its similarity reach the
    /// bundle's thresholds, or else a species, if the sum over its breeds is nearly 1.
    ///
    /// NaN counts as 0; without any probabilities the answer is [`Verdict::NotOurs`].
    #[must_use]
    pub fn of(prediction: &Prediction, metadata: &Metadata) -> Self {
        let probabilities = &prediction.probabilities;
        let Some(&(best, confidence)) = top(probabilities, 1).first() else {
            return Self::NotOurs { confidence: 0.0 };
        };
        let similarity = |breed: usize| prediction.similarity.get(breed).copied().unwrap_or(0.0);
        let (known, similar) = match metadata.unknown.method {
            Method::MaxProbability => (confidence >= KNOWN_THRESHOLD, true),
            Method::PrototypeSimilarity { animal, breed } => (
                prediction.greatest_similarity() >= animal,
                similarity(best) >= breed,
            ),
        };
        if !known {
            return Self::NotOurs { confidence };
        }
        if confidence >= metadata.unknown.threshold && similar {
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

    /// The answer to a prediction for an animal that was found in the picture: as [`Verdict::of`], but
    /// it is of some breed, known or not, and certainly of its species. It is [`Verdict::NotOurs`] only
    /// where the picture is so little like any breed that the detector must be wrong: see
    /// [`shows_animal`].
    #[must_use]
    pub fn of_found(prediction: &Prediction, metadata: &Metadata, species: Species) -> Self {
        match Self::of(prediction, metadata) {
            Self::NotOurs { .. } if shows_animal(prediction, metadata) => Self::Species {
                species,
                confidence: species_probability(&prediction.probabilities, metadata, species),
            },
            verdict => verdict,
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::Breed { .. } => VerdictKind::Breed,
            Self::Species { .. } => VerdictKind::Species,
            Self::Unsure { .. } => VerdictKind::Unsure,
            Self::NotOurs { .. } => VerdictKind::NotOurs,
        }
    }

    /// The probability of what it says, 0 to 1.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        match *self {
            Self::Breed { confidence, .. }
            | Self::Species { confidence, .. }
            | Self::Unsure { confidence, .. }
            | Self::NotOurs { confidence } => confidence,
        }
    }

    /// The breed, if it names one.
    #[must_use]
    pub fn breed(&self) -> Option<usize> {
        match *self {
            Self::Breed { breed, .. } => Some(breed),
            _ => None,
        }
    }
}

/// Whether what the detector found can be an animal, of whatever breed: both networks have to agree.
///
/// What resembles the breeds less than [`Animals::resemblance`](crate::metadata::Animals::resemblance)
/// is none: see [`resemblance`]. A bundle without that number takes the greatest similarity instead,
/// which may be 0.05 less than a picture of an animal needs otherwise.
#[must_use]
pub fn shows_animal(prediction: &Prediction, metadata: &Metadata) -> bool {
    let animals = metadata.animals.as_ref();
    let least = animals.and_then(|animals| animals.resemblance);
    match (metadata.unknown.method, least) {
        (Method::PrototypeSimilarity { .. }, Some(least)) => {
            resemblance(&prediction.similarity) >= least
        }
        (Method::PrototypeSimilarity { animal, .. }, None) => {
            prediction.greatest_similarity() >= animal - FOUND
        }
        (Method::MaxProbability, _) => true,
    }
}

/// How much a picture with these similarities resembles the breeds: the greatest one, and four times
/// their standard deviation; 0 if there are none. An animal resembles some breeds more than others, of
/// whatever breed it is. A thing resembles all of them about as little.
#[must_use]
pub fn resemblance(similarity: &[f32]) -> f32 {
    let count = similarity.len() as f32;
    let mean = similarity.iter().sum::<f32>() / count;
    let squares = similarity.iter().map(|it| (it - mean).powi(2));
    let deviation = (squares.sum::<f32>() / count).sqrt();
    let greatest = similarity.iter().copied().reduce(f32::max);
    greatest.map_or(0.0, |greatest| greatest + 4.0 * deviation)
}

/// The probability of a species: the sum over its breeds. NaN counts as 0.
#[must_use]
pub fn species_probability(probabilities: &[f32], metadata: &Metadata, species: Species) -> f32 {
    let breeds = probabilities.iter().zip(&metadata.breeds);
    breeds
        .filter(|(p, breed)| breed.species == species && p.is_finite())
        .map(|(p, _)| p)
        .sum()
}

/// The `k` most probable breeds with their probabilities, in descending order; of equal ones the
/// earlier breed comes first. Fewer than `k` if there are fewer. NaN counts as 0.
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

/// The predictions for a series of pictures of one animal, pooled until they agree.
///
/// Probabilities are pooled as a weighted product (logarithmic pooling; Genest and Zidek,
/// "Combining Probability Distributions", Statistical Science 1986). Successive pictures show much
/// the same, so that eight predictions carry as much weight as one and a half independent ones: see
/// the constant `CORRELATION`. Similarities are averaged.
///
/// ```
/// use recognise::verdict::Evidence;
/// use recognise::{Bundle, Prediction};
///
/// let metadata = Bundle::embedded()?.metadata;
/// let mut prediction = Prediction {
///     probabilities: vec![0.0; 37],
///     similarity: vec![0.4; 37],
/// };
/// (prediction.probabilities[4], prediction.similarity[4]) = (1.0, 0.9);
/// let mut evidence = Evidence::default();
/// evidence.add(prediction.clone());
/// assert_eq!(evidence.finding(&metadata), None, "one picture is not enough");
/// evidence.add(prediction.clone());
/// evidence.add(prediction);
/// let finding = evidence.finding(&metadata).expect("three agree");
/// assert_eq!(finding.verdict.breed(), Some(4));
/// # Ok::<(), recognise::BundleError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    predictions: VecDeque<Prediction>,
}

/// The answer to a series of predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The answer.
    pub verdict: Verdict,
    /// The pooled prediction.
    pub prediction: Prediction,
}

impl Evidence {
    /// How many predictions must agree on a breed, at least.
    pub const AGREEING: usize = 3;

    /// How many predictions count: the newest ones. If they do not agree once there are so many,
    /// the answer is one without a breed.
    pub const MOST: usize = 8;

    /// The least probability that counts, so that a single prediction cannot veto a breed.
    const FLOOR: f32 = 1e-4;

    /// The correlation of the log-probabilities of successive predictions, a tenth of a second
    /// apart: 0.85 on simulated films of the 218 validation photographs, 0.80 with the network
    /// before this one.
    ///
    /// To estimate it from the predictions themselves is worse: whatever all eight have in common,
    /// such as an animal seen from a bad angle, counts as agreement. Estimated from their own
    /// correlation, or from the overlap of successive probabilities, the pool's negative
    /// log-likelihood was 0.89 and 0.80 at best, instead of 0.775.
    const CORRELATION: f32 = 0.85;

    /// The weight of a prediction for an animal in motion, relative to one for a photograph, with
    /// which probabilities are calibrated. On the same films 0.7 had the least negative
    /// log-likelihood (0.775; 0.842 with 1) and the least calibration error (0.021; 0.081 with 1).
    /// A plain geometric mean of all predictions came close (0.777 and 0.026).
    const MOVING: f32 = 0.7;

    /// Adds the prediction for the next picture.
    pub fn add(&mut self, prediction: Prediction) {
        if self.predictions.len() == Self::MOST {
            self.predictions.pop_front();
        }
        self.predictions.push_back(prediction);
    }

    /// Forgets all predictions.
    pub fn clear(&mut self) {
        self.predictions.clear();
    }

    /// How many of the predictions that an answer may need have been made, 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f32 {
        self.predictions.len() as f32 / Self::MOST as f32
    }

    /// The answer, once there is one: a breed as soon as at least [`Evidence::AGREEING`] predictions
    /// and three fifths of all have it first, and the pool is sure of it; any other answer after
    /// [`Evidence::MOST`] predictions.
    #[must_use]
    pub fn finding(&self, metadata: &Metadata) -> Option<Finding> {
        self.finding_of(metadata, None)
    }

    /// The same for an animal that was found in the pictures, where its species is given: see
    /// [`Verdict::of_found`].
    #[must_use]
    pub fn finding_of(&self, metadata: &Metadata, found: Option<Species>) -> Option<Finding> {
        let prediction = self.pooled();
        let full = self.predictions.len() >= Self::MOST;
        let pooled = match found {
            Some(species) => Verdict::of_found(&prediction, metadata, species),
            None => Verdict::of(&prediction, metadata),
        };
        let (verdict, enough) = match pooled {
            verdict @ Verdict::Breed { breed, .. } if self.agrees_on(breed) => (verdict, true),
            // A pool that is sure of a breed on which its predictions do not agree is not reliable.
            Verdict::Breed { breed, confidence } => {
                let best = breed;
                (Verdict::Unsure { best, confidence }, full)
            }
            verdict => (verdict, full),
        };
        enough.then_some(Finding {
            verdict,
            prediction,
        })
    }

    fn agrees_on(&self, breed: usize) -> bool {
        let firsts = self
            .predictions
            .iter()
            .filter_map(|prediction| top(&prediction.probabilities, 1).pop());
        let agreeing = firsts.filter(|&(first, _)| first == breed).count();
        agreeing >= Self::AGREEING && agreeing * 5 >= self.predictions.len() * 3
    }

    fn pooled(&self) -> Prediction {
        let log = |probability: f32| probability.max(Self::FLOOR).ln();
        let logs = self.mean(|prediction| &prediction.probabilities, log);
        let power = Self::MOVING * effective_size(self.predictions.len());
        Prediction {
            probabilities: softmax(&logs, 1.0 / power),
            similarity: self.mean(|prediction| &prediction.similarity, |value| value),
        }
    }

    /// For each breed, the mean of `map` of its `values` over the predictions.
    fn mean(
        &self,
        values: impl Fn(&Prediction) -> &Vec<f32>,
        map: impl Fn(f32) -> f32,
    ) -> Vec<f32> {
        let lists: Vec<&Vec<f32>> = self.predictions.iter().map(values).collect();
        let breeds = lists.iter().map(|values| values.len()).min().unwrap_or(0);
        let mean = |breed: usize| {
            let sum: f32 = lists.iter().map(|values| map(values[breed])).sum();
            sum / lists.len() as f32
        };
        (0..breeds).map(mean).collect()
    }
}

/// How many independent predictions carry as much information as `count` correlated ones: the
/// effective sample size of a first-order autoregressive process (Bayley and Hammersley, "The
/// 'Effective' Number of Independent Observations in an Autocorrelated Time Series", Supplement to
/// the JRSS 1946). 0 if there are none.
fn effective_size(count: usize) -> f32 {
    let total = count as f32;
    let shared: f32 = (1..count)
        .map(|lag| (1.0 - lag as f32 / total) * Evidence::CORRELATION.powi(lag as i32))
        .sum();
    total / (1.0 + 2.0 * shared)
}
