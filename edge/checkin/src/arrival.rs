//! One arrival: its animal, its stage and its answer.

use std::time::Duration;

use recognise::metadata::Species;
use recognise::verdict::{Evidence, Finding, Verdict};
use recognise::{Metadata, Prediction, Region, VerdictKind};

use crate::embeddings::Embeddings;
use crate::pace::Pace;
use crate::track::{Track, TrackId};

/// What an embedding counts that was made while the animal's box overlapped another's.
const DISTURBED: f32 = 0.2;

/// Tells arrivals apart. It is never used again for as long as the program runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArrivalId(pub u64);

/// Where an arrival has got to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nobody is there: what is shown where there is no [`Arrival`], which is never at this stage
    /// itself.
    #[default]
    Empty,
    /// Somebody came in front of the camera, and the network was not run yet.
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

/// Where an arrival's animal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Anywhere in the picture: there is no detector.
    Picture,
    /// Where this track is.
    Track(TrackId),
    /// It is no longer followed.
    Left,
}

/// Where and when an arrival's animal was seen last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting {
    pub(crate) place: Place,
    pub(crate) region: Region,
    /// What the detector found it to be.
    pub(crate) species: Option<Species>,
    /// The detector's score.
    pub(crate) score: f32,
    pub(crate) at: Duration,
    /// Whether it held still, more or less.
    pub(crate) is_still: bool,
    /// Whether its box overlapped another's.
    pub(crate) overlaps: bool,
    /// Whether it was followed without a break: then it cannot be another animal.
    pub(crate) is_unbroken: bool,
}

impl Sighting {
    /// Somebody in the picture, at `now`.
    pub(crate) fn in_picture(now: Duration, is_still: bool) -> Self {
        Self {
            place: Place::Picture,
            region: Region::WHOLE,
            species: None,
            score: 1.0,
            at: now,
            is_still,
            overlaps: false,
            is_unbroken: false,
        }
    }

    pub(crate) fn of_track(track: &Track) -> Self {
        Self {
            place: Place::Track(track.id),
            region: track.region,
            species: Some(track.species()),
            score: track.score,
            at: track.seen,
            is_still: !track.moves(),
            overlaps: track.overlaps,
            is_unbroken: track.is_unbroken,
        }
    }
}

/// What an arrival has learnt from a prediction.
pub(crate) enum Learnt {
    Nothing,
    /// The first answer.
    First(Finding),
    /// A better answer.
    Better(Finding),
    /// Another animal has taken the place of the first.
    Another,
    /// What the detector found is no animal.
    NoAnimal,
}

/// The arrival of one animal.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use checkin::{Entrance, Event, Pace, Sight, Stage, Turn};
/// use recognise::{Bundle, Prediction, VerdictKind};
///
/// let metadata = Arc::new(Bundle::embedded()?.metadata);
/// let mut entrance = Entrance::new(Arc::clone(&metadata), Pace::default(), false);
/// const BEAGLE: usize = 4;
/// for frame in 1..=5 {
///     let now = Duration::from_millis(100 * frame);
///     entrance.on(now, Event::Seen(Sight::Still));
///     if let Turn::Recognise(arrival, _) = entrance.turn(now) {
///         let mut probabilities = vec![0.0; metadata.breeds.len()];
///         probabilities[BEAGLE] = 1.0;
///         let similarity = vec![1.0; metadata.breeds.len()];
///         let prediction = Prediction { probabilities, similarity };
///         let (embedding, took) = (vec![0.6, 0.8], Duration::ZERO);
///         entrance.on(now, Event::Predicted { arrival, prediction, embedding, took });
///     }
/// }
/// let arrival = entrance.focus().expect("an arrival");
/// assert_eq!((arrival.number(), arrival.stage()), (1, Stage::Answered));
/// let kind = arrival.answer().map(|answer| answer.verdict.kind());
/// assert_eq!(kind, Some(VerdictKind::Breed));
/// # Ok::<(), recognise::BundleError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Arrival {
    pub(crate) id: ArrivalId,
    pub(crate) number: usize,
    pub(crate) stage: Stage,
    /// When the stage began.
    since: Duration,
    /// There from [`Stage::Answered`] on.
    pub(crate) answer: Option<Finding>,
    /// Staff are done with it, but the animal still stands there.
    pub(crate) is_finished: bool,
    evidence: Evidence,
    pub(crate) embeddings: Embeddings,
    pub(crate) sighting: Sighting,
    /// When the network was last run for this arrival.
    pub(crate) predicted: Option<Duration>,
}

impl Arrival {
    pub(crate) fn new(id: ArrivalId, number: usize, now: Duration, sighting: Sighting) -> Self {
        Self {
            id,
            number,
            stage: Stage::Somebody,
            since: now,
            answer: None,
            is_finished: false,
            evidence: Evidence::default(),
            embeddings: Embeddings::default(),
            sighting,
            predicted: None,
        }
    }

    /// Its id, by which events and effects name it.
    #[must_use]
    pub fn id(&self) -> ArrivalId {
        self.id
    }

    /// Its number for people: 1, 2, 3 ..., the lowest one that no other arrival has. It keeps it.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// Where it has got to; never [`Stage::Empty`].
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The answer, once there is one: from [`Stage::Answered`] on.
    #[must_use]
    pub fn answer(&self) -> Option<&Finding> {
        self.answer.as_ref()
    }

