//! Lists video devices, and finds those that can be used as a camera, and how.
//!
//! Linux gives a camera several device files, and gives such files to what is no camera: outputs,
//! metadata, codecs, the raw sensors of ribbon-cable (CSI) cameras. What a device can do is what its
//! driver says, whatever its number.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use thiserror::Error;
use v4l::capability::{Capabilities, Flags};
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture;
use v4l::{Device as Handle, FourCC, context};

use super::clip::{HEIGHT, WIDTH};

/// The pictures a second that a camera is asked for: enough for ten frames a second, whenever the
/// pictures come.
const RATE: u32 = 15;

/// The pictures a second that suffice.
const RATES: std::ops::RangeInclusive<u32> = 10..=30;

/// Drivers of ribbon-cable cameras, which give raw sensor data that libcamera makes pictures of.
const CSI: [&str; 4] = ["unicam", "bcm2835 mmal", "rp1-cfe", "pispbe"];

/// The reason that is given where a driver's answers make the library panic.
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
    /// How it can be used, best first, or why it cannot.
    pub modes: Result<Vec<Mode>, Unusable>,
}

/// A format in which a camera gives pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// How a picture's pixels are encoded.
    pub encoding: Encoding,
    /// The width of a picture, in pixels.
    pub width: u32,
    /// The height of a picture, in pixels.
    pub height: u32,
    /// Pictures a second, where the driver lists it.
    pub rate: Option<u32>,
}

/// How the pixels of a picture are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// Brightness of each pixel and colour of each two: 16 bits a pixel. The cheapest to decode.
    Yuyv,
    /// Brightness of all pixels, then colour of each four: 12 bits a pixel.
    Nv12,
    /// A JPEG for each picture.
    Mjpeg,
}

impl Encoding {
    const ALL: [Self; 3] = [Self::Yuyv, Self::Nv12, Self::Mjpeg];

    /// Its four-character code in Video4Linux.
    #[must_use]
    pub fn fourcc(self) -> FourCC {
        FourCC::new(match self {
            Self::Yuyv => b"YUYV",
            Self::Nv12 => b"NV12",
            Self::Mjpeg => b"MJPG",
        })
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}x{}",
            self.encoding.fourcc(),
            self.width,
            self.height
        )?;
        match self.rate {
            Some(rate) => write!(f, ", {rate} a second"),
            None => Ok(()),
        }
    }
}

/// Why a device cannot be used as a camera.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    /// It is an output, metadata or a codec.
    #[error("gives no pictures: it is an output, metadata or a codec")]
    NoCapture,
    /// It belongs to a ribbon-cable camera, or to what processes the pictures of one.
    #[error(
        "belongs to a ribbon-cable (CSI) camera, which needs libcamera; use a camera with USB instead"
    )]
    Csi,
    /// Its pictures are in none of the encodings that are read.
    #[error("gives pictures as {0} only; MJPG, YUYV and NV12 are read")]
    Encodings(String),
    /// This user may not open it.
    #[error("this user may not open it; add the user to the group video")]
    Forbidden,
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
    // A name in /dev that is no text makes the library panic.
    let nodes = catch_unwind(context::enum_devices).unwrap_or_else(|_| {
        tracing::warn!("video devices cannot be listed: a name in /dev is no text");
        Vec::new()
    });
    let mut paths: Vec<PathBuf> = nodes.iter().map(|node| node.path().to_owned()).collect();
    paths.sort_by_key(|path| (number(path), path.clone()));
    paths.iter().map(|path| Device::at(path)).collect()
}

/// The number in a device file's name: 4 of `/dev/video4`.
#[must_use]
pub fn number(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix("video")?.parse().ok()
}

impl Device {
    /// The device of a file.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        let unknown = |why| Self {
            path: path.to_owned(),
            name: String::new(),
            driver: String::new(),
            modes: Err(why),
        };
        let probed = catch_unwind(AssertUnwindSafe(|| {
            let handle = Handle::with_path(path)?;
            let capabilities = handle.query_caps()?;
            let modes = modes(&handle, &capabilities);
            io::Result::Ok((capabilities, modes))
        }));
        match probed {
            Ok(Ok((capabilities, modes))) => Self {
                path: path.to_owned(),
                name: capabilities.card,
                driver: capabilities.driver,
                modes,
            },
            Ok(Err(error)) => unknown(error.into()),
            // The library panics at answers that no driver should give.
            Err(_) => unknown(Unusable::Refused {
                error: IMPOSSIBLE.to_owned(),
            }),
        }
    }

    /// The mode that suits best.
    ///
    /// # Errors
    /// Why the device cannot be used.
    pub fn best(&self) -> Result<Mode, Unusable> {
        let modes = self.modes.clone()?;
        modes.first().copied().ok_or(Unusable::NoCapture)
    }
}

