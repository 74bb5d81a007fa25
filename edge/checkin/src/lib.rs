//! Drives one arrival from an empty desk to a guest who is checked in.
//!
//! [`Presence`] tells an empty desk from one where somebody stands. [`Checkin`] is the state
//! machine. Neither reads a clock: the caller passes the time, as any [`Duration`] that only grows,
//! such as the time since the program started.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use checkin::{Checkin, Event, Pace, Sight, Stage, Turn};
//! use recognise::Bundle;
//!
//! let breeds = Bundle::embedded()?.metadata;
//! let mut checkin = Checkin::new(Arc::new(breeds), Pace::default());
//! checkin.on(Duration::from_secs(1), Event::Seen(Sight::Still));
//! assert_eq!(checkin.stage(), Stage::Somebody);
//! assert_eq!(checkin.turn(Duration::from_secs(1)), Turn::Run);
//! # Ok::<(), recognise::BundleError>(())
//! ```

mod answer;
mod presence;

use std::sync::Arc;
use std::time::Duration;

pub use answer::{Answer, OFFERED};
pub use presence::{Presence, Sight};

use recognise::verdict::{Evidence, Verdict};
use recognise::{Metadata, Prediction};

/// Until there is an answer, the network rests after each prediction for a quarter of the time that
/// it took: it never has more than four fifths of a core.
const REST: u32 = 4;

/// How long the steps of an arrival last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// How long the animal may be out of sight before its visit is over.
    pub away: Duration,
    /// How long the answer for an animal that has left stays on the screen, if nobody else comes.
    pub linger: Duration,
    /// How long "Checked in" is shown.
    pub confirmed: Duration,
    /// How long "Thank you" is shown.
    pub thanks: Duration,
    /// How long the network waits for an animal that moves to hold still: until then its pictures
    /// are blurred, or show half of it.
    pub patience: Duration,
    /// The interval between predictions once there is an answer: they notice when another animal
    /// takes the place of the first.
    pub glance: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            away: Duration::from_millis(1500),
            linger: Duration::from_secs(30),
            confirmed: Duration::from_secs(2),
            thanks: Duration::from_secs(3),
            patience: Duration::from_secs(1),
            glance: Duration::from_millis(500),
        }
    }
}

/// Where an arrival has got to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nobody is there.
    #[default]
    Empty,
    /// Somebody came before the camera, and the network was not run yet.
    Somebody,
    /// Predictions are gathered.
    Predicting,
    /// There is an answer, for staff to confirm or correct.
    Answered,
    /// Staff confirmed or corrected it, and it is on disk.
    Confirmed,
    /// Thank you, and until the guest leaves.
    Thanks,
}

/// Whether the network runs on a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing is to be learnt from it now.
    Skip,
    /// It should run, but rests from the prediction before: the rest of the kiosk needs the
    /// processor too. A later frame will do.
    Rest,
    /// It runs.
    Run,
}

/// What happens to a [`Checkin`].
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A frame, as [`Presence`] sees it.
    Seen(Sight),
    /// Time passes without a frame.
    Passed,
    /// What the network made of a frame, at that frame's time: the arrival's time stands still during
    /// a prediction.
    Predicted {
        /// Its prediction.
        prediction: Prediction,
        /// How long it took.
        took: Duration,
    },
    /// A button: it is the breed that is offered.
    Confirm,
    /// A button: offer the next likely breed.
    Next,
    /// A button: this guest is done with. Nothing new begins as long as they stay.
    New,
    /// The decision is on disk.
    Confirmed,
    /// The decision was taken back: the answer is open again.
    Undone,
}

/// What a [`Checkin`] asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A new arrival has its answer: a record of the visit.
    Record(Answer),
    /// The answer to the same arrival has become a better one: the record's new content.
    Revise(Answer),
    /// Staff confirmed this breed: keep it, then say [`Event::Confirmed`].
    Confirm(usize),
}

