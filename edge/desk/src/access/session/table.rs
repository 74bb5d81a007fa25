//! The sessions that are kept, and when each of them is over.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::{Moment, Place, SessionId};
use crate::access::password::Basis;
use crate::access::secret::Fingerprint;
use crate::access::session_file::{Stored, StoredSession};

/// A session that nobody uses ends after this long.
const IDLE: Duration = Duration::from_hours(12);

/// A session ends after this long, however much it is used.
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// The most sessions at a time; one more ends the session that was unused for longest.
pub(super) const MOST: usize = 256;

#[derive(Debug)]
pub(super) struct Table {
    pub(super) entries: HashMap<SessionId, Entry>,
    /// When this run of the kiosk began.
    pub(super) started: Instant,
    /// The system's time when the file was last written.
    pub(super) written: i64,
}

#[derive(Debug)]
pub(super) struct Entry {
    /// The name of its account.
    pub(super) account: String,
    pub(super) basis: Fingerprint,
    pub(super) place: Place,
    /// When it began, if that was in this run.
    pub(super) began: Option<Instant>,
    /// When it was last used in this run; `None` if it was not.
    pub(super) used: Option<Instant>,
    /// What the file said about it, if it is of a former run.
    pub(super) former: Option<Former>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Former {
    /// For how long nobody had used it when the file was written.
    unused: Duration,
    /// How old it was then.
    age: Duration,
    /// The system's time when the file was written.
    written: i64,
}

impl Table {
    pub(super) fn of(mut stored: Stored, started: Instant) -> Self {
        stored.sessions.sort_by_key(|session| session.unused_s);
        let former = |session: StoredSession| {
            let entry = Entry {
                account: session.account,
                basis: session.basis,
                place: Place {
                    address: session.address,
                    agent: session.agent,
                },
                began: None,
                used: None,
                former: Some(Former {
                    unused: Duration::from_secs(session.unused_s),
                    age: Duration::from_secs(session.age_s),
                    written: stored.written,
                }),
            };
            (SessionId(session.id), entry)
        };
        Self {
            entries: (stored.sessions.into_iter().take(MOST))
                .map(former)
                .collect(),
            started,
            written: stored.written,
        }
    }

    /// Adds a session. There are never more than [`MOST`].
    pub(super) fn add(&mut self, id: SessionId, entry: Entry, now: Moment) {
        let started = self.started;
        (self.entries).retain(|_, entry| !entry.is_over(started, now));
        if self.entries.len() >= MOST {
            let entries = self.entries.iter();
            let longest = entries.max_by_key(|(_, entry)| entry.unused(started, now));
            if let Some(id) = longest.map(|(id, _)| *id) {
                self.entries.remove(&id);
            }
        }
        self.entries.insert(id, entry);
    }

    pub(super) fn goes_on(
        &self,
        id: SessionId,
        basis: impl Fn(&str) -> Option<Basis>,
        now: Moment,
    ) -> bool {
        self.entries.get(&id).is_some_and(|entry| {
            let basis = basis(&entry.account).map(|basis| basis.digest);
            !entry.is_over(self.started, now) && basis == Some(entry.basis)
        })
    }

    pub(super) fn stored(&mut self, now: Moment) -> Stored {
        self.written = now.system;
        let alive = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.is_over(self.started, now));
        let sessions = alive.map(|(id, entry)| StoredSession {
            id: id.0,
            account: entry.account.clone(),
            basis: entry.basis,
            unused_s: entry.unused(self.started, now).as_secs(),
            age_s: entry.age(self.started, now).as_secs(),
            address: entry.place.address.clone(),
            agent: entry.place.agent.clone(),
        });
        Stored {
            written: now.system,
            sessions: sessions.collect(),
        }
    }
}

impl Entry {
    /// Whether nobody has used it for too long, now or before this run began, or it is too old.
    pub(super) fn is_over(&self, started: Instant, now: Moment) -> bool {
        self.unused_before(started, now) >= IDLE
            || self.unused(started, now) >= IDLE
            || self.age(started, now) >= LONGEST
    }

    /// For how long nobody has used it.
    pub(super) fn unused(&self, started: Instant, now: Moment) -> Duration {
        match self.used {
            Some(used) => now.steady.saturating_duration_since(used),
            None => {
                let running = now.steady.saturating_duration_since(started);
                self.unused_before(started, now).saturating_add(running)
            }
        }
    }

    /// How old it is.
    pub(super) fn age(&self, started: Instant, now: Moment) -> Duration {
        if let Some(began) = self.began {
            return now.steady.saturating_duration_since(began);
        }
        let former = self.former.map_or(Duration::ZERO, |former| former.age);
        let running = now.steady.saturating_duration_since(started);
        former
            .saturating_add(self.off(started, now))
            .saturating_add(running)
    }

    /// For how long nobody had used it when this run began.
    fn unused_before(&self, started: Instant, now: Moment) -> Duration {
        let unused = self.former.map_or(Duration::ZERO, |former| former.unused);
        unused.saturating_add(self.off(started, now))
    }

    /// How long the kiosk was off before this run, by the system's clock as it is now: one that was
    /// wrong at the start may have been set right since.
    fn off(&self, started: Instant, now: Moment) -> Duration {
        let Some(former) = self.former else {
            return Duration::ZERO;
        };
        let running = now.steady.saturating_duration_since(started).as_secs();
        let start = now.system.saturating_sub_unsigned(running);
        let off = u64::try_from(start.saturating_sub(former.written)).unwrap_or(0);
        Duration::from_secs(off)
    }
}
