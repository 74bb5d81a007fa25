//! Tells the rest of the world what happens: home automation by MQTT, and the hub of a chain of daycares.
//!
//! Whatever happens at the desk is an event in the catalogue's outbox. A link sends those events to
//! one other side, in order and at its own pace, and the catalogue forgets an event when all links
//! have sent it for good. Nobody at the desk waits for a link: [`hub::run`] and [`mqtt::run`] run
//! beside everything else, try again whatever fails, and say in a [`Link`] how it goes.

pub mod hub;
pub mod mqtt;

mod envelope;
mod jitter;
pub mod link;
mod tls;

pub use link::{Link, LinkState};
pub use tls::TlsError;
