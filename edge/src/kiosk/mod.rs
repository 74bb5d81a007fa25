//! Camera, recogniser, check-in, screen, catalogue and page, wired together with threads and
//! channels.
//!
//! One thread watches the entrance (`feed`), one goes on with the arrival (`worker`); the page
//! holds a [`Kiosk`].

mod face;
mod feed;
mod keeper;
mod picture;
mod scanned;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use image::RgbImage;
use serde::Serialize;
use thiserror::Error;
use tokio::sync::watch;

use crate::buttons;
use crate::camera::Camera;
use crate::catalogue::{Catalogue, VisitId};
use crate::checkin;
use crate::display::Output;
use crate::recognise::{Metadata, Recogniser};
use feed::Feed;
use worker::Worker;

pub use picture::Picture;

/// The most commands and news that wait for the kiosk's thread.
const WAITING: usize = 64;

/// The kiosk at work, as its page sees it. Clones are handles of the same one.
#[derive(Clone, Debug)]
pub struct Kiosk {
    /// What is kept.
    pub catalogue: Arc<Catalogue>,
    /// What the network in use says about itself: its breeds, its version (`trained.when`).
    pub metadata: Arc<Metadata>,
    live: watch::Receiver<Arc<Live>>,
    inputs: mpsc::SyncSender<Input>,
}

/// What wakes the kiosk's thread.
#[derive(Debug)]
pub enum Input {
    /// There is a frame, or something else has changed.
    News,
    /// The page or a button says something.
    Command(Command),
}

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

/// What stands on the screen at this moment.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The course of the arrival before the camera.
    pub arrival: Arrival,
    /// The very pixels of the screen; none before the first are drawn.
    pub screen: Option<Arc<Picture>>,
    /// What is wrong or missing, for people; empty when all is well.
    pub notices: Vec<Notice>,
    /// What is counted, for `/metrics` and the health page.
    pub counts: Counts,
}

/// Where an arrival has got to, in the words of the API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Arrival {
    /// Its stage.
    pub stage: Stage,
    /// Its record in the catalogue, once there is one.
    pub visit: Option<VisitId>,
    /// The answer: `None` until there is one.
    pub verdict: Option<String>,
    /// The likeliest breeds, at most three, likeliest first.
    pub candidates: Vec<Candidate>,
    /// Which of the candidates the buttons at the screen would confirm.
    pub selected: usize,
}

/// A breed that an arrival may be of.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Candidate {
    /// The breed's id.
    pub breed: String,
    /// Its probability, 0 to 1.
    pub probability: f32,
}

/// The stages of an arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody is there.
    #[default]
    Empty,
    /// Somebody came before the camera.
    Somebody,
    /// The network is looking.
    Looking,
    /// There is an answer, for staff to confirm or correct.
    Answered,
    /// Staff confirmed or corrected it, and it is on disk.
    Settled,
    /// Thank you.
    Thanks,
}

impl Stage {
    fn of(stage: &checkin::Stage) -> Self {
        match stage {
            checkin::Stage::Empty => Self::Empty,
            checkin::Stage::Somebody => Self::Somebody,
            checkin::Stage::Looking => Self::Looking,
            checkin::Stage::Answered(_) => Self::Answered,
            checkin::Stage::Settled(_) => Self::Settled,
            checkin::Stage::Thanks(_) => Self::Thanks,
        }
    }
}

/// A part of the kiosk that may fail while the others go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What looks at the entrance.
    Camera,
    /// The screen at the desk.
    Display,
    /// Buttons, keypad and scanner.
    Buttons,
    /// What is kept, photographs included.
    Catalogue,
    /// What recognises.
    Model,
    /// A tag that was scanned.
    Tag,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Camera => "camera",
            Self::Display => "display",
            Self::Buttons => "buttons",
            Self::Catalogue => "catalogue",
            Self::Model => "model",
            Self::Tag => "tag",
        })
    }
}

/// Something that does not work as it should, while the kiosk goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Notice {
    /// Which part.
    pub part: Part,
    /// What is the matter, in one line.
    pub message: String,
}

/// What happened since the kiosk started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Counts {
    /// Frames that came from the camera.
    pub frames: u64,
    /// Frames that the network looked at.
    pub looks: u64,
    /// Arrivals that got an answer.
    pub answers: u64,
    /// Mean milliseconds of a look.
    pub look_ms: f64,
    /// Seconds since the start.
    pub uptime_s: f64,
}

impl Counts {
    fn looked(&mut self, spent: Duration) {
        self.looks += 1;
        self.look_ms += (spent.as_secs_f64() * 1000.0 - self.look_ms) / self.looks as f64;
    }
}

/// What the kiosk is told by its page and its buttons.
#[derive(Debug)]
pub enum Command {
    /// A button at the screen, or the same on the page.
    Press(Button),
    /// A photograph that was dropped on the page: it goes the same way as a frame.
    Photograph(RgbImage),
    /// Staff confirmed or corrected a visit, and the catalogue has it.
    Settled(VisitId),
    /// The tag of the animal that is here or about to come was scanned or typed.
    Tag(String),
}

/// The buttons at the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// It is the breed that is shown.
    Confirm,
    /// Show the next likely breed.
    Next,
    /// A new guest: forget this one.
    New,
}

/// Why the kiosk takes no command.
#[derive(Debug, Error)]
pub enum CommandError {
    /// More commands wait than it can take; try again in a moment.
    #[error("the kiosk is busy; try again in a moment")]
    Busy,
    /// It has stopped.
    #[error("the kiosk has stopped")]
    Stopped,
}

impl Kiosk {
    /// Starts a kiosk; it works on threads of its own until every handle is dropped.
    #[must_use]
    pub fn start(parts: Parts) -> Self {
        keeper::start(&parts.catalogue);
        let (inputs, received) = mpsc::sync_channel(WAITING);
        let (shown, live) = watch::channel(Arc::new(Live {
            notices: parts.notices.clone(),
            ..Live::default()
        }));
        let kiosk = Self::new(
            Arc::clone(&parts.catalogue),
            Arc::new(parts.recogniser.metadata().clone()),
            live,
            inputs.clone(),
        );
        let pressed = inputs.clone();
        let buttons = buttons::start(parts.buttons, move |command| {
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

    /// A handle of whatever listens at the other end of `inputs` and shows itself through `live`.
    #[must_use]
    pub fn new(
        catalogue: Arc<Catalogue>,
        metadata: Arc<Metadata>,
        live: watch::Receiver<Arc<Live>>,
        inputs: mpsc::SyncSender<Input>,
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
        let sent = self.inputs.try_send(Input::Command(command));
        sent.map_err(|error| match error {
            mpsc::TrySendError::Full(_) => CommandError::Busy,
            mpsc::TrySendError::Disconnected(_) => CommandError::Stopped,
        })
    }
}
