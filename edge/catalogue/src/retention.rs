//! How long photographs are kept, and how many.

use std::collections::{BTreeSet, HashSet};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::connections::Fault;
use super::settings::{self, Settings};
use super::values::At;
use super::{Catalogue, CatalogueError, VisitId, visits};

/// A file that no visit knows may belong to one that is being recorded or restored at this moment;
/// after this time it does not.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// A clock that went on by more than this since it was last seen, or back, may be wrong.
const JUMP: SignedDuration = SignedDuration::from_hours(25);

/// After a jump nothing counts as old until the clock has gone on without another for this long.
const STEADY: SignedDuration = SignedDuration::from_hours(24);

/// What was removed or set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tidied {
    /// Photographs of visits that were removed, because of their age or the quota.
    pub photographs: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// Photographs that belong to no visit, such as a power cut leaves: set aside in `orphans/`.
    pub orphans: u64,
}

impl Catalogue {
    /// Removes the photographs that are older than the settings allow, then the oldest until the
    /// others fit the quota, sets aside those that no visit knows, and brings the training folder
    /// into line. The visits stay.
    ///
    /// Nothing is removed on a guess. By a clock that jumped by more than a day nothing is old until
    /// it has gone on for a day without another jump. A catalogue without any visit, as it is
    /// made in place of a damaged one, says nothing of whose the photographs are: they stay.
    ///
    /// # Errors
    /// When the catalogue or the folder cannot be written.
    pub fn tidy(&self, now: Timestamp) -> Result<Tidied, CatalogueError> {
        let is_steady = self
            .connections
            .write(|transaction| is_steady(transaction, now))?;
        let too_many =
            (self.connections).read(|connection| too_many(connection, now, is_steady))?;
        if !too_many.is_empty() {
            self.connections.write(|transaction| {
                for (visit, ..) in &too_many {
                    transaction
                        .prepare_cached(
                            "UPDATE visit SET photograph = NULL, photograph_bytes = 0
                             WHERE id = ?1",
                        )?
                        .execute([visit])?;
                }
                Ok(())
            })?;
        }
        for (_, name, _) in &too_many {
            self.photographs.remove(name)?;
        }
        let orphans = self.set_orphans_aside(now)?;
        self.align_training()?;
        Ok(Tidied {
            photographs: too_many.len() as u64,
            bytes: too_many.iter().map(|(.., bytes)| bytes).sum(),
            orphans,
        })
    }

    /// Moves photographs that no visit knows to `orphans/`, and back those that one knows again.
    fn set_orphans_aside(&self, now: Timestamp) -> Result<u64, CatalogueError> {
        let old = now.checked_sub(GRACE).unwrap_or(Timestamp::MIN);
        let (visits, known) = self.connections.read(|connection| {
            let visits: u64 =
                connection.query_row("SELECT count(*) FROM visit", [], |row| row.get(0))?;
            let mut statement = connection
                .prepare_cached("SELECT photograph FROM visit WHERE photograph IS NOT NULL")?;
            let names = statement.query_map([], |row| row.get::<_, String>(0))?;
            Ok((visits, names.collect::<rusqlite::Result<HashSet<_>>>()?))
        })?;
        for name in self.photographs.orphans()? {
            if known.contains(&name) {
                self.photographs.bring_back(&name)?;
            }
        }
        self.photographs.remove_unfinished(old)?;
        if visits == 0 {
            return Ok(0);
        }
        let mut orphans = self.photographs.written_before(old)?;
        orphans.retain(|name| !known.contains(name));
        for name in &orphans {
            self.photographs.set_aside(name)?;
        }
        Ok(orphans.len() as u64)
    }

    /// Makes the training folder what the visits say it is.
    pub(super) fn align_training(&self) -> Result<(), CatalogueError> {
        let present = self.photographs.lessons()?;
        let mut wanted = BTreeSet::new();
        self.connections.read(|connection| {
            let settled = "WHERE v.photograph IS NOT NULL AND v.said IS NOT NULL";
            visits::each(connection, settled, [], |record| {
                wanted.extend(record.lesson());
                Ok(())
            })
        })?;
        for lesson in present.difference(&wanted) {
            self.photographs.unteach(lesson)?;
        }
        for lesson in wanted.difference(&present) {
            self.photographs.teach(lesson)?;
        }
        Ok(())
    }
}

/// Takes note of the time, and says whether it may be judged by: whether it has gone on without a
/// jump for long enough. The first time that is ever seen is that of the newest visit.
fn is_steady(connection: &Connection, now: Timestamp) -> Result<bool, Fault> {
    let noted: Option<(At, At)> = connection
        .prepare_cached("SELECT seen, steady_since FROM clock")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seen, steady_since) = match noted {
        Some((seen, since)) => (seen.0, since.0),
        None => {
            let newest: Option<At> =
                connection.query_row("SELECT max(at) FROM visit", [], |row| row.get(0))?;
            let newest = newest.map_or(now, |at| at.0);
            (newest, newest)
        }
    };
    let is_jump = now < seen || now.duration_since(seen) > JUMP;
    let steady_since = if is_jump { now } else { steady_since };
    connection
        .prepare_cached("INSERT OR REPLACE INTO clock (id, seen, steady_since) VALUES (1, ?1, ?2)")?
        .execute((At(now), At(steady_since)))?;
    Ok(now.duration_since(steady_since) >= STEADY)
}

/// The photographs that are to go, oldest first: visit, name and bytes. By their age they go where
/// `is_steady` says that the clock can be believed.
fn too_many(
    connection: &Connection,
    now: Timestamp,
    is_steady: bool,
) -> Result<Vec<(VisitId, String, u64)>, Fault> {
    let Settings {
        keep_days,
        quota_mb,
        ..
    } = settings::read(connection)?;
    let age = SignedDuration::from_hours(24 * i64::from(keep_days));
    let oldest = match now.checked_sub(age) {
        Ok(oldest) if is_steady => oldest,
        _ => Timestamp::MIN,
    };
    let quota = u64::from(quota_mb) * 1_000_000;

    let mut kept: u64 = connection.query_row(
        "SELECT coalesce(sum(photograph_bytes), 0) FROM visit WHERE photograph IS NOT NULL",
        [],
        |row| row.get(0),
    )?;
    let mut statement = connection.prepare_cached(
        "SELECT id, photograph, photograph_bytes, at FROM visit
         WHERE photograph IS NOT NULL ORDER BY at, id",
    )?;
    let mut rows = statement.query([])?;
    let mut too_many = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get::<_, At>(3)?.0 >= oldest && kept <= quota {
            break;
        }
        let bytes: u64 = row.get(2)?;
        kept = kept.saturating_sub(bytes);
        too_many.push((row.get(0)?, row.get(1)?, bytes));
    }
    Ok(too_many)
}
