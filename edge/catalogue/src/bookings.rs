//! Records bookings: days on which an animal is expected again and again.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::Serialize;

use crate::animals;
use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, BookingId};
use crate::recurrence::{Recurrence, Unit};
use crate::values::{NAME_CHARACTERS, Text, check_line};
use crate::weekdays::Weekdays;
use crate::{Catalogue, CatalogueError, FieldError, chain};

/// The most bookings of an animal.
const MOST: usize = 200;

/// A booking.
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
/// let booking = catalogue.book(bella, &"2026-01-05/2026-03-31 1W MO,WE".parse()?, "ana")?;
/// assert!(booking.days.occurs_on(date(2026, 1, 7)));
///
/// catalogue.cancel_booking(booking.id, "ana")?;
/// assert!(catalogue.bookings_of(bella)?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Booking {
    /// Its number.
    pub id: BookingId,
    /// The animal that is expected.
    pub animal: AnimalId,
    /// On which days.
    #[serde(flatten)]
    pub days: Recurrence,
}

impl Catalogue {
    /// Expects an animal on days that recur. One that is only known elsewhere is adopted.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot be
    /// written.
    pub fn book(
        &self,
        animal: AnimalId,
        days: &Recurrence,
        by: &str,
    ) -> Result<Booking, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let id = add(transaction, animal, days, Author::now(by))?;
            one(transaction, id)
        })
    }

    /// Cancels a booking.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchBooking`], or when the catalogue cannot be written.
    pub fn cancel_booking(&self, id: BookingId, by: &str) -> Result<(), CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let booking = one(transaction, id)?;
            transaction.execute("DELETE FROM booking WHERE id = ?1", [id])?;
            let (subject, days) = (Subject::Animal(booking.animal), booking.days.to_string());
            Author::now(by).note(transaction, subject, "booking", Some(&days), None)
        })
    }

    /// One booking.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchBooking`], or when the catalogue cannot be read.
    pub fn booking(&self, id: BookingId) -> Result<Booking, CatalogueError> {
        self.connections.read(|connection| one(connection, id))
    }

    /// The bookings of an animal, by their first days.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn bookings_of(&self, animal: AnimalId) -> Result<Vec<Booking>, CatalogueError> {
        self.connections.read(|connection| of(connection, animal))
    }
}

/// Adds a booking, and notes that in the history of its animal.
pub(crate) fn add(
    connection: &Connection,
    animal: AnimalId,
    days: &Recurrence,
    author: Author<'_>,
) -> Result<BookingId, Fault> {
    days.check()?;
    animals::one(connection, animal)?;
    chain::adopt(connection, animal, author)?;
    let count: usize = connection
        .prepare_cached("SELECT count(*) FROM booking WHERE animal = ?1")?
        .query_row([animal], |row| row.get(0))?;
    if count >= MOST {
        let reason = FieldError::TooMany { most: MOST };
        return Err(CatalogueError::invalid("bookings", reason).into());
    }
    connection
        .prepare_cached(
            "INSERT INTO booking (animal, first_day, last_day, every, unit, weekdays)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            animal,
            Text(days.first),
            days.last.map(Text),
            days.every,
            match days.unit {
                Unit::Day => "day",
                Unit::Week => "week",
            },
            days.weekdays.bits(),
        ))?;
    let id = BookingId(connection.last_insert_rowid());
    for day in &days.exceptions {
        leave_out(connection, id, *day)?;
    }
    let subject = Subject::Animal(animal);
    author.note(
        connection,
        subject,
        "booking",
        None,
        Some(&days.to_string()),
    )?;
    Ok(id)
}

/// Leaves a day out of all bookings of an animal that have it.
pub(crate) fn except(connection: &Connection, animal: AnimalId, day: Date) -> Result<(), Fault> {
    for booking in of(connection, animal)? {
        if booking.days.occurs_on(day) {
            leave_out(connection, booking.id, day)?;
        }
    }
    Ok(())
}

/// No longer leaves a day out of the bookings of an animal.
pub(crate) fn include(connection: &Connection, animal: AnimalId, day: Date) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "DELETE FROM booking_exception
             WHERE day = ?2 AND booking IN (SELECT id FROM booking WHERE animal = ?1)",
        )?
        .execute((animal, Text(day)))?;
    Ok(())
}

