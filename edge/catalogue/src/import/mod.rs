//! Imports bookings of another program: a table (CSV) or a calendar (iCalendar).
//!
//! First a plan is made, which says for each row whose booking it is, or why nobody can tell. Nothing
//! is written until somebody has seen it. What does not match exactly one animal is never guessed.

mod calendar;
mod content_line;
mod roster;
mod rule;
mod table;

use jiff::civil::Date;
use rusqlite::Connection;
use thiserror::Error;

use crate::connections::Fault;
use crate::export::UTF_8;
use crate::history::Author;
use crate::ids::AnimalId;
use crate::recurrence::Recurrence;
use crate::values::{NAME_CHARACTERS, check_line};
use crate::{Catalogue, CatalogueError, FieldError, bookings, expected};
use roster::Roster;

/// The most rows of a table or events of a calendar.
pub const IMPORT_ROWS: usize = 2000;

/// The longest value that is read, in characters.
const VALUE_CHARACTERS: usize = 200;

/// What a calendar begins with.
const CALENDAR: &[u8] = b"BEGIN:VCALENDAR";

/// How much of a row is shown, in characters.
const SHOWN_CHARACTERS: usize = 120;

/// Why a file cannot be imported at all.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ImportError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Its bytes are not UTF-8.
    #[error("the file is not UTF-8 text; save it as “CSV UTF-8”, or export it as iCalendar")]
    NotText,
    /// A table without the columns that are needed.
    #[error("the table has no column {}; it has {}", .missing.join(", "), .found.join(", "))]
    MissingColumns {
        /// What is missing: each a name, or several of which one is needed.
        missing: Vec<&'static str>,
        /// The columns that there are.
        found: Vec<String>,
    },
    /// The table cannot be read: its last row does not end.
    #[error("line {line}: the table cannot be read; is a quotation mark open?")]
    BrokenTable {
        /// The line on which that row begins.
        line: usize,
    },
    /// The calendar ends within an event.
    #[error("the calendar is cut short; export it again")]
    CutShort,
    /// There are too many rows or events.
    #[error("more than {} rows; split the file", IMPORT_ROWS)]
    TooManyRows,
}

/// Why nothing can be booked for a row.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RowError {
    /// It says nothing about who comes.
    #[error("no name and no tag")]
    Nobody,
    /// No animal has this tag or name.
    #[error("no animal matches")]
    NoSuchAnimal,
    /// Several animals have this name.
    #[error("several animals match: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    SeveralAnimals(Vec<AnimalId>),
    /// The animal with this tag has another name.
    #[error("the tag is that of {0}")]
    OtherName(String),
    /// It says nothing about when.
    #[error("no day")]
    NoDay,
    /// A text that should be a day is none.
    #[error("“{0}” is not a day such as 2026-01-31 or 31.01.2026")]
    NotADay(String),
    /// A text that should be days of the week is none.
    #[error("“{0}” is not a list of days of the week such as “Monday Wednesday”")]
    NotWeekdays(String),
    /// The days make no sense.
    #[error("the days: {0}")]
    Days(FieldError),
    /// A value is too long.
    #[error("a value has {0} characters; at most {most} are read", most = VALUE_CHARACTERS)]
    TooLong(usize),
    /// The event was cancelled.
    #[error("the event was cancelled")]
    Cancelled,
    /// Something of iCalendar that is not read.
    #[error("{0} is not read")]
    Unsupported(String),
}

/// What would be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The line of the file.
    pub line: usize,
    /// The animal.
    pub animal: AnimalId,
    /// Its name.
    pub name: String,
    /// When it is expected.
    pub days: Recurrence,
    /// Whether the catalogue has that already.
    pub is_known: bool,
}

/// A row for which nothing can be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line of the file.
    pub line: usize,
    /// The row, cut short.
    pub text: String,
    /// Why.
    pub reason: RowError,
}

/// What a file would change.
///
/// ```
/// use catalogue::{AnimalFields, Catalogue};
/// use recognise::metadata::Species;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// catalogue.add_animal(&AnimalFields::new("Bella", Species::Dog, "pug"), "ana")?;
///
/// let plan = catalogue.plan_import(b"name,day\nBella,2026-05-04\nRocco,2026-05-04\n")?;
/// assert_eq!((plan.planned.len(), plan.refused.len()), (1, 1));
/// let seen: Vec<_> = plan.planned.iter().map(|row| (row.animal, row.days.clone())).collect();
/// assert_eq!(catalogue.import(&seen, "ana")?, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportPlan {
    /// The rows whose animals are known, in their order.
    pub planned: Vec<Planned>,
    /// The other rows, in their order.
    pub refused: Vec<Refused>,
}

/// A row of a file: who comes, and when.
struct Row {
    line: usize,
    /// What is shown of it.
    text: String,
    wanted: Result<Wanted, RowError>,
}

