//! Lists video devices, and opens one as a camera.
//!
//! Linux gives a camera several device files, and gives such files to what is no camera: outputs,
//! metadata, codecs, the raw sensors of ribbon-cable (CSI) cameras. What a device can do is what its
//! driver says, whatever its number. `kiosk cameras` opens devices in the way in which a kiosk that
//! runs opens its camera, so what it lists as usable will work. It leaves their controls alone.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use thiserror::Error;
use v4l::buffer::Type;
use v4l::capability::{Capabilities, Flags};
use v4l::prelude::MmapStream;
use v4l::{Device as Handle, context};

use super::mode::{Agreed, Mode};
use super::picture::Settings;
use super::{controls, negotiate};

/// Drivers of ribbon-cable cameras, which give raw sensor data that libcamera makes pictures of.
const CSI: [&str; 4] = ["unicam", "bcm2835 mmal", "rp1-cfe", "pispbe"];

/// The reason that is given where a driver's answers make no sense, or make the library panic.
pub(super) const IMPOSSIBLE: &str = "its driver gives impossible answers";

/// A video device.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Its device file.
    pub path: PathBuf,
    /// Its name, as the driver gives it.
    pub name: String,
    /// The name of its driver.
    pub driver: String,
    /// The modes that its driver was asked for, best first.
    pub modes: Vec<Mode>,
    /// The mode that its driver agreed to, or why it cannot be used as a camera.
    pub agreed: Result<Mode, Unusable>,
}

/// Why a device cannot be used as a camera.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    /// It is an output, metadata or a codec.
    #[error("gives no pictures: it is an output, metadata or a codec")]
    NoCapture,
    /// It gives pictures, but only with each of their planes in memory of its own.
    #[error(
        "gives pictures in several planes only, which the kiosk does not read; use another camera, \
         or set camera = \"csi\" in kiosk.toml for one at a ribbon cable"
    )]
    Planes,
    /// It belongs to a ribbon-cable camera, or to what processes the pictures of one.
    #[error("belongs to a ribbon-cable (CSI) camera; set camera = \"csi\" in kiosk.toml")]
    Csi,
    /// Its pictures are in none of the encodings that are read.
    #[error("gives pictures as {0} only; MJPG, JPEG, YUYV and NV12 are read")]
    Encodings(String),
    /// This user may not open it.
    #[error("this user may not open it; add the user to the group video")]
    Forbidden,
    /// A program reads its pictures.
    #[error("is in use as {now} by another program, such as a kiosk that runs already")]
    Busy {
        /// The format of the pictures that the program reads.
        now: String,
    },
    /// The system or the driver refuses.
    #[error("cannot be opened: {error}")]
    Refused {
        /// What it says.
        error: String,
    },
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::PermissionDenied {
            return Self::Forbidden;
        }
        Self::Refused {
            error: error.to_string(),
        }
    }
}

/// All video devices, sorted by their numbers.
#[must_use]
pub fn list() -> Vec<Device> {
    paths().iter().map(|path| Device::at(path)).collect()
}

/// The device files of all video devices, sorted by their numbers.
pub(super) fn paths() -> Vec<PathBuf> {
    // A name in /dev that is no text makes the library panic.
    let nodes = catch_unwind(context::enum_devices).unwrap_or_else(|_| {
        tracing::warn!("video devices cannot be listed: a name in /dev is no text");
        Vec::new()
    });
    let mut paths: Vec<PathBuf> = nodes.iter().map(|node| node.path().to_owned()).collect();
    paths.sort_by_key(|path| (number(path), path.clone()));
    paths
}

/// The number in a device file's name: 4 of `/dev/video4`.
fn number(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix("video")?.parse().ok()
}

impl Device {
    /// The device of a file.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        let (about, source) = open(path, &Settings::default());
        let agreed = source.map(|source| {
            let mode = source.agreed.mode();
            // The library panics where a driver refuses to release its memory.
            if catch_unwind(AssertUnwindSafe(move || drop(source))).is_err() {
                tracing::debug!(device = %path.display(), "a video device does not close");
            }
            mode
        });
        Self {
            path: path.to_owned(),
            name: about.name,
            driver: about.driver,
            modes: about.modes,
            agreed,
        }
    }
}

