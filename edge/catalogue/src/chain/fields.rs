//! The fields of an animal that the sites of a chain share: checks what comes from the hub, and has the
//! later change of each field stand.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use jiff::Timestamp;
use recognise::metadata::Species;
use rusqlite::{Connection, OptionalExtension};
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::animals::{self, Animal, AnimalFields};
use crate::connections::Fault;
use crate::history::{self, Author, Subject};
use crate::ids::{AnimalId, OTHER_BREED, OwnerId};
use crate::owners::OwnerFields;
use crate::ownership::{self, OwnerChoice};
use crate::values::{At, NAME_CHARACTERS, check_line};
use crate::{CatalogueError, FieldError};

/// The most owners of an animal.
const OWNERS: usize = 10;

/// The fields that are shared.
pub(super) const SHARED: [&str; 7] = [
    "name",
    "species",
    "breed",
    "breed_name",
    "warnings",
    "vaccinations",
    "owners",
];

/// Without these there is no animal.
const NEEDED: [&str; 3] = ["name", "species", "breed"];

/// Why something that comes from the hub is not taken. Nothing of its content is in the reason.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("{0}: missing")]
    Missing(&'static str),
    #[error("{0}: not a value that can be stored")]
    NotReadable(&'static str),
    #[error("photograph: not a JPEG of at most 48 KiB")]
    NotAPhotograph,
    #[error(transparent)]
    Field(#[from] CatalogueError),
}

/// Why work on what comes from the hub ends early.
pub(super) enum NotTaken {
    /// It cannot be stored.
    Because(Refusal),
    /// The catalogue cannot be read or written.
    Fault(Fault),
}

impl From<Refusal> for NotTaken {
    fn from(refusal: Refusal) -> Self {
        Self::Because(refusal)
    }
}

impl From<CatalogueError> for NotTaken {
    fn from(error: CatalogueError) -> Self {
        Self::Because(Refusal::Field(error))
    }
}

impl From<Fault> for NotTaken {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<rusqlite::Error> for NotTaken {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(Fault::Sql(error))
    }
}

/// A value that can be read as what it should be.
pub(super) fn read<T: DeserializeOwned>(field: &'static str, value: &Value) -> Result<T, Refusal> {
    serde_json::from_value(value.clone()).map_err(|_| Refusal::NotReadable(field))
}

/// What the hub tells of one field.
pub(super) struct Told<'a> {
    pub(super) field: &'a str,
    pub(super) value: &'a Value,
    /// When it was changed last.
    pub(super) at: Timestamp,
    /// Who did that, as the history has it.
    pub(super) by: String,
}

impl Told<'_> {
    pub(super) fn author(&self) -> Author<'_> {
        Author {
            by: &self.by,
            at: self.at,
        }
    }
}

/// The shared fields of an animal, among the others.
#[derive(Clone)]
struct Shared {
    fields: AnimalFields,
    owners: BTreeSet<String>,
}

impl Shared {
    fn of(animal: &Animal) -> Self {
        let names = animal.owners.iter().map(|owner| owner.name.clone());
        Self {
            fields: animal.fields.clone(),
            owners: names.collect(),
        }
    }