    /// How far the predictions have got towards an answer, 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f32 {
        self.evidence.progress()
    }

    /// Where the animal was found last; [`Region::WHOLE`] without a detector.
    #[must_use]
    pub fn region(&self) -> Region {
        self.sighting.region
    }

    /// What the detector found the animal to be; `None` without a detector.
    #[must_use]
    pub fn species(&self) -> Option<Species> {
        self.sighting.species
    }

    /// Whether the animal has gone, and only its answer is still there. Without a detector this is
    /// not known.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.sighting.place == Place::Left
    }

    /// The animal's embedding: the mean of those of the last predictions, scaled to length 1. The
    /// larger the animal was in the picture and the surer the detector was of it, the more does an
    /// embedding count. Empty if there are none.
    #[must_use]
    pub fn embedding(&self) -> Vec<f32> {
        self.embeddings.mean()
    }

    /// Whether staff have to confirm or correct its answer.
    pub(crate) fn is_open(&self) -> bool {
        self.stage == Stage::Answered && !self.is_finished
    }

    /// Whether somebody waits for its answer.
    pub(crate) fn waits(&self) -> bool {
        matches!(self.stage, Stage::Somebody | Stage::Predicting)
    }

    /// Whether the network should run for it on the frame of this moment, if that shows it: on each
    /// until there is an answer, then now and then.
    pub(crate) fn is_due(&self, now: Duration, pace: &Pace) -> bool {
        if self.predicted == Some(now) {
            return false;
        }
        if self.waits() {
            let waited = now.saturating_sub(self.since) >= pace.patience;
            return self.sighting.is_still || waited;
        }
        (self.predicted).is_none_or(|at| now.saturating_sub(at) >= pace.glance)
    }

    /// What the network made of a frame.
    pub(crate) fn predict(
        &mut self,
        now: Duration,
        prediction: Prediction,
        embedding: &[f32],
        metadata: &Metadata,
    ) -> Learnt {
        self.predicted = Some(now);
        if self.stage == Stage::Somebody {
            // `since` stays: it has been waited for already.
            self.stage = Stage::Predicting;
        }
        let quality = self.quality();
        self.embeddings.add(embedding, quality);
        self.evidence.add(prediction);
        let Some(found) = self.evidence.finding_of(metadata, self.species()) else {
            return Learnt::Nothing;
        };
        let is_none = |it: &Finding| it.verdict.kind() == VerdictKind::NotOurs;
        let was_found = self.species().is_some();
        let is_no_animal = was_found && is_none(&found);
        let Some(former) = self.answer.take() else {
            self.answer = Some(found.clone());
            self.enter(now, Stage::Answered);
            return if is_no_animal {
                Learnt::NoAnimal
            } else {
                Learnt::First(found)
            };
        };
        // What was taken for no animal is one after all.
        let was_no_animal = self.is_finished && was_found && is_none(&former) && !is_no_animal;
        // Another breed for certain is another animal, unless that was followed all the time.
        let is_another = was_no_animal
            || !self.sighting.is_unbroken && is_another(&former.verdict, &found.verdict);
        // What was unsure may become surer; nothing else changes what the screen says.
        let is_better = self.is_open() && found.verdict.kind() > former.verdict.kind();
        if is_another || !is_better {
            self.answer = Some(former);
            return if is_another {
                Learnt::Another
            } else {
                Learnt::Nothing
            };
        }
        self.answer = Some(found.clone());
        Learnt::Better(found)
    }

    /// What the embedding of the present picture counts.
    fn quality(&self) -> f32 {
        let Sighting {
            region,
            score,
            overlaps,
            ..
        } = self.sighting;
        let share = if overlaps { DISTURBED } else { 1.0 };
        share * score * region.area().sqrt()
    }

    /// Staff are done with it, although the animal still stands there: it is remembered, so that
    /// no new arrival begins.
    pub(crate) fn finish(&mut self) {
        self.is_finished = true;
        self.evidence.clear();
        self.predicted = None;
    }

    /// What time alone brings about. Returns whether the arrival goes on.
    pub(crate) fn pass(&mut self, now: Duration, pace: &Pace) -> bool {
        if self.is_finished {
            // Without frames nobody knows whether it has left.
            return !self.has_left() && self.unseen(now) < pace.linger;
        }
        let spent = now.saturating_sub(self.since);
        let gone = self.is_gone(now, pace);
        match self.stage {
            Stage::Empty => false,
            Stage::Somebody | Stage::Predicting => !gone,
            Stage::Answered => !gone || self.unseen(now) < pace.linger,
            Stage::Confirmed => {
                if spent >= pace.confirmed {
                    self.enter(now, Stage::Thanks);
                }
                true
            }
            Stage::Thanks => !gone || spent < pace.thanks,
        }
    }

    pub(crate) fn enter(&mut self, now: Duration, stage: Stage) {
        self.stage = stage;
        self.since = now;
    }

    pub(crate) fn is_gone(&self, now: Duration, pace: &Pace) -> bool {
        match self.sighting.place {
            Place::Picture => self.unseen(now) >= pace.away,
            // The tracker says when it has left, unless there are no frames.
            Place::Track(_) => self.unseen(now) >= pace.linger,
            Place::Left => true,
        }
    }

    fn unseen(&self, now: Duration) -> Duration {
        now.saturating_sub(self.sighting.at)
    }
}

/// Whether a finding is about another animal than the former one: both name a breed, not the same.
fn is_another(former: &Verdict, found: &Verdict) -> bool {
    matches!((former.breed(), found.breed()), (Some(former), Some(found)) if former != found)
}
