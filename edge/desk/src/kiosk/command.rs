//! The commands that the kiosk accepts.

use std::sync::mpsc::TrySendError;

use catalogue::VisitId;
use image::RgbImage;
use screens::Button;
use thiserror::Error;

/// What wakes the kiosk's thread.
#[derive(Debug)]
pub enum Input {
    /// There is a new frame, or something else has changed.
    News,
    /// A command from the page or a button.
    Command(Command),
}

/// A command from the page or a button.
#[derive(Debug)]
pub enum Command {
    /// A button at the screen, or the same on the page.
    Press(Button),
    /// A photograph that was dropped on the page; it is treated like a frame of the camera.
    Photograph(RgbImage),
    /// Staff confirmed or corrected a visit on the page, and the catalogue has stored it.
    Confirmed(VisitId),
    /// The tag of the animal that is here, or about to come, was scanned or typed.
    Tag(String),
}

/// Why the kiosk does not accept a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CommandError {
    /// Too many commands are waiting; try again in a moment.
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
