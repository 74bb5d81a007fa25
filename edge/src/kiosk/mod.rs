//! Camera, network, arrival, screen, catalogue and page, wired together with threads and channels.
//!
//! One thread reads the camera (`capture`), one drives the arrival (`worker`), one applies the
//! retention of photographs (`retention`). The page holds a [`Kiosk`].

mod capture;
mod drawing;
mod guest;
pub mod notices;
mod retention;
mod synchronised;
mod tag;
mod worker;

use std::sync::{Arc, Weak};
use std::thread;

use catalogue::Catalogue;
use desk::kiosk::{Command, Inbox, Kiosk, Live, Notice, Order};
use devices::buttons::{self, Buttons, Pressed};
use devices::camera::Camera;
use devices::display::Output;
use recognise::Recogniser;
use tokio::sync::watch;

use worker::Worker;

/// What a kiosk is made of.
pub struct Parts {
    /// What captures the entrance.
    pub camera: Box<dyn Camera>,
    /// What recognises.
    pub recogniser: Recogniser,
    /// What is kept.
    pub catalogue: Arc<Catalogue>,
    /// The screen at the desk.
    pub display: Output,
    /// Finds the page's address, which is shown on the empty desk. It is asked now and then, since a
    /// network may come later and change.
    pub find_address: Box<dyn Fn() -> Option<String> + Send>,
    /// Push buttons, keypad and scanner.
    pub buttons: buttons::Settings,
    /// What was found to be wrong at the start, and stays so.
    pub notices: Vec<Notice>,
    /// Called several times a second for as long as the kiosk works.
    pub pulse: Box<dyn FnMut() + Send>,
}

/// Starts a kiosk; it works on threads of its own until every handle is dropped.
#[must_use]
pub fn start(parts: Parts) -> Kiosk {
    retention::start(&parts.catalogue);
    let inbox = Arc::new(Inbox::default());
    let (shown, live) = watch::channel(Arc::new(Live {
        notices: parts.notices.clone(),
        ..Live::default()
    }));
    let kiosk = Kiosk::new(
        Arc::clone(&parts.catalogue),
        Arc::new(parts.recogniser.metadata().clone()),
        live,
        Arc::clone(&inbox),
    );
    let worker = Worker::new(parts, Arc::clone(&kiosk.metadata), inbox, shown);
    thread::spawn(move || worker.run());
    kiosk
}

/// Starts to listen to push buttons, keypad and scanner. What they give is for what `live` shows at
/// the moment of the press.
fn listen(
    settings: buttons::Settings,
    inbox: Arc<Inbox>,
    live: Weak<watch::Sender<Arc<Live>>>,
) -> Buttons {
    buttons::start(settings, move |pressed| {
        let command = match pressed {
            Pressed::Button(button) => Command::Press(button),
            Pressed::Tag(tag) => Command::Tag(tag),
        };
        // Without it the kiosk has stopped, and its buttons stop within a second.
        let Some(live) = live.upgrade() else {
            return;
        };
        let shown = live.borrow().arrival.shown();
        if let Err(error) = inbox.give(Order::new(command, shown)) {
            tracing::warn!(%error, "a button or tag is lost");
        }
    })
}
