//! Reads visits: who came when, what was recognised and what staff decided.

use jiff::Timestamp;
use jiff::civil::Date;
use recognise::{BreedId, Candidate, Source, VerdictKind};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::Serialize;

use crate::connections::Fault;
use crate::ids::{AnimalId, OTHER_BREED, VisitId};
use crate::stays::{COLUMNS, Stay};
use crate::training::TrainingExample;
use crate::values::{At, Text, bounds, count, json};
use crate::{Catalogue, CatalogueError};

/// A visit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Visit {
    /// Its number.
    pub id: VisitId,
    /// How often its answer, its decision or its animal has changed since it was recorded.
    pub revision: u32,
    /// Whether staff confirmed it.
    pub state: VisitState,
    /// The time of the arrival.
    pub at: Timestamp,
    /// The kind of the verdict.
    pub verdict: VerdictKind,
    /// The most probable breeds, at most three, most probable first.
    pub candidates: Vec<Candidate>,
    /// The confidence of the verdict, 0 to 1.
    pub confidence: f32,
    /// The breed: what staff confirmed, or else what was recognised with the verdict `breed`.
    pub breed: Option<BreedId>,
    /// The breed that staff confirmed or corrected to.
    #[serde(rename = "said")]
    pub confirmed_breed: Option<BreedId>,
    /// The same in the words of staff, where its id is [`crate::OTHER_BREED`] and they said more.
    #[serde(rename = "said_name")]
    pub confirmed_breed_name: Option<String>,
    /// The time of that decision.
    #[serde(rename = "settled_at")]
    pub confirmed_at: Option<Timestamp>,
    /// Who decided.
    #[serde(rename = "settled_by")]
    pub confirmed_by: Option<String>,
    /// The animal and its name, where staff said which animal came.
    pub animal: Option<(AnimalId, String)>,
    /// The version of the network.
    pub model: String,
    /// Where the photograph came from.
    pub source: Source,
    /// Whether there is a photograph.
    pub has_photograph: bool,
}

/// Whether staff confirmed a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VisitState {
    /// Staff confirmed or corrected the answer.
    Confirmed,
    /// Nobody did so yet: only the network has answered.
    Unconfirmed,
}

impl VisitState {
    /// The state as the exports have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

impl Visit {
    /// Refuses a command that was given for another revision. `None` is not checked.
    pub(crate) fn check_revision(&self, seen: Option<u32>) -> Result<(), CatalogueError> {
        match seen {
            Some(seen) if seen != self.revision => Err(CatalogueError::Superseded {
                visit: Box::new(self.clone()),
            }),
            _ => Ok(()),
        }
    }
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

    /// The visits on a day in the system's time zone, newest first: at most `limit`, after the first
    /// `offset`.
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

    /// The number of visits on a day in the system's time zone.
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

    /// How many of the visits on a day, in the system's time zone, nobody confirmed.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn count_unconfirmed_on(&self, day: Date) -> Result<usize, CatalogueError> {
        let (from, to) = bounds(day);
        self.connections.read(|connection| {
            let mut counted = connection.prepare_cached(
                "SELECT count(*) FROM visit WHERE said IS NULL AND at >= ?1 AND at < ?2",
            )?;
            Ok(counted.query_row((from, to), |row| row.get(0))?)
        })
    }

    /// The visits that nobody confirmed, newest first: at most `limit`, after the first `offset`.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn unconfirmed(&self, limit: usize, offset: usize) -> Result<Vec<Visit>, CatalogueError> {
        self.connections.read(|connection| {
            let rest = "WHERE v.said IS NULL ORDER BY v.at DESC, v.id DESC LIMIT ?1 OFFSET ?2";
            select(connection, rest, (count(limit), count(offset)))
        })
    }

    /// The visits whose breed is neither recognised nor confirmed, newest first, at most `limit`.
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

    /// The newest visit of an animal that has a photograph; `None` where none has one.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn newest_photographed(&self, animal: AnimalId) -> Result<Option<VisitId>, CatalogueError> {
        self.connections
            .read(|connection| newest_photographed(connection, animal))
    }

    /// A visit's photograph as a JPEG, at most 1024 pixels a side; `None` where there is none.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchVisit`], or when the photograph cannot be read.
    pub fn photograph(&self, visit: VisitId) -> Result<Option<Vec<u8>>, CatalogueError> {
        let record = self.connections.read(|connection| one(connection, visit))?;
        match record.photograph {
            Some(name) => self.photographs.read(&name),
            None => Ok(None),
        }
    }
}

