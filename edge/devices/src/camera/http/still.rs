//! A still picture that is asked for again and again.

use std::io::Read;
use std::thread;
use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use recognise::photo;
use ureq::BodyReader;

use super::client::{Answer, Client};
use super::{HttpError, MOST, PATIENCE, Source};
use crate::camera::clip::INTERVAL;

/// A still picture, no more often than a frame is needed and the camera answers.
pub(super) struct Still {
    client: Client,
    /// The last picture, as a JPEG.
    picture: Vec<u8>,
    /// When the next one may be asked for.
    due: Instant,
}

impl Still {
    /// Reads the first picture.
    pub(super) fn open(client: Client, answer: Answer) -> Result<Self, HttpError> {
        let due = Instant::now() + INTERVAL;
        Ok(Self {
            client,
            picture: read(answer)?,
            due,
        })
    }
}

impl Source for Still {
    fn picture(&self) -> &[u8] {
        &self.picture
    }

    fn advance(&mut self) -> Result<(), HttpError> {
        thread::sleep(self.due.saturating_duration_since(Instant::now()));
        self.due = Instant::now() + INTERVAL;
        self.picture = read(self.client.get()?)?;
        Ok(())
    }
}

/// The picture of an answer, as a JPEG, which is what cameras are decoded from.
fn read(answer: Answer) -> Result<Vec<u8>, HttpError> {
    let bytes = whole(answer.body)?;
    if answer.kind != "image/png" {
        return Ok(bytes);
    }
    let picture = photo::decode(&bytes).map_err(|_| HttpError::NotAPicture)?;
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, 95);
    let encoded = picture.write_with_encoder(encoder);
    encoded.map_err(|_| HttpError::NotAPicture)?;
    Ok(jpeg)
}

/// The bytes of an answer, up to its end.
fn whole(mut body: BodyReader<'static>) -> Result<Vec<u8>, HttpError> {
    let deadline = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        let count = body.read(&mut buffer).map_err(ureq::Error::from)?;
        if count == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&buffer[..count]);
        if bytes.len() > MOST {
            return Err(HttpError::TooBig);
        }
        if Instant::now() >= deadline {
            return Err(HttpError::Silent);
        }
    }
}
