//! Writes events, each in the transaction of what it tells of. Nothing is written while there is no
//! sender.

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::body::{self, Changes};
use super::{EventKind, new_uid};
use crate::animals::{self, Animal};
use crate::connections::Fault;
use crate::history::{Author, KIOSK};
use crate::ids::{AnimalId, VisitId};
use crate::values::At;
use crate::{clock, visits};

/// What has changed of an animal just now.
pub(crate) enum Changed<'a> {
    /// It was added.
    All,
    /// What differs from the animal as it was before.
    Since(&'a Animal),
    /// Its owners, or their names.
    Owners,
}

/// Whether there is a sender.
pub(crate) fn is_followed(connection: &Connection) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM sender")?;
    Ok(statement.exists([])?)
}

/// Tells of a visit as it is now.
pub(crate) fn visit(
    connection: &Connection,
    kind: EventKind,
    id: VisitId,
    author: Author<'_>,
) -> Result<(), Fault> {
    if !is_followed(connection)? {
        return Ok(());
    }
    let record = visits::one(connection, id)?;
    let (uid, body) = body::visit(connection, &record, kind == EventKind::Decision)?;
    add(connection, kind, &uid, record.visit.revision, author, &body)
}

/// Tells that a visit is about to be deleted.
pub(crate) fn visit_deleted(
    connection: &Connection,
    id: VisitId,
    revision: u32,
    author: Author<'_>,
) -> Result<(), Fault> {
    if !is_followed(connection)? {
        return Ok(());
    }
    let uid: String = connection
        .prepare_cached("SELECT uid FROM visit WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    let (kind, body) = (EventKind::VisitDeleted, json!({ "visit": { "id": uid } }));
    add(connection, kind, &uid, revision, author, &body)
}

/// Tells of an animal as it is now. Not if nothing has changed that other sites know, and not of an
/// animal that is known elsewhere alone.
pub(crate) fn animal(
    connection: &Connection,
    id: AnimalId,
    changed: Changed<'_>,
    author: Author<'_>,
) -> Result<(), Fault> {
    if !is_followed(connection)? {
        return Ok(());
    }
    let animal = animals::one(connection, id)?;
    let changes = match changed {
        Changed::All => now(body::shared(&animal).into_keys(), author),
        Changed::Since(before) => differing(before, &animal, author),
        Changed::Owners => now(["owners"], author),
    };
    if changes.is_empty() {
        return Ok(());
    }
    add_animal(connection, &animal, &changes, None, author)
}

/// Tells of an animal, each field with the time of its last change; of what differs from the animal as
/// it was before, that is now. With the embeddings of its visits where somebody has to get to know it.
pub(crate) fn animal_again(
    connection: &Connection,
    id: AnimalId,
    before: Option<&Animal>,
    with_embeddings: bool,
    author: Author<'_>,
) -> Result<(), Fault> {
    if !is_followed(connection)? {
        return Ok(());
    }
    let animal = animals::one(connection, id)?;
    let mut changes = body::last_changes(connection, &animal)?;
    if let Some(before) = before {
        changes.extend(differing(before, &animal, author));
    }
    let embeddings = if with_embeddings {
        Some(body::embeddings(connection, id)?)
    } else {
        None
    };
    add_animal(connection, &animal, &changes, embeddings, author)
}

/// Tells that two animals are one, or are not: both by their UUIDs.
pub(crate) fn parted(
    connection: &Connection,
    kind: EventKind,
    survivor: &str,
    other: &str,
    author: Author<'_>,
) -> Result<(), Fault> {
    if !is_followed(connection)? {
        return Ok(());
    }
    let body = json!({ "survivor": survivor, "other": other });
    add(connection, kind, survivor, 0, author, &body)
}

/// Tells of the animals and visits after these, which were taken over from another catalogue.
pub(crate) fn taken_over(
    connection: &Connection,
    animals: AnimalId,
    visits: VisitId,
    now: Timestamp,
) -> Result<(), Fault> {
    if !is_followed(connection)? {
        return Ok(());
    }
    let kiosk = Author { by: KIOSK, at: now };
    let mut statement = connection.prepare("SELECT id FROM animal WHERE id > ?1 ORDER BY id")?;
    for id in statement.query_map([animals], |row| row.get(0))? {
        animal_again(connection, id?, None, false, kiosk)?;
    }
    let mut statement = connection.prepare(
        "SELECT id, at, settled_at, settled_by FROM visit WHERE id > ?1 ORDER BY at, id",
    )?;
    let mut rows = statement.query([visits])?;
    while let Some(row) = rows.next()? {
        let id: VisitId = row.get(0)?;
        let (by, at) = (KIOSK, row.get::<_, At>(1)?.0);
        visit(connection, EventKind::Arrival, id, Author { by, at })?;
        let decided: (Option<At>, Option<String>) = (row.get(2)?, row.get(3)?);
        if let (Some(At(at)), Some(by)) = decided {
            let author = Author { by: &by, at };
            visit(connection, EventKind::Decision, id, author)?;
        }
    }
    Ok(())
}

/// The UUID of an animal.
pub(crate) fn animal_uid(connection: &Connection, id: AnimalId) -> Result<String, Fault> {
    let uid = connection
        .prepare_cached("SELECT uid FROM animal WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    Ok(uid)
}

/// Writes an event of an animal, unless it is known elsewhere alone.
fn add_animal(
    connection: &Connection,
    animal: &Animal,
    changes: &Changes,
    embeddings: Option<Vec<Value>>,
    author: Author<'_>,
) -> Result<(), Fault> {
    if animal.known_at.is_some() {
        return Ok(());
    }
    let uid = animal_uid(connection, animal.id)?;
    let body = body::animal(animal, &uid, changes, embeddings);
    add(connection, EventKind::Animal, &uid, 0, author, &body)
}

/// Writes an event.
pub(super) fn add(
    connection: &Connection,
    kind: EventKind,
    subject: &str,
    revision: u32,
    author: Author<'_>,
    body: &Value,
) -> Result<(), Fault> {
    let since = clock::own_time(connection, Timestamp::now())?;
    connection
        .prepare_cached(
            "INSERT INTO outbox (id, at, since, kind, subject, revision, by, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            new_uid(),
            At(author.at),
            At(since),
            kind.as_str(),
            subject,
            revision,
            author.by,
            body.to_string(),
        ))?;
    Ok(())
}

/// These fields have changed now.
fn now(fields: impl IntoIterator<Item = &'static str>, author: Author<'_>) -> Changes {
    let fields = fields.into_iter();
    fields.map(|field| (field, author.at)).collect()
}

/// The fields that other sites know and that have changed now.
fn differing(before: &Animal, after: &Animal, author: Author<'_>) -> Changes {
    let (before, after) = (body::shared(before), body::shared(after));
    let differing = after
        .iter()
        .filter(|(field, value)| before.get(*field) != Some(*value));
    now(differing.map(|(field, _)| *field), author)
}
