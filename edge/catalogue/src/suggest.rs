//! Suggests which known animal a visit may be of.

use std::cmp::Ordering;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use crate::animals::{self, Animal};
use crate::connections::Fault;
use crate::embedding::{cosine, to_bytes};
use crate::ids::{AnimalId, VisitId};
use crate::values::At;
use crate::{Catalogue, CatalogueError};

/// How many of an animal's last visits are compared.
const LAST_VISITS: usize = 5;

/// An animal that the visit may be of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// The animal.
    pub animal: Animal,
    /// The largest cosine similarity of the visit and one of the animal's recent visits, -1 to 1;
    /// `None` where none of them can be compared.
    pub similarity: Option<f32>,
}

impl Catalogue {
    /// The animals of a breed, at most `limit`: those with the most similar recent visits first,
    /// then those that were seen last. `embedding` is an embedding by the network of version
    /// `model`.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn suggest(
        &self,
        breed: &str,
        embedding: Option<&[f32]>,
        model: &str,
        limit: usize,
    ) -> Result<Vec<Suggestion>, CatalogueError> {
        let probe = Probe {
            embedding: embedding.and_then(to_bytes),
            model: model.to_owned(),
            visit: None,
        };
        self.connections
            .read(|connection| probe.nearest(connection, breed, limit))
    }

    /// The same for a recorded visit, by its own embedding.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchVisit`], or when the catalogue cannot be read.
    pub fn suggest_for(
        &self,
        visit: VisitId,
        breed: &str,
        limit: usize,
    ) -> Result<Vec<Suggestion>, CatalogueError> {
        self.connections.read(|connection| {
            let found = connection
                .prepare_cached("SELECT embedding, model FROM visit WHERE id = ?1")?
                .query_row([visit], |row| {
                    Ok(Probe {
                        embedding: row.get(0)?,
                        model: row.get(1)?,
                        visit: Some(visit),
                    })
                })
                .optional()?;
            found
                .ok_or(CatalogueError::NoSuchVisit(visit))?
                .nearest(connection, breed, limit)
        })
    }
}

/// The embedding that animals are compared with.
struct Probe {
    embedding: Option<Vec<u8>>,
    model: String,
    /// The visit that it comes from, which is not compared with itself.
    visit: Option<VisitId>,
}

impl Probe {
    fn nearest(
        &self,
        connection: &Connection,
        breed: &str,
        limit: usize,
    ) -> Result<Vec<Suggestion>, Fault> {
        let mut statement =
            connection.prepare_cached("SELECT id, last_visit FROM animal WHERE breed = ?1")?;
        let of_breed = statement.query_map([breed], |row| {
            Ok((row.get::<_, AnimalId>(0)?, row.get::<_, Option<At>>(1)?))
        })?;
        let mut ranked = Vec::new();
        for found in of_breed {
            let (id, last_visit) = found?;
            let last_visit = last_visit.map(|at| at.0);
            ranked.push((self.similarity(connection, id)?, last_visit, id));
        }
        ranked.sort_by(|a, b| {
            let more_similar = b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal);
            more_similar.then_with(|| (b.1, b.2).cmp(&(a.1, a.2)))
        });
        let suggestion = |(similarity, _, id)| {
            let animal = animals::one(connection, id)?;
            Ok(Suggestion { animal, similarity })
        };
        ranked.into_iter().take(limit).map(suggestion).collect()
    }

    /// The similarity to the most similar of an animal's last visits.
    fn similarity(&self, connection: &Connection, animal: AnimalId) -> Result<Option<f32>, Fault> {
        let Some(embedding) = &self.embedding else {
            return Ok(None);
        };
        let mut statement = connection.prepare_cached(
            "SELECT embedding FROM visit
             WHERE animal = ?1 AND model = ?2 AND id IS NOT ?3 AND embedding IS NOT NULL
             ORDER BY at DESC LIMIT ?4",
        )?;
        let mut rows = statement.query((animal, &self.model, self.visit, LAST_VISITS))?;
        let mut nearest: Option<f32> = None;
        while let Some(row) = rows.next()? {
            let other = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            let similarity = cosine(embedding, other);
            nearest = match (nearest, similarity) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            };
        }
        Ok(nearest)
    }
}