/// Whether a booking of an animal has a day: one of its own, which stays with it whatever is split
/// off it.
pub(crate) fn is_booked(
    connection: &Connection,
    animal: AnimalId,
    day: Date,
) -> Result<bool, Fault> {
    let rest = "WHERE animal = ?1 AND id NOT IN (SELECT booking FROM merged_booking)";
    let mut is_booked = false;
    each(connection, rest, [animal], |booking| {
        is_booked |= with_exceptions(connection, booking)?.days.occurs_on(day);
        Ok(())
    })?;
    Ok(is_booked)
}

/// The animals that are booked for a day.
pub(crate) fn animals_on(connection: &Connection, day: Date) -> Result<BTreeSet<AnimalId>, Fault> {
    let weekday = Weekdays::of([day.weekday()]).bits();
    let mut booked = BTreeSet::new();
    let rest = "WHERE first_day <= ?1 AND (last_day IS NULL OR last_day >= ?1)
                      AND (weekdays & ?2) <> 0
                      AND NOT EXISTS (SELECT 1 FROM booking_exception
                                      WHERE booking = booking.id AND day = ?1)";
    each(connection, rest, (Text(day), weekday), |booking| {
        // The rest of the rhythm.
        if booking.days.occurs_on(day) {
            booked.insert(booking.animal);
        }
        Ok(())
    })?;
    Ok(booked)
}

/// The bookings of an animal with their exceptions, by their first days.
pub(crate) fn of(connection: &Connection, animal: AnimalId) -> Result<Vec<Booking>, Fault> {
    let mut bookings = Vec::new();
    let rest = "WHERE animal = ?1 ORDER BY first_day, id";
    each(connection, rest, [animal], |booking| {
        bookings.push(with_exceptions(connection, booking)?);
        Ok(())
    })?;
    Ok(bookings)
}

/// Calls `work` with one booking after the other, without its exceptions. `rest` is the rest of the
/// SQL statement.
pub(crate) fn each(
    connection: &Connection,
    rest: &str,
    parameters: impl Params,
    mut work: impl FnMut(Booking) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(&format!("{BOOKING} {rest}"))?;
    for found in statement.query_map(parameters, booking)? {
        work(found?)?;
    }
    Ok(())
}

/// The booking with the days that are left out of it.
pub(crate) fn with_exceptions(
    connection: &Connection,
    mut booking: Booking,
) -> Result<Booking, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT day FROM booking_exception WHERE booking = ?1")?;
    let days = statement.query_map([booking.id], |row| row.get::<_, Text<Date>>(0))?;
    for day in days {
        booking.days.exceptions.insert(day?.0);
    }
    Ok(booking)
}

/// Selects all columns of a booking for [`booking`].
const BOOKING: &str = "SELECT id, animal, first_day, last_day, every, unit, weekdays FROM booking";

fn one(connection: &Connection, id: BookingId) -> Result<Booking, Fault> {
    let found = connection
        .prepare_cached(&format!("{BOOKING} WHERE id = ?1"))?
        .query_row([id], booking)
        .optional()?;
    with_exceptions(connection, found.ok_or(CatalogueError::NoSuchBooking(id))?)
}

fn leave_out(connection: &Connection, booking: BookingId, day: Date) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO booking_exception (booking, day) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute((booking, Text(day)))?;
    Ok(())
}

fn booking(row: &Row<'_>) -> rusqlite::Result<Booking> {
    Ok(Booking {
        id: row.get(0)?,
        animal: row.get(1)?,
        days: Recurrence {
            first: row.get::<_, Text<Date>>(2)?.0,
            last: row.get::<_, Option<Text<Date>>>(3)?.map(|day| day.0),
            every: row.get(4)?,
            unit: row.get(5)?,
            weekdays: Weekdays::from_bits(row.get(6)?),
            exceptions: BTreeSet::new(),
        },
    })
}

impl FromSql for Unit {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "day" => Ok(Self::Day),
            "week" => Ok(Self::Week),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}
