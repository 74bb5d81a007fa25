//! Detects when a button has been held long enough to mean more than a press.

use std::time::Duration;

/// How long a button is held to mean more than a press.
pub const LONG: Duration = Duration::from_secs(10);

/// One button, open at first.
///
/// ```
/// use std::time::Duration;
/// use devices::buttons::hold::Hold;
///
/// let seconds = Duration::from_secs;
/// let mut hold = Hold::default();
/// hold.press(seconds(1));
/// assert!(!hold.is_due(seconds(10)));
/// assert!(hold.is_due(seconds(11)));
/// assert!(!hold.is_due(seconds(12)), "once is enough");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Hold {
    /// Since when it is held; `None` once that has counted too.
    since: Option<Duration>,
}

impl Hold {
    /// Takes in that the button was pressed at `at`, by any clock that only grows.
    pub fn press(&mut self, at: Duration) {
        self.since = Some(at);
    }

    /// Takes in that it was released, or may have been.
    pub fn release(&mut self) {
        self.since = None;
    }

    /// Whether the button has been held for [`LONG`] by `now`. It is `true` once for each press.
    pub fn is_due(&mut self, now: Duration) -> bool {
        let is_due = (self.since).is_some_and(|since| now.saturating_sub(since) >= LONG);
        if is_due {
            self.since = None;
        }
        is_due
    }
}
