//! Says who is in the house, and whose check-out was forgotten.

use std::collections::HashSet;

use jiff::Timestamp;
use recognise::text::fold;
use rusqlite::{Connection, Params};
use serde::Serialize;

use crate::animals::{self, Animal};
use crate::connections::Fault;
use crate::ids::{AnimalId, VisitId};
use crate::stays::{OPEN, Stay};
use crate::values::{At, bounds, day_of};
use crate::visits::{self, Record};
use crate::{Catalogue, CatalogueError};

/// A guest and its stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// The animal.
    pub animal: Animal,
    /// The visit with which the stay began.
    pub visit: VisitId,
    /// The time of that visit.
    pub since: Timestamp,
    /// The stay.
    pub stay: Stay,
}

/// The guests who are in the house as far as anybody has said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct House {
    /// Those who came today, by name.
    pub present: Vec<Guest>,
    /// Those who came on a former day and were not checked out, the last one first. They may have
    /// left without anybody saying so. Not all of them need be listed.
    pub overdue: Vec<Guest>,
    /// How many came on a former day and were not checked out, listed or not.
    pub overdue_count: usize,
}

impl Guest {
    /// Whether it came on a day before that of `now`, and nobody has checked it out.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.stay.is_open && day_of(self.since) < day_of(now)
    }
}

impl Catalogue {
    /// Who is in the house at the time `now`. An animal is there from its first confirmed visit of a
    /// day until staff check it out. Of those from former days, at most `most` are listed.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn house(&self, now: Timestamp, most: usize) -> Result<House, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let (midnight, _) = bounds(day_of(now));
            let came_today = open_stays(&snapshot, "v.at >= ?1", [&midnight])?;
            let came_before = open_stays(&snapshot, "v.at < ?1", [&midnight])?;
            let mut present = guests(&snapshot, came_today.iter())?;
            present
                .sort_by_cached_key(|Guest { animal, .. }| (fold(&animal.fields.name), animal.id));
            Ok(House {
                present,
                overdue: guests(&snapshot, came_before.iter().rev().take(most))?,
                overdue_count: came_before.len(),
            })
        })
    }

    /// The open stay of an animal: the last one, where there are several. `None` where it is not in
    /// the house.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn open_stay(&self, animal: AnimalId) -> Result<Option<Guest>, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let stays = open_stays(&snapshot, "v.animal = ?1", [animal])?;
            Ok(guests(&snapshot, stays.last().into_iter())?.pop())
        })
    }
}

/// A stay that is open.
#[derive(Clone, Copy)]
pub(crate) struct OpenStay {
    pub(crate) animal: AnimalId,
    /// The visit with which it began.
    pub(crate) visit: VisitId,
    /// The time of that visit.
    pub(crate) since: Timestamp,
}

/// The open stays of `chosen` visits, of the table `v`, by their beginnings. An animal that comes
/// several times on a day has one stay, unless it was checked out in between.
pub(crate) fn open_stays(
    connection: &Connection,
    chosen: &str,
    parameters: impl Params,
) -> Result<Vec<OpenStay>, Fault> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT v.id, v.animal, v.at FROM visit v WHERE {OPEN} AND {chosen} ORDER BY v.at, v.id"
    ))?;
    let found = statement.query_map(parameters, |row| {
        Ok(OpenStay {
            visit: row.get(0)?,
            animal: row.get(1)?,
            since: row.get::<_, At>(2)?.0,
        })
    })?;
    let (mut seen, mut stays) = (HashSet::new(), Vec::new());
    for stay in found {
        let stay = stay?;
        if seen.insert((stay.animal, day_of(stay.since))) {
            stays.push(stay);
        }
    }
    Ok(stays)
}

/// The open stay that a visit belongs to; `None` where it belongs to none.
pub(crate) fn stay_of(connection: &Connection, record: &Record) -> Result<Option<OpenStay>, Fault> {
    let animal = record.visit.animal.as_ref().map(|(id, _)| *id);
    let Some(animal) = animal.filter(|_| record.stay.is_open) else {
        return Ok(None);
    };
    let (from, to) = bounds(day_of(record.visit.at));
    let that_day = "v.animal = ?1 AND v.at >= ?2 AND v.at < ?3";
    let stays = open_stays(connection, that_day, (animal, from, to))?;
    Ok(stays.first().copied())
}

/// The guests whose stays these are.
fn guests<'a>(
    connection: &Connection,
    stays: impl Iterator<Item = &'a OpenStay>,
) -> Result<Vec<Guest>, Fault> {
    stays
        .map(|stay| guest(connection, stay.animal, stay.visit))
        .collect()
}

/// The guest whose stay began with a visit.
pub(crate) fn guest(
    connection: &Connection,
    animal: AnimalId,
    visit: VisitId,
) -> Result<Guest, Fault> {
    let record = visits::one(connection, visit)?;
    Ok(Guest {
        animal: animals::one(connection, animal)?,
        visit,
        since: record.visit.at,
        stay: record.stay,
    })
}
