//! The login link: who can read the kiosk's terminal needs no password.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::secret::{self, Fingerprint, fingerprint};

/// A used or wrong link that is opened brings a fresh one, at most this often.
const PAUSE: Duration = Duration::from_secs(10);

/// The link that logs its reader in as the owner, once. There is at most one that works.
#[derive(Debug, Default)]
pub struct Links(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// `None` once it was used.
    token: Option<Fingerprint>,
    /// When it last took the place of another.
    renewed: Option<Instant>,
}

/// What became of a link that somebody opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It works; it will not again.
    Good,
    /// It was used before, or never was one.
    Bad,
}

impl Links {
    /// A fresh token; the former one works no more. `None` where the system has no random numbers
    /// to give.
    pub(in crate::desk) fn make(&self) -> Option<String> {
        let token = secret::token().ok()?;
        self.state().token = Some(fingerprint(&token));
        Some(token)
    }

    /// As [`Links::make`], but `None` where this was asked for a moment ago.
    pub(in crate::desk) fn renew(&self) -> Option<String> {
        let mut state = self.state();
        if state.renewed.is_some_and(|then| then.elapsed() < PAUSE) {
            return None;
        }
        state.renewed = Some(Instant::now());
        drop(state);
        self.make()
    }

    /// Opens a link.
    pub(in crate::desk) fn open(&self, token: &str) -> Opened {
        let mut state = self.state();
        match state.token == Some(fingerprint(token)) {
            true => {
                state.token = None;
                Opened::Good
            }
            false => Opened::Bad,
        }
    }

    /// Whether there is a link that nobody has used yet.
    pub(in crate::desk) fn is_waiting(&self) -> bool {
        self.state().token.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