/// The state machine of one arrival after the other.
#[derive(Clone, Debug)]
pub struct Checkin {
    metadata: Arc<Metadata>,
    pace: Pace,
    stage: Stage,
    /// There from [`Stage::Answered`] on.
    answer: Option<Answer>,
    /// What was answered for a guest whom staff are done with, but who still stands there.
    finished: Option<Verdict>,
    evidence: Evidence,
    /// When the stage began.
    since: Duration,
    /// When somebody was last seen, and whether they moved.
    seen: Option<(Duration, Sight)>,
    /// Whether the last frame showed somebody.
    is_occupied: bool,
    /// When the network was last run for this arrival.
    predicted: Option<Duration>,
    /// Until when the network rests.
    rests_until: Duration,
}

impl Checkin {
    /// An empty desk, for the breeds of this bundle.
    #[must_use]
    pub fn new(metadata: Arc<Metadata>, pace: Pace) -> Self {
        Self {
            metadata,
            pace,
            stage: Stage::Empty,
            answer: None,
            finished: None,
            evidence: Evidence::default(),
            since: Duration::ZERO,
            seen: None,
            is_occupied: false,
            predicted: None,
            rests_until: Duration::ZERO,
        }
    }

    /// Where the arrival has got to.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether nobody is there, not even a guest whom staff are done with.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Empty && self.finished.is_none()
    }

    /// The answer, once there is one.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }

    /// How far the predictions have got towards an answer, 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f32 {
        self.evidence.progress()
    }

    /// Whether the network runs on the frame of this moment: on each until there is an answer, then
    /// now and then, and never while it rests.
    ///
    /// It rests for a quarter of the time that the prediction before took, and once there is an
    /// answer, for all of that time: nobody waits for it then. On a fast processor the rest is over
    /// before the next frame comes.
    #[must_use]
    pub fn turn(&self, now: Duration) -> Turn {
        let Some((_, sight)) = self.seen.filter(|(seen, _)| *seen == now) else {
            return Turn::Skip;
        };
        let waited = now.saturating_sub(self.since) >= self.pace.patience;
        let glance = (self.predicted).is_none_or(|at| now >= at + self.pace.glance);
        let is_due = match self.stage {
            Stage::Empty => self.finished.is_some() && glance,
            Stage::Somebody | Stage::Predicting => sight == Sight::Still || waited,
            Stage::Answered | Stage::Confirmed | Stage::Thanks => glance,
        };
        if !is_due {
            Turn::Skip
        } else if now < self.rests_until {
            Turn::Rest
        } else {
            Turn::Run
        }
    }

    /// Goes on with what happened at `now`, which never runs backwards.
    pub fn on(&mut self, now: Duration, event: Event) -> Option<Effect> {
        match event {
            Event::Seen(sight) => self.see(now, sight),
            Event::Passed => self.pass(now),
            Event::Predicted { prediction, took } => {
                let effect = self.predict(now, prediction);
                self.rest(now, took);
                return effect;
            }
            Event::Confirm if self.stage == Stage::Answered => {
                return self.answer()?.offered().map(Effect::Confirm);
            }
            Event::Next if self.stage == Stage::Answered => {
                if let Some(answer) = &mut self.answer {
                    answer.select_next();
                }
            }
            Event::New => self.finish(now),
            Event::Confirmed if self.stage == Stage::Answered => {
                self.enter(now, Stage::Confirmed);
            }
            Event::Undone if matches!(self.stage, Stage::Confirmed | Stage::Thanks) => {
                self.enter(now, Stage::Answered);
            }
            // At any other stage there is nothing to confirm, and nothing to take back.
            Event::Confirm | Event::Next | Event::Confirmed | Event::Undone => {}
        }
        None
    }

    fn see(&mut self, now: Duration, sight: Sight) {
        let back_after_absence = self.is_gone(now);
        self.is_occupied = sight != Sight::Empty;
        if self.is_occupied {
            let arrives = match self.stage {
                // Whoever staff are done with, and has not left since, does not come again.
                Stage::Empty => self.finished.is_none(),
                Stage::Somebody | Stage::Predicting => false,
                // Whoever comes before an answer that only lingers is somebody else.
                Stage::Answered | Stage::Confirmed | Stage::Thanks => back_after_absence,
            };
            self.seen = Some((now, sight));
            if arrives {
                self.begin(now, Stage::Somebody);
            }
        } else {
            self.finished = None;
        }
        self.pass(now);
    }

    /// Staff are done with the guest. One who got an answer and still stands there is remembered.
    fn finish(&mut self, now: Duration) {
        let answered = self.answered().filter(|_| self.is_occupied);
        self.begin(now, Stage::Empty);
        self.finished = answered;
    }

    /// What was answered for whoever stands there, or lingers on the screen.
    fn answered(&self) -> Option<Verdict> {
        let answer = self.answer().map(|answer| answer.verdict);
        answer.or(self.finished)
    }

    /// What time alone brings about.
    fn pass(&mut self, now: Duration) {
        let spent = now.saturating_sub(self.since);
        let gone = self.is_gone(now);
        match self.stage {
            Stage::Somebody | Stage::Predicting if gone => self.begin(now, Stage::Empty),
            Stage::Answered if gone && self.unseen(now) >= self.pace.linger => {
                self.begin(now, Stage::Empty);
            }
            Stage::Confirmed if spent >= self.pace.confirmed => self.enter(now, Stage::Thanks),
            Stage::Thanks if gone && spent >= self.pace.thanks => self.begin(now, Stage::Empty),
            _ => {}
        }
    }

    fn predict(&mut self, now: Duration, prediction: Prediction) -> Option<Effect> {
        self.predicted = Some(now);
        match self.stage {
            Stage::Empty if self.finished.is_none() => return None,
            // `since` stays: it has been waited for already.
            Stage::Somebody => self.stage = Stage::Predicting,
            _ => {}
        }
        self.evidence.add(prediction);
        let found = self.evidence.finding(&self.metadata)?;
        match self.answered() {
            None => {
                let answer = Answer::from(found);
                self.answer = Some(answer.clone());
                self.enter(now, Stage::Answered);
                Some(Effect::Record(answer))
            }
            // Another breed for certain is another animal.
            Some(former) if answer::is_another(&former, &found.verdict) => {
                self.begin(now, Stage::Somebody);
                None
            }
            // What was unsure may become surer; nothing else changes what the screen says.
            Some(former)
                if self.stage == Stage::Answered && found.verdict.kind() > former.kind() =>
            {
                let mut answer = Answer::from(found);
                if let Some(former) = &self.answer {
                    answer.keep_selection(former);
                }
                self.answer = Some(answer.clone());
                Some(Effect::Revise(answer))
            }
            Some(_) => None,
        }
    }

    /// Lets the network rest from a prediction that took so long and has just ended.
    fn rest(&mut self, now: Duration, took: Duration) {
        let rest = if matches!(self.stage, Stage::Somebody | Stage::Predicting) {
            took / REST
        } else {
            took
        };
        self.rests_until = now + rest;
    }

    fn enter(&mut self, now: Duration, stage: Stage) {
        self.stage = stage;
        self.since = now;
    }

    /// A stage that knows nothing of what was seen before.
    fn begin(&mut self, now: Duration, stage: Stage) {
        self.answer = None;
        self.finished = None;
        self.evidence.clear();
        self.predicted = None;
        self.enter(now, stage);
    }

    fn unseen(&self, now: Duration) -> Duration {
        self.seen
            .map_or(Duration::MAX, |(seen, _)| now.saturating_sub(seen))
    }

    fn is_gone(&self, now: Duration) -> bool {
        self.unseen(now) >= self.pace.away
    }
}
