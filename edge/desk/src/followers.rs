//! Bounds how many follow the events at a time: all together, and with one token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::Token;
use crate::error::DeskError;
use crate::limits::{FOLLOWERS, FOLLOWERS_OF_TOKEN};
use crate::session::{Holder, Session};

/// The permits to follow the events.
pub(crate) struct Followers {
    all: Arc<Semaphore>,
    /// Those of programs that follow, by the ids of their tokens.
    programs: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A permit to follow the events, for as long as it exists.
pub(crate) struct Follower {
    _of_all: OwnedSemaphorePermit,
    _of_token: Option<OwnedSemaphorePermit>,
}

impl Default for Followers {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(FOLLOWERS)),
            programs: Mutex::default(),
        }
    }
}

impl Followers {
    /// Lets somebody follow.
    ///
    /// # Errors
    /// [`DeskError::TooManyStreams`] if too many follow with the same token, [`DeskError::Busy`] if
    /// too many follow at all.
    pub(crate) fn admit(&self, session: &Session) -> Result<Follower, DeskError> {
        let of_token = match &session.holder {
            Holder::Person(_) => None,
            Holder::Program(token) => Some(self.of_token(token).ok_or(DeskError::TooManyStreams)?),
        };
        let of_all = Arc::clone(&self.all).try_acquire_owned();
        Ok(Follower {
            _of_all: of_all.map_err(|_| DeskError::Busy)?,
            _of_token: of_token,
        })
    }

    fn of_token(&self, token: &Token) -> Option<OwnedSemaphorePermit> {
        let mut programs = (self.programs.lock()).unwrap_or_else(PoisonError::into_inner);
        programs.retain(|_, permits| permits.available_permits() < FOLLOWERS_OF_TOKEN);
        let permits = (programs.entry(token.id()))
            .or_insert_with(|| Arc::new(Semaphore::new(FOLLOWERS_OF_TOKEN)));
        Arc::clone(permits).try_acquire_owned().ok()
    }
}
