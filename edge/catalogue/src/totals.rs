//! Counts what the catalogue holds.

use serde::Serialize;

use crate::{Catalogue, CatalogueError};

/// SQL for the size of all photographs, in bytes.
pub(crate) const PHOTOGRAPH_BYTES: &str =
    "(SELECT coalesce(sum(photograph_bytes), 0) FROM visit WHERE photograph IS NOT NULL)
     + (SELECT coalesce(sum(bytes), 0) FROM negative)";

/// How much a catalogue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Animals, without those that are only known elsewhere.
    pub animals: u64,
    /// Visits.
    pub visits: u64,
    /// How many of the visits nobody confirmed.
    pub unconfirmed: u64,
    /// How many of these have no breed: staff have to decide.
    pub undecided: u64,
    /// The size of all photographs, in bytes.
    pub photograph_bytes: u64,
}

impl Catalogue {
    /// How much the catalogue holds.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn totals(&self) -> Result<Totals, CatalogueError> {
        self.connections.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT (SELECT count(*) FROM animal WHERE known_at IS NULL),
                        (SELECT count(*) FROM visit),
                        (SELECT count(*) FROM visit WHERE said IS NULL),
                        (SELECT count(*) FROM visit WHERE said IS NULL AND verdict <> 'breed'),
                        {PHOTOGRAPH_BYTES}"
            ))?;
            Ok(statement.query_row([], |row| {
                Ok(Totals {
                    animals: row.get(0)?,
                    visits: row.get(1)?,
                    unconfirmed: row.get(2)?,
                    undecided: row.get(3)?,
                    photograph_bytes: row.get(4)?,
                })
            })?)
        })
    }
}
