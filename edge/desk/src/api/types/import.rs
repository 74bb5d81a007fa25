//! What a table or a calendar of bookings changes, or would change.

use catalogue::AnimalId;
use serde::Serialize;
use utoipa::ToSchema;

use super::bookings::NewBooking;

/// What a file changes, or would change.
#[derive(Serialize, ToSchema)]
pub(crate) struct Imported {
    /// How many of `planned` were written; `null` for a preview, which writes nothing.
    written: Option<usize>,
    /// The rows that are about exactly one animal.
    planned: Vec<Planned>,
    /// The other rows.
    refused: Vec<Refused>,
}

/// A row that is about one animal.
#[derive(Serialize, ToSchema)]
struct Planned {
    /// The line of the file.
    line: usize,
    /// The animal's number.
    #[schema(value_type = i64)]
    animal: AnimalId,
    /// Its name.
    name: String,
    /// When it is expected.
    days: NewBooking,
    /// Whether the catalogue had that before.
    known: bool,
}

/// A row that is not.
#[derive(Serialize, ToSchema)]
struct Refused {
    /// The line of the file.
    line: usize,
    /// The row, cut short.
    text: String,
    /// Why, in one line.
    reason: String,
}

impl Imported {
    pub(crate) fn new(plan: catalogue::ImportPlan, written: Option<usize>) -> Self {
        let planned = plan.planned.into_iter().map(|planned| Planned {
            line: planned.line,
            animal: planned.animal,
            name: planned.name,
            days: planned.days.into(),
            known: planned.is_known,
        });
        let refused = plan.refused.into_iter().map(|refused| Refused {
            line: refused.line,
            text: refused.text,
            reason: refused.reason.to_string(),
        });
        Self {
            written,
            planned: planned.collect(),
            refused: refused.collect(),
        }
    }
}
