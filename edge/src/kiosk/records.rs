//! Tries now and then whether a visit could be recorded, on a thread of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use catalogue::{Catalogue, CatalogueError};

use super::rounds;

/// Between two tries.
const INTERVAL: Duration = Duration::from_secs(10);

/// Between two files that are written to try the disk, which they wear. While no visit can be recorded,
/// each try writes one.
const INTERVAL_OF_FILES: Duration = Duration::from_secs(15 * 60);

/// Whether a visit could be recorded.
#[derive(Debug, Default)]
pub(super) struct Records(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Why the last try failed.
    error: Option<Arc<CatalogueError>>,
    /// When a try last succeeded; `None` before one did.
    succeeded: Option<Instant>,
}

impl Records {
    /// Starts to try, until the catalogue is closed or nobody wants to know any more.
    pub(super) fn start(catalogue: &Arc<Catalogue>) -> Arc<Self> {
        let records = Arc::new(Self::default());
        let (catalogue, shared) = (Arc::downgrade(catalogue), Arc::downgrade(&records));
        let mut written: Option<Instant> = None;
        rounds::start("the check that visits can be recorded", move || {
            let (catalogue, records) = (catalogue.upgrade()?, shared.upgrade()?);
            let mut tried = catalogue.try_recording();
            let is_old = |written: Instant| written.elapsed() >= INTERVAL_OF_FILES;
            if tried.is_ok() && (records.error().is_some() || written.is_none_or(is_old)) {
                tried = catalogue.try_writing();
                written = Some(Instant::now());
            }
            records.note(tried);
            Some(INTERVAL)
        });
        records
    }

    /// Why a visit could not be recorded at present; `None` if it could, or nothing is known yet.
    pub(super) fn error(&self) -> Option<Arc<CatalogueError>> {
        self.state().error.clone()
    }

    /// For how long no try has succeeded; zero if none ever did. It is zero on a full disk, too: a new
    /// start makes no room, and would lose the arrival that waits to be recorded.
    pub(super) fn silence(&self) -> Duration {
        let state = self.state();
        let is_full = matches!(state.error.as_deref(), Some(CatalogueError::Full { .. }));
        let succeeded = state.succeeded.filter(|_| !is_full);
        succeeded.map_or(Duration::ZERO, |succeeded| succeeded.elapsed())
    }

    fn note(&self, tried: Result<(), CatalogueError>) {
        let mut state = self.state();
        match tried {
            Ok(()) => {
                if state.error.take().is_some() {
                    tracing::info!("visits can be recorded again");
                }
                state.succeeded = Some(Instant::now());
            }
            Err(error) => {
                if state.error.is_none() {
                    tracing::error!(%error, "no visit can be recorded");
                }
                state.error = Some(Arc::new(error));
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_wrong_is_over_with_the_next_success() {
        let records = Records::default();
        let full = || CatalogueError::Full {
            file: "catalogue.sqlite".into(),
        };
        records.note(Err(full()));
        assert!(records.error().is_some());
        assert_eq!(records.silence(), Duration::ZERO, "it never succeeded");
        records.note(Ok(()));
        assert!(records.error().is_none());
        let succeeded = records.state().succeeded;
        records.note(Err(full()));
        assert_eq!(records.state().succeeded, succeeded);
        assert_eq!(records.silence(), Duration::ZERO, "a full disk");
        let file = "catalogue.sqlite".into();
        records.note(Err(CatalogueError::ReadOnly { file }));
        assert!(records.silence() > Duration::ZERO);
    }
}
