//! What can be wrong with a camera, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use recognise::photo::{Fault, Kind, MAX_BYTES, PhotoError};
use recognise::printable;
use screens::locale::Message;
use thiserror::Error;

use super::csi::CsiError;
use super::device::Unusable;
use super::http::HttpError;
use super::mode::Mode;
use super::pixels::PixelsError;
use super::rtsp::RtspError;
use crate::supervise::Defect;

/// Why there is no frame. Each variant says so in one line, with the device or file and what to do.
#[derive(Debug, Error)]
pub enum CameraError {
    /// The choice of a camera is an empty text.
    #[error(
        "no camera named; choose auto, none, csi, /dev/videoN, an address such as \
         rtsp://192.168.1.20/stream, or a folder of photographs"
    )]
    Unnamed,
    /// An address that cannot be read. It is not repeated, since there may be a password in it.
    #[error("the camera's address cannot be used ({0}); write it like rtsp://192.168.1.20/stream")]
    Address(url::ParseError),
    /// An address without a host.
    #[error("the camera's address names no host; write it like rtsp://192.168.1.20/stream")]
    NoHost,
    /// An address by which no camera is reached.
    #[error("no camera is reached by {0}; use http, https, rtsp or rtsps")]
    Scheme(String),
    /// There is nothing at the path.
    #[error("{}: no such folder; choose auto, none, /dev/videoN or a folder of photographs", printable(.0))]
    Missing(PathBuf),
    /// The path names a file.
    #[error("{}: not a folder; name the folder that the photographs are in", printable(.0))]
    NotAFolder(PathBuf),
    /// The system refuses to list a folder.
    #[error("{}: the folder cannot be read: {error}", printable(folder))]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A folder without a photograph.
    #[error("{}: no photograph in this folder; JPEG, PNG, WebP and GIF are read", printable(.0))]
    NoPhotographs(PathBuf),
    /// A photograph that cannot be read and is passed over.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// No device can be used as a camera.
    #[error("no camera; plug one in with USB, or see `kiosk cameras`")]
    NoCamera,
    /// There is to be no camera.
    #[error("no camera is wanted; photographs come by the page")]
    NotWanted,
    /// The device is gone.
    #[error("{}: no such device; is the camera plugged in? `kiosk cameras` lists what is there", .0.display())]
    NoDevice(PathBuf),
    /// The device cannot be used as a camera.
    #[error("{}: {why}", device.display())]
    Unusable {
        /// The device.
        device: PathBuf,
        /// Why it cannot be used.
        why: Unusable,
    },
    /// The driver refuses, or the device has vanished.
    #[error("{}: {reason}; the camera is tried again", device.display())]
    Refused {
        /// The device.
        device: PathBuf,
        /// What the driver says.
        reason: String,
    },
    /// A camera that sends no pictures.
    #[error("{}: no picture for 2.5 seconds; is its cable loose?", .0.display())]
    Silent(PathBuf),
    /// A driver that does not return from opening a camera.
    #[error("the camera does not answer; unplug it and plug it in again, or switch it off and on")]
    Hangs,
    /// A camera whose pictures cannot be read.
    #[error("{}: sends {error}; {}", device.display(), error.hint())]
    Garbage {
        /// The device.
        device: PathBuf,
        /// What is wrong with its last picture.
        error: PixelsError,
    },
    /// A program or a camera on the network whose pictures cannot be read.
    #[error("{}: sends {error}; switch the camera off and on again, and check its cable or network", device.display())]
    Garbled {
        /// The camera.
        device: PathBuf,
        /// What is wrong with its last picture.
        error: PixelsError,
    },
    /// The program that a camera needs is not installed.
    #[error("{program} is not installed; install it by `sudo apt install {package}`")]
    NotInstalled {
        /// The program.
        program: &'static str,
        /// Debian's package of it.
        package: &'static str,
    },
    /// The program that a camera needs cannot be started.
    #[error("{}: cannot be started: {error}; is it installed properly?", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The program of a camera has ended.
    #[error("{}: the camera's program has ended ({reason}); it is started again", device.display())]
    Ended {
        /// The camera.
        device: PathBuf,
        /// What the program complains of.
        reason: String,
    },
    /// A program or a camera on the network that sends no pictures.
    #[error("{}: no picture comes; check that the camera is switched on, and its cable or network", .0.display())]
    Stalled(PathBuf),
    /// The camera module gives no pictures.
    #[error("{0}")]
    Csi(CsiError),
    /// A camera that streams by RTSP gives no pictures.
    #[error("{camera}: {error}")]
    Rtsp {
        /// Its address, without the password.
        camera: String,
        /// Why not.
        error: RtspError,
    },
    /// A camera at an http or https address gives no pictures.
    #[error("{camera}: {error}")]
    Http {
        /// Its address, without the password.
        camera: String,
        /// Why not.
        error: HttpError,
    },
    /// A defect of the program has interrupted the work with the camera.
    #[error(transparent)]
    Defect(#[from] Defect),
}

