//! Encodes what the camera sees now as a JPEG, for the set-up and for programs.

use std::time::{Duration, Instant};

use image::codecs::jpeg::JpegEncoder;
use tokio::time::sleep;

use crate::desk::Desk;
use crate::error::DeskError;

/// The quality of the pictures, in percent: another kiosk may recognise animals in them.
const QUALITY: u8 = 90;

/// How long a request waits for a picture. The first one always does: pictures are kept only while
/// somebody asks for them, and while nobody is at the desk there are two a second.
const PATIENCE: Duration = Duration::from_millis(1500);

/// The pause between two checks for a picture.
const PAUSE: Duration = Duration::from_millis(100);

impl Desk {
    /// The camera's newest picture as a JPEG; `None` while there is none of the last few seconds.
    ///
    /// # Errors
    /// [`DeskError::Busy`] if too many ask for it.
    pub(crate) async fn camera_picture(&self) -> Result<Option<Vec<u8>>, DeskError> {
        let cameras = self.cameras();
        let encoded = move || {
            let picture = cameras.picture()?;
            let mut jpeg = Vec::new();
            let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
            if let Err(error) = picture.write_with_encoder(encoder) {
                tracing::debug!(%error, "the camera's picture cannot be encoded");
                return None;
            }
            Some(jpeg)
        };
        self.0.queues.camera.run(encoded).await
    }

    /// As [`Desk::camera_picture`], and waits a moment for one.
    ///
    /// # Errors
    /// [`DeskError::NoPicture`] if none comes, and as [`Desk::camera_picture`].
    pub(crate) async fn awaited_picture(&self) -> Result<Vec<u8>, DeskError> {
        let due = Instant::now() + PATIENCE;
        loop {
            if let Some(jpeg) = self.camera_picture().await? {
                return Ok(jpeg);
            }
            if Instant::now() >= due {
                return Err(DeskError::NoPicture);
            }
            sleep(PAUSE).await;
        }
    }
}
