//! Suggests which known animal a visit may be of.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use recognise::metadata::Species;
use recognise::{BreedId, VerdictKind, vocabulary};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use crate::animals::{self, Animal, SpeciesText};
use crate::connections::Fault;
use crate::embedding::{Embedding, to_bytes};
use crate::ids::{AnimalId, VisitId};
use crate::memory::Kept;
use crate::values::{Text, day_of};
use crate::visits::{self, Visit};
use crate::{Catalogue, CatalogueError, expected};

/// How many of an animal's last visits are compared.
const LAST_VISITS: usize = 5;

/// By so much an animal must look more similar to come before one that is expected: less is within
/// what two pictures of the same animal differ by.
const CLEARLY: f32 = 0.15;

/// The similarity that an expected animal is taken to have where none of its visits can be compared:
/// it comes before those that look different, and after those that look alike.
const UNSEEN: f32 = 0.4;

/// An animal that the visit may be of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// The animal.
    pub animal: Animal,
    /// The largest cosine similarity of the visit and one of the animal's recent visits, -1 to 1;
    /// `None` where none of them can be compared.
    pub similarity: Option<f32>,
    /// Whether it is expected on the day of the visit, and has not come yet.
    pub expected: bool,
}

impl Catalogue {
    /// The animals that look most similar, whatever their breed, at most `limit`. Those that cannot
    /// be compared follow: animals of `breed` first, then those that were seen last. `embedding` is
    /// an embedding by the network of version `model`.
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
        let probe = Probe {
            embedding: embedding.and_then(to_bytes).map(Embedding::new),
            model,
            visit: None,
            species: None,
            breed,
            expected: BTreeSet::new(),
        };
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            self.nearest(&snapshot, &probe, limit)
        })
    }

    /// The same for a recorded visit, by its own embedding. Where its species is clear, animals of
    /// the other species come last. Animals that are expected on its day and have not come yet come
    /// before others that do not look clearly more similar.
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
            let probe = Probe {
                embedding: embedding_of(&snapshot, visit)?,
                model: &record.model,
                visit: Some(visit),
                species: species_of(&record),
                breed,
                expected: awaited(&snapshot, &record)?,
            };
            self.nearest(&snapshot, &probe, limit)
        })
    }

    fn nearest(
        &self,
        snapshot: &Connection,
        probe: &Probe<'_>,
        limit: usize,
    ) -> Result<Vec<Suggestion>, Fault> {
        let ranked = self
            .recent
            .with(snapshot, |animals| probe.rank(animals, limit))?;
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

fn embedding_of(snapshot: &Connection, visit: VisitId) -> Result<Option<Embedding>, Fault> {
    let bytes: Option<Vec<u8>> = snapshot
        .prepare_cached("SELECT embedding FROM visit WHERE id = ?1")?
        .query_row([visit], |row| row.get(0))?;
    Ok(bytes.map(Embedding::new))
}

/// The animals that are expected on the day of a visit, without those that came with another one.
fn awaited(snapshot: &Connection, visit: &Visit) -> Result<BTreeSet<AnimalId>, Fault> {
    let day = day_of(visit.at);
    let mut awaited = expected::on(snapshot, day)?;
    for arrived in expected::arrived_on(snapshot, day, Some(visit.id))? {
        awaited.remove(&arrived);
    }
    Ok(awaited)
}

/// The species of a visit, where staff or the network are sure of it.
fn species_of(visit: &Visit) -> Option<Species> {
    let recognised = match visit.verdict {
        VerdictKind::Breed | VerdictKind::Species => visit.candidates.first(),
        VerdictKind::Unsure | VerdictKind::NotOurs => None,
    };
    let recognised = recognised.map(|candidate| &candidate.breed);
    let breed = visit.confirmed_breed.as_ref().or(recognised)?;
    vocabulary::of(breed).map(|breed| breed.species)
}

/// What is kept of an animal to suggest it.
pub(crate) struct Recent {
    species: Species,
    breed: BreedId,
    /// In milliseconds.
    last_visit: Option<i64>,
    /// Its last visits, newest first: one more than is compared, since a visit is not compared with
    /// itself.
    visits: Vec<RecentVisit>,
}

struct RecentVisit {
    id: VisitId,
    model: Box<str>,
    embedding: Embedding,
}

impl Kept for Recent {
    fn read(snapshot: &Connection, animal: AnimalId) -> Result<Option<Self>, Fault> {
        let found = snapshot
            .prepare_cached("SELECT species, breed, last_visit FROM animal WHERE id = ?1")?
            .query_row([animal], |row| {
                Ok(Self {
                    species: row.get::<_, SpeciesText>(0)?.0,
                    breed: row.get::<_, Text<BreedId>>(1)?.0,
                    last_visit: row.get(2)?,
                    visits: Vec::new(),
                })
            })
            .optional()?;
        let Some(mut recent) = found else {
            return Ok(None);
        };
        let mut visits = snapshot.prepare_cached(
            "SELECT id, model, embedding FROM visit
             WHERE animal = ?1 AND embedding IS NOT NULL
             ORDER BY at DESC, id DESC LIMIT ?2",
        )?;
        let visits = visits.query_map((animal, LAST_VISITS + 1), |row| {
            Ok(RecentVisit {
                id: row.get(0)?,
                model: row.get(1)?,
                embedding: Embedding::new(row.get::<_, Vec<u8>>(2)?),
            })
        })?;
        recent.visits = visits.collect::<rusqlite::Result<_>>()?;
        Ok(Some(recent))
    }
}

/// What animals are compared with.
struct Probe<'a> {
    embedding: Option<Embedding>,
    /// The version of the network that made the embedding.
    model: &'a str,
    /// The visit that it comes from.
    visit: Option<VisitId>,
    /// Its species, where that is clear.
    species: Option<Species>,
    /// Its breed, where there is one to go by.
    breed: Option<&'a str>,
    /// The animals that are expected.
    expected: BTreeSet<AnimalId>,
}

impl Probe<'_> {
    /// The first animals, in their order.
    fn rank(&self, animals: &HashMap<AnimalId, Recent>, limit: usize) -> Vec<Ranked> {
        let mut ranked: Vec<Ranked> = (animals.iter())
            .map(|(&id, animal)| Ranked {
                is_other_species: self
                    .species
                    .is_some_and(|species| species != animal.species),
                similarity: self.similarity(animal),
                is_expected: self.expected.contains(&id),
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

    /// The similarity to the most similar of an animal's last visits.
    fn similarity(&self, animal: &Recent) -> Option<f32> {
        let probe = self.embedding.as_ref()?;
        let comparable = (animal.visits.iter())
            .filter(|visit| *visit.model == *self.model && Some(visit.id) != self.visit);
        let last = comparable.take(LAST_VISITS);
        last.filter_map(|visit| probe.cosine(&visit.embedding))
            .reduce(f32::max)
    }
}

/// An animal, and what decides about its place.
struct Ranked {
    is_other_species: bool,
    similarity: Option<f32>,
    is_expected: bool,
    is_other_breed: bool,
    last_visit: Option<i64>,
    id: AnimalId,
}

impl Ranked {
    /// Who comes first: the right species, the most similar, the right breed, who was seen last.
    fn order(&self, other: &Self) -> Ordering {
        (self.is_other_species.cmp(&other.is_other_species))
            .then_with(|| other.score().total_cmp(&self.score()))
            .then_with(|| other.is_expected.cmp(&self.is_expected))
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
