//! Reports the state of the service to systemd (`sd_notify(3)`), where systemd asks for it.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sd_notify::{NotifyState, notify, watchdog_enabled};

use super::page::Page;
use crate::kiosk::Silence;

/// For how long a part that worked may give no sign of life before the kiosk is restarted. A
/// restore, or the decoding of a large photograph, may keep one waiting.
const PATIENCE: Duration = Duration::from_secs(120);

/// Says that the kiosk serves.
pub(super) fn ready() {
    // A supervisor that does not listen need not be told.
    let _ = notify(&[NotifyState::Ready]);
}

/// Says that the kiosk ends as it was asked to.
pub(super) fn stopping() {
    let _ = notify(&[NotifyState::Stopping]);
}

/// Returns what tells systemd that the kiosk still works, however often it is called. systemd restarts a
/// kiosk that has not said so for the unit's `WatchdogSec`.
///
/// The kiosk's thread calls it, so systemd hears nothing if that hangs, or if a part that worked has
/// fallen silent: a restart may heal it. Parts that never worked since the start, and parts that are
/// known to have failed and are being retried (no camera, a port in use, a full disk), do not count: a
/// restart would change nothing.
pub(super) fn pulse(page: Arc<Page>) -> Box<dyn FnMut(Silence) + Send> {
    let Some(limit) = watchdog_enabled() else {
        return Box::new(|_| {});
    };
    let mut due = Instant::now();
    let mut silent = None;
    Box::new(move |silence| {
        if Instant::now() < due {
            return;
        }
        due = Instant::now() + limit / 4;
        let before = mem::replace(&mut silent, silent_part(silence, page.silence()));
        match silent {
            None => {
                let _ = notify(&[NotifyState::Watchdog]);
            }
            Some(part) if before != silent => {
                tracing::error!(cause = part, "the system is to restart the kiosk");
            }
            Some(_) => {}
        }
    })
}

/// The part that has fallen silent, if any.
fn silent_part(silence: Silence, page: Duration) -> Option<&'static str> {
    let parts = [
        (silence.camera, "the camera's thread does not go on"),
        (silence.records, "no visit could be recorded for minutes"),
        (page, "the page does not answer"),
    ];
    let silent = parts.into_iter().find(|(silence, _)| *silence >= PATIENCE);
    silent.map(|(_, part)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_silent_part_is_enough() {
        let seconds = Duration::from_secs;
        for (camera, records, page, expected) in [
            (0, 0, 0, None),
            (119, 119, 119, None),
            (120, 0, 0, Some("camera")),
            (0, 3600, 0, Some("recorded")),
            (0, 0, 121, Some("page")),
        ] {
            let silence = Silence {
                camera: seconds(camera),
                records: seconds(records),
            };
            let silent = silent_part(silence, seconds(page));
            let is_expected = match (silent, expected) {
                (Some(silent), Some(expected)) => silent.contains(expected),
                (silent, expected) => silent == expected,
            };
            assert!(is_expected, "{silent:?}");
        }
    }
}
