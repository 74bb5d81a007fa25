//! Recurring days: every N days or weeks, on given weekdays. Whether a day is one of them is computed,
//! so that a rule of ten thousand days takes no more room than one of two.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde::Serialize;

use crate::values::check_day;
use crate::weekdays::Weekdays;
use crate::{CatalogueError, FieldError};

/// The most days or weeks between two times.
const EVERY: u32 = 366;

/// The most days that are left out.
const EXCEPTIONS: usize = 366;

/// No day after this one counts.
const END: Date = date(2100, 12, 31);

/// The number of days after which every pattern has begun again.
const LONGEST_PATTERN: usize = EVERY as usize * 7 + EXCEPTIONS;

/// Days that recur, or a single one.
///
/// ```
/// use catalogue::Recurrence;
/// use jiff::civil::date;
///
/// let alternate: Recurrence = "2026-01-05/2026-03-31 2W MO,WE -2026-01-07".parse()?;
/// assert!(alternate.occurs_on(date(2026, 1, 5)));
/// assert!(!alternate.occurs_on(date(2026, 1, 7)), "left out");
/// assert!(!alternate.occurs_on(date(2026, 1, 12)), "the week between");
/// assert!(alternate.occurs_on(date(2026, 1, 21)));
/// # Ok::<(), catalogue::NotARecurrence>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recurrence {
    /// The first day that counts, in the years 2000 to 2100.
    #[serde(rename = "from")]
    pub first: Date,
    /// The last day that counts; `None` for no end.
    #[serde(rename = "until")]
    pub last: Option<Date>,
    /// The interval, 1 to 366.
    pub every: u32,
    /// What `every` counts, from the first day or its week. A week begins on Monday.
    pub unit: Unit,
    /// On these days of the week, at least one.
    pub weekdays: Weekdays,
    /// Days that are left out, at most 366.
    pub exceptions: BTreeSet<Date>,
}

/// Days or weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Days.
    Day,
    /// Weeks.
    Week,
}

impl Recurrence {
    /// A single day.
    #[must_use]
    pub fn once(day: Date) -> Self {
        Self {
            last: Some(day),
            ..Self::daily(day)
        }
    }

    /// Every day from this one on.
    #[must_use]
    pub fn daily(first: Date) -> Self {
        Self {
            first,
            last: None,
            every: 1,
            unit: Unit::Day,
            weekdays: Weekdays::ALL,
            exceptions: BTreeSet::new(),
        }
    }

    /// Whether a day is one of them.
    #[must_use]
    pub fn occurs_on(&self, day: Date) -> bool {
        day >= self.first
            && self.last.is_none_or(|last| day <= last)
            && self.weekdays.contains(day.weekday())
            && !self.exceptions.contains(&day)
            && self.units_until(day).is_multiple_of(self.every.max(1))
    }

    /// The days, in order, until the end of the year 2100.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        let last = self.last.map_or(END, |last| last.min(END));
        let all = self.first.series(1.day());
        all.take_while(move |day| *day <= last)
            .filter(move |day| self.occurs_on(*day))
    }

    /// Its only day, if it has no more than one.
    #[must_use]
    pub fn single(&self) -> Option<Date> {
        let is_single = self.last == Some(self.first) && self.occurs_on(self.first);
        is_single.then_some(self.first)
    }

    /// Refuses what makes no sense.
    pub(crate) fn check(&self) -> Result<(), CatalogueError> {
        check_day("from", self.first)?;
        if let Some(last) = self.last {
            check_day("until", last)?;
            if last < self.first {
                let first = self.first;
                let reason = FieldError::EndsBefore { first, last };
                return Err(CatalogueError::invalid("until", reason));
            }
        }
        if !(1..=EVERY).contains(&self.every) {
            let (least, most, unit) = (1, EVERY, "days or weeks");
            let reason = FieldError::OutOfRange { least, most, unit };
            return Err(CatalogueError::invalid("every", reason));
        }
        if self.weekdays.is_empty() {
            return Err(CatalogueError::invalid("weekdays", FieldError::Empty));
        }
        if self.exceptions.len() > EXCEPTIONS {
            let reason = FieldError::TooMany { most: EXCEPTIONS };
            return Err(CatalogueError::invalid("exceptions", reason));
        }
        for day in &self.exceptions {
            check_day("exceptions", *day)?;
        }
        let mut days = self.first.series(1.day()).take(LONGEST_PATTERN);
        if days.any(|day| self.occurs_on(day)) {
            Ok(())
        } else {
            Err(CatalogueError::invalid("weekdays", FieldError::Never))
        }
    }

    /// How many days or weeks a day is after the first one, which it is not before.
    fn units_until(&self, day: Date) -> u32 {
        let days = (day - self.first).get_days();
        let units = match self.unit {
            Unit::Day => days,
            Unit::Week => (days + i32::from(self.first.weekday().to_monday_zero_offset())) / 7,
        };
        units.unsigned_abs()
    }
}

impl fmt::Display for Recurrence {
    /// `2026-01-05` for a single day, else `2026-01-05/2026-03-31 2W MO,WE -2026-01-07`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(day) = self.single() {
            return write!(f, "{day}");
        }
        write!(f, "{}/", self.first)?;
        if let Some(last) = self.last {
            write!(f, "{last}")?;
        }
        let unit = match self.unit {
            Unit::Day => 'D',
            Unit::Week => 'W',
        };
        write!(f, " {}{unit} {}", self.every, self.weekdays)?;
        for day in &self.exceptions {
            write!(f, " -{day}")?;
        }
        Ok(())
    }
}

/// The text is not a day and not days that recur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a day nor days that recur, such as 2026-01-05/2026-03-31 2W MO,WE")]
pub struct NotARecurrence;

impl FromStr for Recurrence {
    type Err = NotARecurrence;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, NotARecurrence> {
        let day = |text: &str| text.parse::<Date>().map_err(|_| NotARecurrence);
        let mut words = text.split_whitespace();
        let range = words.next().ok_or(NotARecurrence)?;
        let Some((first, last)) = range.split_once('/') else {
            return match words.next() {
                Some(_) => Err(NotARecurrence),
                None => day(range).map(Self::once),
            };
        };
        let rhythm = words.next().ok_or(NotARecurrence)?;
        let (every, unit) = match (rhythm.strip_suffix('D'), rhythm.strip_suffix('W')) {
            (Some(every), _) => (every, Unit::Day),
            (None, Some(every)) => (every, Unit::Week),
            (None, None) => return Err(NotARecurrence),
        };
        let weekdays = words.next().ok_or(NotARecurrence)?;
        let exceptions = words.map(|word| day(word.strip_prefix('-').ok_or(NotARecurrence)?));
        Ok(Self {
            first: day(first)?,
            last: match last {
                "" => None,
                last => Some(day(last)?),
            },
            every: every.parse().map_err(|_| NotARecurrence)?,
            unit,
            weekdays: weekdays.parse().map_err(|_| NotARecurrence)?,
            exceptions: exceptions.collect::<Result<_, _>>()?,
        })
    }
}
