//! Names breeds that the network does not know, by pictures that staff filed under them.
//!
//! A learnt breed is a prototype: the mean of the embeddings of its pictures, scaled to length 1. A
//! picture is compared with the prototypes of the learnt breeds and with those of the network's own
//! breeds, which the bundle has. (Snell, Swersky and Zemel, "Prototypical Networks for Few-shot
//! Learning", NeurIPS 2017.)
//!
//! The network names its own breeds better than prototypes do. So its probabilities stay as they are
//! among themselves; prototypes only decide how much of the whole goes to the learnt breeds.

use std::collections::BTreeMap;
use std::iter;

use crate::breed::{BreedId, Candidate, Species};
use crate::metadata::Metadata;
use crate::prediction::Prediction;
use crate::recogniser::Recognition;
use crate::softmax::softmax;
use crate::vectors::{dot, scaled};

/// The factor of the differences between similarities. This and the following numbers were chosen on
/// photographs of breeds that the network does not know, eight learnt at a time from three photographs
/// each, so that of eight views of the validation photographs of the network of that time at most half
/// a point was lost. The model card says what a later one loses.
const SCALE: f32 = 30.0;

/// How much the network's greatest probability adds to the similarity to its own breeds: that many
/// times its logarithm. A picture of a breed that the network does not know seldom has a great one.
const SURENESS: f32 = 0.1;

/// The least probability that counts.
const LEAST_PROBABILITY: f32 = 1e-3;

/// By how much a picture must be more similar to a breed that was learnt from a single picture. Below 0,
/// since two pictures are less similar than a picture and the mean of many.
const MARGIN: f32 = -0.012;

/// How much more for each further picture of the breed, since the mean of several is more similar to
/// any picture than a single one ...
const MARGIN_OF_PICTURE: f32 = 0.0125;

/// ... up to this many further ones.
const MOST_FURTHER: usize = 4;

/// A picture that staff filed under a breed.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The breed.
    pub breed: BreedId,
    /// Its species.
    pub species: Species,
    /// The embedding of the animal in the picture, see [`Recognition::embedding`].
    pub embedding: Vec<f32>,
}

/// Breeds that were learnt from pictures.
///
/// ```
/// use recognise::learnt::{Example, Learnt};
/// use recognise::metadata::Species;
///
/// let example = |embedding: [f32; 2]| Example {
///     breed: "whippet".into(),
///     species: Species::Dog,
///     embedding: embedding.to_vec(),
/// };
/// let learnt = Learnt::of(&[example([1.0, 0.0]), example([0.8, 0.6])]);
/// assert_eq!(learnt.pictures(&"whippet".into()), Some(2));
/// assert_eq!(learnt.pictures(&"saluki".into()), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learnt {
    breeds: BTreeMap<BreedId, Breed>,
}

/// What was learnt of a breed.
#[derive(Clone, Debug, PartialEq)]
struct Breed {
    species: Species,
    prototype: Vec<f32>,
    pictures: usize,
}

impl Learnt {
    /// Learns the breeds of these pictures, whose embeddings are all by the network that will be asked.
    ///
    /// Pictures without an embedding do not count, nor do those whose embedding is longer or shorter
    /// than that of their breed's first one. A breed of which no picture counts is not learnt.
    #[must_use]
    pub fn of(examples: &[Example]) -> Self {
        let mut breeds: BTreeMap<BreedId, Breed> = BTreeMap::new();
        for example in examples {
            let embedding = scaled(&example.embedding);
            if embedding.is_empty() {
                continue;
            }
            let breed = breeds
                .entry(example.breed.clone())
                .or_insert_with(|| Breed {
                    species: example.species,
                    prototype: vec![0.0; embedding.len()],
                    pictures: 0,
                });
            if breed.prototype.len() == embedding.len() {
                for (sum, number) in breed.prototype.iter_mut().zip(&embedding) {
                    *sum += number;
                }
                breed.pictures += 1;
            }
        }
        for breed in breeds.values_mut() {
            breed.prototype = scaled(&breed.prototype);
        }
        // Embeddings that cancel each other out have no mean direction.
        breeds.retain(|_, breed| !breed.prototype.is_empty());
        Self { breeds }
    }

