//! Reads the rules by which events recur (RFC 5545, 3.3.10), as far as bookings can express them:
//! daily and weekly, with an interval, days of the week, and an end or a count.

use jiff::civil::{Date, Time};

use super::RowError;
use super::calendar::moment;
use crate::recurrence::{Recurrence, Unit};
use crate::weekdays::Weekdays;

/// The days of a rule, from the first one on. `time` is the time of day at which the event begins.
pub(super) fn read(rule: &str, first: Date, time: Option<Time>) -> Result<Recurrence, RowError> {
    let unsupported = |part: &str| RowError::Unsupported(super::shown(part));
    let mut days = Recurrence::daily(first);
    let (mut count, mut has_weekdays, mut unit) = (None, false, None);
    let mut starts_on_monday = true;
    for part in rule.split(';').filter(|part| !part.trim().is_empty()) {
        let (key, value) = part.split_once('=').ok_or_else(|| unsupported(part))?;
        let key = key.trim().to_ascii_uppercase();
        let value = value.trim().to_ascii_uppercase();
        match (&*key, &*value) {
            ("FREQ", "DAILY") => unit = Some(Unit::Day),
            ("FREQ", "WEEKLY") => unit = Some(Unit::Week),
            ("INTERVAL", _) => days.every = value.parse().map_err(|_| unsupported(part))?,
            ("COUNT", _) => count = Some(value.parse::<usize>().map_err(|_| unsupported(part))?),
            ("UNTIL", _) => days.last = Some(last_start(moment(&value)?, time)),
            ("BYDAY", _) => {
                days.weekdays = value.parse().map_err(|_| unsupported(part))?;
                has_weekdays = true;
            }
            ("WKST", _) => starts_on_monday = value == "MO",
            _ => return Err(unsupported(part)),
        }
    }
    days.unit = unit.ok_or_else(|| unsupported(rule))?;
    if days.unit == Unit::Week && !has_weekdays {
        days.weekdays = Weekdays::of([first.weekday()]);
    }
    if days.unit == Unit::Week && days.every > 1 && !starts_on_monday {
        return Err(unsupported("WKST"));
    }
    match (count, days.last) {
        (None, _) => Ok(days),
        (Some(_), Some(_)) => Err(unsupported("COUNT, UNTIL")),
        (Some(count), None) => counted(days, count),
    }
}

/// The last day on which an event that begins at `time` begins before this end, or at it.
fn last_start((day, end): (Date, Option<Time>), time: Option<Time>) -> Date {
    let is_over = end.zip(time).is_some_and(|(end, time)| end < time);
    if is_over {
        day.yesterday().unwrap_or(day)
    } else {
        day
    }
}

/// The same days, but at most `count` of them. One that is left out counts.
fn counted(days: Recurrence, count: usize) -> Result<Recurrence, RowError> {
    let days = super::checked(days)?;
    let last = count
        .checked_sub(1)
        .and_then(|before| days.days().nth(before));
    match last {
        Some(last) => Ok(Recurrence {
            last: Some(last),
            ..days
        }),
        None => Err(RowError::Unsupported(format!("COUNT={count}"))),
    }
}
