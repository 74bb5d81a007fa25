//! The pictures of a video device, by nokhwa on Video4Linux.

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
    /// Devices that are open: one whose driver hangs cannot be opened again before it lets go.
    open: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl V4l2 {
    /// What opens the device at `path`; `None` for the first that can be used.
    #[must_use]
    pub fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            ..Self::default()
        }
    }

    /// The device to open, and how.
    fn choose(&self) -> Result<(PathBuf, Mode), CameraError> {
        let Some(path) = &self.path else {
            let devices = device::list().into_iter();
            let mut free = devices.filter(|device| !held(&self.open).contains(&device.path));
            let found = free.find_map(|device| Some((device.path.clone(), device.best().ok()?)));
            return found.ok_or_else(|| match held(&self.open).first() {
                Some(hanging) => CameraError::Silent(hanging.clone()),
                None => CameraError::NoCamera,
            });
        };
        // What stands in /dev/v4l/by-id/ are links.
        let real = path.canonicalize();
        let real = real.map_err(|_| CameraError::NoDevice(path.clone()))?;
        if held(&self.open).contains(&real) {
            return Err(CameraError::Silent(path.clone()));
        }
        match Device::at(&real).best() {
            Ok(mode) => Ok((real, mode)),
            Err(why) => Err(CameraError::Unusable {
                path: path.clone(),
                why,
            }),
        }
    }
}

impl Open for V4l2 {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError> {
        let (path, mode) = self.choose()?;
        held(&self.open).insert(path.clone());
        let hold = Hold {
            path: path.clone(),
            open: Arc::clone(&self.open),
        };
        let start = AssertUnwindSafe(|| start(&path, mode));
        let refused = |message: String| CameraError::Refused {
            path: path.clone(),
            message,
        };
        let (camera, mode) = catch_unwind(start)
            .unwrap_or_else(|_| Err("its driver talks nonsense".to_owned()))
            .map_err(refused)?;
        Ok(Box::new(Pictures { camera, mode, hold }))
    }
}

/// Agrees with the driver on a mode, and starts the camera. nokhwa is given what was agreed upon:
/// what it finds out itself fails with many drivers.
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
    // Dropped in this order: the device is closed before others may open it.
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
                path: path.clone(),
                message: error.to_string(),
            })
    }
}

/// Remembers that a device is open.
struct Hold {
    path: PathBuf,
    open: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        held(&self.open).remove(&self.path);
    }
}

fn held(open: &Mutex<BTreeSet<PathBuf>>) -> MutexGuard<'_, BTreeSet<PathBuf>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
