//! Who is expected on a day.

use jiff::civil::Date;
use serde::Serialize;

use super::animals::{self, ANIMAL};
use super::values::{Text, bounds};
use super::{Animal, AnimalId, Catalogue, CatalogueError};

/// An animal that is expected on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// The animal.
    pub animal: Animal,
    /// Whether it came that day.
    pub arrived: bool,
}

impl Catalogue {
    /// Expects an animal on a day; to say so twice is the same.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot be written.
    pub fn expect(&self, animal: AnimalId, day: Date) -> Result<(), CatalogueError> {
        self.connections.write(|transaction| {
            animals::one(transaction, animal)?;
            transaction.execute(
                "INSERT INTO expected (day, animal) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                (Text(day), animal),
            )?;
            Ok(())
        })
    }

    /// Expects it no longer; that it was not expected is no error.
    ///
    /// # Errors
    /// When the catalogue cannot be written.
    pub fn unexpect(&self, animal: AnimalId, day: Date) -> Result<(), CatalogueError> {
        self.connections.write(|transaction| {
            transaction.execute(
                "DELETE FROM expected WHERE day = ?1 AND animal = ?2",
                (Text(day), animal),
            )?;
            Ok(())
        })
    }

    /// Who is expected on a day of the system's time zone, by name.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn expected_on(&self, day: Date) -> Result<Vec<Expected>, CatalogueError> {
        let (from, to) = bounds(day);
        self.connections.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT *, EXISTS (SELECT 1 FROM visit
                                   WHERE animal = expected_animal.id AND at >= ?2 AND at < ?3)
                 FROM ({ANIMAL} JOIN expected e ON e.animal = a.id WHERE e.day = ?1)
                      AS expected_animal
                 ORDER BY name COLLATE NOCASE, id"
            ))?;
            let expected = statement.query_map((Text(day), from, to), |row| {
                Ok(Expected {
                    animal: animals::animal(row)?,
                    arrived: row.get(12)?,
                })
            })?;
            Ok(expected.collect::<rusqlite::Result<_>>()?)
        })
    }
}
