//! Keeps the daycare's records: animals, their owners, their visits and stays, and photographs.
//!
//! A catalogue is one folder. `catalogue.sqlite` holds the records, `photographs/` the photographs
//! of the visits, and `training/` further links to those photographs that a network can be trained
//! on, in one folder per breed and one for pictures without an animal. Photographs that belong to no
//! visit are set aside in `orphans/`.
//!
//! One connection writes and others read beside it. Other processes may have the same catalogue
//! open at the same time. When a function returns, what it recorded is on the disk.
//!
//! The embeddings of visits tell which animal came ([`Catalogue::guess`]), and are the examples from
//! which breeds are learnt ([`Catalogue::examples`]). After a change of the network they are
//! recomputed from the photographs ([`Catalogue::to_embed`]).
//!
//! A correction deletes nothing: who changed which field, and from what to what, is stored in the
//! same transaction as the change. See [`Catalogue::history`]. Decisions can be undone
//! ([`Catalogue::undo`]), and merged animals split again ([`Catalogue::split_animal`]).
//!
//! What happens waits as events for those who send it elsewhere ([`Catalogue::follow`]). Guests of other
//! sites of a chain come in by [`Catalogue::take_guests`].

mod animal_table;
mod animals;
mod arrivals;
mod backup;
mod bookings;
mod chain;
mod check_out;
mod clock;
mod connections;
mod contacts;
mod decisions;
mod deleting;
mod duplicates;
mod embedding;
mod encryption;
mod error;
mod events;
mod expected;
mod export;
mod export_owners;
mod family;
mod forgetting;
mod gallery;
mod guess;
mod history;
mod identity;
mod ids;
mod import;
mod in_house;
mod kiosk_id;
mod learnt;
mod log_checksum;
mod log_index;
mod log_note;
mod log_remains;
mod mark;
mod memory;
mod merge;
mod merged_fields;
mod merged_parts;
mod numbers;
mod outbox;
mod owners;
mod ownership;
mod passphrase;
mod photographs;
mod priors;
mod private;
mod query;
mod read_only;
mod ready;
mod recurrence;
mod remains;
mod renewal;
mod report;
mod rescue;
mod restore;
mod retention;
mod rotation;
mod schema;
mod scratch;
mod search;
mod settings;
mod stays;
mod suggest;
mod tags;
mod totals;
mod training;
mod undo;
mod vaccinations;
mod values;
mod verify;
mod visits;
mod weekdays;
mod zone;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use recognise::Language;

pub use animals::{Animal, AnimalFields};
pub use arrivals::{NewVisit, Recorded};
pub use backup::{LeftOut, Replace};
pub use bookings::Booking;
pub use chain::{ChainEmbedding, ChainField, ChainGuest, Taken};
pub use check_out::CheckOut;
pub use decisions::Decision;
pub use deleting::NoVisit;
pub use encryption::DecryptionFault;
pub use error::{CatalogueError, FieldError};
pub use events::VisitEvent;
pub use expected::Expected;
pub use export::Table;
pub use guess::{Guess, PossibleGuest};
pub use history::{Change, Subject};
pub use ids::{AnimalId, BookingId, OTHER_BREED, OwnerId, VisitId};
pub use import::{IMPORT_ROWS, ImportError, ImportPlan, Planned, Refused, RowError};
pub use in_house::{Guest, House};
pub use learnt::LearntBreed;
pub use mark::Mark;
pub use merge::Merged;
pub use outbox::{Backlog, EventKind, OutboxEvent, UnknownEventKind};
pub use owners::{Owner, OwnerFields};
pub use ownership::{AnimalOwner, OwnerChoice};
pub use passphrase::Passphrase;
pub use private::{claim_folder, keep_private};
pub use recurrence::{NotARecurrence, Recurrence, Unit};
pub use renewal::GalleryState;
pub use report::{BreedCount, Report, Unnamed};
pub use restore::{BackupFile, Restored, Stop};
pub use retention::Tidied;
pub use rotation::AutomaticBackup;
pub use scratch::Scratch;
pub use settings::Settings;
pub use stays::{Stay, StayNotes};
pub use suggest::Suggestion;
pub use totals::Totals;
pub use vaccinations::Vaccination;
pub use visits::{Visit, VisitState};
pub use weekdays::{NotWeekdays, Weekdays};
pub use zone::{now, system_time_zone, time_zones, use_time_zone, zone};

