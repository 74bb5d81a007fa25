//! Merges two animals that are the same one, and splits them again where they are not.
//!
//! What a merged animal was stays in the tables `merged`, `merged_visit`, `merged_day`, `merged_owner`
//! and `merged_booking` for as long as the animal that it is now, the survivor, exists. Its history
//! stays where it is, and is read together with that of the survivor.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use crate::animals::{self, Animal, AnimalFields};
use crate::connections::Fault;
use crate::history::{self, Author, Subject};
use crate::ids::AnimalId;
use crate::merged_fields::{emptied, filled};
use crate::outbox::{self, Changed, EventKind};
use crate::values::{At, NAME_CHARACTERS, check_line, json};
use crate::{Catalogue, CatalogueError, chain, merged_parts, tags};

/// An animal that was merged into another one.
///
/// ```
/// use catalogue::{AnimalFields, Catalogue};
/// use recognise::metadata::Species;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let bella = catalogue.add_animal(&AnimalFields::new("Bella", Species::Dog, "pug"), "ana")?;
/// let belle = catalogue.add_animal(&AnimalFields::new("Belle", Species::Dog, "pug"), "ben")?;
/// catalogue.merge_animals(bella, belle, "ana")?;
/// let merged = catalogue.merged_into(bella)?;
/// assert_eq!((merged[0].id, merged[0].survivor), (belle, bella));
///
/// // They are two after all.
/// let again = catalogue.split_animal(bella, belle, "ana")?;
/// assert_eq!(again.fields.name, "Belle");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Merged {
    /// The number that it had.
    pub id: AnimalId,
    /// The animal of the catalogue that it is now.
    pub survivor: AnimalId,
    /// What staff had entered about it.
    pub fields: AnimalFields,
    /// When it was merged.
    pub at: Timestamp,
    /// Who merged it.
    pub by: String,
}

impl Catalogue {
    /// Merges `other` into `survivor`: visits, expected days, bookings, owners, tags and history of both
    /// are those of the survivor. The survivor's fields stay as they are; empty ones are filled from
    /// the other. A survivor that is only known elsewhere is adopted.
    ///
    /// # Errors
    /// [`CatalogueError::MergeWithItself`], [`CatalogueError::NoSuchAnimal`], or when the catalogue
    /// cannot be written.
    pub fn merge_animals(
        &self,
        survivor: AnimalId,
        other: AnimalId,
        by: &str,
    ) -> Result<Animal, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        if survivor == other {
            return Err(CatalogueError::MergeWithItself(survivor));
        }
        self.connections.write(|transaction| {
            let before = animals::one(transaction, survivor)?;
            let merged = animals::one(transaction, other)?;
            let author = Author::now(by);
            let survivor_uid = outbox::animal_uid(transaction, survivor)?;
            let other_uid = outbox::animal_uid(transaction, other)?;
            let fields = filled(&before.fields, &merged.fields);
            keep(
                transaction,
                author,
                &merged,
                &before.fields,
                &fields,
                survivor,
            )?;
            move_visits(transaction, author, other, survivor)?;
            merged_parts::move_all(transaction, other, survivor)?;
            transaction.execute(
                "INSERT OR IGNORE INTO expected (day, animal)
                 SELECT day, ?2 FROM expected WHERE animal = ?1",
                (other, survivor),
            )?;
            transaction.execute(
                "UPDATE merged SET survivor = ?2 WHERE survivor = ?1",
                (other, survivor),
            )?;
            transaction.execute("DELETE FROM animal WHERE id = ?1", [other])?;
            animals::update(transaction, survivor, &fields)?;
            chain::adopt(transaction, survivor, author)?;

            let (subject, number) = (Subject::Animal(survivor), other.to_string());
            author.note(transaction, subject, "merged", None, Some(&number))?;
            author.note_all(transaction, subject, &before.fields, &fields)?;
            let kind = EventKind::Merge;
            outbox::parted(transaction, kind, &survivor_uid, &other_uid, author)?;
            outbox::animal(transaction, survivor, Changed::Since(&before), author)?;
            animals::one(transaction, survivor)
        })
    }

    /// Splits a merged animal off the survivor again: it comes back with its number, its fields, its
    /// tag, its history, its expected days and its owners, and with those of its visits and bookings
    /// that are still the survivor's. Fields of the survivor that were filled from it are empty again,
    /// unless they have changed since.
    ///
    /// # Errors
    /// [`CatalogueError::NotMerged`] where it is not part of the survivor;
    /// [`CatalogueError::MergedFurther`] where it was merged into another animal that was itself
    /// merged into the survivor later; [`CatalogueError::Invalid`] where another animal has its tag
    /// by now; or when the catalogue cannot be written.
    pub fn split_animal(
        &self,
        survivor: AnimalId,
        merged: AnimalId,
        by: &str,
    ) -> Result<Animal, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let kept = Kept::read(transaction, survivor, merged)?;
            let author = Author::now(by);

            let before = animals::one(transaction, survivor)?;
            let fields = emptied(&before.fields, &kept.merged.fields, &kept.filled);
            animals::update(transaction, survivor, &fields)?;
            transaction.execute("UPDATE merged SET tag = NULL WHERE id = ?1", [merged])?;
            tags::check_free(transaction, kept.merged.fields.tag.as_deref(), None)?;
            animals::insert(transaction, Some(merged), &kept.merged.fields, kept.created)?;
            return_visits(transaction, author, merged, survivor)?;
            return_days(transaction, merged, survivor)?;
            merged_parts::return_all(transaction, merged, survivor)?;
            return_merged(transaction, merged)?;
            merged_parts::return_embeddings(transaction, merged)?;
            transaction.execute("DELETE FROM merged WHERE id = ?1", [merged])?;

            let (subject, number) = (Subject::Animal(survivor), merged.to_string());
            author.note(transaction, subject, "merged", Some(&number), None)?;
            author.note_all(transaction, subject, &before.fields, &fields)?;
            let (subject, number) = (Subject::Animal(merged), survivor.to_string());
            author.note(transaction, subject, "merged", Some(&number), None)?;
            tell_split(transaction, author, &before, merged)?;
            animals::one(transaction, merged)
        })
    }

    /// The animals that were merged into an animal and that [`Catalogue::split_animal`] can split
    /// off, in the order in which they were merged.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn merged_into(&self, animal: AnimalId) -> Result<Vec<Merged>, CatalogueError> {
        self.connections.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{KEPT} WHERE parent = ?1 AND survivor = ?1 ORDER BY at, id"
            ))?;
            let kept = statement.query_map([animal], Kept::from_row)?;
            let merged = kept.map(|kept| kept.map(|kept| kept.merged));
            Ok(merged.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The animal of this number that was merged into another one; `None` where none was.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn merged_animal(&self, id: AnimalId) -> Result<Option<Merged>, CatalogueError> {
        self.connections.read(|connection| {
            let kept = connection
                .prepare_cached(&format!("{KEPT} WHERE id = ?1"))?
                .query_row([id], Kept::from_row)
                .optional()?;
            Ok(kept.map(|kept| kept.merged))
        })
    }
}

