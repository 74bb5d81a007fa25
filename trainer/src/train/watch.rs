//! The end of a run, seen from outside: how far it is, and whether it is to stop.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::ProgressBar;

use super::TrainError;

/// Watches the end of a run.
pub(super) struct Watch<'a> {
    /// The run folder.
    pub(super) run: &'a Path,
    /// Counts photographs.
    pub(super) bar: &'a ProgressBar,
    /// Whether the run is to stop.
    pub(super) stop: &'a AtomicBool,
}

impl Watch<'_> {
    /// Begins to count `photographs`.
    pub(super) fn begin(&self, photographs: usize) {
        self.bar.reset();
        self.bar.set_length(photographs as u64);
    }

    /// Shows what is done from now on.
    ///
    /// # Errors
    /// If the run is to stop.
    pub(super) fn now(&self, what: &'static str) -> Result<(), TrainError> {
        self.bar.set_message(what);
        self.go_on()
    }

    /// Whether the work goes on.
    ///
    /// # Errors
    /// If the run is to stop.
    pub(super) fn go_on(&self) -> Result<(), TrainError> {
        if self.stop.load(Ordering::Relaxed) {
            let run = self.run.to_owned();
            return Err(TrainError::StoppedAtEnd { run });
        }
        Ok(())
    }
}
