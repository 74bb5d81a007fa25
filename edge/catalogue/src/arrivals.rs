//! Records arrivals: a visit, its answer and its photograph.

use image::RgbImage;
use jiff::Timestamp;
use recognise::{Candidate, Source, VerdictKind};
use rusqlite::Connection;

use crate::connections::Fault;
use crate::history::{Author, KIOSK, Subject};
use crate::ids::VisitId;
use crate::outbox::{self, EventKind};
use crate::photographs::StoredPhotograph;
use crate::values::{At, NAME_CHARACTERS, Text, check_breed, check_line};
use crate::{Catalogue, CatalogueError, FieldError, VisitEvent, clock, embedding, visits};

/// How many candidates are stored.
pub(crate) const CANDIDATES: usize = 3;

/// An arrival and the answer to it.
#[derive(Clone, Debug)]
pub struct NewVisit {
    /// The time of the arrival.
    pub at: Timestamp,
    /// What is kept of the camera's picture (see [`crate::Settings::whole_frames`]); stored where
    /// [`crate::Settings::keep_photographs`] says so.
    pub photograph: Option<RgbImage>,
    /// The kind of the verdict.
    pub verdict: VerdictKind,
    /// The most probable breeds, most probable first; the first three are stored.
    pub candidates: Vec<Candidate>,
    /// The confidence of the verdict, 0 to 1.
    pub confidence: f32,
    /// The embedding of the animal, 16 to 1024 numbers. Where it is empty or not finite, the visit is
    /// not compared with others.
    pub embedding: Vec<f32>,
    /// The version of the network.
    pub model: String,
    /// Where the photograph came from.
    pub source: Source,
}

/// A visit that was recorded.
#[derive(Debug)]
pub struct Recorded {
    /// Its number.
    pub visit: VisitId,
    /// Why its photograph could not be stored, where it should have been.
    pub photograph_lost: Option<CatalogueError>,
}

impl Catalogue {
    /// Records an arrival, even where its photograph cannot be stored.
    ///
    /// # Errors
    /// When a field cannot be stored, or the catalogue cannot be written.
    pub fn record(&self, visit: &NewVisit) -> Result<Recorded, CatalogueError> {
        visit.check()?;
        let (stored, photograph_lost) = self.store_photograph(visit);
        let recorded = self.connections.write(|transaction| {
            let id = visit.insert(transaction, stored.as_ref())?;
            let (by, at) = (KIOSK, visit.at);
            outbox::visit(transaction, EventKind::Arrival, id, Author { by, at })?;
            Ok(visits::one(transaction, id)?.visit)
        });
        if let (Err(_), Some(stored)) = (&recorded, &stored) {
            self.photographs.discard(&stored.name);
        }
        let recorded = recorded?;
        self.tell(VisitEvent::Recorded, &recorded);
        Ok(Recorded {
            visit: recorded.id,
            photograph_lost,
        })
    }

    /// Replaces the answer to an arrival by a better one, and its photograph where there is a newer
    /// one. The history keeps the former verdict. A visit that staff have confirmed stays as it is.
    ///
    /// # Errors
    /// As [`Catalogue::record`], and [`CatalogueError::NoSuchVisit`].
    pub fn revise(&self, id: VisitId, visit: &NewVisit) -> Result<Recorded, CatalogueError> {
        visit.check()?;
        let (stored, photograph_lost) = self.store_photograph(visit);
        let revised = self.connections.write(|transaction| {
            let before = visits::one(transaction, id)?;
            if before.visit.confirmed_breed.is_some() {
                return Ok((stored.as_ref().map(|stored| stored.name.clone()), None));
            }
            visit.replace(transaction, id, stored.as_ref())?;
            let author = Author::now(KIOSK);
            author.note(
                transaction,
                Subject::Visit(id),
                "verdict",
                Some(before.visit.verdict.as_str()),
                Some(visit.verdict.as_str()),
            )?;
            outbox::visit(transaction, EventKind::Answer, id, author)?;
            let after = visits::one(transaction, id)?.visit;
            Ok((stored.as_ref().and(before.photograph), Some(after)))
        });
        let unused = match &revised {
            Ok((unused, _)) => unused.clone(),
            Err(_) => stored.map(|stored| stored.name),
        };
        if let Some(unused) = unused {
            self.photographs.discard(&unused);
        }
        if let (_, Some(after)) = revised? {
            self.tell(VisitEvent::Revised, &after);
        }
        Ok(Recorded {
            visit: id,
            photograph_lost,
        })
    }

