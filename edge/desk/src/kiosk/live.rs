//! What is on the screen at this moment.

use std::sync::Arc;
use std::time::{Duration, Instant};

use catalogue::CatalogueError;
use recognise::{Metadata, VerdictKind};
use screens::locale::Message;

use super::{Arrival, Backups, Links, Machine, Notice, Picture, Rescue};

/// What is on the screen at this moment.
///
/// ```
/// use desk::kiosk::{Arrival, Live};
///
/// let mut live = Live::default();
/// assert_eq!(live.arrivals().count(), 0, "nobody is there");
///
/// live.arrival = Arrival { id: 7, number: 2, ..Arrival::default() };
/// live.others.push(Arrival { id: 6, number: 1, ..Arrival::default() });
/// let numbers: Vec<u8> = live.arrivals().map(|arrival| arrival.number).collect();
/// assert_eq!(numbers, [2, 1], "first the one that the buttons mean");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The arrival that the screen shows and its buttons mean; at [`Stage::Empty`](checkin::Stage)
    /// where there is none.
    pub arrival: Arrival,
    /// The other arrivals, oldest first.
    pub others: Vec<Arrival>,
    /// The pixels of the screen; `None` before anything was drawn.
    pub screen: Option<Arc<Picture>>,
    /// What is wrong or missing; empty when all is well.
    pub notices: Vec<Notice>,
    /// The tag that was just read and its animal. A tag that no animal has is a notice.
    pub tag: Option<Message>,
    /// Whether there is a camera, working or not.
    pub has_camera: bool,
    /// Which model bundle is in use: the built-in one, an installed one, or a file.
    pub model: Option<Message>,
    /// The metadata of the network in use; `None` until the kiosk's thread has begun.
    pub metadata: Option<Arc<Metadata>>,
    /// Why a visit could not be recorded at present; `None` if it could, or nobody has tried yet.
    pub unrecordable: Option<Arc<CatalogueError>>,
    /// The way back, while visits go to a rescue catalogue.
    pub rescue: Option<Rescue>,
    /// Whether the last check of the catalogue has found damage.
    pub is_damaged: bool,
    /// When the kiosk's thread last said that it goes on; `None` before it began.
    pub turned: Option<Instant>,
    /// What is known of the automatic backups; `None` where there are to be none.
    pub backups: Option<Backups>,
    /// What is known of the links to the rest of the daycare and of the chain.
    pub links: Links,
    /// The machine that the kiosk runs on.
    pub machine: Machine,
    /// What happened since the kiosk started.
    pub counts: Counts,
}

impl Live {
    /// The id of the screen's picture; empty before anything was drawn.
    #[must_use]
    pub fn screen_id(&self) -> &str {
        self.screen.as_deref().map_or("", Picture::id)
    }

    /// All arrivals: first the one that the buttons mean, unless nobody is there.
    pub fn arrivals(&self) -> impl Iterator<Item = &Arrival> {
        let focus = Some(&self.arrival).filter(|arrival| arrival.id != 0);
        focus.into_iter().chain(&self.others)
    }
}

/// What happened since the kiosk started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Frames that came from the camera.
    pub frames: u64,
    /// Predictions: runs of the network that names breeds.
    pub predictions: u64,
    /// Runs of the detector, which finds animals.
    pub detector_runs: u64,
    /// Frames that a newer one replaced before anything was done with them, for example during a
    /// prediction.
    pub skipped: u64,
    /// Frames that a network should have run on, had it not rested from the run before.
    pub deferred: u64,
    /// Arrivals that got an answer.
    pub answers: u64,
    /// The same by the kind of the first answer, in the order of [`VerdictKind::ALL`].
    pub verdicts: [u64; VerdictKind::ALL.len()],
    /// Mean time of a prediction in milliseconds.
    pub prediction_ms: f64,
    /// Time that was spent on predictions, in seconds.
    pub predicting_s: f64,
    /// Time that was spent on runs of the detector, in seconds.
    pub detector_s: f64,
    /// Seconds since the start.
    pub uptime_s: f64,
}

impl Counts {
    /// Counts an arrival that got an answer of this kind.
    pub fn answered(&mut self, verdict: VerdictKind) {
        self.answers += 1;
        for (kind, count) in VerdictKind::ALL.iter().zip(&mut self.verdicts) {
            *count += u64::from(*kind == verdict);
        }
    }

    /// Counts a run of the detector and the time that it took.
    pub fn located(&mut self, spent: Duration) {
        self.detector_runs += 1;
        self.detector_s += spent.as_secs_f64();
    }

    /// Counts a prediction and the time that it took.
    pub fn predicted(&mut self, spent: Duration) {
        self.predictions += 1;
        self.predicting_s += spent.as_secs_f64();
        let spent_ms = spent.as_secs_f64() * 1000.0;
        self.prediction_ms += (spent_ms - self.prediction_ms) / self.predictions as f64;
    }
}
