//! Plays photographs that were dropped on the page as arrivals.

use std::collections::VecDeque;

use image::RgbImage;
use recognise::Source;

use super::Frame;
use super::clip::Clip;

/// The most photographs that wait.
const MOST: usize = 32;

/// Photographs that wait to be played as arrivals, in place of the camera's frames.
#[derive(Debug, Default)]
pub struct Dropped {
    clips: VecDeque<Clip>,
    /// The index of the first clip's next frame.
    index: u32,
    /// How many photographs have been taken in.
    taken: u64,
}

impl Dropped {
    /// Takes in a photograph; returns `false` where too many wait already.
    #[must_use]
    pub fn push(&mut self, photo: &RgbImage) -> bool {
        let room = self.clips.len() < MOST;
        if room {
            self.clips.push_back(Clip::new(photo, self.taken));
            self.taken += 1;
        }
        room
    }

    /// The next frame, which is due an [`INTERVAL`](super::clip::INTERVAL) after the one before;
    /// `None` where no photograph waits.
    pub fn frame(&mut self) -> Option<Frame> {
        loop {
            let Some(picture) = self.clips.front()?.frame(self.index) else {
                self.clips.pop_front();
                self.index = 0;
                continue;
            };
            self.index += 1;
            return Some(Frame::new(picture, Source::Page));
        }
    }
}
