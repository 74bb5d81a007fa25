//! A stream of JPEG pictures: `multipart/x-mixed-replace`.
//!
//! The pictures are found by the markers of JPEG alone. What stands between them (boundaries, and
//! headers with lengths) is wrong in many cameras, and nothing of it is needed.

use std::io::Read;
use std::time::Instant;

use ureq::BodyReader;

use super::client::Answer;
use super::{HttpError, MOST, PATIENCE, Source};
use crate::camera::mjpeg::Splitter;

/// The pictures of a stream.
pub(super) struct Mjpeg {
    body: BodyReader<'static>,
    splitter: Splitter,
}

impl Mjpeg {
    /// Reads the first picture.
    pub(super) fn open(answer: Answer) -> Result<Self, HttpError> {
        let mut stream = Self {
            body: answer.body,
            splitter: Splitter::default(),
        };
        stream.advance()?;
        Ok(stream)
    }
}

impl Source for Mjpeg {
    fn picture(&self) -> &[u8] {
        self.splitter.picture()
    }

    fn advance(&mut self) -> Result<(), HttpError> {
        find(&mut self.body, &mut self.splitter)
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
