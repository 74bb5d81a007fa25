//! The kiosk as the desk sees it: what is on its screen, and the commands that it accepts.

mod command;
mod live;
mod notice;
mod picture;

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use catalogue::Catalogue;
use recognise::Metadata;
use tokio::sync::watch;

pub use command::{Command, CommandError, Input};
pub use live::{Arrival, Counts, Live};
pub use notice::{Notice, Part};
pub use picture::Picture;

/// A handle of the kiosk at work. Clones are handles of the same one.
#[derive(Clone, Debug)]
pub struct Kiosk {
    /// The catalogue.
    pub catalogue: Arc<Catalogue>,
    /// The metadata of the network in use: its breeds, its version (`trained.when`).
    pub metadata: Arc<Metadata>,
    live: watch::Receiver<Arc<Live>>,
    inputs: SyncSender<Input>,
}

impl Kiosk {
    /// A handle of a kiosk that receives `inputs` and reports its state through `live`.
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

    /// What is on the screen, now and whenever it changes.
    #[must_use]
    pub fn live(&self) -> watch::Receiver<Arc<Live>> {
        self.live.clone()
    }

    /// Waits until the kiosk has stopped, which happens only after a defect.
    pub async fn ended(&self) {
        let mut live = self.live();
        while live.changed().await.is_ok() {}
    }

    /// Gives the kiosk a command, without waiting.
    ///
    /// # Errors
    /// If the kiosk is busy or has stopped.
    pub fn tell(&self, command: Command) -> Result<(), CommandError> {
        self.inputs
            .try_send(Input::Command(command))
            .map_err(CommandError::from)
    }
}
