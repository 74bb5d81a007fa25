//! What travels as JSON, apart from what is stored and shown: the names of fields and values here
//! are a contract with programs, whatever the rest of the kiosk calls them.

mod about;
mod animals;
mod bookings;
mod clock;
mod import;
mod learnt;
mod live;
mod owners;
mod people;
mod report;
mod settings;
mod stays;
mod tokens;
mod vaccinations;
mod visits;
mod webhook;

pub(super) use about::{Breed, Health, Totals};
pub(super) use animals::{Added, Animal, AnimalFields, Expected, Merged, OtherAnimal, Suggestion};
pub(super) use bookings::{Booking, NewBooking};
pub(super) use clock::{Clock, ClockSeen};
pub(super) use import::Imported;
pub(super) use learnt::LearntBreedState;
pub(super) use live::Notice;
pub(crate) use live::{Arrival, Press, Stage};
pub(super) use live::{Button, Live, Refusal};
pub(super) use owners::{Owner, OwnerFields};
pub(super) use people::{
    Acceptance, Account, Invitation, ListedSession, MadeInvitation, NewPassword, Record, Right,
};
pub(super) use report::Report;
pub(super) use settings::Settings;
pub(super) use stays::{CheckOut, Guest, LeftAll, Stay, StayNotes};
pub(super) use tokens::{MadeToken, NewToken, Token};
pub(super) use visits::{Change, Confirmation, Confirmations, Confirmed, Visit};
pub(crate) use webhook::WebhookEvent;
pub(super) use webhook::{NewWebhook, Webhook};
