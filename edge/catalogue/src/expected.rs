//! Records which animals are expected on a day.

use jiff::civil::Date;
use serde::Serialize;

use crate::animals::{self, ANIMAL, Animal};
use crate::ids::AnimalId;
use crate::values::{Text, bounds};
use crate::{Catalogue, CatalogueError};

/// An animal that is expected on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// The animal.
    pub animal: Animal,
    /// Whether it has a visit on that day.
    pub arrived: bool,
}

impl Catalogue {
    /// Expects an animal on a day. It is no error where it is expected already. The day stays with the
    /// animal whatever is split off it.
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
            transaction.execute(
                "UPDATE merged_day SET added = 0
                 WHERE day = ?1 AND merged IN (SELECT id FROM merged WHERE parent = ?2)",
                (Text(day), animal),
            )?;
            Ok(())
        })
    }

    /// No longer expects an animal on a day. It is no error where it was not expected.
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

    /// The animals that are expected on a day in the system's time zone, by name.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn expected_on(&self, day: Date) -> Result<Vec<Expected>, CatalogueError> {
        let (from, to) = bounds(day);
        self.connections.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT *, EXISTS (SELECT 1 FROM visit
                                   WHERE animal = expected_animal.id AND at >= ?2 AND at < ?3) AS arrived
                 FROM ({ANIMAL} JOIN expected e ON e.animal = a.id WHERE e.day = ?1)
                      AS expected_animal
                 ORDER BY name COLLATE NOCASE, id"
            ))?;
            let expected = statement.query_map((Text(day), from, to), |row| {
                Ok(Expected {
                    animal: animals::animal(row)?,
                    arrived: row.get("arrived")?,
                })
            })?;
            Ok(expected.collect::<rusqlite::Result<_>>()?)
        })
    }
}
