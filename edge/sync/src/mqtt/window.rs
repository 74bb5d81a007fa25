//! Keeps track of what the broker was sent and has not acknowledged yet.

use std::collections::{HashMap, VecDeque};

use tokio::time::{Duration, Instant};

/// What is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Publication {
    /// The event with this number in the outbox.
    Event(i64),
    /// That the kiosk is there.
    Status,
    /// The kiosk's state.
    State,
    /// The picture of the last arrival.
    Picture,
    /// An entity of Home Assistant.
    Discovery,
    /// The removal of something retained that is not published any more.
    Removal,
}

/// An event on its way.
#[derive(Clone, Copy, Debug)]
struct Sent {
    seq: i64,
    state: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Waits,
    Done,
    PassedOver,
}

/// Events that need not be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Finished {
    /// How many of them the other side has.
    pub(super) sent: u64,
    /// How many were passed over.
    pub(super) refused: u64,
    /// The number of the last one in the outbox.
    pub(super) last: i64,
}

/// What the broker was sent and has not acknowledged yet.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Given to the client, which numbers packets when it writes them, in this order.
    unnumbered: VecDeque<Publication>,
    /// Written, by the packet's number.
    numbered: HashMap<u16, Publication>,
    /// The events among them, in the outbox's order.
    events: VecDeque<Sent>,
    /// The last sign that the broker goes on, where something waits for it.
    progress: Option<Instant>,
}

impl Window {
    /// A publication was given to the client.
    pub(super) fn give(&mut self, publication: Publication, now: Instant) {
        self.unnumbered.push_back(publication);
        if let Publication::Event(seq) = publication {
            let state = Progress::Waits;
            self.events.push_back(Sent { seq, state });
        }
        self.progress.get_or_insert(now);
    }

    /// An event is not sent, and keeps its place among the others.
    pub(super) fn pass_over(&mut self, seq: i64) {
        let state = Progress::PassedOver;
        self.events.push_back(Sent { seq, state });
    }

    /// The client has written the next publication, as the packet with this number.
    pub(super) fn written(&mut self, packet: u16) {
        if let Some(publication) = self.unnumbered.pop_front() {
            self.numbered.insert(packet, publication);
        }
    }

    /// The broker has answered to a packet. Returns what that was.
    pub(super) fn answered(&mut self, packet: u16, now: Instant) -> Option<Publication> {
        let publication = self.numbered.remove(&packet)?;
        let is_empty = self.numbered.is_empty() && self.unnumbered.is_empty();
        self.progress = (!is_empty).then_some(now);
        Some(publication)
    }

    /// The other side has this event for good.
    pub(super) fn done(&mut self, seq: i64) {
        if let Some(event) = self.events.iter_mut().find(|event| event.seq == seq) {
            event.state = Progress::Done;
        }
    }

    /// Takes off the events at the front that need not be sent again.
    pub(super) fn take_finished(&mut self) -> Option<Finished> {
        let mut finished: Option<Finished> = None;
        while let Some(event) = self
            .events
            .pop_front_if(|event| event.state != Progress::Waits)
        {
            let so_far = finished.get_or_insert(Finished {
                sent: 0,
                refused: 0,
                last: event.seq,
            });
            so_far.last = event.seq;
            if event.state == Progress::Done {
                so_far.sent += 1;
            } else {
                so_far.refused += 1;
            }
        }
        finished
    }

    /// Whether all events need not be sent again.
    pub(super) fn is_finished(&self) -> bool {
        let mut events = self.events.iter();
        events.all(|event| event.state != Progress::Waits)
    }

    /// Whether there are events that were not taken off.
    pub(super) fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// Whether a publication of this kind waits for the broker.
    pub(super) fn holds(&self, publication: Publication) -> bool {
        let mut waiting = self.unnumbered.iter().chain(self.numbered.values());
        waiting.any(|held| *held == publication)
    }

    /// When the broker has been silent for `patience`, where something waits for it.
    pub(super) fn due(&self, patience: Duration) -> Option<Instant> {
        self.progress.map(|progress| progress + patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_event_is_finished_once_it_and_all_before_it_are_acknowledged() {
        let now = Instant::now();
        let mut window = Window::default();
        for (seq, packet) in [(5, 1), (6, 2), (8, 3)] {
            window.give(Publication::Event(seq), now);
            window.written(packet);
        }
        window.pass_over(9);
        let mut acknowledge = |packet| {
            if let Some(Publication::Event(seq)) = window.answered(packet, now) {
                window.done(seq);
            }
            window.take_finished()
        };
        // Some brokers acknowledge in another order.
        assert_eq!(acknowledge(2), None);
        assert_eq!(acknowledge(7), None, "a packet that was never sent");
        let finished = |sent, refused, last| {
            Some(Finished {
                sent,
                refused,
                last,
            })
        };
        assert_eq!(acknowledge(1), finished(2, 0, 6));
        assert_eq!(acknowledge(3), finished(1, 1, 9));
        assert!(!window.has_events());
    }

    #[test]
    fn packets_are_numbered_in_the_order_in_which_they_were_given() {
        let now = Instant::now();
        let mut window = Window::default();
        window.give(Publication::Status, now);
        window.give(Publication::State, now);
        window.written(1);
        assert!(window.holds(Publication::State));

        // The client keeps a publication back while its number is taken.
        assert_eq!(window.answered(1, now), Some(Publication::Status));
        window.written(1);
        assert_eq!(window.answered(1, now), Some(Publication::State));
        assert!(!window.holds(Publication::State));
    }

    #[test]
    fn the_broker_is_overdue_only_while_something_waits_for_it() {
        let start = Instant::now();
        let mut window = Window::default();
        assert_eq!(window.due(SECOND), None);

        window.give(Publication::Status, start);
        window.give(Publication::Event(1), start + SECOND);
        assert_eq!(window.due(SECOND), Some(start + SECOND));

        window.written(1);
        window.written(2);
        window.answered(1, start + 2 * SECOND);
        assert_eq!(window.due(SECOND), Some(start + 3 * SECOND));
        window.answered(2, start + 3 * SECOND);
        assert_eq!(window.due(SECOND), None);
    }
}
