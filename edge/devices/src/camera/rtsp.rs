//! Reads a camera on the network that streams by RTSP, by an installed `ffmpeg`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use retry::BackOff;
use screens::locale::Message;
use thiserror::Error;
use url::Url;

use super::CameraError;
use super::child::{self, Named, Pictures};
use super::choice;
use super::clip::{HEIGHT, WIDTH};
use super::video::{LOGIN_PAUSE, Open, STREAM_BACK_OFF, STREAM_PATIENCE, Stream};

const PROGRAM: &str = "ffmpeg";

/// Pictures a second.
const RATE: u32 = 15;

/// How long the network may be silent, in microseconds.
const SILENCE: &str = "5000000";

/// The quality of a picture: 2 is the best, 31 the worst.
const QUALITY: &str = "3";

/// Why a camera that streams by RTSP gives no pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RtspError {
    /// It wants another user or password.
    #[error("the camera refuses the login; check the user and the password")]
    Login,
    /// Nothing listens at its port.
    #[error("nothing answers there; check the port, and that the camera has RTSP switched on")]
    Refused,
    /// The system lets the kiosk reach no such address.
    #[error(
        "the system keeps the kiosk to local networks; see IPAddressAllow in breed-kiosk.service"
    )]
    Forbidden,
    /// Its name is unknown.
    #[error("no machine has this name; check the name, or use the camera's IP address")]
    Host,
    /// No answer comes from it.
    #[error("it cannot be reached; is the camera switched on and in the same network?")]
    Unreachable,
    /// It has no stream of this path, or none with pictures.
    #[error("the camera has no such stream; check the path, which the camera's manual names")]
    NoStream,
}

impl RtspError {
    /// What the program's complaints mean; `None` where they are unknown.
    fn of(complaints: &str) -> Option<Self> {
        let meanings: [(Self, &[&str]); 6] = [
            (Self::Login, &["401 Unauthorized", "403 Forbidden"]),
            (Self::Refused, &["Connection refused"]),
            // By systemd's filter of addresses.
            (Self::Forbidden, &["failed: Operation not permitted"]),
            (
                Self::Host,
                &["Failed to resolve hostname", "Name or service not known"],
            ),
            (
                Self::Unreachable,
                &[
                    "No route to host",
                    "Network is unreachable",
                    "Connection timed out",
                ],
            ),
            (
                Self::NoStream,
                &[
                    "404 Not Found",
                    "404 Stream Not Found",
                    "does not contain any stream",
                    "matches no streams",
                ],
            ),
        ];
        let said = |texts: &[&str]| texts.iter().any(|text| complaints.contains(text));
        let meaning = meanings.into_iter().find(|meaning| said(meaning.1));
        meaning.map(|(error, _)| error)
    }

    /// The error as a message about a camera.
    pub(super) fn message(self, camera: &str) -> Message {
        let message = Message::new(match self {
            Self::Login => "notice-camera-rtsp-login",
            Self::Refused => "notice-camera-rtsp-refused",
            Self::Forbidden => "notice-camera-rtsp-forbidden",
            Self::Host => "notice-camera-rtsp-host",
            Self::Unreachable => "notice-camera-rtsp-unreachable",
            Self::NoStream => "notice-camera-rtsp-no-stream",
        });
        message.with("camera", camera)
    }
}

/// Opens a camera that streams by RTSP.
#[derive(Clone, Debug)]
pub struct Rtsp {
    url: Url,
    /// `None` for the one that is installed.
    program: Option<PathBuf>,
    /// When the camera last refused the login.
    refused: Arc<Mutex<Option<Instant>>>,
}

impl Rtsp {
    /// The camera at an address, read by the `ffmpeg` that is installed when it is opened.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self {
            url,
            program: None,
            refused: Arc::default(),
        }
    }

    /// The same, read by this program.
    #[must_use]
    pub fn by(program: &Path, url: Url) -> Self {
        Self {
            program: Some(program.to_owned()),
            ..Self::new(url)
        }
    }
}

impl Open for Rtsp {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError> {
        let program = self.program.clone();
        let program = program.or_else(|| child::installed(&[PROGRAM]));
        let program = program.ok_or(CameraError::NotInstalled {
            program: PROGRAM,
            package: PROGRAM,
        })?;
        let camera = choice::shown(&self.url);
        if lock(&self.refused).is_some_and(|at| at.elapsed() < LOGIN_PAUSE) {
            let error = RtspError::Login;
            return Err(CameraError::Rtsp { camera, error });
        }
        let named = Named {
            shown: PathBuf::from(&camera),
            secret: Some(self.url.to_string()),
        };
        let refused = Arc::clone(&self.refused);
        let explain = move |complaints: &str| {
            let error = RtspError::of(complaints)?;
            if error == RtspError::Login {
                *lock(&refused) = Some(Instant::now());
            }
            let camera = camera.clone();
            Some(CameraError::Rtsp { camera, error })
        };
        let pictures = Pictures::start(&program, &arguments(&self.url), named, explain)?;
        Ok(Box::new(pictures))
    }

    fn patience(&self) -> Duration {
        STREAM_PATIENCE
    }

    fn back_off(&self) -> BackOff {
        STREAM_BACK_OFF
    }
}

fn lock(refused: &Mutex<Option<Instant>>) -> MutexGuard<'_, Option<Instant>> {
    refused.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the program is told.
fn arguments(url: &Url) -> Vec<String> {
    // Shrunk to fit a frame, never enlarged, in its own proportions.
    let filter = format!(
        "fps={RATE},scale=w='min({WIDTH},iw)':h='min({HEIGHT},ih)'\
         :force_original_aspect_ratio=decrease"
    );
    let arguments = [
        "-nostdin",
        "-hide_banner",
        "-loglevel",
        "error",
        // Over UDP, a Wi-Fi network loses parts of pictures.
        "-rtsp_transport",
        "tcp",
        "-timeout",
        SILENCE,
        "-fflags",
        "nobuffer",
        // The rate need not be found out, which takes seconds: the filter makes its own.
        "-fpsprobesize",
        "0",
        "-flags",
        "low_delay",
        "-i",
        url.as_str(),
        "-map",
        "0:v:0",
        "-filter:v",
        filter.as_str(),
        "-codec:v",
        "mjpeg",
        "-pix_fmt",
        "yuvj420p",
        "-q:v",
        QUALITY,
        "-f",
        "mjpeg",
        "pipe:1",
    ];
    arguments.map(str::to_owned).into()
}
