//! Drives arrivals from an empty desk to guests who are checked in.
//!
//! - [`Presence`] tells an empty desk from one where something is, by change in the picture. That is
//!   cheap, and wakes the networks.
//! - [`Entrance`] is the state machine. It follows the animals that the detector finds from frame to
//!   frame; each is an [`Arrival`] with its own evidence, answer and [`Stage`]. A person, a broom or a
//!   ball is none. Where the bundle has no detector, all that is in the picture is one arrival.
//! - [`Entrance::turn`] says what the networks do with a frame ([`Turn`]), [`Entrance::on`] takes in
//!   what they found and what staff do ([`Event`]), and says what is to be kept ([`Effect`]).
//! - [`Entrance::focus`] is the arrival that the buttons mean.
//!
//! Nothing here reads a clock: the caller passes the time, as any [`Duration`](std::time::Duration)
//! that only grows, such as the time since the program started.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use checkin::{Effect, Entrance, Event, Pace, Sight, Stage, Turn};
//! use recognise::metadata::Species;
//! use recognise::{Bundle, Detection, Prediction, Region};
//!
//! let metadata = Arc::new(Bundle::embedded()?.metadata);
//! let mut entrance = Entrance::new(Arc::clone(&metadata), Pace::default(), true);
//! assert!(entrance.is_idle());
//!
//! // For half a second a beagle is in front of the camera, which gives ten frames a second.
//! const BEAGLE: usize = 4;
//! let region = Region::new(0.3, 0.4, 0.6, 0.9).expect("a part of the picture");
//! let mut recorded = Vec::new();
//! for frame in 1..=5 {
//!     let now = Duration::from_millis(100 * frame);
//!     entrance.on(now, Event::Seen(Sight::Still));
//!     loop {
//!         let took = Duration::from_millis(20);
//!         let event = match entrance.turn(now) {
//!             Turn::Skip | Turn::Rest => break,
//!             Turn::Locate => {
//!                 // Recogniser::locate
//!                 let (species, score) = (Species::Dog, 0.9);
//!                 let detections = vec![Detection { region, species, score }];
//!                 Event::Located { detections, took }
//!             }
//!             Turn::Recognise(arrival, _region) => {
//!                 // Recogniser::recognise_in
//!                 let mut probabilities = vec![0.0; metadata.breeds.len()];
//!                 probabilities[BEAGLE] = 1.0;
//!                 let similarity = vec![1.0; metadata.breeds.len()];
//!                 let prediction = Prediction { probabilities, similarity };
//!                 let embedding = vec![0.6, 0.8];
//!                 let arrival = entrance.identify(now, arrival, &embedding);
//!                 Event::Predicted { arrival, prediction, embedding, took }
//!             }
//!         };
//!         recorded.extend(entrance.on(now, event));
//!     }
//! }
//! let arrival = entrance.focus().expect("an arrival").id();
//! assert!(matches!(&recorded[..], [Effect::Record { arrival: id, .. }] if *id == arrival));
//!
//! // Staff confirm it, and that is stored.
//! entrance.on(Duration::from_secs(1), Event::Confirmed(arrival));
//! entrance.on(Duration::from_secs(3), Event::Passed);
//! assert_eq!(entrance.focus().map(|arrival| arrival.stage()), Some(Stage::Thanks));
//! # Ok::<(), recognise::BundleError>(())
//! ```

mod arrival;
mod embeddings;
mod entrance;
mod identity;
mod pace;
mod presence;
mod track;
mod tracker;
mod turn;

pub use arrival::{Arrival, ArrivalId, Stage};
pub use entrance::{Effect, Entrance, Event};
pub use pace::Pace;
pub use presence::{Presence, Sight};
pub use turn::Turn;