    /// The fields with what the hub tells, in their normal form.
    fn with<'a, 'b: 'a>(
        mut self,
        told: impl Iterator<Item = &'a Told<'b>>,
    ) -> Result<Self, Refusal> {
        for told in told {
            self.put(told)?;
        }
        // A breed with an id of its own has no other name, whichever of both was changed last.
        if self.fields.breed.as_str() != OTHER_BREED {
            self.fields.breed_name = None;
        }
        self.fields = self.fields.checked()?;
        if self.owners.len() > OWNERS {
            let reason = FieldError::TooMany { most: OWNERS };
            return Err(CatalogueError::invalid("owners", reason).into());
        }
        for owner in &self.owners {
            if owner.is_empty() {
                return Err(CatalogueError::invalid("owners", FieldError::Empty).into());
            }
            check_line("owners", owner, NAME_CHARACTERS)?;
        }
        Ok(self)
    }

    /// Fields that only newer kiosks know are passed over.
    fn put(&mut self, told: &Told<'_>) -> Result<(), Refusal> {
        let value = told.value;
        match told.field {
            "name" => self.fields.name = read("name", value)?,
            "species" => self.fields.species = read("species", value)?,
            "breed" => self.fields.breed = read("breed", value)?,
            "breed_name" => self.fields.breed_name = read("breed_name", value)?,
            "warnings" => self.fields.warnings = read("warnings", value)?,
            "vaccinations" => {
                self.fields.vaccinations = read("vaccinations", value)?;
                self.fields.vaccinated_until = None;
            }
            "owners" => {
                let names: Vec<String> = read("owners", value)?;
                self.owners = names.iter().map(|name| name.trim().to_owned()).collect();
            }
            _ => {}
        }
        Ok(())
    }
}

