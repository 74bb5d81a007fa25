//! Sets of days of the week.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Weekday;
use serde::{Serialize, Serializer};

/// The days as RFC 5545 calls them, Monday first.
const CODES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Days of the week.
///
/// ```
/// use catalogue::Weekdays;
/// use jiff::civil::Weekday;
///
/// let weekend = Weekdays::of([Weekday::Sunday, Weekday::Saturday]);
/// assert!(weekend.contains(Weekday::Saturday));
/// assert_eq!(weekend.to_string(), "SA,SU");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);

    /// The set of these days.
    #[must_use]
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Self {
        Self(days.into_iter().fold(0, |bits, day| bits | bit(day)))
    }

    /// Whether a day is among them.
    #[must_use]
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The days, Monday first.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        let week = Weekday::Monday.cycle_forward().take(7);
        week.filter(move |day| self.contains(*day))
    }

    /// As it is stored: the sum of 1 for Monday, 2 for Tuesday, ..., 64 for Sunday.
    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

/// The day's name in RFC 5545: `MO`.
fn code(day: Weekday) -> &'static str {
    let place = usize::try_from(day.to_monday_zero_offset());
    place.map_or("", |place| CODES[place])
}

impl fmt::Display for Weekdays {
    /// `MO,WE`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<&str> = self.iter().map(code).collect();
        f.write_str(&days.join(","))
    }
}

/// The text is not a list of days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not days of the week, such as MO,WE")]
pub struct NotWeekdays;

impl FromStr for Weekdays {
    type Err = NotWeekdays;

    /// Reads `MO,WE`.
    fn from_str(text: &str) -> Result<Self, NotWeekdays> {
        let mut days = Vec::new();
        for wanted in text.split(',') {
            let found =
                (Self::ALL.iter()).find(|day| code(*day).eq_ignore_ascii_case(wanted.trim()));
            days.push(found.ok_or(NotWeekdays)?);
        }
        Ok(Self::of(days))
    }
}

impl Serialize for Weekdays {
    /// `["MO", "WE"]`
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(code))
    }
}
