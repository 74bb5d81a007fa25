//! Days on which an animal is expected again and again.

use std::collections::BTreeSet;

use catalogue::{AnimalId, BookingId, Recurrence, Unit, Weekdays};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::DeskError;

/// Days on which an animal is expected.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct NewBooking {
    /// The days of the week: `MO`, `TU`, `WE`, `TH`, `FR`, `SA`, `SU`.
    weekdays: Vec<String>,
    /// The first day that counts, as in 2026-01-31.
    from: Date,
    /// The last day that counts; `null` for no end.
    #[serde(default)]
    until: Option<Date>,
    /// The interval in weeks or days, counted from the first day or its week, 1 to 366.
    #[serde(default = "one")]
    every: u32,
    /// What `every` counts.
    #[serde(default)]
    unit: RecurrenceUnit,
    /// Days that are left out, at most 366.
    #[serde(default)]
    exceptions: Vec<Date>,
}

/// Weeks or days.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RecurrenceUnit {
    /// Weeks.
    #[default]
    Week,
    /// Days.
    Day,
}

fn one() -> u32 {
    1
}

impl TryFrom<NewBooking> for Recurrence {
    type Error = DeskError;

    fn try_from(new: NewBooking) -> Result<Self, DeskError> {
        let weekdays: Weekdays = (new.weekdays.join(",").parse())
            .map_err(|error: catalogue::NotWeekdays| DeskError::Invalid(error.to_string()))?;
        Ok(Self {
            first: new.from,
            last: new.until,
            every: new.every,
            unit: match new.unit {
                RecurrenceUnit::Week => Unit::Week,
                RecurrenceUnit::Day => Unit::Day,
            },
            weekdays,
            exceptions: BTreeSet::from_iter(new.exceptions),
        })
    }
}

impl From<Recurrence> for NewBooking {
    fn from(days: Recurrence) -> Self {
        Self {
            weekdays: (days.weekdays.iter())
                .map(|day| Weekdays::of([day]).to_string())
                .collect(),
            from: days.first,
            until: days.last,
            every: days.every,
            unit: match days.unit {
                Unit::Week => RecurrenceUnit::Week,
                Unit::Day => RecurrenceUnit::Day,
            },
            exceptions: days.exceptions.into_iter().collect(),
        }
    }
}

/// A booking.
#[derive(Serialize, ToSchema)]
pub(crate) struct Booking {
    /// Its number.
    #[schema(value_type = i64)]
    id: BookingId,
    /// The number of the animal.
    #[schema(value_type = i64)]
    animal: AnimalId,
    /// The days.
    #[serde(flatten)]
    days: NewBooking,
}

impl From<catalogue::Booking> for Booking {
    fn from(booking: catalogue::Booking) -> Self {
        Self {
            id: booking.id,
            animal: booking.animal,
            days: booking.days.into(),
        }
    }
}