    /// Stores the photograph where there is one and the settings ask for it, or says why it could
    /// not.
    fn store_photograph(
        &self,
        visit: &NewVisit,
    ) -> (Option<StoredPhotograph>, Option<CatalogueError>) {
        let Some(photograph) = &visit.photograph else {
            return (None, None);
        };
        let stored = match self.settings() {
            Ok(settings) if !settings.keep_photographs => return (None, None),
            Ok(_) => self.photographs.store(photograph, visit.at),
            Err(error) => Err(error),
        };
        match stored {
            Ok(stored) => (Some(stored), None),
            Err(error) => (None, Some(error)),
        }
    }
}

impl NewVisit {
    fn check(&self) -> Result<(), CatalogueError> {
        check_line("model", &self.model, NAME_CHARACTERS)?;
        for candidate in &self.candidates {
            check_breed("candidates", &candidate.breed)?;
        }
        let mut probabilities = (self.candidates.iter())
            .map(|candidate| candidate.probability)
            .chain([self.confidence]);
        if !probabilities.all(|p| (0.0..=1.0).contains(&p)) {
            let reason = FieldError::NotAProbability;
            return Err(CatalogueError::invalid("confidence", reason));
        }
        Ok(())
    }

    /// The candidates as they are stored.
    fn candidates(&self) -> String {
        let candidates: Vec<(&str, f32)> = (self.candidates.iter().take(CANDIDATES))
            .map(|candidate| (&*candidate.breed, candidate.probability))
            .collect();
        serde_json::json!(candidates).to_string()
    }

    pub(crate) fn insert(
        &self,
        connection: &Connection,
        stored: Option<&StoredPhotograph>,
    ) -> Result<VisitId, Fault> {
        let since = clock::own_time(connection, self.at)?;
        connection
            .prepare_cached(
                "INSERT INTO visit (at, verdict, candidates, confidence, embedding, model, source,
                                    photograph, photograph_bytes, photograph_since, uid)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute((
                At(self.at),
                Text(self.verdict),
                self.candidates(),
                self.confidence,
                embedding::to_bytes(&self.embedding),
                &self.model,
                Text(self.source),
                stored.map(|stored| &stored.name),
                stored.map_or(0, |stored| stored.bytes),
                stored.map(|_| At(since)),
                outbox::new_uid(),
            ))?;
        Ok(VisitId(connection.last_insert_rowid()))
    }

    /// Without a newer photograph, the former one stays.
    fn replace(
        &self,
        connection: &Connection,
        id: VisitId,
        stored: Option<&StoredPhotograph>,
    ) -> Result<(), Fault> {
        let since = clock::own_time(connection, self.at)?;
        connection
            .prepare_cached(
                "UPDATE visit SET verdict = ?2, candidates = ?3, confidence = ?4, embedding = ?5,
                                  model = ?9, embedded_by = NULL,
                                  photograph = coalesce(?6, photograph),
                                  photograph_bytes = coalesce(?7, photograph_bytes),
                                  photograph_since = coalesce(?8, photograph_since)
                 WHERE id = ?1",
            )?
            .execute((
                id,
                Text(self.verdict),
                self.candidates(),
                self.confidence,
                embedding::to_bytes(&self.embedding),
                stored.map(|stored| &stored.name),
                stored.map(|stored| stored.bytes),
                stored.map(|_| At(since)),
                &self.model,
            ))?;
        Ok(())
    }
}
