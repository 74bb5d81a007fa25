//! The kiosk's clock.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The kiosk's clock.
#[derive(Serialize, ToSchema)]
pub(crate) struct Clock {
    /// The time.
    now: Timestamp,
    /// The time before the clock jumped by more than a day, until somebody confirms that it is
    /// right; else `null`. Until then no photograph is deleted for its age.
    jumped_from: Option<Timestamp>,
}

impl Clock {
    pub(crate) fn new(now: Timestamp, jumped_from: Option<Timestamp>) -> Self {
        Self { now, jumped_from }
    }
}

/// What somebody was shown who says that the clock is right.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ClockSeen {
    /// The time, as `/api/v1/clock` gave it, at most an hour ago.
    pub(crate) now: Timestamp,
}
