//! The state machine of all arrivals.

use std::sync::Arc;
use std::time::Duration;

use recognise::verdict::Finding;
use recognise::{Detection, Metadata, Prediction};

use crate::arrival::{Arrival, ArrivalId, Learnt, Place, Sighting, Stage};
use crate::pace::Pace;
use crate::presence::Sight;
use crate::track::TrackId;
use crate::tracker::Tracker;

/// Until there is an answer, the networks rest for this part of the time that their runs on a frame
/// took: they never have more than four fifths of a core.
const REST: u32 = 4;

/// What happens at an [`Entrance`].
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A frame, as [`Presence`](crate::Presence) sees it. Frames of the same time are one frame.
    Seen(Sight),
    /// Time passes without a frame.
    Passed,
    /// What the detector found in a frame, at that frame's time: the time of arrivals stands still
    /// while a network runs.
    Located {
        /// The animals. Those with scores below 0.2 do not count.
        detections: Vec<Detection>,
        /// How long it took.
        took: Duration,
    },
    /// What the network made of an animal in a frame, at that frame's time.
    Predicted {
        /// Whose picture it was: what [`Entrance::identify`] says.
        arrival: ArrivalId,
        /// Its prediction.
        prediction: Prediction,
        /// The animal's embedding; empty if the network has none.
        embedding: Vec<f32>,
        /// How long it took.
        took: Duration,
    },
    /// A network ran for this time on what is no frame.
    Ran(Duration),
    /// Staff have gone through all that is offered for this arrival: the buttons mean the next one
    /// that has an answer, if there is one.
    Next(ArrivalId),
    /// Staff want the buttons to mean this arrival. They do not if another one has an answer and
    /// this one has none to be confirmed.
    Focus(ArrivalId),
    /// A button: this guest is done with. Nothing new begins as long as they stay.
    New(ArrivalId),
    /// The decision is on disk.
    Confirmed(ArrivalId),
    /// The decision was taken back: the answer is open again.
    Undone(ArrivalId),
}

/// What an [`Entrance`] asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A new arrival has its answer: a record of the visit.
    Record {
        /// The arrival.
        arrival: ArrivalId,
        /// Its answer.
        answer: Finding,
    },
    /// The answer to the same arrival has become a better one: the record's new content.
    Revise {
        /// The arrival.
        arrival: ArrivalId,
        /// Its better answer.
        answer: Finding,
    },
}

/// A frame, and what the networks did with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) at: Duration,
    pub(crate) sight: Sight,
    /// Whether a network has run on it.
    pub(crate) has_begun: bool,
    /// How long they ran.
    pub(crate) spent: Duration,
}

/// The state machine of all arrivals: at most [`MOST`](recognise::locate::MOST), each with its own
/// evidence, answer and stage.
///
/// Events and effects name the arrival that they are for. An event for an arrival that is not there
/// (any more) changes nothing.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use checkin::{Entrance, Event, Pace, Sight, Stage, Turn};
/// use recognise::{Bundle, Region};
///
/// // Without a detector.
/// let metadata = Arc::new(Bundle::embedded()?.metadata);
/// let mut entrance = Entrance::new(metadata, Pace::default(), false);
///
/// let now = Duration::from_millis(100);
/// entrance.on(now, Event::Seen(Sight::Still));
/// let arrival = entrance.focus().expect("an arrival");
/// assert_eq!(arrival.stage(), Stage::Somebody);
/// assert_eq!(entrance.turn(now), Turn::Recognise(arrival.id(), Region::WHOLE));
///
/// // They go away again.
/// entrance.on(Duration::from_secs(3), Event::Seen(Sight::Empty));
/// assert!(entrance.is_idle());
/// # Ok::<(), recognise::BundleError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Entrance {
    metadata: Arc<Metadata>,
    pub(crate) pace: Pace,
    /// What follows the animals that the detector finds; `None` without a detector.
    pub(crate) tracker: Option<Tracker>,
    /// Oldest first, with those that staff are done with.
    pub(crate) arrivals: Vec<Arrival>,
    /// The newest arrival.
    newest: ArrivalId,
    focus: Option<ArrivalId>,
    /// The newest frame.
    pub(crate) frame: Option<Frame>,
    /// When the detector last ran.
    pub(crate) located: Option<Duration>,
    /// Until when the networks rest.
    pub(crate) rests_until: Duration,
}

impl Entrance {
    /// An empty desk, for the breeds of this bundle.
    ///
    /// `locates` says whether the bundle has a detector. Without one, all that is in the picture is
    /// one arrival, and [`Turn::Locate`](crate::Turn::Locate) is never asked for.
    #[must_use]
    pub fn new(metadata: Arc<Metadata>, pace: Pace, locates: bool) -> Self {
        Self {
            metadata,
            pace,
            tracker: locates.then(|| Tracker::new(pace)),
            arrivals: Vec::new(),
            newest: ArrivalId::default(),
            focus: None,
            frame: None,
            located: None,
            rests_until: Duration::ZERO,
        }
    }

