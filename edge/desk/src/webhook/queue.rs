//! Holds the events that wait to be sent, and counts what has become of the rest.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use catalogue::{Visit, VisitEvent};
use jiff::Timestamp;
use screens::locale::Message;
use thiserror::Error;

/// The most events that wait. One more drops the oldest.
const MOST: usize = 1000;

/// An event is given up after this long.
const OLDEST: Duration = Duration::from_hours(24);

/// An event is given up when the receiver has refused it this often: it may be this one event alone
/// that the receiver cannot handle, and it holds up the others.
const REFUSALS: u32 = 12;

/// An event that waits.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) what: VisitEvent,
    pub(super) visit: Visit,
    pub(super) at: Timestamp,
    number: u64,
    since: Instant,
    refusals: u32,
    /// How often the target had changed when this was taken out to be sent.
    targets: u64,
}

/// Why an event could not be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Failure {
    /// The receiver answered with another status than one of success.
    #[error("the receiver answered {0}")]
    Refused(u16),
    /// The receiver did not answer.
    #[error("the receiver cannot be reached: {0}")]
    Unreachable(String),
    /// The kiosk cannot read where to send it.
    #[error("{0}")]
    Unknown(String),
    /// A panic while it was sent, which the log has.
    #[error("a defect of the kiosk has interrupted the sending")]
    Defect,
}

impl Failure {
    /// The same for the readers of a page.
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::Refused(status) => Message::new("webhook-refused").with("status", status),
            Self::Unreachable(reason) => Message::new("webhook-unreachable").with("reason", reason),
            Self::Unknown(reason) => Message::new("webhook-unknown").with("reason", reason),
            Self::Defect => Message::new("webhook-defect"),
        }
    }
}

/// What has become of the events since the kiosk started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// Events that wait.
    pub(crate) waiting: usize,
    /// Events that the receiver has.
    pub(crate) delivered: u64,
    /// Attempts that failed.
    pub(crate) failures: u64,
    /// Events that the receiver never got.
    pub(crate) given_up: u64,
    /// Why the last attempt failed, if it did.
    pub(crate) failure: Option<Failure>,
}

/// The events that wait, oldest first. Nobody ever waits to put one in.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Event>,
    /// How many events there ever were.
    pushed: u64,
    progress: Progress,
    /// How often the target has changed.
    targets: u64,
    is_closed: bool,
}

impl Queue {
    /// Puts an event in.
    pub(super) fn push(&self, what: VisitEvent, visit: &Visit) {
        let mut state = self.lock();
        if state.is_closed {
            return;
        }
        if state.waiting.len() >= MOST {
            state.give_up();
        }
        let event = Event {
            what,
            visit: visit.clone(),
            at: Timestamp::now(),
            number: state.pushed,
            since: Instant::now(),
            refusals: 0,
            targets: state.targets,
        };
        state.pushed += 1;
        state.waiting.push_back(event);
        self.changed.notify_all();
    }

    /// Waits for an event. It stays the next one until it is [delivered](Queue::delivered) or given
    /// up. `None` at the end.
    pub(super) fn next(&self) -> Option<Event> {
        let is_idle = |state: &mut State| state.waiting.is_empty() && !state.is_closed;
        let waited = self.changed.wait_while(self.lock(), is_idle);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        let next = state.waiting.front().filter(|_| !state.is_closed)?;
        Some(Event {
            targets: state.targets,
            ..next.clone()
        })
    }

    /// The receiver has this event. Returns whether the attempt before had failed.
    pub(super) fn delivered(&self, event: &Event) -> bool {
        let mut state = self.lock();
        if state.is_next(event) {
            state.waiting.pop_front();
        }
        state.progress.delivered += 1;
        state.progress.failure.take().is_some()
    }

    /// An attempt to deliver this event failed. Returns whether that is news.
    pub(super) fn failed(&self, event: &Event, failure: Failure) -> bool {
        let mut state = self.lock();
        let is_refused = matches!(failure, Failure::Refused(_));
        if state.is_next(event) {
            let refusals = event.refusals + u32::from(is_refused);
            if refusals >= REFUSALS || event.since.elapsed() >= OLDEST {
                state.give_up();
            } else if let Some(next) = state.waiting.front_mut() {
                next.refusals = refusals;
            }
        }
        state.progress.failures += 1;
        let former = state.progress.failure.replace(failure);
        former != state.progress.failure
    }

    /// There is nobody to send anything to.
    pub(super) fn clear(&self) {
        let mut state = self.lock();
        state.waiting.clear();
        state.progress.failure = None;
    }

    /// Waits for `time`, or until the queue is closed or the target is another one than when this
    /// event was taken out. Returns whether it is another one.
    pub(super) fn pause(&self, event: &Event, time: Duration) -> bool {
        let goes_on = |state: &mut State| state.targets == event.targets && !state.is_closed;
        let waited = (self.changed).wait_timeout_while(self.lock(), time, goes_on);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.targets != event.targets
    }

