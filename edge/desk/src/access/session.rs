//! Sessions: who is logged in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Role;
use super::secret::{self, Fingerprint, fingerprint};

/// A session that nobody uses ends after this long.
const IDLE: Duration = Duration::from_hours(12);

/// The most sessions at a time; a new one beyond them ends the one longest unused.
const MOST: usize = 256;

/// Which session: the digest of its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(Fingerprint);

/// Who is logged in. Sessions are in memory only, by the digests of their tokens: they end with
/// the kiosk, and nobody who reads its memory or its disk can take one over.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<HashMap<SessionId, Entry>>);

#[derive(Debug)]
struct Entry {
    role: Role,
    csrf: String,
    basis: Fingerprint,
    used: Instant,
}

/// A session that has just begun.
#[derive(Debug)]
pub struct Begun {
    /// What the cookie carries.
    pub token: String,
    /// What forms carry.
    pub csrf: String,
}

impl Sessions {
    /// Begins a session of `role`, resting upon `basis` (see `Access::basis`).
    ///
    /// # Errors
    /// Where the system has no random numbers to give.
    pub(in crate::desk) fn begin(
        &self,
        role: Role,
        basis: Fingerprint,
    ) -> Result<Begun, getrandom::Error> {
        let (token, csrf) = (secret::token()?, secret::token()?);
        let entry = Entry {
            role,
            csrf: csrf.clone(),
            basis,
            used: Instant::now(),
        };
        let mut entries = self.entries();
        entries.retain(|_, entry| entry.used.elapsed() < IDLE);
        if entries.len() >= MOST {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(id) = oldest.map(|(id, _)| *id) {
                entries.remove(&id);
            }
        }
        entries.insert(SessionId(fingerprint(&token)), entry);
        Ok(Begun { token, csrf })
    }

    /// The session of a token, its role and its forms' token, where there is one and `basis` says
    /// that what it rests upon still stands. Counts as a use of it.
    pub(in crate::desk) fn find(
        &self,
        token: &str,
        basis: impl Fn(Role) -> Option<Fingerprint>,
    ) -> Option<(SessionId, Role, String)> {
        let id = SessionId(fingerprint(token));
        let mut entries = self.entries();
        let entry = entries.get_mut(&id)?;
        if entry.used.elapsed() >= IDLE || basis(entry.role) != Some(entry.basis) {
            entries.remove(&id);
            return None;
        }
        entry.used = Instant::now();
        Some((id, entry.role, entry.csrf.clone()))
    }

    /// Whether a session goes on; asking is no use of it.
    #[must_use]
    pub fn lives(&self, id: SessionId) -> bool {
        let entries = self.entries();
        entries
            .get(&id)
            .is_some_and(|entry| entry.used.elapsed() < IDLE)
    }

    /// Ends a session.
    pub fn end(&self, id: SessionId) {
        self.entries().remove(&id);
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
