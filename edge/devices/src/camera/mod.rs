//! Who looks at the entrance.
//!
//! A [`Camera`] gives pictures of it, about [`clip::PER_SECOND`] a second. A real one is a
//! [`video`] of one of the [devices](device) that Linux has, read by [`v4l2`]. What needs no
//! hardware plays photographs as arrivals: a [`folder`] of them, or the [`demo`]'s. Photographs
//! that were [dropped](page) on the page go the same way.

pub mod clip;
pub mod demo;
pub mod device;
pub mod folder;
pub mod page;
pub mod pixels;
pub mod player;
pub mod v4l2;
pub mod video;

use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use image::RgbImage;
use thiserror::Error;

use recognise::Source;
use recognise::photo::PhotoError;
use demo::Demo;
use device::Unusable;
use folder::Folder;
use pixels::PixelsError;
use player::Player;
use v4l2::V4l2;
use video::Video;

/// One picture of the entrance.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Upright, at most [`clip::WIDTH`] x [`clip::HEIGHT`] pixels.
    pub picture: RgbImage,
    /// Who made it.
    pub source: Source,
}

/// What looks at the entrance.
pub trait Camera: Send {
    /// The next frame, which may take up to `wait`; `None` where none came in time.
    ///
    /// # Errors
    /// What went wrong. It is no end: the next call tries again.
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError>;

    /// Says whether somebody is there: a camera may look less often at an empty desk.
    fn attend(&mut self, _somebody: bool) {}
}

/// What shall look at the entrance.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub enum Choice {
    /// The first camera that can be used, whenever there is one.
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
    /// No device that can look.
    #[error("no camera; plug one in with USB, or see `kiosk cameras`")]
    NoCamera,
    /// The device is gone.
    #[error("{}: no such device; is the camera plugged in? `kiosk cameras` lists what is there", .0.display())]
    NoDevice(PathBuf),
    /// A device that is no camera.
    #[error("{}: {why}", path.display())]
    Unusable {
        /// The device.
        path: PathBuf,
        /// Why it cannot look.
        why: Unusable,
    },
    /// The driver refused, or the device has vanished.
    #[error("{}: {message}; the camera is tried again", path.display())]
    Refused {
        /// The device.
        path: PathBuf,
        /// What the driver said.
        message: String,
    },
    /// A camera that gives no pictures.
    #[error("{}: no picture for 2.5 seconds; is its cable loose?", .0.display())]
    Silent(PathBuf),
    /// A driver that does not even answer.
    #[error("the camera does not answer; unplug it and plug it in again")]
    Hangs,
    /// A camera whose pictures cannot be read.
    #[error("{}: sends {error}; unplug the camera and plug it in again", path.display())]
    Garbage {
        /// The device.
        path: PathBuf,
        /// What the last picture was.
        error: PixelsError,
    },
}

/// What looks at the entrance by this choice.
///
/// # Errors
/// Where it cannot look: a folder that is missing or empty. A device that is missing is waited for.
pub fn open(choice: &Choice) -> Result<Box<dyn Camera>, CameraError> {
    Ok(match choice {
        Choice::Auto => Box::new(Video::new(V4l2::new(None))),
        Choice::None => Box::new(Nobody),
        Choice::Device(path) => Box::new(Video::new(V4l2::new(Some(path.clone())))),
        Choice::Folder(path) => Box::new(Player::new(Folder::open(path)?)),
        Choice::Demo => Box::new(Player::new(Demo::new()?)),
    })
}

/// Nothing looks at the entrance.
struct Nobody;

impl Camera for Nobody {
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        thread::sleep(wait);
        Err(CameraError::NoCamera)
    }
}
