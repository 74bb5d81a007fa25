//! How values stand in the columns of the tables, and what texts are taken at all.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use super::{AnimalId, CatalogueError, VisitId};

/// The longest name of a person or of a network's version, in characters.
pub(super) const NAME_CHARACTERS: usize = 200;

/// The longest id of a breed, in characters.
const BREED_CHARACTERS: usize = 100;

/// A time in a column: milliseconds of UTC since 1970.
pub(super) struct At(pub(super) Timestamp);

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

/// A value in a column as people write it: a day, a species.
pub(super) struct Text<T>(pub(super) T);

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

impl FromSql for VisitId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for VisitId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for AnimalId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for AnimalId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

/// A number of rows: any that is too big for SQLite means all.
pub(super) fn count(rows: usize) -> i64 {
    rows.try_into().unwrap_or(i64::MAX)
}

/// Where a day of the system's time zone begins and where it ends, which is the next one's
/// beginning. A day that no clock can show has no time in it.
pub(super) fn bounds(day: Date) -> (At, At) {
    let start = |day: Date| Some(day.to_zoned(TimeZone::system()).ok()?.timestamp());
    let both = || Some((start(day)?, start(day.tomorrow().ok()?)?));
    let (from, to) = both().unwrap_or((Timestamp::MAX, Timestamp::MAX));
    (At(from), At(to))
}

/// Refuses a line that is too long or cannot be read.
pub(super) fn check_line(
    field: &'static str,
    text: &str,
    characters: usize,
) -> Result<(), CatalogueError> {
    check_length(field, text, characters)?;
    match text.chars().any(char::is_control) {
        true => Err(CatalogueError::invalid(
            field,
            "it has characters that do not print",
        )),
        false => Ok(()),
    }
}

/// The same for a text of several lines.
pub(super) fn check_text(
    field: &'static str,
    text: &str,
    characters: usize,
) -> Result<(), CatalogueError> {
    check_length(field, text, characters)?;
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match text.chars().any(strange) {
        true => Err(CatalogueError::invalid(
            field,
            "it has characters that do not print",
        )),
        false => Ok(()),
    }
}

/// Refuses what cannot be a breed's id, which is also the name of a folder.
pub(super) fn check_breed(field: &'static str, breed: &str) -> Result<(), CatalogueError> {
    check_line(field, breed, BREED_CHARACTERS)?;
    match breed.is_empty() || breed.starts_with('.') || breed.contains(['/', '\\']) {
        true => Err(CatalogueError::invalid(field, "not a breed's id")),
        false => Ok(()),
    }
}

fn check_length(field: &'static str, text: &str, characters: usize) -> Result<(), CatalogueError> {
    let count = text.chars().count();
    match count > characters {
        true => Err(CatalogueError::invalid(
            field,
            format!("it has {count} characters; at most {characters} are kept"),
        )),
        false => Ok(()),
    }
}
