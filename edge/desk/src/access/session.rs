//! Sessions: who is logged in.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Role;
use super::secret::{self, Fingerprint, fingerprint};

/// A session that nobody uses ends after this long.
const IDLE: Duration = Duration::from_hours(12);

/// The most sessions at a time; one more ends the session that was unused for longest.
const MOST: usize = 256;

/// Which session: the digest of its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(Fingerprint);

/// Who is logged in. Sessions are kept in memory only, by the digests of their tokens: they end
/// with the kiosk, and whoever reads its memory or its disk cannot take one over.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<HashMap<SessionId, Entry>>);

#[derive(Debug)]
struct Entry {
    role: Role,
    basis: Fingerprint,
    used: Instant,
}

impl Sessions {
    /// Begins a session of `role` that rests on `basis` (see `Access::basis`). Returns its token.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn begin(&self, role: Role, basis: Fingerprint) -> Result<String, getrandom::Error> {
        let token = secret::token()?;
        let entry = Entry {
            role,
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
        Ok(token)
    }

    /// The session of a token and its role, if `basis` still is what it rests on. Counts as a use
    /// of the session.
    pub(crate) fn find(
        &self,
        token: &str,
        basis: impl Fn(Role) -> Option<Fingerprint>,
    ) -> Option<(SessionId, Role)> {
        let id = SessionId(fingerprint(token));
        let mut entries = self.entries();
        let entry = entries.get_mut(&id)?;
        if entry.used.elapsed() >= IDLE || basis(entry.role) != Some(entry.basis) {
            entries.remove(&id);
            return None;
        }
        entry.used = Instant::now();
        Some((id, entry.role))
    }

    /// Whether a session goes on. Asking does not count as a use of it.
    pub(crate) fn is_alive(&self, id: SessionId) -> bool {
        let entries = self.entries();
        entries
            .get(&id)
            .is_some_and(|entry| entry.used.elapsed() < IDLE)
    }

    /// Ends a session.
    pub(crate) fn end(&self, id: SessionId) {
        self.entries().remove(&id);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<SessionId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
