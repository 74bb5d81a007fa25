//! Cameras, which give pictures of the entrance.
//!
//! A [`Camera`] gives about [`clip::PER_SECOND`] frames a second. A real one is a [`video`] stream of
//! one of the [devices](device) that Linux has, read by [`v4l2`]: its driver is asked for a
//! [`mode`], and its [`pixels`] are decoded. Cameras without hardware play
//! photographs as arrivals: those of a [`folder`], or of the [`demo`]. Photographs that are
//! [dropped](page) on the page are played in the same way.

pub mod clip;
pub mod demo;
pub mod device;
mod error;
pub mod folder;
mod jpeg;
pub mod mode;
pub mod negotiate;
pub mod page;
pub mod pixels;
pub mod player;
pub mod v4l2;
pub mod video;

use std::path::PathBuf;
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use image::RgbImage;
use recognise::Source;
use serde::{Deserialize, Deserializer};

pub use error::CameraError;

use crate::parse;
use demo::Demo;
use folder::Folder;
use player::Player;
use v4l2::V4l2;
use video::Video;

/// One picture of the entrance.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Upright, at most [`clip::WIDTH`] x [`clip::HEIGHT`] pixels.
    pub picture: RgbImage,
    /// Where it comes from.
    pub source: Source,
}

/// A source of frames, such as a camera at the entrance.
///
/// ```
/// use std::thread;
/// use std::time::Duration;
///
/// use devices::camera::{Camera, CameraError, Frame};
/// use image::RgbImage;
/// use recognise::Source;
///
/// /// A camera that always sees the same picture.
/// struct Still(RgbImage);
///
/// impl Camera for Still {
///     fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
///         thread::sleep(wait);
///         Ok(Some(Frame {
///             picture: self.0.clone(),
///             source: Source::Camera,
///         }))
///     }
/// }
///
/// let mut camera = Still(RgbImage::new(640, 480));
/// let frame = camera.frame(Duration::from_millis(10))?.expect("a frame");
/// assert_eq!(frame.picture.dimensions(), (640, 480));
/// # Ok::<(), CameraError>(())
/// ```
pub trait Camera: Send {
    /// The next frame, waiting for it no longer than `wait`; `None` if none came in time.
    ///
    /// # Errors
    /// Why there is no frame. The next call tries again.
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError>;

    /// Sets whether somebody is at the desk. While nobody is, a camera may give fewer frames.
    fn set_presence(&mut self, _somebody: bool) {}
}

/// The choice of a camera, in `kiosk.toml` and on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The first camera that can be used, as soon as there is one.
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

impl FromStr for Choice {
    type Err = CameraError;

    /// `auto`, `none` or a device file below `/dev`; everything else is a folder.
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

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        parse::deserialize(value)
    }
}

/// Opens the camera of this choice.
///
/// # Errors
/// Where a folder is missing or empty. A device that is missing is waited for.
pub fn open(choice: &Choice) -> Result<Box<dyn Camera>, CameraError> {
    Ok(match choice {
        Choice::Auto => Box::new(Video::new(V4l2::new(None))),
        Choice::None => Box::new(NoCamera),
        Choice::Device(path) => Box::new(Video::new(V4l2::new(Some(path.clone())))),
        Choice::Folder(path) => Box::new(Player::new(Folder::open(path)?)),
        Choice::Demo => Box::new(Player::new(Demo::new()?)),
    })
}

/// The camera of a kiosk without one.
struct NoCamera;

impl Camera for NoCamera {
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        thread::sleep(wait);
        Err(CameraError::NoCamera)
    }
}
