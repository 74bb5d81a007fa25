//! The kiosk as the desk sees it: what stands on its screen, and how it is told something.

mod command;
mod live;
mod notice;
mod picture;

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use recognise::Metadata;
use tokio::sync::watch;

use catalogue::Catalogue;

pub use command::{Command, CommandError, Input};
pub use live::{Arrival, Counts, Live};
pub use notice::{Notice, Part};
pub use picture::Picture;

/// A handle of the kiosk at work. Clones are handles of the same one.
#[derive(Clone, Debug)]
pub struct Kiosk {
    /// What is kept.
    pub catalogue: Arc<Catalogue>,
    /// What the network in use says about itself: its breeds, its version (`trained.when`).
    pub metadata: Arc<Metadata>,
    live: watch::Receiver<Arc<Live>>,
    inputs: SyncSender<Input>,
}

impl Kiosk {
    /// A handle of whatever listens at the other end of `inputs` and shows itself through `live`.
    #[must_use]
    pub fn new(
        catalogue: Arc<Catalogue>,
        metadata: Arc<Metadata>,
        live: watch::Receiver<Arc<Live>>,
        inputs: SyncSender<Input>,
    ) -> Self {
        Self {
            catalogue,
            metadata,
            live,
            inputs,
        }
    }

    /// What stands on the screen, now and whenever it changes.
    #[must_use]
    pub fn live(&self) -> watch::Receiver<Arc<Live>> {
        self.live.clone()
    }

    /// Waits until the kiosk works no more, which it does only after a defect.
    pub async fn ended(&self) {
        let mut live = self.live();
        while live.changed().await.is_ok() {}
    }

    /// Tells the kiosk something, without waiting.
    ///
    /// # Errors
    /// Where it cannot take it.
    pub fn tell(&self, command: Command) -> Result<(), CommandError> {
        self.inputs
            .try_send(Input::Command(command))
            .map_err(CommandError::from)
    }
}
