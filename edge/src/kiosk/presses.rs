//! Gives what is pressed and scanned to the kiosk's thread, and tells two presses of a button from one
//! that was pressed twice by mistake.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use desk::kiosk::{Command, Inbox, Live, Order};
use screens::Button;
use tokio::sync::watch;

/// Nobody reads what the screen shows of another arrival in less time.
const GLANCE: Duration = Duration::from_millis(800);

/// Gives commands of somebody who sees the screen, for what is on it at that moment.
#[derive(Debug)]
pub(super) struct Presser {
    inbox: Arc<Inbox>,
    live: Weak<watch::Sender<Arc<Live>>>,
    presses: Mutex<Presses>,
}

impl Presser {
    /// One that gives commands to `inbox`, for what `live` shows.
    pub(super) fn new(inbox: &Arc<Inbox>, live: &Weak<watch::Sender<Arc<Live>>>) -> Self {
        Self {
            inbox: Arc::clone(inbox),
            live: Weak::clone(live),
            presses: Mutex::default(),
        }
    }

    /// Gives a command, and waits for nothing.
    pub(super) fn give(&self, command: Command) {
        // Without it the kiosk has stopped.
        let Some(live) = self.live.upgrade() else {
            return;
        };
        let shown = live.borrow().arrival.shown();
        if let Command::Press(button) = command {
            let mut presses = self.presses.lock().unwrap_or_else(PoisonError::into_inner);
            if !presses.counts(button, shown.arrival, Instant::now()) {
                tracing::info!(
                    ?button,
                    "a second press for the same arrival is passed over"
                );
                return;
            }
        }
        if let Err(error) = self.inbox.give(Order::new(command, shown)) {
            tracing::warn!(%error, "a button or tag is lost");
        }
    }
}

/// The last press of a button at the screen that counted.
#[derive(Debug, Default)]
struct Presses(Option<(Button, u64, Instant)>);

impl Presses {
    /// Whether a press counts that was made at `now`, when the buttons meant this arrival.
    ///
    /// Once an arrival is confirmed, the buttons mean the next one. A person who presses twice
    /// means the first one both times, and has not seen the next.
    fn counts(&mut self, button: Button, arrival: u64, now: Instant) -> bool {
        let is_double = self.0.is_some_and(|(former, of, at)| {
            former == button && of != arrival && now.saturating_duration_since(at) < GLANCE
        });
        // All that is offered for one arrival may be gone through fast.
        let counts = button == Button::Next || !is_double;
        if counts {
            self.0 = Some((button, arrival, now));
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_that_is_pressed_twice_means_one_arrival() {
        let start = Instant::now();
        // The button, the arrival that it means, milliseconds, and whether it counts.
        let presses = [
            (Button::Confirm, 1, 0, true),
            (Button::Confirm, 1, 200, true),
            (Button::Confirm, 2, 400, false),
            (Button::Confirm, 2, 900, false),
            (Button::Confirm, 2, 1100, true),
            (Button::New, 3, 1200, true),
            (Button::New, 4, 1300, false),
            (Button::Next, 4, 1400, true),
            (Button::Next, 5, 1500, true),
            (Button::Confirm, 5, 1600, true),
        ];
        let mut former = Presses::default();
        for (button, arrival, after, counts) in presses {
            let now = start + Duration::from_millis(after);
            let case = format!("{button:?} for {arrival} after {after} ms");
            assert_eq!(former.counts(button, arrival, now), counts, "{case}");
        }
    }
}
