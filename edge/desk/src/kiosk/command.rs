//! What the kiosk is told.

use std::sync::mpsc::TrySendError;

use catalogue::VisitId;
use image::RgbImage;
use screens::Button;
use thiserror::Error;

/// What wakes the kiosk's thread.
#[derive(Debug)]
pub enum Input {
    /// There is a frame, or something else has changed.
    News,
    /// The page or a button says something.
    Command(Command),
}

/// What the kiosk is told by its page and its buttons.
#[derive(Debug)]
pub enum Command {
    /// A button at the screen, or the same on the page.
    Press(Button),
    /// A photograph that was dropped on the page: it goes the same way as a frame.
    Photograph(RgbImage),
    /// Staff confirmed or corrected a visit, and the catalogue has it.
    Confirmed(VisitId),
    /// The tag of the animal that is here or about to come was scanned or typed.
    Tag(String),
}

/// Why the kiosk takes no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CommandError {
    /// More commands wait than it can take; try again in a moment.
    #[error("the kiosk is busy; try again in a moment")]
    Busy,
    /// It has stopped.
    #[error("the kiosk has stopped")]
    Stopped,
}

impl From<TrySendError<Input>> for CommandError {
    fn from(error: TrySendError<Input>) -> Self {
        match error {
            TrySendError::Full(_) => Self::Busy,
            TrySendError::Disconnected(_) => Self::Stopped,
        }
    }
}
