//! Bounds how many of something there are at a time: in all, and of one session or token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::SessionId;
use crate::session::{Holder, Session};

/// Whose something is: a person's session, or the token of a program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SessionKey {
    Person(SessionId),
    /// By the token's id.
    Program(String),
}

impl SessionKey {
    pub(crate) fn of(session: &Session) -> Self {
        match &session.holder {
            Holder::Person(id) => Self::Person(*id),
            Holder::Program(token) => Self::Program(token.id()),
        }
    }
}

/// The places that there are.
pub(crate) struct Quota {
    all: Arc<Semaphore>,
    most: usize,
    of_session: usize,
    /// Of those who have a place.
    sessions: Mutex<HashMap<SessionKey, Arc<Semaphore>>>,
}

/// A place, for as long as this exists.
#[derive(Debug)]
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_session: OwnedSemaphorePermit,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The session or token has as many as it may.
    Session,
    /// There are as many as there may be.
    All,
}

impl Quota {
    /// At most `most` places, of which a session or token has at most `of_session`.
    pub(crate) fn new(most: usize, of_session: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(most)),
            most,
            of_session,
            sessions: Mutex::default(),
        }
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> usize {
        self.most - self.all.available_permits()
    }

    /// Takes a place.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn take(&self, session: &Session) -> Result<Place, Full> {
        let of_session = self.of_session(SessionKey::of(session));
        let of_session = of_session.ok_or(Full::Session)?;
        let of_all = Arc::clone(&self.all).try_acquire_owned();
        Ok(Place {
            _of_all: of_all.map_err(|_| Full::All)?,
            _of_session: of_session,
        })
    }

    fn of_session(&self, key: SessionKey) -> Option<OwnedSemaphorePermit> {
        let mut sessions = (self.sessions.lock()).unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, places| places.available_permits() < self.of_session);
        let places =
            (sessions.entry(key)).or_insert_with(|| Arc::new(Semaphore::new(self.of_session)));
        Arc::clone(places).try_acquire_owned().ok()
    }
}
