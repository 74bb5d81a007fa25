//! Who changed what.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row};
use serde::Serialize;
use serde_json::Value;

use super::connections::Fault;
use super::values::At;
use super::{AnimalId, Catalogue, CatalogueError, VisitId};

/// What has a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A visit.
    Visit(VisitId),
    /// An animal.
    Animal(AnimalId),
    /// The settings of the daycare.
    Settings,
}

/// One change of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// The field, by its name in the record: `said`, `animal` (by its number), `name`, `notes`...
    pub field: String,
    /// What it was; `None` where there was nothing.
    pub before: Option<String>,
    /// What it became; `None` where there is nothing.
    pub after: Option<String>,
}

impl Catalogue {
    /// All changes of one record, oldest first.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn history(&self, what: Subject) -> Result<Vec<Change>, CatalogueError> {
        self.connections.read(|connection| {
            let mut changes = connection.prepare_cached(
                "SELECT at, by, field, before, after FROM change
                 WHERE subject = ?1 AND subject_id = ?2 ORDER BY id",
            )?;
            let changes = changes.query_map(what.key(), change)?;
            Ok(changes.collect::<rusqlite::Result<_>>()?)
        })
    }
}

impl Subject {
    /// Its columns `subject` and `subject_id`.
    pub(super) fn key(self) -> (&'static str, i64) {
        match self {
            Self::Visit(id) => ("visit", id.0),
            Self::Animal(id) => ("animal", id.0),
            Self::Settings => ("settings", 0),
        }
    }
}

/// Who changes something, and when.
#[derive(Clone, Copy)]
pub(super) struct Hand<'a> {
    pub(super) by: &'a str,
    pub(super) at: Timestamp,
}

impl<'a> Hand<'a> {
    pub(super) fn now(by: &'a str) -> Self {
        let at = Timestamp::now();
        Self { by, at }
    }

    /// Notes that a field became another; nothing where it stayed the same.
    pub(super) fn note(
        self,
        connection: &Connection,
        what: Subject,
        field: &str,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<(), Fault> {
        if before == after {
            return Ok(());
        }
        let (subject, id) = what.key();
        connection
            .prepare_cached(
                "INSERT INTO change (at, by, subject, subject_id, field, before, after)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((At(self.at), self.by, subject, id, field, before, after))?;
        Ok(())
    }

    /// Notes every field in which a record became another.
    pub(super) fn note_all<T: Serialize>(
        self,
        connection: &Connection,
        what: Subject,
        before: &T,
        after: &T,
    ) -> Result<(), Fault> {
        let (before, after) = (fields(before), fields(after));
        for (field, after) in after {
            let before = before.get(&field).and_then(readable);
            self.note(
                connection,
                what,
                &field,
                before.as_deref(),
                readable(&after).as_deref(),
            )?;
        }
        Ok(())
    }
}

/// A record's fields by their names.
pub(super) fn fields<T: Serialize>(record: &T) -> BTreeMap<String, Value> {
    match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => fields.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

fn readable(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

/// A row of `at, by, field, before, after`.
pub(super) fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        at: row.get::<_, At>(0)?.0,
        by: row.get(1)?,
        field: row.get(2)?,
        before: row.get(3)?,
        after: row.get(4)?,
    })
}
