//! Who looks at the entrance.
//!
//! A [`Camera`] gives pictures of it, about [`clip::PER_SECOND`] a second. What needs no hardware
//! plays photographs as arrivals: a [`folder`] of them, or the [`demo`]'s. Photographs that were
//! [dropped](page) on the page go the same way.

pub mod clip;
pub mod demo;
pub mod folder;
pub mod page;
pub mod player;

use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use image::RgbImage;
use thiserror::Error;

use crate::photo::PhotoError;
use demo::Demo;
use folder::Folder;
use player::Player;

/// One picture of the entrance.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Upright, at most [`clip::WIDTH`] x [`clip::HEIGHT`] pixels.
    pub picture: RgbImage,
    /// Who made it.
    pub source: Source,
}

/// Who made a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// What looks at the entrance.
    Camera,
    /// Somebody who dropped a photograph on the page.
    Page,
}

/// What looks at the entrance.
pub trait Camera: Send {
    /// The next frame, which may take up to `wait`; `None` where none came in time.
    ///
    /// # Errors
    /// What went wrong. It is no end: the next call tries again.
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError>;

    /// What people know it by.
    fn name(&self) -> String;
}

/// What shall look at the entrance.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub enum Choice {
    /// The first camera that is found, else none.
    #[default]
    Auto,
    /// No camera: photographs come by the page.
    None,
    /// The camera of this device file.
    Device(PathBuf),
    /// A folder of photographs, played as arrivals.
    Folder(PathBuf),
    /// A few built-in arrivals.
    Demo,
}

impl TryFrom<String> for Choice {
    type Error = CameraError;

    fn try_from(text: String) -> Result<Self, CameraError> {
        text.parse()
    }
}

impl FromStr for Choice {
    type Err = CameraError;

    /// `auto`, `none`, a device file below `/dev`, else a folder.
    fn from_str(text: &str) -> Result<Self, CameraError> {
        match text {
            "" => Err(CameraError::Unnamed),
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            device if device.starts_with("/dev/") => Ok(Self::Device(device.into())),
            folder => Ok(Self::Folder(folder.into())),
        }
    }
}

/// Why there is no frame.
#[derive(Debug, Error)]
pub enum CameraError {
    /// The choice of a camera is an empty text.
    #[error("no camera named; choose auto, none, /dev/videoN or a folder of photographs")]
    Unnamed,
    /// Nothing stands at the path.
    #[error("{}: no such folder; choose auto, none, /dev/videoN or a folder of photographs", .0.display())]
    Missing(PathBuf),
    /// The path names a file.
    #[error("{}: not a folder; name the folder that the photographs are in", .0.display())]
    NotAFolder(PathBuf),
    /// The system refused to list a folder.
    #[error("{}: the folder cannot be read: {error}", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A folder without a photograph.
    #[error("{}: no photograph in this folder; JPEG, PNG, WebP and GIF are read", .0.display())]
    NoPhotographs(PathBuf),
    /// One photograph, which is skipped.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// A camera's device file.
    #[error("{}: this version reads no video devices; name a folder of photographs, or none", .0.display())]
    Device(PathBuf),
}

/// What looks at the entrance by this choice.
///
/// # Errors
/// Where it cannot look: a folder that is missing or empty, a device that cannot be read.
pub fn open(choice: &Choice) -> Result<Box<dyn Camera>, CameraError> {
    Ok(match choice {
        Choice::Auto | Choice::None => Box::new(Nobody),
        Choice::Device(path) => return Err(CameraError::Device(path.clone())),
        Choice::Folder(path) => Box::new(Player::new(Folder::open(path)?)),
        Choice::Demo => Box::new(Player::new(Demo::new()?)),
    })
}

/// Nothing looks at the entrance.
struct Nobody;

impl Camera for Nobody {
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        thread::sleep(wait);
        Ok(None)
    }

    fn name(&self) -> String {
        "none".to_owned()
    }
}
