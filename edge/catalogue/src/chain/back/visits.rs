//! Takes back what the events of visits tell.

use rusqlite::{Connection, OptionalExtension};

use super::state::{Answer, VisitBody, VisitState};
use super::{author, free_number, is_newer_here};
use crate::chain::adopt;
use crate::chain::fields::{self, NotTaken};
use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, VisitId};
use crate::outbox::{self, EventKind, OutboxEvent};
use crate::values::{At, Text, breed_name};
use crate::visits::{Record, Visit};
use crate::{decisions, visits};

/// What the history says of a visit whose deletion is taken back.
const DELETED: &str = "mistake";

/// Adds a visit, or has it follow the event.
pub(super) fn visit(connection: &Connection, event: &OutboxEvent) -> Result<bool, NotTaken> {
    let VisitBody { visit: state } = fields::read("visit", &event.body)?;
    let mut answer = state.checked()?;
    if let Some(animal) = state.animal()
        && present(connection, &animal.id)?.is_none()
    {
        // It was erased, with how it looks.
        answer.embedding = None;
    }
    let Some(before) = find_visit(connection, &event.subject)? else {
        let id = insert(connection, event, &state, &answer)?;
        decide(connection, id, event, &state)?;
        check_out(connection, id, event, &state)?;
        return Ok(true);
    };
    let id = before.visit.id;
    if is_newer_here(connection, Subject::Visit(id), event)? {
        return Ok(tell_later_decision(connection, &before.visit, event)?);
    }
    let mut is_changed = false;
    if event.revision > before.visit.revision {
        update(connection, id, &state, &answer)?;
        decide(connection, id, event, &state)?;
        is_changed = true;
    }
    let is_open = before.stay.checked_out_at.is_none();
    let is_check_out = matches!(event.kind.parse(), Ok(EventKind::CheckOut));
    let is_of_same = is_check_out && event.revision >= before.visit.revision;
    if is_of_same
        && is_open == state.checked_out.is_some()
        && !is_reversed_here(connection, id, event, &state)?
    {
        check_out(connection, id, event, &state)?;
        is_changed = true;
    }
    Ok(is_changed)
}

/// Deletes a visit again.
pub(super) fn visit_deleted(
    connection: &Connection,
    event: &OutboxEvent,
    deleted: &mut Vec<Record>,
) -> Result<bool, Fault> {
    let Some(record) = find_visit(connection, &event.subject)? else {
        return Ok(false);
    };
    let (id, subject) = (record.visit.id, Subject::Visit(record.visit.id));
    if is_newer_here(connection, subject, event)? {
        return Ok(false);
    }
    connection.execute("DELETE FROM visit WHERE id = ?1", [id])?;
    author(event).note(connection, subject, "deleted", None, Some(DELETED))?;
    deleted.push(record);
    Ok(true)
}

/// The visit with a UUID.
fn find_visit(connection: &Connection, uid: &str) -> Result<Option<Record>, Fault> {
    let id: Option<VisitId> = connection
        .prepare_cached("SELECT id FROM visit WHERE uid = ?1")?
        .query_row([uid], |row| row.get(0))
        .optional()?;
    id.map(|id| visits::one(connection, id)).transpose()
}

/// Makes the hub accept a decision about a visit that staff made here after an event: raises its revision
/// beyond the event's, and queues it again. Returns whether the hub would not have accepted it otherwise.
fn tell_later_decision(
    connection: &Connection,
    visit: &Visit,
    event: &OutboxEvent,
) -> Result<bool, Fault> {
    if visit.revision > event.revision {
        return Ok(false);
    }
    let decided: Option<(At, String)> = connection
        .prepare_cached(
            "SELECT at, by FROM outbox WHERE subject = ?1 AND kind = 'decision' AND at > ?2
             ORDER BY seq DESC LIMIT 1",
        )?
        .query_row((&event.subject, At(event.at)), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((At(at), by)) = decided else {
        return Ok(false);
    };
    connection
        .prepare_cached("UPDATE visit SET revision = ?2 WHERE id = ?1")?
        .execute((visit.id, event.revision.saturating_add(1)))?;
    let author = Author { by: &by, at };
    outbox::visit(connection, EventKind::Decision, visit.id, author)?;
    Ok(true)
}

/// Whether staff have done the opposite of a check-out, or of an undone one, here after the event, when
/// the visit was here already.
fn is_reversed_here(
    connection: &Connection,
    id: VisitId,
    event: &OutboxEvent,
    state: &VisitState,
) -> Result<bool, Fault> {
    let mut later = connection.prepare_cached(
        "SELECT 1 FROM visit v JOIN change c ON c.subject_id = v.animal
         WHERE v.id = ?1 AND c.subject = 'animal' AND c.field = 'checked_out' AND c.at > ?2
               AND (c.after IS NULL) = ?3
               AND EXISTS (SELECT 1 FROM change
                           WHERE subject = 'visit' AND subject_id = ?1 AND id < c.id)",
    )?;
    let is_closed = state.checked_out.is_some();
    Ok(later.exists((id, At(event.at), is_closed))?)
}

/// Adds a visit without its decision.
fn insert(
    connection: &Connection,
    event: &OutboxEvent,
    state: &VisitState,
    answer: &Answer,
) -> Result<VisitId, Fault> {
    let number = free_number(connection, "visit", state.number)?;
    connection
        .prepare_cached(
            "INSERT INTO visit (id, uid, at, verdict, candidates, confidence, model, source)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            number,
            &event.subject,
            At(state.arrived),
            Text(answer.verdict),
            &answer.candidates,
            state.confidence,
            &state.model,
            Text(answer.source),
        ))?;
    let id = VisitId(connection.last_insert_rowid());
    set_embedding(connection, id, answer)?;
    Ok(id)
}