/// Whom a row is about, and when.
#[derive(Debug)]
struct Wanted {
    tag: String,
    name: String,
    owner: String,
    days: Recurrence,
}

impl Catalogue {
    /// Reads a table or a calendar, and says what it would change. Nothing is written.
    ///
    /// # Errors
    /// [`CatalogueError::Import`] for a file that cannot be imported, or when the catalogue cannot be
    /// read.
    pub fn plan_import(&self, content: &[u8]) -> Result<ImportPlan, CatalogueError> {
        let rows = read(content).map_err(CatalogueError::Import)?;
        let mut plan = ImportPlan::default();
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let roster = Roster::read(&snapshot)?;
            for Row { line, text, wanted } in rows {
                let found = match wanted {
                    Ok(wanted) => (roster.find(&wanted)).map(|animal| (animal, wanted.days)),
                    Err(reason) => Err(reason),
                };
                match found {
                    Ok((animal, days)) => plan.planned.push(Planned {
                        is_known: is_known(&snapshot, animal.id, &days)?,
                        line,
                        animal: animal.id,
                        name: animal.name.clone(),
                        days,
                    }),
                    Err(reason) => plan.refused.push(Refused { line, text, reason }),
                }
            }
            Ok(())
        })?;
        Ok(plan)
    }

    /// Writes what somebody has seen in a plan, all or nothing: single days as expected days, and the
    /// others as bookings. What the catalogue has already is left out. Returns how many were written.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchAnimal`] for an animal that is gone by now, [`CatalogueError::Invalid`],
    /// or when the catalogue cannot be written.
    pub fn import(
        &self,
        planned: &[(AnimalId, Recurrence)],
        by: &str,
    ) -> Result<usize, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        if planned.len() > IMPORT_ROWS {
            return Err(CatalogueError::Import(ImportError::TooManyRows));
        }
        self.connections.write(|transaction| {
            let author = Author::now(by);
            let mut written = 0;
            for (animal, days) in planned {
                days.check()?;
                if is_known(transaction, *animal, days)? {
                    continue;
                }
                match days.single() {
                    Some(day) => expected::expect(transaction, *animal, day)?,
                    None => {
                        bookings::add(transaction, *animal, days, author)?;
                    }
                }
                written += 1;
            }
            Ok(written)
        })
    }
}

/// The rows of a file.
fn read(content: &[u8]) -> Result<Vec<Row>, ImportError> {
    let content = content.strip_prefix(UTF_8).unwrap_or(content);
    let content = content.trim_ascii_start();
    if content.is_empty() {
        return Err(ImportError::Empty);
    }
    let start = content.get(..CALENDAR.len()).unwrap_or_default();
    if start.eq_ignore_ascii_case(CALENDAR) {
        return calendar::read(content);
    }
    let text = std::str::from_utf8(content).map_err(|_| ImportError::NotText)?;
    table::read(text)
}

/// Whether an animal is expected on such days already.
fn is_known(connection: &Connection, animal: AnimalId, days: &Recurrence) -> Result<bool, Fault> {
    match days.single() {
        Some(day) => expected::is_expected(connection, animal, day),
        None => {
            let mut booked = bookings::of(connection, animal)?.into_iter();
            Ok(booked.any(|booking| booking.days == *days))
        }
    }
}

/// Refuses a value that is too long.
fn check_value(value: &str) -> Result<(), RowError> {
    let characters = value.chars().count();
    if characters > VALUE_CHARACTERS {
        return Err(RowError::TooLong(characters));
    }
    Ok(())
}

/// Refuses days that make no sense.
fn checked(days: Recurrence) -> Result<Recurrence, RowError> {
    match days.check() {
        Ok(()) => Ok(days),
        Err(CatalogueError::Invalid { reason, .. }) => Err(RowError::Days(reason)),
        Err(_) => Err(RowError::NoDay),
    }
}

/// The beginning of a row, to be shown.
fn shown(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= SHOWN_CHARACTERS {
        return one_line;
    }
    let start = one_line.chars().take(SHOWN_CHARACTERS - 1);
    start.chain(['…']).collect()
}

/// A day as people and spreadsheets write it: the year first, or the day first with full stops. Days
/// with slashes are refused, since 03/04 may be in March or in April.
fn day(text: &str) -> Result<Date, RowError> {
    let wrong = || RowError::NotADay(shown(text));
    let text = text.trim();
    let parts: Vec<&str> = text.split('.').map(str::trim).collect();
    if let [day, month, year] = parts[..] {
        let number = |part: &str| part.parse::<i8>().map_err(|_| wrong());
        let year = year.parse::<i16>().map_err(|_| wrong())?;
        return Date::new(year, number(month)?, number(day)?).map_err(|_| wrong());
    }
    let is_written_out = text.len() == 10 && text.is_ascii();
    text.parse()
        .ok()
        .filter(|_| is_written_out)
        .ok_or_else(wrong)
}
