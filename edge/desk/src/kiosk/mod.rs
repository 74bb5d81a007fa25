//! The kiosk as the desk sees it: what is on its screen, and the commands that it accepts.

mod arrival;
mod backups;
mod command;
mod greeting;
mod inbox;
mod links;
mod live;
mod machine;
mod notice;
mod picture;
mod rescue;

use std::sync::Arc;

use catalogue::Catalogue;
use recognise::Metadata;
use screens::Button;
use tokio::sync::watch;

pub use arrival::Arrival;
pub use backups::Backups;
pub(crate) use backups::lacking;
pub use command::{Command, CommandError, Order, Reply, Shown};
pub use greeting::Greeting;
pub use inbox::Inbox;
pub use links::{LinkView, Links};
pub use live::{Counts, Live};
pub use machine::{BytesWritten, ClockSource, Machine};
pub use notice::{Notice, Part};
pub use picture::Picture;
pub use rescue::Rescue;

/// A handle of the kiosk at work. Clones are handles of the same one.
///
/// ```
/// use std::sync::Arc;
///
/// use catalogue::Catalogue;
/// use desk::kiosk::{Command, Inbox, Kiosk, Live};
/// use recognise::Bundle;
/// use tokio::sync::watch;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Arc::new(Catalogue::open(folder.path())?);
/// let metadata = Arc::new(Bundle::embedded()?.metadata);
/// let (live, watched) = watch::channel(Arc::new(Live::default()));
/// let inbox = Arc::new(Inbox::default());
/// let kiosk = Kiosk::new(catalogue, metadata, watched, Arc::clone(&inbox));
///
/// // The page gives a command, and the kiosk's thread takes it.
/// kiosk.tell(Command::Tag("CH-1".to_owned()))?;
/// assert_eq!(kiosk.waiting(), 1);
/// let orders = inbox.take();
/// assert!(matches!(&orders[0].command, Command::Tag(tag) if tag == "CH-1"));
///
/// // The thread says what is the case, and the page shows it.
/// live.send_replace(Arc::new(Live { has_camera: true, ..Live::default() }));
/// assert!(kiosk.live().borrow().has_camera);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Kiosk {
    /// The catalogue.
    pub catalogue: Arc<Catalogue>,
    /// The catalogue of the data folder, where that can only be read and `catalogue` is another one for
    /// the meantime. It takes no change.
    pub former: Option<Arc<Catalogue>>,
    /// The metadata of the network at the start.
    metadata: Arc<Metadata>,
    live: watch::Receiver<Arc<Live>>,
    inbox: Arc<Inbox>,
    /// Becomes true when the program has to restart.
    restart: watch::Sender<bool>,
}

impl Kiosk {
    /// A handle of a kiosk that takes its commands from `inbox` and reports its state through `live`.
    /// It starts with the network of this metadata.
    #[must_use]
    pub fn new(
        catalogue: Arc<Catalogue>,
        metadata: Arc<Metadata>,
        live: watch::Receiver<Arc<Live>>,
        inbox: Arc<Inbox>,
    ) -> Self {
        Self {
            catalogue,
            former: None,
            metadata,
            live,
            inbox,
            restart: watch::Sender::default(),
        }
    }

    /// The metadata of the network in use: its breeds, its version (`trained.when`). Another bundle
    /// may be installed at any time.
    #[must_use]
    pub fn metadata(&self) -> Arc<Metadata> {
        let live = self.live.borrow();
        Arc::clone(live.metadata.as_ref().unwrap_or(&self.metadata))
    }

    /// What is on the screen, now and whenever it changes.
    #[must_use]
    pub fn live(&self) -> watch::Receiver<Arc<Live>> {
        self.live.clone()
    }

    /// The way back, while visits go to a rescue catalogue.
    #[must_use]
    pub fn rescue(&self) -> Option<Rescue> {
        self.live.borrow().rescue.clone()
    }

    /// How many commands wait for the kiosk's thread.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inbox.waiting()
    }

    /// Waits until the kiosk has stopped, which happens only after a defect.
    pub async fn ended(&self) {
        let mut live = self.live();
        while live.changed().await.is_ok() {}
    }

    /// Has the program restart, since its catalogue takes no change any more.
    pub fn restart(&self) {
        self.restart.send_replace(true);
    }

    /// Waits until the program has to restart.
    pub async fn restarts(&self) {
        let mut restart = self.restart.subscribe();
        // It cannot fail while the sender is here.
        let _ = restart.wait_for(|restart| *restart).await;
    }

    /// Gives the kiosk a command for what is on the screen now, and does not wait for it.
    ///
    /// # Errors
    /// As [`Inbox::give`].
    pub fn tell(&self, command: Command) -> Result<(), CommandError> {
        let mut shown = self.live.borrow().arrival.shown();
        if matches!(command, Command::Press(_)) {
            shown.revision = None;
        }
        self.inbox.give(Order::new(command, shown))
    }

    /// Gives the kiosk a command for what is on the screen now, and waits until the screen shows its
    /// effect: at most as long as a network takes for one picture. A photograph waits for its turn
    /// besides, behind those that were given before it.
    ///
    /// # Errors
    /// Why the kiosk did not obey.
    pub async fn ask(&self, command: Command) -> Result<(), CommandError> {
        let shown = self.live.borrow().arrival.shown();
        self.give(command, shown).await
    }

    /// Presses a button for the arrival that was `shown` to the person or program that presses, and
    /// waits as [`Kiosk::ask`] does.
    ///
    /// # Errors
    /// [`CommandError::Outdated`] if that has changed or is gone, or [`CommandError::Stopped`].
    pub async fn press(&self, button: Button, shown: Shown) -> Result<(), CommandError> {
        self.give(Command::Press(button), shown).await
    }

    async fn give(&self, command: Command, shown: Shown) -> Result<(), CommandError> {
        let (order, outcome) = Order::with_reply(command, shown);
        self.inbox.give(order)?;
        // Dropped by a kiosk that stops.
        outcome.await.unwrap_or(Err(CommandError::Stopped))
    }
}