    /// Whether no breed was learnt.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.breeds.is_empty()
    }

    /// From how many pictures a breed was learnt; `None` if it was not.
    #[must_use]
    pub fn pictures(&self, breed: &BreedId) -> Option<usize> {
        self.breeds.get(breed).map(|it| it.pictures)
    }

    /// A learnt breed's species; `None` if it was not learnt.
    #[must_use]
    pub fn species(&self, breed: &BreedId) -> Option<Species> {
        self.breeds.get(breed).map(|it| it.species)
    }

    /// The breeds that the animal of a picture may be of, the network's and the learnt ones in one
    /// list: the most probable first; their probabilities sum to 1. See
    /// [`Learnt::candidates_for`].
    #[must_use]
    pub fn candidates(&self, recognition: &Recognition, metadata: &Metadata) -> Vec<Candidate> {
        let embedding = recognition.embedding();
        self.candidates_for(&recognition.prediction, &embedding, metadata)
    }

    /// The same for a prediction and an embedding that were pooled over several pictures.
    ///
    /// Learnt breeds have no probability if the bundle has no prototypes of its own breeds, or the
    /// embedding is empty or by another network: then they are not in the list. Nor are learnt breeds
    /// that the network names itself.
    #[must_use]
    pub fn candidates_for(
        &self,
        prediction: &Prediction,
        embedding: &[f32],
        metadata: &Metadata,
    ) -> Vec<Candidate> {
        let compared = self.compared(prediction, embedding, metadata);
        // The network's share has the weight 1, a learnt breed's exp(SCALE difference).
        let weights = compared.iter().map(|(_, difference)| SCALE * difference);
        let weights: Vec<f32> = iter::once(0.0).chain(weights).collect();
        let shares = softmax(&weights, 1.0);
        let of_network = shares[0];
        let known = metadata.breeds.iter().zip(&prediction.probabilities);
        let known = known.map(|(breed, &probability)| Candidate {
            breed: breed.id.clone(),
            // NaN counts as 0.
            probability: of_network * probability.max(0.0),
        });
        let learnt = compared.iter().zip(&shares[1..]);
        let learnt = learnt.map(|(&(breed, _), &probability)| Candidate {
            breed: breed.clone(),
            probability,
        });
        let mut candidates: Vec<Candidate> = known.chain(learnt).collect();
        candidates.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        candidates
    }

    /// The learnt breed that the answer names: the first of these candidates, if it was learnt and its
    /// probability is at least the bundle's threshold for naming a breed. Otherwise the network's
    /// [`Verdict`](crate::Verdict) is the answer.
    #[must_use]
    pub fn named<'a>(
        &self,
        candidates: &'a [Candidate],
        metadata: &Metadata,
    ) -> Option<&'a Candidate> {
        let first = candidates.first()?;
        let is_known = metadata.breeds.iter().any(|breed| breed.id == first.breed);
        let is_learnt = !is_known && self.breeds.contains_key(&first.breed);
        let is_sure = first.probability >= metadata.unknown.threshold;
        (is_learnt && is_sure).then_some(first)
    }

    /// How much more similar the picture is to each learnt breed than to what the network knows.
    fn compared(
        &self,
        prediction: &Prediction,
        embedding: &[f32],
        metadata: &Metadata,
    ) -> Vec<(&BreedId, f32)> {
        let Some(spec) = &metadata.embedding else {
            return Vec::new();
        };
        let embedding = scaled(embedding);
        let is_comparable = |it: &&Vec<f32>| !embedding.is_empty() && it.len() == embedding.len();
        let own = spec.prototypes.iter().filter(is_comparable);
        let own = own.map(|prototype| dot(prototype, &embedding));
        let Some(own) = own.max_by(f32::total_cmp) else {
            return Vec::new();
        };
        let sureness = (prediction.greatest_probability() + LEAST_PROBABILITY).ln();
        let known = own + SURENESS * sureness + MARGIN;
        let is_known = |id: &BreedId| metadata.breeds.iter().any(|breed| breed.id == *id);
        let learnt = self
            .breeds
            .iter()
            .filter(|(id, breed)| breed.prototype.len() == embedding.len() && !is_known(id));
        let compared = learnt.map(|(id, breed)| {
            let further = breed.pictures.saturating_sub(1).min(MOST_FURTHER);
            let margin = MARGIN_OF_PICTURE * further as f32;
            (id, dot(&breed.prototype, &embedding) - known - margin)
        });
        compared.collect()
    }
}
