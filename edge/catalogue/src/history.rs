//! Records who changed which field, and from what to what.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row};
use serde::Serialize;
use serde_json::Value;

use crate::connections::Fault;
use crate::ids::{AnimalId, OwnerId, VisitId};
use crate::values::At;
use crate::{Catalogue, CatalogueError};

/// The author of what the kiosk does by itself.
pub(crate) const KIOSK: &str = "kiosk";

/// A record that has a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A visit.
    Visit(VisitId),
    /// An animal.
    Animal(AnimalId),
    /// An owner of animals.
    Owner(OwnerId),
    /// The settings of the daycare.
    Settings,
}

/// One change of one field.
///
/// ```
/// use catalogue::{AnimalFields, Catalogue, Subject};
/// use recognise::metadata::Species;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let bella = AnimalFields::new("Bella", Species::Dog, "pug");
/// let id = catalogue.add_animal(&bella, "ana")?;
/// let bites = AnimalFields { warnings: "bites".to_owned(), ..bella };
/// catalogue.change_animal(id, &bites, "ben")?;
///
/// let history = catalogue.history(Subject::Animal(id))?;
/// let last = history.last().map(|change| (&*change.by, &*change.field));
/// assert_eq!(last, Some(("ben", "warnings")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The time of the change.
    pub at: Timestamp,
    /// Its author.
    pub by: String,
    /// The field, by its name in the export: `said`, `animal` (by its number), `name`, `notes`...
    /// Or what was done: `undone`, `deleted`, `merged` (the number of the other animal), `owner` (the
    /// number of one who was added or removed), `booking`, `checked_out`, `contact_expired`,
    /// `forgotten_breed` (of the settings: a breed that is learnt no more, or again), `known_at` (it
    /// was known at that site alone before), `merged_elsewhere` (the number of the other animal, or its
    /// UUID where it is not here), `deleted_elsewhere` (at the site that stands as the former value).
    /// The author of what was done at another site is `ana (North)`.
    pub field: String,
    /// The former value; `None` where there was none.
    pub before: Option<String>,
    /// The new value; `None` where there is none.
    pub after: Option<String>,
}

impl Catalogue {
    /// All changes of one record, oldest first. Those of an animal include the changes of the
    /// animals that were merged into it. Those of a visit stay after it is deleted.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn history(&self, of: Subject) -> Result<Vec<Change>, CatalogueError> {
        self.connections.read(|connection| changes(connection, of))
    }
}

/// All changes of one record, oldest first.
pub(crate) fn changes(connection: &Connection, of: Subject) -> Result<Vec<Change>, Fault> {
    let mut changes = connection.prepare_cached(
        "SELECT at, by, field, before, after FROM change
         WHERE subject = ?1 AND subject_id IN (
             SELECT ?2
             UNION ALL SELECT id FROM merged WHERE survivor = ?2 AND ?1 = 'animal')
         ORDER BY id",
    )?;
    let changes = changes.query_map(of.key(), change)?;
    Ok(changes.collect::<rusqlite::Result<_>>()?)
}

impl Subject {
    /// Its columns `subject` and `subject_id`.
    pub(crate) fn key(self) -> (&'static str, i64) {
        match self {
            Self::Visit(id) => ("visit", id.0),
            Self::Animal(id) => ("animal", id.0),
            Self::Owner(id) => ("owner", id.0),
            Self::Settings => ("settings", 0),
        }
    }
}

/// The author of a change, and the time of it.
#[derive(Clone, Copy)]
pub(crate) struct Author<'a> {
    pub(crate) by: &'a str,
    pub(crate) at: Timestamp,
}

impl<'a> Author<'a> {
    pub(crate) fn now(by: &'a str) -> Self {
        let at = Timestamp::now();
        Self { by, at }
    }

    /// Records the change of a field; does nothing where the value stayed the same.
    pub(crate) fn note(
        self,
        connection: &Connection,
        subject: Subject,
        field: &str,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<(), Fault> {
        if before == after {
            return Ok(());
        }
        let (subject, id) = subject.key();
        connection
            .prepare_cached(
                "INSERT INTO change (at, by, subject, subject_id, field, before, after)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((At(self.at), self.by, subject, id, field, before, after))?;
        Ok(())
    }

    /// Records the change of every field that differs.
    pub(crate) fn note_all<T: Serialize>(
        self,
        connection: &Connection,
        subject: Subject,
        before: &T,
        after: &T,
    ) -> Result<(), Fault> {
        let (before, after) = (fields(before), fields(after));
        for (field, after) in after {
            let before = before.get(&field).and_then(readable);
            self.note(
                connection,
                subject,
                &field,
                before.as_deref(),
                readable(&after).as_deref(),
            )?;
        }
        Ok(())
    }
}

/// A record's fields by their names.
pub(crate) fn fields<T: Serialize>(record: &T) -> BTreeMap<String, Value> {
    match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => fields.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

/// The names of the fields in which two records differ.
pub(crate) fn differing<T: Serialize>(before: &T, after: &T) -> Vec<String> {
    let before = fields(before);
    let after = fields(after).into_iter();
    after
        .filter(|(field, value)| before.get(field) != Some(value))
        .map(|(field, _)| field)
        .collect()
}

/// A value as the history has it; `None` where there is none.
pub(crate) fn readable(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Array(list) if list.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

/// Reads a row of `at, by, field, before, after`.
pub(crate) fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        at: row.get::<_, At>(0)?.0,
        by: row.get(1)?,
        field: row.get(2)?,
        before: row.get(3)?,
        after: row.get(4)?,
    })
}