fn modes(device: &Handle, capabilities: &Capabilities) -> Result<Vec<Mode>, Unusable> {
    let able = capabilities.capabilities;
    let driver = capabilities.driver.as_str();
    if CSI.contains(&driver) || driver.starts_with("bcm2835-isp") {
        return Err(Unusable::Csi);
    }
    if !able.contains(Flags::VIDEO_CAPTURE | Flags::STREAMING) || able.contains(Flags::VIDEO_M2M) {
        return Err(Unusable::NoCapture);
    }
    let offered = device.enum_formats()?;
    let offered: Vec<FourCC> = offered.iter().map(|format| format.fourcc).collect();
    let mut modes = Vec::new();
    for encoding in Encoding::ALL {
        if offered.contains(&encoding.fourcc()) {
            for (width, height) in sizes(device, encoding) {
                modes.push(Mode {
                    encoding,
                    width,
                    height,
                    rate: rate(device, encoding, width, height),
                });
            }
        }
    }
    if modes.is_empty() {
        let offered: Vec<String> = offered.iter().map(FourCC::to_string).collect();
        return Err(Unusable::Encodings(offered.join(", ")));
    }
    rank(&mut modes);
    Ok(modes)
}

/// Sorts modes, best first: fast enough, near to the size of a frame, cheap to decode.
pub fn rank(modes: &mut [Mode]) {
    modes.sort_by_key(|mode| {
        let away = |side: u32, wanted: u32| u64::from(side.abs_diff(wanted)).pow(2);
        let distance = away(mode.width, WIDTH) + away(mode.height, HEIGHT);
        let suits = mode.rate.is_none_or(|rate| RATES.contains(&rate));
        (!suits, distance, mode.encoding)
    });
}

/// The sizes of pictures in an encoding; of a range, the one that is nearest to the size of a frame.
fn sizes(device: &Handle, encoding: Encoding) -> Vec<(u32, u32)> {
    let sizes = device.enum_framesizes(encoding.fourcc());
    let sizes = sizes.unwrap_or_else(|error| {
        tracing::debug!(?encoding, %error, "a camera does not list the sizes of its pictures");
        Vec::new()
    });
    let sizes = sizes.into_iter().map(|size| match size.size {
        FrameSizeEnum::Discrete(size) => (size.width, size.height),
        FrameSizeEnum::Stepwise(range) => (
            nearest(WIDTH, range.min_width, range.max_width, range.step_width),
            nearest(
                HEIGHT,
                range.min_height,
                range.max_height,
                range.step_height,
            ),
        ),
    });
    // Broken drivers list sides of no pixels, and some that no camera has.
    let possible = |side: u32| (16..=8192).contains(&side);
    sizes
        .filter(|&(width, height)| possible(width) && possible(height))
        .collect()
}

/// The largest number up to `wanted` that `least` and whole steps add up to, within `least` and
/// `most`.
fn nearest(wanted: u32, least: u32, most: u32, step: u32) -> u32 {
    let within = wanted.min(most).max(least);
    within - (within - least) % step.max(1)
}

/// The possible rate that is nearest to [`RATE`], in pictures a second.
fn rate(device: &Handle, encoding: Encoding, width: u32, height: u32) -> Option<u32> {
    let intervals = device.enum_frameintervals(encoding.fourcc(), width, height);
    let intervals = intervals.unwrap_or_else(|error| {
        tracing::debug!(?encoding, %error, "a camera does not list the rates of its pictures");
        Vec::new()
    });
    let rates = intervals.into_iter().map(|interval| {
        let rate =
            |interval: v4l::Fraction| interval.denominator.checked_div(interval.numerator.max(1));
        match interval.interval {
            FrameIntervalEnum::Discrete(interval) => rate(interval),
            FrameIntervalEnum::Stepwise(range) => {
                let (slowest, fastest) = (rate(range.max)?, rate(range.min)?);
                Some(RATE.min(fastest).max(slowest))
            }
        }
    });
    rates.flatten().min_by_key(|rate| rate.abs_diff(RATE))
}
