//! Restores a backup that the owner sends, on the page or by the API.

use axum::extract::Request;
use catalogue::{BackupFile, CatalogueError, Passphrase, Restored};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::Kiosk;
use crate::transfer::with_catalogue;
use crate::upload::{self, Upload};
use crate::work::blocking;

/// A restore that is done.
pub(crate) struct Done {
    pub(crate) restored: Restored,
    /// Whether the program restarts, with a new file for its catalogue.
    pub(crate) restarts: bool,
}

impl Desk {
    /// Replaces the catalogue by the backup in the request: the body, or the file `backup` of a
    /// form. While visits go to another catalogue, the data folder's is replaced all the same, and the
    /// program restarts with it. So it does where the catalogue is so damaged that its file has to go.
    ///
    /// # Errors
    /// The catalogue's, those of an upload, [`DeskError::Busy`], or [`DeskError::Unwritable`]. Then
    /// nothing has changed.
    pub(crate) async fn restore(&self, request: Request) -> Result<Upload<Done>, DeskError> {
        let rescue = self.kiosk().rescue();
        if let Some(rescue) = rescue.clone() {
            // The backup itself would go to the memory, if it were received.
            let tried = blocking(move || rescue.try_writing());
            tried.await?.map_err(DeskError::Unwritable)?;
        }
        // However slowly the backup arrives, it keeps no other archive waiting.
        let Upload {
            content,
            next,
            passphrase,
        } = upload::backup(self, request).await?;
        let passphrase = passphrase.map(|text| Passphrase::new(&text));
        let permit = self.0.queues.archives.permit().await?;
        let kiosk = self.kiosk().clone();
        let done = with_catalogue(self, move |catalogue| {
            // All of it moves here: the file exists until it is read, and no other archive is worked
            // on meanwhile, even if nobody waits.
            let (file, _permit) = (content, permit);
            let backup = BackupFile::new(&file.path, passphrase.as_ref());
            let (restored, restarts) = match &rescue {
                Some(rescue) => (rescue.restore(backup)?, true),
                None => match catalogue.restore(backup) {
                    Err(CatalogueError::Corrupt { .. }) => (restore_over(&kiosk, backup)?, true),
                    restored => (restored?, false),
                },
            };
            Ok(Done { restored, restarts })
        });
        let content = done.await?;
        if !content.restarts {
            self.note_change();
            self.follow_settings().await;
            self.tell_animals_changed().await;
        }
        Ok(Upload {
            content,
            next,
            passphrase: None,
        })
    }
}

/// Restores a backup to a new file, as [`Catalogue::restore_over`](catalogue::Catalogue::restore_over) does.
/// Whatever becomes of that, the program restarts.
fn restore_over(kiosk: &Kiosk, backup: BackupFile<'_>) -> Result<Restored, CatalogueError> {
    tracing::warn!("the catalogue is too damaged to be written over: its file is replaced");
    let restored = kiosk.catalogue.restore_over(backup);
    tracing::info!("the kiosk ends, to restart with the catalogue's new file");
    kiosk.restart();
    restored
}
