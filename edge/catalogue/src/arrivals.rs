//! Arrivals: a visit on its first record.

use image::RgbImage;
use jiff::Timestamp;
use rusqlite::Connection;

use super::history::{Hand, Subject};
use super::photographs::Kept;
use super::values::{At, NAME_CHARACTERS, Text, check_breed, check_line};
use super::{Catalogue, CatalogueError, VisitId, suggest, visits};
use recognise::{Candidate, Source, VerdictKind};

/// How many candidates are kept.
const CANDIDATES: usize = 3;

/// Who revises an answer, in the history.
const KIOSK: &str = "kiosk";

/// An arrival that got its answer.
#[derive(Clone, Debug)]
pub struct NewVisit {
    /// When it came.
    pub at: Timestamp,
    /// What the camera saw; kept if [`super::Settings::keep_photographs`] says so.
    pub photograph: Option<RgbImage>,
    /// Of which kind the answer is.
    pub verdict: VerdictKind,
    /// The likeliest breeds, likeliest first; the first three are kept.
    pub candidates: Vec<Candidate>,
    /// How sure the answer is, 0 to 1.
    pub confidence: f32,
    /// What the network saw in it: 128 numbers, of length 1. None at all, or one that is not a
    /// number: nothing to compare it by.
    pub embedding: Vec<f32>,
    /// The network's version.
    pub model: String,
    /// Where the photograph came from.
    pub source: Source,
}

/// A visit that is recorded.
#[derive(Debug)]
pub struct Recorded {
    /// Its number.
    pub visit: VisitId,
    /// Why its photograph could not be kept, where it should have been.
    pub photograph_lost: Option<CatalogueError>,
}

impl Catalogue {
    /// Records an arrival. A photograph that cannot be kept does not stop it.
    ///
    /// # Errors
    /// When a field is not as described, or the catalogue cannot be written.
    pub fn record(&self, visit: &NewVisit) -> Result<Recorded, CatalogueError> {
        visit.check()?;
        let (kept, photograph_lost) = match self.keep(visit) {
            Ok(kept) => (kept, None),
            Err(error) => (None, Some(error)),
        };
        let recorded = self
            .connections
            .write(|transaction| Ok(visit.insert(transaction, kept.as_ref())?));
        match recorded {
            Ok(visit) => Ok(Recorded {
                visit,
                photograph_lost,
            }),
            Err(error) => {
                // Nobody will ask for it; should this fail too, it is tidied up later.
                if let Some(kept) = &kept {
                    let _ = self.photographs.remove(&kept.name);
                }
                Err(error)
            }
        }
    }

    /// Replaces the answer to an arrival by a better one to the same: the network looked on. What
    /// it said before stays in the history. A visit that staff have settled is left as it is.
    ///
    /// # Errors
    /// As [`Catalogue::record`], and [`CatalogueError::NoSuchVisit`].
    pub fn revise(&self, id: VisitId, visit: &NewVisit) -> Result<Recorded, CatalogueError> {
        visit.check()?;
        let (kept, photograph_lost) = match self.keep(visit) {
            Ok(kept) => (kept, None),
            Err(error) => (None, Some(error)),
        };
        let revised = self.connections.write(|transaction| {
            let before = visits::one(transaction, id)?;
            if before.visit.confirmed_breed.is_some() {
                return Ok(kept.as_ref().map(|kept| kept.name.clone()));
            }
            visit.replace(transaction, id, kept.as_ref())?;
            let (former, subject) = (before.visit.verdict.as_str(), Subject::Visit(id));
            let hand = Hand::now(KIOSK);
            hand.note(
                transaction,
                subject,
                "verdict",
                Some(former),
                Some(visit.verdict.as_str()),
            )?;
            Ok(kept.as_ref().and(before.photograph))
        });
        // Which photograph nobody asks for any more; should this fail, it is tidied up later.
        let idle = match &revised {
            Ok(idle) => idle.clone(),
            Err(_) => kept.map(|kept| kept.name),
        };
        if let Some(idle) = idle {
            let _ = self.photographs.remove(&idle);
        }
        revised.map(|_| Recorded {
            visit: id,
            photograph_lost,
        })
    }

    /// Stores the photograph, where there is one and it is wanted.
    fn keep(&self, visit: &NewVisit) -> Result<Option<Kept>, CatalogueError> {
        match &visit.photograph {
            Some(photograph) if self.settings()?.keep_photographs => {
                Ok(Some(self.photographs.store(photograph, visit.at)?))
            }
            _ => Ok(None),
        }
    }
}

impl NewVisit {
    fn check(&self) -> Result<(), CatalogueError> {
        check_line("model", &self.model, NAME_CHARACTERS)?;
        for candidate in &self.candidates {
            check_breed("candidates", &candidate.breed)?;
        }
        let probabilities = self
            .candidates
            .iter()
            .map(|candidate| candidate.probability);
        match probabilities
            .chain([self.confidence])
            .all(|p| (0.0..=1.0).contains(&p))
        {
            true => Ok(()),
            false => Err(CatalogueError::invalid("confidence", "not between 0 and 1")),
        }
    }

    /// The candidates as they are stored.
    fn candidates(&self) -> String {
        let candidates: Vec<(&str, f32)> = (self.candidates.iter().take(CANDIDATES))
            .map(|candidate| (&*candidate.breed, candidate.probability))
            .collect();
        serde_json::json!(candidates).to_string()
    }

    /// The photograph stays where there is no newer one.
    fn replace(
        &self,
        connection: &Connection,
        id: VisitId,
        kept: Option<&Kept>,
    ) -> rusqlite::Result<usize> {
        connection
            .prepare_cached(
                "UPDATE visit SET verdict = ?2, candidates = ?3, confidence = ?4, embedding = ?5,
                                  photograph = coalesce(?6, photograph),
                                  photograph_bytes = coalesce(?7, photograph_bytes)
                 WHERE id = ?1",
            )?
            .execute((
                id,
                Text(self.verdict),
                self.candidates(),
                self.confidence,
                suggest::bytes_of(&self.embedding),
                kept.map(|kept| &kept.name),
                kept.map(|kept| kept.bytes),
            ))
    }

    fn insert(&self, connection: &Connection, kept: Option<&Kept>) -> rusqlite::Result<VisitId> {
        connection
            .prepare_cached(
                "INSERT INTO visit (at, verdict, candidates, confidence, embedding, model, source,
                                    photograph, photograph_bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                At(self.at),
                Text(self.verdict),
                self.candidates(),
                self.confidence,
                suggest::bytes_of(&self.embedding),
                &self.model,
                Text(self.source),
                kept.map(|kept| &kept.name),
                kept.map_or(0, |kept| kept.bytes),
            ))?;
        Ok(VisitId(connection.last_insert_rowid()))
    }
}
