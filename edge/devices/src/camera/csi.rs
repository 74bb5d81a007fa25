//! Reads the camera module at the ribbon cable of a Raspberry Pi by Raspberry Pi's own program,
//! `rpicam-vid`, which was called `libcamera-vid` before.

use std::path::{Path, PathBuf};
use std::time::Duration;

use retry::BackOff;
use screens::locale::Message;
use thiserror::Error;

use super::CameraError;
use super::child::{self, Named, Pictures};
use super::clip::{HEIGHT, WIDTH};
use super::picture::{Level, PowerLine, Settings};
use super::video::{Open, STREAM_BACK_OFF, STREAM_PATIENCE, Stream};

/// The program, by its present and its former name.
const PROGRAMS: [&str; 2] = ["rpicam-vid", "libcamera-vid"];

/// Debian's package of the program, in Raspberry Pi OS.
const PACKAGE: &str = "rpicam-apps";

/// The size to which the sensor's mode is to be the nearest: half a Camera Module 2 each way. By the size
/// of the pictures alone the program takes a mode that sees the middle only, of that module less than
/// half of its width. Other modules have a mode near this size that sees all, too.
const MODE: &str = "1640:1232";

/// Pictures a second.
const RATE: u32 = 15;

/// The quality of a picture, as of any JPEG: 1 to 100.
const QUALITY: u32 = 90;

/// The temperatures of light up to which each of the program's settings is the nearest, in kelvin. It
/// takes no temperatures itself.
const LIGHTS: [(u32, &str); 5] = [
    (2_900, "incandescent"),
    (3_500, "tungsten"),
    (4_800, "fluorescent"),
    (6_500, "daylight"),
    (u32::MAX, "cloudy"),
];

/// Why the camera module gives no pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CsiError {
    /// There is none.
    #[error(
        "no camera module is found; switch the Raspberry Pi off, check both ends of the ribbon \
         cable, and switch it on again"
    )]
    None,
    /// A program uses it.
    #[error(
        "the camera module is in use by another program, such as a kiosk that runs already; end \
         that program"
    )]
    Busy,
    /// This user may not use it.
    #[error("this user may not use the camera module; add the user to the group video")]
    Forbidden,
}

impl CsiError {
    /// What the program's complaints mean; `None` where they are unknown.
    pub(super) fn of(complaints: &str) -> Option<Self> {
        let says = |texts: &[&str]| texts.iter().any(|text| complaints.contains(text));
        // Without access to its devices the program finds no camera, so this comes first.
        if says(&["Permission denied", "dmaHeap", "dma-buf provider"]) {
            Some(Self::Forbidden)
        } else if says(&["in use by another process", "failed to acquire camera"]) {
            Some(Self::Busy)
        } else if says(&["no cameras available", "No cameras available"]) {
            Some(Self::None)
        } else {
            None
        }
    }
}

impl From<&CsiError> for Message {
    fn from(error: &CsiError) -> Self {
        Self::new(match error {
            CsiError::None => "notice-camera-csi-none",
            CsiError::Busy => "notice-camera-csi-busy",
            CsiError::Forbidden => "notice-camera-csi-forbidden",
        })
    }
}

/// Opens the camera module.
#[derive(Clone, Debug)]
pub struct Csi {
    /// `None` for the one that is installed.
    program: Option<PathBuf>,
    arguments: Vec<String>,
    /// Whether any camera would do, so that none is no fault of the camera module.
    is_sought: bool,
}

impl Csi {
    /// The camera module, read by the program that is installed when it is opened.
    #[must_use]
    pub fn new(picture: &Settings) -> Self {
        Self {
            program: None,
            arguments: arguments(picture),
            is_sought: false,
        }
    }

    /// The same, read by this program.
    #[must_use]
    pub fn by(program: &Path, picture: &Settings) -> Self {
        Self {
            program: Some(program.to_owned()),
            ..Self::new(picture)
        }
    }

    /// The same, where any camera would do: that there is no camera module is then no fault of it.
    #[must_use]
    pub(super) fn sought(self) -> Self {
        Self {
            is_sought: true,
            ..self
        }
    }

    /// The program that reads it; `None` where it is not installed.
    #[must_use]
    pub fn program(&self) -> Option<PathBuf> {
        let program = self.program.clone();
        program.or_else(|| child::installed(&PROGRAMS))
    }
}

impl Open for Csi {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError> {
        let program = self.program().ok_or(CameraError::NotInstalled {
            program: PROGRAMS[0],
            package: PACKAGE,
        })?;
        let is_sought = self.is_sought;
        let explain = move |complaints: &str| match CsiError::of(complaints)? {
            CsiError::None if is_sought => Some(CameraError::NoCamera),
            error => Some(CameraError::Csi(error)),
        };
        let camera = Named {
            shown: "csi".into(),
            secret: None,
        };
        let pictures = Pictures::start(&program, &self.arguments, camera, explain)?;
        Ok(Box::new(pictures))
    }

    fn patience(&self) -> Duration {
        STREAM_PATIENCE
    }

    fn back_off(&self) -> BackOff {
        STREAM_BACK_OFF
    }
}

/// What the program is told. Pictures are turned, mirrored and cropped by the kiosk, as those of all
/// cameras are.
fn arguments(picture: &Settings) -> Vec<String> {
    let mut arguments = vec![
        "--nopreview".to_owned(),
        "--timeout=0".to_owned(),
        "--codec=mjpeg".to_owned(),
        format!("--width={WIDTH}"),
        format!("--height={HEIGHT}"),
        format!("--mode={MODE}"),
        format!("--framerate={RATE}"),
        format!("--quality={QUALITY}"),
        "--flush".to_owned(),
        "--output=-".to_owned(),
    ];
    arguments.extend(settings(picture));
    arguments
}

/// The settings that the program is to change.
fn settings(picture: &Settings) -> Vec<String> {
    let exposure = match picture.exposure {
        Some(Level::Fixed(microseconds)) => Some(format!("--shutter={microseconds}")),
        Some(Level::Auto) | None => None,
    };
    let light = match picture.white_balance {
        Some(Level::Fixed(kelvin)) => LIGHTS.iter().find(|(most, _)| kelvin <= *most),
        Some(Level::Auto) | None => None,
    };
    let light = light.map(|(_, name)| format!("--awb={name}"));
    let period = match picture.power_line {
        Some(PowerLine::Hertz50) => Some("--flicker-period=10000us".to_owned()),
        Some(PowerLine::Hertz60) => Some("--flicker-period=8333us".to_owned()),
        Some(PowerLine::Off) | None => None,
    };
    [exposure, light, period].into_iter().flatten().collect()
}
