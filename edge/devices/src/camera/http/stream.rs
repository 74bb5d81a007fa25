//! A stream of JPEG pictures: `multipart/x-mixed-replace`.
//!
//! The pictures are found by the markers of JPEG alone. What stands between them (boundaries, and
//! headers with lengths) is wrong in many cameras, and nothing of it is needed.

use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use ureq::BodyReader;

use super::client::Answer;
use super::{HttpError, MOST, PATIENCE, agreed};
use crate::camera::CameraError;
use crate::camera::mjpeg::Splitter;
use crate::camera::mode::Agreed;
use crate::camera::pixels::Raw;
use crate::camera::video::{STREAM_PATIENCE, Stream};

/// The pictures of a stream.
pub(super) struct Pictures {
    camera: String,
    body: BodyReader<'static>,
    splitter: Splitter,
    agreed: Agreed,
    /// Whether the picture that was found has not been handed over yet.
    is_new: bool,
}

impl Pictures {
    /// Reads the first picture.
    pub(super) fn open(camera: &str, answer: Answer) -> Result<Self, HttpError> {
        let mut body = answer.body;
        let mut splitter = Splitter::default();
        find(&mut body, &mut splitter)?;
        Ok(Self {
            camera: camera.to_owned(),
            agreed: agreed(splitter.picture())?,
            body,
            splitter,
            is_new: true,
        })
    }
}

impl Stream for Pictures {
    fn name(&self) -> &Path {
        Path::new(&self.camera)
    }

    fn agreed(&self) -> Agreed {
        self.agreed
    }

    fn next(&mut self) -> Result<Raw<'_>, CameraError> {
        if !std::mem::take(&mut self.is_new) {
            find(&mut self.body, &mut self.splitter).map_err(|error| CameraError::Http {
                camera: self.camera.clone(),
                error,
            })?;
        }
        Ok(Raw {
            bytes: self.splitter.picture(),
            is_damaged: false,
        })
    }

    fn patience(&self) -> Duration {
        STREAM_PATIENCE
    }
}

/// Reads up to the end of the next picture.
fn find(body: &mut BodyReader<'static>, splitter: &mut Splitter) -> Result<(), HttpError> {
    let deadline = Instant::now() + PATIENCE;
    let mut buffer = [0; 16 << 10];
    let mut taken = 0;
    while !splitter.find() {
        if Instant::now() >= deadline {
            return Err(HttpError::Silent);
        }
        let count = body.read(&mut buffer).map_err(ureq::Error::from)?;
        taken += count;
        if count == 0 {
            return Err(HttpError::Ended);
        }
        if taken > MOST {
            return Err(HttpError::TooBig);
        }
        splitter.push(&buffer[..count]);
    }
    Ok(())
}
