//! Removes photographs when their retention time is up or their quota is exceeded.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use serde::Serialize;

use crate::clock::{self, Clock};
use crate::connections::Fault;
use crate::ids::VisitId;
use crate::settings::{self, Settings};
use crate::values::At;
use crate::{Catalogue, CatalogueError, visits};

/// A younger file may belong to a visit that is being recorded or restored at this moment.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// What was tidied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tidied {
    /// Photographs of visits that were removed because of their age or the quota.
    pub photographs: u64,
    /// Their size, in bytes.
    pub bytes: u64,
    /// Photographs that belong to no visit, such as a power cut leaves behind, and that were set
    /// aside in `orphans/`.
    pub orphans: u64,
}

impl Catalogue {
    /// Removes the photographs that are older than the settings allow, then the oldest until the
    /// rest fits the quota. Sets aside photographs that belong to no visit, removes those that have
    /// been set aside for as long as photographs are kept, and updates the training folder. The
    /// visits stay. `now` is the system's time.
    ///
    /// Nothing is removed on a guess. Photographs do not age by a jump of the system's clock, but
    /// for a week at most once the clock has gone on for a day. A catalogue without visits, such as
    /// one that was just created in place of a damaged one, cannot say which photographs belong to
    /// visits: nothing is tidied.
    ///
    /// # Errors
    /// When the catalogue or its folder cannot be written.
    pub fn tidy(&self, now: Timestamp) -> Result<Tidied, CatalogueError> {
        let clock = self
            .connections
            .write(|transaction| clock::tick(transaction, now))?;
        if !self.has_visits()? {
            return Ok(Tidied::default());
        }
        let (photographs, bytes) = self.remove_excess(clock)?;
        let orphans = self.tidy_orphans(now, clock)?;
        self.align_training()?;
        Ok(Tidied {
            photographs,
            bytes,
            orphans,
        })
    }

    fn has_visits(&self) -> Result<bool, CatalogueError> {
        self.connections.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT 1 FROM visit")?;
            Ok(statement.exists([])?)
        })
    }

    /// Removes the photographs that are too old or beyond the quota. Returns how many they were and
    /// their size in bytes.
    fn remove_excess(&self, clock: Clock) -> Result<(u64, u64), CatalogueError> {
        let excess = self
            .connections
            .read(|connection| excess(connection, clock))?;
        if !excess.is_empty() {
            self.connections.write(|transaction| {
                let mut forget = transaction.prepare_cached(
                    "UPDATE visit SET photograph = NULL, photograph_bytes = 0 WHERE id = ?1",
                )?;
                for (visit, ..) in &excess {
                    forget.execute([visit])?;
                }
                Ok(())
            })?;
        }
        for (_, name, _) in &excess {
            self.photographs.discard(name);
        }
        let bytes = excess.iter().map(|(.., bytes)| bytes).sum();
        Ok((excess.len() as u64, bytes))
    }

    /// Sets aside the photographs that belong to no visit, brings back those that belong to one
    /// after all, and removes those whose time is up. Returns how many were set aside.
    fn tidy_orphans(&self, now: Timestamp, clock: Clock) -> Result<u64, CatalogueError> {
        let known: HashSet<String> = self.connections.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT photograph FROM visit WHERE photograph IS NOT NULL")?;
            let names = statement.query_map([], |row| row.get(0))?;
            Ok(names.collect::<rusqlite::Result<_>>()?)
        })?;
        for name in self.photographs.orphans()? {
            if known.contains(&name) {
                self.photographs.bring_back(&name)?;
            }
        }
        // After a jump forward, a file that was written a moment ago seems old.
        let mut unknown = Vec::new();
        if !clock.is_doubtful() {
            let old = now.checked_sub(GRACE).unwrap_or(Timestamp::MIN);
            self.photographs.remove_unfinished(old)?;
            unknown = self.photographs.written_before(old)?;
            unknown.retain(|name| !known.contains(name));
        }
        for name in &unknown {
            self.photographs.set_aside(name)?;
        }
        if !unknown.is_empty() {
            tracing::warn!(
                catalogue = %self.folder.display(),
                photographs = unknown.len(),
                "photographs that belong to no visit were set aside in orphans/"
            );
        }
        self.remove_old_orphans(clock)?;
        Ok(unknown.len() as u64)
    }

    /// Removes the photographs that have been set aside for as long as photographs are kept.
    fn remove_old_orphans(&self, clock: Clock) -> Result<(), CatalogueError> {
        let present: BTreeSet<String> = self.photographs.orphans()?.into_iter().collect();
        let expired = self
            .connections
            .write(|transaction| expired_orphans(transaction, &present, clock))?;
        for name in &expired {
            self.photographs.discard(name);
        }
        if !expired.is_empty() {
            tracing::info!(
                catalogue = %self.folder.display(),
                photographs = expired.len(),
                "photographs in orphans/ were removed after their retention time"
            );
        }
        Ok(())
    }

    /// Makes the training folder match the visits.
    pub(crate) fn align_training(&self) -> Result<(), CatalogueError> {
        let present = self.training.examples()?;
        let mut wanted = BTreeSet::new();
        self.connections.read(|connection| {
            let confirmed = "WHERE v.photograph IS NOT NULL AND v.said IS NOT NULL";
            visits::each(connection, confirmed, [], |record| {
                wanted.extend(record.training_example());
                Ok(())
            })
        })?;
        for example in present.difference(&wanted) {
            self.training.remove(example)?;
        }
        for example in wanted.difference(&present) {
            self.training.add(example, &self.photographs)?;
        }
        Ok(())
    }
}

