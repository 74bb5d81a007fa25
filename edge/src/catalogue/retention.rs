//! How long photographs are kept, and how many.

use std::collections::{BTreeSet, HashSet};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use serde::Serialize;

use super::connections::Fault;
use super::settings::{self, Settings};
use super::values::At;
use super::{Catalogue, CatalogueError, VisitId, visits};

/// A file that no visit knows may belong to one that is being recorded or restored at this moment;
/// after this time it does not.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tidied {
    /// Photographs of visits, because of their age or the quota.
    pub photographs: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// Files that belong to no visit, such as a power cut leaves.
    pub orphans: u64,
}

impl Catalogue {
    /// Removes the photographs that are older than the settings allow, then the oldest until the
    /// others fit the quota, and brings the training folder into line. The visits stay.
    ///
    /// # Errors
    /// When the catalogue or the folder cannot be written.
    pub fn tidy(&self, now: Timestamp) -> Result<Tidied, CatalogueError> {
        let too_many = (self.connections).read(|connection| too_many(connection, now))?;
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
        let orphans = self.remove_orphans(now)?;
        self.align_training()?;
        Ok(Tidied {
            photographs: too_many.len() as u64,
            bytes: too_many.iter().map(|(.., bytes)| bytes).sum(),
            orphans,
        })
    }

    fn remove_orphans(&self, now: Timestamp) -> Result<u64, CatalogueError> {
        let old = now.checked_sub(GRACE).unwrap_or(Timestamp::MIN);
        let mut orphans = self.photographs.written_before(old)?;
        let known = self.connections.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT photograph FROM visit WHERE photograph IS NOT NULL")?;
            let names = statement.query_map([], |row| row.get::<_, String>(0))?;
            Ok(names.collect::<rusqlite::Result<HashSet<_>>>()?)
        })?;
        orphans.retain(|name| !known.contains(name));
        for name in &orphans {
            self.photographs.remove(name)?;
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

/// The photographs that are to go, oldest first: visit, name and bytes.
fn too_many(connection: &Connection, now: Timestamp) -> Result<Vec<(VisitId, String, u64)>, Fault> {
    let Settings {
        keep_days,
        quota_mb,
        ..
    } = settings::read(connection)?;
    let age = SignedDuration::from_hours(24 * i64::from(keep_days));
    let oldest = now.checked_sub(age).unwrap_or(Timestamp::MIN);
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
