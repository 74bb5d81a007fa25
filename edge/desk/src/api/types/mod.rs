//! What travels as JSON, apart from what is stored and shown: the names of fields and values here
//! are a contract with programs, whatever the rest of the kiosk calls them.

mod about;
mod animals;
mod live;
mod settings;
mod visits;

pub(super) use about::{Breed, Health, Totals};
pub(super) use animals::{Animal, AnimalFields, Expected, Suggestion};
pub(super) use live::Notice;
pub(crate) use live::{Arrival, Stage};
pub(super) use live::{Button, Live};
pub(super) use settings::Settings;
pub(super) use visits::{Change, Confirmation, Confirmations, Confirmed, Visit};
