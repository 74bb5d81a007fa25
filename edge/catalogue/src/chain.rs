//! Keeps the guests of a chain's other sites, as its hub tells of them.
//!
//! They are animals with `known_at`, the site where they are known: search, suggestions and guesses find
//! them, and breeds are learnt from them, but they are in no list, no export and no total. An animal is
//! adopted as soon as staff do something with it here, such as confirming a visit of it: then it is one
//! of this daycare's. What the hub tells comes without events: nobody has to be told it back.

mod back;
mod fields;
mod pictures;

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use serde_json::Value;
use uuid::Uuid;

use crate::animals::{self, Animal};
use crate::connections::Fault;
use crate::forgetting::leave_traces;
use crate::history::{Author, KIOSK, Subject};
use crate::ids::AnimalId;
use crate::ownership::AnimalOwner;
use crate::values::{NAME_CHARACTERS, check_line};
use crate::{Catalogue, CatalogueError, FieldError, outbox, settings};
use fields::{NotTaken, Refusal, Told};

/// The longest name of a site, in characters.
const SITE_CHARACTERS: usize = 100;

/// The longest UUID, in characters.
const UID_CHARACTERS: usize = 36;

/// An animal as the chain knows it. All times are by this kiosk's clock: where that is wrong, the link
/// to the hub corrects them.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainGuest {
    /// Its UUID, in small letters.
    pub id: String,
    /// The site where it is known, at most 100 characters.
    pub site: String,
    /// When it was added there.
    pub created: Timestamp,
    /// The last change of each shared field, by the field's name: `name`, `species`, `breed`,
    /// `breed_name`, `warnings`, `vaccinations` and `owners` (their names). Others are passed over.
    pub fields: BTreeMap<String, ChainField>,
    /// Embeddings of it; the newest eight are kept.
    pub embeddings: Vec<ChainEmbedding>,
    /// A photograph of it: a JPEG of at most 48 KiB.
    pub photograph: Option<Vec<u8>>,
    /// Whether it was erased for good.
    pub deleted: bool,
    /// The UUID of the animal that it was merged into.
    pub merged_into: Option<String>,
}

/// The last change of a field, somewhere in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainField {
    /// The value, as events have it: see [`crate::EventKind::Animal`].
    pub value: Value,
    /// When it was changed.
    pub at: Timestamp,
    /// Who changed it.
    pub by: String,
    /// At which site.
    pub site: String,
}

/// An embedding of an animal that a site of the chain has made.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainEmbedding {
    /// The network's version.
    pub network: String,
    /// 16 to 1024 numbers, a signed byte each.
    pub bytes: Vec<u8>,
    /// When the animal came.
    pub at: Timestamp,
}

/// What became of the animals that the hub told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many were added.
    pub added: u64,
    /// How many have changed.
    pub changed: u64,
    /// How many are gone: deleted or merged at another site, and not of this daycare.
    pub removed: u64,
    /// The UUIDs of those that cannot be stored, and why.
    pub refused: Vec<(String, String)>,
}

