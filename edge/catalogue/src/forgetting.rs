//! Erases animals and owners for good, and the traces that they leave on the disk.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, OwnerId};
use crate::values::{NAME_CHARACTERS, check_line};
use crate::{Catalogue, CatalogueError, animals, outbox, owners, visits};

impl Catalogue {
    /// Erases an animal for good, at its household's request: what staff entered, its bookings, its
    /// history, the photographs of its visits and what was noted about its stays. So are the animals
    /// that were merged into it. The visits stay, without animal and photograph. So do its owners: see
    /// [`Catalogue::owners_of_only`]. Nothing of it is left in any file of the catalogue.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot be written. Where the animal is
    /// erased and its traces cannot be, they are erased when the catalogue is tidied.
    pub fn delete_animal(&self, id: AnimalId, by: &str) -> Result<(), CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        let author = Author::now(by);
        self.connections.write(|transaction| {
            animals::one(transaction, id)?;
            outbox::animal_deleted(transaction, id, author)?;
            erase(transaction, id, author)
        })?;
        self.erase_traces()
    }

    /// Erases an owner for good: what staff entered, and its history. The animals stay, without this
    /// owner. Nothing of the owner is left in any file of the catalogue.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchOwner`], or when the catalogue cannot be written. Traces are as in
    /// [`Catalogue::delete_animal`].
    pub fn erase_owner(&self, id: OwnerId, by: &str) -> Result<(), CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            owners::one(transaction, id)?;
            let told = outbox::owner_told(transaction, id)?;
            let (author, subject) = (Author::now(by), Subject::Owner(id));
            transaction.execute(
                "DELETE FROM change WHERE subject = ?1 AND subject_id = ?2",
                subject.key(),
            )?;
            transaction.execute("DELETE FROM owner WHERE id = ?1", [id])?;
            outbox::owner_erased(transaction, told, author)?;
            leave_traces(transaction)?;
            author.note(transaction, subject, "deleted", None, Some("true"))
        })?;
        self.erase_traces()
    }

    /// Erases the traces of what was forgotten: photographs with their links, and what is left in the
    /// unused parts of the database and in its write-ahead log. While somebody still reads a former
    /// state of the database, they stay until the catalogue is next tidied.
    pub(crate) fn erase_traces(&self) -> Result<(), CatalogueError> {
        let traces = self
            .connections
            .read(|connection| Ok(traces(connection)?))?;
        let Some((last, photographs)) = traces else {
            return Ok(());
        };
        self.remove_everywhere(&photographs)?;
        match self.connections.rewrite() {
            Err(error @ CatalogueError::Locked { .. }) => {
                tracing::warn!(%error, "what was forgotten is erased from the disk later");
                return Ok(());
            }
            rewritten => rewritten?,
        }
        self.connections.write(|transaction| {
            transaction.execute("DELETE FROM forgotten WHERE id <= ?1", [last])?;
            Ok(())
        })
    }

    /// Removes photographs from all folders of the catalogue.
    fn remove_everywhere(&self, photographs: &BTreeSet<String>) -> Result<(), CatalogueError> {
        if photographs.is_empty() {
            return Ok(());
        }
        let mut examples = self.training.examples()?;
        examples.retain(|example| photographs.contains(&example.photograph));
        let unlinked = (examples.iter()).map(|example| self.training.remove(example));
        let removed = (photographs.iter()).map(|name| self.photographs.remove(name));
        // All of them are tried; the first error is the one to report.
        unlinked.chain(removed).fold(Ok(()), Result::and)?;
        self.photographs.sync()
    }
}

/// Erases an animal as [`Catalogue::delete_animal`] does, but for its traces.
pub(crate) fn erase(
    connection: &Connection,
    id: AnimalId,
    author: Author<'_>,
) -> Result<(), Fault> {
    release_visits(connection, id, author)?;
    let subject = Subject::Animal(id);
    connection.execute(
        "DELETE FROM change WHERE subject = ?1 AND subject_id IN (
             SELECT ?2 UNION ALL SELECT id FROM merged WHERE survivor = ?2)",
        subject.key(),
    )?;
    // With it go the animals that were merged into it.
    connection.execute("DELETE FROM animal WHERE id = ?1", [id])?;
    leave_traces(connection)?;
    author.note(connection, subject, "deleted", None, Some("true"))
}

/// Notes that records were forgotten whose traces have to be erased.
pub(crate) fn leave_traces(connection: &Connection) -> Result<(), Fault> {
    connection.execute("INSERT INTO forgotten (photograph) VALUES (NULL)", [])?;
    Ok(())
}

/// Takes an animal off its visits, together with what would tell of it.
fn release_visits(connection: &Connection, id: AnimalId, author: Author<'_>) -> Result<(), Fault> {
    let mut found = Vec::new();
    visits::each(connection, "WHERE v.animal = ?1", [id], |record| {
        found.push(Subject::Visit(record.visit.id));
        Ok(())
    })?;
    let number = id.to_string();
    for visit in found {
        author.note(connection, visit, "animal", Some(&number), None)?;
    }
    connection.execute(
        "INSERT INTO forgotten (photograph)
         SELECT photograph FROM visit WHERE animal = ?1 AND photograph IS NOT NULL",
        [id],
    )?;
    connection.execute(
        "UPDATE visit SET animal = NULL, photograph = NULL, photograph_bytes = 0,
                          embedding = NULL, belongings = '', run = ''
         WHERE animal = ?1",
        [id],
    )?;
    connection.execute(
        "UPDATE visit SET departed = NULL, left_at = NULL, checked_out_at = NULL,
                          checked_out_by = NULL
         WHERE departed = ?1",
        [id],
    )?;
    Ok(())
}

/// The last entry of what was forgotten since traces were last erased, and its photographs; `None`
/// where nothing was. A photograph that belongs to a visit again, such as one of a restored backup, is
/// no trace.
fn traces(connection: &Connection) -> rusqlite::Result<Option<(i64, BTreeSet<String>)>> {
    let snapshot = connection.unchecked_transaction()?;
    let last: Option<i64> =
        snapshot.query_row("SELECT max(id) FROM forgotten", [], |row| row.get(0))?;
    let Some(last) = last else {
        return Ok(None);
    };
    let photographs: BTreeSet<String> = snapshot
        .prepare_cached(
            "SELECT photograph FROM forgotten WHERE photograph IS NOT NULL
             EXCEPT SELECT photograph FROM visit
             EXCEPT SELECT photograph FROM negative",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some((last, photographs)))
}
