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
use crate::values::{At, NAME_CHARACTERS, Text, breed_name, check_breed, check_line, check_text};
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
    /// A breed that is in no list, in the words of staff: one line of at most 100 characters, only
    /// with [`crate::OTHER_BREED`].
    #[serde(default)]
    pub breed_name: Option<String>,
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
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections
            .write(|transaction| add(transaction, animal, Author::now(by)))
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
        let fields = fields.checked()?;
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let before = one(transaction, id)?;
            tags::check_free(transaction, fields.tag.as_deref(), Some(id))?;
            tags::take(transaction, fields.tag.as_deref())?;
            update(transaction, id, &fields)?;
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

    /// The animal with a tag, which may be written in small letters and with spaces. The tag of an
    /// animal that was merged finds the animal that it is now. `None` where no animal has the tag,
    /// or where it cannot be one.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn animal_by_tag(&self, tag: &str) -> Result<Option<Animal>, CatalogueError> {
        let Ok(Some(tag)) = tags::normal(Some(tag)) else {
            return Ok(None);
        };
        self.connections.read(|connection| {
            let found = connection
                .prepare_cached(&format!(
                    "{ANIMAL} WHERE a.id = (SELECT id FROM animal WHERE tag = ?1
                                            UNION ALL SELECT survivor FROM merged WHERE tag = ?1)"
                ))?
                .query_row([tag], animal)
                .optional()?;
            Ok(found)
        })
    }
}

impl AnimalFields {
    /// The fields as they are stored, with the tag in its normal form.
    fn checked(&self) -> Result<Self, CatalogueError> {
        self.check()?;
        Ok(Self {
            breed_name: breed_name(&self.breed, self.breed_name.as_deref())?,
            tag: tags::normal(self.tag.as_deref())?,
            ..self.clone()
        })
    }

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

/// Adds an animal, and notes that in its history.
pub(crate) fn add(
    connection: &Connection,
    fields: &AnimalFields,
    author: Author<'_>,
) -> Result<AnimalId, Fault> {
    let fields = fields.checked()?;
    tags::check_free(connection, fields.tag.as_deref(), None)?;
    let id = insert(connection, None, &fields, author.at)?;
    let name = Some(&*fields.name);
    author.note(connection, Subject::Animal(id), "name", None, name)?;
    Ok(id)
}

/// Inserts an animal, with a new number or with its former one. Its tag is in the normal form.
pub(crate) fn insert(
    connection: &Connection,
    id: Option<AnimalId>,
    fields: &AnimalFields,
    created: Timestamp,
) -> Result<AnimalId, Fault> {
    connection
        .prepare_cached(
            "INSERT INTO animal (id, name, species, breed, breed_name, notes, contact, warnings,
                                 vaccinated_until, tag, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
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
            At(created),
        ))?;
    Ok(AnimalId(connection.last_insert_rowid()))
}

/// Replaces an animal's fields. Its tag is in the normal form.
pub(crate) fn update(
    connection: &Connection,
    id: AnimalId,
    fields: &AnimalFields,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE animal SET name = ?2, species = ?3, breed = ?4, breed_name = ?5, notes = ?6,
                               contact = ?7, warnings = ?8, vaccinated_until = ?9, tag = ?10
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
        ))?;
    Ok(())
}

/// Selects all columns of an animal for [`animal`], from the table `a`.
pub(crate) const ANIMAL: &str = "SELECT a.id, a.name, a.species, a.breed, a.notes, a.contact,
    a.warnings, a.vaccinated_until, a.tag, a.created, a.visits, a.last_visit, a.breed_name
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
    Ok(Animal {
        id: row.get(0)?,
        fields: AnimalFields {
            name: row.get(1)?,
            species: row.get::<_, SpeciesText>(2)?.0,
            breed: row.get::<_, Text<BreedId>>(3)?.0,
            breed_name: row.get(12)?,
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

/// A species as it is stored.
pub(crate) struct SpeciesText(pub(crate) Species);

impl FromSql for SpeciesText {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "cat" => Ok(Self(Species::Cat)),
            "dog" => Ok(Self(Species::Dog)),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}