impl From<&CameraError> for Message {
    fn from(error: &CameraError) -> Self {
        let about = |key, file: &Path| Self::new(key).with("file", printable(file));
        match error {
            CameraError::Unnamed => Self::new("notice-camera-unnamed"),
            CameraError::Address(reason) => {
                Self::new("notice-camera-address").with("reason", reason)
            }
            CameraError::NoHost => Self::new("notice-camera-no-host"),
            CameraError::Scheme(scheme) => Self::new("notice-camera-scheme").with("scheme", scheme),
            CameraError::Missing(folder) => about("notice-camera-no-such-folder", folder),
            CameraError::NotAFolder(file) => about("notice-camera-not-a-folder", file),
            CameraError::Unreadable { folder, error } => {
                about("notice-camera-folder-unreadable", folder).with("reason", error)
            }
            CameraError::NoPhotographs(folder) => about("notice-camera-no-photographs", folder),
            CameraError::Photo(error) => photo(error),
            CameraError::NoCamera => Self::new("notice-camera-none"),
            CameraError::NotWanted => Self::new("notice-camera-not-wanted"),
            CameraError::NoDevice(device) => of_device("notice-camera-missing", device),
            CameraError::Unusable { device, why } => unusable(device, why),
            CameraError::Refused { device, reason } => {
                of_device("notice-camera-refused", device).with("reason", reason)
            }
            CameraError::Silent(device) => of_device("notice-camera-silent", device),
            CameraError::Hangs => Self::new("notice-camera-hangs"),
            CameraError::Garbage { device, error } => garbage(device, error),
            CameraError::Garbled { device, .. } => of_device("notice-camera-garbled", device),
            CameraError::NotInstalled { program, package } => {
                Self::new("notice-camera-not-installed")
                    .with("program", program)
                    .with("package", package)
            }
            CameraError::NotStarted { program, error } => Self::new("notice-camera-not-started")
                .with("program", program.display())
                .with("reason", error),
            CameraError::Ended { device, reason } => {
                of_device("notice-camera-ended", device).with("reason", reason)
            }
            CameraError::Stalled(device) => of_device("notice-camera-stalled", device),
            CameraError::Csi(error) => error.into(),
            CameraError::Rtsp { camera, error } => error.message(camera),
            CameraError::Http { camera, error } => error.message(camera),
            CameraError::Defect(defect) => defect.into(),
        }
    }
}

fn of_device(key: &'static str, device: &Path) -> Message {
    Message::new(key).with("device", device.display())
}

fn unusable(device: &Path, why: &Unusable) -> Message {
    match why {
        Unusable::NoCapture => of_device("notice-camera-no-capture", device),
        Unusable::Planes => of_device("notice-camera-planes", device),
        Unusable::Csi => of_device("notice-camera-csi", device),
        Unusable::Encodings(encodings) => {
            of_device("notice-camera-encodings", device).with("encodings", encodings)
        }
        Unusable::Forbidden => of_device("notice-camera-forbidden", device),
        Unusable::Busy { now } => of_device("notice-camera-busy", device).with("now", now),
        Unusable::Refused { error } => {
            of_device("notice-camera-unusable", device).with("reason", error)
        }
    }
}

fn garbage(device: &Path, error: &PixelsError) -> Message {
    let of_mode = |key, mode: &Mode| {
        let Mode { width, height, .. } = mode;
        let mode = format!("{} {width}x{height}", mode.encoding.fourcc());
        of_device(key, device).with("mode", mode)
    };
    match error {
        PixelsError::Short { mode, got, wanted } => of_mode("notice-camera-short", mode)
            .with("got", got)
            .with("wanted", wanted),
        PixelsError::Cut => of_device("notice-camera-cut", device),
        PixelsError::Damaged => of_device("notice-camera-damaged", device),
        PixelsError::Jpeg(reason) => of_device("notice-camera-jpeg", device).with("reason", reason),
        PixelsError::Size {
            mode,
            width,
            height,
        } => of_mode("notice-camera-size", mode)
            .with("width", width)
            .with("height", height),
        PixelsError::Convert(reason) => {
            of_device("notice-camera-convert", device).with("reason", reason)
        }
    }
}

/// What is wrong with a photograph. One without a file is built into the program.
fn photo(error: &PhotoError) -> Message {
    let about = |key| {
        let file = error.path.as_deref().unwrap_or(Path::new("demo"));
        Message::new(key).with("file", printable(file))
    };
    match &error.fault {
        Fault::Missing => about("notice-photograph-missing"),
        Fault::NotAFile => about("notice-photograph-not-a-file"),
        Fault::Unreadable(reason) => about("notice-photograph-unreadable").with("reason", reason),
        Fault::Empty => about("notice-photograph-empty"),
        Fault::TooManyBytes(bytes) => about("notice-photograph-too-big")
            .with("size", bytes.div_ceil(1 << 20))
            .with("most", MAX_BYTES >> 20),
        Fault::NotAPicture => about("notice-photograph-not-a-picture"),
        Fault::NotRead(Kind::Heic) => about("notice-photograph-heic"),
        Fault::NotRead(Kind::Pdf) => about("notice-photograph-pdf"),
        Fault::NotRead(Kind::Video) => about("notice-photograph-video"),
        Fault::NotRead(Kind::Format(format)) => {
            about("notice-photograph-format").with("format", format)
        }
        Fault::NotRead(Kind::Variant { format, .. }) => {
            about("notice-photograph-variant").with("format", format)
        }
        Fault::TooManyPixels {
            width,
            height,
            most,
        } => about("notice-photograph-too-many-pixels")
            .with("width", width)
            .with("height", height)
            .with("most", most / 1_000_000),
        Fault::Truncated => about("notice-photograph-truncated"),
        Fault::Damaged(reason) => about("notice-photograph-damaged").with("reason", reason),
    }
}