impl Catalogue {
    /// Takes what the hub tells of the chain's animals, all in one transaction with `cursor`, which
    /// says up to where it has told. An animal that cannot be stored is refused by itself, and stays
    /// as it was. Other writers wait meanwhile: a few hundred animals at once are enough.
    ///
    /// Of each field, the later change stands. The history has it, by its author and the site:
    /// `ana (North)`. An animal of this daycare that was deleted or merged elsewhere stays, and its
    /// history says so; one that is only known elsewhere goes, with all that belongs to it. No event
    /// comes of any of this.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for a cursor of more than 200 characters, or when the catalogue
    /// cannot be written.
    pub fn take_guests(
        &self,
        guests: &[ChainGuest],
        cursor: &str,
    ) -> Result<Taken, CatalogueError> {
        check_line("cursor", cursor, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let here = Here::of(transaction)?;
            let mut taken = Taken::default();
            for guest in guests {
                match take(transaction, guest, &here) {
                    Ok(Effect::Nothing) => {}
                    Ok(Effect::Added) => taken.added += 1,
                    Ok(Effect::Changed) => taken.changed += 1,
                    Ok(Effect::Removed) => taken.removed += 1,
                    Err(NotTaken::Because(reason)) => {
                        let id = guest.id.chars().take(UID_CHARACTERS).collect();
                        taken.refused.push((id, reason.to_string()));
                    }
                    Err(NotTaken::Fault(fault)) => return Err(fault),
                }
            }
            transaction.execute(
                "INSERT INTO hub (id, cursor) VALUES (1, ?1)
                 ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
                [cursor],
            )?;
            Ok(taken)
        })
    }

    /// Up to where the hub has told of the chain's animals; `None` where it has told nothing yet.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn hub_cursor(&self) -> Result<Option<String>, CatalogueError> {
        self.connections.read(|connection| {
            let cursor: Option<Option<String>> = connection
                .prepare_cached("SELECT cursor FROM hub")?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok(cursor.flatten())
        })
    }

    /// The UUID of this catalogue's newest event that the hub has, as far as the catalogue remembers:
    /// one that was restored from a backup does not know of later ones.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn last_sent(&self) -> Result<Option<String>, CatalogueError> {
        self.connections.read(last_sent)
    }

    /// Remembers the UUID of this catalogue's newest event that the hub has.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for a text of more than 36 characters, or when the catalogue cannot
    /// be written.
    pub fn set_last_sent(&self, event: &str) -> Result<(), CatalogueError> {
        check_line("event", event, UID_CHARACTERS)?;
        self.connections
            .write(|transaction| set_last_sent(transaction, event))
    }

    /// Notes that the other side has all events up to number `seq` for good, as [`Catalogue::sent`]
    /// does, and remembers `last_event` as the newest one that the hub has, both in one transaction. Only
    /// where [`Catalogue::last_sent`] is still `expected`: a catalogue that was restored from a backup
    /// meanwhile has other events under these numbers, and nothing of it changes. Returns whether it was
    /// noted.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for a `last_event` of more than 36 characters, or when the catalogue
    /// cannot be written.
    pub fn mark_sent(
        &self,
        sender: &str,
        seq: i64,
        last_event: &str,
        expected: Option<&str>,
    ) -> Result<bool, CatalogueError> {
        check_line("event", last_event, UID_CHARACTERS)?;
        self.connections.write(|transaction| {
            if last_sent(transaction)?.as_deref() != expected {
                return Ok(false);
            }
            set_last_sent(transaction, last_event)?;
            outbox::sent(transaction, sender, seq)?;
            Ok(true)
        })
    }

    /// How many animals are only known elsewhere.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn known_guests(&self) -> Result<u64, CatalogueError> {
        self.connections.read(|connection| {
            let mut counted = connection
                .prepare_cached("SELECT count(*) FROM animal WHERE known_at IS NOT NULL")?;
            Ok(counted.query_row([], |row| row.get(0))?)
        })
    }

    /// The photograph of an animal that another site has taken, a JPEG of at most 48 KiB; `None` where
    /// there is none.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn guest_photograph(&self, animal: AnimalId) -> Result<Option<Vec<u8>>, CatalogueError> {
        self.connections
            .read(|connection| pictures::photograph(connection, animal))
    }
}

/// The newest event that the hub has, as far as the catalogue remembers.
fn last_sent(connection: &Connection) -> Result<Option<String>, Fault> {
    let event: Option<Option<String>> = connection
        .prepare_cached("SELECT last_sent FROM hub")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(event.flatten())
}

/// Remembers the newest event that the hub has.
fn set_last_sent(connection: &Connection, event: &str) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO hub (id, last_sent) VALUES (1, ?1)
             ON CONFLICT DO UPDATE SET last_sent = excluded.last_sent",
        )?
        .execute([event])?;
    Ok(())
}

/// Makes an animal that is only known elsewhere one of this daycare's. Others stay as they are.
pub(crate) fn adopt(
    connection: &Connection,
    animal: AnimalId,
    author: Author<'_>,
) -> Result<(), Fault> {
    let site: Option<Option<String>> = connection
        .prepare_cached("SELECT known_at FROM animal WHERE id = ?1")?
        .query_row([animal], |row| row.get(0))
        .optional()?;
    let Some(site) = site.flatten() else {
        return Ok(());
    };
    connection
        .prepare_cached("UPDATE animal SET known_at = NULL WHERE id = ?1")?
        .execute([animal])?;
    let subject = Subject::Animal(animal);
    author.note(connection, subject, "known_at", Some(&site), None)
}

/// What the hub's word about an animal has changed.
enum Effect {
    Nothing,
    Added,
    Changed,
    Removed,
}

