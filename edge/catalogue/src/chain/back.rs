//! Takes back what a catalogue that was restored from an older backup has lost, from this kiosk's own
//! events that the hub has.

mod animals;
mod state;
mod visits;

use jiff::Timestamp;
use rusqlite::Connection;

use super::check_uid;
use super::fields::NotTaken;
use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::outbox::{EventKind, OutboxEvent};
use crate::values::{At, NAME_CHARACTERS, check_line};
use crate::visits::Record;
use crate::{Catalogue, CatalogueError};
use animals::{animal, animal_deleted};
use visits::{visit, visit_deleted};

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
