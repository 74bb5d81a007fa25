//! Restores a backup that the owner sends, on the page or by the API.

use axum::extract::Request;
use catalogue::{BackupFile, Passphrase, Restored};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::transfer::with_catalogue;
use crate::upload::{self, Upload};

impl Desk {
    /// Replaces the catalogue by the backup in the request: the body, or the file `backup` of a
    /// form.
    ///
    /// # Errors
    /// The catalogue's, those of an upload, or [`DeskError::Busy`]. Then nothing has changed.
    pub(crate) async fn restore(&self, request: Request) -> Result<Upload<Restored>, DeskError> {
        // However slowly the backup arrives, it keeps no other archive waiting.
        let Upload {
            content,
            next,
            passphrase,
        } = upload::backup(self, request).await?;
        let passphrase = passphrase.map(|text| Passphrase::new(&text));
        let permit = self.0.queues.archives.permit().await?;
        let restored = with_catalogue(self, move |catalogue| {
            // All of it moves here: the file exists until it is read, and no other archive is worked
            // on meanwhile, even if nobody waits.
            let (file, _permit) = (content, permit);
            let backup = BackupFile::new(&file.path, passphrase.as_ref());
            Ok(catalogue.restore(backup)?)
        });
        let content = restored.await?;
        self.note_change();
        self.follow_settings().await;
        self.tell_animals_changed().await;
        Ok(Upload {
            content,
            next,
            passphrase: None,
        })
    }
}
