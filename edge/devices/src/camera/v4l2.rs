//! Reads the pictures of a video device, by nokhwa on Video4Linux.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nokhwa::Camera;
use nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType,
    Resolution,
};
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device as Handle, Format};

use super::CameraError;
use super::device::{self, Device, Encoding, Mode};
use super::video::{Open, Stream};

/// Opens the device of a file, or the first that can be used.
#[derive(Debug, Default)]
pub struct V4l2 {
    /// `None` for the first that can be used.
    path: Option<PathBuf>,
    /// The devices that are open. One whose driver hangs cannot be opened again before the driver
    /// returns.
    open: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl V4l2 {
    /// An opener of the device at `path`, or of the first that can be used.
    #[must_use]
    pub fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            ..Self::default()
        }
    }

    /// The device to open, and in which mode.
    fn choose(&self) -> Result<(PathBuf, Mode), CameraError> {
        let Some(path) = &self.path else {
            return self.first();
        };
        // The entries of /dev/v4l/by-id/ are links.
        let real = path.canonicalize().map_err(|error| {
            tracing::debug!(device = %path.display(), %error, "the camera is not found");
            CameraError::NoDevice(path.clone())
        })?;
        if lock(&self.open).contains(&real) {
            return Err(CameraError::Silent(path.clone()));
        }
        match Device::at(&real).best() {
            Ok(mode) => Ok((real, mode)),
            Err(why) => Err(CameraError::Unusable {
                device: path.clone(),
                why,
            }),
        }
    }

    /// The first device that can be used and is not open.
    fn first(&self) -> Result<(PathBuf, Mode), CameraError> {
        for device in device::list() {
            if lock(&self.open).contains(&device.path) {
                continue;
            }
            match device.best() {
                Ok(mode) => return Ok((device.path, mode)),
                Err(why) => {
                    let path = device.path.display();
                    tracing::debug!(device = %path, error = %why, "a video device is passed over");
                }
            }
        }
        Err(match lock(&self.open).first() {
            Some(hanging) => CameraError::Silent(hanging.clone()),
            None => CameraError::NoCamera,
        })
    }
}

impl Open for V4l2 {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError> {
        let (path, mode) = self.choose()?;
        lock(&self.open).insert(path.clone());
        let hold = Hold {
            path: path.clone(),
            open: Arc::clone(&self.open),
        };
        let start = AssertUnwindSafe(|| start(&path, mode));
        let refused = |reason: String| CameraError::Refused {
            device: path.clone(),
            reason,
        };
        let (camera, mode) = catch_unwind(start)
            .unwrap_or_else(|_| Err(device::IMPOSSIBLE.to_owned()))
            .map_err(refused)?;
        Ok(Box::new(Pictures { camera, mode, hold }))
    }
}

/// Agrees with the driver on a mode, and starts the camera. nokhwa is given the mode, since its own
/// search for one fails with many drivers.
fn start(path: &Path, wanted: Mode) -> Result<(Camera, Mode), String> {
    let text = |error: std::io::Error| error.to_string();
    let device = Handle::with_path(path).map_err(text)?;
    let fourcc = wanted.encoding.fourcc();
    let format = Format::new(wanted.width, wanted.height, fourcc);
    let format = device.set_format(&format).map_err(text)?;
    if let Some(rate) = wanted.rate {
        device
            .set_params(&Parameters::with_fps(rate))
            .map_err(text)?;
    }
    let rate = device.params().map_err(text)?.interval;
    drop(device);
    if format.fourcc != fourcc {
        return Err(format!("gives {} where {fourcc} was asked", format.fourcc));
    }
    if wanted.encoding == Encoding::Yuyv && format.stride != format.width * 2 {
        return Err(format!("its rows have {} bytes", format.stride));
    }
    let mode = Mode {
        width: format.width,
        height: format.height,
        rate: Some(rate.denominator),
        ..wanted
    };
    let kind = match mode.encoding {
        Encoding::Yuyv => FrameFormat::YUYV,
        Encoding::Nv12 => FrameFormat::NV12,
        Encoding::Mjpeg => FrameFormat::MJPEG,
    };
    let size = Resolution::new(mode.width, mode.height);
    let exact = CameraFormat::new(size, kind, rate.denominator);
    let index = device::number(path).ok_or("it is no /dev/videoN")?;
    let mut camera = Camera::with_backend(
        CameraIndex::Index(u32::try_from(index).map_err(|error| error.to_string())?),
        RequestedFormat::with_formats(RequestedFormatType::Exact(exact), &[kind]),
        ApiBackend::Video4Linux,
    )
    .map_err(|error| error.to_string())?;
    camera.open_stream().map_err(|error| error.to_string())?;
    Ok((camera, mode))
}

/// The pictures of an open device.
struct Pictures {
    // Fields are dropped in this order: the device is closed before it may be opened again.
    camera: Camera,
    mode: Mode,
    hold: Hold,
}

impl Stream for Pictures {
    fn name(&self) -> &Path {
        &self.hold.path
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn next(&mut self) -> Result<Cow<'_, [u8]>, CameraError> {
        let path = &self.hold.path;
        self.camera
            .frame_raw()
            .map_err(|error| CameraError::Refused {
                device: path.clone(),
                reason: error.to_string(),
            })
    }
}

/// Lists a device as open until it is dropped.
struct Hold {
    path: PathBuf,
    open: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        lock(&self.open).remove(&self.path);
    }
}

fn lock(open: &Mutex<BTreeSet<PathBuf>>) -> MutexGuard<'_, BTreeSet<PathBuf>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