/// What counts in this catalogue for all that the hub tells.
struct Here {
    now: Timestamp,
    /// Whether photographs are kept at all.
    keeps_photographs: bool,
    /// The UUIDs of animals that were erased here, which the hub has not heard yet.
    erased: HashSet<String>,
}

impl Here {
    fn of(connection: &Connection) -> Result<Self, Fault> {
        let mut erased = connection
            .prepare_cached("SELECT subject FROM outbox WHERE kind = 'animal_deleted'")?;
        let erased = erased.query_map([], |row| row.get(0))?;
        Ok(Self {
            now: Timestamp::now(),
            keeps_photographs: settings::read(connection)?.keep_photographs,
            erased: erased.collect::<rusqlite::Result<_>>()?,
        })
    }
}

impl ChainGuest {
    /// Whether it is no guest any more.
    fn is_gone(&self) -> bool {
        self.deleted || self.merged_into.is_some()
    }

    /// Refuses what cannot be stored; values of fields are not checked here. Of an animal that is gone,
    /// only id and site are checked, since nothing else is stored.
    fn check(&self) -> Result<(), Refusal> {
        check_uid("id", &self.id)?;
        check_line("site", &self.site, SITE_CHARACTERS)?;
        if self.is_gone() {
            return Ok(());
        }
        if self.site.trim().is_empty() {
            return Err(CatalogueError::invalid("site", FieldError::Empty).into());
        }
        for field in self.fields.values() {
            check_line("by", &field.by, NAME_CHARACTERS)?;
            check_line("site", &field.site, SITE_CHARACTERS)?;
        }
        pictures::check(self)
    }

    fn told(&self) -> Vec<Told<'_>> {
        let fields = self.fields.iter();
        let told = fields.map(|(field, last)| Told {
            field,
            value: &last.value,
            at: last.at,
            by: elsewhere(&last.by, &last.site),
        });
        told.collect()
    }
}

/// The author of what was done at another site, as the history has it.
fn elsewhere(by: &str, site: &str) -> String {
    format!("{by} ({site})")
}

/// Refuses a text that cannot be a UUID in small letters.
fn check_uid(field: &'static str, uid: &str) -> Result<(), Refusal> {
    let is_one = Uuid::try_parse(uid).is_ok_and(|parsed| parsed.to_string() == uid);
    is_one.then_some(()).ok_or(Refusal::NotReadable(field))
}

/// The animal with a UUID; `None` where there is none.
fn find(connection: &Connection, uid: &str) -> Result<Option<Animal>, Fault> {
    let id: Option<AnimalId> = connection
        .prepare_cached("SELECT id FROM animal WHERE uid = ?1")?
        .query_row([uid], |row| row.get(0))
        .optional()?;
    match id {
        Some(id) => animals::find(connection, id),
        None => Ok(None),
    }
}

/// Takes what the hub tells of one animal. All of it is checked before anything is written.
fn take(connection: &Connection, guest: &ChainGuest, here: &Here) -> Result<Effect, NotTaken> {
    guest.check()?;
    let is_gone = guest.is_gone();
    match find(connection, &guest.id)? {
        // One that has been here is of this daycare, whatever is noted.
        Some(animal) if is_gone && animal.known_at.is_some() && animal.visits == 0 => {
            forget(connection, &animal)?;
            Ok(Effect::Removed)
        }
        Some(animal) if is_gone => Ok(gone_elsewhere(connection, &animal, guest, here)?),
        Some(animal) => follow(connection, &animal, guest, here),
        None if is_gone || is_gone_here(connection, guest, here)? => Ok(Effect::Nothing),
        None => add(connection, guest, here),
    }
}

/// Whether an animal was merged or erased here.
fn is_gone_here(connection: &Connection, guest: &ChainGuest, here: &Here) -> Result<bool, Fault> {
    let mut merged = connection.prepare_cached("SELECT 1 FROM merged WHERE uid = ?1")?;
    Ok(here.erased.contains(&guest.id) || merged.exists([&guest.id])?)
}