    /// The same with another bundle: an empty desk, whose arrivals get ids that none had before.
    #[must_use]
    pub fn with_bundle(&self, metadata: Arc<Metadata>, locates: bool) -> Self {
        Self {
            newest: self.newest,
            ..Self::new(metadata, self.pace, locates)
        }
    }

    /// The arrivals that are to be shown, oldest first. Guests whom staff are done with are not
    /// among them.
    pub fn arrivals(&self) -> impl Iterator<Item = &Arrival> {
        self.arrivals.iter().filter(|arrival| !arrival.is_finished)
    }

    /// One of [`Entrance::arrivals`].
    #[must_use]
    pub fn arrival(&self, id: ArrivalId) -> Option<&Arrival> {
        self.arrivals().find(|arrival| arrival.id == id)
    }

    /// The arrival that the buttons at the screen mean; `None` where there are no arrivals.
    ///
    /// It is the oldest one that has an answer and is not confirmed, and stays the same until staff
    /// have confirmed it, are done with it or choose another one, or until the animal is gone. Where
    /// there is no such arrival, it is the last one that the buttons meant, or the oldest one.
    #[must_use]
    pub fn focus(&self) -> Option<&Arrival> {
        self.focus.and_then(|id| self.arrival(id))
    }

    /// Whether nobody is there, not even a guest whom staff are done with.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.arrivals.is_empty()
    }

    /// Whether frames should come fast: somebody is there, or was found for the first time.
    #[must_use]
    pub fn is_alert(&self) -> bool {
        let has_new = self.tracker.as_ref().is_some_and(Tracker::has_new);
        has_new || self.arrivals().next().is_some()
    }

    /// For how long the networks still rest at `now` from what they ran on last.
    #[must_use]
    pub fn rest(&self, now: Duration) -> Duration {
        self.rests_until.saturating_sub(now)
    }

    /// Goes on with what happened at `now`, which never runs backwards.
    pub fn on(&mut self, now: Duration, event: Event) -> Option<Effect> {
        let effect = self.go_on(now, event);
        self.move_focus();
        effect
    }

    fn go_on(&mut self, now: Duration, event: Event) -> Option<Effect> {
        match event {
            Event::Seen(sight) => self.see(now, sight),
            Event::Passed => self.pass(now),
            Event::Located { detections, took } => {
                self.locate(now, &detections);
                self.spend(now, took);
            }
            Event::Predicted {
                arrival,
                prediction,
                embedding,
                took,
            } => {
                let effect = self.predict(now, arrival, prediction, &embedding);
                self.spend(now, took);
                return effect;
            }
            Event::Ran(took) => self.spend(now, took),
            Event::Next(id) => self.move_on(id),
            Event::Focus(id) => {
                if self.arrival(id).is_some() {
                    self.focus = Some(id);
                }
            }
            Event::New(id) => self.finish(id),
            Event::Confirmed(id) => {
                if let Some(arrival) = self.shown(id).filter(|arrival| arrival.is_open()) {
                    arrival.enter(now, Stage::Confirmed);
                }
            }
            Event::Undone(id) => {
                let is_confirmed = |arrival: &&mut Arrival| {
                    matches!(arrival.stage, Stage::Confirmed | Stage::Thanks)
                };
                if let Some(arrival) = self.shown(id).filter(is_confirmed) {
                    arrival.enter(now, Stage::Answered);
                }
            }
        }
        None
    }

    fn see(&mut self, now: Duration, sight: Sight) {
        self.frame = Some(Frame {
            at: now,
            sight,
            has_begun: false,
            spent: Duration::ZERO,
        });
        if self.tracker.is_none() {
            self.see_somebody(now, sight);
        }
        self.pass(now);
    }

    /// Without a detector: all that is in the picture is one arrival.
    fn see_somebody(&mut self, now: Duration, sight: Sight) {
        if sight == Sight::Empty {
            self.arrivals.retain(|arrival| !arrival.is_finished);
            return;
        }
        let pace = self.pace;
        // A guest whom staff are done with, and who has not left since, does not come again. One who
        // comes while an answer only lingers is a different animal.
        self.arrivals.retain(|arrival| {
            arrival.is_finished || arrival.waits() || !arrival.is_gone(now, &pace)
        });
        let sighting = Sighting::in_picture(now, sight == Sight::Still);
        match self.arrivals.first_mut() {
            Some(arrival) => arrival.sighting = sighting,
            None => {
                self.begin(now, sighting);
            }
        }
    }

    /// With a detector: each animal that is found often enough is an arrival.
    fn locate(&mut self, now: Duration, detections: &[Detection]) {
        let Some(tracker) = &mut self.tracker else {
            return;
        };
        let sight = self.frame.map_or(Sight::Still, |frame| frame.sight);
        tracker.see(now, detections, sight);
        self.located = Some(now);
        for arrival in &mut self.arrivals {
            let Place::Track(id) = arrival.sighting.place else {
                continue;
            };
            if let Some(track) = tracker.track(id) {
                arrival.sighting = Sighting::of_track(track);
            } else {
                arrival.sighting.place = Place::Left;
                // The buttons mean an animal that is there.
                self.focus = self.focus.filter(|focus| *focus != arrival.id);
            }
        }
        let followed: Vec<TrackId> = (self.arrivals.iter())
            .filter_map(|arrival| match arrival.sighting.place {
                Place::Track(id) => Some(id),
                Place::Picture | Place::Left => None,
            })
            .collect();
        let new: Vec<Sighting> = (tracker.tracks())
            .filter(|track| track.is_seen() && !followed.contains(&track.id))
            .map(Sighting::of_track)
            .collect();
        if !new.is_empty() {
            // An answer only lingers until somebody else comes.
            self.arrivals.retain(|arrival| !arrival.has_left());
        }
        for sighting in new {
            self.begin(now, sighting);
        }
        self.pass(now);
    }

    fn predict(
        &mut self,
        now: Duration,
        id: ArrivalId,
        prediction: Prediction,
        embedding: &[f32],
    ) -> Option<Effect> {
        let index = self.position(id)?;
        let arrival = &mut self.arrivals[index];
        match arrival.predict(now, prediction, embedding, &self.metadata) {
            Learnt::Nothing => None,
            Learnt::First(answer) => Some(Effect::Record {
                arrival: id,
                answer,
            }),
            Learnt::Better(answer) => Some(Effect::Revise {
                arrival: id,
                answer,
            }),
            Learnt::Another => {
                self.replace(now, index);
                None
            }
            // It is passed over for as long as it stays there.
            Learnt::NoAnimal => {
                self.finish(id);
                None
            }
        }
    }

    /// Lets the networks rest from a run that took this long and has just ended.
    fn spend(&mut self, now: Duration, took: Duration) {
        let mut spent = took;
        if let Some(frame) = self.frame.as_mut().filter(|frame| frame.at == now) {
            frame.has_begun = true;
            frame.spent = frame.spent.saturating_add(took);
            spent = frame.spent;
        }
        let is_waited_for = self.arrivals.iter().any(Arrival::waits)
            || self.tracker.as_ref().is_some_and(Tracker::has_new);
        let rest = if is_waited_for { spent / REST } else { spent };
        self.rests_until = now.saturating_add(rest);
    }

    /// Moves the focus on to the arrival after this one that is to be confirmed.
    fn move_on(&mut self, id: ArrivalId) {
        let Some(index) = self.position(id) else {
            return;
        };
        let (before, after) = (&self.arrivals[..index], &self.arrivals[index + 1..]);
        let mut following = after.iter().chain(before);
        if let Some(other) = following.find(|other| other.is_open()) {
            self.focus = Some(other.id);
        }
    }

    /// Staff are done with a guest. One who got an answer and still stands there is remembered.
    fn finish(&mut self, id: ArrivalId) {
        let Some(index) = self.position(id) else {
            return;
        };
        let arrival = &mut self.arrivals[index];
        let is_there = match arrival.sighting.place {
            Place::Picture => self.frame.is_some_and(|frame| frame.sight != Sight::Empty),
            Place::Track(_) => true,
            Place::Left => false,
        };
        if arrival.answer.is_some() && is_there {
            arrival.finish();
        } else {
            self.arrivals.remove(index);
        }
    }

    /// What time alone brings about.
    fn pass(&mut self, now: Duration) {
        let pace = self.pace;
        self.arrivals.retain_mut(|arrival| arrival.pass(now, &pace));
    }

    fn move_focus(&mut self) {
        let focus = self.focus;
        let order = |arrival: &&Arrival| {
            (
                !arrival.is_open(),
                Some(arrival.id) != focus,
                arrival.has_left(),
            )
        };
        self.focus = self.arrivals().min_by_key(order).map(Arrival::id);
    }

    /// Begins an arrival.
    fn begin(&mut self, now: Duration, sighting: Sighting) -> &mut Arrival {
        self.newest.0 += 1;
        let mut number = 1;
        while self.arrivals().any(|arrival| arrival.number == number) {
            number += 1;
        }
        let place = self.arrivals.len();
        self.arrivals
            .push(Arrival::new(self.newest, number, now, sighting));
        &mut self.arrivals[place]
    }

    /// Another animal has taken the place of an arrival's. Its own arrival begins with the next frame.
    pub(crate) fn replace(&mut self, now: Duration, index: usize) -> ArrivalId {
        let former = self.arrivals.remove(index);
        let arrival = self.begin(now, former.sighting);
        arrival.predicted = Some(now);
        arrival.id
    }

    pub(crate) fn position(&self, id: ArrivalId) -> Option<usize> {
        self.arrivals.iter().position(|arrival| arrival.id == id)
    }

    fn shown(&mut self, id: ArrivalId) -> Option<&mut Arrival> {
        let mut arrivals = self.arrivals.iter_mut();
        arrivals.find(|arrival| arrival.id == id && !arrival.is_finished)
    }
}
