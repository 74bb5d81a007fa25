//! Reads a table of bookings. The columns are found by their names, in English or French.

use std::collections::BTreeSet;

use csv::{Position, ReaderBuilder, StringRecord};
use jiff::civil::Weekday;
use recognise::text::{fold, key};

use super::{IMPORT_ROWS, ImportError, Row, RowError, Wanted, check_value, checked, day, shown};
use crate::recurrence::{Recurrence, Unit};
use crate::weekdays::Weekdays;

/// What separates the cells of a row.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The only cell of a row that is added to the end of the table. Where a quotation mark is open, it is
/// read as a part of the row before.
const END: &str = "\u{4}";

/// The names of each column, without capitals and accents.
const TAG: [&str; 6] = [
    "tag",
    "microchip",
    "chip",
    "puce",
    "medaille",
    "identifiant",
];
const NAME: [&str; 5] = ["name", "animal", "pet", "nom", "guest"];
const OWNER: [&str; 5] = ["owner", "contact", "household", "proprietaire", "foyer"];
const DAY: [&str; 3] = ["day", "date", "jour"];
const FROM: [&str; 5] = ["from", "start", "du", "debut", "first"];
const UNTIL: [&str; 7] = ["until", "to", "end", "au", "fin", "last", "jusquau"];
const WEEKDAYS: [&str; 4] = ["weekdays", "days", "jours", "joursdelasemaine"];
const EXCEPT: [&str; 4] = ["except", "exceptions", "sauf", "without"];

/// The days of the week as people write them, Monday first.
const WEEK: [[&str; 5]; 7] = [
    ["mo", "mon", "monday", "lun", "lundi"],
    ["tu", "tue", "tuesday", "mar", "mardi"],
    ["we", "wed", "wednesday", "mer", "mercredi"],
    ["th", "thu", "thursday", "jeu", "jeudi"],
    ["fr", "fri", "friday", "ven", "vendredi"],
    ["sa", "sat", "saturday", "sam", "samedi"],
    ["su", "sun", "sunday", "dim", "dimanche"],
];

/// Where the columns are.
struct Columns {
    tag: Option<usize>,
    name: Option<usize>,
    owner: Option<usize>,
    day: Option<usize>,
    from: Option<usize>,
    until: Option<usize>,
    weekdays: Option<usize>,
    except: Option<usize>,
}

/// The rows of a table.
pub(super) fn read(text: &str) -> Result<Vec<Row>, ImportError> {
    // With one kind of line break, the lines are those that people see.
    let text = text.replace("\r\n", "\n").replace('\r', "\n") + "\n" + END;
    let heading = text.lines().next().unwrap_or_default();
    let count = |separator: &u8| heading.bytes().filter(|byte| byte == separator).count();
    let separator = SEPARATORS.into_iter().max_by_key(count).unwrap_or(b',');
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .from_reader(text.as_bytes());
    let columns = match reader.headers() {
        Ok(heading) => Columns::of(heading)?,
        Err(_) => return Err(ImportError::BrokenTable { line: 1 }),
    };
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    let (mut line, mut has_ended) = (1, false);
    while reader.read_record(&mut record).unwrap_or(false) {
        has_ended = record.iter().eq([END]);
        if has_ended || record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let position = record.position().map_or(1, Position::line);
        line = usize::try_from(position).unwrap_or(usize::MAX);
        if rows.len() == IMPORT_ROWS {
            return Err(ImportError::TooManyRows);
        }
        rows.push(Row {
            line,
            text: shown(&record.iter().collect::<Vec<_>>().join(" | ")),
            wanted: columns.wanted(&record),
        });
    }
    if has_ended {
        Ok(rows)
    } else {
        Err(ImportError::BrokenTable { line })
    }
}

impl Columns {
    fn of(heading: &StringRecord) -> Result<Self, ImportError> {
        let find = |names: &[&str]| {
            let mut cells = heading.iter();
            cells.position(|cell| names.contains(&&*key(cell)))
        };
        let columns = Self {
            tag: find(&TAG),
            name: find(&NAME),
            owner: find(&OWNER),
            day: find(&DAY),
            from: find(&FROM),
            until: find(&UNTIL),
            weekdays: find(&WEEKDAYS),
            except: find(&EXCEPT),
        };
        let mut missing = Vec::new();
        if columns.name.or(columns.tag).is_none() {
            missing.push("name / tag");
        }
        if columns.day.or(columns.from).is_none() {
            missing.push("day / from");
        }
        if missing.is_empty() {
            return Ok(columns);
        }
        let found = heading.iter().take(20).map(shown).collect();
        Err(ImportError::MissingColumns { missing, found })
    }

    fn wanted(&self, record: &StringRecord) -> Result<Wanted, RowError> {
        let cell = |column: Option<usize>| {
            let cell = column.and_then(|column| record.get(column));
            cell.unwrap_or_default().trim()
        };
        let [tag, name, owner] = [self.tag, self.name, self.owner].map(cell);
        [tag, name, owner].into_iter().try_for_each(check_value)?;
        Ok(Wanted {
            tag: tag.to_owned(),
            name: name.to_owned(),
            owner: owner.to_owned(),
            days: checked(self.days(cell)?)?,
        })
    }

    /// The day of a row, or its days of the week from one day to another.
    fn days<'a>(&self, cell: impl Fn(Option<usize>) -> &'a str) -> Result<Recurrence, RowError> {
        let (single, from, until) = (cell(self.day), cell(self.from), cell(self.until));
        let weekdays = weekdays(cell(self.weekdays))?;
        let exceptions = cell(self.except).split([',', ';', ' ']);
        let exceptions = exceptions.filter(|day| !day.is_empty()).map(day);
        let exceptions: BTreeSet<_> = exceptions.collect::<Result<_, _>>()?;
        if !single.is_empty() {
            return Ok(Recurrence::once(day(single)?));
        }
        if from.is_empty() {
            return Err(RowError::NoDay);
        }
        let daily = Recurrence::daily(day(from)?);
        let last = match until {
            "" => None,
            until => Some(day(until)?),
        };
        Ok(match weekdays {
            Some(weekdays) => Recurrence {
                last,
                unit: Unit::Week,
                weekdays,
                exceptions,
                ..daily
            },
            // Without days of the week, a first day alone is a single one.
            None => Recurrence {
                last: last.or(Some(daily.first)),
                exceptions,
                ..daily
            },
        })
    }
}

/// The days of the week that somebody wrote; `None` where there are none.
fn weekdays(text: &str) -> Result<Option<Weekdays>, RowError> {
    let wrong = || RowError::NotWeekdays(shown(text));
    // “Mon – Fri” means the days between, too.
    if text.contains(['-', '–', '—']) {
        return Err(wrong());
    }
    let folded = fold(text);
    let mut days = Vec::new();
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        let place = WEEK.iter().position(|names| names.contains(&word));
        let place = place.and_then(|place| i8::try_from(place).ok());
        let day = place.and_then(|place| Weekday::from_monday_zero_offset(place).ok());
        days.push(day.ok_or_else(wrong)?);
    }
    Ok((!days.is_empty()).then(|| Weekdays::of(days)))
}