/// The photographs that must go, oldest first: visit, name and bytes.
fn excess(connection: &Connection, clock: Clock) -> Result<Vec<(VisitId, String, u64)>, Fault> {
    let settings = settings::read(connection)?;
    let oldest = oldest(&settings, clock);
    let quota = u64::from(settings.quota_mb) * 1_000_000;
    let mut kept: u64 = connection.query_row(
        "SELECT coalesce(sum(photograph_bytes), 0) FROM visit WHERE photograph IS NOT NULL",
        [],
        |row| row.get(0),
    )?;
    let mut statement = connection.prepare_cached(
        "SELECT id, photograph, photograph_bytes, coalesce(photograph_since, at) AS since
         FROM visit WHERE photograph IS NOT NULL ORDER BY since, id",
    )?;
    let mut rows = statement.query([])?;
    let mut excess = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get::<_, At>(3)?.0 >= oldest && kept <= quota {
            break;
        }
        let bytes: u64 = row.get(2)?;
        kept = kept.saturating_sub(bytes);
        excess.push((row.get(0)?, row.get(1)?, bytes));
    }
    Ok(excess)
}

/// Notes since when photographs have been set aside, and returns those whose time is up.
fn expired_orphans(
    connection: &Connection,
    present: &BTreeSet<String>,
    clock: Clock,
) -> Result<Vec<String>, Fault> {
    let oldest = oldest(&settings::read(connection)?, clock);
    let noted: BTreeMap<String, At> = connection
        .prepare_cached("SELECT name, since FROM orphan")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut forget = connection.prepare_cached("DELETE FROM orphan WHERE name = ?1")?;
    for name in noted.keys().filter(|name| !present.contains(*name)) {
        forget.execute([name])?;
    }
    let mut note = connection.prepare_cached("INSERT INTO orphan (name, since) VALUES (?1, ?2)")?;
    for name in present.iter().filter(|name| !noted.contains_key(*name)) {
        note.execute((name, At(clock.now())))?;
    }
    let expired = noted.into_iter().filter(|(_, since)| since.0 < oldest);
    Ok(expired.map(|(name, _)| name).collect())
}

/// A photograph that was taken before this time, by the catalogue's clock, is too old.
fn oldest(settings: &Settings, clock: Clock) -> Timestamp {
    let age = SignedDuration::from_hours(24 * i64::from(settings.keep_days));
    clock.now().checked_sub(age).unwrap_or(Timestamp::MIN)
}
