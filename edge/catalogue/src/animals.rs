//! Animals: who they are, and what is to be known about them.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::{Deserialize, Serialize};

use super::connections::Fault;
use super::history::{Hand, Subject};
use super::values::{At, NAME_CHARACTERS, Text, check_breed, check_line, check_text};
use super::{AnimalId, Catalogue, CatalogueError, tags};
use recognise::BreedId;
use recognise::metadata::Species;

/// The longest name of an animal, in characters.
const ANIMAL_NAME_CHARACTERS: usize = 100;

/// The longest notes, in characters.
const NOTES_CHARACTERS: usize = 4000;

/// Years in which a vaccination may end.
const YEARS: RangeInclusive<i16> = 2000..=2100;

/// What staff keep about an animal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnimalFields {
    /// What it is called: 1 to 100 characters.
    pub name: String,
    /// `cat` or `dog`.
    pub species: Species,
    /// The breed's id, or [`super::OTHER_BREED`].
    pub breed: BreedId,
    /// Whatever else; at most 4000 characters.
    #[serde(default)]
    pub notes: String,
    /// How its household is reached; at most 4000 characters.
    #[serde(default)]
    pub contact: String,
    /// What to beware of; at most 4000 characters.
    #[serde(default)]
    pub warnings: String,
    /// The last day its vaccination covers, of the years 2000 to 2100.
    #[serde(default)]
    pub vaccinated_until: Option<Date>,
    /// What its collar tag or its microchip says, which no other animal's does: 1 to 32 letters A to
    /// Z, digits and hyphens. Kept in capitals and without spaces.
    #[serde(default)]
    pub tag: Option<String>,
}

/// An animal of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Animal {
    /// Its number, which tells it from others of its name.
    pub id: AnimalId,
    /// What staff keep about it.
    #[serde(flatten)]
    pub fields: AnimalFields,
    /// Since when it is in the catalogue.
    pub created: Timestamp,
    /// How many visits are known to be its own.
    pub visits: u32,
    /// When the last of them was.
    pub last_visit: Option<Timestamp>,
}

impl Catalogue {
    /// Adds an animal. Another of the same name is another animal.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], or when the catalogue cannot be written.
    pub fn add_animal(&self, animal: &AnimalFields, by: &str) -> Result<AnimalId, CatalogueError> {
        animal.check()?;
        check_line("by", by, NAME_CHARACTERS)?;
        let tag = tags::normal(animal.tag.as_deref())?;
        let hand = Hand::now(by);
        self.connections.write(|transaction| {
            tags::check_free(transaction, tag.as_deref(), None)?;
            transaction
                .prepare_cached(
                    "INSERT INTO animal (name, species, breed, notes, contact, warnings,
                                         vaccinated_until, tag, created)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute((
                    &animal.name,
                    Text(animal.species),
                    animal.breed.as_str(),
                    &animal.notes,
                    &animal.contact,
                    &animal.warnings,
                    animal.vaccinated_until.map(Text),
                    tag,
                    At(hand.at),
                ))?;
            let id = AnimalId(transaction.last_insert_rowid());
            let name = Some(&*animal.name);
            hand.note(transaction, Subject::Animal(id), "name", None, name)?;
            Ok(id)
        })
    }

    /// Changes what is kept about an animal; what changed stays in its history.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot
    /// be written.
    pub fn change_animal(
        &self,
        id: AnimalId,
        fields: &AnimalFields,
        by: &str,
    ) -> Result<Animal, CatalogueError> {
        fields.check()?;
        check_line("by", by, NAME_CHARACTERS)?;
        let tag = tags::normal(fields.tag.as_deref())?;
        self.connections.write(|transaction| {
            let before = one(transaction, id)?;
            tags::check_free(transaction, tag.as_deref(), Some(id))?;
            transaction
                .prepare_cached(
                    "UPDATE animal SET name = ?2, species = ?3, breed = ?4, notes = ?5,
                                       contact = ?6, warnings = ?7, vaccinated_until = ?8,
                                       tag = ?9
                     WHERE id = ?1",
                )?
                .execute((
                    id,
                    &fields.name,
                    Text(fields.species),
                    fields.breed.as_str(),
                    &fields.notes,
                    &fields.contact,
                    &fields.warnings,
                    fields.vaccinated_until.map(Text),
                    tag,
                ))?;
            let after = one(transaction, id)?;
            let subject = Subject::Animal(id);
            Hand::now(by).note_all(transaction, subject, &before.fields, &after.fields)?;
            Ok(after)
        })
    }

    /// One animal.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot be read.
    pub fn animal(&self, id: AnimalId) -> Result<Animal, CatalogueError> {
        self.connections.read(|connection| one(connection, id))
    }
}

impl AnimalFields {
    fn check(&self) -> Result<(), CatalogueError> {
        if self.name.trim().is_empty() {
            return Err(CatalogueError::invalid("name", "it is empty"));
        }
        check_line("name", &self.name, ANIMAL_NAME_CHARACTERS)?;
        check_breed("breed", &self.breed)?;
        check_text("notes", &self.notes, NOTES_CHARACTERS)?;
        check_text("contact", &self.contact, NOTES_CHARACTERS)?;
        check_text("warnings", &self.warnings, NOTES_CHARACTERS)?;
        match self.vaccinated_until {
            Some(day) if !YEARS.contains(&day.year()) => {
                let (first, last) = YEARS.into_inner();
                let reason = format!("{day} is not of the years {first} to {last}");
                Err(CatalogueError::invalid("vaccinated_until", reason))
            }
            _ => Ok(()),
        }
    }
}

/// All columns of an animal, by the name `a`, for [`animal`].
pub(super) const ANIMAL: &str = "SELECT a.id, a.name, a.species, a.breed, a.notes, a.contact,
    a.warnings, a.vaccinated_until, a.tag, a.created, a.visits, a.last_visit FROM animal a";

pub(super) fn one(connection: &Connection, id: AnimalId) -> Result<Animal, Fault> {
    let found = connection
        .prepare_cached(&format!("{ANIMAL} WHERE a.id = ?1"))?
        .query_row([id], animal)
        .optional()?;
    Ok(found.ok_or(CatalogueError::NoSuchAnimal(id))?)
}

/// Animals one after the other; `rest` is the rest of the statement.
pub(super) fn each(
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

pub(super) fn animal(row: &Row<'_>) -> rusqlite::Result<Animal> {
    Ok(Animal {
        id: row.get(0)?,
        fields: AnimalFields {
            name: row.get(1)?,
            species: row.get::<_, SpeciesText>(2)?.0,
            breed: row.get::<_, Text<BreedId>>(3)?.0,
            notes: row.get(4)?,
            contact: row.get(5)?,
            warnings: row.get(6)?,
            vaccinated_until: row.get::<_, Option<Text<Date>>>(7)?.map(|day| day.0),
            tag: row.get(8)?,
        },
        created: row.get::<_, At>(9)?.0,
        visits: row.get(10)?,
        last_visit: row.get::<_, Option<At>>(11)?.map(|at| at.0),
    })
}

struct SpeciesText(Species);

impl FromSql for SpeciesText {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "cat" => Ok(Self(Species::Cat)),
            "dog" => Ok(Self(Species::Dog)),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}
