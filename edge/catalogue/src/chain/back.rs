//! Takes back what a catalogue that was restored from an older backup has lost, from this kiosk's own
//! events that the hub has.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use recognise::{Source, VerdictKind};
use rusqlite::{Connection, OptionalExtension};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::{self, NotTaken, Refusal, SHARED, Told};
use super::{check_uid, find};
use crate::arrivals::CANDIDATES;
use crate::connections::Fault;
use crate::embedding::Embedding;
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, VisitId};
use crate::outbox::{self, EventKind, OutboxEvent};
use crate::values::{At, NAME_CHARACTERS, Text, breed_name, check_breed, check_line};
use crate::visits::{Record, Visit};
use crate::{Catalogue, CatalogueError, FieldError, animals, decisions, forgetting, visits};

/// What the history says of a visit whose deletion is taken back.
const DELETED: &str = "mistake";

impl Catalogue {
    /// Takes back this kiosk's own events that the hub has and that this catalogue has lost, since it was
    /// restored from an older backup: in the order in which they happened, all in one transaction.
    /// Animals and visits come back by their UUIDs, with their numbers where no others have them by
    /// now, and what was erased or deleted goes again. What was changed here later than an event
    /// stays, and what was erased or deleted here does not come back, even if the hub has not heard of
    /// it yet. No event comes of any of this, but for a decision about a visit that was made here after
    /// the hub's: it is told again under a later revision than those that the hub has. Returns how many
    /// events have changed something.
    ///
    /// What no event has does not come back: photographs, notes, contacts and bookings. Of an owner
    /// there is the name, which makes a new owner, unless there is one of whom nothing else is known.
    /// Merges are not done again: the hub says which animals were merged
    /// ([`Catalogue::take_guests`]). An event that cannot be read is logged and passed over.
    ///
    /// # Errors
    /// When the catalogue cannot be written.
    pub fn take_back(&self, events: &[OutboxEvent]) -> Result<u64, CatalogueError> {
        let mut deleted = Vec::new();
        let changed = self.connections.write(|transaction| {
            let now = Timestamp::now();
            let mut changed = 0;
            for event in events {
                match take(transaction, event, now, &mut deleted) {
                    Ok(is_changed) => changed += u64::from(is_changed),
                    Err(NotTaken::Because(reason)) => {
                        tracing::warn!(
                            event = %event.id,
                            %reason,
                            "an event of this kiosk that the hub has is not taken back"
                        );
                    }
                    Err(NotTaken::Fault(fault)) => return Err(fault),
                }
            }
            Ok(changed)
        })?;
        for record in deleted {
            self.update_training(record.training_example().as_ref(), None);
            if let Some(photograph) = record.photograph {
                self.photographs.discard(&photograph);
            }
        }
        Ok(changed)
    }
}

/// Takes one event. Adds the visits whose photographs are to be removed to `deleted`.
fn take(
    connection: &Connection,
    event: &OutboxEvent,
    now: Timestamp,
    deleted: &mut Vec<Record>,
) -> Result<bool, NotTaken> {
    check_uid("subject", &event.subject)?;
    check_line("by", &event.by, NAME_CHARACTERS)?;
    if is_erased_here(connection, &event.subject)? {
        return Ok(false);
    }
    match event.kind.parse() {
        Ok(EventKind::Arrival | EventKind::Answer | EventKind::Decision | EventKind::CheckOut) => {
            visit(connection, event)
        }
        Ok(EventKind::VisitDeleted) => Ok(visit_deleted(connection, event, deleted)?),
        Ok(EventKind::Animal) => animal(connection, event, now),
        Ok(EventKind::AnimalDeleted) => Ok(animal_deleted(connection, event)?),
        Ok(EventKind::Merge | EventKind::Split) | Err(_) => Ok(false),
    }
}

