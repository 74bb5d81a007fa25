//! Which of the known animals it may be.

use std::cmp::Ordering;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::connections::Fault;
use super::values::At;
use super::{Animal, AnimalId, Catalogue, CatalogueError, VisitId, animals};

/// How many of an animal's last visits are compared.
const LAST_VISITS: usize = 5;

/// An animal that it may be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// The animal.
    pub animal: Animal,
    /// Cosine of its nearest recent visit to this one, -1 to 1; `None` where nothing compares.
    pub similarity: Option<f32>,
}

impl Catalogue {
    /// The animals of a breed that it may be: those whose last visits look most like `looks_like`
    /// (an embedding by the network `model`) first, then the most recently seen.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn suggest(
        &self,
        breed: &str,
        looks_like: Option<&[f32]>,
        model: &str,
        limit: usize,
    ) -> Result<Vec<Suggestion>, CatalogueError> {
        let similarity = PrototypeSimilarity {
            embedding: looks_like.and_then(bytes_of),
            model: model.to_owned(),
            except: VisitId(0),
        };
        self.connections
            .read(|connection| similarity.nearest(connection, breed, limit))
    }

    /// The same for a visit on record, by its own embedding.
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
                    Ok(PrototypeSimilarity {
                        embedding: row.get(0)?,
                        model: row.get(1)?,
                        except: visit,
                    })
                })
                .optional()?;
            found
                .ok_or(CatalogueError::NoSuchVisit(visit))?
                .nearest(connection, breed, limit)
        })
    }
}

/// What animals are compared with.
struct PrototypeSimilarity {
    embedding: Option<Vec<u8>>,
    model: String,
    /// The visit that it comes from, which is like itself.
    except: VisitId,
}

impl PrototypeSimilarity {
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
            let more_alike = b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal);
            more_alike.then_with(|| (b.1, b.2).cmp(&(a.1, a.2)))
        });
        let suggestion = |(similarity, _, id)| {
            let animal = animals::one(connection, id)?;
            Ok(Suggestion { animal, similarity })
        };
        ranked.into_iter().take(limit).map(suggestion).collect()
    }

    /// To the nearest of an animal's last visits.
    fn similarity(&self, connection: &Connection, animal: AnimalId) -> Result<Option<f32>, Fault> {
        let Some(embedding) = &self.embedding else {
            return Ok(None);
        };
        let mut statement = connection.prepare_cached(
            "SELECT embedding FROM visit
             WHERE animal = ?1 AND model = ?2 AND id <> ?3 AND embedding IS NOT NULL
             ORDER BY at DESC LIMIT ?4",
        )?;
        let mut rows = statement.query((animal, &self.model, self.except, LAST_VISITS))?;
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

/// An embedding as it is stored: one signed byte a number, the largest of them 127. Its length is
/// lost, which a cosine does not need. `None` where it has no direction.
pub(super) fn bytes_of(embedding: &[f32]) -> Option<Vec<u8>> {
    if !embedding.iter().all(|number| number.is_finite()) {
        return None;
    }
    let largest = embedding
        .iter()
        .fold(0.0f32, |largest, number| largest.max(number.abs()));
    let bytes = (embedding.iter()).map(|number| ((number / largest * 127.0).round() as i8) as u8);
    (largest > 0.0).then(|| bytes.collect())
}

/// `None` where two do not compare.
fn cosine(a: &[u8], b: &[u8]) -> Option<f32> {
    let dot = |a: &[u8], b: &[u8]| -> f32 {
        let products = a.iter().zip(b);
        let sum: i32 = products
            .map(|(&a, &b)| i32::from(a as i8) * i32::from(b as i8))
            .sum();
        sum as f32
    };
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    (a.len() == b.len() && lengths > 0.0).then(|| dot(a, b) / lengths)
}
