//! A camera at an address: a stream of JPEG pictures over HTTP, or a still picture that is asked for
//! again and again.
//!
//! IP cameras and ESP32-CAM boards give one or the other; the kind of the answer says which. A
//! `client` asks, follows redirects and logs in (`login`); `stream` and `still` read the pictures.
//! Another kiosk is such a camera: its API has a still picture at `/api/v1/camera.jpg`, and takes a token
//! as the password of a basic login.

mod client;
mod error;
mod login;
mod still;
mod stream;

use std::path::Path;
use std::time::{Duration, Instant};

use retry::BackOff;
use url::Url;

use super::CameraError;
use super::choice::shown;
use super::jpeg::{self, Head};
use super::mode::{Agreed, Encoding, Mode};
use super::pixels::Raw;
use super::video::{LOGIN_PAUSE, Open, STREAM_BACK_OFF, STREAM_PATIENCE, Stream};
use client::Client;
pub use error::HttpError;
use still::Still;
use stream::Mjpeg;

/// The longest time without a picture.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of a picture.
const MOST: usize = 8 << 20;

/// A camera at an http or https address.
pub struct Http {
    url: Url,
    /// When the camera refused the login, where it did so last.
    refused: Option<Instant>,
}

impl Http {
    /// The camera at this address, which may hold user and password.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self { url, refused: None }
    }
}

impl Open for Http {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError> {
        let camera = shown(&self.url);
        let opened = match self.refused {
            Some(at) if at.elapsed() < LOGIN_PAUSE => Err(HttpError::LoginRefused),
            _ => {
                let opened = open(&self.url, &camera);
                let is_refused = matches!(opened, Err(HttpError::LoginRefused));
                self.refused = is_refused.then(Instant::now);
                opened
            }
        };
        opened.map_err(|error| CameraError::Http { camera, error })
    }

    fn patience(&self) -> Duration {
        STREAM_PATIENCE
    }

    fn back_off(&self) -> BackOff {
        STREAM_BACK_OFF
    }
}

fn open(url: &Url, camera: &str) -> Result<Box<dyn Stream>, HttpError> {
    let mut client = Client::new(url);
    let answer = client.get()?;
    if answer.kind.starts_with("multipart/") {
        return pictures(camera, Mjpeg::open(answer)?);
    }
    pictures(camera, Still::open(client, answer)?)
}

/// Where pictures come from.
trait Source {
    /// The last picture, as a JPEG.
    fn picture(&self) -> &[u8];

    /// Reads the next one.
    fn advance(&mut self) -> Result<(), HttpError>;
}

/// The pictures of a source that has read its first one.
fn pictures(camera: &str, source: impl Source + 'static) -> Result<Box<dyn Stream>, HttpError> {
    Ok(Box::new(Pictures {
        camera: camera.to_owned(),
        agreed: agreed(source.picture())?,
        source,
        is_new: true,
    }))
}

struct Pictures<S> {
    camera: String,
    agreed: Agreed,
    source: S,
    /// Whether the last picture has not been handed over yet.
    is_new: bool,
}

impl<S: Source> Stream for Pictures<S> {
    fn name(&self) -> &Path {
        Path::new(&self.camera)
    }

    fn agreed(&self) -> Agreed {
        self.agreed
    }

    fn next(&mut self) -> Result<Raw<'_>, CameraError> {
        if !std::mem::take(&mut self.is_new)
            && let Err(error) = self.source.advance()
        {
            let camera = self.camera.clone();
            return Err(CameraError::Http { camera, error });
        }
        Ok(Raw {
            bytes: self.source.picture(),
            is_damaged: false,
        })
    }

    fn patience(&self) -> Duration {
        STREAM_PATIENCE
    }
}

/// The format of pictures like this JPEG.
fn agreed(picture: &[u8]) -> Result<Agreed, HttpError> {
    let head = jpeg::from_start(picture).map(Head::of).unwrap_or_default();
    let (width, height) = head.size.ok_or(HttpError::NotAPicture)?;
    let mode = Mode {
        encoding: Encoding::Mjpeg,
        width,
        height,
        rate: None,
    };
    Agreed::new(mode, 0).ok_or(HttpError::NotAPicture)
}
