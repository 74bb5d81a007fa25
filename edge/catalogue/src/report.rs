//! Counts the arrivals of some days: when they came, of which breeds, and how often the kiosk was right.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use recognise::{BreedId, VerdictKind};
use serde::Serialize;

use crate::values::{At, Text, bounds, check_day};
use crate::{Catalogue, CatalogueError, FieldError};

/// The most days of a report.
const MOST_DAYS: u32 = 366;

/// The arrivals of some days.
///
/// ```
/// use catalogue::{Catalogue, NewVisit, zone};
/// use jiff::Timestamp;
/// use recognise::{Source, VerdictKind};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let at: Timestamp = "2026-05-01T10:00:00Z".parse()?;
/// catalogue.record(&NewVisit {
///     at,
///     photograph: None,
///     verdict: VerdictKind::Unsure,
///     candidates: Vec::new(),
///     confidence: 0.4,
///     embedding: Vec::new(),
///     model: "2026-05-01".to_owned(),
///     source: Source::Camera,
/// })?;
/// let day = at.to_zoned(zone()).date();
/// let report = catalogue.report(day, day)?;
/// assert_eq!(report.days, [(day, 1)]);
/// assert_eq!((report.arrivals(), report.unconfirmed), (1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// How many arrivals there were on each day, also on those without any.
    pub days: Vec<(Date, u32)>,
    /// How many there were in each hour of the day, in the system's time zone.
    pub hours: [u32; 24],
    /// The breeds, the most frequent first.
    pub breeds: Vec<BreedCount>,
    /// How often the breed that the kiosk named was the one that staff confirmed.
    pub right: u32,
    /// How often it was another one.
    pub wrong: u32,
    /// How often staff confirmed a breed and the kiosk had named none.
    pub unnamed: Unnamed,
    /// How many arrivals nobody confirmed.
    pub unconfirmed: u32,
}

/// How often the kiosk named no breed, by its verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unnamed {
    /// It was unsure which breed it was.
    pub unsure: u32,
    /// It named the species alone.
    pub species: u32,
    /// It saw no animal that it knows.
    pub not_ours: u32,
}

/// The arrivals of one breed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BreedCount {
    /// The breed that staff confirmed, or else that was recognised; `None` where it is open.
    pub breed: Option<BreedId>,
    /// The breed in the words of staff, where its id is [`crate::OTHER_BREED`] and they said more.
    pub breed_name: Option<String>,
    /// How many there were.
    pub arrivals: u32,
    /// Of those that staff confirmed: how often the kiosk named this breed.
    pub right: u32,
    /// Of those that staff confirmed: how often it named another one.
    pub wrong: u32,
    /// Of those that staff confirmed: how often it named none.
    pub unnamed: u32,
}

impl Unnamed {
    /// How often in all.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.unsure + self.species + self.not_ours
    }
}

impl Report {
    /// How many arrivals there were.
    #[must_use]
    pub fn arrivals(&self) -> u32 {
        self.right + self.wrong + self.unnamed.total() + self.unconfirmed
    }
}

impl Catalogue {
    /// The arrivals from one day to another, both included, in the system's time zone.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for more than 366 days, or days out of order or out of the years
    /// 2000 to 2100; or when the catalogue cannot be read.
    pub fn report(&self, from: Date, to: Date) -> Result<Report, CatalogueError> {
        check_day("from", from)?;
        check_day("to", to)?;
        if to < from {
            let (first, last) = (from, to);
            let reason = FieldError::EndsBefore { first, last };
            return Err(CatalogueError::invalid("to", reason));
        }
        let days = from.series(1.day()).take_while(|day| *day <= to);
        let days: BTreeMap<Date, u32> = days.map(|day| (day, 0)).collect();
        if days.len() > MOST_DAYS as usize {
            let (least, most, unit) = (1, MOST_DAYS, "days");
            let reason = FieldError::OutOfRange { least, most, unit };
            return Err(CatalogueError::invalid("to", reason));
        }
        let mut counts = Counts {
            days,
            ..Counts::default()
        };
        let zone = crate::zone();
        let (start, end) = (bounds(from).0, bounds(to).1);
        self.connections.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT at, said, said_name, verdict, json_extract(candidates, '$[0][0]')
                 FROM visit WHERE at >= ?1 AND at < ?2 ORDER BY at",
            )?;
            let arrivals = statement.query_map((start, end), |row| {
                Ok(Arrival {
                    at: row.get::<_, At>(0)?,
                    confirmed: row.get::<_, Option<Text<BreedId>>>(1)?.map(|breed| breed.0),
                    name: row.get(2)?,
                    verdict: row.get::<_, Text<VerdictKind>>(3)?.0,
                    first: row.get::<_, Option<Text<BreedId>>>(4)?.map(|breed| breed.0),
                })
            })?;
            for arrival in arrivals {
                counts.add(arrival?, &zone);
            }
            Ok(())
        })?;
        Ok(counts.report(from, to))
    }
}

/// What counts of a visit.
struct Arrival {
    at: At,
    confirmed: Option<BreedId>,
    name: Option<String>,
    verdict: VerdictKind,
    /// The kiosk's first candidate.
    first: Option<BreedId>,
}

/// A breed as it is counted: its id, and the words of staff.
type Key = (Option<BreedId>, Option<String>);

#[derive(Default)]
struct Counts {
    days: BTreeMap<Date, u32>,
    hours: [u32; 24],
    breeds: BTreeMap<Key, BreedCount>,
    right: u32,
    wrong: u32,
    unnamed: Unnamed,
    unconfirmed: u32,
}

impl Counts {
    fn add(&mut self, arrival: Arrival, zone: &TimeZone) {
        let at = arrival.at.0.to_zoned(zone.clone());
        *self.days.entry(at.date()).or_default() += 1;
        if let Some(hour) = usize::try_from(at.hour())
            .ok()
            .and_then(|hour| self.hours.get_mut(hour))
        {
            *hour += 1;
        }
        let named = arrival
            .first
            .filter(|_| arrival.verdict == VerdictKind::Breed);
        let confirmed = arrival.confirmed;
        let breed = confirmed.clone().or_else(|| named.clone());
        let key = (breed.clone(), arrival.name.clone());
        let count = self.breeds.entry(key).or_insert(BreedCount {
            breed,
            breed_name: arrival.name,
            arrivals: 0,
            right: 0,
            wrong: 0,
            unnamed: 0,
        });
        count.arrivals += 1;
        if confirmed.is_none() {
            self.unconfirmed += 1;
            return;
        }
        let (of_breed, of_all) = match arrival.verdict {
            VerdictKind::Breed if named == confirmed => (&mut count.right, &mut self.right),
            VerdictKind::Breed => (&mut count.wrong, &mut self.wrong),
            VerdictKind::Unsure => (&mut count.unnamed, &mut self.unnamed.unsure),
            VerdictKind::Species => (&mut count.unnamed, &mut self.unnamed.species),
            VerdictKind::NotOurs => (&mut count.unnamed, &mut self.unnamed.not_ours),
        };
        *of_breed += 1;
        *of_all += 1;
    }

    fn report(self, from: Date, to: Date) -> Report {
        let mut breeds: Vec<BreedCount> = self.breeds.into_values().collect();
        // Among equals they stay in the order of their ids.
        breeds.sort_by_key(|count| std::cmp::Reverse(count.arrivals));
        Report {
            from,
            to,
            days: self.days.into_iter().collect(),
            hours: self.hours,
            breeds,
            right: self.right,
            wrong: self.wrong,
            unnamed: self.unnamed,
            unconfirmed: self.unconfirmed,
        }
    }
}
