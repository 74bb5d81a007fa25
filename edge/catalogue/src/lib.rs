//! Keeps the daycare's records: animals, their visits and photographs.
//!
//! A catalogue is one folder. `catalogue.sqlite` holds the records, `photographs/` the photographs
//! of the visits, and `training/` further links to those photographs that a network can be trained
//! on, in one folder per breed. Photographs that belong to no visit are set aside in `orphans/`.
//!
//! One connection writes and others read beside it. Other processes may have the same catalogue
//! open at the same time. When a function returns, what it recorded is on the disk.
//!
//! A correction deletes nothing: who changed which field, and from what to what, is stored in the
//! same transaction as the change. See [`Catalogue::history`].

mod animals;
mod arrivals;
mod backup;
mod clock;
mod connections;
mod decisions;
mod embedding;
mod error;
mod expected;
mod export;
mod forgetting;
mod history;
mod ids;
mod photographs;
mod restore;
mod retention;
mod schema;
mod search;
mod settings;
mod suggest;
mod tags;
mod totals;
mod training;
mod values;
mod visits;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

pub use animals::{Animal, AnimalFields};
pub use arrivals::{NewVisit, Recorded};
pub use decisions::Decision;
pub use error::{CatalogueError, FieldError};
pub use expected::Expected;
pub use history::{Change, Subject};
pub use ids::{AnimalId, OTHER_BREED, VisitId};
pub use restore::Restored;
pub use retention::Tidied;
pub use settings::Settings;
pub use suggest::Suggestion;
pub use totals::Totals;
pub use visits::Visit;

use connections::Connections;
use photographs::Photographs;
use training::TrainingFolder;

/// The name of the database within the folder.
const FILE: &str = "catalogue.sqlite";

/// The catalogue in one folder. Threads may share it.
///
/// ```
/// use catalogue::{Catalogue, Decision, NewVisit};
/// use jiff::Timestamp;
/// use recognise::{Candidate, Source, VerdictKind};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
///
/// let recorded = catalogue.record(&NewVisit {
///     at: Timestamp::now(),
///     photograph: None,
///     verdict: VerdictKind::Unsure,
///     candidates: vec![Candidate { breed: "boxer".into(), probability: 0.4 }],
///     confidence: 0.4,
///     embedding: Vec::new(),
///     model: "2026-05-01".to_owned(),
///     source: Source::Camera,
/// })?;
/// assert_eq!(catalogue.visit(recorded.visit)?.breed, None);
///
/// let visit = catalogue.confirm(
///     recorded.visit,
///     &Decision {
///         breed: "beagle".into(),
///         animal: None,
///         by: "ana".to_owned(),
///         at: Timestamp::now(),
///     },
/// )?;
/// assert_eq!(visit.breed.as_deref(), Some("beagle"));
/// # Ok(())
/// # }
/// ```
pub struct Catalogue {
    folder: PathBuf,
    connections: Connections,
    photographs: Photographs,
    training: TrainingFolder,
}

impl Catalogue {
    /// Opens the catalogue in `folder` and creates both where they do not exist. A catalogue of an
    /// older version is migrated.
    ///
    /// # Errors
    /// When the file is not a catalogue, or is damaged, read-only, locked by another program or of
    /// a newer version. The file is left as it was.
    pub fn open(folder: &Path) -> Result<Self, CatalogueError> {
        fs::create_dir_all(folder).map_err(CatalogueError::io(folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            connections: Connections::open(&folder.join(FILE))?,
            photographs: Photographs::open(folder)?,
            training: TrainingFolder::open(folder)?,
        })
    }

    /// Whether `folder` holds a catalogue, which [`Catalogue::open`] would otherwise create.
    #[must_use]
    pub fn exists(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Catalogue").field(&self.folder).finish()
    }
}
