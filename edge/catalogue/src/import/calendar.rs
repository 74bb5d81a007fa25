//! Reads a calendar (RFC 5545): one booking for each event. Its title says who comes: a tag, a name,
//! or a name with that of the owner in brackets.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, ToSpan};

use super::content_line::{ContentLine, split, unescaped};
use super::{IMPORT_ROWS, ImportError, Row, RowError, Wanted, check_value, checked, rule, shown};
use crate::recurrence::Recurrence;

/// Properties that change when an event takes place, and are not read.
const UNSUPPORTED: [&str; 3] = ["RDATE", "EXRULE", "RECURRENCE-ID"];

/// The rows of a calendar.
pub(super) fn read(content: &[u8]) -> Result<Vec<Row>, ImportError> {
    let mut rows = Vec::new();
    // The components that are open. Time zones and alarms have dates and rules of their own.
    let mut open: Vec<String> = Vec::new();
    let mut event: Option<Event> = None;
    for property in split(content) {
        let property = property?;
        match &*property.name {
            "BEGIN" => {
                open.push(property.value.to_ascii_uppercase());
                if open.len() == 2 && open[1] == "VEVENT" {
                    event = Some(Event::at(property.line));
                }
            }
            "END" => {
                open.pop();
                if open.len() == 1
                    && let Some(event) = event.take()
                {
                    if rows.len() == IMPORT_ROWS {
                        return Err(ImportError::TooManyRows);
                    }
                    rows.push(event.row());
                }
            }
            _ if open.len() == 2 => {
                if let Some(event) = &mut event {
                    event.properties.push(property);
                }
            }
            _ => {}
        }
    }
    if open.is_empty() {
        Ok(rows)
    } else {
        Err(ImportError::CutShort)
    }
}

/// An event with its properties.
struct Event {
    line: usize,
    properties: Vec<ContentLine>,
}

impl Event {
    fn at(line: usize) -> Self {
        let properties = Vec::new();
        Self { line, properties }
    }

    fn row(&self) -> Row {
        let title = unescaped(self.value("SUMMARY").unwrap_or_default());
        Row {
            line: self.line,
            text: shown(&title),
            wanted: self.wanted(&title),
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        let mut properties = self.properties.iter();
        let found = properties.find(|property| property.name == name);
        found.map(|property| &*property.value)
    }

    fn wanted(&self, title: &str) -> Result<Wanted, RowError> {
        check_value(title)?;
        let status = self.value("STATUS").unwrap_or_default();
        if status.eq_ignore_ascii_case("CANCELLED") {
            return Err(RowError::Cancelled);
        }
        if let Some(name) = UNSUPPORTED.iter().find(|name| self.value(name).is_some()) {
            return Err(RowError::Unsupported((*name).to_owned()));
        }
        let (name, owner) = match title.trim().strip_suffix(')') {
            Some(title) => title.rsplit_once('(').unwrap_or((title, "")),
            None => (title, ""),
        };
        Ok(Wanted {
            tag: String::new(),
            name: name.trim().to_owned(),
            owner: owner.trim().to_owned(),
            days: checked(self.days()?)?,
        })
    }

    fn days(&self) -> Result<Recurrence, RowError> {
        let start = self.value("DTSTART").ok_or(RowError::NoDay)?;
        let (first, time) = moment(start)?;
        let last = self.last_day(first)?;
        let mut rules = (self.properties.iter()).filter(|property| property.name == "RRULE");
        let mut days = match (rules.next(), rules.next()) {
            (None, _) => Recurrence {
                last: Some(last),
                ..Recurrence::daily(first)
            },
            (Some(_), None) if last != first => {
                return Err(RowError::Unsupported("RRULE, DTEND".to_owned()));
            }
            (Some(rule), None) => rule::read(&rule.value, first, time)?,
            (Some(_), Some(_)) => return Err(RowError::Unsupported("RRULE, RRULE".to_owned())),
        };
        days.exceptions = self.exceptions()?;
        Ok(days)
    }

    /// The last day of an event. An end at midnight, or a day without a time, is not part of it.
    fn last_day(&self, first: Date) -> Result<Date, RowError> {
        let Some(end) = self.value("DTEND") else {
            return match self.value("DURATION") {
                Some(duration) if !fits_a_day(duration) => Err(RowError::Unsupported(shown(
                    &format!("DURATION:{duration}"),
                ))),
                _ => Ok(first),
            };
        };
        let (day, time) = moment(end)?;
        let is_before = time.is_none_or(|time| time == Time::midnight()) && day > first;
        let day = if is_before { day.yesterday() } else { Ok(day) };
        day.map_err(|_| RowError::NotADay(shown(end)))
    }

    fn exceptions(&self) -> Result<BTreeSet<Date>, RowError> {
        let lines = (self.properties.iter()).filter(|property| property.name == "EXDATE");
        let days = lines.flat_map(|property| property.value.split(','));
        days.map(|day| Ok(moment(day.trim())?.0)).collect()
    }
}

/// Whether a duration (RFC 5545, 3.3.6) is no longer than a day.
fn fits_a_day(duration: &str) -> bool {
    let day = (1.day(), SpanRelativeTo::days_are_24_hours());
    let span = duration.parse::<Span>();
    span.and_then(|span| span.compare(day))
        .is_ok_and(Ordering::is_le)
}

/// A day, and the time of day where there is one: `20260105`, `20260105T080000`, or
/// `20260105T070000Z` in UTC. Any other time is taken for that of the kiosk's clock, whatever the time
/// zone is called: an event is on the day that its calendar shows.
pub(super) fn moment(value: &str) -> Result<(Date, Option<Time>), RowError> {
    let wrong = || RowError::NotADay(shown(value));
    let (local, is_utc) = match value.strip_suffix(['Z', 'z']) {
        Some(local) => (local, true),
        None => (value, false),
    };
    let is_form = |form: &str| {
        let same = |(have, want): (u8, u8)| match want {
            b'0' => have.is_ascii_digit(),
            _ => have.eq_ignore_ascii_case(&want),
        };
        local.len() == form.len() && local.bytes().zip(form.bytes()).all(same)
    };
    if is_form("00000000") && !is_utc {
        let day = Date::strptime("%Y%m%d", local);
        return day.map(|day| (day, None)).map_err(|_| wrong());
    }
    if !is_form("00000000T000000") {
        return Err(wrong());
    }
    let at = DateTime::strptime("%Y%m%dT%H%M%S", local.to_ascii_uppercase());
    let mut at = at.map_err(|_| wrong())?;
    if is_utc {
        let zoned = at.to_zoned(TimeZone::UTC).map_err(|_| wrong())?;
        at = zoned.with_time_zone(crate::zone()).datetime();
    }
    Ok((at.date(), Some(at.time())))
}
