//! The state of a link, for Status and the log.

use jiff::Timestamp;
use screens::locale::Message;
use tokio::sync::watch;

/// Whether a link works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// The first attempt to connect is under way.
    Connecting,
    /// The other side answers.
    Connected,
    /// It does not work at the moment, for this reason. It is tried again soon.
    Failing(Message),
    /// It will not work until a person changes something. It is tried again, but seldom.
    Refused(Message),
}

/// A link to one other side, such as the hub.
///
/// ```
/// use jiff::Timestamp;
/// use screens::locale::Message;
/// use sync::{Link, LinkState};
///
/// let mut link = Link::new(Timestamp::UNIX_EPOCH);
/// assert_eq!(link.state, LinkState::Connecting);
/// link.state = LinkState::Failing(Message::new("link-hub-silent").with("host", "hub.example"));
/// assert!(!link.is_connected());
/// link.state = LinkState::Connected;
/// assert!(link.is_connected());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Whether it works.
    pub state: LinkState,
    /// Since when it is in this state, by the system's clock.
    pub since: Timestamp,
    /// Events that wait to be sent.
    pub waiting: u64,
    /// The time of the oldest of them.
    pub oldest: Option<Timestamp>,
    /// Events that the other side has for good, since the kiosk started.
    pub sent: u64,
    /// Events that the other side cannot take, and were passed over, since the kiosk started.
    pub refused: u64,
    /// Events that were dropped unsent because they were too old.
    pub dropped: u64,
    /// Guests of other sites that this kiosk knows.
    pub guests: u64,
    /// What else a person should know, such as that the clock is wrong.
    pub note: Option<Message>,
}

impl Link {
    /// A link that has not been tried yet.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            state: LinkState::Connecting,
            since: now,
            waiting: 0,
            oldest: None,
            sent: 0,
            refused: 0,
            dropped: 0,
            guests: 0,
            note: None,
        }
    }

    /// Whether the other side answers.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.state == LinkState::Connected
    }
}

/// Puts a link into a state, and keeps the time of the last change from one kind of state to another.
pub(crate) fn enter(link: &watch::Sender<Link>, state: LinkState, now: Timestamp) {
    update(link, |link| {
        if std::mem::discriminant(&link.state) != std::mem::discriminant(&state) {
            link.since = now;
        }
        link.state = state;
    });
}

/// Changes a link, and wakes those that watch it only where it differs then.
pub(crate) fn update(link: &watch::Sender<Link>, change: impl FnOnce(&mut Link)) {
    link.send_if_modified(|link| {
        let before = link.clone();
        change(link);
        *link != before
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_goes_on_failing_keeps_the_time_since_when_it_fails() {
        let time = |second| Timestamp::from_second(second).unwrap();
        let (link, seen) = watch::channel(Link::new(time(0)));

        enter(
            &link,
            LinkState::Failing(Message::new("link-hub-silent")),
            time(1),
        );
        enter(
            &link,
            LinkState::Failing(Message::new("link-hub-read-only")),
            time(2),
        );
        assert_eq!(seen.borrow().since, time(1));
        assert_eq!(
            seen.borrow().state,
            LinkState::Failing(Message::new("link-hub-read-only"))
        );

        enter(&link, LinkState::Connected, time(3));
        assert_eq!(seen.borrow().since, time(3));
        assert!(seen.borrow().is_connected());
    }

    #[test]
    fn only_a_change_wakes_those_who_watch() {
        let (link, mut seen) = watch::channel(Link::new(Timestamp::UNIX_EPOCH));
        seen.mark_unchanged();

        update(&link, |link| link.waiting = 0);
        assert!(!seen.has_changed().unwrap());
        update(&link, |link| link.waiting = 1);
        assert!(seen.has_changed().unwrap());
    }
}
