//! Ends the work on a backup early: when the program ends, or when it takes too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::CatalogueError;

/// Whether restores are to end because the program does. Clones are asked together.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends a restore that is at work on another thread, unless it is about to be done anyway, and each
    /// one that begins later.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// [`CatalogueError::Interrupted`] once somebody has asked.
    pub(super) fn check(&self) -> Result<(), CatalogueError> {
        if self.is_asked() {
            return Err(CatalogueError::Interrupted);
        }
        Ok(())
    }
}

/// Until when SQLite may work on a file from outside.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    until: Instant,
    stop: Stop,
}

impl Deadline {
    pub(super) fn within(time: Duration, stop: &Stop) -> Self {
        Self {
            until: Instant::now() + time,
            stop: stop.clone(),
        }
    }

    /// Whether the time is up, or somebody has asked to stop.
    pub(super) fn is_over(&self) -> bool {
        self.stop.is_asked() || Instant::now() >= self.until
    }
}