/// The animal of the catalogue that an animal is now: itself, or the one that it was merged into.
/// `None` where it was deleted.
pub(crate) fn present(
    connection: &Connection,
    animal: AnimalId,
) -> Result<Option<AnimalId>, Fault> {
    let present = connection
        .prepare_cached(
            "SELECT id FROM animal WHERE id = ?1
             UNION ALL SELECT survivor FROM merged WHERE id = ?1",
        )?
        .query_row([animal], |row| row.get(0))
        .optional()?;
    Ok(present)
}

/// All animals that an animal is made of besides itself, in the order in which they were merged.
pub(crate) fn parts(connection: &Connection, animal: AnimalId) -> Result<Vec<Merged>, Fault> {
    let mut statement =
        connection.prepare_cached(&format!("{KEPT} WHERE survivor = ?1 ORDER BY at, id"))?;
    let kept = statement.query_map([animal], Kept::from_row)?;
    let merged = kept.map(|kept| kept.map(|kept| kept.merged));
    Ok(merged.collect::<rusqlite::Result<_>>()?)
}

/// A merged animal with all that is needed to split it off again.
struct Kept {
    merged: Merged,
    parent: AnimalId,
    created: Timestamp,
    /// The survivor's fields that were filled from it.
    filled: Vec<String>,
}

/// Selects all columns of a merged animal for [`Kept::from_row`].
const KEPT: &str = "SELECT id, survivor, fields, at, by, parent, created, filled FROM merged";

impl Kept {
    /// The merged animal of this number, where it can be split off the survivor.
    fn read(connection: &Connection, survivor: AnimalId, id: AnimalId) -> Result<Self, Fault> {
        let kept = connection
            .prepare_cached(&format!("{KEPT} WHERE id = ?1 AND survivor = ?2"))?
            .query_row((id, survivor), Self::from_row)
            .optional()?
            .ok_or(CatalogueError::NotMerged(id))?;
        if kept.parent == survivor {
            Ok(kept)
        } else {
            let (animal, parent) = (id, kept.parent);
            Err(CatalogueError::MergedFurther { animal, parent }.into())
        }
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            merged: Merged {
                id: row.get(0)?,
                survivor: row.get(1)?,
                fields: json(row, 2)?,
                at: row.get::<_, At>(3)?.0,
                by: row.get(4)?,
            },
            parent: row.get(5)?,
            created: row.get::<_, At>(6)?.0,
            filled: json(row, 7)?,
        })
    }
}

