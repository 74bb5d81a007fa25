//! Keeps the link to the hub up, whatever fails.

use std::sync::Arc;
use std::time::Duration;

use catalogue::{Catalogue, CatalogueError};
use jiff::Timestamp;
use recognise::Language;
use retry::BackOff;
use screens::Locale;
use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::fault::Fault;
use super::session::Session;
use super::settings::Settings;
use crate::jitter::jittered;
use crate::link::{self, Link, LinkState};

/// The name under which the outbox knows this link.
pub(crate) const SENDER: &str = "hub";

/// The first and the longest pause after what may pass by itself.
const SOON: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// The same after what needs a person.
const SELDOM: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(120));

/// How long a connection must have lasted for its failure to have nothing to do with those before it.
const STABLE: Duration = Duration::from_secs(30);

/// Sends events to the hub and takes in the guests of other sites, until `stop` becomes true or is
/// dropped. `link` says how it goes. Nothing ends it before: it reports what fails and tries again.
///
/// The runtime must have timers and I/O enabled.
pub async fn run(
    catalogue: Arc<Catalogue>,
    settings: Settings,
    link: watch::Sender<Link>,
    mut stop: watch::Receiver<bool>,
) {
    let wake = Arc::new(Notify::new());
    let waker = Arc::clone(&wake);
    catalogue.on_outbox(move || waker.notify_one());
    let mut hub = Hub {
        catalogue,
        settings,
        link,
        wake,
        started: Timestamp::now(),
        refused_in_a_row: 0,
    };
    tokio::select! {
        () = hub.keep_up() => {}
        _ = stop.wait_for(|is_stopped| *is_stopped) => {}
    }
}

/// What outlives a connection.
pub(super) struct Hub {
    catalogue: Arc<Catalogue>,
    pub(super) settings: Settings,
    pub(super) link: watch::Sender<Link>,
    /// Notified when an event was added to the outbox.
    pub(super) wake: Arc<Notify>,
    /// When the link was begun, by the kiosk's clock.
    pub(super) started: Timestamp,
    /// Events that the hub refused since it last took one.
    pub(super) refused_in_a_row: u32,
}

impl Hub {
    /// Connects and works, again and again.
    async fn keep_up(&mut self) {
        let mut soon = BackOff::new(SOON.0, SOON.1);
        let mut seldom = BackOff::new(SELDOM.0, SELDOM.1);
        loop {
            let (began, had_sent) = (Instant::now(), self.sent());
            let fault = self.connect_and_work().await;
            if began.elapsed() >= STABLE || self.sent() > had_sent {
                soon.reset();
                seldom.reset();
            }
            let state = fault.state();
            let pause = match state {
                LinkState::Refused(_) => jittered(seldom.pause()),
                _ => jittered(soon.pause()),
            };
            self.enter(state);
            // What waits is counted meanwhile, too. Where even that fails, it is logged.
            let _ = self.count_waiting().await;
            sleep(pause).await;
        }
    }

    async fn connect_and_work(&mut self) -> Fault {
        match Session::open(self).await {
            Ok(session) => session.work().await,
            Err(fault) => fault,
        }
    }

    /// Shows a state, and logs it where it is a new one.
    pub(super) fn enter(&self, state: LinkState) {
        if self.link.borrow().state != state {
            match &state {
                LinkState::Failing(message) | LinkState::Refused(message) => {
                    let reason = Locale::of(Language::English).message(message);
                    tracing::warn!(reason, "the hub cannot be used; it is tried again");
                }
                LinkState::Connecting | LinkState::Connected => tracing::info!("the hub answers"),
            }
        }
        link::enter(&self.link, state, Timestamp::now());
    }

    /// Counts the events that wait, shows that, and returns it.
    pub(super) async fn count_waiting(&self) -> Result<u64, Fault> {
        let backlog = self
            .catalogue(|catalogue| catalogue.backlog(SENDER))
            .await?;
        link::update(&self.link, |link| {
            link.waiting = backlog.waiting;
            link.oldest = backlog.oldest;
            link.dropped = backlog.dropped;
        });
        Ok(backlog.waiting)
    }

    /// Works with the catalogue, which may wait for the disk, on a thread where that holds nothing up.
    pub(super) async fn catalogue<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Catalogue) -> Result<T, CatalogueError> + Send + 'static,
    ) -> Result<T, Fault> {
        let catalogue = Arc::clone(&self.catalogue);
        match spawn_blocking(move || work(&catalogue)).await {
            Ok(result) => Ok(result.inspect_err(|error| {
                tracing::warn!(%error, "the hub waits for the catalogue");
            })?),
            Err(error) => Err(Fault::Defect {
                reason: error.to_string(),
            }),
        }
    }

    fn sent(&self) -> u64 {
        self.link.borrow().sent
    }
}
