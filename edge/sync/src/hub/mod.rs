//! The hub of a chain: a PostgreSQL database that the kiosks of all its daycares share.
//!
//! Events go up, each exactly once by its id, and the outbox forgets one only after the hub has
//! committed it. Guests of other sites come down by a cursor that cannot skip a late commit. What a
//! kiosk's catalogue or the hub has lost to a restored backup, the other side gives back.

pub mod admin;
mod client;
mod clock;
mod connect;
mod error;
mod fault;
pub mod models;
mod photograph;
mod read;
mod rows;
mod send;
mod session;
mod settings;

pub use client::run;
pub use clock::Clock;
pub use error::HubError;
pub use rows::{EventRow, GuestRow, NotReadable};
pub use settings::{Settings, SettingsError};

/// The version of the hub's schema that this program speaks.
pub(crate) const SCHEMA: i32 = 1;