    /// The target has changed: what is known of the former one is void.
    pub(super) fn retarget(&self) {
        let mut state = self.lock();
        state.targets += 1;
        state.progress.failure = None;
        self.changed.notify_all();
    }

    /// Takes and gives no more events.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    pub(super) fn progress(&self) -> Progress {
        let state = self.lock();
        Progress {
            waiting: state.waiting.len(),
            ..state.progress.clone()
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether this event is still the next one: meanwhile too many may have come after it.
    fn is_next(&self, event: &Event) -> bool {
        let next = self.waiting.front();
        next.is_some_and(|next| next.number == event.number)
    }

    fn give_up(&mut self) {
        if let Some(event) = self.waiting.pop_front() {
            tracing::warn!(visit = %event.visit.id, "the webhook gives an event up");
            self.progress.given_up += 1;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use catalogue::{VisitId, VisitState};
    use recognise::{Source, VerdictKind};

    use super::*;

    fn visit(id: i64) -> Visit {
        Visit {
            id: VisitId(id),
            revision: 0,
            state: VisitState::Unconfirmed,
            at: Timestamp::UNIX_EPOCH,
            verdict: VerdictKind::NotOurs,
            candidates: Vec::new(),
            confidence: 0.0,
            breed: None,
            confirmed_breed: None,
            confirmed_breed_name: None,
            confirmed_at: None,
            confirmed_by: None,
            animal: None,
            model: String::new(),
            source: Source::Camera,
            has_photograph: false,
        }
    }

    /// A queue in which this many events wait.
    pub(in crate::webhook) fn filled(events: i64) -> Queue {
        let queue = Queue::default();
        for id in 0..events {
            queue.push(VisitEvent::Recorded, &visit(id));
        }
        queue
    }

    #[test]
    fn one_that_always_fails_is_given_up_in_the_end_whatever_the_reason() {
        for failure in [
            Failure::Unreachable("nobody is there".to_owned()),
            Failure::Defect,
        ] {
            let queue = filled(2);
            let next = queue.next().unwrap();
            queue.failed(&next, failure.clone());
            assert_eq!(queue.progress().given_up, 0, "{failure}");
            let since = Instant::now().checked_sub(OLDEST).unwrap();
            queue.failed(&Event { since, ..next }, failure.clone());
            assert_eq!(queue.progress().given_up, 1, "{failure}");
            assert_eq!(queue.next().unwrap().visit.id, VisitId(1));
        }
    }

    #[test]
    fn the_oldest_are_dropped_when_too_many_wait() {
        let queue = filled(MOST as i64 + 2);
        let progress = queue.progress();
        assert_eq!((progress.waiting, progress.given_up), (MOST, 2));
        let next = queue.next().unwrap();
        assert_eq!(next.visit.id, VisitId(2));
        // One that is dropped while it is on its way takes no other with it.
        queue.push(VisitEvent::Recorded, &visit(-1));
        queue.delivered(&next);
        assert_eq!(queue.next().unwrap().visit.id, VisitId(3));
    }

    #[test]
    fn one_that_is_refused_again_and_again_makes_room_for_the_others() {
        let queue = filled(2);
        for time in 1..=REFUSALS {
            let next = queue.next().unwrap();
            assert_eq!(next.visit.id, VisitId(0), "{time}");
            let is_news = queue.failed(&next, Failure::Refused(500));
            assert_eq!(is_news, time == 1);
        }
        let next = queue.next().unwrap();
        assert_eq!(next.visit.id, VisitId(1));
        for _ in 0..100 {
            queue.failed(&next, Failure::Unreachable("nobody is there".to_owned()));
        }
        assert_eq!(
            queue.next().unwrap().visit.id,
            VisitId(1),
            "it keeps waiting"
        );
        assert!(queue.delivered(&next), "the receiver is back");
        let progress = queue.progress();
        assert_eq!((progress.waiting, progress.delivered), (0, 1));
        assert_eq!((progress.failures, progress.given_up), (112, 1));
        assert_eq!(progress.failure, None);
    }

    #[test]
    fn a_new_target_and_the_end_cut_every_pause_short() {
        let queue = filled(1);
        let hour = Duration::from_hours(1);
        let event = queue.next().unwrap();
        std::thread::scope(|scope| {
            let pausing = scope.spawn(|| queue.pause(&event, hour));
            queue.retarget();
            assert!(pausing.join().unwrap());
        });
        // Also where it changed while the event was on its way.
        assert!(queue.pause(&event, hour));
        let event = queue.next().unwrap();
        std::thread::scope(|scope| {
            let pausing = scope.spawn(|| queue.pause(&event, hour));
            queue.close();
            assert!(!pausing.join().unwrap());
        });
        assert!(queue.next().is_none());
        queue.push(VisitEvent::Recorded, &visit(7));
        assert_eq!(queue.progress().waiting, 1, "nothing is taken any more");
    }
}
