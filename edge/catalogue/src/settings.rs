//! Stores the settings of the daycare, which its owner changes on the page.

use std::path::Path;

use jiff::civil::Time;
use recognise::Language;
use rusqlite::Connection;
use rusqlite::Error::FromSqlConversionFailure;
use rusqlite::types::Type;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::connections::{self, Fault, READ_WRITE};
use crate::history::{self, Author, Subject};
use crate::values::{NAME_CHARACTERS, Text, check_line};
use crate::{Catalogue, CatalogueError, FILE, FieldError, zone};

/// The longest choice of a camera, in characters.
const CAMERA_CHARACTERS: usize = 500;

/// The settings of the daycare.
///
/// ```
/// use catalogue::{Catalogue, Settings};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let settings = Settings { keep_days: 30, ..catalogue.settings()? };
/// catalogue.set_settings(&settings, "owner")?;
/// assert_eq!(catalogue.settings()?.keep_days, 30);
///
/// let wrong = Settings { keep_days: 0, ..settings };
/// assert!(catalogue.set_settings(&wrong, "owner").is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The name of the daycare, at most 100 characters.
    pub name: String,
    /// The language of the screen, `en` or `fr`. Until one is stored it is that of
    /// [`Catalogue::with_language`].
    pub language: Language,
    /// Whether photographs are stored at all.
    pub keep_photographs: bool,
    /// Whether the whole picture of an arrival is stored, with the people in it; otherwise only the
    /// animal with a margin is.
    pub whole_frames: bool,
    /// For how many days photographs are kept, 1 to 3650.
    pub keep_days: u32,
    /// The quota for photographs in megabytes (10^6 bytes), 10 to 1 000 000.
    pub quota_mb: u32,
    /// When the screen goes dark, in local time; `None` for never.
    pub night_from: Option<Time>,
    /// When it lights up again.
    pub night_to: Option<Time>,
    /// How many days before a vaccination ends staff are told, 0 to 365.
    pub vaccination_days: u32,
    /// How many months after an animal's last visit its contact, and its owners' telephone numbers and
    /// addresses, are kept, 1 to 120; `None` for as long as the animal itself.
    pub contact_months: Option<u32>,
    /// The time zone of the daycare by its IANA name, such as `Europe/Paris`; `None` for the system's.
    pub time_zone: Option<String>,
    /// The camera that was chosen on the page, as in `kiosk.toml`: one line of at most 500 characters.
    /// `None` if none was.
    pub camera: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "Breed Kiosk".to_owned(),
            language: Language::default(),
            keep_photographs: true,
            whole_frames: false,
            keep_days: 90,
            quota_mb: 2000,
            night_from: None,
            night_to: None,
            vaccination_days: 14,
            contact_months: None,
            time_zone: None,
            camera: None,
        }
    }
}

impl Catalogue {
    /// The current settings.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn settings(&self) -> Result<Settings, CatalogueError> {
        (self.connections).read(|connection| read_with(connection, self.language))
    }

    /// The settings of the catalogue in `folder`, without changing anything there. Others may go on
    /// reading and writing.
    ///
    /// # Errors
    /// When there is no catalogue that can be read, as for [`Catalogue::open`].
    pub fn settings_of(folder: &Path) -> Result<Settings, CatalogueError> {
        let file = folder.join(FILE);
        let (connection, _) = connections::examine(&file, READ_WRITE)?;
        read(&connection).map_err(|fault| match fault {
            Fault::Sql(error) => CatalogueError::database(&file)(error),
            Fault::Catalogue(error) => error,
        })
    }

    /// The language of the settings, if somebody has chosen it: it was changed, or it is another one than
    /// that of a kiosk that nobody told anything. `None` otherwise.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn chosen_language(&self) -> Result<Option<Language>, CatalogueError> {
        self.connections.read(|connection| {
            let is_chosen: bool = connection
                .prepare_cached(
                    "SELECT EXISTS (
                         SELECT 1 FROM change WHERE subject = 'settings' AND field = 'language')",
                )?
                .query_row([], |row| row.get(0))?;
            let language = read_with(connection, self.language)?.language;
            Ok((is_chosen || language != Language::default()).then_some(language))
        })
    }

    /// Changes the settings. The history keeps the former values. Returns the names of those that have
    /// changed.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], or when the catalogue cannot be written.
    pub fn set_settings(
        &self,
        settings: &Settings,
        by: &str,
    ) -> Result<Vec<String>, CatalogueError> {
        settings.check()?;
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let before = read_with(transaction, self.language)?;
            for (key, value) in history::fields(settings) {
                transaction.execute(
                    "INSERT INTO setting (key, value) VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET value = excluded.value",
                    (key, value.to_string()),
                )?;
            }
            Author::now(by).note_all(transaction, Subject::Settings, &before, settings)?;
            Ok(history::differing(&before, settings))
        })
    }
}

impl Settings {
    /// Refuses values that are out of their ranges, as [`Catalogue::set_settings`] does.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], for the first of them.
    pub fn check(&self) -> Result<(), CatalogueError> {
        self.check_stored()?;
        self.time_zone.as_deref().map_or(Ok(()), zone::check)
    }

    /// The same for settings of a backup: the system that made it may have known other time zones.
    pub(crate) fn check_stored(&self) -> Result<(), CatalogueError> {
        check_line("name", &self.name, 100)?;
        check_range("keep_days", self.keep_days, 1, 3650, "days")?;
        check_range("quota_mb", self.quota_mb, 10, 1_000_000, "MB")?;
        check_range("vaccination_days", self.vaccination_days, 0, 365, "days")?;
        let months = self.contact_months.unwrap_or(1);
        check_range("contact_months", months, 1, 120, "months")?;
        check_line(
            "time_zone",
            self.time_zone.as_deref().unwrap_or_default(),
            NAME_CHARACTERS,
        )?;
        match self.camera.as_deref() {
            Some("") => Err(CatalogueError::invalid("camera", FieldError::Empty)),
            Some(camera) => check_line("camera", camera, CAMERA_CHARACTERS),
            None => Ok(()),
        }
    }
}

fn check_range(
    field: &'static str,
    value: u32,
    least: u32,
    most: u32,
    unit: &'static str,
) -> Result<(), CatalogueError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let reason = FieldError::OutOfRange { least, most, unit };
    Err(CatalogueError::invalid(field, reason))
}

pub(crate) fn read(connection: &Connection) -> Result<Settings, Fault> {
    read_with(connection, Language::default())
}

/// The same, with this language unless one is stored.
pub(crate) fn read_with(connection: &Connection, language: Language) -> Result<Settings, Fault> {
    let mut statement = connection.prepare_cached("SELECT key, value FROM setting")?;
    let mut rows = statement.query([])?;
    let mut fields = Map::new();
    fields.insert("language".to_owned(), language.tag().into());
    while let Some(row) = rows.next()? {
        fields.insert(row.get(0)?, row.get::<_, Text<Value>>(1)?.0);
    }
    let settings = serde_json::from_value(Value::Object(fields));
    Ok(settings.map_err(|error| FromSqlConversionFailure(1, Type::Text, Box::new(error)))?)
}
