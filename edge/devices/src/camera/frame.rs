//! A picture of the entrance. Most show an empty desk, which a small picture shows as well, so the others alone are
//! decoded as a whole.

use std::borrow::Cow;
use std::sync::Arc;

use image::RgbImage;
use recognise::Source;
use recognise::photo;

use super::pixels::{Jpeg, PixelsError};

/// The size of a small picture, or the bounds of one with other proportions: width and height in pixels. Each cell in
/// which change is noticed has five pixels a side.
pub(super) const SMALL: [u32; 2] = [160, 120];

/// One picture of the entrance.
///
/// ```
/// use devices::camera::Frame;
/// use image::RgbImage;
/// use recognise::Source;
///
/// let mut frame = Frame::new(RgbImage::new(640, 480), Source::Camera);
/// assert_eq!(frame.small().dimensions(), (160, 120));
/// assert_eq!(frame.picture()?.dimensions(), (640, 480));
/// # Ok::<(), devices::camera::pixels::PixelsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Frame {
    picture: Picture,
    source: Source,
}

#[derive(Clone, Debug)]
enum Picture {
    Decoded(Arc<RgbImage>),
    Encoded {
        small: RgbImage,
        jpeg: Jpeg<'static>,
    },
}

impl Frame {
    /// A frame with this picture: upright, at most [`clip::WIDTH`](super::clip::WIDTH) x
    /// [`clip::HEIGHT`](super::clip::HEIGHT) pixels.
    #[must_use]
    pub fn new(picture: RgbImage, source: Source) -> Self {
        Self {
            picture: Picture::Decoded(Arc::new(picture)),
            source,
        }
    }

    /// A camera's frame whose picture is decoded when it is needed. The pixels of `small` are the means of those that
    /// the picture will have.
    pub(super) fn encoded(small: RgbImage, jpeg: Jpeg<'static>) -> Self {
        Self {
            picture: Picture::Encoded { small, jpeg },
            source: Source::Camera,
        }
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// The picture, shrunk to fit 160 x 120 pixels: enough to tell whether somebody is there.
    #[must_use]
    pub fn small(&self) -> Cow<'_, RgbImage> {
        match &self.picture {
            Picture::Decoded(picture) => photo::shrink_within(picture, SMALL),
            Picture::Encoded { small, .. } => Cow::Borrowed(small),
        }
    }

    /// The picture as a whole. It is decoded once.
    ///
    /// # Errors
    /// Where it cannot be decoded.
    pub fn picture(&mut self) -> Result<Arc<RgbImage>, PixelsError> {
        let picture = match &self.picture {
            Picture::Decoded(picture) => return Ok(Arc::clone(picture)),
            Picture::Encoded { jpeg, .. } => Arc::new(jpeg.decode()?),
        };
        self.picture = Picture::Decoded(Arc::clone(&picture));
        Ok(picture)
    }
}