/// What a driver says about its device, as far as it was asked.
#[derive(Debug, Default)]
pub(super) struct About {
    name: String,
    driver: String,
    /// The modes to ask for, best first. Only a camera has any.
    pub(super) modes: Vec<Mode>,
}

/// A camera whose driver has agreed on a mode, and will start with the first picture that is read.
pub(super) struct Source {
    pub(super) agreed: Agreed,
    pub(super) stream: MmapStream<'static>,
    /// What of the settings the camera does not have.
    pub(super) notes: Vec<String>,
}

/// Opens the device of a file as a camera, and sets its controls.
///
/// Not by nokhwa's `Camera`, whose conversions read the pictures later: it refuses cameras with rates
/// such as 30000/1001, and drivers that lack what is optional in Video4Linux (rates, lists of sizes),
/// and its frames are the whole buffer, without how much of it the camera has filled and whether that
/// is damaged. So this uses `v4l`, the crate that nokhwa rests on.
pub(super) fn open(path: &Path, picture: &Settings) -> (About, Result<Source, Unusable>) {
    let mut about = About::default();
    let source = catch_unwind(AssertUnwindSafe(|| start(path, picture, &mut about)));
    // The library panics at answers that no driver should give.
    let source = source.unwrap_or_else(|_| {
        Err(Unusable::Refused {
            error: IMPOSSIBLE.to_owned(),
        })
    });
    (about, source)
}

fn start(path: &Path, picture: &Settings, about: &mut About) -> Result<Source, Unusable> {
    let handle = Handle::with_path(path)?;
    let capabilities = handle.query_caps()?;
    about.name.clone_from(&capabilities.card);
    about.driver.clone_from(&capabilities.driver);
    check(&capabilities)?;
    about.modes = negotiate::offers(&handle)?;
    let agreed = negotiate::agree(&handle, &about.modes)?;
    let stream = MmapStream::new(&handle, Type::VideoCapture)
        .map_err(|error| negotiate::refusal(&handle, error))?;
    // Last, so that a camera that another program uses is left as it is.
    let notes = controls::apply(&handle, picture);
    Ok(Source {
        agreed,
        stream,
        notes,
    })
}

/// Whether a device gives pictures at all.
fn check(capabilities: &Capabilities) -> Result<(), Unusable> {
    let able = capabilities.capabilities;
    let driver = capabilities.driver.as_str();
    if CSI.contains(&driver) || driver.starts_with("bcm2835-isp") {
        return Err(Unusable::Csi);
    }
    let gives = |pictures: Flags| able.contains(pictures | Flags::STREAMING);
    let codec = Flags::VIDEO_M2M | Flags::VIDEO_M2M_MPLANE;
    if able.intersects(codec) {
        Err(Unusable::NoCapture)
    } else if gives(Flags::VIDEO_CAPTURE) {
        Ok(())
    } else if gives(Flags::VIDEO_CAPTURE_MPLANE) {
        Err(Unusable::Planes)
    } else {
        Err(Unusable::NoCapture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_driver_can_do_says_whether_it_is_a_camera() {
        let (capture, planes) = (Flags::VIDEO_CAPTURE, Flags::VIDEO_CAPTURE_MPLANE);
        let cases = [
            ("uvcvideo", capture | Flags::STREAMING, Ok(())),
            ("uvcvideo", capture | planes | Flags::STREAMING, Ok(())),
            ("rkisp1", planes | Flags::STREAMING, Err(Unusable::Planes)),
            ("uvcvideo", capture, Err(Unusable::NoCapture)),
            (
                "uvcvideo",
                Flags::META_CAPTURE | Flags::STREAMING,
                Err(Unusable::NoCapture),
            ),
            (
                "coda",
                capture | Flags::VIDEO_M2M | Flags::STREAMING,
                Err(Unusable::NoCapture),
            ),
            (
                "hantro-vpu",
                planes | Flags::VIDEO_M2M_MPLANE | Flags::STREAMING,
                Err(Unusable::NoCapture),
            ),
            ("unicam", capture | Flags::STREAMING, Err(Unusable::Csi)),
        ];
        for (driver, able, expected) in cases {
            let capabilities = Capabilities {
                driver: driver.to_owned(),
                card: String::new(),
                bus: String::new(),
                version: (6, 12, 0),
                capabilities: able,
            };
            assert_eq!(check(&capabilities), expected, "{driver}: {able:?}");
        }
    }
}
