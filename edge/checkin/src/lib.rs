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
//! use checkin::{Checkin, Event, Pace, Sight, Stage};
//! use recognise::Bundle;
//!
//! let breeds = Bundle::embedded()?.metadata;
//! let mut checkin = Checkin::new(Arc::new(breeds), Pace::default());
//! checkin.on(Duration::from_secs(1), Event::Seen(Sight::Still));
//! assert_eq!(checkin.stage(), Stage::Somebody);
//! assert!(checkin.wants_prediction(Duration::from_secs(1)));
//! # Ok::<(), recognise::BundleError>(())
//! ```

mod presence;

use std::sync::Arc;
use std::time::Duration;

pub use presence::{Presence, Sight};

use recognise::verdict::{self, Evidence, Finding, Verdict};
use recognise::{Candidate, Metadata, Prediction};

/// How many of the likeliest breeds staff can choose from at the screen.
pub const OFFERED: usize = 3;

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

/// The answer to one arrival.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What the kiosk says.
    pub verdict: Verdict,
    /// The likeliest breeds and their probabilities, at most [`OFFERED`], likeliest first.
    pub candidates: Vec<(usize, f32)>,
    /// Which of them the confirm button would confirm.
    pub selected: usize,
}

impl Answer {
    /// The candidates by their breeds' ids.
    #[must_use]
    pub fn named(&self, metadata: &Metadata) -> Vec<Candidate> {
        let candidates = self.candidates.iter();
        candidates
            .map(|&(breed, probability)| Candidate {
                breed: metadata.breeds[breed].id.clone(),
                probability,
            })
            .collect()
    }

    /// The breed that the confirm button would confirm; none for what is not ours.
    #[must_use]
    pub fn offered(&self) -> Option<usize> {
        let offers = !matches!(self.verdict, Verdict::NotOurs { .. });
        let selected = self.candidates.get(self.selected).filter(|_| offers);
        selected.map(|&(breed, _)| breed)
    }
}

impl From<Finding> for Answer {
    fn from(finding: Finding) -> Self {
        Self {
            verdict: finding.verdict,
            candidates: verdict::top(&finding.prediction.probabilities, OFFERED),
            selected: 0,
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

/// What happens to a [`Checkin`].
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A frame, as [`Presence`] sees it.
    Seen(Sight),
    /// What the network made of a frame.
    Predicted(Prediction),
    /// A button: it is the breed that is offered.
    Confirm,
    /// A button: offer the next likely breed.
    Next,
    /// A button: a new guest; this one is done with.
    New,
    /// The decision is on disk.
    Confirmed,
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
    evidence: Evidence,
    /// When the stage began.
    since: Duration,
    /// When somebody was last seen, and whether they moved.
    seen: Option<(Duration, Sight)>,
    /// When the network was last run.
    predicted: Option<Duration>,
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
            evidence: Evidence::default(),
            since: Duration::ZERO,
            seen: None,
            predicted: None,
        }
    }

    /// Where the arrival has got to.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
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

    /// Whether the network should be run on the frame of this moment: on each until there is an
    /// answer, then now and then.
    #[must_use]
    pub fn wants_prediction(&self, now: Duration) -> bool {
        let Some((_, sight)) = self.seen.filter(|(seen, _)| *seen == now) else {
            return false;
        };
        let waited = now.saturating_sub(self.since) >= self.pace.patience;
        match self.stage {
            Stage::Empty => false,
            Stage::Somebody | Stage::Predicting => sight == Sight::Still || waited,
            Stage::Answered | Stage::Confirmed | Stage::Thanks => {
                (self.predicted).is_none_or(|at| now >= at + self.pace.glance)
            }
        }
    }

    /// Goes on with what happened at `now`, which never runs backwards.
    pub fn on(&mut self, now: Duration, event: Event) -> Option<Effect> {
        match event {
            Event::Seen(sight) => self.see(now, sight),
            Event::Predicted(prediction) => return self.predict(now, prediction),
            Event::Confirm if self.stage == Stage::Answered => {
                return self.answer()?.offered().map(Effect::Confirm);
            }
            Event::Next if self.stage == Stage::Answered => {
                if let Some(answer) = &mut self.answer {
                    answer.selected = (answer.selected + 1) % answer.candidates.len().max(1);
                }
            }
            Event::New => self.begin(now, Stage::Empty),
            Event::Confirmed if self.stage == Stage::Answered => {
                self.enter(now, Stage::Confirmed);
            }
            // At any other stage there is nothing to confirm.
            Event::Confirm | Event::Next | Event::Confirmed => {}
        }
        None
    }

    fn see(&mut self, now: Duration, sight: Sight) {
        let back_after_absence = self.is_gone(now);
        if sight != Sight::Empty {
            let arrives = match self.stage {
                Stage::Empty => true,
                Stage::Somebody | Stage::Predicting => false,
                // Whoever comes before an answer that only lingers is somebody else.
                Stage::Answered | Stage::Confirmed | Stage::Thanks => back_after_absence,
            };
            self.seen = Some((now, sight));
            if arrives {
                self.begin(now, Stage::Somebody);
            }
        }
        self.pass(now);
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
            Stage::Empty => return None,
            // `since` stays: it has been waited for already.
            Stage::Somebody => self.stage = Stage::Predicting,
            _ => {}
        }
        self.evidence.add(prediction);
        let found = self.evidence.finding(&self.metadata)?;
        match self.answer().map(|answer| answer.verdict) {
            None => {
                let answer = Answer::from(found);
                self.answer = Some(answer.clone());
                self.enter(now, Stage::Answered);
                Some(Effect::Record(answer))
            }
            // Another breed for certain is another animal.
            Some(former) if is_another(&former, &found.verdict) => {
                self.begin(now, Stage::Somebody);
                None
            }
            // What was unsure may become surer; nothing else changes what the screen says.
            Some(former)
                if self.stage == Stage::Answered && found.verdict.kind() > former.kind() =>
            {
                let answer = Answer::from(found);
                self.answer = Some(answer.clone());
                Some(Effect::Revise(answer))
            }
            Some(_) => None,
        }
    }

    fn enter(&mut self, now: Duration, stage: Stage) {
        self.stage = stage;
        self.since = now;
    }

    /// A stage that knows nothing of what was seen before.
    fn begin(&mut self, now: Duration, stage: Stage) {
        self.answer = None;
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

/// Whether a finding is about another animal than the former one: both name a breed, not the same.
fn is_another(former: &Verdict, found: &Verdict) -> bool {
    matches!((former.breed(), found.breed()), (Some(former), Some(found)) if former != found)
}
