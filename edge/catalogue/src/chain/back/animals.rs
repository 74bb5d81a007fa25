//! Takes back what the events of animals tell.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{author, free_number, is_newer_here};
use crate::chain::fields::{self, NotTaken, Refusal, SHARED, Told};
use crate::chain::{adopt, find};
use crate::connections::Fault;
use crate::history::Subject;
use crate::ids::AnimalId;
use crate::outbox::OutboxEvent;
use crate::{animals, forgetting};

/// What an event of an animal has.
#[derive(Deserialize)]
struct AnimalBody {
    animal: Map<String, Value>,
    #[serde(default)]
    changed: BTreeMap<String, Timestamp>,
}

/// Adds an animal, or has it follow the event. An event of one that is only known elsewhere tells that
/// it was adopted.
pub(super) fn animal(
    connection: &Connection,
    event: &OutboxEvent,
    now: Timestamp,
) -> Result<bool, NotTaken> {
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
        adopt(connection, animal.id, author(event))?;
        is_changed = true;
    }
    Ok(is_changed)
}

/// Erases an animal again.
pub(super) fn animal_deleted(connection: &Connection, event: &OutboxEvent) -> Result<bool, Fault> {
    let Some(animal) = find(connection, &event.subject)? else {
        return Ok(false);
    };
    if is_newer_here(connection, Subject::Animal(animal.id), event)? {
        return Ok(false);
    }
    forgetting::erase(connection, animal.id, author(event))?;
    Ok(true)
}
