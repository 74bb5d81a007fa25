//! Converts values to and from SQLite columns, and checks texts before they are stored.

use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Error::FromSqlConversionFailure;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};
use serde::de::DeserializeOwned;

use crate::ids::OTHER_BREED;
use crate::{CatalogueError, FieldError, zone};

/// The longest name of a person or of a network's version, in characters.
pub(crate) const NAME_CHARACTERS: usize = 200;

/// The longest text of several lines, in characters.
pub(crate) const TEXT_CHARACTERS: usize = 4000;

/// The years in which a day may be.
pub(crate) const YEARS: RangeInclusive<i16> = 2000..=2100;

/// The longest breed id or name of a breed, in characters.
const BREED_CHARACTERS: usize = 100;

/// A time, stored as milliseconds of UTC since 1970.
pub(crate) struct At(pub(crate) Timestamp);

impl FromSql for At {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Timestamp::from_millisecond(value.as_i64()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

impl ToSql for At {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_millisecond().into())
    }
}

/// A value stored as its text, such as a day, a breed or a verdict.
pub(crate) struct Text<T>(pub(crate) T);

impl<T: FromStr<Err: std::error::Error + Send + Sync + 'static>> FromSql for Text<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value
            .as_str()?
            .parse()
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

impl<T: ToString> ToSql for Text<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

/// A column that holds JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|error| FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A number of rows for SQLite. A number that is too large for it means all rows.
pub(crate) fn count(rows: usize) -> i64 {
    rows.try_into().unwrap_or(i64::MAX)
}

/// The day of a moment in the daycare's time zone.
pub(crate) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(zone()).date()
}

/// The times at which a day of the daycare's time zone and the day after it begin. A day beyond the
/// range of timestamps contains no time at all.
pub(crate) fn bounds(day: Date) -> (At, At) {
    let start = |day: Date| Some(day.to_zoned(zone()).ok()?.timestamp());
    let both = || Some((start(day)?, start(day.tomorrow().ok()?)?));
    let (from, to) = both().unwrap_or((Timestamp::MAX, Timestamp::MAX));
    (At(from), At(to))
}

/// Refuses a day in a year that makes no sense.
pub(crate) fn check_day(field: &'static str, day: Date) -> Result<(), CatalogueError> {
    if YEARS.contains(&day.year()) {
        return Ok(());
    }
    let (first, last) = YEARS.into_inner();
    let reason = FieldError::OutOfYears { day, first, last };
    Err(CatalogueError::invalid(field, reason))
}

/// Refuses a line that is too long or has control characters.
pub(crate) fn check_line(
    field: &'static str,
    text: &str,
    longest: usize,
) -> Result<(), CatalogueError> {
    check(field, text, longest, char::is_control)
}

/// Refuses a text that is too long or has control characters other than tabs and line breaks.
pub(crate) fn check_text(
    field: &'static str,
    text: &str,
    longest: usize,
) -> Result<(), CatalogueError> {
    check(field, text, longest, |c| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t')
    })
}

/// Refuses a text that cannot be a breed id. Breed ids are also names of folders.
pub(crate) fn check_breed(field: &'static str, breed: &str) -> Result<(), CatalogueError> {
    check_line(field, breed, BREED_CHARACTERS)?;
    if breed.is_empty() || breed.starts_with('.') || breed.contains(['/', '\\']) {
        return Err(CatalogueError::invalid(field, FieldError::NotABreed));
    }
    Ok(())
}

/// The name of a breed that is in no list, as it is stored: without spaces around it, `None` where it
/// is empty. Refuses one that is too long, and one beside another id than [`OTHER_BREED`].
pub(crate) fn breed_name(
    breed: &str,
    name: Option<&str>,
) -> Result<Option<String>, CatalogueError> {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    if let Some(name) = name {
        check_line("breed_name", name, BREED_CHARACTERS)?;
        if breed != OTHER_BREED {
            return Err(CatalogueError::invalid("breed_name", FieldError::NotOther));
        }
    }
    Ok(name.map(str::to_owned))
}

fn check(
    field: &'static str,
    text: &str,
    longest: usize,
    is_refused: impl Fn(char) -> bool,
) -> Result<(), CatalogueError> {
    let characters = text.chars().count();
    if characters > longest {
        let reason = FieldError::TooLong {
            characters,
            longest,
        };
        return Err(CatalogueError::invalid(field, reason));
    }
    if text.chars().any(is_refused) {
        return Err(CatalogueError::invalid(field, FieldError::Unprintable));
    }
    Ok(())
}
