//! Removes photographs when their retention time is up or their quota is exceeded.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use serde::Serialize;

use crate::clock::{self, Clock};
use crate::connections::Fault;
use crate::ids::VisitId;
use crate::settings;
use crate::totals::PHOTOGRAPH_BYTES;
use crate::training::TrainingExample;
use crate::values::At;
use crate::{Catalogue, CatalogueError, visits};

/// A younger file may belong to a visit that is being recorded or restored at this moment.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// The least number of days for which what was set aside is kept, however short photographs are kept.
const ASIDE_DAYS: u32 = 30;

/// What was tidied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tidied {
    /// Photographs that were removed because of their age or the quota.
    pub photographs: u64,
    /// Their size, in bytes.
    pub bytes: u64,
    /// Photographs that belong to no visit, such as a power cut leaves behind, and that were set
    /// aside in `orphans/`.
    pub orphans: u64,
    /// Animals and owners whose contacts were emptied.
    pub contacts: u64,
    /// Whether nothing was removed for its age or set aside, because the system's clock has jumped
    /// and nobody has confirmed that it is right.
    pub is_held: bool,
}

impl Catalogue {
    /// Removes the photographs that are older than the settings allow, then the oldest until the
    /// rest fits the quota. Sets aside photographs that belong to no visit, removes those that have
    /// been set aside for as long as photographs are kept and for a month at least, and updates the
    /// training folder. The visits stay. Empties contacts whose time is up
    /// ([`crate::Settings::contact_months`]), and erases what records that were forgotten have left on
    /// the disk. `now` is the system's time.
    ///
    /// Nothing is removed on a guess. After a jump of the system's clock by more than a day nothing
    /// is too old and nothing is set aside, until [`Catalogue::confirm_clock`] or until the clock
    /// comes back. The quota applies all the same: which photographs are the oldest is known from
    /// the catalogue's own clock. A catalogue without visits, such as one that was just created in
    /// place of a damaged one, cannot say which photographs belong to visits: none is touched.
    /// What was set aside comes back in any case once a visit has it.
    ///
    /// # Errors
    /// When the catalogue or its folder cannot be written.
    pub fn tidy(&self, now: Timestamp) -> Result<Tidied, CatalogueError> {
        let clock = self
            .connections
            .write(|transaction| clock::tick(transaction, now))?;
        let mut tidied = self.tidy_photographs(clock, now)?;
        if !tidied.is_held {
            tidied.contacts = self.expire_contacts(clock)?;
        }
        self.erase_traces()?;
        Ok(tidied)
    }

    fn tidy_photographs(&self, clock: Clock, now: Timestamp) -> Result<Tidied, CatalogueError> {
        let is_held = clock.is_doubtful();
        if !self.has_visits()? {
            return Ok(Tidied {
                is_held,
                ..Tidied::default()
            });
        }
        self.bring_back_orphans()?;
        let (photographs, bytes) = self.remove_excess(clock)?;
        let mut orphans = 0;
        if !is_held {
            // After a jump of the clock, a file that was written a moment ago seems old.
            if clock.is_steady_for(GRACE) {
                orphans = self.set_orphans_aside(now)?;
            }
            self.remove_old_orphans(clock)?;
        }
        // Its links keep photographs on the disk.
        if photographs > 0 || !is_held {
            self.align_training()?;
        }
        Ok(Tidied {
            photographs,
            bytes,
            orphans,
            contacts: 0,
            is_held,
        })
    }

    fn has_visits(&self) -> Result<bool, CatalogueError> {
        self.connections.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT 1 FROM visit UNION ALL SELECT 1 FROM negative")?;
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
                let mut forget_negative =
                    transaction.prepare_cached("DELETE FROM negative WHERE photograph = ?1")?;
                for (visit, name, _) in &excess {
                    match visit {
                        Some(visit) => forget.execute([visit])?,
                        None => forget_negative.execute([name])?,
                    };
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

    /// Brings the photographs back that were set aside and belong to a visit after all.
    fn bring_back_orphans(&self) -> Result<(), CatalogueError> {
        let orphans = self.photographs.orphans()?;
        if orphans.is_empty() {
            return Ok(());
        }
        let known = self.recorded_photographs()?;
        let mut found = orphans.iter().filter(|name| known.contains(*name));
        found.try_for_each(|name| self.photographs.bring_back(name))
    }

    pub(crate) fn recorded_photographs(&self) -> Result<BTreeSet<String>, CatalogueError> {
        self.connections
            .read(|connection| Ok(recorded_photographs(connection)?))
    }

    /// Sets aside the photographs that belong to no visit. Returns how many they are.
    fn set_orphans_aside(&self, now: Timestamp) -> Result<u64, CatalogueError> {
        let old = now.checked_sub(GRACE).unwrap_or(Timestamp::MIN);
        self.photographs.remove_unfinished(old)?;
        let mut unknown = self.photographs.written_before(old)?;
        let known = self.recorded_photographs()?;
        unknown.retain(|name| !known.contains(name));
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
        Ok(unknown.len() as u64)
    }

    /// Removes the photographs that have been set aside for long enough.
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

    /// Makes the training folder match the records.
    pub(crate) fn align_training(&self) -> Result<(), CatalogueError> {
        let present = self.training.examples()?;
        let mut wanted = BTreeSet::new();
        self.connections.read(|connection| {
            let confirmed = "WHERE v.photograph IS NOT NULL AND v.said IS NOT NULL";
            visits::each(connection, confirmed, [], |record| {
                wanted.extend(record.training_example());
                Ok(())
            })?;
            let mut negatives = connection.prepare_cached("SELECT photograph FROM negative")?;
            for name in negatives.query_map([], |row| row.get(0))? {
                wanted.insert(TrainingExample::negative(name?));
            }
            Ok(())
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

/// The names of all photographs that belong to a visit, or are kept for training without one.
pub(crate) fn recorded_photographs(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    connection
        .prepare_cached(
            "SELECT photograph FROM visit WHERE photograph IS NOT NULL
             UNION ALL SELECT photograph FROM negative",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// A photograph that must go: its visit, where it has one, its name and its size in bytes.
type Excess = (Option<VisitId>, String, u64);

/// The photographs that must go, oldest first.
fn excess(connection: &Connection, clock: Clock) -> Result<Vec<Excess>, Fault> {
    let settings = settings::read(connection)?;
    let oldest = oldest(settings.keep_days, clock);
    let quota = u64::from(settings.quota_mb) * 1_000_000;
    let mut kept: u64 =
        connection.query_row(&format!("SELECT {PHOTOGRAPH_BYTES}"), [], |row| row.get(0))?;
    let mut statement = connection.prepare_cached(
        "SELECT id, photograph, photograph_bytes, coalesce(photograph_since, at) AS since
         FROM visit WHERE photograph IS NOT NULL
         UNION ALL SELECT NULL, photograph, bytes, since FROM negative
         ORDER BY since, id",
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
    let days = settings::read(connection)?.keep_days;
    let oldest = oldest(days.max(ASIDE_DAYS), clock);
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
    let expired =
        (noted.into_iter()).filter(|(name, since)| present.contains(name) && since.0 < oldest);
    Ok(expired.map(|(name, _)| name).collect())
}

/// Photographs of before this time, by the catalogue's clock, are older than `days` days. While the system's
/// clock is in doubt, none is.
fn oldest(days: u32, clock: Clock) -> Timestamp {
    if clock.is_doubtful() {
        return Timestamp::MIN;
    }
    let age = SignedDuration::from_hours(24 * i64::from(days));
    clock.now().checked_sub(age).unwrap_or(Timestamp::MIN)
}
