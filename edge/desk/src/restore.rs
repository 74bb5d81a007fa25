//! Restores a backup that the owner sends, on the page or by the API.

use axum::extract::Request;
use catalogue::{BackupFile, Passphrase, Restored};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::transfer::with_catalogue;
use crate::upload::{self, Upload};
use crate::work::blocking;

impl Desk {
    /// Replaces the catalogue by the backup in the request: the body, or the file `backup` of a
    /// form. While visits go to another catalogue, the data folder's is replaced all the same, and the
    /// program restarts with it.
    ///
    /// # Errors
    /// The catalogue's, those of an upload, [`DeskError::Busy`], or [`DeskError::Unwritable`]. Then
    /// nothing has changed.
    pub(crate) async fn restore(&self, request: Request) -> Result<Upload<Restored>, DeskError> {
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
        let is_rescue = rescue.is_some();
        let restored = with_catalogue(self, move |catalogue| {
            // All of it moves here: the file exists until it is read, and no other archive is worked
            // on meanwhile, even if nobody waits.
            let (file, _permit) = (content, permit);
            let backup = BackupFile::new(&file.path, passphrase.as_ref());
            Ok(match &rescue {
                Some(rescue) => rescue.restore(backup)?,
                None => catalogue.restore(backup)?,
            })
        });
        let content = restored.await?;
        if !is_rescue {
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
