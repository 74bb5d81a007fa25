//! The way back from a rescue catalogue, to which visits go while the data folder's cannot be used.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use catalogue::{BackupFile, Catalogue, CatalogueError, Restored, Stop};
use tokio::sync::watch;

/// Visits go to a rescue catalogue, since the data folder's cannot be used. That is over once it can:
/// then the program has to restart with it, and adds to it what was recorded meanwhile. Clones are
/// about the same data folder.
///
/// ```
/// use catalogue::Catalogue;
/// use desk::kiosk::Rescue;
///
/// let folder = tempfile::tempdir()?;
/// let rescue = Rescue::new(folder.path());
/// assert!(!rescue.try_to_end(), "there is no catalogue yet");
///
/// // Somebody puts one back.
/// drop(Catalogue::open(folder.path())?);
/// assert!(rescue.try_to_end());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rescue(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The data folder.
    folder: PathBuf,
    /// Held while the catalogue there is opened, or another one is put in its place.
    work: Mutex<()>,
    /// Ends a restore.
    stop: Stop,
    is_over: watch::Sender<bool>,
}

impl Rescue {
    /// One that begins, for the catalogue of this data folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self(Arc::new(Inner {
            folder: folder.to_owned(),
            work: Mutex::default(),
            stop: Stop::default(),
            is_over: watch::Sender::default(),
        }))
    }

    /// Tries whether the data folder's catalogue can be used, by opening it. If so, the rescue is over.
    /// Returns whether it is. No catalogue is made where there is none: somebody may be about to put
    /// it back.
    #[must_use]
    pub fn try_to_end(&self) -> bool {
        let _work = self.work();
        if !Catalogue::exists(&self.0.folder) {
            return false;
        }
        match Catalogue::open_for_visits(&self.0.folder) {
            Ok(_) => {
                tracing::info!(
                    "the catalogue can be used again: the kiosk ends, to restart with it"
                );
                self.0.is_over.send_replace(true);
                true
            }
            Err(error) => {
                tracing::debug!(%error, "the catalogue cannot be used yet");
                false
            }
        }
    }

    /// Tries whether a backup could be written to the data folder, by a file without a name.
    ///
    /// # Errors
    /// Why it could not.
    pub fn try_writing(&self) -> io::Result<()> {
        tempfile::tempfile_in(&self.0.folder).map(drop)
    }

    /// Restores a backup to the data folder's catalogue, as [`Catalogue::restore_to`] does, unless
    /// [`Rescue::stop_restoring`] ends it. Then the rescue is over.
    ///
    /// # Errors
    /// As [`Catalogue::restore_to`]. Then the rescue goes on.
    pub fn restore(&self, backup: BackupFile<'_>) -> Result<Restored, CatalogueError> {
        let _work = self.work();
        let restored = Catalogue::restore_to(&self.0.folder, backup, &self.0.stop)?;
        if let Some(damaged) = &restored.damaged {
            let place = damaged.display();
            tracing::info!("what was left of the catalogue is in {place}");
        }
        tracing::info!("a backup was restored: the kiosk ends, to restart with it");
        self.0.is_over.send_replace(true);
        Ok(restored)
    }

    /// Ends a restore, as [`Stop::ask`] does: for a program that ends.
    pub fn stop_restoring(&self) {
        self.0.stop.ask();
    }

    /// Waits until the rescue is over.
    pub async fn over(&self) {
        let mut is_over = self.0.is_over.subscribe();
        // It cannot fail while the sender is here.
        let _ = is_over.wait_for(|is_over| *is_over).await;
    }

    fn work(&self) -> MutexGuard<'_, ()> {
        self.0.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
