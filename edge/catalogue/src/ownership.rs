//! Records which animals belong to whom.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde::Serialize;

use crate::animals::{self, Animal, AnimalFields};
use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, OwnerId};
use crate::outbox::{self, Changed};
use crate::owners::{self, OwnerFields};
use crate::values::{NAME_CHARACTERS, check_line};
use crate::{Catalogue, CatalogueError, FieldError, Mark};

/// The most owners of an animal.
const MOST: usize = 10;

/// An owner, as far as an animal's record has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnimalOwner {
    /// The owner's number.
    pub id: OwnerId,
    /// The owner's name.
    pub name: String,
    /// Telephone numbers; the one to try first comes first.
    pub phones: Vec<String>,
}

/// Somebody whom an animal belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerChoice {
    /// An owner of the catalogue.
    Known(OwnerId),
    /// Somebody who is added together with the animal.
    New(OwnerFields),
}

impl Animal {
    /// Its owners, as they are chosen.
    #[must_use]
    pub fn owner_choices(&self) -> Vec<OwnerChoice> {
        let owners = self.owners.iter().map(|owner| owner.id);
        owners.map(OwnerChoice::Known).collect()
    }
}

impl Catalogue {
    /// Adds an animal with its owners, all or nothing.
    ///
    /// # Errors
    /// As [`Catalogue::add_animal`] and [`Catalogue::add_owner`], and
    /// [`CatalogueError::NoSuchOwner`].
    pub fn add_owned_animal(
        &self,
        animal: &AnimalFields,
        owners: &[OwnerChoice],
        by: &str,
    ) -> Result<AnimalId, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let author = Author::now(by);
            let id = animals::add(transaction, animal, author)?;
            give(transaction, id, owners, author)?;
            outbox::animal(transaction, id, Changed::All, author)?;
            Ok(id)
        })
    }

    /// Changes what staff entered about an animal, and whose it is, all or nothing. It belongs to
    /// these owners and to no others from then on. `seen` is the mark of the animal as staff saw it;
    /// without it, that is not checked.
    ///
    /// # Errors
    /// As [`Catalogue::change_animal`] and [`Catalogue::add_owner`], and
    /// [`CatalogueError::NoSuchOwner`] or [`CatalogueError::Outdated`].
    pub fn change_owned_animal(
        &self,
        id: AnimalId,
        fields: &AnimalFields,
        owners: &[OwnerChoice],
        seen: Option<&Mark>,
        by: &str,
    ) -> Result<Animal, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let author = Author::now(by);
            let before = animals::one(transaction, id)?;
            animals::change(transaction, id, fields, author)?;
            give(transaction, id, owners, author)?;
            let after = animals::one(transaction, id)?;
            Mark::check(seen, &before.mark(), &after.mark())?;
            outbox::animal(transaction, id, Changed::Since(&before), author)?;
            Ok(after)
        })
    }
}

/// Replaces the owners of an animal by these. The history has their numbers and not their names, so
/// that nothing is left of one who is erased.
pub(crate) fn give(
    connection: &Connection,
    animal: AnimalId,
    owners: &[OwnerChoice],
    author: Author<'_>,
) -> Result<(), Fault> {
    if owners.len() > MOST {
        let reason = FieldError::TooMany { most: MOST };
        return Err(CatalogueError::invalid("owners", reason).into());
    }
    let mut after = BTreeSet::new();
    for owner in owners {
        after.insert(match owner {
            OwnerChoice::Known(id) => owners::one(connection, *id)?.id,
            OwnerChoice::New(fields) => owners::add(connection, fields, author)?,
        });
    }
    let before = of_animal(connection, animal)?;
    let subject = Subject::Animal(animal);
    for gone in before.difference(&after) {
        connection
            .prepare_cached("DELETE FROM animal_owner WHERE animal = ?1 AND owner = ?2")?
            .execute((animal, gone))?;
        let number = gone.to_string();
        author.note(connection, subject, "owner", Some(&number), None)?;
    }
    for added in after.difference(&before) {
        connection
            .prepare_cached("INSERT INTO animal_owner (animal, owner) VALUES (?1, ?2)")?
            .execute((animal, added))?;
        // It keeps this owner, whatever is split off it.
        connection
            .prepare_cached(
                "UPDATE merged_owner SET added = 0
                 WHERE owner = ?2 AND merged IN (SELECT id FROM merged WHERE parent = ?1)",
            )?
            .execute((animal, added))?;
        let number = added.to_string();
        author.note(connection, subject, "owner", None, Some(&number))?;
    }
    Ok(())
}

fn of_animal(connection: &Connection, animal: AnimalId) -> Result<BTreeSet<OwnerId>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT owner FROM animal_owner WHERE animal = ?1")?;
    let owners = statement.query_map([animal], |row| row.get(0))?;
    Ok(owners.collect::<rusqlite::Result<_>>()?)
}
