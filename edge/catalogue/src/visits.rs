//! Visits: who came when, what was recognised, what staff said.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Error::FromSqlConversionFailure;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::Serialize;

use super::connections::Fault;
use super::photographs::Lesson;
use super::decisions::OTHER_BREED;
use super::values::{At, Text, bounds, count};
use super::{AnimalId, Catalogue, CatalogueError, VisitId};
use recognise::{BreedId, Candidate, Source, VerdictKind};

/// One visit, as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Visit {
    /// Its number.
    pub id: VisitId,
    /// When it came.
    pub at: Timestamp,
    /// Of which kind the answer is.
    pub verdict: VerdictKind,
    /// The likeliest breeds, at most three, likeliest first.
    pub candidates: Vec<Candidate>,
    /// How sure the answer is, 0 to 1.
    pub confidence: f32,
    /// The breed that stands: what staff confirmed, or else the sure answer.
    pub breed: Option<BreedId>,
    /// The breed that staff confirmed, or corrected to.
    #[serde(rename = "said")]
    pub confirmed_breed: Option<BreedId>,
    /// When they did.
    #[serde(rename = "settled_at")]
    pub confirmed_at: Option<Timestamp>,
    /// Who did.
    #[serde(rename = "settled_by")]
    pub confirmed_by: Option<String>,
    /// Which animal it is, and its name.
    pub animal: Option<(AnimalId, String)>,
    /// The network's version.
    pub model: String,
    /// Where the photograph came from.
    pub source: Source,
    /// Whether there is a photograph.
    pub has_photograph: bool,
}

impl Catalogue {
    /// One visit.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchVisit`], or when the catalogue cannot be read.
    pub fn visit(&self, id: VisitId) -> Result<Visit, CatalogueError> {
        self.connections
            .read(|connection| Ok(one(connection, id)?.visit))
    }

    /// The visits of a day in the system's time zone, newest first: `limit` of them after the
    /// first `offset`.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn visits_on(
        &self,
        day: Date,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<Visit>, CatalogueError> {
        let (from, to) = bounds(day);
        self.connections.read(|connection| {
            let rest = "WHERE v.at >= ?1 AND v.at < ?2 ORDER BY v.at DESC, v.id DESC
                        LIMIT ?3 OFFSET ?4";
            select(connection, rest, (from, to, count(limit), count(offset)))
        })
    }

    /// How many visits a day has.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn count_on(&self, day: Date) -> Result<usize, CatalogueError> {
        let (from, to) = bounds(day);
        self.connections.read(|connection| {
            let mut counted = connection
                .prepare_cached("SELECT count(*) FROM visit WHERE at >= ?1 AND at < ?2")?;
            Ok(counted.query_row((from, to), |row| row.get(0))?)
        })
    }

    /// The visits of which neither the network nor staff have said the breed, newest first.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn needs_call(&self, limit: usize) -> Result<Vec<Visit>, CatalogueError> {
        self.connections.read(|connection| {
            let rest = "WHERE v.said IS NULL AND v.verdict <> 'breed'
                        ORDER BY v.at DESC, v.id DESC LIMIT ?1";
            select(connection, rest, [count(limit)])
        })
    }

    /// All visits of an animal, newest first.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn visits_of(&self, animal: AnimalId) -> Result<Vec<Visit>, CatalogueError> {
        self.connections.read(|connection| {
            let rest = "WHERE v.animal = ?1 ORDER BY v.at DESC, v.id DESC";
            select(connection, rest, [animal])
        })
    }

    /// A visit's photograph, as a JPEG; `None` when none is kept.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchVisit`], or when it cannot be read.
    pub fn photograph(&self, visit: VisitId) -> Result<Option<Vec<u8>>, CatalogueError> {
        let record = self.connections.read(|connection| one(connection, visit))?;
        match record.photograph {
            Some(name) => self.photographs.read(&name),
            None => Ok(None),
        }
    }
}

/// A visit with what does not leave the catalogue.
pub(super) struct Record {
    pub(super) visit: Visit,
    pub(super) photograph: Option<String>,
}

impl Record {
    /// What a network can learn from it: the photograph of an arrival on which it was not sure or
    /// wrong, once staff have said the breed.
    pub(super) fn lesson(&self) -> Option<Lesson> {
        let visit = &self.visit;
        let (said, photograph) = (visit.confirmed_breed.as_ref()?, self.photograph.as_ref()?);
        let was_right = visit.verdict == VerdictKind::Breed
            && (visit.candidates.first()).is_some_and(|first| first.breed == *said);
        (!was_right && *said != OTHER_BREED).then(|| (said.to_string(), photograph.clone()))
    }
}

/// All columns of a visit, by the name `v`, for [`record`].
const RECORD: &str = "SELECT v.id, v.at, v.verdict, v.candidates, v.confidence, v.said,
    v.settled_at, v.settled_by, v.animal, a.name, v.model, v.source, v.photograph
    FROM visit v LEFT JOIN animal a ON a.id = v.animal";

pub(super) fn one(connection: &Connection, id: VisitId) -> Result<Record, Fault> {
    let found = connection
        .prepare_cached(&format!("{RECORD} WHERE v.id = ?1"))?
        .query_row([id], record)
        .optional()?;
    Ok(found.ok_or(CatalogueError::NoSuchVisit(id))?)
}

fn select(
    connection: &Connection,
    rest: &str,
    parameters: impl Params,
) -> Result<Vec<Visit>, Fault> {
    let mut visits = Vec::new();
    each(connection, rest, parameters, |record| {
        visits.push(record.visit);
        Ok(())
    })?;
    Ok(visits)
}

/// Hands over one visit after the other; `rest` is the rest of the statement.
pub(super) fn each(
    connection: &Connection,
    rest: &str,
    parameters: impl Params,
    mut work: impl FnMut(Record) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(&format!("{RECORD} {rest}"))?;
    for found in statement.query_map(parameters, record)? {
        work(found?)?;
    }
    Ok(())
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let Text(verdict) = row.get(2)?;
    let candidates = candidates(row, 3)?;
    let confirmed_breed = row.get::<_, Option<Text<BreedId>>>(5)?.map(|said| said.0);
    let sure = (candidates.first()).filter(|_| verdict == VerdictKind::Breed);
    let animal: Option<AnimalId> = row.get(8)?;
    let photograph: Option<String> = row.get(12)?;
    Ok(Record {
        visit: Visit {
            id: row.get(0)?,
            at: row.get::<_, At>(1)?.0,
            breed: confirmed_breed
                .clone()
                .or_else(|| sure.map(|first| first.breed.clone())),
            verdict,
            candidates,
            confidence: row.get(4)?,
            confirmed_breed,
            confirmed_at: row.get::<_, Option<At>>(6)?.map(|at| at.0),
            confirmed_by: row.get(7)?,
            animal: match animal {
                Some(animal) => Some((animal, row.get(9)?)),
                None => None,
            },
            model: row.get(10)?,
            source: row.get::<_, Text<Source>>(11)?.0,
            has_photograph: photograph.is_some(),
        },
        photograph,
    })
}

fn candidates(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Candidate>> {
    let text = row.get_ref(column)?.as_str()?;
    let pairs: Vec<(String, f32)> = serde_json::from_str(text)
        .map_err(|error| FromSqlConversionFailure(column, Type::Text, Box::new(error)))?;
    let candidate = |(breed, probability): (String, f32)| Candidate {
        breed: breed.into(),
        probability,
    };
    Ok(pairs.into_iter().map(candidate).collect())
}
