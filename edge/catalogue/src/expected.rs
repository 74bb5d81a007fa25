//! Records which animals are expected on a day: on this day alone, or by a booking.

use std::collections::{BTreeSet, HashSet};

use jiff::civil::Date;
use recognise::text::fold;
use rusqlite::Connection;
use serde::Serialize;

use crate::animals::{self, Animal};
use crate::connections::Fault;
use crate::history::{Author, KIOSK};
use crate::ids::{AnimalId, VisitId};
use crate::values::{Text, bounds};
use crate::{Catalogue, CatalogueError, bookings, chain};

/// An animal that is expected on a day.
///
/// ```
/// use catalogue::{AnimalFields, Catalogue};
/// use jiff::civil::date;
/// use recognise::metadata::Species;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let bella = catalogue.add_animal(&AnimalFields::new("Bella", Species::Dog, "pug"), "ana")?;
/// let day = date(2026, 5, 1);
/// catalogue.expect(bella, day)?;
/// let expected = catalogue.expected_on(day)?;
/// assert_eq!(expected[0].animal.id, bella);
/// assert!(!expected[0].arrived && !expected[0].recurring);
///
/// catalogue.unexpect(bella, day)?;
/// assert!(catalogue.expected_on(day)?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// The animal.
    pub animal: Animal,
    /// Whether it has a visit on that day.
    pub arrived: bool,
    /// Whether a booking says so.
    pub recurring: bool,
}

impl Catalogue {
    /// Expects an animal on a day. It is no error where it is expected already. A day that is left out
    /// of its bookings is not any more. The day stays with the animal whatever is split off it. An
    /// animal that is only known elsewhere is adopted.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot be written.
    pub fn expect(&self, animal: AnimalId, day: Date) -> Result<(), CatalogueError> {
        self.connections
            .write(|transaction| expect(transaction, animal, day))
    }

    /// No longer expects an animal on a day, which is left out of its bookings. It is no error where
    /// it was not expected.
    ///
    /// # Errors
    /// When the catalogue cannot be written.
    pub fn unexpect(&self, animal: AnimalId, day: Date) -> Result<(), CatalogueError> {
        self.connections.write(|transaction| {
            transaction.execute(
                "DELETE FROM expected WHERE day = ?1 AND animal = ?2",
                (Text(day), animal),
            )?;
            bookings::except(transaction, animal, day)
        })
    }

    /// The animals that are expected on a day in the system's time zone, by name.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn expected_on(&self, day: Date) -> Result<Vec<Expected>, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let arrived = arrived_on(&snapshot, day, None)?;
            let booked = bookings::animals_on(&snapshot, day)?;
            let mut expected = Vec::new();
            for id in &booked | &alone_on(&snapshot, day)? {
                if let Some(animal) = animals::find(&snapshot, id)? {
                    expected.push(Expected {
                        animal,
                        arrived: arrived.contains(&id),
                        recurring: booked.contains(&id),
                    });
                }
            }
            expected.sort_by_cached_key(|Expected { animal, .. }| {
                (fold(&animal.fields.name), animal.id)
            });
            Ok(expected)
        })
    }
}

/// Expects an animal on a day, as [`Catalogue::expect`]. A day that a booking of its own has needs no
/// more.
pub(crate) fn expect(connection: &Connection, animal: AnimalId, day: Date) -> Result<(), Fault> {
    animals::one(connection, animal)?;
    chain::adopt(connection, animal, Author::now(KIOSK))?;
    bookings::include(connection, animal, day)?;
    if bookings::is_booked(connection, animal, day)? {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO expected (day, animal) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute((Text(day), animal))?;
    connection
        .prepare_cached(
            "UPDATE merged_day SET added = 0
             WHERE day = ?1 AND merged IN (SELECT id FROM merged WHERE parent = ?2)",
        )?
        .execute((Text(day), animal))?;
    Ok(())
}

/// The animals that are expected on a day.
pub(crate) fn on(connection: &Connection, day: Date) -> Result<BTreeSet<AnimalId>, Fault> {
    Ok(&bookings::animals_on(connection, day)? | &alone_on(connection, day)?)
}

/// The animals that are expected on this day alone.
fn alone_on(connection: &Connection, day: Date) -> Result<BTreeSet<AnimalId>, Fault> {
    let mut statement = connection.prepare_cached("SELECT animal FROM expected WHERE day = ?1")?;
    let alone = statement.query_map([Text(day)], |row| row.get(0))?;
    Ok(alone.collect::<rusqlite::Result<_>>()?)
}

/// Whether an animal is expected on a day.
pub(crate) fn is_expected(
    connection: &Connection,
    animal: AnimalId,
    day: Date,
) -> Result<bool, Fault> {
    let is_alone = connection
        .prepare_cached("SELECT 1 FROM expected WHERE day = ?1 AND animal = ?2")?
        .exists((Text(day), animal))?;
    let mut booked = bookings::of(connection, animal)?.into_iter();
    Ok(is_alone || booked.any(|booking| booking.days.occurs_on(day)))
}

/// The animals that have a visit on a day, other than the visit `except`.
pub(crate) fn arrived_on(
    connection: &Connection,
    day: Date,
    except: Option<VisitId>,
) -> Result<HashSet<AnimalId>, Fault> {
    let (from, to) = bounds(day);
    let mut statement = connection.prepare_cached(
        "SELECT animal FROM visit
         WHERE at >= ?1 AND at < ?2 AND animal IS NOT NULL AND id IS NOT ?3",
    )?;
    let arrived = statement.query_map((from, to, except), |row| row.get(0))?;
    Ok(arrived.collect::<rusqlite::Result<_>>()?)
}
