//! What is kept: animals, their visits and photographs.
//!
//! One folder holds it all: `catalogue.sqlite`, `photographs/` with the pictures of the visits, and
//! `training/` with those of them that a network can learn from, in a folder a breed. One
//! connection writes, others read beside it, and other processes may have the same catalogue open
//! at the same time. What a function recorded is on the disk when it returns.
//!
//! A correction deletes nothing: who changed which field from what to what is kept with the change
//! itself, see [`Catalogue::history`].

mod animals;
mod arrivals;
mod backup;
mod connections;
mod error;
mod expected;
mod export;
mod forgetting;
mod history;
mod photographs;
mod restore;
mod retention;
mod schema;
mod search;
mod settings;
mod decisions;
mod suggest;
mod tags;
mod values;
mod visits;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use animals::{Animal, AnimalFields};
pub use arrivals::{NewVisit, Recorded};
pub use error::CatalogueError;
pub use expected::Expected;
pub use history::{Change, Subject};
pub use restore::Restored;
pub use retention::Tidied;
pub use settings::Settings;
pub use decisions::{OTHER_BREED, Decision};
pub use suggest::Suggestion;
pub use visits::Visit;

use connections::Connections;
use photographs::Photographs;

/// The database within the folder.
const FILE: &str = "catalogue.sqlite";

/// The catalogue of one folder. It can be shared between threads.
pub struct Catalogue {
    folder: PathBuf,
    connections: Connections,
    photographs: Photographs,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Catalogue").field(&self.folder).finish()
    }
}

/// A visit's number: never used twice.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct VisitId(pub i64);

/// An animal's number: never used twice.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct AnimalId(pub i64);

impl fmt::Display for VisitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for AnimalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Animals.
    pub animals: u64,
    /// Visits.
    pub visits: u64,
    /// Bytes of the photographs that are kept.
    pub photograph_bytes: u64,
}

impl Catalogue {
    /// Opens the catalogue in `folder`, which is made where it does not exist. A catalogue of an
    /// older version is brought up to date.
    ///
    /// # Errors
    /// When there is something else in its place, or it is damaged, read-only, locked by another
    /// program or of a newer version. It is left as it was.
    pub fn open(folder: &Path) -> Result<Self, CatalogueError> {
        fs::create_dir_all(folder).map_err(CatalogueError::io(folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            connections: Connections::open(&folder.join(FILE))?,
            photographs: Photographs::open(folder)?,
        })
    }

    /// Whether `folder` has a catalogue; [`Catalogue::open`] would make one if not.
    #[must_use]
    pub fn exists(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// How much there is.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn totals(&self) -> Result<Totals, CatalogueError> {
        self.connections.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT (SELECT count(*) FROM animal), (SELECT count(*) FROM visit),
                        (SELECT coalesce(sum(photograph_bytes), 0) FROM visit
                         WHERE photograph IS NOT NULL)",
            )?;
            Ok(statement.query_row([], |row| {
                Ok(Totals {
                    animals: row.get(0)?,
                    visits: row.get(1)?,
                    photograph_bytes: row.get(2)?,
                })
            })?)
        })
    }
}
