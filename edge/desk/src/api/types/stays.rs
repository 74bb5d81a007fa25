//! Who is in the house, and what is noted about a stay.

use catalogue::VisitId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Animal;

/// The stay that began with a visit.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stay {
    /// Whether the animal is in the house: staff have confirmed it, and have not checked it out.
    in_house: bool,
    /// What it brought.
    belongings: String,
    /// Its run or kennel.
    run: String,
    /// When it left; `null` while it is in the house, and if nobody knows.
    left_at: Option<Timestamp>,
    /// When staff checked it out.
    checked_out_at: Option<Timestamp>,
    /// Who did so.
    checked_out_by: Option<String>,
}

impl From<catalogue::Stay> for Stay {
    fn from(stay: catalogue::Stay) -> Self {
        Self {
            in_house: stay.is_open,
            belongings: stay.belongings,
            run: stay.run,
            left_at: stay.left_at,
            checked_out_at: stay.checked_out_at,
            checked_out_by: stay.checked_out_by,
        }
    }
}

/// A guest and its stay.
#[derive(Serialize, ToSchema)]
pub(crate) struct Guest {
    /// The animal.
    animal: Animal,
    /// The visit with which the stay began.
    #[schema(value_type = i64)]
    visit: VisitId,
    /// When that was.
    since: Timestamp,
    /// Whether it came on a former day, and nobody has checked it out: it may have left.
    forgotten: bool,
    /// The stay.
    #[serde(flatten)]
    stay: Stay,
}

impl Guest {
    /// Leaves out what may be about people.
    pub(crate) fn hide_people(&mut self) {
        self.animal.hide_people();
    }
}

impl From<catalogue::Guest> for Guest {
    fn from(guest: catalogue::Guest) -> Self {
        let forgotten = guest.is_overdue(Timestamp::now());
        Self {
            animal: guest.animal.into(),
            visit: guest.visit,
            since: guest.since,
            forgotten,
            stay: guest.stay.into(),
        }
    }
}

/// What staff note about one stay.
#[derive(Deserialize, ToSchema)]
pub(crate) struct StayNotes {
    /// What the animal brought, at most 4000 characters.
    #[serde(default)]
    belongings: String,
    /// Its run or kennel, one line of at most 100 characters.
    #[serde(default)]
    run: String,
}

impl From<StayNotes> for catalogue::StayNotes {
    fn from(notes: StayNotes) -> Self {
        Self {
            belongings: notes.belongings,
            run: notes.run,
        }
    }
}

/// That an animal has left.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CheckOut {
    /// A visit of the stay; if it is left out, the last stay that is open. If the animal's stay is
    /// another one by now, the request is refused.
    #[schema(value_type = Option<i64>)]
    pub(crate) visit: Option<VisitId>,
    /// When it left, between its arrival and now. If it is left out, an animal that came today left
    /// now, and of one that came on a former day nobody knows when it left.
    pub(crate) left_at: Option<Timestamp>,
}

/// How many guests were checked out.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeftAll {
    /// The number of their stays.
    pub(crate) checked_out: usize,
}
