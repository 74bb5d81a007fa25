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
    /// How often the breed that the kiosk named was the one that staff confirmed.
    right: u32,
    /// How often it was another one.
    wrong: u32,
    /// How often staff confirmed a breed and the kiosk had named none.
    unnamed: Unnamed,
    /// How many arrivals nobody confirmed.
    unconfirmed: u32,
    /// The arrivals of each day.
    days: Vec<DayCount>,
    /// The arrivals in each hour of the day, from 0 to 23.
    hours: Vec<u32>,
    /// The arrivals of each breed, the most frequent first.
    breeds: Vec<BreedCount>,
}

/// How often the kiosk named no breed, by its verdict.
#[derive(Serialize, ToSchema)]
struct Unnamed {
    /// `unsure`.
    unsure: u32,
    /// `species`.
    species: u32,
    /// `not_ours`.
    not_ours: u32,
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
    /// How often the kiosk named this breed, which staff confirmed.
    right: u32,
    /// How often it named another one.
    wrong: u32,
    /// How often it named none.
    unnamed: u32,
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
            unnamed: Unnamed {
                unsure: report.unnamed.unsure,
                species: report.unnamed.species,
                not_ours: report.unnamed.not_ours,
            },
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
                    unnamed: count.unnamed,
                })
                .collect(),
        }
    }
}