/// Keeps what an animal is before it is merged. `before` and `after` are the survivor's fields.
fn keep(
    connection: &Connection,
    author: Author<'_>,
    merged: &Animal,
    before: &AnimalFields,
    after: &AnimalFields,
    survivor: AnimalId,
) -> Result<(), Fault> {
    let filled = history::differing(before, after);
    let is_tag_filled = filled.iter().any(|field| field == "tag");
    let tag = (merged.fields.tag.as_deref()).filter(|_| !is_tag_filled);
    connection.execute(
        "INSERT INTO merged (id, survivor, parent, at, by, fields, created, filled, tag, uid, known_at)
         VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT uid FROM animal WHERE id = ?1), ?9)",
        (
            merged.id,
            survivor,
            At(author.at),
            author.by,
            serde_json::json!(merged.fields).to_string(),
            At(merged.created),
            serde_json::json!(filled).to_string(),
            tag,
            &merged.known_at,
        ),
    )?;
    connection.execute(
        "INSERT INTO merged_visit (merged, visit) SELECT ?1, id FROM visit WHERE animal = ?1",
        [merged.id],
    )?;
    // A day on which the survivor is expected only because of an earlier merge is not its own.
    connection.execute(
        "INSERT INTO merged_day (merged, day, added)
         SELECT ?1, day, NOT EXISTS (SELECT 1 FROM expected own
                                     WHERE own.animal = ?2 AND own.day = expected.day)
                         OR EXISTS (SELECT 1 FROM merged_day d JOIN merged m ON m.id = d.merged
                                    WHERE m.parent = ?2 AND d.day = expected.day AND d.added)
         FROM expected WHERE animal = ?1",
        (merged.id, survivor),
    )?;
    merged_parts::keep(connection, merged.id, survivor)
}

/// Tells that an animal was split off the survivor, and what both are now.
fn tell_split(
    connection: &Connection,
    author: Author<'_>,
    before: &Animal,
    merged: AnimalId,
) -> Result<(), Fault> {
    let survivor = outbox::animal_uid(connection, before.id)?;
    let other = outbox::animal_uid(connection, merged)?;
    outbox::parted(connection, EventKind::Split, &survivor, &other, author)?;
    outbox::animal_again(connection, before.id, Some(before), false, author)?;
    outbox::animal_again(connection, merged, None, false, author)
}

/// Gives all visits of an animal to another one, and notes that for each.
fn move_visits(
    connection: &Connection,
    author: Author<'_>,
    from: AnimalId,
    to: AnimalId,
) -> Result<(), Fault> {
    let its_own = "animal = ?1";
    give(connection, author, its_own, from, to)
}

/// Gives a split animal those of its visits back that are still the survivor's.
fn return_visits(
    connection: &Connection,
    author: Author<'_>,
    merged: AnimalId,
    survivor: AnimalId,
) -> Result<(), Fault> {
    let formerly = "animal = ?1 AND id IN (SELECT visit FROM merged_visit WHERE merged = ?2)";
    give(connection, author, formerly, survivor, merged)
}

/// Gives the visits of `from` that are `chosen` to another animal, and notes that for each.
fn give(
    connection: &Connection,
    author: Author<'_>,
    chosen: &str,
    from: AnimalId,
    to: AnimalId,
) -> Result<(), Fault> {
    connection.execute(
        &format!(
            "INSERT INTO change (at, by, subject, subject_id, field, before, after)
             SELECT ?3, ?4, 'visit', id, 'animal', CAST(?1 AS TEXT), CAST(?2 AS TEXT)
             FROM visit WHERE {chosen} ORDER BY id"
        ),
        (from, to, At(author.at), author.by),
    )?;
    connection.execute(
        // Who was checked out stays checked out.
        &format!(
            "UPDATE visit
             SET animal = ?2, departed = CASE departed WHEN ?1 THEN ?2 ELSE departed END
             WHERE {chosen}"
        ),
        (from, to),
    )?;
    Ok(())
}

/// Gives a split animal its expected days back, and takes those from the survivor that it has only
/// from this animal: those on which staff expect the survivor itself stay (see
/// [`Catalogue::expect`]).
fn return_days(connection: &Connection, merged: AnimalId, survivor: AnimalId) -> Result<(), Fault> {
    connection.execute(
        "INSERT INTO expected (day, animal) SELECT day, ?1 FROM merged_day WHERE merged = ?1",
        [merged],
    )?;
    connection.execute(
        "DELETE FROM expected WHERE animal = ?2 AND day IN (
             SELECT day FROM merged_day WHERE merged = ?1 AND added
             EXCEPT SELECT d.day FROM merged_day d JOIN merged m ON m.id = d.merged
                    WHERE m.parent = ?2 AND m.id <> ?1)",
        (merged, survivor),
    )?;
    Ok(())
}

/// Gives a split animal those animals back that had been merged into it.
fn return_merged(connection: &Connection, merged: AnimalId) -> Result<(), Fault> {
    connection.execute(
        "WITH RECURSIVE below (id) AS (
             SELECT id FROM merged WHERE parent = ?1
             UNION SELECT m.id FROM merged m JOIN below ON m.parent = below.id)
         UPDATE merged SET survivor = ?1 WHERE id IN (SELECT id FROM below)",
        [merged],
    )?;
    Ok(())
}
