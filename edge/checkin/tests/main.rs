//! The course of arrivals, told by time and events alone.

#[path = "../../recognise/tests/common/mod.rs"]
mod common;
mod followed;
mod presence;
mod room;
mod several;
mod whole;

use std::sync::Arc;
use std::time::Duration;

use checkin::{Arrival, Entrance, Pace, Stage};
use common::Draft;
use recognise::{Bundle, Metadata, Prediction};

/// What the network makes of a frame of each animal, in the order red cat, green dog, blue dog.
const CAT: [f32; 3] = [0.96, 0.02, 0.02];
const DOG: [f32; 3] = [0.02, 0.96, 0.02];
const OTHER_DOG: [f32; 3] = [0.02, 0.02, 0.96];
const MIXED: [f32; 3] = [0.01, 0.49, 0.5];
const BALL: [f32; 3] = [0.34, 0.33, 0.33];

/// The time between two frames.
const FRAME: Duration = Duration::from_millis(100);

/// An empty desk.
fn entrance(locates: bool) -> Entrance {
    Entrance::new(metadata(), Pace::default(), locates)
}

/// The metadata of a bundle with these breeds.
fn metadata() -> Arc<Metadata> {
    let mut draft = Draft::default();
    draft.prop("kiosk.unknown")["threshold"] = 0.6.into();
    let bundle = Bundle::from_bytes(&draft.bytes(), "drawn").unwrap();
    Arc::new(bundle.metadata)
}

fn prediction(probabilities: [f32; 3]) -> Prediction {
    Prediction {
        probabilities: probabilities.to_vec(),
        similarity: vec![],
    }
}

/// The stage of an arrival, or what its answer is.
fn stage(arrival: Option<&Arrival>) -> &'static str {
    let Some(arrival) = arrival else {
        return "empty";
    };
    match arrival.stage() {
        Stage::Empty => panic!("an arrival at an empty desk"),
        Stage::Somebody => "somebody",
        Stage::Predicting => "predicting",
        Stage::Answered => arrival.answer().unwrap().verdict.kind().as_str(),
        Stage::Confirmed => "confirmed",
        Stage::Thanks => "thanks",
    }
}
