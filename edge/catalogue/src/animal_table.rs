//! Reads and writes the table of animals.

use jiff::Timestamp;
use jiff::civil::Date;
use recognise::BreedId;
use recognise::metadata::Species;
use recognise::text::fold;
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::CatalogueError;
use crate::animals::{Animal, AnimalFields};
use crate::connections::Fault;
use crate::ids::{AnimalId, OwnerId};
use crate::outbox::new_uid;
use crate::ownership::AnimalOwner;
use crate::values::{At, Text, json};

/// Inserts an animal, with a new number, or with its former one and its former identity. Its fields are
/// in the normal form.
pub(crate) fn insert(
    connection: &Connection,
    id: Option<AnimalId>,
    fields: &AnimalFields,
    created: Timestamp,
) -> Result<AnimalId, Fault> {
    // The columns that staff fill in are listed once, where they are updated.
    connection
        .prepare_cached(
            "INSERT INTO animal (id, name, species, breed, notes, contact, warnings, created, uid,
                                 known_at)
             VALUES (?1, '', ?2, '', '', '', '', ?3,
                     coalesce((SELECT uid FROM merged WHERE id = ?1), ?4),
                     (SELECT known_at FROM merged WHERE id = ?1))",
        )?
        .execute((id, Text(fields.species), At(created), new_uid()))?;
    let id = AnimalId(connection.last_insert_rowid());
    update(connection, id, fields)?;
    Ok(id)
}

/// Replaces an animal's fields. They are in the normal form.
pub(crate) fn update(
    connection: &Connection,
    id: AnimalId,
    fields: &AnimalFields,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE animal SET name = ?2, species = ?3, breed = ?4, breed_name = ?5, notes = ?6,
                               contact = ?7, warnings = ?8, vaccinated_until = ?9, tag = ?10,
                               feeding = ?11, medication = ?12, vaccinations = ?13
             WHERE id = ?1",
        )?
        .execute((
            id,
            &fields.name,
            Text(fields.species),
            fields.breed.as_str(),
            &fields.breed_name,
            &fields.notes,
            &fields.contact,
            &fields.warnings,
            fields.vaccinated_until.map(Text),
            &fields.tag,
            &fields.feeding,
            &fields.medication,
            serde_json::json!(fields.vaccinations).to_string(),
        ))?;
    Ok(())
}

/// Selects all columns of an animal for [`animal`], from the table `a`.
pub(crate) const ANIMAL: &str = "SELECT a.id, a.name, a.species, a.breed, a.notes, a.contact,
    a.warnings, a.vaccinated_until, a.tag, a.created, a.visits, a.last_visit, a.breed_name,
    a.feeding, a.medication, a.vaccinations,
    (SELECT json_group_array(json_array(o.id, o.name, o.phones))
     FROM animal_owner l JOIN owner o ON o.id = l.owner WHERE l.animal = a.id),
    a.known_at
    FROM animal a";

pub(crate) fn one(connection: &Connection, id: AnimalId) -> Result<Animal, Fault> {
    Ok(find(connection, id)?.ok_or(CatalogueError::NoSuchAnimal(id))?)
}

/// The animal with a number; `None` where there is none.
pub(crate) fn find(connection: &Connection, id: AnimalId) -> Result<Option<Animal>, Fault> {
    let found = connection
        .prepare_cached(&format!("{ANIMAL} WHERE a.id = ?1"))?
        .query_row([id], animal)
        .optional()?;
    Ok(found)
}

/// Calls `work` with one animal after the other. `rest` is the rest of the SQL statement.
pub(crate) fn each(
    connection: &Connection,
    rest: &str,
    parameters: impl Params,
    mut work: impl FnMut(Animal) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(&format!("{ANIMAL} {rest}"))?;
    for found in statement.query_map(parameters, animal)? {
        work(found?)?;
    }
    Ok(())
}

/// Reads a row of [`ANIMAL`].
pub(crate) fn animal(row: &Row<'_>) -> rusqlite::Result<Animal> {
    let mut owners: Vec<(OwnerId, String, String)> = json(row, 16)?;
    owners.sort_by_cached_key(|(id, name, _)| (fold(name), *id));
    Ok(Animal {
        id: row.get(0)?,
        fields: AnimalFields {
            name: row.get(1)?,
            species: row.get::<_, Text<Species>>(2)?.0,
            breed: row.get::<_, Text<BreedId>>(3)?.0,
            breed_name: row.get(12)?,
            notes: row.get(4)?,
            contact: row.get(5)?,
            warnings: row.get(6)?,
            feeding: row.get(13)?,
            medication: row.get(14)?,
            vaccinated_until: row.get::<_, Option<Text<Date>>>(7)?.map(|day| day.0),
            vaccinations: json(row, 15)?,
            tag: row.get(8)?,
        },
        owners: (owners.into_iter())
            .map(|(id, name, phones)| AnimalOwner {
                id,
                name,
                phones: phones.lines().map(str::to_owned).collect(),
            })
            .collect(),
        created: row.get::<_, At>(9)?.0,
        visits: row.get(10)?,
        last_visit: row.get::<_, Option<At>>(11)?.map(|at| at.0),
        known_at: row.get(17)?,
    })
}
