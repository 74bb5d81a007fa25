//! What stands on the screen at this moment.

use std::sync::Arc;
use std::time::Duration;

use catalogue::VisitId;
use checkin::Stage;
use recognise::{Candidate, VerdictKind};

use super::{Notice, Picture};

/// What stands on the screen at this moment.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The course of the arrival before the camera.
    pub arrival: Arrival,
    /// The very pixels of the screen; none before the first are drawn.
    pub screen: Option<Arc<Picture>>,
    /// What is wrong or missing; empty when all is well.
    pub notices: Vec<Notice>,
    /// What is counted.
    pub counts: Counts,
}

/// Where an arrival has got to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrival {
    /// Its stage.
    pub stage: Stage,
    /// Its record in the catalogue, once there is one.
    pub visit: Option<VisitId>,
    /// The answer: `None` until there is one.
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
    /// Frames that the network was run on.
    pub predictions: u64,
    /// Arrivals that got an answer.
    pub answers: u64,
    /// Mean milliseconds of a prediction.
    pub prediction_ms: f64,
    /// Seconds since the start.
    pub uptime_s: f64,
}

impl Counts {
    /// Counts a prediction that took so long.
    pub fn predicted(&mut self, spent: Duration) {
        self.predictions += 1;
        let spent_ms = spent.as_secs_f64() * 1000.0;
        self.prediction_ms += (spent_ms - self.prediction_ms) / self.predictions as f64;
    }
}