use connections::Connections;
use events::Listeners;
use gallery::Gallery;
use memory::Memory;
use passphrase::PASSPHRASE;
use photographs::Photographs;
use search::Searchable;
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
///         breed_name: None,
///         animal: None,
///         by: "ana".to_owned(),
///         at: Timestamp::now(),
///         revision: Some(0),
///     },
/// )?;
/// assert_eq!(visit.breed.as_deref(), Some("beagle"));
/// assert_eq!(visit.revision, 1);
/// # Ok(())
/// # }
/// ```
pub struct Catalogue {
    folder: PathBuf,
    connections: Connections,
    photographs: Photographs,
    training: TrainingFolder,
    /// What search, suggestions and guesses compare.
    searchable: Memory<HashMap<AnimalId, Searchable>>,
    gallery: Memory<Gallery>,
    listeners: Listeners,
    /// Whether restores are to end.
    stop: Stop,
    /// The file with the passphrase of its backups, where they are encrypted.
    passphrase: PathBuf,
    /// The language of the settings until one is stored.
    language: Language,
}

impl Catalogue {
    /// Opens the catalogue in `folder` and creates both where they do not exist. A catalogue of an
    /// older version is migrated.
    ///
    /// # Errors
    /// When the file is not a catalogue, or is damaged, read-only, locked by another program or of
    /// a newer version; or [`CatalogueError::Lost`]. The file is left as it was.
    pub fn open(folder: &Path) -> Result<Self, CatalogueError> {
        Self::with(folder, Connections::open)
    }

    fn with(
        folder: &Path,
        connect: impl FnOnce(&Path) -> Result<Connections, CatalogueError>,
    ) -> Result<Self, CatalogueError> {
        private::create_folder(folder)?;
        // The folders come after the tables: where one of them exists, there was a catalogue.
        let connections = connect(&folder.join(FILE))?;
        let photographs = Photographs::open(folder)?;
        let training = TrainingFolder::open(folder)?;
        let catalogue = Self::of(folder, connections, photographs, training);
        catalogue.remove_leftovers();
        Ok(catalogue)
    }

    fn of(
        folder: &Path,
        connections: Connections,
        photographs: Photographs,
        training: TrainingFolder,
    ) -> Self {
        Self {
            folder: folder.to_owned(),
            connections,
            photographs,
            training,
            searchable: Memory::default(),
            gallery: Memory::default(),
            listeners: Listeners::default(),
            stop: Stop::default(),
            passphrase: folder.join(PASSPHRASE),
            language: Language::default(),
        }
    }

    /// The same catalogue, whose settings have this language until one is stored. Without this it is
    /// English.
    #[must_use]
    pub fn with_language(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// Whether `folder` holds a catalogue, or what is left of one. Otherwise [`Catalogue::open`]
    /// would create one.
    #[must_use]
    pub fn exists(folder: &Path) -> bool {
        let file = folder.join(FILE);
        file.exists() || remains::refuse(&file, &remains::side_files(&file)).is_err()
    }

    /// Moves everything that was recorded into `catalogue.sqlite`. Before, the newest records are in
    /// `catalogue.sqlite-wal` beside it. When the last [`Catalogue`] of a folder is dropped, that
    /// file is removed.
    ///
    /// # Errors
    /// When the file cannot be written, or another process reads or writes at this moment.
    pub fn checkpoint(&self) -> Result<(), CatalogueError> {
        self.connections.checkpoint()
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Catalogue").field(&self.folder).finish()
    }
}