/// A visit with its stay, and with the name of its photograph, which does not leave the catalogue.
pub(crate) struct Record {
    pub(crate) visit: Visit,
    pub(crate) stay: Stay,
    pub(crate) photograph: Option<String>,
}

impl Record {
    /// The training example that the visit gives: its photograph, where the network was unsure or
    /// wrong and staff have confirmed a breed that has an id.
    pub(crate) fn training_example(&self) -> Option<TrainingExample> {
        let visit = &self.visit;
        let (confirmed, photograph) = (visit.confirmed_breed.as_ref()?, self.photograph.as_ref()?);
        let was_right = visit.verdict == VerdictKind::Breed
            && (visit.candidates.first()).is_some_and(|first| first.breed == *confirmed);
        (!was_right && *confirmed != OTHER_BREED).then(|| TrainingExample {
            breed: confirmed.to_string(),
            photograph: photograph.clone(),
        })
    }
}

/// Selects all columns of a visit for [`record`], from the table `v`. `rest` is the rest of the SQL
/// statement.
fn select_records(rest: &str) -> String {
    format!(
        "SELECT v.id, v.at, v.verdict, v.candidates, v.confidence, v.said, v.settled_at,
                v.settled_by, v.animal, a.name, v.model, v.source, v.photograph, v.revision,
                v.said_name, {COLUMNS}
         FROM visit v LEFT JOIN animal a ON a.id = v.animal {rest}"
    )
}

/// The newest visit of an animal that has a photograph.
pub(crate) fn newest_photographed(
    connection: &Connection,
    animal: AnimalId,
) -> Result<Option<VisitId>, Fault> {
    let newest = connection
        .prepare_cached(
            "SELECT id FROM visit WHERE animal = ?1 AND photograph IS NOT NULL
             ORDER BY at DESC, id DESC LIMIT 1",
        )?
        .query_row([animal], |row| row.get(0))
        .optional()?;
    Ok(newest)
}

pub(crate) fn one(connection: &Connection, id: VisitId) -> Result<Record, Fault> {
    let found = connection
        .prepare_cached(&select_records("WHERE v.id = ?1"))?
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

/// Calls `work` with one visit after the other. `rest` is the rest of the SQL statement.
pub(crate) fn each(
    connection: &Connection,
    rest: &str,
    parameters: impl Params,
    mut work: impl FnMut(Record) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(&select_records(rest))?;
    for found in statement.query_map(parameters, record)? {
        work(found?)?;
    }
    Ok(())
}

/// Reads a row of [`select_records`].
fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let Text(verdict) = row.get(2)?;
    let candidates: Vec<(BreedId, f32)> = json(row, 3)?;
    let candidate = |(breed, probability)| Candidate { breed, probability };
    let candidates: Vec<Candidate> = candidates.into_iter().map(candidate).collect();
    let confirmed_breed = row.get::<_, Option<Text<BreedId>>>(5)?.map(|breed| breed.0);
    let recognised = (candidates.first()).filter(|_| verdict == VerdictKind::Breed);
    let animal: Option<AnimalId> = row.get(8)?;
    let photograph: Option<String> = row.get(12)?;
    Ok(Record {
        stay: Stay::from_row(row, 15, animal, confirmed_breed.is_some())?,
        visit: Visit {
            id: row.get(0)?,
            revision: row.get(13)?,
            state: if confirmed_breed.is_some() {
                VisitState::Confirmed
            } else {
                VisitState::Unconfirmed
            },
            at: row.get::<_, At>(1)?.0,
            breed: confirmed_breed
                .clone()
                .or_else(|| recognised.map(|first| first.breed.clone())),
            verdict,
            candidates,
            confidence: row.get(4)?,
            confirmed_breed,
            confirmed_breed_name: row.get(14)?,
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
