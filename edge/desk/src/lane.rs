//! Work that blocks, off the threads that serve: so much at once, so much waiting, no more.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task;

use super::DeskError;

/// A lane for work of one kind.
pub(super) struct Lane {
    /// Those at work and those that wait.
    admitted: Arc<Semaphore>,
    at_work: Arc<Semaphore>,
}

/// Whoever holds it is at work in the lane.
pub(super) struct Turn {
    _admitted: OwnedSemaphorePermit,
    _at_work: OwnedSemaphorePermit,
}

impl Lane {
    /// A lane where `running` work at once while `waiting` more may wait.
    pub(super) fn new(running: usize, waiting: usize) -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(running + waiting)),
            at_work: Arc::new(Semaphore::new(running)),
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`DeskError::Busy`] where too many wait already.
    pub(super) async fn turn(&self) -> Result<Turn, DeskError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| DeskError::Busy)?;
        let at_work = Arc::clone(&self.at_work).acquire_owned().await;
        Ok(Turn {
            _admitted: admitted,
            _at_work: at_work.map_err(|_| DeskError::Busy)?,
        })
    }

    /// Does `work` on a thread that may block. The turn lasts until it is done, even where nobody
    /// waits for the answer any more.
    ///
    /// # Errors
    /// [`DeskError::Busy`] as in [`Lane::turn`], [`DeskError::Internal`] where the work panics.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        let turn = self.turn().await?;
        let done = task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| DeskError::Internal)
    }
}
