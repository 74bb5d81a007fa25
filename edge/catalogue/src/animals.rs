//! Records animals and what the daycare knows about them.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::Date;
use recognise::BreedId;
use recognise::metadata::Species;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::{Deserialize, Serialize};

use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::AnimalId;
use crate::tags;
use crate::values::{At, NAME_CHARACTERS, Text, check_breed, check_line, check_text};
use crate::{Catalogue, CatalogueError, FieldError};

/// The longest name of an animal, in characters.
const ANIMAL_NAME_CHARACTERS: usize = 100;

/// The longest notes, in characters.
const NOTES_CHARACTERS: usize = 4000;

/// The years in which a vaccination may end.
const YEARS: RangeInclusive<i16> = 2000..=2100;

/// What staff enter about an animal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnimalFields {
    /// The animal's name, 1 to 100 characters.
    pub name: String,
    /// `cat` or `dog`.
    pub species: Species,
    /// The breed's id, or [`crate::OTHER_BREED`].
    pub breed: BreedId,
    /// Notes, at most 4000 characters.
    #[serde(default)]
    pub notes: String,
    /// How to reach its household, at most 4000 characters.
    #[serde(default)]
    pub contact: String,
    /// What staff must beware of, at most 4000 characters.
    #[serde(default)]
    pub warnings: String,
    /// The last day that its vaccination covers, in the years 2000 to 2100.
    #[serde(default)]
    pub vaccinated_until: Option<Date>,
    /// What its collar tag or microchip says: 1 to 32 letters A to Z, digits and hyphens. It is
    /// stored in capitals and without spaces. No two animals have the same tag.
    #[serde(default)]
    pub tag: Option<String>,
}

/// An animal in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Animal {
    /// Its number. Several animals may have the same name.
    pub id: AnimalId,
    /// What staff entered.
    #[serde(flatten)]
    pub fields: AnimalFields,
    /// When it was added.
    pub created: Timestamp,
    /// The number of its visits.
    pub visits: u32,
    /// The time of its last visit.
    pub last_visit: Option<Timestamp>,
}

impl Catalogue {
    /// Adds an animal. Two animals may have the same name.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], or when the catalogue cannot be written.
    pub fn add_animal(&self, animal: &AnimalFields, by: &str) -> Result<AnimalId, CatalogueError> {
        animal.check()?;
        check_line("by", by, NAME_CHARACTERS)?;
        let tag = tags::normal(animal.tag.as_deref())?;
        let author = Author::now(by);
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
                    At(author.at),
                ))?;
            let id = AnimalId(transaction.last_insert_rowid());
            let name = Some(&*animal.name);
            author.note(transaction, Subject::Animal(id), "name", None, name)?;
            Ok(id)
        })
    }

    /// Changes what staff entered about an animal. The history keeps the former values.
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
            Author::now(by).note_all(transaction, subject, &before.fields, &after.fields)?;
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

    /// The animal with a tag, which may be written in small letters and with spaces. `None` where no
    /// animal has it, or where it cannot be a tag.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn animal_by_tag(&self, tag: &str) -> Result<Option<Animal>, CatalogueError> {
        let Ok(Some(tag)) = tags::normal(Some(tag)) else {
            return Ok(None);
        };
        self.connections.read(|connection| {
            let found = connection
                .prepare_cached(&format!("{ANIMAL} WHERE a.tag = ?1"))?
                .query_row([tag], animal)
                .optional()?;
            Ok(found)
        })
    }
}

impl AnimalFields {
    fn check(&self) -> Result<(), CatalogueError> {
        if self.name.trim().is_empty() {
            return Err(CatalogueError::invalid("name", FieldError::Empty));
        }
        check_line("name", &self.name, ANIMAL_NAME_CHARACTERS)?;
        check_breed("breed", &self.breed)?;
        check_text("notes", &self.notes, NOTES_CHARACTERS)?;
        check_text("contact", &self.contact, NOTES_CHARACTERS)?;
        check_text("warnings", &self.warnings, NOTES_CHARACTERS)?;
        match self.vaccinated_until {
            Some(day) if !YEARS.contains(&day.year()) => {
                let (first, last) = YEARS.into_inner();
                let reason = FieldError::OutOfYears { day, first, last };
                Err(CatalogueError::invalid("vaccinated_until", reason))
            }
            _ => Ok(()),
        }
    }
}

/// Selects all columns of an animal for [`animal`], from the table `a`.
pub(crate) const ANIMAL: &str = "SELECT a.id, a.name, a.species, a.breed, a.notes, a.contact,
    a.warnings, a.vaccinated_until, a.tag, a.created, a.visits, a.last_visit FROM animal a";

pub(crate) fn one(connection: &Connection, id: AnimalId) -> Result<Animal, Fault> {
    let found = connection
        .prepare_cached(&format!("{ANIMAL} WHERE a.id = ?1"))?
        .query_row([id], animal)
        .optional()?;
    Ok(found.ok_or(CatalogueError::NoSuchAnimal(id))?)
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
