//! Cameras, which give pictures of the entrance.
//!
//! A [`Camera`] gives about [`clip::PER_SECOND`] frames a second. A real one is a [`video`] stream of
//! one of the [devices](device) that Linux has, read by [`v4l2`]: its driver is asked for a
//! [`mode`], its [`controls`] are set, and its [`pixels`] are decoded and [adjusted](picture). All
//! cameras that can be seen are [`found()`], and one can be [switched](switch) to another while the
//! kiosk runs.
//!
//! Others are streams of MJPEG: the camera module of a Raspberry Pi ([`csi`]) and cameras that stream
//! by [`rtsp`], each by a program that is a child process of the kiosk, and cameras that are asked by
//! [`http`]. What a program writes is split into pictures by [`mjpeg`]. [`auto`] takes the first
//! camera that there is.
//!
//! Cameras without hardware play photographs as arrivals: those of a [`folder`], or of the [`demo`].
//! Photographs that are [dropped](page) on the page are played in the same way.

pub mod auto;
mod child;
mod choice;
pub mod clip;
pub mod controls;
pub mod csi;
pub mod demo;
pub mod device;
mod error;
pub mod folder;
mod found;
mod frame;
pub mod http;
mod jpeg;
pub mod mjpeg;
pub mod mode;
pub mod negotiate;
pub mod page;
pub mod picture;
pub mod pixels;
pub mod player;
pub mod rtsp;
mod stream;
pub mod switch;
pub mod v4l2;
pub mod video;

use std::thread;
use std::time::Duration;

pub use choice::Choice;
pub use error::CameraError;
pub use found::{Found, found};
pub use frame::Frame;
pub use switch::{Switch, Switcher};

use auto::Auto;
use csi::Csi;
use demo::Demo;
use folder::Folder;
use http::Http;
use picture::Settings;
use player::Player;
use rtsp::Rtsp;
use stream::Adjusted;
use v4l2::V4l2;
use video::{Open, Video};

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
///         Ok(Some(Frame::new(self.0.clone(), Source::Camera)))
///     }
/// }
///
/// let mut camera = Still(RgbImage::new(640, 480));
/// let mut frame = camera.frame(Duration::from_millis(10))?.expect("a frame");
/// assert_eq!(frame.picture()?.dimensions(), (640, 480));
/// # Ok::<(), Box<dyn std::error::Error>>(())
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

/// Opens the camera of this choice. Its pictures are adjusted; photographs that are played are not.
///
/// # Errors
/// Where a folder is missing or empty. A device, program or host that is missing is waited for.
pub fn open(choice: &Choice, picture: &Settings) -> Result<Box<dyn Camera>, CameraError> {
    Ok(match choice {
        Choice::Auto => Box::new(Video::new(Auto::new(Csi::new(picture), picture))),
        Choice::None => Box::new(NoCamera),
        Choice::Device(path) => Box::new(Video::new(V4l2::new(Some(path.clone()), picture))),
        Choice::Csi => adjusted(Csi::new(picture), picture),
        Choice::Http(url) => adjusted(Http::new(url.clone()), picture),
        Choice::Rtsp(url) => adjusted(Rtsp::new(url.clone()), picture),
        Choice::Folder(path) => Box::new(Player::new(Folder::open(path)?)),
        Choice::Demo => Box::new(Player::new(Demo::new()?)),
    })
}

fn adjusted(open: impl Open, picture: &Settings) -> Box<dyn Camera> {
    Box::new(Video::new(Adjusted::new(open, picture)))
}

/// The camera of a kiosk without one.
struct NoCamera;

impl Camera for NoCamera {
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        thread::sleep(wait);
        Err(CameraError::NotWanted)
    }
}
