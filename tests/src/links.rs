//! Links of catalogues to the hub of a chain, as the kiosk has them.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use catalogue::Catalogue;
use jiff::Timestamp;
use serde_json::json;
use sync::Link;
use sync::hub::{self, Settings, admin};
use tokio::runtime;
use tokio::sync::watch;
use tokio::task::LocalSet;

/// The name of the hub's sender in a catalogue.
pub const HUB: &str = "hub";

/// Links at work, on one thread and one runtime. Dropping it stops them.
#[derive(Debug)]
pub struct Links {
    states: Vec<watch::Receiver<Link>>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Links {
    /// Starts the link of each catalogue.
    #[must_use]
    pub fn start(catalogues: Vec<(Arc<Catalogue>, Settings)>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (mut states, mut senders) = (Vec::new(), Vec::new());
        for (catalogue, settings) in catalogues {
            let (link, state) = watch::channel(Link::new(Timestamp::now()));
            states.push(state);
            senders.push((catalogue, settings, link));
        }
        let thread = thread::spawn(move || {
            let tasks = LocalSet::new();
            for (catalogue, settings, link) in senders {
                tasks.spawn_local(hub::run(catalogue, settings, link, stopped.clone()));
            }
            runtime().block_on(tasks);
        });
        Self {
            states,
            stop,
            thread: Some(thread),
        }
    }

    /// How the link of the catalogue with this index is now.
    #[must_use]
    pub fn state(&self, index: usize) -> Link {
        self.states[index].borrow().clone()
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let ended = self.thread.take().map(JoinHandle::join);
        // A second panic would hide the first one.
        if !thread::panicking() {
            assert!(!matches!(ended, Some(Err(_))), "a link has panicked");
        }
    }
}

/// Sets up the hub at the URL of its superuser where that was not done, and admits the kiosks of a site.
/// Returns each kiosk's role and password.
///
/// # Panics
/// If the hub refuses it.
#[must_use]
pub fn admit(url: &str, site: &str, kiosks: &[String]) -> Vec<(String, String)> {
    let admitted = runtime().block_on(admin::init(url, None, site, kiosks));
    let admitted = admitted.unwrap_or_else(|error| panic!("the hub: {error}"));
    let access = admitted.into_iter();
    access.map(|kiosk| (kiosk.role, kiosk.password)).collect()
}

/// What kiosk.toml says of a hub.
///
/// # Panics
/// If it cannot say that.
#[must_use]
pub fn settings(url: &str, site: &str) -> Settings {
    let settings = json!({ "url": url, "site": site });
    serde_json::from_value(settings).expect("settings of a hub")
}

fn runtime() -> runtime::Runtime {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}