fn add(connection: &Connection, guest: &ChainGuest, here: &Here) -> Result<Effect, NotTaken> {
    let told = guest.told();
    let id = fields::add(connection, None, guest.created, &told)?;
    connection
        .prepare_cached("UPDATE animal SET uid = ?2, known_at = ?3 WHERE id = ?1")?
        .execute((id, &guest.id, &guest.site))?;
    let animal = animals::one(connection, id)?;
    if let Some(told) = told.iter().find(|told| told.field == "owners") {
        fields::give_owners(connection, &animal, told)?;
    }
    pictures::set_embeddings(connection, &animal, guest)?;
    pictures::set_photograph(connection, &animal, guest.photograph.as_ref(), here)?;
    Ok(Effect::Added)
}

fn follow(
    connection: &Connection,
    animal: &Animal,
    guest: &ChainGuest,
    here: &Here,
) -> Result<Effect, NotTaken> {
    let told = guest.told();
    let mut is_changed = fields::follow(connection, animal, &told, here.now)?;
    is_changed |= fields::follow_owners(connection, animal, &told, here.now)?;
    is_changed |= pictures::set_embeddings(connection, animal, guest)?;
    let photograph = guest.photograph.as_ref();
    is_changed |= pictures::set_photograph(connection, animal, photograph, here)?;
    if animal
        .known_at
        .as_ref()
        .is_some_and(|site| *site != guest.site)
    {
        connection
            .prepare_cached("UPDATE animal SET known_at = ?2 WHERE id = ?1")?
            .execute((animal.id, &guest.site))?;
        is_changed = true;
    }
    Ok(if is_changed {
        Effect::Changed
    } else {
        Effect::Nothing
    })
}

/// Says in the history of an animal of this daycare what has become of it elsewhere. If it was
/// erased there, nothing that came from there is kept but its fields.
fn gone_elsewhere(
    connection: &Connection,
    animal: &Animal,
    guest: &ChainGuest,
    here: &Here,
) -> Result<Effect, Fault> {
    let (field, before, after) = match &guest.merged_into {
        Some(survivor) if !guest.deleted => {
            let number = find(connection, survivor)?.map(|animal| animal.id.to_string());
            // It may not be known here.
            let uid: String = survivor.chars().take(UID_CHARACTERS).collect();
            ("merged_elsewhere", None, Some(number.unwrap_or(uid)))
        }
        _ => {
            pictures::forget(connection, animal.id)?;
            ("deleted_elsewhere", Some(&guest.site), None)
        }
    };
    let is_noted = connection
        .prepare_cached(
            "SELECT 1 FROM change WHERE subject = 'animal' AND subject_id = ?1 AND field = ?2",
        )?
        .exists((animal.id, field))?;
    if is_noted {
        return Ok(Effect::Nothing);
    }
    let author = Author {
        by: &elsewhere(KIOSK, &guest.site),
        at: here.now,
    };
    let subject = Subject::Animal(animal.id);
    let before = before.map(String::as_str);
    author.note(connection, subject, field, before, after.as_deref())?;
    Ok(Effect::Changed)
}

/// Forgets an animal that is only known elsewhere, with its history, and with those of its owners of
/// whom nothing else is known. Its traces on the disk are erased when the catalogue is next tidied.
fn forget(connection: &Connection, animal: &Animal) -> Result<(), Fault> {
    connection.execute(
        "DELETE FROM change WHERE subject = 'animal' AND subject_id = ?1",
        [animal.id],
    )?;
    connection.execute("DELETE FROM animal WHERE id = ?1", [animal.id])?;
    forget_owners(connection, &animal.owners)?;
    leave_traces(connection)
}

/// Forgets those of the former owners of an animal that is only known elsewhere who have no other one, of
/// whom nothing is known but the name, and with whom nobody here has done anything.
fn forget_owners(connection: &Connection, owners: &[AnimalOwner]) -> Result<(), Fault> {
    for owner in owners {
        let forgotten = connection.execute(
            "DELETE FROM owner
             WHERE id = ?1 AND phones = '' AND email = '' AND address = '' AND notes = ''
                   AND NOT EXISTS (SELECT 1 FROM animal_owner WHERE owner = ?1)
                   AND NOT EXISTS (SELECT 1 FROM merged_owner WHERE owner = ?1)
                   AND NOT EXISTS (SELECT 1 FROM change
                                   WHERE subject = 'owner' AND subject_id = ?1
                                         AND by NOT LIKE '% (%)')",
            [owner.id],
        )?;
        if forgotten > 0 {
            connection.execute(
                "DELETE FROM change WHERE subject = 'owner' AND subject_id = ?1",
                [owner.id],
            )?;
            leave_traces(connection)?;
        }
    }
    Ok(())
}
