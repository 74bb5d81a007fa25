//! Tells the rest of the world what happens: home automation by MQTT, and the hub of a chain of daycares.
//!
//! Whatever happens at the desk is an event in the catalogue's outbox. A link sends those events to
//! one other side, in order and at its own pace, and the catalogue forgets an event when all links
//! have sent it for good. Nobody at the desk waits for a link: [`hub::run`] and [`mqtt::run`] run
//! beside everything else, try again whatever fails, and say in a [`Link`] how it goes.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use catalogue::Catalogue;
//! use jiff::Timestamp;
//! use sync::{Link, hub};
//! use tokio::sync::watch;
//!
//! # async fn example(settings: hub::Settings) -> Result<(), Box<dyn std::error::Error>> {
//! let catalogue = Arc::new(Catalogue::open("data".as_ref())?);
//! let (link, mut shown) = watch::channel(Link::new(Timestamp::now()));
//! let (stop, stopped) = watch::channel(false);
//! let until_it_answers = async {
//!     let answers = shown.wait_for(Link::is_connected).await.is_ok();
//!     stop.send_replace(true);
//!     answers
//! };
//! let ((), answers) = tokio::join!(hub::run(catalogue, settings, link, stopped), until_it_answers);
//! assert!(answers);
//! # Ok(())
//! # }
//! ```

pub mod hub;
pub mod mqtt;

mod envelope;
mod jitter;
pub mod link;
mod tls;

pub use link::{Link, LinkState};
pub use tls::TlsError;
