//! Keeps the embeddings of all animals in memory, so that a visit can be compared with all of them.
//!
//! An animal has those of its last visits, and after them those that other sites of the chain have made
//! of it. They lie in one piece for each network, as signed bytes: a comparison with 20,000 animals reads
//! 30 MB one after the other, and allocates nothing on the way.
//!
//! How they are compared is adapted to them: see [`recognise::adaptation`].

use std::collections::HashMap;

use recognise::BreedId;
use recognise::adaptation::Adaptation;
use recognise::embedding::{dots, pool};
use recognise::metadata::Species;
use rusqlite::{Connection, OptionalExtension};

use crate::connections::Fault;
use crate::embedding::{Embedding, NETWORK, numbers, quantised};
use crate::ids::{AnimalId, VisitId};
use crate::memory::{Collection, Kept};
use crate::values::Text;

/// How many of an animal's last visits are compared.
pub(crate) const LAST_VISITS: usize = 8;

/// The comparison is adapted to so many of the animals at most. More would change little.
const ADAPTED_TO: usize = 1000;

/// In the place of a visit: another site of the chain has made the embedding.
const ELSEWHERE: VisitId = VisitId(0);

/// All animals, and the embeddings of their last visits.
#[derive(Default)]
pub(crate) struct Gallery {
    animals: HashMap<AnimalId, Known>,
    blocks: Vec<Block>,
}

/// What is known of an animal besides its embeddings.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) species: Species,
    pub(crate) breed: BreedId,
    /// In milliseconds.
    pub(crate) last_visit: Option<i64>,
    /// Whether it is only known at another site of the chain.
    pub(crate) is_elsewhere: bool,
}

/// An animal as it is read from the tables.
pub(crate) struct Member {
    known: Known,
    /// Those of its last visits, newest first, and after them those of other sites. Of one network, the
    /// first eight count.
    embeddings: Vec<(VisitId, Embedding)>,
}

impl Kept for Member {
    fn read(snapshot: &Connection, animal: AnimalId) -> Result<Option<Self>, Fault> {
        let known = snapshot
            .prepare_cached(
                "SELECT species, breed, last_visit, known_at IS NOT NULL FROM animal
                 WHERE id = ?1",
            )?
            .query_row([animal], |row| {
                Ok(Known {
                    species: row.get::<_, Text<Species>>(0)?.0,
                    breed: row.get::<_, Text<BreedId>>(1)?.0,
                    last_visit: row.get(2)?,
                    is_elsewhere: row.get(3)?,
                })
            })
            .optional()?;
        let Some(known) = known else {
            return Ok(None);
        };
        // Only staff say whose visit it is, so all of them are confirmed.
        let mut statement = snapshot.prepare_cached(&format!(
            "SELECT v.id, {NETWORK}, v.embedding FROM visit v
             WHERE v.animal = ?1 AND v.embedding IS NOT NULL
             ORDER BY v.at DESC, v.id DESC LIMIT ?2"
        ))?;
        let visits = statement.query_map((animal, LAST_VISITS), |row| {
            let visit: VisitId = row.get(0)?;
            Ok((visit, Embedding::new(row.get(1)?, row.get(2)?)))
        })?;
        let mut embeddings = Vec::with_capacity(LAST_VISITS);
        for visit in visits {
            if let (visit, Some(embedding)) = visit? {
                embeddings.push((visit, embedding));
            }
        }
        let mut statement = snapshot.prepare_cached(
            "SELECT network, embedding FROM guest_embedding WHERE animal = ?1
             ORDER BY at DESC, id DESC LIMIT ?2",
        )?;
        let elsewhere = statement.query_map((animal, LAST_VISITS), |row| {
            Ok(Embedding::new(row.get(0)?, row.get(1)?))
        })?;
        for embedding in elsewhere {
            embeddings.extend(embedding?.map(|embedding| (ELSEWHERE, embedding)));
        }
        Ok(Some(Self { known, embeddings }))
    }
}

impl Collection for Gallery {
    type Animal = Member;

    fn put(&mut self, id: AnimalId, animal: Member) {
        self.take(id);
        self.animals.insert(id, animal.known);
        for (visit, embedding) in animal.embeddings {
            self.block_for(&embedding).add(id, visit, &embedding);
        }
    }

