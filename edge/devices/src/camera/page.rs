//! Photographs that were dropped on the page: they go the same way as a camera's frames.

use std::collections::VecDeque;

use image::RgbImage;

use super::clip::Clip;
use super::Frame;
use recognise::Source;

/// The most photographs that wait.
const MOST: usize = 32;

/// Photographs that wait to be played as arrivals, in place of the camera's frames.
#[derive(Debug, Default)]
pub struct Dropped {
    clips: VecDeque<Clip>,
    /// Of the first clip's frame that is next.
    index: u32,
    taken: u64,
}

impl Dropped {
    /// Takes a photograph in; `false` where so many wait that it was not taken.
    #[must_use]
    pub fn push(&mut self, photo: &RgbImage) -> bool {
        let room = self.clips.len() < MOST;
        if room {
            self.clips.push_back(Clip::new(photo, self.taken));
            self.taken += 1;
        }
        room
    }

    /// The next frame, due a [`INTERVAL`](super::clip::INTERVAL) after the one
    /// before; `None` where no photograph waits.
    pub fn frame(&mut self) -> Option<Frame> {
        loop {
            let Some(picture) = self.clips.front()?.frame(self.index) else {
                self.clips.pop_front();
                self.index = 0;
                continue;
            };
            self.index += 1;
            return Some(Frame {
                picture,
                source: Source::Page,
            });
        }
    }
}
