//! The login link: anyone who can read the kiosk's terminal needs no password.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::secret::{self, Fingerprint, fingerprint};

/// Opening a used or wrong link makes a fresh one, at most this often.
const PAUSE: Duration = Duration::from_secs(10);

/// A link that logs its opener in as the owner, once. At most one link works.
#[derive(Debug, Default)]
pub(crate) struct Links(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// `None` after it was used.
    token: Option<Fingerprint>,
    /// When it last replaced another.
    renewed: Option<Instant>,
}

impl Links {
    /// Makes a token; the former one no longer works. `None` if the system has no random numbers.
    pub(crate) fn make(&self) -> Option<String> {
        match secret::token() {
            Ok(token) => {
                self.state().token = Some(fingerprint(&token));
                Some(token)
            }
            Err(error) => {
                tracing::error!(%error, "no login link can be made");
                None
            }
        }
    }

    /// As [`Links::make`], but `None` if this was asked for a moment ago.
    pub(crate) fn renew(&self) -> Option<String> {
        let mut state = self.state();
        if state.renewed.is_some_and(|then| then.elapsed() < PAUSE) {
            return None;
        }
        state.renewed = Some(Instant::now());
        drop(state);
        self.make()
    }

    /// Whether the token is that of the link that works. If so, it works no longer.
    pub(crate) fn open(&self, token: &str) -> bool {
        let mut state = self.state();
        let works = state.token == Some(fingerprint(token));
        if works {
            state.token = None;
        }
        works
    }

    /// Whether there is a link that nobody has used yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.state().token.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
