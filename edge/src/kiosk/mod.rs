//! Camera, recogniser, check-in, screen, catalogue and page, wired together with threads and
//! channels.
//!
//! One thread watches the entrance (`feed`), one goes on with the arrival (`worker`); the page
//! holds a [`Kiosk`].

mod face;
mod feed;
mod keeper;
mod scanned;
mod worker;

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use catalogue::Catalogue;
use desk::kiosk::{Command, Input, Kiosk, Live, Notice};
use devices::buttons::{self, Pressed};
use devices::camera::Camera;
use devices::display::Output;
use recognise::Recogniser;
use tokio::sync::watch;

use feed::Feed;
use worker::Worker;

/// The most commands and news that wait for the kiosk's thread.
const WAITING: usize = 64;

/// What a kiosk is made of.
pub struct Parts {
    /// What looks at the entrance.
    pub camera: Box<dyn Camera>,
    /// What recognises.
    pub recogniser: Recogniser,
    /// What is kept.
    pub catalogue: Arc<Catalogue>,
    /// The screen at the desk.
    pub display: Output,
    /// The page's address, shown on the empty desk.
    pub address: Option<String>,
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
    keeper::start(&parts.catalogue);
    let (inputs, received) = mpsc::sync_channel(WAITING);
    let (shown, live) = watch::channel(Arc::new(Live {
        notices: parts.notices.clone(),
        ..Live::default()
    }));
    let kiosk = Kiosk::new(
        Arc::clone(&parts.catalogue),
        Arc::new(parts.recogniser.metadata().clone()),
        live,
        inputs.clone(),
    );
    let pressed = inputs.clone();
    let buttons = buttons::start(parts.buttons, move |pressed_now| {
        let command = match pressed_now {
            Pressed::Button(button) => Command::Press(button),
            Pressed::Tag(tag) => Command::Tag(tag),
        };
        // A kiosk that is too busy for a button is pressed again.
        let _ = pressed.try_send(Input::Command(command));
    });
    let mut worker = Worker {
        catalogue: parts.catalogue,
        metadata: Arc::clone(&kiosk.metadata),
        recogniser: parts.recogniser,
        feed: Feed::start(parts.camera, inputs),
        live: shown,
        display: parts.display,
        buttons,
        address: parts.address,
        standing: parts.notices,
        pulse: parts.pulse,
    };
    thread::spawn(move || worker.run(&received));
    kiosk
}
