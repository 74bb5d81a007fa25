//! The time zone of the daycare: which day it is, and when it begins.

use std::sync::{PoisonError, RwLock};

use jiff::tz::{self, TimeZone};
use jiff::{Timestamp, Zoned};

use crate::{CatalogueError, FieldError};

/// What [`use_time_zone`] was told last.
static CHOSEN: RwLock<Chosen> = RwLock::new(Chosen {
    name: None,
    zone: None,
});

struct Chosen {
    name: Option<String>,
    /// `None` for the system's.
    zone: Option<TimeZone>,
}

/// The parts of the world in the names of zones. Others are old names, or offsets.
const AREAS: [&str; 10] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

/// The time zone in which days and times of day are meant: the one of the settings where
/// [`use_time_zone`] was told, else the system's.
#[must_use]
pub fn zone() -> TimeZone {
    let chosen = CHOSEN.read().unwrap_or_else(PoisonError::into_inner);
    chosen.zone.clone().unwrap_or_else(TimeZone::system)
}

/// The present time in [`zone`].
#[must_use]
pub fn now() -> Zoned {
    Timestamp::now().to_zoned(zone())
}

/// Sets the time zone of this whole process to that of the settings; `None` for the system's. A name
/// that the system does not know any more means the system's too, and the log says so. A program calls
/// this at its start, and whenever the settings have changed.
///
/// ```standalone_crate
/// use catalogue::{now, use_time_zone, zone};
///
/// use_time_zone(Some("Pacific/Kiritimati"));
/// assert_eq!(zone().iana_name(), Some("Pacific/Kiritimati"));
/// assert_eq!(now().offset().seconds(), 14 * 3600);
///
/// use_time_zone(Some("Mars/Olympus"));
/// assert_ne!(zone().iana_name(), Some("Pacific/Kiritimati"));
/// ```
pub fn use_time_zone(name: Option<&str>) {
    let mut chosen = CHOSEN.write().unwrap_or_else(PoisonError::into_inner);
    if chosen.name.as_deref() == name {
        return;
    }
    chosen.name = name.map(str::to_owned);
    chosen.zone = name.and_then(|name| match TimeZone::get(name) {
        Ok(zone) => Some(zone),
        Err(error) => {
            tracing::error!(zone = name, %error, "the settings' time zone cannot be used");
            None
        }
    });
}

/// The name of the system's time zone; `None` if it has none.
#[must_use]
pub fn system_time_zone() -> Option<String> {
    TimeZone::system().iana_name().map(str::to_owned)
}

/// The names of the time zones that people choose from, sorted. It looks through the system's folder
/// of zones.
#[must_use]
pub fn time_zones() -> Vec<String> {
    let names = tz::db().available().map(|name| name.to_string());
    let mut names: Vec<String> = names
        .filter(|name| AREAS.iter().any(|area| name.starts_with(area)))
        .collect();
    names.sort();
    names
}

/// Refuses a name that is no time zone's.
pub(crate) fn check(name: &str) -> Result<(), CatalogueError> {
    match TimeZone::get(name) {
        Ok(_) => Ok(()),
        Err(_) => Err(CatalogueError::invalid(
            "time_zone",
            FieldError::NoSuchTimeZone,
        )),
    }
}