/// Adds an animal that the hub tells of, with the number `number` where that is given.
pub(super) fn add(
    connection: &Connection,
    number: Option<AnimalId>,
    created: Timestamp,
    told: &[Told<'_>],
) -> Result<AnimalId, NotTaken> {
    for needed in NEEDED {
        if !told.iter().any(|told| told.field == needed) {
            return Err(Refusal::Missing(needed).into());
        }
    }
    let nothing = Shared {
        fields: AnimalFields::new("", Species::Dog, OTHER_BREED),
        owners: BTreeSet::new(),
    };
    let shared = nothing.with(told.iter())?;
    let id = animals::insert(connection, number, &shared.fields, created)?;
    for told in told.iter().filter(|told| told.field == "name") {
        let name = Some(&*shared.fields.name);
        (told.author()).note(connection, Subject::Animal(id), "name", None, name)?;
    }
    Ok(id)
}

/// Applies the hub's fields to an animal: of each field, the later change stands. Its owners are for
/// [`follow_owners`]. Returns whether something has changed.
pub(super) fn follow(
    connection: &Connection,
    animal: &Animal,
    told: &[Told<'_>],
    now: Timestamp,
) -> Result<bool, NotTaken> {
    let times = Times::of(connection, animal, now)?;
    let newer: Vec<&Told<'_>> = told.iter().filter(|told| times.are_before(told)).collect();
    let before = history::fields(&animal.fields);
    let after = Shared::of(animal).with(newer.iter().copied())?.fields;
    if after == animal.fields {
        return Ok(false);
    }
    animals::update(connection, animal.id, &after)?;
    for (field, value) in history::fields(&after) {
        let former = before.get(&field);
        if former == Some(&value) {
            continue;
        }
        if let Some(told) = source(&newer, &field) {
            let former = former.and_then(history::readable);
            told.author().note(
                connection,
                Subject::Animal(animal.id),
                &field,
                former.as_deref(),
                history::readable(&value).as_deref(),
            )?;
        }
    }
    Ok(true)
}

/// What has changed a field: the change of this field, or of the one that it follows from.
fn source<'a, 'b>(newer: &[&'a Told<'b>], field: &str) -> Option<&'a Told<'b>> {
    let followed = match field {
        "vaccinated_until" => "vaccinations",
        "breed_name" => "breed",
        field => field,
    };
    let find = |wanted: &str| newer.iter().copied().find(|told| told.field == wanted);
    find(field).or_else(|| find(followed))
}

/// Gives an animal the owners of whom the hub tells, where that is the later change. Returns whether
/// something has changed.
pub(super) fn follow_owners(
    connection: &Connection,
    animal: &Animal,
    told: &[Told<'_>],
    now: Timestamp,
) -> Result<bool, NotTaken> {
    let times = Times::of(connection, animal, now)?;
    match told.iter().find(|told| told.field == "owners") {
        Some(told) if times.are_before(told) => give_owners(connection, animal, told),
        _ => Ok(false),
    }
}

/// Gives an animal the owners of these names. Those of them that it has stay. Of the others only the
/// name is known, so each is somebody new, unless there is an owner of whom no more is known than this
/// name, and whose animals are known at the same site: an owner with a telephone number may be another
/// person of that name. Of an animal that is only known elsewhere, those who were owners are forgotten if
/// they were known for it alone. Returns whether something has changed.
pub(super) fn give_owners(
    connection: &Connection,
    animal: &Animal,
    told: &Told<'_>,
) -> Result<bool, NotTaken> {
    let before = Shared::of(animal);
    let after = before.clone().with(iter::once(told))?.owners;
    if after == before.owners {
        return Ok(false);
    }
    let stays = |owner: &&ownership::AnimalOwner| after.contains(&owner.name);
    let stay = animal.owners.iter().filter(stays);
    let mut choices: Vec<OwnerChoice> = stay.map(|owner| OwnerChoice::Known(owner.id)).collect();
    for name in after.difference(&before.owners) {
        choices.push(match known_by_name(connection, name, animal)? {
            Some(owner) => OwnerChoice::Known(owner),
            None => OwnerChoice::New(OwnerFields {
                name: name.clone(),
                ..OwnerFields::default()
            }),
        });
    }
    // Two of its owners may have the same name.
    choices.truncate(OWNERS);
    ownership::give(connection, animal.id, &choices, told.author())?;
    if animal.known_at.is_some() {
        super::forget_owners(connection, &animal.owners)?;
    }
    Ok(true)
}

/// An owner of whom only the name is known, with animals that are known where this one is.
fn known_by_name(
    connection: &Connection,
    name: &str,
    animal: &Animal,
) -> Result<Option<OwnerId>, Fault> {
    let found = connection
        .prepare_cached(
            "SELECT o.id FROM owner o
             WHERE o.name = ?1 AND o.phones = '' AND o.email = '' AND o.address = ''
                   AND o.notes = ''
                   AND EXISTS (SELECT 1 FROM animal_owner l JOIN animal a ON a.id = l.animal
                               WHERE l.owner = o.id AND a.known_at IS ?2)
             ORDER BY o.id LIMIT 1",
        )?
        .query_row((name, &animal.known_at), |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// When the fields of an animal were changed last, as far as this catalogue knows.
struct Times {
    changed: BTreeMap<String, Timestamp>,
    created: Timestamp,
}

impl Times {
    /// What is dated after `now` comes of a clock that was wrong, and does not count.
    fn of(connection: &Connection, animal: &Animal, now: Timestamp) -> Result<Self, Fault> {
        let mut statement = connection.prepare_cached(
            "SELECT field, max(at) FROM change
             WHERE subject = 'animal' AND subject_id = ?1 AND at <= ?2 GROUP BY field
             UNION ALL
             SELECT 'owner', max(c.at) FROM change c JOIN animal_owner l ON l.owner = c.subject_id
             WHERE c.subject = 'owner' AND c.field = 'name' AND c.before IS NOT NULL
                   AND c.at <= ?2 AND l.animal = ?1",
        )?;
        let rows = statement.query_map((animal.id, At(now)), |row| {
            let (field, at): (String, Option<At>) = (row.get(0)?, row.get(1)?);
            Ok((field, at))
        })?;
        let mut changed: BTreeMap<String, Timestamp> = BTreeMap::new();
        for row in rows {
            if let (field, Some(At(at))) = row? {
                let last = changed.entry(field).or_insert(at);
                *last = at.max(*last);
            }
        }
        let created = Some(animal.created).filter(|created| *created <= now);
        Ok(Self {
            changed,
            created: created.unwrap_or(Timestamp::MIN),
        })
    }

    /// Whether the field was not changed here after what the hub tells.
    fn are_before(&self, told: &Told<'_>) -> bool {
        let field = match told.field {
            "owners" => "owner",
            field => field,
        };
        let last = self.changed.get(field).copied();
        told.at >= last.unwrap_or(self.created)
    }
}
