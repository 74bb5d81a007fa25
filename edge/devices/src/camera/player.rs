//! Plays photographs as arrivals in real time.

use std::thread;
use std::time::{Duration, Instant};

use image::RgbImage;
use recognise::Source;

use super::clip::{Clip, INTERVAL};
use super::{Camera, CameraError, Frame};

/// The pause after which a source that failed is asked again.
const REST: Duration = Duration::from_secs(1);

/// An endless source of photographs.
pub trait Photographs: Send {
    /// The next one.
    ///
    /// # Errors
    /// Why there is none. The next call tries again.
    fn next(&mut self) -> Result<RgbImage, CameraError>;
}

/// A camera that sees the animals of photographs arrive, one after another.
#[derive(Debug)]
pub struct Player<P> {
    photographs: P,
    clip: Option<Clip>,
    /// The index of the clip's next frame.
    index: u32,
    arrivals: u64,
    /// When the next frame is due.
    due: Instant,
    /// Whether the source fails, which is logged once.
    fails: bool,
}

impl<P: Photographs> Player<P> {
    /// A player whose first frame is due now.
    #[must_use]
    pub fn new(photographs: P) -> Self {
        Self {
            photographs,
            clip: None,
            index: 0,
            arrivals: 0,
            due: Instant::now(),
            fails: false,
        }
    }

    fn next(&mut self) -> Result<RgbImage, CameraError> {
        loop {
            if let Some(picture) = self.clip.as_ref().and_then(|clip| clip.frame(self.index)) {
                self.index += 1;
                return Ok(picture);
            }
            self.clip = None;
            let photo = self.photographs.next()?;
            self.clip = Some(Clip::new(&photo, self.arrivals));
            self.index = 0;
            self.arrivals += 1;
        }
    }
}

impl<P> Player<P> {
    /// Logs that the source fails, or works again. One photograph that cannot be read is no failure
    /// of the source.
    fn log(&mut self, next: &Result<RgbImage, CameraError>) {
        match next {
            Ok(_) if self.fails => tracing::info!(device = "camera", "the device works again"),
            Err(CameraError::Photo(_)) => return,
            Err(error) if !self.fails => {
                tracing::warn!(device = "camera", %error, "the device fails");
            }
            Ok(_) | Err(_) => {}
        }
        self.fails = next.is_err();
    }
}

impl<P: Photographs> Camera for Player<P> {
    fn frame(&mut self, wait: Duration) -> Result<Option<Frame>, CameraError> {
        let left = self.due.saturating_duration_since(Instant::now());
        thread::sleep(left.min(wait));
        if left > wait {
            return Ok(None);
        }
        let next = self.next();
        let pause = match &next {
            Ok(_) => INTERVAL,
            Err(CameraError::Photo(_)) => Duration::ZERO,
            Err(_) => REST,
        };
        self.log(&next);
        // Frames that nobody took in time are left out.
        self.due = (self.due + pause).max(Instant::now());
        next.map(|picture| Some(Frame::new(picture, Source::Camera)))
    }
}
