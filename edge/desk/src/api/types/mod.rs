//! What travels as JSON, apart from what is stored and shown: the names of fields and values here
//! are a contract with programs, whatever the rest of the kiosk calls them.

mod about;
mod animals;
mod clock;
mod live;
mod settings;
mod tokens;
mod visits;
mod webhook;

pub(super) use about::{Breed, Health, Totals};
pub(super) use animals::{Added, Animal, AnimalFields, Expected, Merged, OtherAnimal, Suggestion};
pub(super) use clock::{Clock, ClockSeen};
pub(super) use live::Notice;
pub(crate) use live::{Arrival, Press, Stage};
pub(super) use live::{Button, Live, Refusal};
pub(super) use settings::Settings;
pub(super) use tokens::{MadeToken, NewToken, Token};
pub(super) use visits::{Change, Confirmation, Confirmations, Confirmed, Visit};
pub(crate) use webhook::WebhookEvent;
pub(super) use webhook::{NewWebhook, Webhook};
