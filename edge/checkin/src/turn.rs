//! Decides what the networks do with a frame.

use std::time::Duration;

use recognise::Region;

use crate::arrival::{Arrival, ArrivalId, Place};
use crate::entrance::{Entrance, Frame};
use crate::presence::Sight;

/// How many animals are recognised in one frame, at most ...
const AT_ONCE: usize = 2;

/// ... and no second one if the networks have already had the frame for longer than this: the next
/// one comes in a tenth of a second.
const BRIEF: Duration = Duration::from_millis(50);

/// What the networks should do with a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    /// Nothing, or nothing more.
    Skip,
    /// There is something to be learnt from it, but the networks rest from their last run: the rest
    /// of the kiosk needs the processor too. A later frame will do.
    Rest,
    /// The detector runs.
    Locate,
    /// The network recognises the animal of this arrival, which is in this region of the frame.
    Recognise(ArrivalId, Region),
}

impl Entrance {
    /// What the networks should do with the frame of this moment. Ask again after each run that was
    /// reported by an event at the same time, until it is [`Turn::Skip`] or [`Turn::Rest`].
    ///
    /// The detector runs on every frame while something is new or moves, now and then while animals
    /// stand still or something else is there, and never at an empty desk. Each animal is recognised
    /// on each frame until there is an answer, then now and then; who has waited longest comes first.
    ///
    /// The networks rest for a quarter of the time that their runs on one frame took, and while
    /// nobody waits for an answer, for all of that time. On a fast processor the rest is over before
    /// the next frame comes.
    #[must_use]
    pub fn turn(&self, now: Duration) -> Turn {
        let Some(frame) = self.frame.filter(|frame| frame.at == now) else {
            return Turn::Skip;
        };
        let turn = if self.must_locate(frame) {
            Turn::Locate
        } else {
            let next = self.next_to_recognise(frame);
            next.map_or(Turn::Skip, |(id, region)| Turn::Recognise(id, region))
        };
        let rests = now < self.rests_until && !frame.has_begun;
        if rests && turn != Turn::Skip {
            Turn::Rest
        } else {
            turn
        }
    }

    fn must_locate(&self, frame: Frame) -> bool {
        let Some(tracker) = &self.tracker else {
            return false;
        };
        let Some(waited) = self.located.map(|at| frame.at.saturating_sub(at)) else {
            return frame.sight != Sight::Empty;
        };
        let interval = if tracker.is_empty() {
            if frame.sight == Sight::Empty {
                return false;
            }
            self.pace.search
        } else if tracker.needs_detection() || frame.sight == Sight::Moving {
            Duration::ZERO
        } else if self.arrivals.iter().any(Arrival::waits) {
            self.pace.follow
        } else {
            self.pace.glance
        };
        // Once on a frame is enough.
        waited > Duration::ZERO && waited >= interval
    }

    fn next_to_recognise(&self, frame: Frame) -> Option<(ArrivalId, Region)> {
        let all = self.arrivals.iter();
        let recognised = all.filter(|arrival| arrival.predicted == Some(frame.at));
        let recognised = recognised.count();
        if recognised >= AT_ONCE || (recognised > 0 && frame.spent > BRIEF) {
            return None;
        }
        let due = self.arrivals.iter();
        let due = due.filter(|arrival| arrival.is_due(frame.at, &self.pace));
        let seen = due.filter_map(|arrival| Some((arrival, self.region_of(arrival, frame)?)));
        let next = seen.min_by_key(|(arrival, _)| (!arrival.waits(), arrival.predicted));
        next.map(|(arrival, region)| (arrival.id, region))
    }

    /// Where the arrival's animal is in a frame, if that shows it well enough.
    fn region_of(&self, arrival: &Arrival, frame: Frame) -> Option<Region> {
        match arrival.sighting.place {
            Place::Picture => (frame.sight != Sight::Empty).then_some(Region::WHOLE),
            Place::Track(track) => {
                let track = self.tracker.as_ref()?.track(track)?;
                // An arrival that has an answer can wait until no other animal is in its picture.
                let is_clear = arrival.waits() || !track.overlaps;
                (track.is_seen() && is_clear).then(|| track.at(frame.at))
            }
            Place::Left => None,
        }
    }
}
