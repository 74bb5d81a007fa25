//! What is on the screen at this moment.

use std::sync::Arc;
use std::time::Duration;

use catalogue::VisitId;
use checkin::Stage;
use recognise::{Candidate, VerdictKind};

use super::{Notice, Picture};

/// What is on the screen at this moment.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The arrival before the camera.
    pub arrival: Arrival,
    /// The pixels of the screen; `None` before anything was drawn.
    pub screen: Option<Arc<Picture>>,
    /// What is wrong or missing; empty when all is well.
    pub notices: Vec<Notice>,
    /// What happened since the kiosk started.
    pub counts: Counts,
}

impl Live {
    /// The id of the screen's picture; empty before anything was drawn.
    #[must_use]
    pub fn screen_id(&self) -> &str {
        self.screen.as_deref().map_or("", Picture::id)
    }
}

/// How far an arrival has got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrival {
    /// Its stage.
    pub stage: Stage,
    /// Its visit, once that is on record.
    pub visit: Option<VisitId>,
    /// The kind of answer; `None` until there is one.
    pub verdict: Option<VerdictKind>,
    /// The likeliest breeds, at most three, likeliest first.
    pub candidates: Vec<Candidate>,
    /// Which of the candidates the buttons at the screen would confirm.
    pub selected: usize,
}

/// What happened since the kiosk started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Frames that came from the camera.
    pub frames: u64,
    /// Predictions: frames that the network ran on.
    pub predictions: u64,
    /// Arrivals that got an answer.
    pub answers: u64,
    /// Mean time of a prediction in milliseconds.
    pub prediction_ms: f64,
    /// Seconds since the start.
    pub uptime_s: f64,
}

impl Counts {
    /// Counts a prediction and the time that it took.
    pub fn predicted(&mut self, spent: Duration) {
        self.predictions += 1;
        let spent_ms = spent.as_secs_f64() * 1000.0;
        self.prediction_ms += (spent_ms - self.prediction_ms) / self.predictions as f64;
    }
}
