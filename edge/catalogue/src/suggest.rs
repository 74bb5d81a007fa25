//! Suggests which known animal a visit may be of.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use recognise::metadata::Species;
use rusqlite::Connection;
use serde::Serialize;

use crate::animals::{self, Animal};
use crate::connections::Fault;
use crate::embedding::{Embedding, to_bytes};
use crate::gallery::Known;
use crate::guess::embedding_of;
use crate::ids::{AnimalId, VisitId};
use crate::priors::Priors;
use crate::visits;
use crate::{Catalogue, CatalogueError};

/// How much more similar an animal must be to come before an expected one: less is within what two
/// pictures of the same animal differ by.
const CLEARLY: f32 = 0.2;

/// The similarity that an expected animal is taken to have where none of its visits can be compared:
/// it comes before those that look different, and after those that look alike.
const UNSEEN: f32 = 0.3;

/// An animal that the visit may be of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// The animal.
    pub animal: Animal,
    /// How similar the visit is to the animal's last eight visits, -1 to 1 (see
    /// [`recognise::embedding::similarity_to`]); `None` where none of them can be compared.
    pub similarity: Option<f32>,
    /// Whether it is expected on the day of the visit, and has not come yet.
    pub expected: bool,
}

impl Catalogue {
    /// The animals that look most similar, whatever their breed, at most `limit`. Those that cannot
    /// be compared follow: those of this daycare first, animals of `breed` before others, then those
    /// that were seen last. `embedding` is an embedding by the network of version `model`.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn suggest(
        &self,
        breed: Option<&str>,
        embedding: Option<&[f32]>,
        model: &str,
        limit: usize,
    ) -> Result<Vec<Suggestion>, CatalogueError> {
        let embedding = (embedding.and_then(to_bytes))
            .and_then(|bytes| Embedding::new(model.to_owned(), bytes));
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let mut probe = Probe {
                breed,
                ..Probe::default()
            };
            if let Some(embedding) = &embedding {
                let compared = self.compare(&snapshot, embedding, None)?;
                probe.similar = compared.similar.into_iter().collect();
            }
            self.first(&snapshot, &probe, limit)
        })
    }

    /// The same for a recorded visit, by its own embedding. Where its species is clear, animals of
    /// the other species come last. Animals that are expected on its day and have not come yet come
    /// before others that do not look clearly more similar.
    ///
    /// These are the ones to choose from. Which of them it is, and how probably, says
    /// [`Catalogue::guess`].
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchVisit`], or when the catalogue cannot be read.
    pub fn suggest_for(
        &self,
        visit: VisitId,
        breed: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Suggestion>, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let record = visits::one(&snapshot, visit)?.visit;
            let priors = Priors::of(&snapshot, &record)?;
            let mut probe = Probe {
                species: priors.species,
                breed,
                expected: priors.expected,
                ..Probe::default()
            };
            if let Some(embedding) = embedding_of(&snapshot, visit)? {
                let compared = self.compare(&snapshot, &embedding, Some(visit))?;
                probe.similar = compared.similar.into_iter().collect();
            }
            self.first(&snapshot, &probe, limit)
        })
    }

    fn first(
        &self,
        snapshot: &Connection,
        probe: &Probe<'_>,
        limit: usize,
    ) -> Result<Vec<Suggestion>, Fault> {
        let ranked = self
            .gallery
            .with(snapshot, |gallery| probe.rank(gallery.animals(), limit))?;
        let mut suggestions = Vec::with_capacity(ranked.len());
        for Ranked { id, similarity, .. } in ranked {
            if let Some(animal) = animals::find(snapshot, id)? {
                suggestions.push(Suggestion {
                    animal,
                    similarity,
                    expected: probe.expected.contains(&id),
                });
            }
        }
        Ok(suggestions)
    }
}

/// What decides about the order of animals.
#[derive(Default)]
struct Probe<'a> {
    /// How similar they are, those that can be compared.
    similar: HashMap<AnimalId, f32>,
    /// The species, where that is clear.
    species: Option<Species>,
    /// The breed, where there is one to go by.
    breed: Option<&'a str>,
    /// The animals that are expected.
    expected: BTreeSet<AnimalId>,
}

impl Probe<'_> {
    /// The first animals, in their order.
    fn rank(&self, animals: &HashMap<AnimalId, Known>, limit: usize) -> Vec<Ranked> {
        let mut ranked: Vec<Ranked> = (animals.iter())
            .map(|(&id, animal)| Ranked {
                is_other_species: self
                    .species
                    .is_some_and(|species| species != animal.species),
                similarity: self.similar.get(&id).copied(),
                is_expected: self.expected.contains(&id),
                is_elsewhere: animal.is_elsewhere,
                is_other_breed: self.breed.is_none_or(|breed| animal.breed != *breed),
                last_visit: animal.last_visit,
                id,
            })
            .collect();
        if limit < ranked.len() {
            ranked.select_nth_unstable_by(limit, Ranked::order);
            ranked.truncate(limit);
        }
        ranked.sort_unstable_by(Ranked::order);
        ranked
    }
}

/// An animal, and what decides about its place.
struct Ranked {
    is_other_species: bool,
    similarity: Option<f32>,
    is_expected: bool,
    is_elsewhere: bool,
    is_other_breed: bool,
    last_visit: Option<i64>,
    id: AnimalId,
}

impl Ranked {
    /// Who comes first: the right species, the most similar, who has been here, the right breed, who
    /// was seen last.
    fn order(&self, other: &Self) -> Ordering {
        (self.is_other_species.cmp(&other.is_other_species))
            .then_with(|| other.score().total_cmp(&self.score()))
            .then_with(|| other.is_expected.cmp(&self.is_expected))
            .then_with(|| self.is_elsewhere.cmp(&other.is_elsewhere))
            .then_with(|| self.is_other_breed.cmp(&other.is_other_breed))
            .then_with(|| (other.last_visit, other.id).cmp(&(self.last_visit, self.id)))
    }

    /// The similarity, with what being expected is worth.
    fn score(&self) -> f32 {
        match (self.similarity, self.is_expected) {
            (Some(similarity), true) => similarity + CLEARLY,
            (Some(similarity), false) => similarity,
            (None, true) => UNSEEN,
            (None, false) => f32::NEG_INFINITY,
        }
    }
}