/// Whether an animal or a visit was erased or deleted here, which the hub may not have heard yet.
fn is_erased_here(connection: &Connection, subject: &str) -> Result<bool, Fault> {
    let mut erased = connection.prepare_cached(
        "SELECT 1 FROM outbox
         WHERE subject = ?1 AND kind IN ('animal_deleted', 'visit_deleted')",
    )?;
    Ok(erased.exists([subject])?)
}

/// The author of what an event tells of.
fn author(event: &OutboxEvent) -> Author<'_> {
    Author {
        by: &event.by,
        at: event.at,
    }
}

/// Whether a record was changed here after an event.
fn is_newer_here(
    connection: &Connection,
    subject: Subject,
    event: &OutboxEvent,
) -> Result<bool, Fault> {
    let (subject, id) = subject.key();
    let mut later = connection.prepare_cached(
        "SELECT 1 FROM change WHERE subject = ?1 AND subject_id = ?2 AND at > ?3",
    )?;
    Ok(later.exists((subject, id, At(event.at)))?)
}

/// The number that a record had, if no other one has or had it.
fn free_number(
    connection: &Connection,
    table: &'static str,
    number: Option<i64>,
) -> Result<Option<i64>, Fault> {
    let Some(number) = number.filter(|number| (1..1 << 52).contains(number)) else {
        return Ok(None);
    };
    let mut taken = connection.prepare_cached(&format!(
        "SELECT 1 FROM {table} WHERE id = ?1
         UNION ALL SELECT 1 FROM change WHERE subject = '{table}' AND subject_id = ?1
         UNION ALL SELECT 1 FROM merged WHERE id = ?1 AND '{table}' = 'animal'"
    ))?;
    Ok((!taken.exists([number])?).then_some(number))
}

/// What an event of an animal has.
#[derive(Deserialize)]
struct AnimalBody {
    animal: Map<String, Value>,
    #[serde(default)]
    changed: BTreeMap<String, Timestamp>,
}

/// Adds an animal, or has it follow the event. An event of one that is only known elsewhere tells that
/// it was adopted.
fn animal(connection: &Connection, event: &OutboxEvent, now: Timestamp) -> Result<bool, NotTaken> {
    let body: AnimalBody = fields::read("animal", &event.body)?;
    let told = |is_added: bool| -> Vec<Told<'_>> {
        let shared = SHARED.into_iter().filter_map(|field| {
            let value = body.animal.get(field)?;
            let changed = body.changed.get(field).copied();
            let at = changed.or_else(|| is_added.then_some(event.at))?;
            let by = event.by.clone();
            Some(Told {
                field,
                value,
                at,
                by,
            })
        });
        shared.collect()
    };
    let Some(animal) = find(connection, &event.subject)? else {
        let mut merged = connection.prepare_cached("SELECT 1 FROM merged WHERE uid = ?1")?;
        if merged.exists([&event.subject])? {
            return Ok(false);
        }
        let created = body.animal.get("created");
        let created = created.ok_or(Refusal::Missing("created"))?;
        let created: Timestamp = fields::read("created", created)?;
        let number = body.animal.get("number").and_then(Value::as_i64);
        let number = free_number(connection, "animal", number)?.map(AnimalId);
        let told = told(true);
        let id = fields::add(connection, number, created, &told)?;
        connection
            .prepare_cached("UPDATE animal SET uid = ?2 WHERE id = ?1")?
            .execute((id, &event.subject))?;
        let added = animals::one(connection, id)?;
        if let Some(told) = told.iter().find(|told| told.field == "owners") {
            fields::give_owners(connection, &added, told)?;
        }
        return Ok(true);
    };
    let told = told(false);
    let mut is_changed = fields::follow(connection, &animal, &told, now)?;
    is_changed |= fields::follow_owners(connection, &animal, &told, now)?;
    if animal.known_at.is_some() {
        super::adopt(connection, animal.id, author(event))?;
        is_changed = true;
    }
    Ok(is_changed)
}