    fn take(&mut self, id: AnimalId) {
        if self.animals.remove(&id).is_some() {
            for block in &mut self.blocks {
                block.remove(id);
            }
            self.blocks.retain(|block| !block.rows.is_empty());
        }
    }

    fn complete(&mut self) {
        for block in &mut self.blocks {
            if block.is_outgrown() {
                block.adapt();
            }
        }
    }
}

impl Gallery {
    /// All animals.
    pub(crate) fn animals(&self) -> &HashMap<AnimalId, Known> {
        &self.animals
    }

    /// The animals that an embedding can be compared with, and how similar each of them is: -1 to 1,
    /// as [`recognise::embedding::similarity_to`] has it. The visit `except` does not count.
    pub(crate) fn similar(
        &self,
        probe: &Embedding,
        except: Option<VisitId>,
    ) -> Vec<(AnimalId, f32)> {
        let block = self.blocks.iter().find(|block| block.is_for(probe));
        block.map_or_else(Vec::new, |block| block.similar(probe, except))
    }

    /// How many animals have an embedding by this network.
    pub(crate) fn count(&self, network: &str) -> usize {
        let animals = self.animals.keys();
        animals.filter(|id| self.is_in(network, **id)).count()
    }

    /// The animals of this daycare that have embeddings, but none by this network.
    pub(crate) fn without(&self, network: &str) -> Vec<AnimalId> {
        let ours = (self.animals.iter()).filter(|(_, animal)| !animal.is_elsewhere);
        ours.map(|(id, _)| *id)
            .filter(|id| self.blocks.iter().any(|block| block.has(*id)))
            .filter(|id| !self.is_in(network, *id))
            .collect()
    }

    fn is_in(&self, network: &str, animal: AnimalId) -> bool {
        let mut blocks = self.blocks.iter();
        blocks.any(|block| block.network == network && block.has(animal))
    }

    /// The block for embeddings like this one.
    fn block_for(&mut self, embedding: &Embedding) -> &mut Block {
        let found = self.blocks.iter().position(|block| block.is_for(embedding));
        let place = found.unwrap_or(self.blocks.len());
        if found.is_none() {
            self.blocks.push(Block::new(embedding));
        }
        &mut self.blocks[place]
    }
}

/// The embeddings by one network.
struct Block {
    network: String,
    /// How many numbers each has.
    width: usize,
    /// One for each animal that has any.
    rows: Vec<Row>,
    /// [`LAST_VISITS`] embeddings for each row. Those that it does not have are zeros.
    bytes: Vec<u8>,
    places: HashMap<AnimalId, usize>,
    adaptation: Adaptation,
    /// How many embeddings there were when it was made.
    adapted_at: usize,
}

/// What the embeddings of an animal are of.
struct Row {
    animal: AnimalId,
    /// How many it has.
    count: usize,
    visits: [VisitId; LAST_VISITS],
    lengths: [Lengths; LAST_VISITS],
}

/// The lengths of an embedding.
#[derive(Clone, Copy, Default)]
struct Lengths {
    /// Of its bytes.
    stored: f32,
    /// As it is compared: see [`Adaptation::length`].
    adapted: f32,
}

impl Block {
    fn new(embedding: &Embedding) -> Self {
        Self {
            network: embedding.network.clone(),
            width: embedding.bytes.len(),
            rows: Vec::new(),
            bytes: Vec::new(),
            places: HashMap::new(),
            adaptation: Adaptation::default(),
            adapted_at: 0,
        }
    }

    fn is_for(&self, embedding: &Embedding) -> bool {
        self.width == embedding.bytes.len() && self.network == embedding.network
    }

    fn has(&self, animal: AnimalId) -> bool {
        self.places.contains_key(&animal)
    }

    /// How many bytes a row has.
    fn row_bytes(&self) -> usize {
        LAST_VISITS * self.width
    }

