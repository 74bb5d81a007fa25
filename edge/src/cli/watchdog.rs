//! What systemd is told of a service (`sd_notify(3)`); nothing where it does not ask.

use std::time::Instant;

use sd_notify::{NotifyState, notify, watchdog_enabled};

/// Says that the kiosk serves.
pub(super) fn ready() {
    // Whoever does not listen need not be told.
    let _ = notify(&[NotifyState::Ready]);
}

/// Says that the kiosk ends as it was asked to.
pub(super) fn stopping() {
    let _ = notify(&[NotifyState::Stopping]);
}

/// What says that the kiosk still works, however often it is called; systemd starts a kiosk anew
/// that has not said so for the unit's `WatchdogSec`.
pub(super) fn pulse() -> Box<dyn FnMut() + Send> {
    let Some(limit) = watchdog_enabled() else {
        return Box::new(|| {});
    };
    let mut due = Instant::now();
    Box::new(move || {
        if Instant::now() >= due {
            due = Instant::now() + limit / 4;
            let _ = notify(&[NotifyState::Watchdog]);
        }
    })
}
