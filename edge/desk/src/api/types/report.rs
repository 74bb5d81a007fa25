//! The arrivals of some days in figures.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// The arrivals of some days.
#[derive(Serialize, ToSchema)]
pub(crate) struct Report {
    /// The first day.
    from: Date,
    /// The last day.
    to: Date,
    /// How many arrivals there were.
    arrivals: u32,
    /// How often the first candidate was the breed that staff confirmed.
    right: u32,
    /// How often it was another one, or there was none.
    wrong: u32,
    /// How many arrivals nobody confirmed.
    unconfirmed: u32,
    /// The arrivals of each day.
    days: Vec<DayCount>,
    /// The arrivals in each hour of the day, from 0 to 23.
    hours: Vec<u32>,
    /// The arrivals of each breed, the most frequent first.
    breeds: Vec<BreedCount>,
}

/// The arrivals of a day.
#[derive(Serialize, ToSchema)]
struct DayCount {
    /// The day.
    day: Date,
    /// How many there were.
    arrivals: u32,
}

/// The arrivals of a breed.
#[derive(Serialize, ToSchema)]
struct BreedCount {
    /// The breed's id: what staff said, else what was recognised; `null` if it is open.
    breed: Option<String>,
    /// The breed in the words of staff, if its id is `other` and they said more.
    breed_name: Option<String>,
    /// How many there were.
    arrivals: u32,
    /// How often the first candidate was this breed, which staff confirmed.
    right: u32,
    /// How often it was not.
    wrong: u32,
}

impl From<catalogue::Report> for Report {
    fn from(report: catalogue::Report) -> Self {
        let days = (report.days.iter()).map(|&(day, arrivals)| DayCount { day, arrivals });
        Self {
            from: report.from,
            to: report.to,
            arrivals: report.arrivals(),
            right: report.right,
            wrong: report.wrong,
            unconfirmed: report.unconfirmed,
            days: days.collect(),
            hours: report.hours.to_vec(),
            breeds: (report.breeds.into_iter())
                .map(|count| BreedCount {
                    breed: count.breed.map(String::from),
                    breed_name: count.breed_name,
                    arrivals: count.arrivals,
                    right: count.right,
                    wrong: count.wrong,
                })
                .collect(),
        }
    }
}