    fn similar(&self, probe: &Embedding, except: Option<VisitId>) -> Vec<(AnimalId, f32)> {
        let Some(probe) = self.adaptation.probe(&probe.numbers()) else {
            return Vec::new();
        };
        let Some((bytes, scale)) = quantised(&probe.direction) else {
            return Vec::new();
        };
        let rows = self
            .rows
            .iter()
            .zip(self.bytes.chunks_exact(self.row_bytes()));
        let similar = rows.filter_map(|(row, of_row)| {
            let mut sums = [0; LAST_VISITS];
            let sums = &mut sums[..row.count];
            dots(&of_row[..row.count * self.width], &bytes, sums);
            let of_visits = row.visits.iter().zip(&row.lengths).zip(sums);
            let cosines = of_visits
                .filter(|((visit, _), _)| Some(**visit) != except)
                .map(|((_, lengths), sum)| {
                    let product = *sum as f32 * scale / lengths.stored;
                    (product - probe.offset) / lengths.adapted
                });
            Some((row.animal, pool(cosines)?))
        });
        similar.collect()
    }

    /// Adds an embedding of an animal, unless it has as many as there may be.
    fn add(&mut self, animal: AnimalId, visit: VisitId, embedding: &Embedding) {
        let place = *self.places.entry(animal).or_insert(self.rows.len());
        if place == self.rows.len() {
            self.rows.push(Row::of(animal));
            // A vector that doubles would take far more than it needs.
            let row_bytes = self.row_bytes();
            if self.bytes.capacity() - self.bytes.len() < row_bytes {
                self.bytes.reserve_exact(self.bytes.len() / 8 + row_bytes);
            }
            self.bytes.resize(self.bytes.len() + row_bytes, 0);
        }
        let row = &mut self.rows[place];
        if row.count < LAST_VISITS {
            let start = (place * LAST_VISITS + row.count) * self.width;
            self.bytes[start..start + self.width].copy_from_slice(&embedding.bytes);
            row.visits[row.count] = visit;
            row.lengths[row.count] = Lengths {
                stored: embedding.length,
                adapted: self.adaptation.length(&embedding.numbers()),
            };
            row.count += 1;
        }
    }

    /// Whether there are a quarter more or fewer embeddings than it was adapted to.
    fn is_outgrown(&self) -> bool {
        4 * self.count().abs_diff(self.adapted_at) > self.adapted_at
    }

    /// How many embeddings there are.
    fn count(&self) -> usize {
        self.rows.iter().map(|row| row.count).sum()
    }

    /// Adapts the comparison to the animals that are here now.
    fn adapt(&mut self) {
        let row_bytes = self.row_bytes();
        let embeddings = |place: usize, row: &Row| -> Vec<Vec<f32>> {
            let bytes = &self.bytes[place * row_bytes..];
            let visits = bytes.chunks_exact(self.width).zip(&row.lengths);
            let visits = visits.take(row.count);
            visits
                .map(|(bytes, lengths)| numbers(bytes, lengths.stored))
                .collect()
        };
        let every = self.rows.len().div_ceil(ADAPTED_TO).max(1);
        let some = self.rows.iter().enumerate().step_by(every);
        let some: Vec<Vec<Vec<f32>>> = some.map(|(place, row)| embeddings(place, row)).collect();
        let some: Vec<&[Vec<f32>]> = some.iter().map(Vec::as_slice).collect();
        self.adaptation = Adaptation::to(&some);
        self.adapted_at = self.count();
        for (row, bytes) in self.rows.iter_mut().zip(self.bytes.chunks_exact(row_bytes)) {
            let visits = bytes.chunks_exact(self.width).zip(&mut row.lengths);
            for (bytes, lengths) in visits.take(row.count) {
                lengths.adapted = self.adaptation.length(&numbers(bytes, lengths.stored));
            }
        }
    }

    /// Removes an animal, if it is there. The last one takes its place.
    fn remove(&mut self, animal: AnimalId) {
        let Some(place) = self.places.remove(&animal) else {
            return;
        };
        self.rows.swap_remove(place);
        let row_bytes = self.row_bytes();
        let last = self.rows.len() * row_bytes;
        if let Some(moved) = self.rows.get(place) {
            self.places.insert(moved.animal, place);
            let bytes = last..last + row_bytes;
            self.bytes.copy_within(bytes, place * row_bytes);
        }
        self.bytes.truncate(last);
    }
}

impl Row {
    fn of(animal: AnimalId) -> Self {
        Self {
            animal,
            count: 0,
            visits: [VisitId(0); LAST_VISITS],
            lengths: [Lengths::default(); LAST_VISITS],
        }
    }
}