/// Replaces the answer of a visit.
fn update(
    connection: &Connection,
    id: VisitId,
    state: &VisitState,
    answer: &Answer,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE visit SET verdict = ?2, candidates = ?3, confidence = ?4, model = ?5
             WHERE id = ?1",
        )?
        .execute((
            id,
            Text(answer.verdict),
            &answer.candidates,
            state.confidence,
            &state.model,
        ))?;
    set_embedding(connection, id, answer)
}

/// Gives a visit the embedding of an event, if it has none by now.
fn set_embedding(connection: &Connection, id: VisitId, answer: &Answer) -> Result<(), Fault> {
    if let Some(embedding) = &answer.embedding {
        connection
            .prepare_cached(
                "UPDATE visit SET embedding = ?2, embedded_by = ?3
                 WHERE id = ?1 AND embedding IS NULL",
            )?
            .execute((id, &embedding.bytes, &embedding.network))?;
    }
    Ok(())
}

/// Gives a visit the decision of an event, and its revision.
fn decide(
    connection: &Connection,
    id: VisitId,
    event: &OutboxEvent,
    state: &VisitState,
) -> Result<(), NotTaken> {
    let before = visits::one(connection, id)?.visit;
    let confirmed = state.confirmed.as_ref();
    let animal = match state.animal() {
        Some(animal) => present(connection, &animal.id)?,
        None => None,
    };
    if let Some(animal) = animal {
        adopt(connection, animal, author(event))?;
    }
    let name = match confirmed {
        Some(confirmed) => breed_name(&confirmed.breed, confirmed.breed_name.as_deref())?,
        None => None,
    };
    connection
        .prepare_cached(
            "UPDATE visit SET said = ?2, said_name = ?3, animal = ?4, settled_at = ?5,
                              settled_by = ?6
             WHERE id = ?1",
        )?
        .execute((
            id,
            confirmed.map(|confirmed| &confirmed.breed),
            name,
            animal,
            confirmed.map(|confirmed| At(confirmed.at)),
            confirmed.map(|confirmed| &confirmed.by),
        ))?;
    connection
        .prepare_cached("UPDATE visit SET revision = ?2 WHERE id = ?1")?
        .execute((id, event.revision))?;
    let after = visits::one(connection, id)?.visit;
    Ok(decisions::note(connection, author(event), &before, &after)?)
}

/// Closes the stay of a visit, or opens it again, as an event has it.
fn check_out(
    connection: &Connection,
    id: VisitId,
    event: &OutboxEvent,
    state: &VisitState,
) -> Result<(), Fault> {
    let left = state.checked_out;
    connection
        .prepare_cached(
            "UPDATE visit SET departed = CASE WHEN ?2 IS NULL THEN NULL ELSE animal END,
                              left_at = ?2, checked_out_at = ?2,
                              checked_out_by = CASE WHEN ?2 IS NULL THEN NULL ELSE ?3 END
             WHERE id = ?1",
        )?
        .execute((id, left.map(At), &event.by))?;
    Ok(())
}

/// The animal that an animal is now, by its UUID; `None` where it was erased.
fn present(connection: &Connection, uid: &str) -> Result<Option<AnimalId>, Fault> {
    let found = connection
        .prepare_cached(
            "SELECT id FROM animal WHERE uid = ?1
             UNION ALL SELECT survivor FROM merged WHERE uid = ?1",
        )?
        .query_row([uid], |row| row.get(0))
        .optional()?;
    Ok(found)
}
