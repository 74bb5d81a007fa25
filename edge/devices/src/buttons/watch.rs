//! What a thread that waits for a device shares with whoever started it.

use std::sync::{Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::ButtonsError;

/// A thread looks so often whether it is still wanted.
pub(super) const TICK: Duration = Duration::from_secs(1);

/// Between two attempts at a device that fails: it begins with the first and doubles up to the last.
const BACK_OFF: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];

/// The kinds of devices, each with a thread of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Device {
    /// The push buttons.
    Gpio,
    /// Keypads and scanners.
    Keypad,
}

/// What is wrong with the devices, the newest last.
#[derive(Debug, Default)]
pub(super) struct Troubles(Mutex<Vec<(Device, String)>>);

impl Troubles {
    pub(super) fn newest(&self) -> Option<String> {
        self.lock().last().map(|(_, message)| message.clone())
    }

    /// Sets what is wrong with one kind; what it is already keeps its place.
    fn set(&self, device: Device, message: Option<String>) {
        let mut troubles = self.lock();
        let former = troubles.iter().find(|(kind, _)| *kind == device);
        if former.map(|(_, message)| message) == message.as_ref() {
            return;
        }
        if let Some(message) = &message {
            eprintln!("kiosk: {message}");
        }
        troubles.retain(|(kind, _)| *kind != device);
        troubles.extend(message.map(|message| (device, message)));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Device, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread's side of it.
pub(super) struct Watch {
    pub(super) device: Device,
    pub(super) troubles: Weak<Troubles>,
}

impl Watch {
    /// Whether the thread shall go on.
    pub(super) fn is_wanted(&self) -> bool {
        self.troubles.strong_count() > 0
    }

    /// Says what is wrong, or that nothing is.
    pub(super) fn say(&self, trouble: Option<&ButtonsError>) {
        if let Some(troubles) = self.troubles.upgrade() {
            troubles.set(self.device, trouble.map(ToString::to_string));
        }
    }

    /// Does the work, and after a pause again whenever it fails, as long as it is wanted.
    pub(super) fn keep_at(&self, mut work: impl FnMut() -> Result<(), ButtonsError>) {
        let mut pause = BACK_OFF[0];
        while self.is_wanted() {
            let start = Instant::now();
            let Err(error) = work() else {
                return;
            };
            self.say(Some(&error));
            // It went well for long: what happens now has nothing to do with what was before.
            if start.elapsed() >= BACK_OFF[1] {
                pause = BACK_OFF[0];
            }
            self.pause(pause);
            pause = (pause * 2).min(BACK_OFF[1]);
        }
    }

    fn pause(&self, pause: Duration) {
        let end = Instant::now() + pause;
        while self.is_wanted() && Instant::now() < end {
            thread::sleep(TICK.min(end.saturating_duration_since(Instant::now())));
        }
    }
}
