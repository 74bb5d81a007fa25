//! Camera, networks, arrivals, screen, catalogue and page, wired together with threads and channels.
//!
//! One thread reads the camera (`capture`), one drives the arrivals (`worker`), one applies the
//! retention of photographs (`retention`), one tries whether visits can be recorded (`records`), one
//! checks and backs up the catalogue (`backups`), one tries whether the catalogue can be used again
//! while visits go to another one (`rescue`), one loads a model bundle that is installed meanwhile
//! (`model`), one learns the breeds that staff teach (`learning`), one embeds earlier visits again
//! after a change of the network (`renewal`), and one tells the rest of the daycare and of its chain
//! what happens (`links`, with `observer`, `remote` and `fleet`). The page holds a [`Kiosk`].
//!
//! The worker's code is in several files: `networks` runs the networks on frames, `guest` keeps
//! arrivals in the catalogue, `staff` carries out what staff do, and `shown` says what is shown.

pub mod backups;
pub(crate) mod camera_choice;
mod capture;
mod drawing;
mod fleet;
mod guest;
pub(crate) mod kept;
mod learning;
pub mod links;
pub mod machine;
pub mod model;
mod mounts;
mod networks;
pub mod notices;
mod observer;
mod offers;
mod presses;
mod records;
mod remote;
mod renewal;
mod rescue;
mod retention;
pub(crate) mod rounds;
mod shown;
mod staff;
pub(crate) mod synchronised;
mod tag;
mod wear;
mod worker;

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use catalogue::Catalogue;
use desk::kiosk::{Command, Inbox, Kiosk, Live, Machine, Notice, Rescue};
use desk::setup::Setup;
use devices::buttons::{self, Buttons, Pressed};
use devices::camera::Camera;
use devices::display::Output;
use recognise::Recogniser;
use screens::Button;
use screens::locale::Message;
use tokio::sync::watch;

use crate::config::BackupPlace;
use model::ModelWatch;
use presses::Presser;
use worker::Worker;

/// What a kiosk is made of.
pub struct Parts {
    /// What captures the entrance.
    pub camera: Box<dyn Camera>,
    /// What recognises.
    pub recogniser: Recogniser,
    /// Which model bundle that is, for people.
    pub model: Option<Message>,
    /// What finds another bundle, if one is installed; `None` where none may be.
    pub model_watch: Option<ModelWatch>,
    /// What is kept.
    pub catalogue: Arc<Catalogue>,
    /// The way back, where that is a rescue catalogue.
    pub rescue: Option<Rescue>,
    /// The screen at the desk.
    pub display: Output,
    /// Finds out about the machine, among it the page's address, which is shown on the empty desk. It is
    /// asked now and then, since a network may come later and change.
    pub find_machine: Box<dyn FnMut() -> Machine + Send>,
    /// The wizard that sets the kiosk up from a phone. While it is open, the screen shows its figures.
    pub setup: Setup,
    /// Push buttons, keypad and scanner.
    pub buttons: buttons::Settings,
    /// Where automatic backups go; `None` for none.
    pub backup: Option<BackupPlace>,
    /// Which links there are to be. With `None` none runs, and what waits for one goes on waiting.
    pub links: Option<links::Settings>,
    /// What was found to be wrong at the start, and stays so.
    pub notices: Vec<Notice>,
    /// Finds what is wrong with the page and the last update. It is asked now and then.
    pub find_notices: Box<dyn Fn() -> Vec<Notice> + Send>,
    /// Called several times a second for as long as the kiosk works.
    pub pulse: Box<dyn FnMut(Silence) + Send>,
}

/// For how long parts of the kiosk have given no sign of life, after they had given some; zero for
/// those that never did. A part that is known to fail, and that a new start would not heal, is not
/// silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    /// How long ago the camera's thread gave a frame, or said that there is none and why.
    pub camera: Duration,
    /// How long ago a visit could last be recorded; zero while the disk is full.
    pub records: Duration,
}

/// Starts a kiosk; it works on threads of its own until every handle is dropped.
#[must_use]
pub fn start(parts: Parts) -> Kiosk {
    retention::start(&parts.catalogue);
    let upkeep = backups::start(&parts.catalogue, parts.backup.clone());
    let inbox = Arc::new(Inbox::default());
    let (shown, live) = watch::channel(Arc::new(Live {
        notices: parts.notices.clone(),
        rescue: parts.rescue.clone(),
        ..Live::default()
    }));
    let kiosk = Kiosk::new(
        Arc::clone(&parts.catalogue),
        Arc::new(parts.recogniser.metadata().clone()),
        live,
        Arc::clone(&inbox),
    );
    let worker = Worker::new(parts, kiosk.metadata(), inbox, shown, upkeep);
    thread::spawn(move || worker.run());
    kiosk
}

/// Starts to listen to push buttons, keypad and scanner. What they give is for what `live` shows at
/// the moment of the press. They stop within a second once the kiosk has stopped.
fn listen(
    settings: buttons::Settings,
    inbox: &Arc<Inbox>,
    live: &Weak<watch::Sender<Arc<Live>>>,
    setup: Setup,
) -> Buttons {
    let obey = obey(settings.set_up, Presser::new(inbox, live), setup);
    buttons::start(settings, obey)
}

/// What is done about what somebody pressed, held or scanned. A person who holds the button *next*
/// stands in front of the kiosk, and may set it up again where the button `sets_up`.
fn obey(
    sets_up: bool,
    presser: Presser,
    setup: Setup,
) -> impl Fn(Pressed) + Send + Clone + 'static {
    let presser = Arc::new(presser);
    move |pressed| match pressed {
        Pressed::Button(button) => presser.give(Command::Press(button)),
        Pressed::Tag(tag) => presser.give(Command::Tag(tag)),
        Pressed::Held(Button::Next) if sets_up => setup.open_again(),
        Pressed::Held(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_held_button_next_opens_the_set_up_unless_that_is_switched_off() {
        for (settings, held, opens) in [
            ("", Button::Next, true),
            ("", Button::Confirm, false),
            ("set_up = false", Button::Next, false),
        ] {
            let setup = Setup::new(false);
            let settings: buttons::Settings = toml::from_str(settings).unwrap();
            let presser = Presser::new(&Arc::default(), &Weak::new());
            obey(settings.set_up, presser, setup.clone())(Pressed::Held(held));
            assert_eq!(setup.is_open(), opens, "{settings:?}: {held:?}");
        }
    }
}