/// Erases an animal again.
fn animal_deleted(connection: &Connection, event: &OutboxEvent) -> Result<bool, Fault> {
    let Some(animal) = find(connection, &event.subject)? else {
        return Ok(false);
    };
    if is_newer_here(connection, Subject::Animal(animal.id), event)? {
        return Ok(false);
    }
    forgetting::erase(connection, animal.id, author(event))?;
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

/// Deletes a visit again.
fn visit_deleted(
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

#[derive(Deserialize)]
struct VisitBody {
    visit: VisitState,
}

/// What an event of a visit has.
#[derive(Deserialize)]
struct VisitState {
    #[serde(default)]
    number: Option<i64>,
    arrived: Timestamp,
    verdict: String,
    confidence: f32,
    candidates: Vec<CandidateState>,
    confirmed: Option<ConfirmedState>,
    checked_out: Option<Timestamp>,
    model: String,
    source: String,
    #[serde(default)]
    embedding: Option<EmbeddingState>,
}

#[derive(Deserialize)]
struct CandidateState {
    breed: String,
    probability: f32,
}

#[derive(Deserialize)]
struct ConfirmedState {
    breed: String,
    breed_name: Option<String>,
    animal: Option<AnimalState>,
    at: Timestamp,
    by: String,
}

#[derive(Deserialize)]
struct AnimalState {
    id: String,
}

#[derive(Deserialize)]
struct EmbeddingState {
    network: String,
    bytes: String,
}

/// An answer as it is stored.
struct Answer {
    verdict: VerdictKind,
    candidates: String,
    source: Source,
    embedding: Option<Embedding>,
}

impl VisitState {
    /// The animal that staff have confirmed.
    fn animal(&self) -> Option<&AnimalState> {
        (self.confirmed.as_ref()).and_then(|confirmed| confirmed.animal.as_ref())
    }

    /// Refuses what cannot be stored.
    fn checked(&self) -> Result<Answer, Refusal> {
        check_line("model", &self.model, NAME_CHARACTERS)?;
        let verdict = self.verdict.parse::<VerdictKind>();
        let source = self.source.parse::<Source>();
        let mut candidates = Vec::new();
        for candidate in self.candidates.iter().take(CANDIDATES) {
            check_breed("candidates", &candidate.breed)?;
            candidates.push((&candidate.breed, candidate.probability));
        }
        let probabilities = candidates.iter().map(|(_, probability)| *probability);
        if !(probabilities.chain([self.confidence])).all(|p| (0.0..=1.0).contains(&p)) {
            let reason = FieldError::NotAProbability;
            return Err(CatalogueError::invalid("confidence", reason).into());
        }
        if let Some(confirmed) = &self.confirmed {
            check_breed("confirmed", &confirmed.breed)?;
            breed_name(&confirmed.breed, confirmed.breed_name.as_deref())?;
            check_line("by", &confirmed.by, NAME_CHARACTERS)?;
        }
        let embedding = self.embedding.as_ref().map(EmbeddingState::checked);
        Ok(Answer {
            verdict: verdict.map_err(|_| Refusal::NotReadable("verdict"))?,
            candidates: serde_json::json!(candidates).to_string(),
            source: source.map_err(|_| Refusal::NotReadable("source"))?,
            embedding: embedding.transpose()?,
        })
    }
}

impl EmbeddingState {
    fn checked(&self) -> Result<Embedding, Refusal> {
        check_line("embedding", &self.network, NAME_CHARACTERS)?;
        (STANDARD.decode(&self.bytes).ok())
            .and_then(|bytes| Embedding::new(self.network.clone(), bytes))
            .ok_or(Refusal::NotReadable("embedding"))
    }
}

/// Adds a visit, or has it follow the event.
fn visit(connection: &Connection, event: &OutboxEvent) -> Result<bool, NotTaken> {
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
        super::adopt(connection, animal, author(event))?;
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
